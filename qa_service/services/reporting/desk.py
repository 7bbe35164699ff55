"""The desk of reports: gathers what each kind tells from the services that know it, for whoever may read that."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import NamedTuple

from qa_service.domain.coaching_plan import CoachingPlan, PlanState
from qa_service.domain.period import Period, PeriodKind
from qa_service.domain.permission import Actor, Reach, Right, Scope
from qa_service.domain.report import Report, ReportKind, ReportPeriod
from qa_service.domain.report_order import ReportWanted
from qa_service.domain.solar_hijri import gregorian
from qa_service.domain.swot import Swot
from qa_service.domain.topic import OTHER
from qa_service.errors import InputError, NotFoundError, PermissionDeniedError
from qa_service.services.accuracy import AccuracyDesk
from qa_service.services.audit import Audit
from qa_service.services.calibrate import Calibrating
from qa_service.services.clock import Clock
from qa_service.services.coaching_plans import CoachingPlans
from qa_service.services.dispute import Disputes
from qa_service.services.indicators import Asked, FigureReport, IndicatorDesk
from qa_service.services.profiles import Profiles
from qa_service.services.reporting.agent import AgentTold, agent_report
from qa_service.services.reporting.audit import AuditTold, audit_report
from qa_service.services.reporting.calibration import CalibrationTold, calibration_report
from qa_service.services.reporting.group import GroupTold, Member, group_report
from qa_service.services.reporting.standings import Questions, questions_of
from qa_service.services.rollups import Rollups
from qa_service.services.severity import SeverityDesk
from qa_service.services.swot import Swots
from qa_service.services.teams import Teams
from qa_service.services.topics import Topics
from qa_service.settings import Settings
from qa_service.store.indicators import Place
from qa_service.store.ledger import Sought
from qa_service.store.session import Database

#: Years by the Solar Hijri calendar; Gregorian ones are later.
_SOLAR_YEARS = range(1200, 1600)
#: What an audit report tells of.
_AUDITING = (Right.READ_LEDGER, Right.READ_AUDIT_LANE, Right.MANAGE_DISPUTES)


class ReportSources(NamedTuple):
    """The services that reports are put together from."""

    profiles: Profiles
    rollups: Rollups
    indicators: IndicatorDesk
    topics: Topics
    calibrating: Calibrating
    audit: Audit
    accuracies: AccuracyDesk
    disputes: Disputes
    severities: SeverityDesk
    teams: Teams
    swots: Swots
    plans: CoachingPlans


class ReportDesk:
    """Gathers; stores nothing."""

    def __init__(self, *, database: Database, sources: ReportSources, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._sources = sources
        self._zone = settings.zone
        self._clock = clock

    def check(self, wanted: ReportWanted, *, by: Actor) -> None:
        """Whether the actor may read what the report tells, and it is there. Raises :class:`PermissionDeniedError`, :class:`NotFoundError`
        for an agent, team or session that nobody knows or that is out of reach, and :class:`InputError` for a period that is none."""
        wanted.check()
        self.period(wanted)
        match wanted.kind:
            case ReportKind.AGENT:
                self._sources.profiles.agent(str(wanted.subject), within=by.scope(Right.READ_AGENTS))
            case ReportKind.TEAM:
                self._team(str(wanted.subject), by)
            case ReportKind.MONTH:
                _everybody(by)
            case ReportKind.CALIBRATION:
                by.check(Right.CALIBRATE)
                self._sources.calibrating.results(str(wanted.subject), by=by)
            case ReportKind.AUDIT:
                for right in _AUDITING:
                    by.check(right)

    def kinds(self, *, by: Actor) -> tuple[ReportKind, ...]:
        """What the actor may have reports of."""
        reach = by.reach(Right.READ_AGENTS)
        allowed = {
            ReportKind.AGENT: reach is not None, ReportKind.TEAM: reach in (Reach.ALL, Reach.TEAMS), ReportKind.MONTH: reach is Reach.ALL,
            ReportKind.CALIBRATION: by.may(Right.CALIBRATE), ReportKind.AUDIT: all(by.may(right) for right in _AUDITING),
        }
        return tuple(kind for kind in ReportKind if allowed[kind])

    def tell(self, wanted: ReportWanted, *, by: Actor) -> Report:
        """The report as data; raises as :meth:`check`."""
        self.check(wanted, by=by)
        match wanted.kind:
            case ReportKind.AGENT:
                return self._agent(wanted, by)
            case ReportKind.TEAM | ReportKind.MONTH:
                return self._group(wanted, by)
            case ReportKind.CALIBRATION:
                return self._calibration(wanted, by)
            case ReportKind.AUDIT:
                return self._audited(wanted, by)

    def period(self, wanted: ReportWanted) -> ReportPeriod:
        """From when to when; raises :class:`InputError` for a month that is none."""
        if wanted.month is None:
            return ReportPeriod(since=wanted.since, until=wanted.until)
        solar = _solar_month(wanted.month, self._zone)
        if solar is not None:
            return solar
        found = Period.named(wanted.month, PeriodKind.MONTH, zone=self._zone)
        return ReportPeriod(since=found.since, until=found.until, month=wanted.month)

    def _agent(self, wanted: ReportWanted, by: Actor) -> Report:
        period = self.period(wanted)
        profile = self._sources.profiles.profile(
            str(wanted.subject), since=period.since, until=period.until, within=by.scope(Right.READ_AGENTS), reader=by.id
        )
        told = AgentTold(profile, self._questions(), self._swot(wanted, period, by), self._plan(wanted, by))
        return agent_report(told, period=period, zone=self._zone, at=self._clock())

    def _swot(self, wanted: ReportWanted, period: ReportPeriod, by: Actor) -> Swot | None:
        """Why customers are in contact is for those who may read that."""
        if not by.may(Right.READ_HISTORY):
            return None
        within = by.scope(Right.READ_AGENTS)
        return self._sources.swots.agent(str(wanted.subject), since=period.since, until=period.until, within=within, reader=by.id)

    def _plan(self, wanted: ReportWanted, by: Actor) -> CoachingPlan | None:
        """The plan that is open, as far as the actor may know of it."""
        if not by.may(Right.READ_COACHING):
            return None
        page = self._sources.plans.list(by=by, agent=wanted.subject, state=PlanState.ACTIVE, limit=1)
        return page.items[0].plan if page.items else None

    def _group(self, wanted: ReportWanted, by: Actor) -> Report:
        period, team = self.period(wanted), wanted.subject
        rollups, member = self._sources.rollups, Member.TEAM if team is None else Member.AGENT
        cells = rollups.cells(team=team, since=period.since, until=period.until, by=(member.value,), reader=by.id)
        told = GroupTold(
            kind=wanted.kind, name=team, member=member, cells=cells,
            by_month=rollups.cells(team=team, until=period.until, by=(member.value, "month"), refresh=False, reader=by.id),
            names={} if team is None else self._names(team), topics=self._topics(period, team), questions=self._questions(),
            figures=self._figures(period, team) if by.may(Right.READ_FIGURES) else None,
            team=None if team is None else self._sources.teams.profile(team, since=period.since, until=period.until, reader=by.id),
            swot=None if team is None else self._sources.swots.team(team, since=period.since, until=period.until, reader=by.id),
        )
        return group_report(told, period=period, zone=self._zone, at=self._clock())

    def _figures(self, period: ReportPeriod, team: str | None) -> FigureReport:
        return self._sources.indicators.report(Asked(since=period.since, until=period.until, place=Place(team=team)))

    def _calibration(self, wanted: ReportWanted, by: Actor) -> Report:
        session = self._sources.calibrating.get(str(wanted.subject), by=by).session
        results = self._sources.calibrating.results(session.id, by=by)
        with self._database.reading() as unit:
            rubric = unit.rubrics.by_fingerprint(session.rubric.fingerprint)
        return calibration_report(CalibrationTold(session, rubric, results), zone=str(self._zone), at=self._clock())

    def _audited(self, wanted: ReportWanted, by: Actor) -> Report:
        period = self.period(wanted)
        with self._database.reading() as unit:
            acts = unit.ledger.counts(Sought(since=period.since, until=period.until))
        told = AuditTold(
            ledger=self._sources.audit.verify(), acts=acts, accuracy=self._sources.accuracies.report(by=by),
            disputes=self._sources.disputes.outcomes(by=by, since=period.since, until=period.until),
            severity=self._sources.severities.compare(since=period.since, until=period.until), questions=self._questions(),
        )
        return audit_report(told, period=period, zone=str(self._zone), at=self._clock())

    def _team(self, team: str, by: Actor) -> None:
        if by.reach(Right.READ_AGENTS) is Reach.OWN:
            raise PermissionDeniedError("agents have reports of themselves, and of no team", field="subject")
        within = by.scope(Right.READ_AGENTS)
        known = within.teams is None or team in within.teams
        if not known or not self._sources.profiles.agents(team=team, within=within, limit=1).items:
            raise NotFoundError(f"no team {team!r}", field="subject", hint="a team is known by the agents that are in it")

    def _names(self, team: str) -> dict[str, str]:
        found: dict[str, str] = {}
        cursor: str | None = None
        while True:
            page = self._sources.profiles.agents(team=team, cursor=cursor, limit=500)
            found.update({one.id: one.name or one.id for one in page.items})
            cursor = page.next
            if cursor is None:
                return found

    def _topics(self, period: ReportPeriod, team: str | None) -> list[tuple[str, int]]:
        """Contact reasons by name; none before anybody has found topics."""
        with self._database.reading() as unit:
            if unit.topics.active() is None:
                return []
        within = None if team is None else Scope(teams=frozenset({team}))
        topics, counts = self._sources.topics.counts(since=period.since, until=period.until, within=within)
        called = {one.id: one.called for one in topics.topics}
        return [(called[topic], count) for topic, count in counts.items() if topic != OTHER and topic in called]

    def _questions(self) -> Questions:
        with self._database.reading() as unit:
            return questions_of(unit.rubrics.list())


def _everybody(by: Actor) -> None:
    if not by.scope(Right.READ_AGENTS).whole:
        raise PermissionDeniedError("a report of the whole house is for those who see all agents", field="kind")


def _solar_month(name: str, zone: tzinfo) -> ReportPeriod | None:
    """``1405-08``; ``None`` for what names no year of that calendar."""
    year, _, month = name.partition("-")
    if not (year.isascii() and year.isdigit() and int(year) in _SOLAR_YEARS and month.isascii() and month.isdigit() and len(month) == 2):
        return None
    if not 1 <= int(month) <= 12:
        raise InputError(f"there is no month {name!r}", field="month", hint="a month is written as 2026-11, or 1405-08")
    first = gregorian(int(year), int(month), 1)
    after = gregorian(int(year) + int(month) // 12, int(month) % 12 + 1, 1)
    since, until = (datetime(one.year, one.month, one.day, tzinfo=zone) for one in (first, after))
    return ReportPeriod(since=since.astimezone(zone), until=until.astimezone(zone), month=name)
