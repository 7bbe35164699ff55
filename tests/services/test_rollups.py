"""Figures of any period: the same from sums of months and from facts, in whatever time zone; kept up, checked and rebuilt."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import aggregate_cards as house
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.moments import Cell, Moments
from qa_service.domain.permission import Scope
from qa_service.errors import InputError
from qa_service.services.rollups import Rollups
from qa_service.services.workflow import Workflows
from qa_service.settings import Settings
from qa_service.store.session import Database
from qa_service.store.tables import FactRow, RollupRow, core

BY = ("agent", "team", "channel", "month")
AGENT, TEAM = house.HOUSE.agents[0], house.House.team(0)


def rollups(database: Database, folder: Path, *, zone: str = "Asia/Tehran") -> Rollups:
    workflows = Workflows(url="sqlite:///unused", lock_dir=folder, executor="x", concurrency=1)
    return Rollups(database=database, settings=Settings(data_dir=folder, time_zone=zone), workflows=workflows)


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """600 scorecards of two years, in bulk, of the first four agents."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('house') / 'qa.sqlite'}")
    database.upgrade()
    house.lay(database, scorecards=600, agents=4)
    yield database
    database.close()


@pytest.fixture(scope="module")
def service(laid: Database, tmp_path_factory: pytest.TempPathFactory) -> Rollups:
    """In a time zone whose months begin at 20:30 the day before."""
    found = rollups(laid, tmp_path_factory.mktemp("locks"))
    while found.refresh():
        pass
    return found


def keyed(cells: Iterable[Cell]) -> dict[Any, tuple[float, ...]]:
    return {(one.agent, one.team, one.channel, one.month, one.item): tuple(one.moments) for one in cells}


def alike(found: Iterable[Cell], wanted: Iterable[Cell]) -> None:
    one, other = keyed(found), keyed(wanted)
    assert one.keys() == other.keys()
    assert all(one[key] == pytest.approx(other[key], abs=1e-9) for key in other)


_MOMENTS = st.none() | st.datetimes(datetime(2023, 11, 1), datetime(2026, 2, 1)).map(lambda one: one.replace(tzinfo=UTC))


@given(since=_MOMENTS, until=_MOMENTS, by=st.sets(st.sampled_from(BY)))
def test_any_period_is_the_same_from_months_and_from_facts(
    laid: Database, service: Rollups, since: datetime | None, until: datetime | None, by: set[str]
) -> None:
    if since is not None and until is not None and until <= since:
        with pytest.raises(InputError) as caught:
            service.cells(since=since, until=until)
        assert caught.value.field == "until"
        return
    with laid.reading() as unit:
        wanted = unit.rollups.exact(since=since, until=until, by=by)
    alike(service.cells(since=since, until=until, by=by), wanted)


EDGES = ["2024-02-29T20:29:59.999999", "2024-02-29T20:30:00", "2024-02-29T20:30:00.000001", "2024-03-31T20:30:00"]


@pytest.mark.parametrize("since", EDGES)
@pytest.mark.parametrize("until", [*EDGES, "2024-07-31T20:30:00"])
def test_periods_that_begin_and_end_where_months_do(laid: Database, service: Rollups, since: str, until: str) -> None:
    """March in Tehran begins at 20:30 UTC."""
    start, end = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (since, until))
    if start < end:
        with laid.reading() as unit:
            alike(service.cells(since=start, until=end), unit.rollups.exact(since=start, until=end))


def test_months_by_name(laid: Database, service: Rollups) -> None:
    march = (datetime(2024, 2, 29, 20, 30, tzinfo=UTC), datetime(2024, 3, 31, 20, 30, tzinfo=UTC))
    alike(service.cells(months=["2024-03"]), service.cells(since=march[0], until=march[1]))
    two = service.cells(months=["2024-03", "2024-05"], by=("month",))
    assert {one.month for one in two} == {"2024-03", "2024-05"}
    assert service.cells(months=["2031-01"]) == ()
    assert service.cells(agents=["nobody"]) == ()
    assert service.cells(team="none") == ()


REFUSED = [
    ({"months": ["2024-13"]}, "period"), ({"months": ["May"]}, "period"), ({"months": [""]}, "period"),
    ({"months": ["2024-03"], "since": datetime(2024, 1, 1, tzinfo=UTC)}, "months"), ({"by": ("reviewer",)}, "by"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "field"), REFUSED)
