"""An agent's profile: strengths and weaknesses by criterion, each with its interval and its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import Share, wilson
from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import AgentRef, Channel
from qa_service.domain.rubric import Severity, Skill
from qa_service.domain.scorecard import Status, Thousandths

#: Share of met criteria that is expected of everyone.
TARGET = 0.8
#: Fewer observations carry no claim.
LEAST = 3


#: Scorecards that a person finalised; a disputed one counts as it was finalised until the dispute ends.
FINISHED = (Status.FINAL, Status.DISPUTED)


class Basis(StrEnum):
    """Which scorecards count."""

    #: Those that a person finalised.
    FINAL = "final"
    #: Drafts too, with the machine's suggestions: provisional.
    ALL = "all"


class Standing(StrEnum):
    """What the figures carry."""

    STRENGTH = "strength"
    WEAKNESS = "weakness"
    CANNOT_TELL = "cannot_tell"


class Tally(Record):
    """Answers to one criterion, counted."""

    #: Rubric and criterion.
    rubric: str
    criterion: str
    channel: Channel
    severity: Severity
    skill: Skill | None = None
    #: Answers that earn or lose points.
    n: int = Field(ge=0)
    #: Sum of the earned shares (points / weight), 0 to ``n``.
    met: float = Field(ge=0)
    #: No opportunity.
    not_applicable: int = 0
    #: No answer yet.
    undecided: int = 0


class Example(Record):
    """A place to listen to."""

    #: Interaction and scorecard it is from.
    interaction: str
    scorecard: str
    #: The answer it led to.
    answer: str
    #: The quote, if the answer has one.
    evidence: Evidence | None = None


class CriterionStanding(Record):
    """How an agent does on one criterion."""

    rubric: str
    criterion: str
    channel: Channel
    severity: Severity
    skill: Skill | None
    #: Share of opportunities that were met, with its interval.
    share: Share
    #: The same of everybody else.
    others: Share
    #: What that carries.
    standing: Standing
    not_applicable: int
    undecided: int
    #: Quotes, most telling first: what was met for a strength, what was missed otherwise.
    examples: tuple[Example, ...] = ()


class ScorePoint(Record):
    """One scorecard in the course of time."""

    interaction: str
    scorecard: str
    channel: Channel
    at: AwareDatetime
    status: Status
    #: Percent, thousandths.
    score: Thousandths | None


class AgentProfile(Record):
    """What a coach sees."""

    agent: AgentRef
    basis: Basis
    #: Scorecards a person finalised, and drafts.
    finals: int
    drafts: int
    #: Mean score in percent of what counts on this basis; ``None`` without any.
    mean_score: float | None
    #: Criteria whose figures carry a claim, most marked first; then those that only lean that way (``cannot_tell``) are in ``criteria``.
    strengths: tuple[CriterionStanding, ...]
    weaknesses: tuple[CriterionStanding, ...]
    #: Every criterion that was judged.
    criteria: tuple[CriterionStanding, ...]
    #: Newest first.
    scores: tuple[ScorePoint, ...] = ()
    #: What to keep in mind when reading this.
    notes: tuple[str, ...] = ()


def standing(share: Share) -> Standing:
    """A claim only where the whole interval carries it.

    Weakness: even the upper bound misses :data:`TARGET`. Strength: the estimate reaches it and the lower bound is above one half. Under
    :data:`LEAST` observations nothing is claimed.
    """
    if share.value is None or share.n < LEAST:
        return Standing.CANNOT_TELL
    if share.high < TARGET:
        return Standing.WEAKNESS
    return Standing.STRENGTH if share.value >= TARGET and share.low > 0.5 else Standing.CANNOT_TELL


def judge(tallies: Iterable[Tally], others: Iterable[Tally]) -> tuple[CriterionStanding, ...]:
    """Standings by criterion, weakest first."""
    elsewhere = {(tally.rubric, tally.criterion): tally for tally in others}
    judged = [_standing(tally, elsewhere.get((tally.rubric, tally.criterion))) for tally in tallies]
    known = (1.0 if one.share.value is None else one.share.value for one in judged)
    ranked = sorted(zip(known, judged, strict=True), key=lambda pair: (pair[0], -pair[1].share.n, pair[1].rubric, pair[1].criterion))
    return tuple(one for _, one in ranked)


def _standing(tally: Tally, others: Tally | None) -> CriterionStanding:
    share = wilson(tally.met, tally.n)
    return CriterionStanding(
        rubric=tally.rubric, criterion=tally.criterion, channel=tally.channel, severity=tally.severity, skill=tally.skill,
        share=share, others=wilson(others.met, others.n) if others is not None else wilson(0, 0), standing=standing(share),
        not_applicable=tally.not_applicable, undecided=tally.undecided,
    )


def profile(
    agent: AgentRef, *, basis: Basis, criteria: Sequence[CriterionStanding], scores: Sequence[ScorePoint]
) -> AgentProfile:
    """Put a profile together; strengths by lower bound, weaknesses by upper bound and severity."""
    strengths = sorted((one for one in criteria if one.standing is Standing.STRENGTH), key=lambda one: -one.share.low)
    weaknesses = sorted(
        (one for one in criteria if one.standing is Standing.WEAKNESS), key=lambda one: (not one.severity.critical, one.share.high)
    )
    counted = [point.score for point in scores if point.score is not None and (basis is Basis.ALL or point.status in FINISHED)]
    finals = sum(point.status in FINISHED for point in scores)
    return AgentProfile(
        agent=agent, basis=basis, finals=finals, drafts=len(scores) - finals,
        mean_score=round(sum(counted) / len(counted) / 1000, 3) if counted else None,
        strengths=tuple(strengths), weaknesses=tuple(weaknesses), criteria=tuple(criteria), scores=tuple(scores),
        notes=_notes(basis, len(counted)),
    )


def _notes(basis: Basis, n: int) -> tuple[str, ...]:
    notes = []
    if basis is Basis.ALL:
        notes.append("provisional: drafts count with the machine's suggestions, which nobody has confirmed")
    if n < LEAST:
        notes.append(f"{n} scored interaction{'' if n == 1 else 's'}: too few to judge an agent by")
    return tuple(notes)
