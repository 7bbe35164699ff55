"""The same calls under other conditions, with known truth: telephony, crosstalk, overlap, noise; from stereo calls with exact times."""

from __future__ import annotations

import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from qa_service.channels import WorkItem, WorkKind, discover
from qa_service.domain.recording import ChannelMap
from qa_service.domain.transcript import Turn
from qa_service.speech.audio import decode
from qa_service.speech.base import RATE

#: Shape (n, 2), -1 to 1.
Stereo = NDArray[np.float32]
TELEPHONY = 8_000
#: A leak comes this much later than its source, s.
_LEAK_DELAY = 0.015
#: In the overlapping version each party begins this long before the other has finished, ms.
_OVERLAP_MS = 700
_EDGE = 0.01


@dataclass(frozen=True, kw_only=True)
class Call:
    """A two-channel call and what is said in it."""

    name: str
    samples: Stereo
    #: Samples a second.
    rate: int
    #: With true times.
    turns: tuple[Turn, ...]
    channel_map: ChannelMap

    def changed(self, samples: Stereo, *, rate: int | None = None, turns: Sequence[Turn] | None = None) -> Call:
        """The same call with other sound."""
        return Call(name=self.name, samples=samples, rate=rate or self.rate, turns=tuple(turns or self.turns), channel_map=self.channel_map)


def calls(folder: Path) -> list[Call]:
    """Every stereo call of a folder whose side-car tells the truth."""
    items = [item for item in discover([folder]) if item.kind is WorkKind.RECORDING]
    return [call for item in items if (call := _call(item)) is not None]


def _call(item: WorkItem) -> Call | None:
    header = item.load_header()
    if header.reference is None or not header.channel_map.known:
        return None
    sound = decode(item.path, max_seconds=1e6)
    samples = sound.samples.astype(np.float32) / np.float32(32768)
    return Call(name=item.path.stem, samples=samples, rate=sound.rate, turns=header.reference.turns, channel_map=header.channel_map)


def clean(call: Call) -> Call | None:
    """As it is, where it was recorded at 16 kHz."""
    return call if call.rate == RATE else None


def telephony(call: Call) -> Call:
    """8 kHz through mu-law."""
    samples = call.samples if call.rate == TELEPHONY else soxr.resample(call.samples, call.rate, TELEPHONY)
    return call.changed(_mu_law(np.asarray(samples, dtype=np.float32)), rate=TELEPHONY)


def crosstalk(level_db: float) -> Callable[[Call], Call]:
    """Each party is heard on the other's channel, that far below and a little late."""

    def make(call: Call) -> Call:
        base = telephony(call)
        late = round(_LEAK_DELAY * base.rate)
        leak = np.roll(base.samples[:, ::-1], late, axis=0) * np.float32(10 ** (level_db / 20))
        leak[:late] = 0
        return base.changed(_mu_law(base.samples + leak))

    return make


def overlap(call: Call) -> Call:
    """Every turn begins before the other party has finished."""
    base = telephony(call)
    placed, end = np.zeros_like(base.samples), 0
    turns: list[Turn] = []
    for turn in sorted(base.turns, key=lambda turn: turn.start_ms or 0):
        low, high = (round((ms or 0) * base.rate / 1000) for ms in (turn.start_ms, turn.end_ms))
        start = max(0, end - round(_OVERLAP_MS * base.rate / 1000)) if turns and turns[-1].speaker is not turn.speaker else end
        if start + high - low > len(placed):
            break
        channel = 0 if base.channel_map.left is turn.speaker else 1
        placed[start : start + high - low, channel] += _faded(base.samples[low:high, channel], base.rate)
        begin = round(start * 1000 / base.rate)
        turns.append(turn.model_copy(update={"start_ms": begin, "end_ms": begin + (turn.end_ms or 0) - (turn.start_ms or 0)}))
        end = max(end, start + high - low)
    return base.changed(placed[: end + base.rate], turns=turns)


def noise(snr_db: float) -> Callable[[Call], Call]:
    """Pink noise on both channels, that far below the speech of each."""

    def make(call: Call) -> Call:
        base = telephony(call)
        pink = _pink(base.samples.shape, np.random.default_rng(7))
        return base.changed(_mu_law(base.samples + pink * _speech_level(base.samples) * np.float32(10 ** (-snr_db / 20))))

    return make


#: Every condition by the name it has in the table.
CONDITIONS: dict[str, Callable[[Call], Call | None]] = {
    "clean 16 kHz": clean,
    "telephony 8 kHz": telephony,
    "crosstalk -40 dB": crosstalk(-40),
    "crosstalk -25 dB": crosstalk(-25),
    "overlap": overlap,
    "noise at 10 dB": noise(10),
}


def save(call: Call, folder: Path) -> Path:
    """The call as a 16-bit file."""
    path = folder / f"{call.name}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(call.rate)
        file.writeframes((np.clip(call.samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def _mu_law(samples: Stereo) -> Stereo:
    """Through the 8 bits of a telephone line (ITU-T G.711 as a formula)."""
    clipped = np.clip(samples, -1, 1)
    coded = np.sign(clipped) * np.log1p(255 * np.abs(clipped)) / np.log(256)
    steps = np.round(coded * 127) / 127
    return np.asarray(np.sign(steps) * np.expm1(np.abs(steps) * np.log(256)) / 255, dtype=np.float32)


def _faded(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    edge = min(len(samples) // 2, round(_EDGE * rate))
    ramp = np.ones(len(samples), dtype=np.float32)
    ramp[:edge] = np.linspace(0, 1, edge)
    ramp[len(ramp) - edge :] = np.linspace(1, 0, edge)
    return np.asarray(samples * ramp, dtype=np.float32)


def _speech_level(samples: Stereo) -> Stereo:
    """Root mean square of each channel's louder frames, shape (2,)."""
    frames = samples[: len(samples) // 256 * 256].reshape(-1, 256, 2)
    power = np.square(frames).mean(axis=1)
    return np.asarray([np.sqrt(one[one > one.max() / 1000].mean()) for one in power.T], dtype=np.float32)


def _pink(shape: tuple[int, ...], random: np.random.Generator) -> Stereo:
    """Noise whose power falls with the frequency, root mean square 1."""
    spectrum = np.fft.rfft(random.standard_normal(shape), axis=0)
    spectrum /= np.sqrt(np.maximum(1, np.arange(len(spectrum))))[:, None]
    sound = np.fft.irfft(spectrum, shape[0], axis=0)
    return np.asarray(sound / sound.std(axis=0), dtype=np.float32)
