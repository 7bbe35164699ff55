"""A dispute: somebody disagrees with a final scorecard, by criterion or over whose contact it was; :mod:`.disputing` has its steps."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record


class DisputeKind(StrEnum):
    """What somebody disagrees with."""

    #: Answers.
    CRITERIA = "criteria"
    #: Whose contact it was (and perhaps answers too).
    WRONG_AGENT = "wrong_agent"


class DisputeState(StrEnum):
    """How far a dispute is."""

    #: Nobody was found to decide it.
    OPEN = "open"
    #: Somebody was asked to decide it.
    ASSIGNED = "assigned"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


#: Those that wait for a decision.
PENDING = (DisputeState.OPEN, DisputeState.ASSIGNED)


class DisputeOutcome(StrEnum):
    """What became of an objection, or of a whole dispute."""

    ACCEPTED = "accepted"
    #: Of a whole dispute: some objections accepted, some not.
    PARTLY = "partly"
    REJECTED = "rejected"


class Objection(Record):
    """What is wrong with the answer to one criterion."""

    #: Its id.
    criterion: str
    #: What it should be: an option or ``not_applicable``; ``None`` leaves it to whoever decides.
    wanted: str | None = None
    #: Why.
    reason: str


class DisputedItem(Objection):
    """An objection, and what became of it."""

    #: The answer that it is about.
    stood: str
    #: ``None`` until decided.
    outcome: DisputeOutcome | None = None
    #: The answer in force from the decision on, where it was accepted.
    answer: str | None = None
    #: Why it was decided so.
    words: str | None = None


class AgentClaim(Record):
    """That it was another agent's contact."""

    #: Whose it was, where that is known.
    agent: str | None = None
    #: How one knows.
    reason: str


class Misattribution(AgentClaim):
    """Such a claim, and what became of it."""

    #: The agent that the contact was put down to; ``None``: to nobody.
    stood: str | None
    #: ``None`` until decided.
    outcome: DisputeOutcome | None = None
    #: Whose it is by the decision, where it was accepted; ``None`` there: nobody knows.
    decided: str | None = None
    #: Why it was decided so.
    words: str | None = None


class Ruling(Record):
    """The decision on one objection."""

    #: Its id.
    criterion: str
    #: Accepted or rejected.
    outcome: DisputeOutcome
    #: The answer from now on; ``None``: the wanted one.
    answer: str | None = None
    #: Why.
    words: str


class AgentRuling(Record):
    """The decision on whose contact it was."""

    #: Accepted or rejected.
    outcome: DisputeOutcome
    #: Whose it is, where accepted; ``None``: nobody knows.
    agent: str | None = None
    #: Why.
    words: str


class FollowUp(Record):
    """The answer to a criterion that is asked only because of the decision."""

    #: Its id.
    criterion: str
    #: Option id or ``not_applicable``.
    answer: str
    #: Why.
    words: str


class Decision(Record):
    """What is decided, all at once."""

    #: One for each objection.
    rulings: tuple[Ruling, ...] = ()
    #: Needed where the agent is in dispute.
    agent: AgentRuling | None = None
    #: Answers to criteria that accepted answers bring into play.
    follow_ups: tuple[FollowUp, ...] = ()
    #: What only reviewers and leads read.
    note: str | None = None


class Dispute(Record):
    """A dispute over one version of a scorecard."""

    #: Unique id.
    id: str
    #: The version that it is about.
    scorecard: str
    #: The contact that was judged.
    interaction: str
    #: Id of the form.
    rubric: str
    #: Whom the scorecard was about.
    agent: str | None
    #: That agent's team at the time.
    team: str | None
    #: Language of the contact.
    language: str | None
    #: Who had finalised it.
    reviewer: str | None
    #: When that was.
    finalized_at: AwareDatetime
    #: What somebody disagrees with.
    kind: DisputeKind
    #: Answers in dispute.
    items: tuple[DisputedItem, ...] = ()
    #: Set where the agent is in dispute.
    attribution: Misattribution | None = None
    #: User id of whoever disagrees.
    opened_by: str
    #: When they said so.
    opened_at: AwareDatetime
    #: When it is to be decided by.
    due_at: AwareDatetime
    #: How far it is.
    state: DisputeState = DisputeState.OPEN
    #: Who was asked to decide it.
    handler: str | None = None
    #: When they were.
    assigned_at: AwareDatetime | None = None
    #: Who decided or withdrew it.
    closed_by: str | None = None
    #: When that was.
    closed_at: AwareDatetime | None = None
    #: Why it was withdrawn, where its opener did not do so.
    closed_because: str | None = None
    #: The version of the scorecard that the decision made, if it changed anything.
    successor: str | None = None
    #: What only reviewers and leads read.
    note: str | None = None
    #: Grows with every change.
    revision: int = Field(default=1, ge=1)

    @property
    def pending(self) -> bool:
        """Whether it waits for a decision."""
        return self.state in PENDING

    @property
    def outcomes(self) -> tuple[DisputeOutcome, ...]:
        """What became of each objection; empty until decided."""
        told = [one.outcome for one in self.items] + ([self.attribution.outcome] if self.attribution is not None else [])
        return tuple(one for one in told if one is not None)

    @property
    def result(self) -> DisputeOutcome | None:
        """What became of the whole; ``None`` until decided."""
        found = set(self.outcomes)
        return None if not found else found.pop() if len(found) == 1 else DisputeOutcome.PARTLY

    def late(self, at: datetime) -> bool:
        """Whether the decision is late at that time, or was when it came; what is withdrawn is late for nobody."""
        if self.state is DisputeState.WITHDRAWN:
            return False
        return (self.closed_at or at) > self.due_at

    def without_note(self) -> Self:
        """As agents and coaches see it."""
        return self.model_copy(update={"note": None})
