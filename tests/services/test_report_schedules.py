"""Report schedules: made once of every period, for their owner, by any number of processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qa_service.bootstrap import Services, build, opened
from qa_service.domain.interaction import AgentRef
from qa_service.domain.period import PeriodKind
from qa_service.domain.permission import SYSTEM, Actor, Role
from qa_service.domain.report import ReportKind
from qa_service.domain.report_order import ReportWanted
from qa_service.domain.user import User
from qa_service.errors import InputError, NotFoundError, QaError, StaleVersionError
from qa_service.settings import Settings

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
BILLING = ReportWanted(kind=ReportKind.TEAM, subject="billing")
LEA = Actor(id="lea", role=Role.QA_LEAD)
CARLA = Actor(id="carla", role=Role.COACH, teams=frozenset({"billing"}))


class Clockwork:
    """A clock that tests set."""

    now = AT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clockwork:
    return Clockwork()


@pytest.fixture
def services(tmp_path: Path, clock: Clockwork) -> Iterator[Services]:
    with opened(Settings(data_dir=tmp_path, engine="sidecar"), clock=clock) as made:
        for login, role, teams in (("lea", Role.QA_LEAD, ()), ("carla", Role.COACH, ("billing",)), ("rita", Role.REVIEWER, ())):
            made.users.create(User(id=login, login=login, name=login, role=role, teams=teams), by=SYSTEM)
        with made.database.unit() as unit:
            unit.agents.upsert(AgentRef(id="a1", name="Sara", team="billing"), at=AT)
        yield made


def test_a_report_of_every_period_is_made_once(services: Services, clock: Clockwork) -> None:
    made = services.report_schedules.add("monthly", BILLING, period=PeriodKind.MONTH, by=CARLA)
    assert services.report_schedules.make_due() == 0
    clock.now = datetime(2026, 4, 1, 7, tzinfo=UTC)
    assert services.report_schedules.make_due() == 1
    assert services.report_schedules.make_due() == 0
    (report,) = services.reports.list(by=CARLA).items
    assert (report.wanted.month, report.owner) == ("2026-03", "carla")
    now = services.report_schedules.get(made.id, by=CARLA)
    assert (now.last_period, now.last_report, now.last_error) == ("2026-03", report.id, None)


def test_two_processes_make_it_once(services: Services, clock: Clockwork) -> None:
    services.report_schedules.add("monthly", BILLING, period=PeriodKind.MONTH, by=CARLA)
    clock.now = datetime(2026, 4, 1, 7, tzinfo=UTC)
    other = build(services.settings, clock=clock)
    with closing(other.database):
        due = services.report_schedules.due()
        (schedule, period) = due[0]
        services.reports.make(schedule.of(period), by=CARLA, name=schedule.report_of(period))
        # The first process died before it could write down that it was done.
        assert other.report_schedules.make_due() == 1
    assert len(services.reports.list(by=CARLA).items) == 1


def test_what_cannot_be_made_any_more_is_told_and_passed_over(services: Services, clock: Clockwork) -> None:
    made = services.report_schedules.add("monthly", BILLING, period=PeriodKind.MONTH, by=CARLA)
    services.users.change("carla", {"teams": ("sales",)}, by=SYSTEM)
    clock.now = datetime(2026, 4, 1, 7, tzinfo=UTC)
    assert services.report_schedules.make_due() == 0
    now = services.report_schedules.get(made.id, by=LEA)
    assert (now.last_period, now.last_report) == ("2026-03", None)
    assert now.last_error
    with services.database.reading() as unit:
        assert [one.actor for one in unit.ledger.entries() if one.action == "report_schedule.failed"] == ["system"]
    services.users.change("carla", {"active": False}, by=SYSTEM)
    clock.now += timedelta(days=31)
    services.report_schedules.make_due()
    assert "switched off" in (services.report_schedules.get(made.id, by=LEA).last_error or "")


def test_one_that_is_off_makes_nothing_and_goes_on_with_the_next_period(services: Services, clock: Clockwork) -> None:
    made = services.report_schedules.add("monthly", BILLING, period=PeriodKind.MONTH, by=CARLA)
    services.report_schedules.change(made.id, {"active": False}, expected=1, by=CARLA)
    clock.now = datetime(2026, 5, 10, tzinfo=UTC)
    assert services.report_schedules.make_due() == 0
    services.report_schedules.change(made.id, {"active": True}, by=CARLA)
    assert services.report_schedules.make_due() == 0
    clock.now = datetime(2026, 6, 2, tzinfo=UTC)
    assert services.report_schedules.make_due() == 1
    with pytest.raises(StaleVersionError):
        services.report_schedules.change(made.id, {"name": "x"}, expected=1, by=CARLA)


def test_it_belongs_to_who_made_it_and_to_leads(services: Services) -> None:
    made = services.report_schedules.add("monthly", BILLING, period=PeriodKind.MONTH, by=CARLA)
    other = Actor(id="rita", role=Role.REVIEWER)
    for act in (services.report_schedules.get, services.report_schedules.remove):
        with pytest.raises(NotFoundError):
            act(made.id, by=other)
    assert services.report_schedules.list(by=other).items == ()
    assert services.report_schedules.list(by=LEA).items == (made,)
    services.report_schedules.remove(made.id, by=LEA)
    with pytest.raises(NotFoundError):
        services.report_schedules.get(made.id, by=CARLA)


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (ReportWanted(kind=ReportKind.TEAM, subject="sales"), QaError),
        (ReportWanted(kind=ReportKind.AGENT, subject="nobody"), NotFoundError),
        (ReportWanted(kind=ReportKind.TEAM), InputError), (ReportWanted(kind=ReportKind.CALIBRATION, subject="c"), InputError),
    ],
)
def test_nobody_schedules_what_they_may_not_read_or_what_cannot_be(
    services: Services, wanted: ReportWanted, error: type[Exception]
) -> None:
    with pytest.raises(error):
        services.report_schedules.add("x", wanted, period=PeriodKind.MONTH, by=CARLA)
    assert services.report_schedules.list(by=LEA).items == ()
