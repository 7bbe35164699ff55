"""Features by hand: what a learned model reads of an interaction."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pytest

from qa_service.domain.criteria.case import Case
from qa_service.domain.finding import Hit
from qa_service.domain.learned.features import known, nearest, sought, turns_read, values
from qa_service.domain.learned.plan import CONCEPTS, concept_names
from qa_service.domain.scorecard import Suggestion
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Transcript

RULES = Suggestion(answer="no", confidence=0.85, why="not said")
CALL = "agent: Hello\ncustomer: My line is dead\nagent: Oh no\nagent: Fixed\ncustomer: Thanks\nagent: Bye"


def case(transcript: Transcript, found: Mapping[str, tuple[Hit, ...]] | None = None, **signals: float | None) -> Case:
    measured = {name.replace("__", "."): Signal(name=name.replace("__", "."), value=value) for name, value in signals.items()}
    return Case(transcript=transcript, signals=measured, findings=found or {}, coverage={})


def chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def hits(*told: tuple[int, float]) -> dict[str, tuple[Hit, ...]]:
    """Turn and log odds."""
    return {"concept.kind": tuple(Hit(turn, 0, 3, chance(points)) for turn, points in told)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rule.no", 1.0), ("rule.yes", 0.0), ("language.en", 1.0), ("language.fa", 0.0),
        ("signal.some.count", math.log(4)), ("signal.some.loss", 0.0), ("signal.some.silent", 0.0), ("signal.unknown", 0.0),
        ("concept.kind.agent.all.max", 1.0),  # log odds of 3, a third of them
        ("concept.kind.agent.all.second", 0.5), ("concept.kind.agent.all.min", -1.0),
        ("concept.kind.agent.first1.max", 0.5), ("concept.kind.agent.first.max", 1.0),
        ("concept.kind.agent.last1.max", -1.0), ("concept.kind.agent.last.max", 0.0),
        ("concept.kind.agent.half.max", 0.0),  # from the third of six turns on: 40 % of 6 is 2.4
        ("concept.kind.customer.all.max", 2.0),  # 9 is not believed beyond 6
        ("concept.kind.customer.all.second", -2.0),  # nobody said a second one
        ("concept.kind.agent.all.sum", math.log(1e-3 + chance(1.5) + chance(3) + 0.5 + chance(-3)) / 3),
    ],
)  # fmt: skip
def test_values_by_hand(talk: Callable[..., Transcript], name: str, expected: float) -> None:
    found = hits((0, 1.5), (2, 3.0), (3, 0.0), (5, -3.0), (1, 9.0))
    told = case(talk(CALL), found, some__count=3.0, some__loss=-2.0, some__silent=None)
    assert values([name], case=told, suggestion=RULES).get(name, 0.0) == pytest.approx(expected, abs=1e-6)


def test_before_is_the_surest_pair_in_order(talk: Callable[..., Transcript]) -> None:
    asks = (Hit(0, 0, 2, chance(1.0)), Hit(5, 0, 2, chance(5.0)))
    tells = (Hit(2, 0, 2, chance(4.0)), Hit(3, 0, 2, chance(0.5)))
    told = case(talk(CALL), {"concept.asks": asks, "concept.tells": tells})
    name = "before.asks.agent.tells"
    # What is asked at the end comes too late; the pair of turns 0 and 2 is as likely as the less likely of them.
    assert values([name], case=told, suggestion=RULES)[name] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "name", ["concept.kind.agent.middle.max", "concept.kind.agent.all.mean", "colour.red", "concept.kind.bot.all.max.x"]
)
def test_names_outside_the_grammar_are_refused(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - unpacking and enumerations word it each in their own way
        sought(name)


def test_what_must_be_known_is_what_is_read(talk: Callable[..., Transcript]) -> None:
    told = case(talk(CALL), hits((0, 1.0)))
    (first,) = sought("concept.kind.agent.first.max")
    assert turns_read(first, told) == {0, 2}
    (answering,) = sought("concept.confirm_details.agent.last1.max")
    assert turns_read(answering, told) == {5, 1, 4}  # what the customer said is read with it
    assert known(["rule.yes", "concept.kind.agent.all.max"], told)
    assert not known(["concept.other.agent.all.max"], told)


def test_the_nearest_sentence_is_quoted_even_for_an_absence(talk: Callable[..., Transcript]) -> None:
    told = case(talk(CALL), hits((0, -2.0), (2, -4.0)))
    assert [hit.turn for hit in nearest("concept.kind.agent.all.max", told)] == [0]
    assert [hit.turn for hit in nearest("concept.kind.agent.all.min", told)] == [2]
    assert list(nearest("concept.kind.customer.all.max", told)) == []
    assert list(nearest("rule.yes", told)) == []


def test_the_plan_is_written_in_the_grammar() -> None:
    assert all(sought(name) for names in CONCEPTS.values() for name in names)
    assert "further_help" in concept_names()
