"""Results: what the database adds up, against figures worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qa_service.domain.interaction import AgentRef, Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.scorecard import Status

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def busy(desk: Any) -> Any:
    """Five calls::

                day agent team     greeting  identity  farewell    the person said        status
        c1       0  a17   billing  yes       yes       yes                                draft
        c2       1  a17   billing  no        yes       undecided   greeting yes           final
        c3       2  a17   sales    yes       no        yes         identity no, rest yes  final
        c4       3  a2    sales    yes       yes       n/a                                draft
        c5       4  -     -        yes       yes       yes                                draft
    """
    desk.add(desk.draft(desk.take("c1"), analysis="rules/0", greeting="no"))
    desk.add(desk.draft(desk.take("c1")), minutes=1)
    desk.finish(desk.add(desk.draft(desk.take("c2", days=1), greeting="no", farewell="undecided")), greeting="yes")
    card = desk.add(desk.draft(desk.take("c3", team="sales", days=2), identity="no"))
    desk.finish(card, greeting="yes", identity="no", farewell="yes")
    desk.add(desk.draft(desk.take("c4", agent="a2", team="sales", days=3), farewell="not_applicable"))
    desk.add(desk.draft(desk.take("c5", agent=None, days=4)))
    return desk


@pytest.mark.parametrize(
    ("filters", "criterion", "effective", "final", "points", "weight"),
    [
        ({"agent": "a17"}, "greeting", {"yes": 3}, {"yes": 2}, 7500, 7500),
        ({"agent": "a17"}, "identity", {"yes": 2, "no": 1}, {"no": 1}, 10000, 15000),
        ({"agent": "a17"}, "farewell", {"yes": 2, "undecided": 1}, {"yes": 1}, 2000, 2000),
        ({"agent": "a17", "statuses": [Status.FINAL]}, "identity", {"yes": 1, "no": 1}, {"no": 1}, 5000, 10000),
        ({"agent": "a17", "until": AT + timedelta(days=2)}, "identity", {"yes": 2}, {}, 10000, 10000),
        ({"agent": "a17", "since": AT + timedelta(days=2)}, "identity", {"no": 1}, {"no": 1}, 0, 5000),
        ({"team": "sales"}, "farewell", {"yes": 1, "not_applicable": 1}, {"yes": 1}, 1000, 1000),
        ({}, "greeting", {"yes": 5}, {"yes": 2}, 12500, 12500),
        ({"rubric": "phone-support"}, "greeting", {"yes": 5}, {"yes": 2}, 12500, 12500),
    ],
)
def test_tallies(
    busy: Any, filters: dict[str, Any], criterion: str, effective: dict[str, int], final: dict[str, int], points: int, weight: int
) -> None:
    with busy.database.reading() as unit:
        found = {tally.criterion: tally for tally in unit.results.tallies(**filters)}
    assert sorted(found) == ["farewell", "greeting", "identity"]
    tally = found[criterion]
    assert (tally.effective, tally.final, tally.points, tally.weight) == (effective, final, points, weight)


def test_a_tally_tells_what_it_is_of(busy: Any) -> None:
    with busy.database.reading() as unit:
        told = {tally.criterion: (tally.rubric, tally.section, tally.severity.value, tally.skill) for tally in unit.results.tallies()}
    assert told == {
        "farewell": ("phone-support", "closing", "minor", None),
        "greeting": ("phone-support", "opening", "minor", "clarity"),
        "identity": ("phone-support", "closing", "compliance", None),
    }


@pytest.mark.parametrize(
    ("criterion", "answer", "filters", "expected"),
    [
        ("greeting", "yes", {"agent": "a17"}, [("c3", "heard greeting"), ("c2", "heard greeting"), ("c1", "سلام، greeting")]),
        ("greeting", "yes", {"agent": "a17", "limit": 1}, [("c3", "heard greeting")]),
        ("greeting", "no", {"agent": "a17"}, []),
        ("identity", "no", {"team": "sales"}, [("c3", "heard identity")]),
        ("identity", "yes", {"until": AT + timedelta(days=2)}, [("c2", "سلام، identity"), ("c1", "سلام، identity")]),
        ("juggling", "yes", {}, []),
    ],
)
def test_evidence_comes_with_its_interaction(
    busy: Any, criterion: str, answer: str, filters: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    with busy.database.reading() as unit:
        found = unit.results.evidence(criterion, answer, **filters)
    assert [(one.interaction, one.evidence.quote) for one in found] == expected
    assert all(one.answer == answer for one in found)


def test_the_machines_evidence_is_not_shown_for_an_answer_it_did_not_give(desk: Any) -> None:
    card = desk.add(desk.draft(desk.take("c1"), greeting="no"))
    done = desk.answered(card, greeting="yes")
    bare = done.model_copy(
        update={"criteria": tuple(
            one.model_copy(update={"answered": one.answered.model_copy(update={"evidence": ()})}) if one.answered else one
            for one in done.criteria
        )}
    )
    with desk.database.unit() as unit:
        unit.scorecards.save(bare, expected_revision=1, at=AT)
        assert unit.results.evidence("greeting", "yes") == ()


def test_scores_in_order_of_time(busy: Any) -> None:
    with busy.database.reading() as unit:
        found = unit.results.scores(agent="a17")
        some = unit.results.scores(team="sales", since=AT + timedelta(days=3), statuses=[Status.DRAFT])
    assert [(one.interaction, one.score, one.status) for one in found] == [
        ("c1", 100_000, Status.DRAFT), ("c2", 100_000, Status.FINAL), ("c3", 0, Status.FINAL),
    ]
    assert [one.at for one in found] == [AT, AT + timedelta(days=1), AT + timedelta(days=2)]
    assert [one.interaction for one in some] == ["c4"]


def test_agents_at_a_glance(busy: Any) -> None:
    with busy.database.reading() as unit:
        told = [tuple(total.model_dump().values()) for total in unit.results.agents()]
    assert told == [
        ("a17", 3, 3, pytest.approx(200 / 3), 2, 1, 1, 0),
        ("a2", 1, 1, 100.0, 0, 0, 0, 0),
        (None, 1, 1, 100.0, 0, 0, 0, 0),
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["c3", "c2", "c1"]),
        ({"most": 2}, ["c3", "c2"]),
        ({"since": AT + timedelta(days=1), "most": 1}, ["c3"]),
        ({"until": AT + timedelta(days=2)}, ["c2", "c1"]),
        ({"purpose": Purpose.MYSTERY}, []),
        ({"within": Scope(teams=frozenset({"billing"}))}, ["c2", "c1"]),
    ],
)
def test_the_newest_scores_whatever_their_state(busy: Any, filters: dict[str, Any], expected: list[str]) -> None:
    with busy.database.reading() as unit:
        assert [one.interaction for one in unit.results.newest_scores("a17", **{"most": 50, **filters})] == expected


def test_the_newest_finals_of_others(busy: Any) -> None:
    with busy.database.reading() as unit:
        assert [one.interaction for one in unit.finals.of("a17")] == ["c3", "c2"]
        assert [one.interaction for one in unit.finals.of("a17", most=1)] == ["c3"]
        assert sorted(one.interaction for one in unit.finals.of_others("a2", team=None)) == ["c2", "c3"]
        assert [one.interaction for one in unit.finals.of_others("a2", team="sales")] == ["c3"]
        assert [one.interaction for one in unit.finals.of_others("a2", team=None, most=1)] == ["c3"]
        assert unit.finals.of_others("a17", team=None) == []


def test_nothing_stored_gives_nothing(desk: Any) -> None:
    with desk.database.reading() as unit:
        assert unit.results.tallies(agent="a17") == ()
        assert unit.results.scores(agent="a17") == ()
        assert unit.results.agents() == ()


def test_a_team_that_the_source_left_out_is_the_agents_own(desk: Any) -> None:
    with desk.database.unit() as unit:
        unit.agents.upsert(AgentRef(id="a9", team="night"), at=AT)
    desk.add(desk.draft(desk.take("c1", agent="a9", team=None)))
    with desk.database.reading() as unit:
        assert [one.interaction for one in unit.results.scores(team="night")] == ["c1"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"agent": "a17"}, [("minor", 3, 3), ("compliance", 3, 2)]),  # c3 missed the identity
        ({"agent": "a17", "statuses": [Status.FINAL]}, [("minor", 2, 2), ("compliance", 2, 1)]),
        ({"agent": "a2"}, [("minor", 1, 1), ("compliance", 1, 1)]),
        ({}, [("minor", 5, 5), ("compliance", 5, 4)]),
        ({"agent": "nobody"}, []),
    ],
)
def test_families(busy: Any, filters: dict[str, Any], expected: list[tuple[str, int, int]]) -> None:
    with busy.database.reading() as unit:
        found = unit.results.families(**filters)
    assert [(one.family.value, one.scorecards, one.clean) for one in found] == expected


def test_what_the_service_finalised_itself_is_told_apart(busy: Any) -> None:
    final = busy.draft(busy.take("c9", agent="a9")).model_copy(update={"status": Status.FINAL, "automatic": True, "reviewer": "system"})
    busy.add(busy.answered(final).model_copy(update={"automatic": True, "reviewer": "system"}))
    with busy.database.reading() as unit:
        (nine,) = [one for one in unit.results.agents() if one.agent == "a9"]
        assert (nine.scorecards, nine.finished, nine.automatic) == (1, 0, 1)
        assert [one.agent for one in unit.results.agents(by_people=True) if one.agent == "a9"] == []
        assert [one.automatic for one in unit.results.scores(agent="a9")] == [True]
        (greeting,) = [one for one in unit.results.tallies(agent="a9") if one.criterion == "greeting"]
        assert (greeting.effective, greeting.final) == ({"yes": 1}, {})
        assert unit.results.tallies(agent="a9", by_people=True) == ()
        assert unit.results.families(agent="a9", by_people=True) == ()
        assert unit.results.evidence("greeting", "yes", agent="a9", by_people=True) == ()
        assert len(unit.results.evidence("greeting", "yes", agent="a9")) == 1
