"""What differs between two versions of a rubric, in the words of the form rather than of the file, and how much that is.

Three kinds of change, as in semantic versioning: ``form`` (scores made with the two cannot be compared: criteria, weights, options,
severities, settings), ``detection`` (the same form, and the machine may answer otherwise: phrases, detections, bands, languages) and
``text`` (nobody's score can change: titles, questions, advice, skills). All of them need a new version once a version is used, since a
scorecard says by exactly which form it was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.rubric import Criterion, Option, Rubric, Section
from qa_service.domain.scorecard import RubricRef


class Weight(StrEnum):
    """How much a change is."""

    FORM = "form"
    DETECTION = "detection"
    TEXT = "text"


class Verb(StrEnum):
    """What happened."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Change(Record):
    """One difference."""

    #: Where, by ids: ``closing.further_help.weight``, ``phrases.greeting.fa``, ``settings.pass_mark``.
    place: str
    #: What happened.
    verb: Verb
    #: How much it is.
    weight: Weight
    #: Before and after, as written; of phrases those that went and those that came.
    old: Any = None
    new: Any = None
    #: Criteria whose answers or points it may change.
    criteria: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.verb is not Verb.CHANGED:
            return f"{self.place} {self.verb}"
        return f"{self.place}: {_short(self.old)} becomes {_short(self.new)}"


class RubricDiff(Record):
    """Two rubrics compared."""

    old: RubricRef
    new: RubricRef
    #: The greatest of the changes; ``None`` when nothing differs.
    weight: Weight | None
    #: In the order of the form.
    changes: tuple[Change, ...] = Field(default=())


#: Settings of a criterion by how much a change of them is.
_CRITERION: Mapping[str, Weight] = {
    "weight": Weight.FORM, "bonus": Weight.FORM, "severity": Weight.FORM, "options": Weight.FORM, "asked_when": Weight.FORM,
    "applies_when": Weight.DETECTION, "detect": Weight.DETECTION, "numeric": Weight.DETECTION,
    "question": Weight.TEXT, "skill": Weight.TEXT, "review": Weight.TEXT, "coach": Weight.TEXT,
}  # fmt: skip
_SECTION: Mapping[str, Weight] = {"weight": Weight.FORM, "auto_fail": Weight.FORM, "title": Weight.TEXT}
_TOP: Mapping[str, Weight] = {"channel": Weight.FORM, "languages": Weight.DETECTION, "title": Weight.TEXT}


def compare(old: Rubric, new: Rubric) -> RubricDiff:
    """What differs; only the version itself is no difference."""
    changes = tuple(_changes(old, new))
    greatest = next((weight for weight in Weight if any(change.weight is weight for change in changes)), None)
    return RubricDiff(old=RubricRef.of(old), new=RubricRef.of(new), weight=greatest, changes=changes)


def _changes(old: Rubric, new: Rubric) -> Iterator[Change]:
    before, after = _plain(old), _plain(new)
    everything = tuple(criterion.id for criterion in new.criteria)
    yield from _fields(before, after, _TOP, "", everything)
    yield from _fields(before["settings"], after["settings"], dict.fromkeys(after["settings"], Weight.FORM), "settings.", ())
    yield from _sections(old, new)
    yield from _phrases(old, new)


def _sections(old: Rubric, new: Rubric) -> Iterator[Change]:
    before = {section.id: section for section in old.sections}
    yield from _gone_and_come(list(before), [section.id for section in new.sections], "", {})
    for section in new.sections:
        if section.id in before:
            own = tuple(criterion.id for criterion in section.criteria)
            yield from _fields(_plain(before[section.id]), _plain(section), _SECTION, f"{section.id}.", own)
    yield from _criteria(old, new)
    if [one for one in before if one in {s.id for s in new.sections}] != [one.id for one in new.sections if one.id in before]:
        yield Change(place="sections", verb=Verb.CHANGED, weight=Weight.TEXT, old=list(before), new=[one.id for one in new.sections])


def _criteria(old: Rubric, new: Rubric) -> Iterator[Change]:
    before = {one.id: one for one in old.criteria}
    places = {**old.places, **new.places}
    yield from _gone_and_come(list(before), [one.id for one in new.criteria], None, places)
    for criterion in new.criteria:
        former = before.get(criterion.id)
        if former is None:
            continue
        one, other = old.places[criterion.id], new.places[criterion.id]
        if one != other:
            yield Change(
                place=f"{other}.section", verb=Verb.CHANGED, weight=Weight.FORM, old=one.partition(".")[0], new=other.partition(".")[0],
                criteria=(criterion.id,),
            )
        yield from _criterion(former, criterion, f"{other}.")


def _criterion(old: Criterion, new: Criterion, place: str) -> Iterator[Change]:
    for change in _fields(_plain(old), _plain(new), _CRITERION, place, (new.id,)):
        if change.place.endswith(".options") and _values(old.options) == _values(new.options):
            yield change.model_copy(update={"weight": Weight.TEXT, "criteria": ()})
        else:
            yield change


def _values(options: Sequence[Option]) -> list[tuple[str, float, bool]]:
    return sorted((option.id, option.value, option.auto_fail) for option in options)


def _phrases(old: Rubric, new: Rubric) -> Iterator[Change]:
    for name in dict.fromkeys([*old.phrases, *new.phrases]):
        before, after = old.phrases.get(name, {}), new.phrases.get(name, {})
        users = tuple(one.id for one in new.criteria if any(name in detection.phrase_names() for detection in one.detections()))
        for language in dict.fromkeys([*before, *after]):
            one, other = before.get(language, ()), after.get(language, ())
            gone, come = [text for text in one if text not in other], [text for text in other if text not in one]
            if gone or come:
                verb = Verb.ADDED if not one else Verb.REMOVED if not other else Verb.CHANGED
                place = f"phrases.{name}.{language}"
                yield Change(place=place, verb=verb, weight=Weight.DETECTION, old=gone or None, new=come or None, criteria=users)


def _gone_and_come(old: Sequence[str], new: Sequence[str], prefix: str | None, places: Mapping[str, str]) -> Iterator[Change]:
    """Sections (with a prefix) or criteria (by their places) that one of the two does not have."""
    for verb, some, others in ((Verb.REMOVED, old, new), (Verb.ADDED, new, old)):
        for one in some:
            if one not in others:
                place = places[one] if prefix is None else f"{prefix}{one}"
                yield Change(place=place, verb=verb, weight=Weight.FORM, criteria=() if prefix is not None else (one,))


def _fields(
    old: Mapping[str, Any], new: Mapping[str, Any], weights: Mapping[str, Weight], prefix: str, criteria: tuple[str, ...]
) -> Iterator[Change]:
    for name, weight in weights.items():
        before, after = old.get(name), new.get(name)
        if before != after:
            yield Change(
                place=f"{prefix}{name}", verb=Verb.CHANGED, weight=weight, old=before, new=after,
                criteria=() if weight is Weight.TEXT else criteria,
            )


def _plain(one: Rubric | Section | Criterion) -> dict[str, Any]:
    return one.model_dump(mode="json")


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
