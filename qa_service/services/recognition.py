"""Recognition: who stands out in a month, worked out any time, announced by a lead once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from qa_service.domain.moments import Cell, ItemKind, Moments
from qa_service.domain.period import Period, PeriodKind, last_over
from qa_service.domain.permission import Actor, Right
from qa_service.domain.recognition import PAST_MONTHS, Announcement, Contestant, Recognition, recognise, seen_by
from qa_service.domain.scorecard import Status
from qa_service.domain.user import left
from qa_service.errors import ConflictError, InputError, NotFoundError
from qa_service.services.clock import Clock
from qa_service.services.rollups import Rollups
from qa_service.settings import Settings
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit


class Recognitions:
    """Months by name; figures of live contacts, finished by people."""

    def __init__(self, *, database: Database, rollups: Rollups, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._rollups = rollups
        self._zone: tzinfo = UTC if settings.time_zone == "UTC" else ZoneInfo(settings.time_zone)
        self._clock = clock

    def work_out(self, month: str | None = None, *, team: str | None = None, by: Actor) -> Recognition:
        """The working of a month, the last that is over unless told; of a team, or of the whole house.

        Raises :class:`InputError` for what is no month or has not begun, or for a coach who names none of their teams, and
        :class:`NotFoundError` for a team that nobody is in or that lies out of reach. Names of other teams are told to leads alone.
        """
        by.check(Right.COACH)
        period = self._period(month)
        with self._database.reading() as unit:
            self._check_team(unit, team, by)
        found = recognise(period.name, self._contestants(period, team), team=team)
        with self._database.reading() as unit:
            return seen_by(found, _known(unit, found, by))

    def announce(self, month: str | None = None, *, team: str | None = None, words: str | None = None, by: Actor) -> Announcement:
        """Announce it, as a lead; the working stays as it is now. Raises as :meth:`work_out`, and :class:`ConflictError` for a month that
        is not over, that was announced already, or in which nobody stands out."""
        by.check(Right.RECOGNISE)
        at = self._clock()
        period = self._period(month)
        if period.until > at:
            raise ConflictError(f"{period.name} is not over", field="month", hint="its working can be read before, and changes")
        found = self.work_out(period.name, team=team, by=by)
        if not found.best.winners and not found.improved.winners:
            raise ConflictError(f"nobody stands out in {period.name}", field="month", hint="the working of the month shows why")
        made = Announcement(id=uuid.uuid4().hex, recognition=found, by=by.id, at=at, words=words)
        with self._database.unit() as unit:
            unit.announcements.add(made)
            content = {"month": found.month, "team": team, "best": list(found.best.winners), "improved": list(found.improved.winners)}
            unit.ledger.append(at=at, actor=by.id, action="recognition.announced", subject=f"recognition/{made.id}", content=content)
        return made

    def get(self, announcement: str, *, by: Actor) -> Announcement:
        """One announcement; raises :class:`NotFoundError` for one of another team."""
        with self._database.reading() as unit:
            found = unit.announcements.get(announcement)
            teams = _teams(unit, by)
            if teams is not None and found.recognition.team is not None and found.recognition.team not in teams:
                raise NotFoundError(f"no announcement {announcement!r}", field="announcement")
            return _shown(unit, found, by)

    def list(
        self, *, by: Actor, month: str | None = None, team: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Announcement]:
        """The last announced first: those of the house, and of the actor's teams."""
        with self._database.reading() as unit:
            page = unit.announcements.list(teams=_teams(unit, by), month=month, team=team, cursor=cursor, limit=limit)
            return page.of(lambda some: [_shown(unit, one, by) for one in some])

    def _period(self, month: str | None) -> Period:
        now = self._clock()
        if month is None:
            return last_over(now, PeriodKind.MONTH, zone=self._zone)
        period = Period.named(month, PeriodKind.MONTH, zone=self._zone)
        if period.since > now:
            raise InputError(f"{month} has not begun", field="month", hint="name a month that has")
        return period

    def _check_team(self, unit: Unit, team: str | None, by: Actor) -> None:
        scope = by.scope(Right.COACH)
        if team is None and not scope.whole:
            raise InputError("name one of your teams", field="team", hint="leads alone look at the whole house")
        if team is None:
            return
        if not scope.whole and team not in (scope.teams or ()):
            raise NotFoundError(f"no team {team!r}", field="team")
        if not unit.agents.list(team=team, limit=1).items:
            raise NotFoundError(f"no team {team!r}", field="team", hint="teams are what interactions name")

    def _contestants(self, period: Period, team: str | None) -> Sequence[Contestant]:
        first = period
        for _ in range(PAST_MONTHS):
            first = first.before(zone=self._zone)
        now = _totals(self._rollups.cells(since=period.since, until=period.until, team=team, by=("agent",)))
        past = _totals(self._rollups.cells(since=first.since, until=period.since, team=team, by=("agent",)))
        with self._database.reading() as unit:
            missed = {
                status: {
                    one.agent: one.critical
                    for one in unit.results.agents(team=team, since=period.since, until=period.until, statuses=(status,), by_people=True)
                }
                for status in (Status.FINAL, Status.DISPUTED)
            }
            users = unit.users.list(active=None)
        gone = left(users)
        return [
            Contestant(
                agent=agent, now=forms, past=past.get(agent, {}), critical=missed[Status.FINAL].get(agent, 0),
                disputed=missed[Status.DISPUTED].get(agent, 0), here=agent not in gone,
            )
            for agent, forms in now.items()
        ]


def _totals(cells: Iterable[Cell]) -> dict[str, dict[str, Moments]]:
    """Agent, then form; contacts of nobody win nothing."""
    found: dict[str, dict[str, Moments]] = {}
    for cell in cells:
        if cell.agent is not None and cell.item.kind is ItemKind.TOTAL:
            found.setdefault(cell.agent, {})[cell.item.rubric] = cell.moments
    return found


def _teams(unit: Unit, by: Actor) -> frozenset[str] | None:
    """Whose announcements somebody sees besides those of the house; ``None``: all."""
    scope = by.scope(Right.READ_COACHING)
    if scope.whole:
        return None
    if scope.agent is None:
        return scope.teams or frozenset()
    return frozenset(filter(None, unit.coaching_plans.teams_now([scope.agent]).values()))


def _known(unit: Unit, found: Recognition, by: Actor) -> frozenset[str] | None:
    """Whose names somebody is told besides those of the winners; ``None``: all."""
    scope = by.scope(Right.READ_COACHING)
    if scope.whole:
        return None
    if scope.agent is not None:
        return frozenset({scope.agent})
    now: Mapping[str, str | None] = unit.coaching_plans.teams_now(one.agent for one in found.showings if one.agent is not None)
    return frozenset(agent for agent, team in now.items() if team in (scope.teams or ()))


def _shown(unit: Unit, one: Announcement, by: Actor) -> Announcement:
    return one.model_copy(update={"recognition": seen_by(one.recognition, _known(unit, one.recognition, by))})
