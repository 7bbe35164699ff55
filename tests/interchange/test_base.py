"""Shares of a hundred, and ids from words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.interchange.base import shares
from qa_service.interchange.naming import Names, options

WEIGHTS = st.lists(st.integers(1, 1_000_000).map(lambda n: Decimal(n) / 1000), min_size=1, max_size=40)


@given(weights=WEIGHTS)
def test_shares_add_up_to_a_hundred_exactly(weights: list[Decimal]) -> None:
    found = shares(weights)
    assert sum(Decimal(str(share)) for share in found) == 100
    exact = [weight * 100 / sum(weights) for weight in weights]
    assert all(abs(Decimal(str(share)) - one) <= Decimal("0.001") for share, one in zip(found, exact, strict=True))


NAMES = [("Did the agent greet?", "did_the_agent_greet"), ("سلام", "question"), ("7 steps", "question"), ("Undecided", "undecided_2")]


@pytest.mark.parametrize(("text", "expected"), NAMES)
def test_ids_from_words(text: str, expected: str) -> None:
    assert Names().name(text, "question") == expected


def test_ids_are_used_once() -> None:
    names = Names()
    assert [names.name("A b", "x"), names.name("a-B", "x"), names.name("A/B", "x")] == ["a_b", "a_b_2", "a_b_3"]


def test_plain_yes_and_no_are_the_usual_options() -> None:
    assert options([("بله", 1.0, False), ("خیر", 0.0, False)], "fa") is None
    assert options([("Yes", 1.0, False), ("No", 0.0, True)], "en") == [
        {"id": "yes", "title": {"en": "Yes"}, "value": 1.0, "auto_fail": False},
        {"id": "no", "title": {"en": "No"}, "value": 0.0, "auto_fail": True},
    ]
