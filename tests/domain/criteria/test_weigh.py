"""``weigh``: weak cues added up to a chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from qa_service.domain.criteria.base import parse_detection
from qa_service.domain.criteria.outcome import Outcome
from qa_service.domain.transcript import Transcript

HELLO, ABSENT, OPEN = {"said": {"phrases": ["hello"]}}, {"said": {"phrases": ["absent"]}}, "manual"


def cues(*pairs: tuple[float, Any]) -> list[dict[str, Any]]:
    return [{"add": add, "when": when} for add, when in pairs]


@pytest.mark.parametrize(
    ("start", "pairs", "verdict", "confidence"),
    [
        (0, [(2, HELLO)], "yes", 0.881),
        (0, [(-2, HELLO)], "no", 0.881),
        (-1, [(2, ABSENT)], "no", 0.731),
        (-1, [(2, HELLO)], "yes", 0.731),
        (0, [(1, HELLO), (-0.8, HELLO)], "undecided", 0.55),
        (0.3, [(1, ABSENT)], "undecided", 0.574),
        # What is unknown counts against the rest.
        (1, [(1, HELLO), (-1, OPEN)], "yes", 0.731),
        (1, [(-2, OPEN)], "undecided", 0.5),
        (-1, [(2.4, OPEN)], "undecided", 0.5),
        (1, [(2, OPEN)], "yes", 0.731),
    ],
)  # fmt: skip
def test_points_are_a_chance(
    talk: Callable[..., Transcript], decide: Callable[..., Outcome],
    start: float, pairs: Sequence[tuple[float, Any]], verdict: str, confidence: float,
) -> None:
    outcome = decide(talk("agent: hello"), {"weigh": {"start": start, "cues": cues(*pairs)}})
    assert (outcome.verdict, round(outcome.confidence, 3)) == (verdict, confidence)


def test_sure_says_where_it_stays_open(talk: Callable[..., Transcript], decide: Callable[..., Outcome]) -> None:
    assert decide(talk("agent: hello"), {"weigh": {"sure": 0.9, "cues": cues((2, HELLO))}}).verdict == "undecided"


def test_quotes_are_those_of_the_winning_side(talk: Callable[..., Transcript], decide: Callable[..., Outcome]) -> None:
    outcome = decide(talk("agent: hello\ncustomer: bad"), {"weigh": {"cues": cues((2, HELLO), (-1, {"said": {"phrases": ["bad"]}}))}})
    assert [piece.quote for piece in outcome.evidence] == ["hello"]
    assert outcome.why.startswith("+1.0 points: +2 ")
    assert outcome.place == (0, 0)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Field required"), ({"cues": []}, "at least 1"), ({"cues": cues((0, HELLO))}, "0 points change nothing"),
        ({"cues": cues((11, HELLO))}, "less than or equal to 10"),
        ({"sure": 0.4, "cues": cues((1, HELLO))}, "greater than or equal to 0.5"),
    ],
)  # fmt: skip
def test_faults(body: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        parse_detection({"weigh": body})


def test_cues_are_walked() -> None:
    parsed = parse_detection({"weigh": {"cues": cues((1, {"signal": {"name": "a.b", "above": 0}}))}})
    assert [path for path, _ in parsed.walk()] == [("weigh",), ("weigh", "cues", 0, "when", "signal")]
    assert list(parsed.signals()) == ["a.b"]
