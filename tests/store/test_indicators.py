"""Indicators: what the database adds up from call details, interactions, surveys and history, against hand-computed sums."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest

from qa_service.domain.call_detail import CallDetail, ContactOutcome, CustomerFacts
from qa_service.domain.history import Horizon
from qa_service.domain.indicator import FigureKind, Tally
from qa_service.domain.indicators import INDICATORS
from qa_service.domain.interaction import AgentRef, Channel, CustomerRef, Direction, Interaction, Purpose, Survey
from qa_service.domain.measure import Measured
from qa_service.domain.permission import Scope
from qa_service.domain.survey_answer import SurveyAnswer
from qa_service.store.call_details import StoredCallDetail
from qa_service.store.contacts import NewContact
from qa_service.store.indicators import COUNTED, Choice, Place, Rules
from qa_service.store.session import Database
from qa_service.store.surveys import StoredSurveyAnswer

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
RULES = Rules(answer_within=20, short_abandon=5, window=timedelta(days=7), horizon=None)
ANSWERED, ABANDONED = ContactOutcome.ANSWERED, ContactOutcome.ABANDONED
ALL = tuple(INDICATORS)


def call(
    number: int, *, agent: str | None = "a17", team: str | None = "billing", linked: str | None = None, days: int = 0, **told: Any
) -> Any:
    detail = CallDetail(
        id=f"c{number}",
        contact=f"c{number}",
        started_at=AT + timedelta(days=days),
        agent=None if agent is None else AgentRef(id=agent, team=team),
        **{"outcome": ANSWERED, **told},
    )
    return StoredCallDetail(detail=detail, interaction=linked, content_sha256=f"x{number}", import_id="i", line=number, imported_at=AT)


def answer(number: int, *, linked: str | None = None, agent: str = "a17", team: str = "billing", **told: Any) -> StoredSurveyAnswer:
    found = SurveyAnswer(id=f"s{number}", answered_at=AT, agent=AgentRef(id=agent, team=team), **told)
    return StoredSurveyAnswer(answer=found, interaction=linked, content_sha256=f"x{number}", import_id="i", line=number, imported_at=AT)


def tallied(
    database: Database, choice: Choice | None = None, *, by: tuple[str, ...] = (), rules: Rules = RULES
) -> dict[Place, dict[str, Tally]]:
    with database.reading() as unit:
        return {place: dict(some) for place, some in unit.indicators.tally(ALL, choice or Choice(), rules=rules, by=by)}


def whole(database: Database, choice: Choice | None = None, **options: Any) -> dict[str, Tally]:
    return tallied(database, choice, **options)[Place()]


def take(database: Database, name: str, *, measured: Measured | None = None, **told: Any) -> None:
    told = {"agent": AgentRef(id="a17", team="billing"), "started_at": AT, "channel": Channel.PHONE} | told
    with database.unit() as unit:
        unit.interactions.add(Interaction(id=name, **told), content_sha256=name, at=AT)
        if measured is not None:
            unit.measures.save_many({name: measured})


def test_every_indicator_is_counted() -> None:
    assert set(INDICATORS) == COUNTED


def test_nothing_gives_nothing(database: Database) -> None:
    found = whole(database)
    assert {one.n for one in found.values()} <= {0}
    assert {one.total for one in found.values()} <= {0.0}
    assert tallied(database, by=("agent",)) == {}


def test_the_queue(database: Database) -> None:
    calls = [
        call(1, wait_seconds=10),
        call(2, wait_seconds=20),
        call(3, wait_seconds=21),
        call(4),  # the last one's wait is unknown
        call(5, outcome=ABANDONED, wait_seconds=5),
        call(6, outcome=ABANDONED, wait_seconds=6),
        call(7, outcome=ABANDONED),
        call(8, outcome=ContactOutcome.OTHER, wait_seconds=900),
        call(9, outcome=None, wait_seconds=900),
        call(10, direction=Direction.OUTBOUND, wait_seconds=900),
    ]
    with database.unit() as unit:
        unit.call_details.save_many(calls)
    found = whole(database)
    # Waits 10, 20, 21, 5, 6; of c4 and c7 nobody knows.
    assert found["queue_time"] == Tally(5, 62, 100 + 400 + 441 + 25 + 36, 2)
    assert found["asa"] == Tally(3, 51, 941, 1)
    # c5 is a short abandon; of c7 nobody knows, and it is none. Within 20 s: c1, c2; of c4 nobody knows.
    assert found["service_level"] == Tally(5, 2, 2, 1)
    assert found["abandonment"] == Tally(6, 2, 2, 0)


def test_handling(database: Database) -> None:
    with database.unit() as unit:
        unit.call_details.save_many(
            [
                call(1, talk_seconds=100, hold_seconds=0, wrap_seconds=20, handle_seconds=120, transferred=True),
                call(2, talk_seconds=200, hold_seconds=30, transferred=False),
                call(3, outcome=ABANDONED, transferred=None),
            ]
        )
    found = whole(database)
    assert found["aht"] == Tally(1, 120, 14_400, 1)
    assert found["talk_time"] == Tally(2, 300, 50_000)
    assert found["hold_time"] == Tally(2, 30, 900)
    assert found["wrap_time"] == Tally(1, 20, 400, 1)
    assert found["transfer_rate"] == Tally(2, 1, 1)


def test_a_contact_counts_once_whoever_tells_of_it(database: Database) -> None:
    """c1 is told by both; i2 has no call detail; i3 is a chat."""
    take(database, "i1", measured=Measured(300, 40, 0.2, 0.05, 3, 4), wait_seconds=50, survey=Survey(csat=5))
    take(database, "i2", measured=Measured(100, 10, 0.4, 0.15, 5, 6), wait_seconds=30, survey=Survey(csat=2))
    take(database, "i3", measured=Measured(None, None, None, None, 61, 30), channel=Channel.CHAT)
    with database.unit() as unit:
        unit.call_details.save_many([call(1, linked="i1", wait_seconds=60, talk_seconds=250)])
        unit.surveys.save_many([answer(1, linked="i1", csat=4, csat_scale=5), answer(2, csat=10, csat_scale=10, channel=Channel.CHAT)])
    found = whole(database)
    assert found["asa"] == Tally(2, 90, 3600 + 900, 1), "60 as telephony tells, 30 of i2; of i3 nobody knows"
    assert found["hold_time"] == Tally(2, 50, 1700), "measured, where telephony does not tell"
    assert found["silence_share"].n == 2
    assert found["silence_share"].total == pytest.approx(0.6)
    assert found["recording_length"] == Tally(2, 400, 100_000)
    assert found["csat"] == Tally(3, 2, 2), "4 of 5 as the survey tells, 10 of 10, and 2 of 5 in the header of i2"
    assert found["csat_mean"].total == pytest.approx(75 + 100 + 25)
    by_channel = tallied(database, by=("channel",))
    assert by_channel[Place(channel=Channel.CHAT)]["first_response"] == Tally(1, middle=61, low=61, high=61)
    assert by_channel[Place(channel=Channel.PHONE)]["first_response_mean"] == Tally(2, 8, 34)


@pytest.mark.parametrize(
    ("csat", "scale", "satisfied", "points"),
    [
        (4, 5, 1, 75),
        (3, 5, 0, 50),
        (5, 5, 1, 100),
        (0, 5, 0, 0),
        (6, 7, 1, 250 / 3),
        (5, 7, 0, 200 / 3),
        (8, 10, 1, 700 / 9),
        (7, 10, 0, 600 / 9),
        (75, 100, 1, 75),
        (74, 100, 0, 74),
        (3, 3, 1, 100),
        (2, 3, 0, 50),
    ],
)
def test_scales_are_made_comparable(database: Database, csat: float, scale: int, satisfied: int, points: float) -> None:
    one = answer(1, csat=csat, csat_scale=scale)
    with database.unit() as unit:
        unit.surveys.save_many([one])
    found = whole(database)
    assert found["csat"].total == satisfied
    assert found["csat_mean"].total == pytest.approx(points)
    assert one.answer.satisfaction == pytest.approx(points / 100)


def test_surveys(database: Database) -> None:
    with database.unit() as unit:
        unit.surveys.save_many(
            [
                answer(1, nps=10, ease=7, ease_scale=7, resolved=True),
                answer(2, nps=9, ease=5, ease_scale=7, resolved=False),
                answer(3, nps=8, ease=1, ease_scale=5),
                answer(4, nps=6),
                answer(5, nps=0),
                answer(6, comment="fine"),
            ]
        )
    found = whole(database)
    assert found["nps"] == Tally(5, 0, 4)
    assert (found["ces"].n, found["ces"].total) == (3, pytest.approx(7 + 5 + 1))
    assert found["ces_easy"] == Tally(3, 2, 2)
    assert found["fcr_survey"] == Tally(2, 1, 1)


@pytest.mark.parametrize("number", [1, 2, 5, 6, 7, 30, 101])
def test_medians_and_their_bounds(database: Database, number: int) -> None:
    values = [(37 * index) % 101 for index in range(number)]
    with database.unit() as unit:
        unit.call_details.save_many([call(index, channel=Channel.CHAT, first_response_seconds=value) for index, value in enumerate(values)])
    found = whole(database)["first_response"]
    assert (found.n, found.middle) == (number, median(values))
    # By rank: the greatest r with 2r - n - 1 <= -1 - z * sqrt(n) that is there, and its mirror.
    reach = 1 + 1.959963984540054 * number**0.5
    ranked = [value for rank, value in enumerate(sorted(values), 1) if abs(2 * rank - number - 1) <= reach]
    assert (found.low, found.high) == (min(ranked), max(ranked))


def test_history(database: Database) -> None:
    for name, days in (("old", -30), ("one", 0), ("two", 3), ("three", 20)):
        take(database, name, started_at=AT + timedelta(days=days), customer=CustomerRef(id=f"k-{name}"), queue="q")
        contact = NewContact(
            interaction=name,
            customer=f"k-{name}",
            started_at=AT + timedelta(days=days),
            channel=Channel.PHONE,
            direction=Direction.INBOUND,
            agent="a17",
            team="billing",
        )
        with database.unit() as unit:
            unit.contacts.save_many([contact], at=AT)
    with database.unit() as unit:
        from qa_service.domain.history import Link

        unit.contacts.link_many({"one": Link((), "two"), "two": Link(("one",), None)})
        horizon = unit.contacts.horizon()
    assert horizon == Horizon(AT - timedelta(days=30), AT + timedelta(days=20))
    found = whole(database, Choice(since=AT), rules=RULES._replace(horizon=horizon))
    assert found["repeat_contact"] == Tally(3, 1, 1)
    assert found["fcr"] == Tally(1, 0, 0, 1), "one came back; of three the window has not passed; two is a repeat"
    assert tallied(database, by=("queue",), rules=RULES._replace(horizon=horizon))[Place(queue="q")]["repeat_contact"].n == 3


def test_customers_who_left_count_once(database: Database) -> None:
    def facts(customer: str, churned: bool | None) -> dict[str, Any]:
        return {"customer": CustomerRef(id=customer), "facts": CustomerFacts(churned=churned)}

    with database.unit() as unit:
        unit.call_details.save_many([call(1, **facts("k1", True)), call(2, **facts("k1", True)), call(3, **facts("k2", None))])
        unit.surveys.save_many([answer(1, nps=3, **facts("k1", True)), answer(2, nps=3, **facts("k3", False))])
    assert whole(database)["churn_rate"] == Tally(2, 1, 1, 1)


def test_who_sees_what(database: Database) -> None:
    with database.unit() as unit:
        unit.agents.upsert_many(
            [AgentRef(id="a17", team="billing"), AgentRef(id="a18", team="sales"), AgentRef(id="a19", team="sales")], at=AT
        )
        unit.call_details.save_many(
            [
                call(1, wait_seconds=1),
                call(2, agent="a18", team="sales", wait_seconds=2),
                call(3, agent="a19", team=None, wait_seconds=4),
                call(4, agent=None, wait_seconds=8),
                call(5, days=1, wait_seconds=16),
            ]
        )
    scopes = {"whole": Scope(), "sales": Scope(teams=frozenset({"sales"})), "nobody": Scope(teams=frozenset()), "own": Scope(agent="a18")}
    found = {name: whole(database, Choice(within=scope))["queue_time"].total for name, scope in scopes.items()}
    assert found == {"whole": 31, "sales": 6, "nobody": 0, "own": 2}
    choices = {
        "agent": Choice(place=Place(agent="a17")),
        "team": Choice(place=Place(team="sales")),
        "later": Choice(since=AT + timedelta(hours=1)),
        "before": Choice(until=AT + timedelta(hours=1)),
        "mystery": Choice(purpose=Purpose.MYSTERY),
    }
    assert {name: whole(database, one)["queue_time"].total for name, one in choices.items()} == {
        "agent": 17,
        "team": 2,
        "later": 16,
        "before": 15,
        "mystery": 0,
    }
    assert [place.agent for place in tallied(database, by=("agent",))] == ["a17", "a18", "a19", None]


def test_contacts_that_are_not_live_are_apart(database: Database) -> None:
    take(database, "i1", wait_seconds=100, purpose=Purpose.MYSTERY, survey=Survey(csat=5))
    with database.unit() as unit:
        unit.call_details.save_many([call(1, linked="i1", wait_seconds=60)])
        unit.surveys.save_many([answer(1, linked="i1", nps=10)])
    assert whole(database)["asa"].n == whole(database)["nps"].n == whole(database)["csat"].n == 0
    mystery = whole(database, Choice(purpose=Purpose.MYSTERY))
    assert (mystery["asa"].total, mystery["nps"].n, mystery["csat"].n) == (60, 1, 1)


def test_medians_are_the_only_ones_without_sums() -> None:
    assert {one.id for one in INDICATORS.values() if one.figure is FigureKind.MEDIAN} == {"first_response", "response_time"}
