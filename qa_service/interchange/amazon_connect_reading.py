"""Reading of Amazon Connect's evaluation forms: sections, single-select and numeric questions, weights, fails and conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from qa_service.errors import InputError
from qa_service.interchange.base import FormOptions, Imported, Note, changed, imported, lost, mapping, mappings, member
from qa_service.interchange.naming import Names, options

#: By how many decimals weights are kept.
_DECIMALS = 3


class _Asked(NamedTuple):
    """A question that could be taken over."""

    data: dict[str, Any]
    weight: float | None
    enablement: object
    place: str


def read_form(form: object, told: FormOptions, *, file: str) -> Imported:
    """The rubric; raises :class:`InputError`."""
    inner = form.get("EvaluationForm", form) if isinstance(form, dict) else form
    return _Reader(inner, told, file).rubric()


class _Reader:
    def __init__(self, form: object, told: FormOptions, file: str) -> None:
        self._form, self._told, self._file = form, told, file
        self._notes: list[Note] = []
        self._names, self._sections = Names(), Names()
        #: RefId of a question -> criterion, and RefId of its options -> option.
        self._ids: dict[str, tuple[str, dict[str, str]]] = {}

    def rubric(self) -> Imported:
        title = member(self._form, "Title", str, file=self._file, place="")
        items = member(self._form, "Items", list, file=self._file, place="")
        strategy = self._form.get("ScoringStrategy") if isinstance(self._form, dict) else None
        data = {
            "rubric": self._told.rubric or Names(joint="-").name(title, "imported"), "version": 1, "channel": self._told.channel.value,
            "title": {self._told.language: title.strip() or "?"}, "settings": self._settings(strategy),
            "sections": list(self._walk(items, "Items", title, None)),
        }  # fmt: skip
        if not data["sections"]:
            raise InputError("the form has no question that has options with scores", file=self._file, field="Items")
        return imported(data, self._notes, file=self._file)

    def _settings(self, strategy: object) -> dict[str, Any]:
        found: dict[str, Any] = {"auto_fail": "zero"}
        if not isinstance(strategy, dict):
            return found
        if strategy.get("Status") == "DISABLED":
            self._notes.append(changed("", "the form does not score; weights are taken as they stand"))
        if strategy.get("Mode") == "POINTS_BASED":
            self._notes.append(changed("", "points become weights; bonus points are not carried"))
        for one in mappings(strategy.get("ScoreThresholds")):
            if one.get("PerformanceCategory") == "NEEDS_IMPROVEMENT" and isinstance(one.get("MaxScorePercentage"), int | float):
                found["pass_mark"] = float(one["MaxScorePercentage"])
            else:
                self._notes.append(lost("", f"threshold of {one.get('PerformanceCategory')}"))
        return found

    def _walk(self, items: list[Any], place: str, title: str, weight: float | None) -> Iterator[dict[str, Any]]:
        """Sections that hold questions themselves, those inside others after them."""
        asked = [
            found for index, item in enumerate(items)
            if isinstance(item, dict) and "Question" in item
            for found in [self._question(item["Question"], f"{place}.{index}.Question")] if found is not None
        ]  # fmt: skip
        criteria = [self._criterion(one) for one in asked]
        if criteria:
            known = [one.weight for one in asked if one.weight]
            worth = weight if weight else round(sum(known), _DECIMALS) if known else float(len(criteria))
            section = {"id": self._sections.name(title, "section"), "title": {self._told.language: title}}
            yield {**section, "weight": worth, "criteria": criteria}
        for index, item in enumerate(items):
            if isinstance(item, dict) and "Section" in item:
                here = f"{place}.{index}.Section"
                inner = member(item["Section"], "Title", str, file=self._file, place=here)
                below = member(item["Section"], "Items", list, file=self._file, place=here)
                own = item["Section"].get("Weight")
                if place != "Items":
                    self._notes.append(changed(here, f"section {inner!r} stands beside the one that holds it, not inside"))
                yield from self._walk(below, f"{here}.Items", inner, float(own) if isinstance(own, int | float) and own > 0 else None)

    def _question(self, raw: object, place: str) -> _Asked | None:
        title = member(raw, "Title", str, file=self._file, place=place)
        kind = member(raw, "QuestionType", str, file=self._file, place=place)
        assert isinstance(raw, dict)  # or 'member' had refused it
        reading = {"SINGLESELECT": self._single, "NUMERIC": self._numeric}.get(kind)
        if reading is None:
            self._notes.append(lost(place, f"question {title!r}: answers of type {kind} earn no points here"))
            return None
        if mapping(raw.get("ScoringConfiguration")).get("IsExcludedFromScoring"):
            self._notes.append(lost(place, f"question {title!r} is left out of the score there, so it is left out here"))
            return None
        answers = reading(raw, place)
        if len(answers) < 2:
            self._notes.append(lost(place, f"question {title!r} has fewer than two options with scores"))
            return None
        found = self._data(raw, title, answers)
        weight = raw.get("Weight")
        return _Asked(found, float(weight) if isinstance(weight, int | float) else None, raw.get("Enablement"), place)

    def _data(self, raw: dict[str, Any], title: str, answers: list[tuple[str, str, float, bool]]) -> dict[str, Any]:
        names = str(raw.get("RefId") or title)
        found: dict[str, Any] = {"question": {self._told.language: title}, "id": self._names.name(names, "question")}
        if isinstance(raw.get("Instructions"), str) and raw["Instructions"].strip():
            found["coach"] = {self._told.language: raw["Instructions"]}
        chosen = options([(text, value, fails) for _, text, value, fails in answers], self._told.language)
        if chosen is not None:
            found["options"] = chosen
        ids = [one["id"] for one in chosen] if chosen is not None else ["yes", "no"]
        self._ids[str(raw.get("RefId"))] = (found["id"], {ref: one for (ref, *_), one in zip(answers, ids, strict=True)})
        return found

    def _single(self, raw: dict[str, Any], place: str) -> list[tuple[str, str, float, bool]]:
        properties = member(raw, "QuestionTypeProperties", dict, file=self._file, place=place)
        single = member(properties, "SingleSelect", dict, file=self._file, place=f"{place}.QuestionTypeProperties")
        if single.get("Automation"):
            self._notes.append(lost(place, "its automation (rule categories, generative answers)"))
        told = member(single, "Options", list, file=self._file, place=f"{place}.QuestionTypeProperties.SingleSelect")
        scored = [one for one in mappings(told) if isinstance(one.get("Score"), int)]
        best = max((one["Score"] for one in scored), default=0) or 10
        if best not in (0, 10):
            self._notes.append(changed(place, f"the best option scores {best} of 10 and is taken as the whole weight"))
        return [
            (str(one.get("RefId")), str(one.get("Text") or "?"), max(0.0, one["Score"] / best), self._fails(one, place)) for one in scored
        ]

    def _numeric(self, raw: dict[str, Any], place: str) -> list[tuple[str, str, float, bool]]:
        self._notes.append(changed(place, "a number becomes a choice between its ranges"))
        properties = mapping(mapping(raw.get("QuestionTypeProperties")).get("Numeric"))
        if properties.get("Automation"):
            self._notes.append(lost(place, "its automation (a figure of the contact)"))
        scored = [one for one in mappings(properties.get("Options")) if isinstance(one.get("Score"), int)]
        best = max((one["Score"] for one in scored), default=0) or 10
        return [
            ("", f"{one.get('MinValue')} to {one.get('MaxValue')}", max(0.0, one["Score"] / best), self._fails(one, place))
            for one in scored
        ]

    def _fails(self, option: dict[str, Any], place: str) -> bool:
        if mapping(option.get("AutomaticFailConfiguration")).get("TargetSection"):
            self._notes.append(changed(place, "fails the whole form, not one section"))
        return option.get("AutomaticFail") is True

    def _criterion(self, asked: _Asked) -> dict[str, Any]:
        weight = round(asked.weight, _DECIMALS) if asked.weight else 1.0
        conditional = self._asked_when(asked)
        return {**asked.data, "weight": weight, **({"asked_when": conditional} if conditional else {})}

    def _asked_when(self, asked: _Asked) -> dict[str, list[str]]:
        if not isinstance(asked.enablement, dict):
            return {}
        condition = mapping(asked.enablement.get("Condition"))
        operands = [one.get("Expression") for one in mappings(condition.get("Operands"))]
        found = dict(pair for one in operands for pair in [self._operand(one)] if pair is not None)
        simple = asked.enablement.get("Action") == "ENABLE" and (len(operands) == 1 or condition.get("Operator") == "AND")
        if not simple or len(found) != len(operands):
            self._notes.append(lost(asked.place, "the condition on which it is asked"))
            return {}
        return found

    def _operand(self, expression: object) -> tuple[str, list[str]] | None:
        """Criterion and answers; only questions that stand before it are known."""
        if not isinstance(expression, dict) or expression.get("Comparator") not in ("IN", "EXACT"):
            return None
        known = self._ids.get(str(mapping(expression.get("Source")).get("RefId")))
        answers = [known[1].get(str(one.get("RefId"))) for one in mappings(expression.get("Values"))] if known is not None else []
        chosen = [one for one in answers if one is not None]
        return (known[0], chosen) if known is not None and chosen and len(chosen) == len(answers) else None
