"""q values: hand-worked, by statsmodels, and what they promise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.false_discovery import adjusted

ORACLE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "estimates_oracle.json").read_text(encoding="utf-8"))["discovery"]


def test_by_hand() -> None:
    """Sorted .001, .02, .03, .5; times 4/1, 4/2, 4/3, 4/4: .004, .04, .04, .5; from the largest down none is larger than the next."""
    assert adjusted([0.5, 0.001, 0.03, 0.02]) == pytest.approx((0.5, 0.004, 0.04, 0.04))
    assert adjusted([]) == ()


@pytest.mark.parametrize("case", ORACLE)
def test_statsmodels_says_the_same(case: dict[str, Any]) -> None:
    assert adjusted(case["p"]) == pytest.approx(case["bh"])
    assert adjusted(case["p"], dependent=True) == pytest.approx(case["by"])


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability(wrong: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        adjusted([0.5, wrong])


@given(st.lists(st.floats(0, 1), max_size=20))
def test_never_less_sure_of_luck_than_before_and_in_the_same_order(chances: list[float]) -> None:
    found = adjusted(chances)
    assert all(p <= q <= 1 for p, q in zip(chances, found, strict=True))
    ranked = sorted(zip(chances, found, strict=True))
    assert [q for _, q in ranked] == sorted(found)
