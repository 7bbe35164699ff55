"""A coaching plan: at most three things that one agent practises until a day, each with what is expected and how it will be measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.gain import Gain
from qa_service.domain.permission import Actor, Right
from qa_service.domain.scorecard import Acknowledgement
from qa_service.errors import ConflictError, InputError, PermissionDeniedError

#: More at once is practised by nobody.
MOST_PRIORITIES = 3
#: Examples of one priority.
MOST_EXAMPLES = 6
#: Days that a plan runs unless told, and at most.
DAYS, MOST_DAYS = 60, 366


class PlanState(StrEnum):
    """How far a plan is."""

    #: A coach works on it; the agent does not see it.
    DRAFT = "draft"
    #: It is practised.
    ACTIVE = "active"
    #: It was carried through.
    DONE = "done"
    #: It was given up.
    DROPPED = "dropped"


#: An agent has one plan in these states at a time.
OPEN = (PlanState.DRAFT, PlanState.ACTIVE)


class ExampleKind(StrEnum):
    """Whose place it is, and what it shows."""

    #: The agent's own, where it was missed.
    OWN_MISSED = "own_missed"
    #: The agent's own, where it was done.
    OWN_DONE = "own_done"
    #: A colleague's who agreed to it, where it was done.
    COLLEAGUE = "colleague"


class ExampleRef(Record):
    """Where an example is found; its words stay where they are, and go with them."""

    #: Whose, and what it shows.
    kind: ExampleKind
    #: Scorecard id.
    scorecard: str


class CoachingGoal(Record):
    """What is to be reached by the plan's last day, and how it is seen."""

    #: Share of the opportunities that are met at the start, 0 to 1; null where nobody can tell.
    share_from: float | None = Field(default=None, ge=0, le=1)
    #: Share to reach.
    share_to: float = Field(gt=0, le=1)
    #: Reviewed contacts with the opportunity that it takes to see it, in four of five cases; null: no number is enough, or nobody can tell.
    reviews: int | None = Field(default=None, ge=1)


