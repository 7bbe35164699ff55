"""An agent's profile: what the figures carry, against whom, how sure, and the places to listen to."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from qa_service.domain.agent import Basis
from qa_service.domain.base import Record
from qa_service.domain.case_mix import Adjusted
from qa_service.domain.comparison import Comparison, Reason
from qa_service.domain.control import Better, Control
from qa_service.domain.estimation import Share
from qa_service.domain.interaction import AgentRef, Channel
from qa_service.domain.playlist import Clip
from qa_service.domain.powered import Figure
from qa_service.domain.remark import Remark
from qa_service.domain.rubric import Severity, Skill
from qa_service.domain.scorecard import Status, Thousandths
from qa_service.domain.standing import Standing
from qa_service.domain.trend import Trend


class Among(StrEnum):
    """Whom an agent is compared with."""

    #: Those of the same team who are reviewed with the same form.
    TEAM = "team"
    #: Everybody reviewed with the same form: the team has too few.
    HOUSE = "house"
    #: Nobody else is reviewed with the form.
    NOBODY = "nobody"


class Measure(StrEnum):
    """What a standing is against."""

    #: Comparable peers.
    PEERS = "peers"
    #: The share that is expected of everyone: there are too few peers to compare with.
    TARGET = "target"


class Peers(Record):
    """Who the others are; figures of theirs carry no names."""

    #: Of whom they are.
    among: Among
    #: The team, where they are of one.
    team: str | None
    #: How many have answers of people.
    agents: int = Field(ge=0)


class Span(Record):
    """``since <= contact < until``; ``None``: open."""

    #: First moment.
    since: AwareDatetime | None
    #: The moment after the last.
    until: AwareDatetime | None


class Versus(Record):
    """One figure against another."""

    #: The other: mean of the peers' rates, or the own past; ``None`` where there is none.
    other: float | None
    #: Peers that have answers; 1 for a past that has.
    others: int = Field(ge=0)
    #: The agent's less the other, -1 to 1; ``None`` where either is unknown.
    effect: float | None
    #: Its 95 % interval.
    low: float | None
    #: Upper bound.
    high: float | None
    #: Chance of such a difference where there is none, after false discovery control over all that was looked at together.
    q: float | None
    #: What that carries.
    standing: Standing
    #: Why nothing can be told; ``None`` where something can.
    reason: Reason | None
    #: About how many more reviews would tell; ``None`` where no number would, or nothing is known yet.
    more: int | None = None

    @classmethod
    def of(cls, found: Comparison) -> Versus:
        """Without the item and its figure."""
        return cls.trusted(
            other=found.other, others=found.peers, effect=found.effect, low=found.low, high=found.high, q=found.q,
            standing=found.standing, reason=found.reason, more=found.more,
        )


class Compared(Record):
    """A figure with what it is compared with."""

    #: People's answers, with the machine's help where it is of any.
    figure: Figure
    #: Against comparable peers.
    peers: Versus
    #: Against the agent's own past: the period before, of equal length.
    past: Versus


class TotalStanding(Compared):
    """The score of one form as a share."""

    #: Id of the form.
    rubric: str
    #: Its channel.
    channel: Channel
    #: Drawn towards the peers as far as it is unsure, 0 to 1: the best guess at what comes next.
    shrunk: float | None
    #: Lower bound of that, with 95 %.
    shrunk_low: float | None
    #: Upper bound.
    shrunk_high: float | None
    #: As it would be with everybody's contacts (channel, queue, contact reason, language), by people's answers.
    case_mix: Adjusted
    #: As it would be with everybody's reviewers.
    reviewers: Adjusted


class SectionStanding(Compared):
    """One section of a form."""

    #: Id of the form.
    rubric: str
    #: Id of the section.
    section: str
    #: Its channel.
    channel: Channel


class SkillStanding(Record):
    """What a coach would practise: the criteria of one skill together, over all forms."""

    #: What a coach would practise.
    skill: Skill
    #: ``rubric.criterion``.
    criteria: tuple[str, ...]
    #: People's answers to the criterion that has the most.
    n: int
    #: Mean share of points earned, each criterion by its answers; ``None`` without any.
    value: float | None
    #: Against comparable peers. The interval holds however much the criteria go together.
    peers: Versus


class CriterionStanding(Record):
    """How an agent does on one criterion."""

    #: Id of the form.
    rubric: str
    #: Id of the section.
    section: str
    #: Id of the criterion.
    criterion: str
    #: Its channel.
    channel: Channel
    #: What a miss harms.
    severity: Severity
    #: What a coach would practise.
    skill: Skill | None
    #: In whose hands it is.
    control: Control
    #: Share of opportunities that were met, with its interval: by people's answers alone, each counted once; on the basis ``all``, the
    #: machine's suggestions where nobody has answered.
    share: Share
    #: The same of the peers together.
    others: Share
    #: The estimate, with the machine's help where it is of any; ``None`` on the basis ``all``, which estimates nothing.
    figure: Figure | None = None
    #: Against comparable peers; ``None`` as the figure.
    peers: Versus | None = None
    #: Against the own past; ``None`` as the figure.
    past: Versus | None = None
    #: What all that carries.
    standing: Standing
    #: What the standing is against.
    against: Measure
    #: What it carries against the share that is expected of everyone (0.8), whoever the peers are.
    target: Standing
    #: Why nothing can be told; ``None`` where something can.
    reason: Reason | None = None
    #: About how many more reviews would tell; ``None`` where no number would, or nothing is known yet.
    more: int | None = None
    #: Scorecards without an opportunity.
    not_applicable: int
    #: Scorecards without an answer yet.
    undecided: int
    #: Where it went best, the most telling first.
    best: tuple[Clip, ...] = ()
    #: And worst.
    worst: tuple[Clip, ...] = ()

    @property
    def examples(self) -> tuple[Clip, ...]:
        """What to listen to first: the best of a strength, else the worst, if any."""
        good = self.standing is Standing.STRENGTH or not self.worst
        return self.best if good else self.worst


class SignalStanding(Record):
    """What was measured of an agent's contacts, whoever reviewed them."""

    #: As in the catalogue; ``queue.wait``: as the source tells it.
    name: str
    #: Of the value.
    unit: str
    #: In whose hands it is.
    control: Control
    #: Which way is the good one.
    better: Better
    #: Contacts in which it was measured.
    n: int
    #: Mean a contact; its bounds are null below two contacts.
    value: float
    #: Lower bound.
    low: float | None
    #: Upper bound.
    high: float | None
    #: Contacts of the peers.
    others_n: int
    #: Their mean a contact; ``None`` without any.
    others: float | None
    #: The agent's mean less theirs, with its 95 % interval (Welch); ``None`` where either is unknown.
    effect: float | None
    #: Lower bound.
    effect_low: float | None
    #: Upper bound.
    effect_high: float | None
    #: After false discovery control over all signals shown.
    q: float | None
    #: Whether the agent's is ``higher`` or ``lower`` beyond luck; null: cannot tell.
    differs: Better | None = None
    #: What that is for the agent: nothing where it is not the agent's own doing or neither way is better.
    standing: Standing = Standing.CANNOT_TELL


