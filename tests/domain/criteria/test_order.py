"""``order``: by where things came true, even inside one turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qa_service.domain.criteria.outcome import Outcome, Verdict
from qa_service.domain.signal import Place, Signal
from qa_service.domain.transcript import Transcript

Talk = Callable[..., Transcript]
Decide = Callable[..., Outcome]


def said(*phrases: str, **more: Any) -> dict[str, Any]:
    return {"said": {"phrases": list(phrases), **more}}


IN_ORDER = {"order": {"first": said("date of birth"), "then": said("balance is")}}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("agent: date of birth please\nagent: your balance is ten", "yes"),
        ("agent: your balance is ten\nagent: date of birth please", "no"),
        ("agent: your date of birth, then the balance is ten", "yes"),
        ("agent: the balance is ten, your date of birth", "no"),
        ("agent: date of birth please", "yes"),  # never disclosed: what first says
        ("agent: your balance is ten", "no"),
        ("agent: hello", "no"),  # neither: what first says
        ("agent: balance is ten. date of birth. balance is ten", "no"),  # the first time counts
        ("agent: date of birth\nagent: balance is ten\nagent: date of birth", "yes"),
    ],
)
def test_verdicts(talk: Talk, decide: Decide, lines: str, expected: str) -> None:
    assert decide(talk(lines), IN_ORDER).verdict == expected


def test_a_quote_that_stands_twice_in_the_turn_is_located_where_it_was_found(talk: Talk, decide: Decide) -> None:
    """Both quotes are the word "ok"; only the place tells them apart (looking the quote up in the text would not)."""
    detection = {"order": {"first": said("yes"), "then": {"matches": {"pattern": r"ok$"}}}}
    outcome = decide(talk("agent: ok yes ok"), detection)
    assert outcome.verdict is Verdict.YES
    assert [(piece.quote, piece.start) for piece in outcome.evidence] == [("yes", 3), ("ok", 7)]


def test_any_came_true_with_the_first_and_all_with_the_last(talk: Talk, decide: Decide) -> None:
    lines = "agent: your name\nagent: balance is ten\nagent: date of birth"
    parts = [said("date of birth"), said("your name")]
    assert decide(talk(lines), {"order": {"first": {"any": parts}, "then": said("balance is")}}).verdict is Verdict.YES
    assert decide(talk(lines), {"order": {"first": {"all": parts}, "then": said("balance is")}}).verdict is Verdict.NO


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("manual", said("balance is"), "undecided"),
        (said("date of birth"), "manual", "undecided"),
        (said("nowhere"), "manual", "no"),  # it never came, whatever the other
        ("manual", said("nowhere"), "undecided"),
        ({"signal": {"name": "a.b", "above": 0}}, said("balance is"), "undecided"),  # true, but no place
        ({"signal": {"name": "at.turn", "above": 0}}, said("balance is"), "yes"),
    ],
)
def test_unknown_parts(talk: Talk, decide: Decide, first: Any, then: Any, expected: str) -> None:
    signals = {"a.b": Signal(name="a.b", value=1), "at.turn": Signal(name="at.turn", value=1, places=(Place(turn=0, start=0, end=4),))}
    lines = "agent: date of birth please\nagent: your balance is ten"
    assert decide(talk(lines), {"order": {"first": first, "then": then}}, signals=signals).verdict == expected


def test_rules_name_the_part(talk: Talk, decide: Decide) -> None:
    outcome = decide(talk("agent: date of birth, balance is"), IN_ORDER)
    assert [piece.rule for piece in outcome.evidence] == ["only.c0.order.first.said", "only.c0.order.then.said"]
