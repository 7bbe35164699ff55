"""Packing: stretches of speech laid into the windows of a recogniser, and its times laid back onto the recording.

A window holds speech of one channel only, so that no text can run from one party into the other; silence between the
stretches is left out, so that it costs nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

#: Most speech in one window, ms. A little under the 30 s that Whisper hears at once: its last frames are weak.
WINDOW_MS = 29_500
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
    """Spans of one channel, one after the other without the time between them."""

    spans: tuple[Span, ...]

    @property
    def channel(self) -> int:
        """The channel of all its spans."""
        return self.spans[0].channel

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where each span begins in the window, ms."""
        offsets = [0]
        for span in self.spans[:-1]:
            offsets.append(offsets[-1] + span.length_ms)
        return tuple(offsets)

    @property
    def length_ms(self) -> int:
        """Speech in the window."""
        return sum(span.length_ms for span in self.spans)

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
    """Windows of at most ``limit_ms``, each of one channel, spans in time order; a longer span stands alone."""
    ordered = sorted(spans)
    windows: list[Window] = []
    for _, of_channel in groupby(ordered, key=lambda span: span.channel):
        windows.extend(_fill(list(of_channel), limit_ms))
    return windows


def _fill(spans: Sequence[Span], limit_ms: int) -> list[Window]:
    windows: list[Window] = []
    held: list[Span] = []
    for span in spans:
        if held and sum(s.length_ms for s in held) + span.length_ms > limit_ms:
            windows.append(Window(spans=tuple(held)))
            held = []
        held.append(span)
    return [*windows, Window(spans=tuple(held))] if held else windows
