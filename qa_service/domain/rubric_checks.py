"""What must hold inside a rubric beyond the types of its parts: ids, options, references, and no circle of borders."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from qa_service.domain.base import Path, Refusal

if TYPE_CHECKING:
    from qa_service.domain.criteria.base import Detection
    from qa_service.domain.rubric import Criterion, Rubric

_ALWAYS_THERE = ("not_applicable", "undecided")


def option_faults(criterion: Criterion) -> Iterator[Refusal]:
    """Options that are too few, double, reserved, worthless, or unknown to the detection."""
    ids = [option.id for option in criterion.options]
    if len(ids) < 2:
        yield Refusal(("options",), "a criterion needs two or more options")
    yield from _double("option", ids, ("options",))
    for index, one in enumerate(ids):
        if one in _ALWAYS_THERE:
            yield Refusal(("options", index, "id"), f"{one!r} is always there", "leave it out of the options")
    worth = {option.value for option in criterion.options}
    if len(ids) >= 2 and (worth == {0} or (len(worth) == 1 and not any(option.auto_fail for option in criterion.options))):
        yield Refusal(("options",), f"every option is worth {min(worth):g}, so the weight cannot matter")
    if criterion.detect is not None and not set(criterion.detect.verdicts()) <= set(ids):
        answers = " or ".join(criterion.detect.verdicts())
        hint = "leave scales to people, choose between their options with 'numeric', or give a 'judge' their ids as 'answers'"
        yield Refusal(("detect",), f"a detection answers {answers}, and the options have no such ids", hint)
    yield from _inner_faults(criterion)
    if criterion.bonus and (criterion.severity.critical or any(option.auto_fail for option in criterion.options)):
        yield Refusal(("bonus",), "a bonus takes nothing away, and a miss of this one is critical")
    yield from _numeric_faults(criterion, ids)


def _inner_faults(criterion: Criterion) -> Iterator[Refusal]:
    """Detections that answer more than yes or no, where only those are understood."""
    for name, root in (("applies_when", criterion.applies_when), ("detect", criterion.detect)):
        for path, detection in () if root is None else root.walk((name,)):
            if set(detection.verdicts()) != {"yes", "no"} and detection is not criterion.detect:
                yield Refusal((*path, "answers"), "here a detection answers yes or no", "name just these, or leave 'answers' out")


def _numeric_faults(criterion: Criterion, options: list[str]) -> Iterator[Refusal]:
    if criterion.numeric is None:
        return
    if criterion.detect is not None:
        yield Refusal(("numeric",), "'detect' answers this criterion already", "keep one of the two")
    for index, band in enumerate(criterion.numeric.bands):
        if band.answer not in options:
            hint = near(band.answer, options) or f"one of: {', '.join(options)}"
            yield Refusal(("numeric", "bands", index, "answer"), f"{band.answer!r} is no option of this criterion", hint)


def reference_faults(rubric: Rubric) -> Iterator[Refusal]:
    """Double ids, unknown phrases and criteria, circles: each at its place in the file."""
    yield from _double("section", [section.id for section in rubric.sections], ("sections",))
    yield from _double("criterion", [criterion.id for criterion in rubric.criteria], paths=[path for path, _ in rubric.located])
    known = {criterion.id for criterion in rubric.criteria}
    sound = True
    for path, _, detection in rubric.walk():
        if not detection.children():
            yield from _phrases(rubric, path, detection)
            strangers = [other for other in detection.criteria() if other not in known]
            sound = sound and not strangers
            for other in strangers:
                yield Refusal((*path, "within"), f"{other!r} is no criterion of this rubric", near(other, known))
    strange = list(_condition_faults(rubric))
    yield from strange
    yield from _double("language", list(rubric.languages), ("languages",), leaf=())
    if sound and not strange:
        yield from _circle(rubric)


def _condition_faults(rubric: Rubric) -> Iterator[Refusal]:
    """Conditions on criteria or answers that are not in the form, or on every answer."""
    forms = {criterion.id: criterion for criterion in rubric.criteria}
    for path, criterion in rubric.located:
        for other, wanted in (criterion.asked_when or {}).items():
            place = (*path, "asked_when", other)
            if other not in forms:
                yield Refusal(place, f"{other!r} is no criterion of this rubric", near(other, forms))
                continue
            answers = [*(option.id for option in forms[other].options), "not_applicable"]
            for answer in wanted:
                if answer not in answers:
                    hint = near(answer, answers) or f"one of: {', '.join(answers)}"
                    yield Refusal(place, f"{answer!r} is no answer to {other!r}", hint)
            if set(answers) <= set(wanted):
                yield Refusal(place, f"every answer to {other!r} is listed, so this is always asked")


def near(word: str, words: Iterable[str]) -> str:
    """A hint that names the most similar word, if one is similar."""
    found = difflib.get_close_matches(word, list(words), n=1)
    return f"did you mean {found[0]!r}?" if found else ""


def borders(rubric: Rubric) -> dict[str, list[str]]:
    """Criterion id -> criteria that border one of its scopes or whose answers it is asked by."""
    return {
        criterion.id: list(
            dict.fromkeys([*(criterion.asked_when or ()), *(other for one in criterion.detections() for other in one.criteria())])
        )
        for criterion in rubric.criteria
    }


def _phrases(rubric: Rubric, path: Path, detection: Detection) -> Iterator[Refusal]:
    for name in detection.phrase_names():
        if name not in rubric.phrases:
            hint = near(name, rubric.phrases) or f"define it under 'phrases', or write the words as a list: [{name!r}]"
            yield Refusal((*path, "phrases"), f"phrases {name!r} are not defined", hint)


def _double(
    what: str, ids: list[str], below: Path = (), *, paths: list[Path] | None = None, leaf: Path = ("id",)
) -> Iterator[Refusal]:
    seen: set[str] = set()
    for index, one in enumerate(ids):
        if one in seen:
            path = (*below, index) if paths is None else paths[index]
            yield Refusal((*path, *leaf), f"{what}{' id' if leaf else ''} {one!r} is there twice")
        seen.add(one)


def _circle(rubric: Rubric) -> Iterator[Refusal]:
    sorter = TopologicalSorter(borders(rubric))
    try:
        sorter.prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        path = next(path for path, criterion in rubric.located if criterion.id in circle)
        yield Refusal(path, f"waits for itself through 'before', 'after' or 'asked_when': {' -> '.join(reversed(circle))}")
