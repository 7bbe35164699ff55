"""Promises as a kind of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from qa_service.domain.criteria.base import parse_detection
from qa_service.domain.criteria.outcome import Outcome
from qa_service.domain.signal import Place, Signal
from qa_service.domain.transcript import Transcript

TALK = "agent: I will call you back tomorrow.\nagent: I will send it."
WHOLE, PART = Place(turn=0, start=0, end=35), Place(turn=1, start=0, end=15)


def counted(made: tuple[Place, ...] | None, open_: tuple[Place, ...] = ()) -> dict[str, Signal]:
    if made is None:
        return {name: Signal(name=name, value=None) for name in ("promise.count", "promise.incomplete")}
    found = {"promise.count": made, "promise.incomplete": open_}
    return {name: Signal(name=name, value=len(places), places=places, confidence=0.85) for name, places in found.items()}


@pytest.mark.parametrize(
    ("detection", "signals", "verdict", "quotes"),
    [
        ("made", counted((WHOLE, PART), (PART,)), "yes", ["I will call you back tomorrow.", "I will send it."]),
        ("made", counted(()), "no", []),
        ("made", counted(None), "undecided", []),
        ({"says": ["when"]}, counted((WHOLE, PART), (PART,)), "no", ["I will send it."]),
        ({"says": ["who", "what", "when"]}, counted((WHOLE,)), "yes", []),
        ({"says": ["who", "what"]}, counted((PART,), (PART,)), "yes", ["I will send it."]),
        ({"says": ["when"]}, counted(()), "yes", []),  # nothing was promised, so nothing is missing
        ({"says": ["when"]}, counted(None), "undecided", []),
    ],
)
def test_verdicts(
    talk: Callable[..., Transcript], decide: Callable[..., Outcome], detection: Any, signals: dict[str, Signal], verdict: str,
    quotes: list[str],
) -> None:
    outcome = decide(talk(TALK), {"promise": detection}, signals=signals)
    assert outcome.verdict == verdict
    assert [piece.quote for piece in outcome.evidence] == quotes
    assert all(piece.rule == "only.c0.promise" for piece in outcome.evidence)


def test_a_bare_promise_asks_whether_one_was_made() -> None:
    assert parse_detection("promise") == parse_detection({"promise": "made"})
    assert parse_detection("promise").model_dump() == {"promise": "made"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("kept", "valid dictionary"),
        ({"says": []}, "say what to look for"),
        ({}, "say what to look for"),
        ({"says": ["why"]}, "'who', 'what' or 'when'"),
        ({"says": ["when", "when"]}, "'when' is there twice"),
    ],
)
def test_what_is_refused(body: Any, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        parse_detection({"promise": body})
