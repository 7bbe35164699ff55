"""Packing: nothing lost, nothing mixed, times restored exactly."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.speech.packing import PAUSE_MS, WINDOW_MS, Span, Window, pack


def _span(start: int, end: int, *, channel: int = 0, pad: int = 0) -> Span:
    return Span(channel=channel, start_ms=start, end_ms=end, voice_start_ms=start + pad, voice_end_ms=end - pad)


@st.composite
def _spans(draw: st.DrawFn) -> list[Span]:
    spans: list[Span] = []
    for channel in (0, 1):
        at = 0
        for gap, length in draw(st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 28_400)), max_size=20)):
            spans.append(_span(at + gap, at + gap + length, channel=channel))
            at += gap + length
    return draw(st.permutations(spans))


@given(_spans())
def test_every_span_is_in_one_window_after_its_channel_s_earlier_ones(spans: list[Span]) -> None:
    windows = pack(spans)
    assert sorted(span for window in windows for span in window.spans) == sorted(spans)
    for window in windows:
        assert window.length_ms <= WINDOW_MS
        for (a, a_at), (b, b_at) in pairwise(zip(window.spans, window.offsets, strict=True)):
            together = a.channel == b.channel
            assert (a.end_ms <= b.start_ms) if together else (a.channel < b.channel)
            assert b_at - a_at - a.length_ms == (0 if together else PAUSE_MS)


def test_what_is_left_of_both_parties_shares_a_window() -> None:
    spans = [_span(0, 20_000), _span(30_000, 45_000), _span(20_000, 31_000, channel=1)]
    assert [[span.channel for span in window.spans] for window in pack(spans)] == [[0], [0, 1]]


def test_a_word_in_the_pause_between_two_parties_is_never_torn() -> None:
    """The last word of one party that seems to run on, and the first of the other that is placed early."""
    window = Window(spans=(_span(0, 2_000, pad=200), _span(9_000, 10_000, channel=1, pad=200)))
    assert window.offsets == (0, 3_000)
    assert window.restore(1_500, 2_400) == (0, 1_500, 2_000)
    assert window.restore(2_600, 3_300) == (1, 9_000, 9_300)


@given(_spans(), st.data())
def test_a_time_comes_back_from_where_it_was(spans: list[Span], data: st.DataObject) -> None:
    for window in pack(spans):
        index = data.draw(st.integers(0, len(window.spans) - 1))
        span, offset = window.spans[index], window.offsets[index]
        start = data.draw(st.integers(0, span.length_ms - 1))
        end = data.draw(st.integers(start, span.length_ms - 1))
        found, start_ms, end_ms = window.restore(offset + start, offset + end)
        late = start >= span.length_ms - 40  # begins when the voice is over: it is the next span's
        if late and index + 1 < len(window.spans):
            assert (found, start_ms) == (index + 1, window.spans[index + 1].start_ms)
        else:
            assert (found, start_ms, end_ms) == (index, span.start_ms + start, span.start_ms + end)


def test_windows_are_filled_before_a_new_one_is_begun() -> None:
    spans = [_span(at, at + 9_000) for at in range(0, 100_000, 20_000)]
    assert [len(window.spans) for window in pack(spans)] == [3, 2]


def test_a_span_over_the_limit_stands_alone() -> None:
    assert [w.length_ms for w in pack([_span(0, 1_000), _span(2_000, 40_000), _span(41_000, 42_000)])] == [1_000, 38_000, 1_000]


def test_nothing_packs_to_nothing() -> None:
    assert pack([]) == []


#: Two spans of 1 s each, the last 200 ms of either are padding; the second stands 9 s later in the recording.
TWO = Window(spans=(_span(1_000, 2_000, pad=200), _span(10_000, 11_000, pad=200)))


@pytest.mark.parametrize(
    ("word", "restored"),
    [
        ((300, 600), (0, 1_300, 1_600)),
        ((700, 950), (0, 1_700, 1_950)),
        ((650, 1_100), (0, 1_650, 2_000)),  # over the border: kept inside the span of its middle
        ((950, 1_300), (1, 10_000, 10_300)),
        ((820, 990), (1, 10_000, 10_000)),  # begins when the voice is over: the next span's first word, placed early
        ((1_500, 2_400), (1, 10_500, 11_000)),  # beyond the end
        ((1_900, 1_950), (1, 10_900, 10_950)),
    ],
)
def test_words_at_borders(word: tuple[int, int], restored: tuple[int, int, int]) -> None:
    assert TWO.restore(*word) == restored
