"""``signal`` and ``reached``: comparisons on measurements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from qa_service.domain.criteria.base import parse_detection
from qa_service.domain.criteria.outcome import Outcome, Verdict
from qa_service.domain.criteria.signal import SignalTest
from qa_service.domain.signal import Place, Signal
from qa_service.domain.transcript import Transcript

Talk = Callable[..., Transcript]
Decide = Callable[..., Outcome]


@pytest.mark.parametrize(
    ("bounds", "value", "expected"),
    [
        ({"at_most": "10s"}, 10, "yes"), ({"at_most": "10s"}, 10.001, "no"), ({"at_most": "500ms"}, 0.5, "yes"),
        ({"at_least": 3}, 3, "yes"), ({"at_least": 3}, 2.9, "no"),
        ({"below": 3}, 3, "no"), ({"below": 3}, 2, "yes"),
        ({"above": "40%"}, 0.4, "no"), ({"above": "40%"}, 0.41, "yes"),
        ({"at_least": 1, "at_most": 2}, 1.5, "yes"), ({"at_least": 1, "at_most": 2}, 3, "no"), ({"at_least": 2, "at_most": 2}, 2, "yes"),
        ({"at_most": -0.5}, -0.6, "yes"),
        ({"at_most": 1}, None, "undecided"),
        ({"measured": True}, None, "no"), ({"measured": False}, None, "yes"), ({"measured": True}, 0, "yes"),
         ({"measured": False}, 0, "no"),
    ],
)  # fmt: skip
def test_bounds(talk: Talk, decide: Decide, bounds: dict[str, Any], value: float | None, expected: str) -> None:
    signals = {"a.b": Signal(name="a.b", value=value, confidence=0.8)}
    assert decide(talk("agent: x"), {"signal": {"name": "a.b", **bounds}}, signals=signals).verdict == expected


@pytest.mark.parametrize(("bound", "expected"), [({"at_most": 1}, "undecided"), ({"measured": True}, "no"), ({"measured": False}, "yes")])
def test_a_signal_that_nobody_measured(talk: Talk, decide: Decide, bound: dict[str, Any], expected: str) -> None:
    assert decide(talk("agent: x"), {"signal": {"name": "a.b", **bound}}).verdict == expected


def test_evidence_has_the_places_words_and_times(talk: Talk, decide: Decide) -> None:
    places = (Place(turn=1, start=3, end=8), Place(start_ms=2000, end_ms=9000), Place(turn=0, start_ms=10, end_ms=20))
    signal = Signal(name="silence.longest", value=7, places=places, confidence=0.9)
    call = talk("agent 0-1: hello\nagent 1-2: so sorry about")
    outcome = decide(call, {"signal": {"name": "silence.longest", "above": 5}}, signals={"silence.longest": signal})
    assert [(p.turn, p.quote, p.start_ms, p.end_ms) for p in outcome.evidence] == [
        (1, "sorry", 1000, 2000), (None, "", 2000, 9000), (0, "hello", 10, 20),
    ]
    assert (outcome.confidence, outcome.place, outcome.evidence[0].rule) == (0.9, (0, 0), "only.c0.signal")


def test_a_miss_has_no_place(talk: Talk, decide: Decide) -> None:
    signal = Signal(name="a.b", value=1, places=(Place(turn=0),))
    assert decide(talk("agent: x"), {"signal": {"name": "a.b", "above": 0}}, signals={"a.b": signal}).place == (0, 0)
    assert decide(talk("agent: x"), {"signal": {"name": "a.b", "above": 1}}, signals={"a.b": signal}).place is None


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a.b"},  # nothing to compare with
        {"name": "a.b", "at_most": True}, {"name": "a.b", "at_most": "ten"}, {"name": "a.b", "at_most": "1:30"},
         {"name": "a.b", "at_most": "nan%"},
        {"name": "a.b", "at_most": float("inf")}, {"name": "a.b", "at_most": float("nan")}, {"name": "a.b", "at_most": 10**400},
        {"name": "a.b", "at_least": 5, "at_most": 4}, {"name": "a.b", "above": 5, "at_most": 5}, {"name": "a.b", "above": 5, "below": 5},
        {"name": "a.b", "measured": True, "at_most": 1}, {"name": "a.b", "measured": "yes"},
        {"at_most": 1}, {"name": "a.b", "atmost": 1},
    ],
)  # fmt: skip
def test_bounds_that_say_nothing_are_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SignalTest.from_body(body)


@pytest.mark.parametrize(("value", "expected"), [(1, "yes"), (0, "no"), (None, "undecided")])
def test_reached(talk: Talk, decide: Decide, value: float | None, expected: str) -> None:
    signal = Signal(name="phase.hold", value=value, places=(Place(turn=0),) if value else ())
    outcome = decide(talk("agent: one moment"), {"reached": "hold"}, signals={"phase.hold": signal})
    assert outcome.verdict == expected
    assert [piece.rule for piece in outcome.evidence] == (["only.c0.reached"] if value else [])
    assert (outcome.why == "phase.hold cannot be measured here") is (outcome.verdict is Verdict.UNDECIDED)


def test_reached_reads_the_phase_signal() -> None:
    assert list(parse_detection({"all": [{"reached": "hold"}, {"signal": {"name": "a.b", "above": 1}}]}).signals()) == ["phase.hold", "a.b"]