class CoachingPriority(Record):
    """One thing to practise."""

    #: Rubric id.
    rubric: str
    #: Criterion id.
    criterion: str
    #: What the agent is expected to do, in words.
    behaviour: str
    #: What is to be reached.
    goal: CoachingGoal
    #: Why this one; null where a coach chose it by hand.
    gain: Gain | None = None
    #: Places to listen to.
    examples: tuple[ExampleRef, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Rubric and criterion."""
        return self.rubric, self.criterion


class CoachingPlan(Record):
    """A plan for one agent."""

    #: Id.
    id: str
    #: The agent.
    agent: str
    #: The agent's team when the plan was made.
    team: str | None
    #: User id of the coach who owns it.
    coach: str
    #: How far it is.
    state: PlanState = PlanState.DRAFT
    #: First day of practice.
    starts: date
    #: Day by which the goals are to be reached.
    ends: date
    #: What is practised, most to be won first.
    priorities: tuple[CoachingPriority, ...] = Field(default=(), max_length=MOST_PRIORITIES)
    #: User id of whoever made it.
    created_by: str
    #: When.
    created_at: AwareDatetime
    #: When it was started; null before.
    started_at: AwareDatetime | None = None
    #: Who ended it; null while it is open.
    closed_by: str | None = None
    #: When.
    closed_at: AwareDatetime | None = None
    #: What came of it, in the words of whoever ended it.
    outcome: str | None = None
    #: Day agreed on in the last session to see each other again; null: none.
    follow_up: date | None = None
    #: Set once the agent has confirmed to have read it as it is; a change takes it away.
    acknowledged: Acknowledgement | None = None
    #: Goes up with every change.
    revision: int = Field(default=1, ge=1)

    @property
    def due(self) -> date | None:
        """The next day on which something is to happen; ``None`` unless it is active."""
        if self.state is not PlanState.ACTIVE:
            return None
        return self.ends if self.follow_up is None else min(self.ends, self.follow_up)

    @property
    def seen_by_agent(self) -> bool:
        """Agents see what was started."""
        return self.started_at is not None

    def priority(self, criterion: str, *, rubric: str | None = None) -> CoachingPriority | None:
        """The priority of a criterion."""
        return next((one for one in self.priorities if one.criterion == criterion and rubric in (None, one.rubric)), None)


class Late(StrEnum):
    """What is overdue."""

    #: The day to see each other again has passed without a session.
    FOLLOW_UP = "follow_up"
    #: The plan's last day has passed and nobody has ended it.
    END = "end"


def overdue(plan: CoachingPlan, today: date) -> tuple[Late, ...]:
    """What should have happened before today."""
    if plan.state is not PlanState.ACTIVE:
        return ()
    met = plan.follow_up is not None and plan.follow_up < today
    return (*((Late.FOLLOW_UP,) if met else ()), *((Late.END,) if plan.ends < today else ()))


def check_coach(coach: Actor, *, agent: str, team: str | None, active: bool = True) -> None:
    """Raises :class:`InputError` for somebody who cannot coach that agent, and :class:`PermissionDeniedError` for the agent."""
    check_other(coach, agent=agent)
    if not active or not coach.may(Right.COACH):
        raise InputError(f"{coach.id!r} coaches nobody", field="coach", hint="name an active coach or lead")
    if not coach.scope(Right.COACH).holds(agent=agent, team=team, final=True):
        where = "no team that anybody told" if team is None else f"team {team!r}"
        raise InputError(f"{coach.id!r} does not coach {where}", field="coach", hint="name a coach of the agent's team, or a lead")


def check_other(who: Actor, *, agent: str) -> None:
    """Raises :class:`PermissionDeniedError` for one's own plan."""
    if who.agent == agent:
        raise PermissionDeniedError("nobody coaches themselves", field="agent", hint="another coach, or a lead, makes this plan")


def check_days(starts: date, ends: date) -> None:
    """Raises :class:`InputError` where a plan would end before it starts, or run for more than :data:`MOST_DAYS`."""
    if ends <= starts:
        raise InputError("the plan ends before it starts", field="ends", hint="'starts' comes before 'ends'")
    if ends - starts > timedelta(days=MOST_DAYS):
        raise InputError(f"a plan runs for at most {MOST_DAYS} days", field="ends", hint="end it earlier; another plan can follow")


def check_priorities(priorities: Sequence[CoachingPriority]) -> None:
    """Raises :class:`InputError` for more than :data:`MOST_PRIORITIES`, one named twice, or a goal that lies below what is there."""
    if len(priorities) > MOST_PRIORITIES:
        raise InputError(f"a plan has at most {MOST_PRIORITIES} priorities, not {len(priorities)}", field="priorities")
    seen: set[tuple[str, str]] = set()
    for place, one in enumerate(priorities):
        if one.key in seen:
            raise InputError(f"criterion {one.criterion!r} is named twice", field=f"priorities[{place}].criterion")
        seen.add(one.key)
        if one.goal.share_from is not None and one.goal.share_to <= one.goal.share_from:
            told = f"the goal {one.goal.share_to:.0%} is not above the {one.goal.share_from:.0%} of now"
            raise InputError(told, field=f"priorities[{place}].share", hint="a goal lies above what is reached already")


def changed(
    plan: CoachingPlan, *, coach: str | None = None, starts: date | None = None, ends: date | None = None,
    priorities: Sequence[CoachingPriority] | None = None,
) -> CoachingPlan:
    """With other contents; what the agent has confirmed to have read is not this any more. Raises :class:`ConflictError` when it is
    closed or nothing is left to practise, and :class:`InputError`."""
    _check_open(plan)
    told = {"coach": coach, "starts": starts, "ends": ends, "priorities": None if priorities is None else tuple(priorities)}
    made = plan.model_copy(update={name: value for name, value in told.items() if value is not None})
    check_days(made.starts, made.ends)
    check_priorities(made.priorities)
    if made.state is PlanState.ACTIVE and not made.priorities:
        raise ConflictError("nothing is left to practise", field="priorities", hint="end the plan instead")
    if (made.starts, made.ends, made.priorities) != (plan.starts, plan.ends, plan.priorities):
        return made.model_copy(update={"acknowledged": None})
    return made


def started(plan: CoachingPlan, *, at: datetime) -> CoachingPlan:
    """From now on it is practised, and the agent sees it; raises :class:`ConflictError`."""
    if plan.state is not PlanState.DRAFT:
        raise ConflictError(f"this plan is {plan.state}", field="state", hint="only a draft is started")
    if not plan.priorities:
        raise ConflictError("there is nothing to practise in this plan", field="priorities", hint="name one to three priorities")
    return plan.model_copy(update={"state": PlanState.ACTIVE, "started_at": at})


def closed(plan: CoachingPlan, state: PlanState, *, outcome: str, by: str, at: datetime) -> CoachingPlan:
    """Done or dropped; raises :class:`ConflictError` when it is closed already, or done without having been started."""
    _check_open(plan)
    if state in OPEN:
        raise InputError(f"a plan does not end {state}", field="state", hint="one of: done, dropped")
    if plan.state is PlanState.DRAFT and state is PlanState.DONE:
        raise ConflictError("this plan was never started", field="state", hint="start it, or drop it")
    return plan.model_copy(update={"state": state, "closed_by": by, "closed_at": at, "outcome": outcome, "follow_up": None})


def acknowledged(plan: CoachingPlan, *, by: str, comment: str | None, at: datetime) -> CoachingPlan:
    """Read by the agent; raises :class:`ConflictError` when it was already, or is closed."""
    _check_open(plan)
    if plan.acknowledged is not None:
        raise ConflictError("you have confirmed this already", field="acknowledged")
    return plan.model_copy(update={"acknowledged": Acknowledgement(by=by, at=at, comment=comment)})


def _check_open(plan: CoachingPlan) -> None:
    if plan.state not in OPEN:
        raise ConflictError(f"this plan is {plan.state}", field="state", hint="a closed plan does not change; make another")
