"""Music: where a channel holds music (hold music above all) rather than speech.

A note holds its pitch; a voice glides. So the lines of a spectrum that stay in place for 0.2 s are counted, over three seconds at a
time, together with their share of the energy, the share of quiet frames (speech pauses, music hardly does) and voice activity. A
logistic regression on these four decides; its weights were fitted on 38 minutes of music and 50 minutes of speech in four languages,
hum and noise, and are such that speech is hardly ever taken for music. Pure: figures in, stretches out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_service.speech.spectra import FRAME_MS, Spectra

#: Frames that are judged together, and steps between such windows.
_WINDOW, _STEP = 94, 16
#: Frames louder than this count; a window needs so large a share of them.
_ACTIVE_DB, _ACTIVE_SHARE = -50.0, 0.5
#: A frame is quiet this far below the window's loudest, dB.
_QUIET_DB = 12.0
#: Weights of held lines, their share of energy, quiet frames and voice activity; and the constant.
_WEIGHTS, _CONSTANT = np.array([2.186, 19.67, -5.331, -4.676]), -2.233
#: Music begins at the first and ends under the second.
_ON, _OFF = 0.5, 0.1
#: Least mean score of a stretch.
_LEAST = 0.4
#: Shorter stretches are not told; pauses up to this do not end one, ms.
_SHORTEST_MS, _PAUSE_MS = 3_000, 2_000
#: At its edges a stretch reaches over frames that go on sounding without a voice, at most so many.
_REACH = 48
#: Mean voice activity over a moment (frames) from which somebody is taken to speak over the music, unless so many lines are held.
_VOICE, _SUNG = 0.3, 4.0
_MOMENT = 10

Probabilities = NDArray[np.float32]
Mask = NDArray[np.bool_]


class Music(NamedTuple):
    """A stretch of music, in frames."""

    start: int
    end: int
    #: 0 to 1.
    confidence: float


def find_music(figures: Spectra, voice: Probabilities, *, other: Mask) -> list[Music]:
    """The stretches of music of a channel, in order. ``voice``: probability of speech a frame; ``other``: frames with tones."""
    if len(figures) < _WINDOW:
        return []
    sure = _slots(_scores(figures, voice, other), len(figures))
    sounds = figures.level > _ACTIVE_DB
    runs = [_edged(run, sounds, sounds & (voice < _VOICE)) for run in _runs(sure, _PAUSE_MS // FRAME_MS)]
    found = [Music(start, end, _confidence(sure[start:end])) for start, end in runs if (end - start) * FRAME_MS >= _SHORTEST_MS]
    return [stretch for stretch in found if stretch.confidence >= _LEAST]


def muted_by(stretches: Iterable[Music], figures: Spectra, voice: Probabilities) -> Mask:
    """The frames of music over which nobody speaks clearly."""
    music = np.zeros(len(figures), dtype=np.bool_)
    for stretch in stretches:
        music[stretch.start : stretch.end] = True
    if not music.any():
        return music
    spoken = (_mean_over(voice, _MOMENT) > _VOICE) & (_mean_over(figures.held, _MOMENT) < _SUNG)
    return np.asarray(music & (_mean_over(spoken.astype(np.float32), 2 * _MOMENT) <= 0), dtype=np.bool_)


def _scores(figures: Spectra, voice: Probabilities, other: Mask) -> NDArray[np.float64]:
    """How sure each window is music, 0 to 1; 0 where it is silent or full of tones."""
    level = np.lib.stride_tricks.sliding_window_view(figures.level, _WINDOW)[::_STEP]
    active = np.lib.stride_tricks.sliding_window_view((figures.level > _ACTIVE_DB) & ~other, _WINDOW)[::_STEP]
    count = active.sum(axis=1)
    loud = np.partition(level, rank := int(_WINDOW * 0.9), axis=1)[:, rank, None]
    quiet = (level < loud - _QUIET_DB).mean(axis=1)
    held, share, spoken = (_mean_where(values, active, count) for values in (figures.held, figures.held_share, voice))
    total = np.stack([held, share, quiet, spoken], axis=1) @ _WEIGHTS + _CONSTANT
    return np.where(count < _ACTIVE_SHARE * _WINDOW, 0.0, 1 / (1 + np.exp(-total)))


def _mean_where(values: NDArray[np.float32], active: Mask, count: NDArray[np.int64]) -> NDArray[np.float64]:
    windows = np.lib.stride_tricks.sliding_window_view(values, _WINDOW)[::_STEP]
    return np.asarray(np.einsum("ij,ij->i", windows, active.astype(np.float32)) / np.maximum(count, 1), dtype=np.float64)


def _slots(scores: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    """The scores frame by frame: each stands for the step in the middle of its window, those at the ends for the ends too."""
    middles = np.clip((np.arange(frames) - _WINDOW // 2 + _STEP // 2) // _STEP, 0, len(scores) - 1)
    return scores[middles]


def _runs(sure: NDArray[np.float64], pause: int) -> list[tuple[int, int]]:
    """Runs of frames above ``_OFF`` with one above ``_ON``; gaps of at most ``pause`` do not end one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], sure > _OFF, [False]]).astype(np.int8))).reshape(-1, 2)
    runs: list[tuple[int, int]] = []
    for start, end in ((int(a), int(b)) for a, b in edges if (sure[a:b] > _ON).any()):
        if runs and start - runs[-1][1] <= pause:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _confidence(sure: NDArray[np.float64]) -> float:
    """Mean of what spoke for music."""
    told = sure[sure > _OFF]
    return round(float(told.mean()), 3) if len(told) else 0.0


def _edged(run: tuple[int, int], sounds: Mask, unspoken: Mask) -> tuple[int, int]:
    """The run over what goes on sounding at its ends without a voice, and without the silence there."""
    start, end = run
    first, last = max(0, start - _REACH), min(len(sounds), end + _REACH)
    breaks = np.flatnonzero(~unspoken[first:start])
    start = first + int(breaks[-1]) + 1 if len(breaks) else first
    breaks = np.flatnonzero(~unspoken[end:last])
    end = end + int(breaks[0]) if len(breaks) else last
    heard = np.flatnonzero(sounds[start:end])
    return (start + int(heard[0]), start + int(heard[-1]) + 1) if len(heard) else (start, start)


def _mean_over(values: NDArray[np.float32], width: int) -> NDArray[np.float64]:
    """Moving mean around each frame."""
    return np.convolve(values, np.ones(width) / width)[width // 2 : width // 2 + len(values)]
