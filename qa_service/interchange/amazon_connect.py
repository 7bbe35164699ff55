"""Evaluation forms of Amazon Connect, as ``CreateEvaluationForm`` takes them and ``DescribeEvaluationForm`` gives them.

Member names and limits: Amazon Connect API reference, 2017-08-08 (``EvaluationFormItem``, ``EvaluationFormScoringStrategy``). Scores of
options are whole numbers from 0 to 10; weights are percent and belong to the questions or to the sections, never to both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from qa_service.domain.rubric import AutoFail, Criterion, Option, Rubric, Section
from qa_service.interchange.amazon_connect_reading import read_form
from qa_service.interchange.base import (
    Exported,
    FormOptions,
    Imported,
    Note,
    changed,
    cut,
    localised,
    lost,
    other_languages,
    shares,
    unspoken,
)

#: Longest texts.
_TITLE, _QUESTION, _INSTRUCTIONS, _OPTION = 128, 350, 1024, 128
#: An option's score for its whole value.
_BEST = 10
_MOST_QUESTIONS = 100
_FOLDED = (
    "weights of sections are multiplied into their questions: where a question is not applicable, its weight is spread over all others "
    "instead of over its section"
)
_LANGUAGES: Mapping[str, str] = {"en": "en-US", "fa": "fa-IR", "ar": "ar-SA"}


class AmazonConnect:
    """Writes and reads forms of Amazon Connect."""

    def write(self, rubric: Rubric, options: FormOptions) -> Exported:
        """Input of ``CreateEvaluationForm``."""
        return _Writer(rubric, options).form()

    def read(self, form: object, options: FormOptions, *, file: str) -> Imported:
        """From that input, or from the answer of ``DescribeEvaluationForm``."""
        return read_form(form, options, file=file)


class _Writer:
    def __init__(self, rubric: Rubric, options: FormOptions) -> None:
        self._rubric, self._options = rubric, options
        self._notes: list[Note] = [*other_languages(rubric, options.language), *_whole(rubric)]
        self._by_section = all(len({one.weight for one in _scored(section)}) <= 1 for section in rubric.sections)
        self._shares = self._weights()

    def form(self) -> Exported:
        rubric = self._rubric
        form = {
            "InstanceId": self._options.instance,
            "Title": self._text(localised(rubric.title, self._options.language), _TITLE, ""),
            "Description": f"{rubric.rubric} version {rubric.version}, {rubric.fingerprint}",
            "Items": [{"Section": self._section(section)} for section in rubric.sections],
            "ScoringStrategy": {
                "Mode": "SECTION_ONLY" if self._by_section else "QUESTION_ONLY",
                "Status": "ENABLED",
                "ScoreThresholds": [{"PerformanceCategory": "NEEDS_IMPROVEMENT", "MaxScorePercentage": rubric.settings.pass_mark}],
            },
        }
        if self._options.language in _LANGUAGES:
            form["LanguageConfiguration"] = {"FormLanguage": _LANGUAGES[self._options.language]}
        return Exported(form, tuple(self._notes))

    def _weights(self) -> dict[str, float]:
        sections = [section for section in self._rubric.sections if list(_scored(section))]
        if self._by_section:
            return dict(zip([one.id for one in sections], shares([Decimal(str(one.weight)) for one in sections]), strict=True))
        self._notes.append(changed("", _FOLDED))
        weights = {
            one.id: Decimal(str(section.weight)) * Decimal(str(one.weight)) / sum(Decimal(str(other.weight)) for other in _scored(section))
            for section in sections
            for one in _scored(section)
        }
        return dict(zip(weights, shares(list(weights.values())), strict=True))

    def _section(self, section: Section) -> dict[str, Any]:
        made: dict[str, Any] = {
            "Title": self._text(localised(section.title, self._options.language), _TITLE, section.id), "RefId": section.id,
            "Items": [{"Question": self._question(section, one)} for one in section.criteria],
        }  # fmt: skip
        if self._by_section and section.id in self._shares:
            made["Weight"] = self._shares[section.id]
        return made

    def _question(self, section: Section, one: Criterion) -> dict[str, Any]:
        self._notes.extend(unspoken(one))
        if one.severity.critical:
            self._notes.append(lost(one.id, f"critical family {one.severity.value}"))
        made: dict[str, Any] = {
            "Title": self._text(localised(one.question, self._options.language), _QUESTION, one.id),
            "RefId": one.id, "NotApplicableEnabled": True, "QuestionType": "SINGLESELECT",
            "QuestionTypeProperties": {
                "SingleSelect": {"Options": [self._option(section, one, option) for option in one.options], "DisplayAs": "RADIO"}
            },
        }  # fmt: skip
        if one.coach is not None:
            made["Instructions"] = self._text(localised(one.coach, self._options.language), _INSTRUCTIONS, one.id)
        if one.asked_when is not None:
            made["Enablement"] = _enablement(one.asked_when)
        if one.bonus:
            self._notes.append(changed(one.id, "bonus points are left out of the score: no form by weights holds them"))
            made["ScoringConfiguration"] = {"IsExcludedFromScoring": True}
        elif not self._by_section:
            made["Weight"] = self._shares[one.id]
        return made

    def _option(self, section: Section, one: Criterion, option: Option) -> dict[str, Any]:
        score = round(option.value * _BEST)
        if score != option.value * _BEST:
            self._notes.append(changed(f"{one.id}.{option.id}", f"value {option.value:g} becomes {score} of {_BEST}"))
        made: dict[str, Any] = {
            "RefId": option.id, "Text": self._text(localised(option.title, self._options.language), _OPTION, one.id), "Score": score
        }  # fmt: skip
        if option.auto_fail or (one.severity.critical and option.value == 0):
            made |= self._failing(section)
        return made

    def _failing(self, section: Section) -> dict[str, Any]:
        if self._rubric.settings.auto_fail is AutoFail.ZERO:
            return {"AutomaticFail": True}
        if section.auto_fail is AutoFail.ZERO:
            return {"AutomaticFail": True, "AutomaticFailConfiguration": {"TargetSection": section.id}}
        return {}

    def _text(self, text: str, limit: int, place: str) -> str:
        return cut(text, limit, place=place, notes=self._notes)


def _scored(section: Section) -> Iterator[Criterion]:
    return (one for one in section.criteria if not one.bonus)


def _whole(rubric: Rubric) -> Iterator[Note]:
    if rubric.settings.auto_fail in (AutoFail.CAP, AutoFail.SHOW) and any(one.severity.critical for one in rubric.criteria):
        yield lost("", f"a critical miss means {rubric.settings.auto_fail.value!r}: the form can only fail the whole or a section")
    for section in rubric.sections:
        if section.auto_fail in (AutoFail.CAP, AutoFail.SHOW):
            yield lost(section.id, f"a critical miss means {section.auto_fail.value!r} for the section")
    if len(rubric.criteria) > _MOST_QUESTIONS:
        yield changed("", f"{len(rubric.criteria)} questions: Amazon Connect takes {_MOST_QUESTIONS}")
    yield changed("", f"pass mark {rubric.settings.pass_mark:g} becomes the upper bound of NEEDS_IMPROVEMENT")


def _enablement(asked_when: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    operands = [
        {"Expression": {
            "Source": {"Type": "QUESTION_REF_ID", "RefId": other},
            "Values": [{"Type": "OPTION_REF_ID", "RefId": answer} for answer in answers],
            "Comparator": "IN",
        }}
        for other, answers in asked_when.items()
    ]  # fmt: skip
    return {"Condition": {"Operands": operands, "Operator": "AND"}, "Action": "ENABLE", "DefaultAction": "DISABLE"}
