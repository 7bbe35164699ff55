"""Workload: dashboards of reviewers, and how evenly agents are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from qa_service.domain.estimation import wilson
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.permission import Actor, Right, Role
from qa_service.domain.sampling import fairness, variance
from qa_service.domain.user import User
from qa_service.domain.workload import AgentCoverage, ReviewerFigures, minutes
from qa_service.errors import NotFoundError, PermissionDeniedError
from qa_service.services.clock import Clock
from qa_service.store.session import Database
from qa_service.store.unit import Unit
from qa_service.store.workload import Done, Due

_NOTHING_DUE, _NOTHING_DONE = Due(0, 0), Done((), 0, 0, 0)


class Workloads:
    """Counts work; reviewers see their own, leads everybody's."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def reviewers(self, *, by: Actor, since: datetime | None = None, until: datetime | None = None) -> tuple[ReviewerFigures, ...]:
        """Reviewers, and leads who have something to do or did something, by id; for reviewers: themselves. ``since <= act < until``."""
        by.check(Right.WORK_QUEUE)
        with self._database.reading() as unit:
            people = [one for role in (Role.ADMIN, Role.QA_LEAD, Role.REVIEWER) for one in unit.users.list(role=role, active=None)]
            shown = people if by.may(Right.MANAGE_SAMPLING) else [one for one in people if one.id == by.id]
            found = self._figures(unit, shown, since=since, until=until)
        roles = {one.id: one for one in people}
        return tuple(
            one for one in sorted(found, key=lambda one: one.reviewer)
            if (roles[one.reviewer].role is Role.REVIEWER and roles[one.reviewer].active) or one.due or one.done or one.skipped
            or one.reviewer == by.id
        )

    def reviewer(self, reviewer: str, *, by: Actor, since: datetime | None = None, until: datetime | None = None) -> ReviewerFigures:
        """One of them; raises :class:`PermissionDeniedError` for a reviewer who asks for another, and :class:`NotFoundError`."""
        by.check(Right.WORK_QUEUE)
        if reviewer != by.id and not by.may(Right.MANAGE_SAMPLING):
            raise PermissionDeniedError("reviewers see their own figures", field="reviewer", hint="leads see everybody's")
        with self._database.reading() as unit:
            user = unit.users.get(reviewer)
            if not user.actor().may(Right.WORK_QUEUE):
                raise NotFoundError(f"user {reviewer!r} reviews nothing", field="reviewer")
            return self._figures(unit, [user], since=since, until=until)[0]

    def coverage(
        self, *, by: Actor, since: datetime | None = None, until: datetime | None = None, team: str | None = None,
        channel: Channel | None = None, purpose: Purpose = Purpose.LIVE,
    ) -> tuple[AgentCoverage, ...]:
        """How much of each agent's contacts in a period is reviewed, against an even draw of the same size."""
        by.check(Right.MANAGE_SAMPLING)
        with self._database.reading() as unit:
            found = unit.workload.covered(since=since, until=until, team=team, channel=channel, purpose=purpose)
        eligible, queued = sum(one.scorecards for one in found), sum(one.queued for one in found)
        return tuple(
            AgentCoverage(
                agent=one.agent, scorecards=one.scorecards, queued=one.queued, done=one.done,
                fairness=fairness(
                    one.agent, eligible=one.scorecards, picked=one.queued, expected=queued * one.scorecards / eligible,
                    variance=variance(one.scorecards, eligible, queued),
                ),
            )
            for one in found
        )

    def _figures(
        self, unit: Unit, people: Sequence[User], *, since: datetime | None, until: datetime | None
    ) -> list[ReviewerFigures]:
        ids = [one.id for one in people]
        due = unit.workload.due(now=self._clock(), reviewers=ids)
        done = unit.workload.done(since=since, until=until, reviewers=ids)
        skipped = unit.workload.skipped(since=since, until=until, reviewers=ids)
        return [_of(one, due.get(one.id, _NOTHING_DUE), done.get(one.id, _NOTHING_DONE), skipped.get(one.id, 0)) for one in people]


def _of(user: User, due: Due, done: Done, skipped: int) -> ReviewerFigures:
    return ReviewerFigures(
        reviewer=user.id, name=user.name, due=due.due, overdue=due.overdue, done=len(done.took), done_blind=done.blind,
        minutes=minutes(done.took), skipped=skipped, overridden=wilson(done.overridden, done.suggested),
    )
