"""Spans of time: joining, cutting out, laying over each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.analysis.spans import between, common, joined, total, without

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=8)


def _times(spans):
    return {time for start, end in spans for time in range(start, end)}


@pytest.mark.parametrize(
    ("spans", "pause", "found"),
    [
        ([], 0, []),
        ([(3, 5), (0, 2)], 0, [(0, 2), (3, 5)]),
        ([(0, 2), (2, 5)], 0, [(0, 5)]),
        ([(0, 9), (2, 5)], 0, [(0, 9)]),
        ([(0, 2), (4, 5), (8, 9)], 2, [(0, 5), (8, 9)]),
    ],
)
def test_joined(spans, pause, found):
    assert joined(spans, pause=pause) == found


@given(SPANS, SPANS)
def test_they_are_sets_of_times(ones, others):
    left, right = joined(ones), joined(others)
    assert _times(left) == _times(ones)
    assert _times(without(left, right)) == _times(ones) - _times(others)
    assert _times(common(left, right)) == _times(ones) & _times(others)
    assert total(left) == len(_times(ones))
    if left:
        assert _times(between(left)) == set(range(left[0][0], left[-1][1])) - _times(ones)
