"""Which turns a scope holds: with and without times, spoken and written, beside another criterion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome, Verdict, undecided
from qa_service.domain.criteria.scope import By, parse_within
from qa_service.domain.finding import Hit
from qa_service.domain.transcript import Speaker, Transcript, Turn

CALL = """
    agent 0-4: Good morning
    customer 4-10: I need help
    system 10-11: recording notice
    agent 11-20: Sure
    customer 40-60: It is broken
    agent 60-80: We fix it
    customer 80-99: Thanks
    agent 99-100: Bye
"""
UNTIMED = "agent: a\ncustomer: b\nbot: c\nagent: d\ncustomer: e\nagent: f"


def case(transcript: Transcript, **outcomes: Outcome) -> Case:
    made = Case(transcript=transcript, signals={}, findings={}, coverage={})
    made.outcomes.update(outcomes)
    return made


def turns(made: Case, by: str, within: str | None) -> list[int] | None:
    scope = made.scope(By(by), None if within is None else parse_within(within))
    return None if scope.turns is None else sorted(scope.turns)


@pytest.mark.parametrize(
    ("by", "within", "expected"),
    [
        ("any", None, [0, 1, 3, 4, 5, 6, 7]),  # the system notice never counts
        ("agent", None, [0, 3, 5, 7]),
        ("customer", None, [1, 4, 6]),
        ("agent", "first 2 turns", [0, 3]),  # the first two of the agent's own
        ("customer", "last 1 turn", [6]),
        ("agent", "first 10s", [0]),
        ("agent", "first 11s", [0, 3]),  # turn 3 starts exactly there
        ("customer", "last 5s", [6]),  # 95 to 100 s: turn 6 reaches into it
        ("agent", "last 5s", [7]),
        ("any", "first 20%", [0, 1, 3]),  # to 20 s of 100
        ("any", "last 40%", [4, 5, 6, 7]),  # from 60 s, where turn 4 ends
        ("agent", "last 40%", [5, 7]),
        ("any", "first 100%", [0, 1, 3, 4, 5, 6, 7]),
        ("agent", "first 99 turns", [0, 3, 5, 7]),
    ],
)
def test_spoken(talk: Callable[..., Transcript], by: str, within: str | None, expected: list[int]) -> None:
    assert turns(case(talk(CALL)), by, within) == expected


MENU = """
    bot 0-20: For billing press one
    customer 20-22: Billing
    bot 22-60: All our agents are busy
    agent 61-70: Good morning
    customer 70-90: I need help
    agent 90-161: Sure
"""


@pytest.mark.parametrize(
    ("by", "within", "expected"),
    [
        ("agent", "first 10s", [3]),  # the dialogue begins when the machine has done
        ("any", "first 20%", [3, 4]),
        ("customer", "first 10s", [4]),
        ("customer", None, [1, 4]),
        ("agent", "last 10s", [5]),
    ],
)
def test_a_menu_before_the_dialogue_uses_up_no_scope(
    talk: Callable[..., Transcript], by: str, within: str | None, expected: list[int]
) -> None:
    assert turns(case(talk(MENU)), by, within) == expected


@pytest.mark.parametrize(
    ("by", "within", "expected"),
    [
        ("agent", "first 1 turns", [0]),
        ("any", "first 20%", [0]),  # 20 % of the five turns of people
        ("any", "first 21%", [0, 1]),  # a turn that is begun counts
        ("any", "last 40%", [4, 5]),
        ("agent", "last 40%", [5]),
        ("any", "first 0.1%", [0]),  # never nothing
        ("any", "first 10s", None),
    ],
)
def test_without_times(talk: Callable[..., Transcript], by: str, within: str, expected: list[int] | None) -> None:
    made = case(talk(UNTIMED))
    assert turns(made, by, within) == expected
    if expected is None:
        assert "times" in made.scope(By(by), parse_within(within)).why


def test_written_shares_count_turns_and_spans_count_time() -> None:
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    at_seconds = (0, 5, 10, 3600)
    written = Transcript(
        turns=tuple(
            Turn(speaker=Speaker.AGENT if i % 2 else Speaker.CUSTOMER, text="x", start_ms=s * 1000, end_ms=s * 1000,
                 sent_at=begin + timedelta(seconds=s))
            for i, s in enumerate(at_seconds)
        )
    )  # fmt: skip
    assert turns(case(written), "any", "first 50%") == [0, 1]  # by time it would be 0, 1, 2
    assert turns(case(written), "any", "first 5s") == [0, 1]
    assert turns(case(written), "any", "last 1h") == [0, 1, 2, 3]


def test_nobody_there_is_an_empty_scope() -> None:
    empty = case(Transcript(turns=(Turn(speaker=Speaker.SYSTEM, text="x"),)))
    assert turns(empty, "any", "first 10s") == []
    assert turns(empty, "agent", "last 20%") == []
    assert turns(empty, "any", None) == []


YES_AT_3 = Outcome(Verdict.YES, 0.9, "said", (), (3, 2))


@pytest.mark.parametrize(
    ("outcome", "within", "expected"),
    [
        (YES_AT_3, "before other", [0, 3]),
        (YES_AT_3, "after other", [3, 5, 7]),
        (Outcome(Verdict.NO, 0.9, "never"), "before other", [0, 3, 5, 7]),  # what never came has everything before it
        (Outcome(Verdict.NO, 0.9, "never"), "after other", []),
        (undecided("unclear"), "before other", None),
        (undecided("unclear"), "after other", None),
        (Outcome(Verdict.YES, 0.9, "measured"), "after other", None),  # true, but nowhere
    ],
)
def test_beside_another_criterion(talk: Callable[..., Transcript], outcome: Outcome, within: str, expected: list[int] | None) -> None:
    assert turns(case(talk(CALL), other=outcome), "agent", within) == expected


def test_unknown_border_is_undecided(talk: Callable[..., Transcript]) -> None:
    assert turns(case(talk(CALL)), "agent", "after nothing_yet") is None


@pytest.mark.parametrize(
    ("within", "start", "inside"),
    [("before other", 0, True), ("before other", 2, False), ("before other", 3, False), ("after other", 0, False),
     ("after other", 2, False),
     ("after other", 3, True)],
)  # fmt: skip
def test_the_border_runs_through_the_turn(talk: Callable[..., Transcript], within: str, start: int, inside: bool) -> None:
    made = case(talk(CALL), other=YES_AT_3)
    assert made.scope(By.AGENT, parse_within(within)).holds(Hit(3, start, start + 1, 1.0), made.transcript.turns[3]) is inside


@pytest.mark.parametrize(("words", "inside"), [(True, False), (False, True)])
def test_a_long_turn_counts_only_as_far_as_its_words_are_in_the_part(talk: Callable[..., Transcript], words: bool, inside: bool) -> None:
    text = "one two three four five six seven eight nine ten"
    made = case(talk(f"agent 0-100: {text}\ncustomer 100-200: yes", words=words))
    scope = made.scope(By.AGENT, parse_within("first 30s"))
    at = text.index("nine")  # spoken from 80 to 90 s
    assert scope.holds(Hit(0, at, at + 4, 1.0), made.transcript.turns[0]) is inside
    assert scope.holds(Hit(0, 0, 3, 1.0), made.transcript.turns[0])
