"""Forms as figures need them: what each criterion of a rubric is, by its newest version that has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from qa_service.domain.control import Control, hands_of
from qa_service.domain.interaction import Channel
from qa_service.domain.rubric import Rubric, Severity, Skill
from qa_service.store.unit import Unit


class Asked(NamedTuple):
    """What is known of a criterion."""

    section: str
    severity: Severity
    skill: Skill | None
    control: Control


class FormInForce(NamedTuple):
    """A rubric, all its versions together."""

    rubric: str
    channel: Channel
    #: By criterion, in the order of the newest version, then what only older ones have.
    criteria: Mapping[str, Asked]


class FormsInForce:
    """Reads each version of a rubric once; versions never change."""

    def __init__(self) -> None:
        self._read: dict[str, FormInForce] = {}

    def all(self, unit: Unit) -> dict[str, FormInForce]:
        """By rubric."""
        versions = unit.rubrics.fingerprints()
        for fingerprint in versions:
            if fingerprint not in self._read:
                self._read[fingerprint] = _of(unit.rubrics.by_fingerprint(fingerprint))
        return _merged(self._read[one] for one in versions)


def _of(rubric: Rubric) -> FormInForce:
    criteria = {
        one.id: Asked(section.id, one.severity, one.skill, hands_of(one.id, one)) for section in rubric.sections for one in section.criteria
    }
    return FormInForce(rubric.rubric, rubric.channel, criteria)


def _merged(forms: Iterable[FormInForce]) -> dict[str, FormInForce]:
    """Newest first."""
    found: dict[str, FormInForce] = {}
    for form in forms:
        newer = found.get(form.rubric)
        found[form.rubric] = form if newer is None else newer._replace(criteria={**newer.criteria, **_new(form, newer)})
    return found


def _new(form: FormInForce, newer: FormInForce) -> dict[str, Asked]:
    return {key: one for key, one in form.criteria.items() if key not in newer.criteria}
