"""Figures of a calibration session: its reviews in, all coefficients with intervals out; the same input and seed give the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_service.domain.asking import standing
from qa_service.domain.calibration import Calibration, CalibrationReview
from qa_service.domain.calibration_results import CalibrationResults, ExpertAgreement, Leniency, ScoreGap, cards
from qa_service.domain.estimation import mean
from qa_service.domain.rubric import NOT_APPLICABLE, UNDECIDED, Criterion, Rubric
from qa_service.domain.scorecard import Scorecard
from qa_service.statistics import VERSION
from qa_service.statistics.agreement import Agreements, Rows
from qa_service.statistics.resampling import RESAMPLES
from qa_service.statistics.severity import Scored, severity

#: By interaction and reviewer: the answer that counts for each criterion.
Answers = Mapping[tuple[str, str], Mapping[str, str]]


def figures(
    session: Calibration, rubric: Rubric, reviews: Sequence[CalibrationReview], *, resamples: int = RESAMPLES
) -> CalibrationResults:
    """Everything about the reviews that were handed in; the others count as missing."""
    made = cards(session, rubric, reviews)
    answers = _counting(made, rubric)
    reviewers = session.participants
    rows = {form.id: _rows(session.interactions, reviewers, form, answers) for form in rubric.criteria}
    agreements = Agreements(len(session.interactions), reviewers, seed=session.seed, resamples=resamples)
    gaps = tuple(_gap(session, interaction, made) for interaction in session.interactions)
    handed_in = [who for _, who in made]
    return CalibrationResults(
        method=VERSION, seed=session.seed, resamples=resamples, handed_in={who: handed_in.count(who) for who in session.invited},
        criteria=tuple(agreements.criterion(form, rows[form.id]) for form in rubric.criteria),
        pairs=agreements.overall(rows, rubric.criteria), expert=_against_expert(session, rubric, answers, made, resamples=resamples),
        gaps=gaps, gap=mean([one.gap for one in gaps if one.gap is not None]),
        severity=severity(
            [Scored(who, interaction, card.raw_score / 1000) for (interaction, who), card in made.items()
             if card.raw_score is not None and who in reviewers]
        ),
        leniency={form.id: found for form in rubric.criteria if (found := _leniency(session.interactions, reviewers, form, answers))},
    )  # fmt: skip


def answers_of(session: Calibration, rubric: Rubric, reviews: Sequence[CalibrationReview]) -> Answers:
    """The answers that count: as handed in, and ``not_applicable`` for what they leave unasked."""
    return _counting(cards(session, rubric, reviews), rubric)


def _counting(made: Mapping[tuple[str, str], Scorecard], rubric: Rubric) -> dict[tuple[str, str], dict[str, str]]:
    return {
        place: {criterion: answer for criterion, answer in standing(card, rubric).items() if answer != UNDECIDED}
        for place, card in made.items()
    }


def _rows(interactions: Sequence[str], reviewers: Sequence[str], form: Criterion, answers: Answers) -> Rows:
    return [[answers.get((interaction, who), {}).get(form.id) for who in reviewers] for interaction in interactions]


def _gap(session: Calibration, interaction: str, made: Mapping[tuple[str, str], Scorecard]) -> ScoreGap:
    found = {who: card.score / 1000 for who in session.invited
             if (card := made.get((interaction, who))) is not None and card.score is not None}  # fmt: skip
    expert = found.pop(session.expert, None) if session.expert is not None else None
    gap = round(max(found.values()) - min(found.values()), 3) if len(found) > 1 else None
    return ScoreGap(interaction=interaction, scores=found, gap=gap, expert=expert)


def _against_expert(
    session: Calibration, rubric: Rubric, answers: Answers, made: Mapping[tuple[str, str], Scorecard], *, resamples: int
) -> tuple[ExpertAgreement, ...]:
    if session.expert is None:
        return ()
    found = []
    for who in session.participants:
        two = (who, session.expert)
        agreements = Agreements(len(session.interactions), two, seed=session.seed, resamples=resamples)
        rows = {form.id: _rows(session.interactions, two, form, answers) for form in rubric.criteria}
        differences = [
            (own.score - other.score) / 1000
            for interaction in session.interactions
            if (own := made.get((interaction, who))) is not None and own.score is not None
            and (other := made.get((interaction, session.expert))) is not None and other.score is not None
        ]  # fmt: skip
        (overall,) = agreements.overall(rows, rubric.criteria)
        criteria = {form.id: agreements.criterion(form, rows[form.id]).pairs[0] for form in rubric.criteria}
        found.append(ExpertAgreement(reviewer=who, overall=overall, criteria=criteria, score_difference=mean(differences)))
    return tuple(found)


def _leniency(interactions: Sequence[str], reviewers: Sequence[str], form: Criterion, answers: Answers) -> tuple[Leniency, ...]:
    values = {option.id: option.value * 100 for option in form.options}
    scores = [
        Scored(who, interaction, values[answer])
        for interaction in interactions
        for who in reviewers
        if (answer := answers.get((interaction, who), {}).get(form.id, NOT_APPLICABLE)) in values
    ]
    return tuple(
        Leniency(reviewer=one.reviewer, effect=one.effect, low=one.low, high=one.high) for one in severity(scores).effects
    )