def test_what_is_asked_wrongly(service: Rollups, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        service.cells(**asked)
    assert caught.value.field == field
    assert caught.value.hint


def test_filters_and_reach(laid: Database, service: Rollups) -> None:
    """A coach's cells are those of the team; an agent's hold nothing of drafts."""
    whole = service.cells()
    assert service.cells(channel=Channel.EMAIL) == ()
    assert service.cells(purpose=Purpose.TRAINING) == ()
    alike(service.cells(purpose=None), whole)
    alike(service.cells(team=TEAM), whole)
    alike(service.cells(within=Scope(teams=frozenset({TEAM}))), whole)
    assert service.cells(within=Scope(teams=frozenset({"other"}))) == ()
    alike(service.cells(rubric="phone-bench"), whole)
    assert service.cells(rubric="chat-bench") == ()
    mine = service.cells(within=Scope(agent=AGENT))
    assert {one.agent for one in mine} == {AGENT}
    assert all(one.moments.all == one.moments.people for one in mine)
    assert {one.item: one.moments.people for one in mine} == {
        one.item: one.moments.people for one in whole if one.agent == AGENT and one.moments.people
    }
    months = service.cells(within=Scope(agent=AGENT), months=["2024-03", "2024-04"], by=("month",))
    assert {one.month for one in months} <= {"2024-03", "2024-04"}


def test_nothing_is_there(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'qa.sqlite'}")
    database.upgrade()
    empty = rollups(database, tmp_path)
    assert (empty.refresh(), empty.behind(), empty.cells(), empty.check(), empty.rebuild()) == (0, 0, (), (), 0)
    database.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'qa.sqlite'}")
    database.upgrade()
    house.lay(database, scorecards=120, agents=3)
    yield database
    database.close()


def test_what_is_wrong_is_found_and_rebuilt(own: Database, tmp_path: Path) -> None:
    service = rollups(own, tmp_path)
    # One of each, and another of each that is in the queue.
    waiting = service.behind()
    assert 120 < waiting < 240
    assert service.refresh(most=50) == 50
    assert (service.behind(), service.check()) == (waiting - 50, ())
    before = keyed(service.cells(by=BY))
    facts, sums = core(FactRow), core(RollupRow)
    with own.engine.begin() as connection:
        month = connection.scalar(sa.select(sums.c.month).order_by(sums.c.month).limit(1))
        connection.execute(sa.delete(sums).where(sums.c.month == month))
        connection.execute(sa.update(facts).where(facts.c.scorecard_id == "card-0000119").values(weight=7.0))
        connection.execute(sa.update(facts).where(facts.c.scorecard_id == "card-0000118").values(scorecard_id="stray"))
    found = service.check()
    assert any(f"in {month} " in line for line in found)
    assert {"card-0000119", "card-0000118", "stray"} == {line.split("'")[1] for line in found if line.startswith("scorecard")}
    assert service.rebuild() >= 120
    assert service.check() == ()
    assert keyed(service.cells(by=BY)).keys() == before.keys()
    assert all(moments == pytest.approx(before[key], abs=1e-9) for key, moments in keyed(service.cells(by=BY)).items())


def test_another_time_zone_cuts_months_anew(own: Database, tmp_path: Path) -> None:
    def months(zone: str) -> dict[str | None, float]:
        service = rollups(own, tmp_path, zone=zone)
        while service.refresh():
            pass
        assert service.check() == ()
        return {one.month: one.moments.all for one in service.cells(by=("month",)) if one.item.kind == "total"}

    first = months("Pacific/Kiritimati")
    assert months("Pacific/Kiritimati") == first
    # Fourteen hours later it is another day; 120 contacts in 730 days: some months begin with other ones.
    assert months("Pacific/Pago_Pago") != first
    assert sum(first.values()) == 120


def test_many_fold_at_once(own: Database, tmp_path: Path) -> None:
    """Readers in several threads count what came: nothing twice, nothing lost."""
    services = [rollups(own, tmp_path) for _ in range(4)]
    counted: list[int] = []
    waiting = services[0].behind()

    def work(service: Rollups) -> None:
        while some := service.refresh(most=7):
            counted.append(some)

    threads = [threading.Thread(target=work, args=[service]) for service in services]
    for thread in threads:
        thread.start()
    for number in range(10):
        contact, card = house.fresh(number, house.random.Random(number))
        with own.unit() as unit:
            unit.interactions.add(contact, content_sha256=contact.id, at=house.START)
            stored = unit.scorecards.add(card, at=house.START)
        house.finish(own, stored)
    for thread in threads:
        thread.join()
    rest = services[0].refresh()
    assert sum(counted) + rest == waiting + 2 * 10
    assert services[0].check() == ()


def test_moments_are_those_of_the_domain(laid: Database, service: Rollups) -> None:
    """Of one scorecard alone, to the last bit."""
    from qa_service.domain.outcomes import unpack

    with laid.reading() as unit:
        ((fact, _),) = next(unit.facts.told(at_once=1))
        forms = unit.facts.forms()
        cells = unit.rollups.exact(since=fact.happened_at, until=fact.happened_at + timedelta(microseconds=1), by=())
    outcomes = unpack(fact.outcomes, len(forms[fact.form]), weight=fact.weight)
    wanted = {item: Moments.of(outcome) for item, outcome in zip(forms[fact.form], outcomes, strict=True)}
    assert {one.item: one.moments for one in cells} == wanted


