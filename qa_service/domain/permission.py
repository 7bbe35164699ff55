"""Permissions: who may do what, and to whose things; the one table that every shell asks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.interaction import LanguageCode
from qa_service.errors import PermissionDeniedError


class Role(StrEnum):
    """What a person or program is here for."""

    ADMIN = "admin"
    QA_LEAD = "qa_lead"
    REVIEWER = "reviewer"
    COACH = "coach"
    AGENT = "agent"
    #: A program that takes interactions in and sees what became of its jobs.
    SERVICE = "service"


class Reach(StrEnum):
    """Whose things a right is about."""

    #: Everybody's.
    ALL = "all"
    #: Those of agents in the actor's teams.
    TEAMS = "teams"
    #: One's own: of the agent that the actor is.
    OWN = "own"


class Right(StrEnum):
    """One thing that may be done; operations of the API and commands each need one."""

    #: Interactions: list, transcript, signals, audio. With the reach ``own``, only those with a final scorecard.
    READ_INTERACTIONS = "interactions.read"
    #: Take recordings, conversations, e-mails and batches in, and import call details and surveys.
    INGEST = "interactions.ingest"
    #: Correct what is known about an interaction: who speaks on which channel, whether it is a mystery call.
    CORRECT_INTERACTIONS = "interactions.correct"
    #: Delete the content of interactions, and set retention and legal holds.
    ERASE = "interactions.erase"
    #: See what masking took out.
    READ_ORIGINALS = "originals.read"
    #: Jobs and batches.
    READ_JOBS = "jobs.read"
    #: Customers across interactions: repeat contacts, promises, topics.
    READ_HISTORY = "history.read"
    #: Keep searches that look at whatever comes, and be told of what they find.
    SAVE_SEARCHES = "searches.save"
    #: Share them with all who see every team's interactions.
    SHARE_SEARCHES = "searches.share"
    #: Name and merge topics.
    EDIT_TOPICS = "topics.edit"
    #: Forms, and the catalogue of signals.
    READ_RUBRICS = "rubrics.read"
    #: Try forms out, publish them, bring them in and out, decide what wording is taken on.
    WRITE_RUBRICS = "rubrics.write"
    #: Train and choose what was learned.
    LEARN = "learned.use"
    #: Scorecards. With the reach ``own``, only final ones.
    READ_SCORECARDS = "scorecards.read"
    #: Claim, answer, undo, release, finalise.
    REVIEW = "scorecards.review"
    #: Open a final scorecard again, as a new version.
    REOPEN = "scorecards.reopen"
    #: Confirm as the agent that one has read it.
    ACKNOWLEDGE = "scorecards.acknowledge"
    #: The queue of what is to be reviewed; skip with a reason.
    WORK_QUEUE = "queue.work"
    #: Sampling plans, assignment, everybody's load.
    MANAGE_SAMPLING = "sampling.manage"
    #: How right the machine is on blindly reviewed scorecards, and how severe reviewers are.
    READ_AUDIT_LANE = "accuracy.read"
    #: How reviews go: deadlines, and what may be accepted without a person's answer.
    READ_POLICY = "policy.read"
    #: Change that, and finalise what nobody need look at.
    MANAGE_POLICY = "policy.manage"
    #: Disagree with a final scorecard.
    DISPUTE = "disputes.open"
    #: See disputes.
    READ_DISPUTES = "disputes.read"
    #: Decide the disputes that were given to one.
    DECIDE_DISPUTES = "disputes.decide"
    #: Route disputes, see outcomes of all reviewers.
    MANAGE_DISPUTES = "disputes.manage"
    #: Answer in calibration sessions that one was invited to, and propose wording.
    CALIBRATE = "calibrations.answer"
    #: Set sessions up, reveal them, agree on answers.
    MANAGE_CALIBRATIONS = "calibrations.manage"
    #: Profiles of agents.
    READ_AGENTS = "agents.read"
    #: Coaching plans, sessions and their effect, and who stood out in a month.
    READ_COACHING = "coaching.read"
    #: Coach: make, start and end plans, and write sessions down.
    COACH = "coaching.write"
    #: Confirm as the agent that one has read a plan or session, and agree that colleagues see places of one's own.
    ACKNOWLEDGE_COACHING = "coaching.acknowledge"
    #: Announce who stood out in a month.
    RECOGNISE = "recognition.announce"
    #: Have reports made of what one may read, and read those that one asked for.
    MAKE_REPORTS = "reports.make"
    #: See and delete the reports of everybody.
    MANAGE_REPORTS = "reports.manage"
    #: Contact-centre figures, their targets and breaches.
    READ_FIGURES = "figures.read"
    #: Take out what every scorecard gives to the figures, in one file.
    EXPORT_FIGURES = "figures.export"
    #: What satisfies customers, predictions of it, churn and effort.
    READ_OUTCOMES = "outcomes.read"
    #: Set targets.
    MANAGE_TARGETS = "targets.manage"
    #: The audit ledger.
    READ_LEDGER = "ledger.read"
    #: Users, their roles and teams, and everybody's keys.
    MANAGE_USERS = "users.manage"
    #: Which other systems are told of acts.
    MANAGE_WEBHOOKS = "webhooks.manage"
    #: What the service does and has to do, in figures that name nobody.
    READ_METRICS = "metrics.read"
    #: Pause and limit queues of work.
    MANAGE_WORK = "work.manage"
    #: Oneself: who am I, my password, my sessions and my keys.
    SELF = "self"


_ADMIN, _LEAD, _REVIEWER, _COACH, _AGENT, _SERVICE = Role
_LEADS = {_ADMIN: Reach.ALL, _LEAD: Reach.ALL}
_REVIEWERS = {**_LEADS, _REVIEWER: Reach.ALL}

#: The table. A role that is not in a row has not the right.
GRANTS: Mapping[Right, Mapping[Role, Reach]] = MappingProxyType(
    {
        Right.READ_INTERACTIONS: {**_REVIEWERS, _COACH: Reach.TEAMS, _AGENT: Reach.OWN},
        Right.INGEST: {**_LEADS, _SERVICE: Reach.ALL},
        Right.CORRECT_INTERACTIONS: _LEADS,
        Right.ERASE: {_ADMIN: Reach.ALL},
        Right.READ_ORIGINALS: {_ADMIN: Reach.ALL},
        Right.READ_JOBS: {**_LEADS, _SERVICE: Reach.ALL},
        Right.READ_HISTORY: {**_REVIEWERS, _COACH: Reach.TEAMS},
        Right.SAVE_SEARCHES: {**_REVIEWERS, _COACH: Reach.TEAMS},
        Right.SHARE_SEARCHES: _LEADS,
        Right.EDIT_TOPICS: _LEADS,
        Right.READ_RUBRICS: {**_REVIEWERS, _COACH: Reach.ALL, _AGENT: Reach.ALL},
        Right.WRITE_RUBRICS: _LEADS,
        Right.LEARN: _LEADS,
        Right.READ_SCORECARDS: {**_REVIEWERS, _COACH: Reach.TEAMS, _AGENT: Reach.OWN},
        Right.REVIEW: _REVIEWERS,
        Right.REOPEN: _LEADS,
        Right.ACKNOWLEDGE: {_AGENT: Reach.OWN},
        Right.WORK_QUEUE: _REVIEWERS,
        Right.MANAGE_SAMPLING: _LEADS,
        Right.READ_AUDIT_LANE: _LEADS,
        Right.READ_POLICY: {**_REVIEWERS, _COACH: Reach.ALL, _AGENT: Reach.ALL},
        Right.MANAGE_POLICY: _LEADS,
        Right.DISPUTE: {**_LEADS, _COACH: Reach.TEAMS, _AGENT: Reach.OWN},
        Right.READ_DISPUTES: {**_REVIEWERS, _COACH: Reach.TEAMS, _AGENT: Reach.OWN},
        Right.DECIDE_DISPUTES: _REVIEWERS,
        Right.MANAGE_DISPUTES: _LEADS,
        Right.CALIBRATE: _REVIEWERS,
        Right.MANAGE_CALIBRATIONS: _LEADS,
        Right.READ_AGENTS: {**_REVIEWERS, _COACH: Reach.TEAMS, _AGENT: Reach.OWN},
        Right.READ_COACHING: {**_LEADS, _COACH: Reach.TEAMS, _AGENT: Reach.OWN},
        Right.COACH: {**_LEADS, _COACH: Reach.TEAMS},
        Right.ACKNOWLEDGE_COACHING: {_AGENT: Reach.OWN},
        Right.RECOGNISE: _LEADS,
        Right.MAKE_REPORTS: {**_REVIEWERS, _COACH: Reach.TEAMS, _AGENT: Reach.OWN},
        Right.MANAGE_REPORTS: _LEADS,
        Right.READ_FIGURES: {**_REVIEWERS, _COACH: Reach.TEAMS, _AGENT: Reach.OWN},
        Right.READ_OUTCOMES: {**_LEADS, _COACH: Reach.TEAMS},
        Right.EXPORT_FIGURES: _LEADS,
        Right.MANAGE_TARGETS: _LEADS,
        Right.READ_LEDGER: _LEADS,
        Right.MANAGE_USERS: {_ADMIN: Reach.ALL},
        Right.MANAGE_WEBHOOKS: {_ADMIN: Reach.ALL},
        Right.MANAGE_WORK: {_ADMIN: Reach.ALL},
        Right.READ_METRICS: {**_LEADS, _SERVICE: Reach.ALL},
        Right.SELF: dict.fromkeys(Role, Reach.ALL),
    }
)


class Scope(Record):
    """Whose things may be touched; a filter that stores apply."""

    #: Only agents of these teams; ``None``: of any. Empty: nobody's.
    teams: frozenset[str] | None = None
    #: Only this agent; with it, only what is final.
    agent: str | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self.teams is None and self.agent is None

    @property
    def finals_only(self) -> bool:
        """Whether drafts are out of sight: agents see what people have finished."""
        return self.agent is not None

    def of_team(self, team: str) -> Scope:
        """The part of it that is one team's: nothing of a team that it does not reach."""
        return self.model_copy(update={"teams": frozenset({team} if self.teams is None or team in self.teams else ())})

    def holds(self, *, agent: str | None, team: str | None, final: bool) -> bool:
        """Whether a thing of that agent and team lies within."""
        if self.agent is not None:
            return agent == self.agent and final
        return self.teams is None or team in self.teams


