"""Scoring: answers to points, sections and a total, in exact integers.

``points = weight * option.value``; a section is ``sum(points) / sum(weights)`` over its decided, applicable criteria; the total is
the weighted mean of the sections that have any. ``undecided`` is reported apart and never counted as zero; ``not_applicable``
leaves both sides of the fraction. A bonus criterion has weight 0 in the scorecard: its points are percent points on top of the total, up to
the form's ``bonus_limit`` and never over 100, before a critical miss takes effect. Points and sections are rounded half up to thousandths
of a point or percent, and the total is made from those, so that a reader can check it on the printed figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from qa_service.domain.asking import standing
from qa_service.domain.rubric import NO, NOT_APPLICABLE, UNDECIDED, AutoFail, Criterion, Rubric, Section
from qa_service.domain.scorecard import (
    Answer,
    Engines,
    InteractionRef,
    RubricRef,
    Scorecard,
    ScoredCriterion,
    ScoredSection,
    Status,
    Suggestion,
    thousandths,
)
from qa_service.errors import AnswerError


def draft(
    rubric: Rubric, *, interaction: InteractionRef, engine: Engines,
    suggestions: Mapping[str, Suggestion], answers: Mapping[str, Answer] | None = None,
) -> Scorecard:
    """A new scorecard with its figures; raises :class:`AnswerError`."""
    criteria = tuple(
        ScoredCriterion(
            id=criterion.id, section=section.id, weight=0 if criterion.bonus else thousandths(criterion.weight),
            severity=criterion.severity, skill=criterion.skill,
            suggestion=suggestions.get(criterion.id),
        )
        for section in rubric.sections
        for criterion in section.criteria
    )
    card = Scorecard(interaction=interaction, rubric=RubricRef.of(rubric), engine=engine, status=Status.DRAFT, criteria=criteria)
    return score(card.answering(answers or {}), rubric)


def score(card: Scorecard, rubric: Rubric) -> Scorecard:
    """The same scorecard with every figure worked out from its effective answers; raises :class:`AnswerError` for one outside the form."""
    forms = {criterion.id: criterion for criterion in rubric.criteria}
    answers = standing(card, rubric)
    criteria = tuple(one.model_copy(update={"points": _points(forms[one.id], answers[one.id])}) for one in card.criteria)
    misses = [one.id for one in criteria if _critical_miss(forms[one.id], answers[one.id])]
    cap = rubric.settings.auto_fail_cap
    sections = tuple(_section(section, [one for one in criteria if one.section == section.id], misses, cap) for section in rubric.sections)
    raw = _with_bonus(_total(rubric, sections), [one.points or 0 for one in criteria if forms[one.id].bonus], rubric)
    total = _after_misses(raw, misses, rubric.settings.auto_fail, cap)
    return card.model_copy(
        update={
            "criteria": criteria, "sections": sections, "raw_score": raw, "score": total, "critical_misses": tuple(misses),
            "undecided": sum(answer == UNDECIDED for answer in answers.values()),
            "passed": None if total is None else total >= thousandths(rubric.settings.pass_mark),
        }
    )


def _points(criterion: Criterion, answer: str) -> int | None:
    if answer in (NOT_APPLICABLE, UNDECIDED):
        return None
    option = criterion.option(answer)
    if option is None:
        options = ", ".join([*(option.id for option in criterion.options), NOT_APPLICABLE])
        raise AnswerError(f"{answer!r} is no answer to {criterion.id!r}", field=criterion.id, hint=f"one of: {options}")
    return _earned(criterion.weight, option.value)


@lru_cache(maxsize=4096)
def _earned(weight: float, value: float) -> int:
    """Thousandths of a point."""
    exact = Fraction(repr(weight)) * Fraction(repr(value)) * 1000
    return _half_up(exact.numerator, exact.denominator)


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _critical_miss(criterion: Criterion, answer: str) -> bool:
    option = criterion.option(answer)
    if option is None:
        return False
    return option.auto_fail or (criterion.severity.critical and (option.value == 0 or answer == NO))


def _section(section: Section, criteria: Sequence[ScoredCriterion], misses: Sequence[str], cap: float) -> ScoredSection:
    counted = [(one.points, one.weight) for one in criteria if one.points is not None and one.weight]
    if not counted:
        return ScoredSection(id=section.id, score=None)
    percent = _half_up(100_000 * sum(points for points, _ in counted), sum(weight for _, weight in counted))
    own = [one.id for one in criteria if one.id in misses]
    return ScoredSection(id=section.id, score=_after_misses(percent, own, section.auto_fail, cap))


def _total(rubric: Rubric, sections: Sequence[ScoredSection]) -> int | None:
    weights = {section.id: thousandths(section.weight) for section in rubric.sections}
    counted = [(one.score, weights[one.id]) for one in sections if one.score is not None]
    if not counted:
        return None
    return _half_up(sum(percent * weight for percent, weight in counted), sum(weight for _, weight in counted))


def _with_bonus(percent: int | None, points: Sequence[int], rubric: Rubric) -> int | None:
    """No bonus without anything to add it to; a total that needs none stays as it is."""
    added = min(sum(points), thousandths(rubric.settings.bonus_limit))
    return percent if percent is None or not added else max(percent, min(100_000, percent + added))


def _after_misses(percent: int | None, misses: Sequence[str], policy: AutoFail, cap: float) -> int | None:
    if percent is None or not misses:
        return percent
    if policy is AutoFail.ZERO:
        return 0
    return min(percent, thousandths(cap)) if policy is AutoFail.CAP else percent
