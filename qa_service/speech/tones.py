"""Tones: ringing, busy, keys (DTMF) and beeps on a channel, told from the figures of its spectra.

A pulse is a run of frames in which one or two lines hold nearly all energy at one pitch and one level, as no voice does. Pulses are
told apart by pitch and by rhythm: ringing (440 + 480, 400 + 450 or 425 Hz; 0.8 s and longer, or two short ones and a long pause),
busy and congestion (the same, or 480 + 620 Hz, in even short pulses), special information tones, keys by their pairs of pitches
(ITU-T Q.23), and what remains as a single steady tone is a beep, such as an answering machine's (ITU-T E.180 lists the rhythms).
Pure: figures in, pulses out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qa_service.domain.acoustics import LineSound
from qa_service.speech.spectra import FRAME_MS, Spectra

#: Share of energy in the lines of a tone: in one or two of them, or in the band of ringing.
_PURE, _RINGING_PURE = 0.8, 0.85
#: A second line of this share makes a pair.
_PAIR = 0.08
#: Most that the pitch of one line moves from frame to frame inside a pulse, and spreads in all, Hz.
_MOVES_HZ, _SPREADS_HZ = 16.0, 4.0
#: Most that the level of a pulse spreads (10th to 90th percentile), dB.
_UNSTEADY_DB = 2.5
#: A tone stands this far above what is before and after it, dB; a longer one need not do so on both sides, ms.
_STANDS_OUT_DB, _LONG_MS = 8.0, 400
#: Quieter frames hold no tone, dB below full scale.
_FAINT_DB = -50.0
#: The pitches of a key, and how far off they may be heard.
_ROWS, _COLUMNS = np.array([697.0, 770.0, 852.0, 941.0]), np.array([1209.0, 1336.0, 1477.0, 1633.0])
_KEY_OFF = 0.022
#: Two keys are dialled within this, two rings or busy pulses come within this, ms.
_DIALLED_MS, _RINGS_MS, _BUSY_MS = 1_500, 6_500, 1_000
#: Ringing pulses are at least this long, a longer one is a dial tone, ms.
_RING_MS, _DIAL_MS = 700, 3_500
#: A beep's length, and the least where its pitch is that of many voices, ms.
_BEEP_MS, _LOW_BEEP_MS = (150, 2_000), 190
#: Even pulses differ by no more than this factor, in length and in pause.
_EVEN = 1.6
#: A double ring: shortest pulse, and longest pause inside it, ms.
_DOUBLE_PULSE_MS, _DOUBLE_MS = 250, 350
#: Special information tones, Hz.
_INFORMATION = (950.0, 1400.0, 1780.0)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """One tone without a break, in frames."""

    start: int
    end: int
    #: Pitch, and that of the second line, Hz; 0 where there is none.
    first_hz: float
    second_hz: float
    #: Whether it is of the ringing band as a whole.
    ringing: bool
    #: On how many sides it stands out of silence, 0 to 2.
    alone: int
    kind: LineSound | None = None
    confidence: float = 1.0

    @property
    def length_ms(self) -> int:
        """Length, ms."""
        return (self.end - self.start) * FRAME_MS


def find_pulses(figures: Spectra) -> list[Pulse]:
    """All pulses of a channel that are some kind of tone, in order."""
    pulses = [*_pulses(figures)]
    keys = [pulse for pulse in pulses if pulse.kind is LineSound.KEYS]
    rest = [pulse for pulse in pulses if pulse.kind is None]
    progress = [pulse for pulse in rest if _is_progress(pulse) and _stands_out(pulse)]
    told = [*keys, *_by_rhythm(progress), *_others([pulse for pulse in rest if not _is_progress(pulse)])]
    return sorted((pulse for pulse in told if pulse.kind is not None), key=lambda pulse: pulse.start)


def joined(pulses: Sequence[Pulse]) -> list[tuple[LineSound, int, int, float]]:
    """Pulses that belong together as one sound: its kind, first and last frame, and how sure it is."""
    apart = {LineSound.KEYS: _DIALLED_MS, LineSound.RING: _RINGS_MS, LineSound.BUSY: _BUSY_MS, LineSound.BEEP: 0}
    found: list[tuple[LineSound, int, int, float]] = []
    for kind, pause in apart.items():
        for pulse in (one for one in pulses if one.kind is kind):
            if found and found[-1][0] is kind and (pulse.start - found[-1][2]) * FRAME_MS <= pause:
                _, start, _, sure = found[-1]
                found[-1] = (kind, start, pulse.end, max(sure, pulse.confidence))
            else:
                found.append((kind, pulse.start, pulse.end, pulse.confidence))
    return sorted(found, key=lambda sound: sound[1])


def covered(pulses: Sequence[Pulse], frames: int) -> Mask:
    """The frames that hold a pulse, and one to both sides."""
    mask = np.zeros(frames, dtype=np.bool_)
    for pulse in pulses:
        mask[max(0, pulse.start - 1) : pulse.end + 1] = True
    return mask


def _pulses(figures: Spectra) -> Iterator[Pulse]:
    loud = figures.level > _FAINT_DB
    pair = figures.second_share >= _PAIR
    pure = loud & (figures.first_share + np.where(pair, figures.second_share, 0) >= _PURE)
    ringing = loud & (figures.ringing_share >= _RINGING_PURE)
    for start, end in _runs(ringing, np.zeros(len(figures), dtype=np.bool_)):
        pulse = _pulse(figures, start, end, ringing=True)
        if pulse is not None:
            yield pulse
    lower = np.where(pair, np.minimum(figures.first_hz, figures.second_hz), figures.first_hz)
    for start, end in _runs(pure & ~ringing, np.abs(np.diff(lower, prepend=0)) > _MOVES_HZ):
        pulse = _pulse(figures, start, end, ringing=False)
        if pulse is not None:
            yield pulse


def _runs(mask: Mask, breaks: Mask) -> list[tuple[int, int]]:
    """Runs of true frames of at least two; a break begins another."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))).reshape(-1, 2)
    runs: list[tuple[int, int]] = []
    for start, end in ((int(a), int(b)) for a, b in edges if b - a >= 2):
        cuts = [start, *(start + 1 + int(cut) for cut in np.flatnonzero(breaks[start + 1 : end])), end]
        runs += [(a, b) for a, b in pairwise(cuts) if b - a >= 2]
    return runs


