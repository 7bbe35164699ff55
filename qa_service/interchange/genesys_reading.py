"""Reading of Genesys Cloud's evaluation forms: groups, multiple-choice questions, weights, kills and visibility."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from qa_service.errors import InputError
from qa_service.interchange.base import FormOptions, Imported, Note, changed, imported, lost, mapping, member
from qa_service.interchange.naming import Names, options

_PREDICATE = re.compile(r"(?:/form/questionGroup/(\d+)|\.\.)/question/(\d+)/answer/(\d+)")


def read_form(form: object, told: FormOptions, *, file: str) -> Imported:
    """The rubric; raises :class:`InputError`."""
    return _Reader(form, told, file).rubric()


class _Reader:
    def __init__(self, form: object, told: FormOptions, file: str) -> None:
        self._form, self._told, self._file = form, told, file
        self._notes: list[Note] = []
        self._names, self._sections = Names(), Names()
        #: Group and question -> criterion and ids of its options.
        self._ids: dict[tuple[int, int], tuple[str, list[str]]] = {}

    def rubric(self) -> Imported:
        name = member(self._form, "name", str, file=self._file, place="")
        groups = member(self._form, "questionGroups", list, file=self._file, place="")
        data = {
            "rubric": self._told.rubric or Names(joint="-").name(name, "imported"), "version": 1, "channel": self._told.channel.value,
            "title": {self._told.language: name.strip() or "?"}, "sections": list(self._groups(groups)),
        }
        if not data["sections"]:
            raise InputError("the form has no multiple-choice question", file=self._file, field="questionGroups")
        return imported(data, self._notes, file=self._file)

    def _groups(self, groups: list[Any]) -> Iterator[dict[str, Any]]:
        for index, group in enumerate(groups):
            place = f"questionGroups.{index}"
            name = member(group, "name", str, file=self._file, place=place)
            questions = member(group, "questions", list, file=self._file, place=place)
            if group.get("visibilityCondition"):
                self._notes.append(lost(place, "the condition on which the group is asked"))
            criteria = [
                found for q, question in enumerate(questions)
                for found in [self._question(question, index, q, f"{place}.questions.{q}")] if found is not None
            ]  # fmt: skip
            if criteria:
                weight = group.get("weight")
                given = isinstance(weight, int | float) and weight > 0
                worth = round(float(weight), 3) if given else round(sum(one["weight"] for one in criteria), 3)
                section = {"id": self._sections.name(name, "section"), "title": {self._told.language: name}}
                yield {**section, "weight": worth, "criteria": criteria}

    def _question(self, question: object, group: int, index: int, place: str) -> dict[str, Any] | None:
        text = member(question, "text", str, file=self._file, place=place)
        kind = member(question, "type", str, file=self._file, place=place)
        assert isinstance(question, dict)  # or 'member' had refused it
        if kind != "multipleChoiceQuestion":
            self._notes.append(lost(place, f"question {text!r}: answers of type {kind} earn no points here"))
            return None
        told = member(question, "answerOptions", list, file=self._file, place=place)
        answers = [self._answer(one, place) for one in told]
        best = max((value for _, value in answers), default=0)
        if len(answers) < 2 or best <= 0:
            self._notes.append(lost(place, f"question {text!r} earns no points"))
            return None
        return self._criterion(question, text, answers, best, (group, index), place)

    def _answer(self, option: object, place: str) -> tuple[str, int]:
        here = f"{place}.answerOptions"
        return member(option, "text", str, file=self._file, place=here), member(option, "value", int, file=self._file, place=here)

    def _criterion(
        self, question: dict[str, Any], text: str, answers: list[tuple[str, int]], best: int, at: tuple[int, int], place: str
    ) -> dict[str, Any]:
        kills = question.get("isKill") is True
        chosen = options([(title, max(0.0, value / best), kills and value <= 0) for title, value in answers], self._told.language)
        found: dict[str, Any] = {
            "id": self._names.name(text, f"question_{at[0] + 1}_{at[1] + 1}"), "question": {self._told.language: text},
            "weight": float(best),
        }  # fmt: skip
        if chosen is not None:
            found["options"] = chosen
        if isinstance(question.get("helpText"), str) and question["helpText"].strip():
            found["coach"] = {self._told.language: question["helpText"]}
        if question.get("isCritical"):
            found["severity"] = "customer"
            self._notes.append(changed(place, "'critical' becomes the family 'customer': Genesys tells no family"))
        self._ids[at] = (found["id"], [one["id"] for one in chosen] if chosen is not None else ["yes", "no"])
        if question.get("visibilityCondition"):
            found |= self._asked_when(mapping(question["visibilityCondition"]), at, place)
        return found

    def _asked_when(self, condition: dict[str, Any], at: tuple[int, int], place: str) -> dict[str, Any]:
        found: dict[str, list[str]] = {}
        predicates = condition["predicates"] if isinstance(condition.get("predicates"), list) else []
        for predicate in predicates:
            match = _PREDICATE.fullmatch(str(predicate))
            known = self._ids.get((int(match[1] or at[0]), int(match[2]))) if match else None
            if match is None or known is None or int(match[3]) >= len(known[1]):
                self._notes.append(lost(place, f"condition {str(predicate)!r}"))
                return {}
            found.setdefault(known[0], []).append(known[1][int(match[3])])
        either = condition.get("combiningOperation") == "OR"
        if not found or (either and len(found) > 1) or (not either and len(found) < len(predicates)):
            self._notes.append(lost(place, "the condition on which it is asked"))
            return {}
        return {"asked_when": found}
