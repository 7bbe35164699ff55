"""Waiting: what whoever has signed in is to do or to know now, in a line each with a way to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from qa_service.bootstrap import Services
from qa_service.domain.accuracy import Acceptance
from qa_service.domain.coaching_effect import EffectStanding
from qa_service.domain.coaching_plan import PlanState
from qa_service.domain.dispute import DisputeState
from qa_service.domain.permission import Actor, Right
from qa_service.domain.scorecard import Status
from qa_service.rendering.locale import Locale
from qa_service.services.indicators import Asked
from qa_service.store.jobs import JobState

#: Lines are of what happened within so many days, and warn so many before a deadline.
_NEWS, _NEAR = timedelta(days=14), timedelta(days=2)
_MOST = 50


class Waiting(NamedTuple):
    """One line."""

    #: Its message, under ``waiting.``.
    key: str
    #: How many; told with a sign behind it where there are more than were counted.
    n: int
    path: str
    #: What it is about, where it is one thing with a name.
    name: str = ""
    #: Whether it is late, or bad news.
    late: bool = False
    more: bool = False


class Desk(NamedTuple):
    """Who asks, of what, and when."""

    services: Services
    who: Actor
    locale: Locale
    now: datetime


def at_once(services: Services, who: Actor, locale: Locale) -> list[Waiting]:
    """What is known without working anything out, the most pressing first."""
    return _all(Desk(services, who, locale, services.clock()), _AT_ONCE)


def looked_for(services: Services, who: Actor, locale: Locale) -> list[Waiting]:
    """What takes figures to tell."""
    return _all(Desk(services, who, locale, services.clock()), _LOOKED_FOR)


def looks(who: Actor) -> bool:
    """Whether there is anything of that kind for somebody."""
    return any(who.may(right) for right, _ in _LOOKED_FOR)


def _all(desk: Desk, kinds: tuple[tuple[Right, Callable[[Desk], Iterator[Waiting]]], ...]) -> list[Waiting]:
    found = [one for right, tell in kinds if desk.who.may(right) for one in tell(desk) if one.n]
    return sorted(found, key=lambda one: not one.late)


def _reviews(desk: Desk) -> Iterator[Waiting]:
    own = desk.services.workloads.reviewer(desk.who.id, by=desk.who)
    midnight = desk.now.astimezone(desk.locale.zone).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    due = desk.services.queue.list(by=desk.who, mine=True, due_before=midnight, limit=_MOST)
    yield Waiting("overdue", own.overdue, "/queue?mine=true&soon=today", late=True)
    yield Waiting("due_today", max(0, len(due.items) - own.overdue), "/queue?mine=true&soon=today", more=due.next is not None)
    if not due.items:
        yield Waiting("given", own.due, "/queue?mine=true")


def _calibrations(desk: Desk) -> Iterator[Waiting]:
    yield Waiting("calibration", len(desk.services.calibrating.answering(by=desk.who)), "/calibrations?state=open")


def _to_decide(desk: Desk) -> Iterator[Waiting]:
    page = desk.services.disputes.list(by=desk.who, state=DisputeState.ASSIGNED, handler=desk.who.id, limit=_MOST)
    late = any(one.late(desk.now) for one in page.items)
    path = f"/disputes?state=assigned&handler={quote(desk.who.id, safe='')}"
    yield Waiting("to_decide", len(page.items), path, late=late, more=page.next is not None)


def _disputes(desk: Desk) -> Iterator[Waiting]:
    unrouted = desk.services.disputes.list(by=desk.who, state=DisputeState.OPEN, limit=_MOST)
    given = desk.services.disputes.list(by=desk.who, state=DisputeState.ASSIGNED, limit=_MOST)
    late = desk.services.disputes.list(by=desk.who, overdue=True, limit=_MOST)
    late_open = [one for one in late.items if one.pending]
    near = [one for one in (*unrouted.items, *given.items) if not one.late(desk.now) and one.due_at < desk.now + _NEAR]
    yield Waiting("disputes_late", len(late_open), "/disputes?overdue=true", late=True, more=late.next is not None)
    yield Waiting("disputes_near", len(near), "/disputes", more=given.next is not None)
    yield Waiting("disputes_open", len(unrouted.items), "/disputes?state=open", late=True, more=unrouted.next is not None)


def _failed_jobs(desk: Desk) -> Iterator[Waiting]:
    page = desk.services.jobs.list(state=JobState.FAILED, limit=_MOST)
    new = [one for one in page.items if (one.finished_at or one.created_at) > desk.now - _NEWS]
    more = page.next is not None and len(new) == len(page.items)
    yield Waiting("failed_jobs", len(new), "/work#jobs", late=True, more=more)


def _finals(desk: Desk) -> Iterator[Waiting]:
    page = desk.services.scorecards.list(status=Status.FINAL, within=desk.who.scope(Right.READ_SCORECARDS), limit=_MOST)
    unread = [one for one in page.items if one.acknowledged is None and not one.erased]
    for one in unread[:3]:
        yield Waiting("final", 1, f"/review/{one.id}", name=one.interaction.id)
    yield Waiting("finals_more", max(0, len(unread) - 3), f"/agents/{quote(desk.who.agent or '', safe='')}", more=page.next is not None)


def _outcomes(desk: Desk) -> Iterator[Waiting]:
    page = desk.services.disputes.list(by=desk.who, state=DisputeState.DECIDED, mine=True, limit=5)
    for one in page.items:
        if one.opened_by == desk.who.id and one.closed_at is not None and one.closed_at > desk.now - _NEWS and one.result is not None:
            yield Waiting(f"outcome_{one.result.value}", 1, f"/disputes/{one.id}", name=one.interaction)


def _to_confirm(desk: Desk) -> Iterator[Waiting]:
    plans = desk.services.coaching_plans.list(by=desk.who, state=PlanState.ACTIVE, limit=_MOST)
    for one in plans.items:
        if one.plan.acknowledged is None:
            yield Waiting("plan_unread", 1, f"/coaching/{one.plan.id}")
    sessions = desk.services.coaching_sessions.list(by=desk.who, acknowledged=False, limit=_MOST).items
    if sessions:
        yield Waiting("sessions_unread", len(sessions), f"/coaching/{sessions[0].plan}")


def _plans(desk: Desk) -> Iterator[Waiting]:
    page = desk.services.coaching_plans.list(by=desk.who, overdue=True, limit=_MOST)
    yield Waiting("plans_late", len(page.items), "/coaching", late=True, more=page.next is not None)


def _effects(desk: Desk) -> Iterator[Waiting]:
    """Plans whose practice has truly changed something."""
    for one in desk.services.coaching_plans.list(by=desk.who, state=PlanState.ACTIVE, limit=20).items:
        told = desk.services.coaching_effects.effect(one.plan.id, by=desk.who)
        standings = {each.effect.standing for each in told.criteria}
        for standing in (EffectStanding.WORKED, EffectStanding.WORSE):
            if standing in standings:
                bad = standing is EffectStanding.WORSE
                yield Waiting(f"coaching_{standing.value}", 1, f"/coaching/{one.plan.id}", name=one.plan.agent, late=bad)


def _breaches(desk: Desk) -> Iterator[Waiting]:
    asked = Asked(since=desk.now - timedelta(days=30), until=desk.now)
    found = desk.services.indicators.breaches(asked, certain=True, within=desk.who.scope(Right.READ_FIGURES))
    yield Waiting("breaches", len(found.breaches), "/figures", late=True)


def _stopped(desk: Desk) -> Iterator[Waiting]:
    """Criteria whose suggestions nobody may leave as they are: blind reviews found them too often wrong."""
    report = desk.services.accuracies.report(by=desk.who)
    stopped = [one for one in report.items if one.verdict is Acceptance.NEEDS_A_PERSON]
    yield Waiting("stopped", len(stopped), "/accuracy", late=True)


_AT_ONCE = (
    (Right.WORK_QUEUE, _reviews), (Right.CALIBRATE, _calibrations), (Right.DECIDE_DISPUTES, _to_decide),
    (Right.MANAGE_DISPUTES, _disputes), (Right.ACKNOWLEDGE, _finals), (Right.ACKNOWLEDGE, _outcomes),
    (Right.ACKNOWLEDGE_COACHING, _to_confirm), (Right.COACH, _plans), (Right.READ_JOBS, _failed_jobs),
)
_LOOKED_FOR = ((Right.COACH, _effects), (Right.MANAGE_TARGETS, _breaches), (Right.READ_AUDIT_LANE, _stopped))
