"""Spectra: one pass of short spectra over a channel, kept as the few figures a frame that tones and music are told by.

Frames are those of voice activity (32 ms); the window is twice as long, so that its bins are 15.6 Hz wide at any rate. Only what a
telephone carries is looked at. A steady background (hum, a fan) is taken off before lines are looked for: it is no note.
Pure: samples in, arrays out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

#: Length of a frame and of the window around it, ms.
FRAME_MS, _WINDOW_MS = 32, 64
#: Width of a bin, Hz.
_BIN_HZ = 1000 / _WINDOW_MS
#: Quieter frames hold nothing worth a spectrum, dB below full scale.
SILENT_DB = -58.0
#: What is looked at: all of it; where a tone may be; the band of ringing tones, Hz.
_BAND, _TONES, _RINGING = (330.0, 3600.0), (330.0, 2300.0), (335.0, 505.0)
#: Bins to both sides of a peak that belong to it; the second peak is outside of them.
_LOBE = 3
#: A line stands out by this factor from the mean of so many bins around it, and is this much above the background.
_STANDS_OUT, _AROUND, _ABOVE = 2.5, 6, 4.0
#: Weaker lines than this share of the frame's strongest do not count.
_WEAK = 10 ** (-45 / 10)
#: Frames over which a line holds its pitch: longer than a voice does, and much longer.
_HELD, _LONG = 6, 12
_BLOCK = 1024
#: Share of frames that are no louder than the background, and every how many of them are looked at for it.
_QUIET_SHARE, _EVERY = 0.2, 8

Samples = NDArray[np.int16]
Figures = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Spectra:
    """Figures of every frame of a channel; all 0 in silent frames, but for the level."""

    #: Level, dB below full scale.
    level: Figures
    #: Pitch of the strongest and of the second line, Hz.
    first_hz: Figures
    second_hz: Figures
    #: Share of the frame's energy in each of the two, 0 to 1.
    first_share: Figures
    second_share: Figures
    #: Share of the frame's energy in the band of ringing tones, and the pitch in it, Hz.
    ringing_share: Figures
    ringing_hz: Figures
    #: Lines; those that have held their pitch for 0.2 s, and for 0.4 s.
    lines: Figures
    held: Figures
    held_long: Figures
    #: Share of energy in lines held for 0.2 s.
    held_share: Figures
    #: Change of the spectrum's shape against the frame before, 0 (none) to 1.
    flux: Figures
    #: Flatness of the spectrum, 0 (lines) to 1 (noise).
    flatness: Figures

    def __len__(self) -> int:
        """Frames."""
        return len(self.level)


_NAMES = tuple(field.name for field in fields(Spectra))


def spectra(samples: Samples, *, rate: int, frames: int) -> Spectra:
    """The figures of one channel. ``samples`` (n,) at ``rate``; ``frames`` as many as voice activity has."""
    found = {name: np.zeros(frames, dtype=np.float32) for name in _NAMES}
    window = np.hanning(size := round(rate * _WINDOW_MS / 1000)).astype(np.float32)
    before = np.zeros((_LONG, _bins(_BAND).stop), dtype=np.float32)
    for low in range(0, frames, _BLOCK):
        high = min(frames, low + _BLOCK)
        pieces = _pieces(samples, rate=rate, size=size, low=low, high=high)
        power = np.square(pieces).mean(axis=1)
        found["level"][low:high] = 10 * np.log10(np.maximum(power, 1e-10))
        loud = found["level"][low:high] > SILENT_DB
        rows = np.zeros((high - low, _bins(_BAND).stop), dtype=np.float32)
        if loud.any():
            rows[loud] = _power(pieces[loud], window)
            _measure(np.concatenate([before, rows]), loud, {name: values[low:high] for name, values in found.items()})
        before = np.concatenate([before, rows])[-_LONG:]
    return Spectra(**found)


def _bins(band: tuple[float, float]) -> slice:
    return slice(round(band[0] / _BIN_HZ), round(band[1] / _BIN_HZ) + 1)


def _pieces(samples: Samples, *, rate: int, size: int, low: int, high: int) -> Figures:
    """The samples under the windows of frames ``low..high``, shape (frames, size), -1 to 1; zeros beyond the ends."""
    frame = rate * FRAME_MS / 1000
    starts = np.floor((np.arange(low, high) + 0.5) * frame - size / 2).astype(np.int64)
    first, last = int(starts[0]), int(starts[-1]) + size
    inside = samples[max(0, first) : max(0, min(last, len(samples)))].astype(np.float32) / np.float32(32768)
    before = min(last, 0) - min(first, 0)
    padded = np.pad(inside, (before, max(0, last - first - before - len(inside))))
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, size)[starts - first], dtype=np.float32)


def _power(pieces: Figures, window: Figures) -> Figures:
    spectrum = np.fft.rfft(pieces * window, axis=1)[:, : _bins(_BAND).stop]
    return np.asarray(np.square(spectrum.real) + np.square(spectrum.imag), dtype=np.float32)


def _measure(rows: Figures, loud: NDArray[np.bool_], into: dict[str, Figures]) -> None:
    """Fill in the loud frames of a block; ``rows`` begin ``_LONG`` frames before it."""
    band = _bins(_BAND)
    inside = rows[:, band]
    total = np.maximum(inside.sum(axis=1), 1e-12)
    here = slice(_LONG, None)
    values = _peaks(rows[here], total[here])
    values |= _lines(inside, total)
    root = np.sqrt(inside / total[:, None])
    values["flux"] = 1 - np.einsum("ij,ij->i", root[1:], root[:-1])[_LONG - 1 :]
    values["flatness"] = np.square(root[here].mean(axis=1)) * inside.shape[1]
    for name, found in values.items():
        into[name][loud] = found[loud]


def _peaks(rows: Figures, total: Figures) -> dict[str, Figures]:
    """The two strongest lines of every row, and the band of ringing tones."""
    tones, ringing = _bins(_TONES), _bins(_RINGING)
    first = rows[:, tones].argmax(axis=1) + tones.start
    first_share, first_hz = _lobe(rows, first, total, _LOBE)
    rest = rows.copy()
    for shift in range(-_LOBE, _LOBE + 1):
        rest[np.arange(len(rest)), np.clip(first + shift, 0, rest.shape[1] - 1)] = 0
    second = rest[:, tones].argmax(axis=1) + tones.start
    second_share, second_hz = _lobe(rest, second, total, 2)
    band = rows[:, ringing]
    share = band.sum(axis=1)
    middle = band @ (np.arange(ringing.start, ringing.stop, dtype=np.float32) * np.float32(_BIN_HZ)) / np.maximum(share, 1e-12)
    return {
        "first_hz": first_hz, "first_share": first_share, "second_hz": second_hz, "second_share": second_share,
        "ringing_share": share / total, "ringing_hz": middle,
    }  # fmt: skip


def _lobe(rows: Figures, peak: NDArray[np.int64], total: Figures, width: int) -> tuple[Figures, Figures]:
    """Share of energy in the bins around each peak, and their centre in Hz."""
    at = np.clip(peak[:, None] + np.arange(-width, width + 1), 0, rows.shape[1] - 1)
    around = np.take_along_axis(rows, at, axis=1)
    share = around.sum(axis=1)
    return share / total, (around * at).sum(axis=1) / np.maximum(share, 1e-12) * _BIN_HZ


def _lines(inside: Figures, total: Figures) -> dict[str, Figures]:
    """Lines of each row after the first ``_LONG``, and for how long they have held their pitch."""
    floor = np.partition(sample := inside[::_EVERY], int(len(sample) * _QUIET_SHARE), axis=0)[int(len(sample) * _QUIET_SHARE)]
    line = np.zeros(inside.shape, dtype=np.bool_)
    middle = inside[:, 1:-1]
    line[:, 1:-1] = (middle >= inside[:, :-2]) & (middle > inside[:, 2:])
    line &= inside > _STANDS_OUT * _mean_around(inside)
    line &= inside > np.maximum(_ABOVE * floor, (inside.max(axis=1) * np.float32(_WEAK))[:, None])
    near = line.copy()
    near[:, 1:] |= line[:, :-1]
    near[:, :-1] |= line[:, 1:]
    held = _all_of_last(near, _HELD) & line
    long = _all_of_last(near, _LONG) & line
    wide = held.copy()
    wide[:, 1:] |= held[:, :-1]
    wide[:, :-1] |= held[:, 1:]
    share = np.einsum("ij,ij->i", inside, wide.astype(np.float32)) / total
    counts = {"lines": line, "held": held, "held_long": long}
    return {name: mask[_LONG:].sum(axis=1).astype(np.float32) for name, mask in counts.items()} | {"held_share": share[_LONG:]}


def _mean_around(rows: Figures) -> Figures:
    """Mean of the ``_AROUND`` bins to both sides of each bin."""
    running = np.cumsum(np.pad(rows, ((0, 0), (_AROUND + 1, _AROUND)), mode="edge"), axis=1)
    width = 2 * _AROUND + 1
    return np.asarray((running[:, width:] - running[:, :-width]) / width, dtype=np.float32)


def _all_of_last(mask: NDArray[np.bool_], frames: int) -> NDArray[np.bool_]:
    """Whether a bin was on in each of the last ``frames`` rows."""
    found, reach = mask.copy(), 1
    while reach < frames:
        step = min(reach, frames - reach)
        found[step:] &= found[:-step].copy()
        found[:step] = False
        reach += step
    return found
