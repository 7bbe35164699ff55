"""What the speech tests share: one real engine a session, recordings made on the spot, and where the real ones are."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from qa_service.speech import create_engine
from qa_service.speech.base import Engine, EngineOptions

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this session assembles the weights."""
    return tmp_path_factory.mktemp("weights")


@pytest.fixture(scope="session")
def options(cache_dir: Path) -> EngineOptions:
    """Those of the default engine; what is built on them, with other hints, shares its model."""
    return EngineOptions(cache_dir=cache_dir)


@pytest.fixture(scope="session")
def engine(options: EngineOptions) -> Engine:
    """The default engine with the bundled weights; loads once."""
    made = create_engine("faster-whisper", options)
    assert isinstance(made, Engine)
    return made


@pytest.fixture(scope="session")
def calls() -> Path:
    """The folder of synthetic calls."""
    return ROOT / "audio_fixtures"


@pytest.fixture(scope="session")
def real_speech() -> Path:
    """Real recordings beside the repository; the test is skipped where they are not."""
    folder = Path(os.environ.get("QA_SHARED_DATA", ROOT.parent / "shared" / "data")) / "speech"
    if not folder.is_dir():
        pytest.skip("no shared data: set QA_SHARED_DATA")
    return folder


Encode = Callable[..., Path]


@pytest.fixture
def encode(tmp_path: Path) -> Encode:
    """A function that writes samples (n, channels) to ``name`` with PyAV and returns the path."""

    def write(name: str, samples: NDArray[np.int16], *, codec: str, rate: int, container: str | None = None) -> Path:
        layout = {1: "mono", 2: "stereo", 4: "4.0"}[samples.shape[1]]
        path = tmp_path / name
        with av.open(str(path), "w", format=container) as out:
            stream = out.add_stream(codec, rate=rate, layout=layout)
            context = stream.codec_context
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="s16", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
            fit = av.AudioResampler(format=context.format, layout=layout, rate=rate, frame_size=context.frame_size or None)
            for piece in [*fit.resample(frame), *fit.resample(None)]:
                out.mux(stream.encode(piece))
            out.mux(stream.encode(None))
        return path

    return write


@pytest.fixture(scope="session")
def tone() -> Callable[..., NDArray[np.int16]]:
    """A function that makes ``seconds`` of a tone, shape (n, channels); every channel an octave above the one before."""

    def make(seconds: float, *, rate: int, channels: int = 1) -> NDArray[np.int16]:
        time = np.arange(round(seconds * rate)) / rate
        return np.stack([8000 * np.sin(2 * np.pi * 300 * 2**c * time) for c in range(channels)], axis=1).astype(np.int16)

    return make