class Actor(Record):
    """Whoever acts: a user, by a session or a key; or the system itself."""

    #: User id, as it stands in the ledger and on scorecards.
    id: str
    role: Role
    #: Teams whose agents a coach sees.
    teams: frozenset[str] = frozenset()
    #: The agent that this user is, if one.
    agent: str | None = None
    #: Languages that the user reviews in; empty: any.
    languages: frozenset[LanguageCode] = frozenset()
    #: Rights that the key leaves; ``None``: all of the role.
    rights: frozenset[Right] | None = Field(default=None)

    def reach(self, right: Right) -> Reach | None:
        """Whose things this actor has the right to; ``None``: nobody's."""
        if self.rights is not None and right not in self.rights:
            return None
        return GRANTS[right].get(self.role)

    def may(self, right: Right) -> bool:
        """Whether this actor has the right to anything at all."""
        return self.reach(right) is not None

    def scope(self, right: Right) -> Scope:
        """Whose things this actor has the right to; raises :class:`PermissionDeniedError` for nobody's."""
        reach = self.reach(right)
        if reach is None:
            raise PermissionDeniedError(f"{_without(self, right)} no right to {right}", field=right, hint=_hint(self, right))
        if reach is Reach.TEAMS:
            return Scope(teams=self.teams)
        if reach is Reach.OWN:
            # A user who is no agent owns nothing.
            return Scope(agent=self.agent) if self.agent is not None else Scope(teams=frozenset())
        return Scope()

    def check(self, right: Right) -> None:
        """Raises :class:`PermissionDeniedError` without the right."""
        self.scope(right)


def _without(actor: Actor, right: Right) -> str:
    return "this key or session gives" if actor.role in GRANTS[right] else f"the role {actor.role} has"


def _hint(actor: Actor, right: Right) -> str:
    if actor.role in GRANTS[right]:
        return "this key was made for less: use another; or, signed in with a one-time password, choose your own first"
    return f"it takes one of: {', '.join(GRANTS[right])}"


#: Acts that nobody asked for: workflows, schedules, first start.
SYSTEM = Actor(id="system", role=Role.ADMIN)