def _pulse(figures: Spectra, start: int, end: int, *, ringing: bool) -> Pulse | None:
    """The run as a pulse, or ``None`` where its pitch or level is not that of a machine."""
    inner = slice(start + 1, end - 1) if end - start > 4 else slice(start, end)
    paired = bool(np.median(figures.second_share[inner]) >= _PAIR)
    pitches = np.sort([figures.first_hz[inner], figures.second_hz[inner]], axis=0) if paired else figures.first_hz[None, inner]
    first = figures.ringing_hz[inner] if ringing else pitches[0]
    key = paired and not ringing and _is_key(pitches[0], pitches[1])
    pulse = Pulse(
        start=start, end=end, first_hz=float(np.median(first)), second_hz=float(np.median(pitches[-1])) if paired else 0.0, ringing=ringing,
        alone=_sides(figures.level, start, end), kind=LineSound.KEYS if key else None,
    )  # fmt: skip
    return pulse if key or _is_steady(figures.level[inner], first, many=ringing or paired) else None


def _is_key(low: NDArray[np.float32], high: NDArray[np.float32]) -> bool:
    """Whether the two lines are those of a key in every frame."""
    off = [np.abs(near / pitch[:, None] - 1).min(axis=1) for pitch, near in ((low, _ROWS), (high, _COLUMNS))]
    return bool((np.maximum(*off) <= _KEY_OFF).all())


def _is_steady(level: NDArray[np.float32], pitch: NDArray[np.float32], *, many: bool) -> bool:
    """Whether level and pitch stay; the pitch of many lines together is less sharp."""
    if len(level) < 3:
        return False
    spreads = [float(np.subtract(*np.percentile(values, [90, 10]))) for values in (level, pitch)]
    return spreads[0] <= _UNSTEADY_DB and spreads[1] <= _SPREADS_HZ * (2 if many else 1)


