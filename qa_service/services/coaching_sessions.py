"""Coaching sessions: written down by a coach, read by the agent, each with the day to see each other again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from qa_service.domain import coaching_session as rules
from qa_service.domain.coaching_plan import CoachingPlan, check_other
from qa_service.domain.coaching_session import CoachingSession
from qa_service.domain.permission import Actor, Right
from qa_service.errors import StaleVersionError
from qa_service.services.clock import Clock
from qa_service.services.coaching_plans import CoachingPlans, seen_plan
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Leaves a field as it is, where ``None`` takes it away.
KEEP = "\0"


class CoachingSessions:
    """What people do with sessions. ``expected`` is the revision that the caller has seen; ``None`` takes the current one.

    Every method raises :class:`NotFoundError` for what does not exist or lies outside the actor's reach, and
    :class:`PermissionDeniedError` without the right, or for one's own plan. Whoever is coached sees no private notes.
    """

    def __init__(self, *, database: Database, plans: CoachingPlans, clock: Clock) -> None:
        self._database = database
        self._plans = plans
        self._clock = clock

    def hold(
        self, plan: str, *, by: Actor, held_on: date | None = None, practised: Sequence[str] = (), notes: str | None = None,
        private: str | None = None, follow_up: date | None = None,
    ) -> CoachingSession:
        """Write a session down. Raises :class:`ConflictError` for a plan that is not active, :class:`InputError` for what cannot be."""
        at = self._clock()
        with self._database.unit() as unit:
            found = seen_plan(unit, plan, by=by, right=Right.COACH, expected=None)
            check_other(by, agent=found.agent)
            made = CoachingSession(
                id=uuid.uuid4().hex, plan=found.id, agent=found.agent, coach=by.id, held_on=held_on or self._plans.today(),
                practised=tuple(practised), notes=notes, private=private, follow_up=follow_up, created_at=at,
            )
            rules.check_session(made, found, today=self._plans.today())
            unit.coaching_sessions.add(made)
            _follow(unit, found)
            _note(unit, made, at=at, by=by, action="session_held")
            return made

    def rewrite(
        self, session: str, *, by: Actor, expected: int | None, held_on: date | None = None, practised: Sequence[str] | None = None,
        notes: str | None = KEEP, private: str | None = KEEP, follow_up: date | None = None, no_follow_up: bool = False,
    ) -> CoachingSession:
        """Correct what was written down, as whoever may coach the agent; :data:`KEEP` leaves notes as they are. Raises as :meth:`hold`,
        and :class:`StaleVersionError`."""
        at = self._clock()
        with self._database.unit() as unit:
            before = _seen(unit, session, by=by, right=Right.COACH, expected=expected)
            check_other(by, agent=before.agent)
            plan = unit.coaching_plans.get(before.plan)
            named = None if practised is None else tuple(practised)
            told: dict[str, Any] = {"held_on": held_on, "practised": named, "follow_up": follow_up}
            changes = {name: value for name, value in told.items() if value is not None}
            changes |= {name: text for name, text in (("notes", notes), ("private", private)) if text != KEEP}
            changes |= {"follow_up": None} if no_follow_up else {}
            after = before.model_copy(update=changes)
            rules.check_session(after, plan, today=self._plans.today())
            saved = unit.coaching_sessions.save(rules.rewritten(before, after))
            _follow(unit, plan)
            _note(unit, saved, at=at, by=by, action="session_changed", changed=sorted(changes))
            return saved

    def acknowledge(self, session: str, *, comment: str | None = None, by: Actor, expected: int | None = None) -> CoachingSession:
        """As the agent, that one has read it. Raises :class:`ConflictError`."""
        at = self._clock()
        with self._database.unit() as unit:
            before = _seen(unit, session, by=by, right=Right.ACKNOWLEDGE_COACHING, expected=expected)
            saved = unit.coaching_sessions.save(rules.read_by_agent(before, by=by.id, comment=comment, at=at))
            _note(unit, saved, at=at, by=by, action="session_acknowledged")
            return shown_to(saved, by)

    def get(self, session: str, *, by: Actor) -> CoachingSession:
        """One session."""
        with self._database.reading() as unit:
            return shown_to(_seen(unit, session, by=by, right=Right.READ_COACHING, expected=None), by)

    def list(
        self, *, by: Actor, plan: str | None = None, agent: str | None = None, coach: str | None = None, acknowledged: bool | None = None,
        cursor: str | None = None, limit: int = 50,
    ) -> Page[CoachingSession]:
        """The last written down first."""
        with self._database.reading() as unit:
            if plan is not None:
                seen_plan(unit, plan, by=by, right=Right.READ_COACHING, expected=None)
            page = unit.coaching_sessions.list(
                within=by.scope(Right.READ_COACHING), plan=plan, agent=agent, coach=coach, acknowledged=acknowledged, cursor=cursor,
                limit=limit,
            )
            return page.of(lambda some: [shown_to(one, by) for one in some])


def shown_to(session: CoachingSession, reader: Actor) -> CoachingSession:
    """As that reader may see it."""
    return session.without_private() if reader.agent == session.agent or not reader.may(Right.COACH) else session


def _seen(unit: Unit, session: str, *, by: Actor, right: Right, expected: int | None) -> CoachingSession:
    found = unit.coaching_sessions.get(session, within=by.scope(right))
    if expected is not None and found.revision != expected:
        message = f"coaching session {session!r} was changed meanwhile: it has revision {found.revision}, not {expected}"
        raise StaleVersionError(message, field="If-Match", hint="read it again and repeat the change")
    return found


def _follow(unit: Unit, plan: CoachingPlan) -> None:
    """What the last session agreed on is when the plan is due next."""
    day = rules.next_follow_up(unit.coaching_sessions.of_plan(plan.id))
    if day != plan.follow_up:
        unit.coaching_plans.save(plan.model_copy(update={"follow_up": day}))


def _note(unit: Unit, session: CoachingSession, *, at: datetime, by: Actor, action: str, **content: Any) -> None:
    told = session.model_dump(mode="json", include={"plan", "agent", "held_on", "practised", "follow_up", "revision"}) | content
    unit.ledger.append(at=at, actor=by.id, action=f"coaching.{action}", subject=f"coaching_session/{session.id}", content=told)