class FamilyAccuracy(Record):
    """How often nothing of one severity was missed (COPC's accuracy of a family of critical errors)."""

    #: What a miss harms; ``minor`` is no critical family.
    family: Severity
    #: Share of the scorecards in which a criterion of the family was decided and none was missed, with its interval.
    accuracy: Share


class ScorePoint(Record):
    """One scorecard in the course of time."""

    #: The interaction.
    interaction: str
    #: The scorecard.
    scorecard: str
    #: Its channel.
    channel: Channel
    #: When the contact took place.
    at: AwareDatetime
    #: How far it is.
    status: Status
    #: Percent, thousandths.
    score: Thousandths | None
    #: Whether the service finalised it itself.
    automatic: bool = False


class MonthPoint(Record):
    """The score of one form in one month."""

    #: ``2026-11``.
    month: str
    #: What is known of it.
    figure: Figure


class Course(Record):
    """The score of one form in the course of time, month by month."""

    #: Id of the form.
    rubric: str
    #: Its channel.
    channel: Channel
    #: In order of time.
    points: tuple[MonthPoint, ...]
    #: Where it goes, as far as can be told.
    trend: Trend


class DisputeCounts(Record):
    """Disputes opened in the period over scorecards of the agent."""

    #: All of them.
    opened: int = 0
    #: Not decided yet.
    waiting: int = 0
    #: Decided: the scorecard was right.
    upheld: int = 0
    #: Decided: an objection at least was right.
    accepted: int = 0
    #: Taken back by whoever opened them.
    withdrawn: int = 0


class Acknowledged(Record):
    """Final scorecards of the period by whether the agent has confirmed to have read them."""

    #: Confirmed.
    read: int = 0
    #: Not confirmed yet.
    unread: int = 0


class AgentProfile(Record):
    """What a coach sees."""

    #: Whose profile it is.
    agent: AgentRef
    #: Which scorecards count.
    basis: Basis
    #: The period that it is of.
    period: Span
    #: What the own past is; ``None`` where the period is open.
    past: Span | None
    #: Scorecards that a person finalised.
    finals: int
    #: Scorecards that nobody has finished.
    drafts: int
    #: Scorecards that the service finalised itself.
    automatic: int = 0
    #: Mean score in percent of what counts on this basis, as it is; ``None`` without any.
    mean_score: float | None
    #: Who the comparable peers are.
    peers: Peers
    #: The score, form by form, the most reviewed first; empty on the basis ``all``, which estimates nothing.
    totals: tuple[TotalStanding, ...] = ()
    #: The score of each section.
    sections: tuple[SectionStanding, ...] = ()
    #: What a coach would practise.
    skills: tuple[SkillStanding, ...] = ()
    #: Criteria in the agent's hands, or partly, whose figures carry a claim; the most marked first.
    strengths: tuple[CriterionStanding, ...]
    #: As the strengths; what harms most first.
    weaknesses: tuple[CriterionStanding, ...]
    #: Every criterion that was judged, weakest first.
    criteria: tuple[CriterionStanding, ...]
    #: What was measured: the agent's own doing, mixed, then what systems and policy cause.
    signals: tuple[SignalStanding, ...] = ()
    #: Accuracy of each family that was judged: critical errors are told apart from the score and from each other.
    families: tuple[FamilyAccuracy, ...] = ()
    #: By month, back to the first month and up to the end of the period.
    courses: tuple[Course, ...] = ()
    #: Disagreement with final scorecards.
    disputes: DisputeCounts = DisputeCounts()
    #: Which of them the agent has read.
    acknowledged: Acknowledged = Acknowledged()
    #: Newest first, fifty at most.
    scores: tuple[ScorePoint, ...] = ()
    #: What to keep in mind when reading this.
    notes: tuple[str, ...] = ()
    #: The same as codes with values.
    remarks: tuple[Remark, ...] = ()
