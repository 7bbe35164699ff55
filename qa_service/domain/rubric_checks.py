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
    if criterion.detect is not None and not {"yes", "no"} <= set(ids):
        yield Refusal(("detect",), "a detection answers yes or no, and the options have no such ids")


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
    if sound:
        yield from _circle(rubric)


def near(word: str, words: Iterable[str]) -> str:
    """A hint that names the most similar word, if one is similar."""
    found = difflib.get_close_matches(word, list(words), n=1)
    return f"did you mean {found[0]!r}?" if found else ""


def borders(rubric: Rubric) -> dict[str, list[str]]:
    """Criterion id -> criteria that border one of its scopes."""
    return {
        criterion.id: list(dict.fromkeys(other for detection in criterion.detections() for other in detection.criteria()))
        for criterion in rubric.criteria
    }


def _phrases(rubric: Rubric, path: Path, detection: Detection) -> Iterator[Refusal]:
    for name in detection.phrase_names():
        if name not in rubric.phrases:
            hint = near(name, rubric.phrases) or f"define it under 'phrases', or write the words as a list: [{name!r}]"
            yield Refusal((*path, "phrases"), f"phrases {name!r} are not defined", hint)


def _double(what: str, ids: list[str], below: Path = (), *, paths: list[Path] | None = None) -> Iterator[Refusal]:
    seen: set[str] = set()
    for index, one in enumerate(ids):
        if one in seen:
            path = (*below, index) if paths is None else paths[index]
            yield Refusal((*path, "id"), f"{what} id {one!r} is there twice")
        seen.add(one)


def _circle(rubric: Rubric) -> Iterator[Refusal]:
    sorter = TopologicalSorter(borders(rubric))
    try:
        sorter.prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        path = next(path for path, criterion in rubric.located if criterion.id in circle)
        yield Refusal(path, f"waits for itself through 'before' or 'after': {' -> '.join(reversed(circle))}")
