"""Thresholds of saved searches."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from qa_service.domain.period import PeriodKind
from qa_service.domain.saved_search import Threshold


@pytest.mark.parametrize(
    ("threshold", "found", "of", "reached"),
    [
        (Threshold(count=3), 2, 100, False),
        (Threshold(count=3), 3, 3, True),
        (Threshold(share=0.1), 2, 20, True),
        (Threshold(share=0.1), 1, 20, False),
        (Threshold(share=0.1), 19, 19, False),  # of so few, a share says nothing
    ],
)
def test_reached(threshold: Threshold, found: int, of: int, reached: bool) -> None:
    assert threshold.reached(found, of) is reached
    assert threshold.every is PeriodKind.DAY


@pytest.mark.parametrize("told", [{}, {"count": 1, "share": 0.5}, {"count": 0}, {"share": 0}, {"share": 1.1}])
def test_a_count_or_a_share(told: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Threshold.model_validate(told)
