"""Evaluation forms of Genesys Cloud, as ``POST /api/v2/quality/forms/evaluations`` takes and gives them.

Member names: Genesys Cloud platform API (``EvaluationForm``, ``EvaluationQuestionGroup``, ``EvaluationQuestion``, ``AnswerOption``). An
answer's value is a whole number of points; a question is worth its best answer; a group's weight is percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from qa_service.domain.rubric import AutoFail, Criterion, Rubric, Section
from qa_service.interchange.base import Exported, FormOptions, Imported, Note, changed, localised, lost, other_languages, shares, unspoken
from qa_service.interchange.genesys_reading import read_form

#: Points are whole numbers: weights are multiplied by the first of these that makes them so.
_SCALES = (1, 10, 100, 1000)


class Genesys:
    """Writes and reads forms of Genesys Cloud."""

    def write(self, rubric: Rubric, options: FormOptions) -> Exported:
        """Body of the request that creates a form; it is not published."""
        return _Writer(rubric, options).form()

    def read(self, form: object, options: FormOptions, *, file: str) -> Imported:
        """From that body, or from the form that the API returns."""
        return read_form(form, options, file=file)


class _Writer:
    def __init__(self, rubric: Rubric, options: FormOptions) -> None:
        self._rubric, self._options = rubric, options
        self._notes: list[Note] = [*other_languages(rubric, options.language)]
        self._scale = _scale(rubric)
        #: Criterion -> group and question.
        self._places = {
            one.id: (g, q) for g, section in enumerate(rubric.sections) for q, one in enumerate(section.criteria)
        }  # fmt: skip

    def form(self) -> Exported:
        rubric = self._rubric
        weights = shares([Decimal(str(section.weight)) for section in rubric.sections])
        if rubric.settings.auto_fail in (AutoFail.CAP, AutoFail.SHOW) and any(one.severity.critical for one in rubric.criteria):
            self._notes.append(lost("", f"a critical miss means {rubric.settings.auto_fail.value!r}: the form can only fail the whole"))
        self._notes.append(lost("", f"pass mark {rubric.settings.pass_mark:g}"))
        form = {
            "name": f"{localised(rubric.title, self._options.language)} (v{rubric.version})", "published": False,
            "questionGroups": [self._group(section, weight) for section, weight in zip(rubric.sections, weights, strict=True)],
        }
        return Exported(form, tuple(self._notes))

    def _group(self, section: Section, weight: float) -> dict[str, Any]:
        if section.auto_fail is not AutoFail.NONE:
            self._notes.append(lost(section.id, f"a critical miss means {section.auto_fail.value!r} for the section"))
        return {
            "name": localised(section.title, self._options.language), "type": "questionGroup", "weight": weight, "manualWeight": True,
            "naEnabled": True, "defaultAnswersToHighest": False, "defaultAnswersToNA": False,
            "questions": [self._question(one) for one in section.criteria],
        }  # fmt: skip

    def _question(self, one: Criterion) -> dict[str, Any]:
        self._notes.extend(unspoken(one))
        if one.bonus:
            self._notes.append(changed(one.id, "bonus points are counted like any others"))
        if one.severity.critical:
            self._notes.append(changed(one.id, f"critical family {one.severity.value} becomes 'critical'"))
        made: dict[str, Any] = {
            "text": localised(one.question, self._options.language), "type": "multipleChoiceQuestion", "naEnabled": True,
            "commentsRequired": False, "isCritical": one.severity.critical, "isKill": self._kills(one),
            "answerOptions": [{"text": localised(option.title, self._options.language), "value": self._points(one, option.value)}
                              for option in one.options],
        }  # fmt: skip
        if one.coach is not None:
            made["helpText"] = localised(one.coach, self._options.language)
        if one.asked_when is not None:
            made["visibilityCondition"] = self._visibility(one.id, one.asked_when)
        return made

    def _kills(self, one: Criterion) -> bool:
        """Genesys fails the form where the answer earns nothing."""
        failing = [option for option in one.options if option.auto_fail]
        if failing and any(option.value for option in failing):
            self._notes.append(lost(one.id, "an answer that earns points fails the form"))
        return bool(failing) or (one.severity.critical and self._rubric.settings.auto_fail is AutoFail.ZERO)

    def _points(self, one: Criterion, value: float) -> int:
        exact = Decimal(str(one.weight)) * Decimal(str(value)) * self._scale
        if exact != int(exact):
            self._notes.append(changed(one.id, f"{exact:f} points become {round(exact)}"))
        return round(exact)

    def _visibility(self, criterion: str, asked_when: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
        found = [self._predicate(other, answer) for other, answers in asked_when.items() for answer in answers]
        several = len(asked_when) > 1 and any(len(answers) > 1 for answers in asked_when.values())
        if several:
            self._notes.append(changed(criterion, "asked where any one of its conditions holds, not all"))
        return {"combiningOperation": "AND" if len(asked_when) > 1 and not several else "OR", "predicates": found}

    def _predicate(self, other: str, answer: str) -> str:
        group, question = self._places[other]
        options = self._rubric.sections[group].criteria[question].options
        index = next(i for i, option in enumerate(options) if option.id == answer)
        return f"/form/questionGroup/{group}/question/{question}/answer/{index}"


def _scale(rubric: Rubric) -> int:
    points = [Decimal(str(one.weight)) * Decimal(str(option.value)) for one in rubric.criteria for option in one.options]
    return next((scale for scale in _SCALES if all(point * scale == int(point * scale) for point in points)), _SCALES[-1])
