"""What a calibration session shows: agreement on criteria, of every two reviewers and with the expert, gaps, and who is how severe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field

from qa_service.domain.asking import standing
from qa_service.domain.base import Record
from qa_service.domain.calibration import AgreedAnswer, Calibration, CalibrationReview
from qa_service.domain.coefficient import CriterionAgreement, PairAgreement
from qa_service.domain.estimation import Mean
from qa_service.domain.rubric import UNDECIDED, Rubric
from qa_service.domain.scorecard import Answer, Engines, InteractionRef, Scorecard
from qa_service.domain.scoring import draft
from qa_service.domain.severity import SeverityReport


class ScoreGap(Record):
    """How far scores of one interaction lie apart."""

    #: Id of the interaction.
    interaction: str
    #: Score by reviewer, percent.
    scores: dict[str, float]
    #: Highest less lowest, percent points; null with fewer than two scores.
    gap: float | None
    #: The expert's score.
    expert: float | None = None


class ExpertAgreement(Record):
    """One reviewer against the expert, who is in none of the other figures."""

    #: User id.
    reviewer: str
    #: Over all criteria: share of alike answers and pooled kappa.
    overall: PairAgreement
    #: On each criterion.
    criteria: dict[str, PairAgreement]
    #: The reviewer's score less the expert's, percent points.
    score_difference: Mean


class Leniency(Record):
    """How far a reviewer lies from the others on one criterion."""

    #: User id.
    reviewer: str
    #: Percent points of what the criterion is worth, above 0: lenient; adjusted and shrunk as the whole score's.
    effect: float
    #: Its 95 % interval.
    low: float
    #: Upper bound.
    high: float


class CalibrationResults(Record):
    """Worked out once, when the session was revealed, from what had been handed in."""

    #: Version of the formulas.
    method: int
    #: What intervals were drawn with.
    seed: int
    #: How often.
    resamples: int
    #: Interactions that each invited person handed in.
    handed_in: dict[str, int]
    #: In the order of the form.
    criteria: tuple[CriterionAgreement, ...]
    #: Every two reviewers over all criteria.
    pairs: tuple[PairAgreement, ...]
    #: Every reviewer against the expert; empty without one.
    expert: tuple[ExpertAgreement, ...] = ()
    #: In the order of the session.
    gaps: tuple[ScoreGap, ...]
    #: Mean gap over the interactions.
    gap: Mean
    #: Who is lenient, who severe, by the score before critical misses take effect.
    severity: SeverityReport
    #: Leniency on single criteria, where it can be told.
    leniency: dict[str, tuple[Leniency, ...]] = Field(default_factory=dict)


def cards(session: Calibration, rubric: Rubric, reviews: Iterable[CalibrationReview]) -> dict[tuple[str, str], Scorecard]:
    """A scorecard of the answers of each review that was handed in, by interaction and reviewer."""
    return {
        (one.interaction, one.reviewer): card_of(session, rubric, one.interaction, {given.criterion: given.answer for given in one.answers})
        for one in reviews if one.submitted_at is not None
    }  # fmt: skip


def card_of(session: Calibration, rubric: Rubric, interaction: str, answers: Mapping[str, str], *, by: str = "calibration") -> Scorecard:
    """The scorecard of one interaction with these answers and no suggestions."""
    reference = InteractionRef(id=interaction, channel=session.channel)
    told = {criterion: Answer(answer=answer, by=by) for criterion, answer in answers.items()}
    return draft(rubric, interaction=reference, engine=Engines(analysis="none"), suggestions={}, answers=told)


def unanswered(session: Calibration, rubric: Rubric, review: CalibrationReview) -> tuple[str, ...]:
    """Criteria that a review leaves open though its other answers have them asked."""
    card = card_of(session, rubric, review.interaction, {one.criterion: one.answer for one in review.answers})
    return tuple(criterion for criterion, answer in standing(card, rubric).items() if answer == UNDECIDED)


def settled(
    session: Calibration, rubric: Rubric, answers: Mapping[tuple[str, str], Mapping[str, str]]
) -> dict[str, tuple[AgreedAnswer, ...]]:
    """What was agreed on each interaction that anything was agreed on: put down by a lead, else given by every participant who handed
    answers in, two at least. ``answers``: by interaction and reviewer, then criterion."""
    put_down = {(one.interaction, one.criterion): one for one in session.agreed}
    found: dict[str, tuple[AgreedAnswer, ...]] = {}
    for interaction in session.interactions:
        given = [answers[interaction, who] for who in session.participants if (interaction, who) in answers]
        some = [put_down.get((interaction, one.id)) or _unanimous(interaction, one.id, given) for one in rubric.criteria]
        if any(some):
            found[interaction] = tuple(one for one in some if one is not None)
    return found


def _unanimous(interaction: str, criterion: str, given: Sequence[Mapping[str, str]]) -> AgreedAnswer | None:
    said = [answers.get(criterion, UNDECIDED) for answers in given]
    if len(said) < 2 or len(set(said)) != 1 or said[0] == UNDECIDED:
        return None
    return AgreedAnswer(interaction=interaction, criterion=criterion, answer=said[0])
