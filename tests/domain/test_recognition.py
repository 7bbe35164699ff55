"""Recognition: fair to sample size and opportunity, ties told as ties, and every candidate sees why."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from qa_service.domain.levels import Level
from qa_service.domain.moments import Moments, Outcome
from qa_service.domain.recognition import Contestant, Ineligible, NoAward, Recognition, award, contest, recognise, seen_by

YES = Moments.of(Outcome(0.5, 1, 1, met=1, asked=1))
NO = Moments.of(Outcome(0.5, 1, 1, met=0, asked=1))


def answered(n: int, met: int) -> Moments:
    return Moments(*(met * yes + (n - met) * no for yes, no in zip(YES, NO, strict=True)))


def someone(agent: str, n: int, met: int, past: tuple[int, int] = (0, 0), **more: Any) -> Contestant:
    return Contestant(agent=agent, now={"phone": answered(n, met)}, past={"phone": answered(*past)}, **more)



def months(agents: int, *, small: int, large: int, mean: float, spread: float, times: int) -> Iterator[tuple[Recognition, str]]:
    """Months in which every other one has a small sample, and who has the best plain mean."""
    lots = random.Random(11)
    size = mean * (1 - mean) / spread**2 - 1
    for _ in range(times):
        people = []
        for number in range(agents):
            share, n = lots.betavariate(mean * size, (1 - mean) * size), small if number % 2 else large
            met, before = (sum(lots.random() < share for _ in range(count)) for count in (n, 3 * n))
            people.append(someone(f"{number:02}{'s' if number % 2 else 'l'}", n, met, (3 * n, before)))
        best = max(people, key=lambda one: (one.now["phone"].u / one.now["phone"].a, lots.random()))
        yield recognise("2026-10", people), best.agent


@pytest.mark.parametrize(("agents", "small", "large"), [(12, 12, 60), (20, 10, 40), (8, 12, 100)])
def test_small_samples_do_not_win_by_luck_more_often_than_their_share(agents: int, small: int, large: int) -> None:
    found = list(months(agents, small=small, large=large, mean=0.8, spread=0.09, times=150))
    winners = [name for one, _ in found for name in one.best.winners]
    improved = [name for one, _ in found for name in one.improved.winners]
    assert len(winners) > 75
    assert 0.1 < sum(name.endswith("s") for name in winners) / len(winners) < 0.5
    assert sum(name.endswith("s") for name in improved) <= max(2, len(improved) / 2)
    # The plain mean gives it to them two times of three and more.
    assert sum(name.endswith("s") for _, name in found) / len(found) > 0.6


def test_nobody_improves_where_nobody_changed() -> None:
    found = list(months(12, small=20, large=40, mean=0.8, spread=0.08, times=150))
    assert sum(bool(one.improved.winners) for one, _ in found) / len(found) < 0.12


def test_who_stands_out_wins_and_everybody_sees_the_working() -> None:
    people = [someone(f"a{number}", 60, 42) for number in range(8)]
    found = recognise("2026-10", [*people, someone("best", 60, 60), someone("new", 4, 4)])
    assert found.best.winners == ("best",)
    assert found.best.eligible == 9
    assert found.best.best is not None
    assert found.best.best > 0.9
    assert found.showings[0].agent == "best"
    last = found.showings[-1]
    assert (last.agent, last.reasons, last.month, last.observed) == ("new", (Ineligible.TOO_FEW,), None, 1.0)
    assert sum(one.month.best for one in found.showings if one.month is not None) == pytest.approx(1, abs=0.002)


def test_ties_are_told_as_ties() -> None:
    people = [someone(f"a{number}", 60, 40) for number in range(8)]
    found = recognise("2026-10", [*people, someone("one", 60, 58), someone("two", 60, 58)])
    assert found.best.winners == ("one", "two")
    same = recognise("2026-10", [someone(f"a{number}", 60, 50) for number in range(10)])
    assert (same.best.winners, same.best.untold) == ((), NoAward.TOO_CLOSE)


@pytest.mark.parametrize(
    ("people", "untold"),
    [
        ([], NoAward.NOBODY_ELIGIBLE),
        ([someone("a", 3, 3)], NoAward.NOBODY_ELIGIBLE),
        ([someone("a", 30, 30), someone("b", 3, 3)], NoAward.ALONE),
    ],
)
def test_why_nobody_wins_is_told(people: list[Contestant], untold: NoAward) -> None:
    found = recognise("2026-10", people)
    assert (found.best.winners, found.best.untold, found.improved.winners) == ((), untold, ())
    assert len(found.showings) == len(people)


@pytest.mark.parametrize(
    ("changes", "reason"), [({"critical": 1}, Ineligible.CRITICAL_MISS), ({"here": False}, Ineligible.LEFT)]
)
def test_who_cannot_win(changes: dict[str, Any], reason: Ineligible) -> None:
    people = [someone(f"a{number}", 60, 42) for number in range(8)]
    found = recognise("2026-10", [*people, someone("top", 60, 60, **changes)])
    assert "top" not in found.best.winners
    assert next(one for one in found.showings if one.agent == "top").reasons == (reason,)


def test_a_critical_miss_in_dispute_is_not_confirmed() -> None:
    people = [someone(f"a{number}", 60, 42) for number in range(8)]
    found = recognise("2026-10", [*people, someone("top", 60, 60, disputed=1)])
    assert found.best.winners == ("top",)
    assert found.showings[0].disputed == 1


def test_hard_contacts_are_not_held_against_anybody() -> None:
    """Mails go well for everybody, calls do not: a caller at 80 % beats a writer at 90 %."""
    people = [
        *(Contestant(f"c{n}", {"phone": answered(60, 36)}, {}) for n in range(5)),
        *(Contestant(f"m{n}", {"email": answered(60, 54)}, {}) for n in range(5)),
        Contestant("caller", {"phone": answered(60, 52)}, {}),
    ]
    found = recognise("2026-10", people)
    assert found.best.winners == ("caller",)
    top = found.showings[0]
    assert top.expected is not None
    assert top.expected < 0.7
    assert top.adjusted is not None
    assert top.observed is not None
    assert top.adjusted > top.observed


def test_who_improved_beyond_luck_is_told() -> None:
    people = [someone(f"a{number}", 80, 56 + number % 2, (200, 140)) for number in range(9)]
    found = recognise("2026-10", [*people, someone("up", 80, 72, (200, 110)), someone("new", 80, 79)])
    assert found.improved.winners == ("up",)
    assert "new" not in [one.agent for one in found.showings if one.improvement is not None]


def test_others_names_are_hidden() -> None:
    people = [someone(f"a{number}", 60, 42) for number in range(8)]
    found = recognise("2026-10", [*people, someone("best", 60, 60)])
    shown = seen_by(found, frozenset({"a3"}))
    assert {one.agent for one in shown.showings} == {"best", "a3", None}
    assert len(shown.showings) == 9
    assert seen_by(found, None) == found


def test_equal_chances_are_equal_and_a_clear_leader_is_sure() -> None:
    same = contest({name: Level(0.8, 0.001) for name in "abcd"})
    assert {one.best for one in same.values()} == {0.25}
    assert award(same).untold is NoAward.TOO_CLOSE
    clear = contest({**{name: Level(0.5 + number / 100, 0.0001) for number, name in enumerate("abcd")}, "z": Level(0.9, 0.0001)})
    assert clear["z"].best > 0.999
    assert award(clear).winners == ("z",)