def _sides(level: NDArray[np.float32], start: int, end: int) -> int:
    """On how many sides it is (nearly) silent; the two frames next to a pulse may hold some of it."""
    inside = float(np.median(level[start:end]))
    around = [level[max(0, start - 3) : max(0, start - 1)], level[end + 1 : end + 3]]
    return sum(not len(side) or float(side.min()) <= inside - _STANDS_OUT_DB for side in around)


def _stands_out(pulse: Pulse) -> bool:
    return pulse.alone == 2 or (pulse.alone == 1 and pulse.length_ms >= _LONG_MS)


def _is_progress(pulse: Pulse) -> bool:
    """Whether its pitches are those of ringing or busy."""
    low, high = sorted((pulse.first_hz, pulse.second_hz))
    return pulse.ringing or (abs(low - 480) < 12 and abs(high - 620) < 12)


def _by_rhythm(pulses: Sequence[Pulse]) -> Iterator[Pulse]:
    """Ringing, busy, or else a beep, by how long the pulses and the pauses around them are."""
    for index, pulse in enumerate(pulses):
        before = (pulse.start - pulses[index - 1].end) * FRAME_MS if index else None
        after = (pulses[index + 1].start - pulse.end) * FRAME_MS if index + 1 < len(pulses) else None
        yield replace(pulse, kind=(told := _rhythm(pulse, before, after, pulses, index))[0], confidence=told[1])


def _rhythm(pulse: Pulse, before: int | None, after: int | None, pulses: Sequence[Pulse], index: int) -> tuple[LineSound | None, float]:
    near = [pause for pause in (before, after) if pause is not None]
    if _even_around(pulses, index):
        return LineSound.BUSY, 0.95
    if not pulse.ringing:
        return LineSound.BUSY, 0.6
    if pulse.length_ms > _DIAL_MS:
        return LineSound.BUSY, 0.8
    again = any(pause <= _RINGS_MS for pause in near)
    if pulse.length_ms >= _RING_MS:
        return LineSound.RING, 0.95 if again else 0.8
    if pulse.length_ms >= _DOUBLE_PULSE_MS and any(pause <= _DOUBLE_MS for pause in near):
        return LineSound.RING, 0.9 if any(_DOUBLE_MS < pause <= _RINGS_MS for pause in near) else 0.7
    return (LineSound.BEEP, 0.6) if pulse.length_ms >= _LOW_BEEP_MS else (None, 0.0)


def _even_around(pulses: Sequence[Pulse], index: int) -> bool:
    """Whether the pulse is one of three of the same length at the same short pauses."""
    for first in range(max(0, index - 2), index + 1):
        three = pulses[first : first + 3]
        if len(three) < 3:
            continue
        pauses = [(after.start - before.end) * FRAME_MS for before, after in pairwise(three)]
        lengths = [pulse.length_ms for pulse in three]
        short = max(pauses) <= _BUSY_MS and max(lengths) <= _RING_MS + 100
        if short and max(pauses) <= _EVEN * max(1, min(pauses)) and max(lengths) <= _EVEN * min(lengths):
            return True
    return False


def _others(pulses: Sequence[Pulse]) -> Iterator[Pulse]:
    """Beeps, and special information tones."""
    for index, pulse in enumerate(pulses):
        low, high = _BEEP_MS
        if _is_information(pulses, index):
            yield replace(pulse, kind=LineSound.BUSY, confidence=0.9)
        elif low <= pulse.length_ms <= high and not pulse.second_hz and _stands_out(pulse):
            yield replace(pulse, kind=LineSound.BEEP, confidence=0.9)


def _is_information(pulses: Sequence[Pulse], index: int) -> bool:
    """Whether it is one of three rising tones that follow each other at once."""
    for first in range(max(0, index - 2), index + 1):
        three = pulses[first : first + 3]
        close = all((after.start - before.end) * FRAME_MS <= 150 for before, after in pairwise(three))
        if len(three) == 3 and close and all(abs(p.first_hz - hz) < 60 for p, hz in zip(three, _INFORMATION, strict=True)):
            return True
    return False
