"""Packing: stretches of speech laid into the windows of a recogniser, and its times laid back onto the recording.

Silence between the stretches is left out, so that it costs nothing. A window is filled from one channel; what is left over of both may
share one, the one party's stretches first, with a pause between them that no text runs across.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

#: Most speech in one window, ms. A little under the 30 s that Whisper hears at once: its last frames are weak.
WINDOW_MS = 29_500
#: Silence laid between the two parties of a window, ms: far more than a word time is ever off.
PAUSE_MS = 1_000
#: How much too early a word may be placed, ms.
_EARLY_MS = 40


@dataclass(frozen=True, kw_only=True, order=True)
class Span:
    """A stretch of speech on one channel; times in ms of the recording."""

    channel: int
    start_ms: int
    end_ms: int
    #: Where the voice itself begins and ends within; the rest is padding.
    voice_start_ms: int
    voice_end_ms: int

    @property
    def length_ms(self) -> int:
        """End less start."""
        return self.end_ms - self.start_ms


@dataclass(frozen=True, kw_only=True)
class Window:
    """Spans one after the other without the time between them; those of a channel stand together, ``PAUSE_MS`` from the other's."""

    spans: tuple[Span, ...]

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where each span begins in the window, ms."""
        offsets = [0]
        for span, following in pairwise(self.spans):
            offsets.append(offsets[-1] + span.length_ms + (PAUSE_MS if span.channel != following.channel else 0))
        return tuple(offsets)

    @property
    def length_ms(self) -> int:
        """From the start of the first span to the end of the last."""
        return self.offsets[-1] + self.spans[-1].length_ms

    def restore(self, start_ms: int, end_ms: int) -> tuple[int, int, int]:
        """Index of the span a word belongs to, and the word's times in the recording, kept inside that span.

        It is the span of the word's middle; a word that begins when the voice of that span is over belongs to the next one, because
        recognisers place words early rather than late.
        """
        offsets = self.offsets
        index = max(0, bisect_right(offsets, (start_ms + end_ms) // 2) - 1)
        late = start_ms - offsets[index] + self.spans[index].start_ms >= self.spans[index].voice_end_ms - _EARLY_MS
        index += late and index + 1 < len(self.spans)
        span, offset = self.spans[index], offsets[index]
        start = min(max(start_ms - offset, 0), span.length_ms) + span.start_ms
        end = min(max(end_ms - offset, 0), span.length_ms) + span.start_ms
        return index, start, max(start, end)


def pack(spans: Iterable[Span], *, limit_ms: int = WINDOW_MS) -> list[Window]:
    """Windows of at most ``limit_ms``, the spans of a channel in time order; a longer span stands alone."""
    ordered = sorted(spans)
    windows: list[Window] = []
    for _, of_channel in groupby(ordered, key=lambda span: span.channel):
        windows.extend(_fill(list(of_channel), limit_ms))
    return _shared(windows, limit_ms)


def _fill(spans: Sequence[Span], limit_ms: int) -> list[Window]:
    windows: list[Window] = []
    held: list[Span] = []
    for span in spans:
        if held and sum(s.length_ms for s in held) + span.length_ms > limit_ms:
            windows.append(Window(spans=tuple(held)))
            held = []
        held.append(span)
    return [*windows, Window(spans=tuple(held))] if held else windows


def _shared(windows: Sequence[Window], limit_ms: int) -> list[Window]:
    """Windows of the first channel that have room take in the longest of the other channel that fits; the order stays."""
    found, left = [w for w in windows if w.spans[0].channel == 0], [w for w in windows if w.spans[0].channel != 0]
    for place, window in sorted(enumerate(found), key=lambda one: one[1].length_ms):
        fitting = [other for other in left if window.length_ms + PAUSE_MS + other.length_ms <= limit_ms]
        if fitting:
            guest = max(fitting, key=lambda other: other.length_ms)
            left.remove(guest)
            found[place] = Window(spans=window.spans + guest.spans)
    return found + left
