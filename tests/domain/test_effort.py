"""Customer effort by surveys, apart from signs."""

from __future__ import annotations

from qa_service.domain.effort import SignShare, effort
from qa_service.domain.estimation import wilson


def test_score_and_share_with_bounds_that_can_be() -> None:
    found = effort([1.0, 1.0, 0.75, 0.5], contacts=9, signs=(SignShare(name="hold.count", definition="held", share=wilson(2, 9)),))
    assert found.score.value == 0.8125
    assert (found.score.low, found.score.high) == (0.43163, 1.0), "Student: 0.8125 +- 3.1824 * 0.23936 / 2, cut off at 1"
    assert (found.easy.value, found.easy.n, found.contacts) == (0.75, 4, 9)


def test_no_answers_are_no_score() -> None:
    found = effort([], contacts=0, signs=())
    assert (found.score.value, found.easy.value) == (None, None)
