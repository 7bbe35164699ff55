"""Publishing: a rubric's text becomes its next version, in force at once and written down as it was; and how every version was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from qa_service.domain.permission import Actor
from qa_service.domain.publication import Publication, RubricVersion
from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_diff import compare
from qa_service.domain.signal import SignalSpec
from qa_service.errors import ConflictError, NotFoundError, RubricError, StaleVersionError
from qa_service.services.clock import Clock
from qa_service.services.interchange import as_yaml
from qa_service.services.lint import rubric_of
from qa_service.store.rubric_files import read_rubric
from qa_service.store.session import Database
from qa_service.store.unit import Unit


class Publishing:
    """New versions of rubrics."""

    def __init__(self, *, database: Database, folder: Path, catalogue: Mapping[str, SignalSpec], clock: Clock) -> None:
        self._database = database
        self._folder = folder
        self._catalogue = catalogue
        self._clock = clock

    def publish(self, rubric: str, text: str, *, by: Actor, seen: str | None = None, words: str | None = None) -> RubricVersion:
        """Put a text in force as the next version of a rubric; what was judged before stays as it is.

        ``seen``: fingerprint of the version that it was written from. Raises :class:`RubricError` with every fault,
        :class:`StaleVersionError` where another version came meanwhile, and :class:`ConflictError` for a version that is there already
        or is none of after, for a text that changes nothing, and for what would leave a channel with two forms or none.
        """
        made, at = rubric_of(text, file=f"{rubric}.yaml", catalogue=self._catalogue), self._clock()
        if made.rubric != rubric:
            raise RubricError(f"this is rubric {made.rubric!r}, not {rubric!r}", field="rubric", hint=f"write 'rubric: {rubric}'")
        with self._database.unit() as unit:
            history = self._history(unit, rubric)
            if seen is not None and (not history or history[0].fingerprint != seen):
                raise _overtaken(history)
            before = _check(unit, made)
            unit.rubrics.add(made, at=at)
            told = Publication(rubric=rubric, version=made.version, text=text, words=words, published_by=by.id, published_at=at)
            unit.publications.add(told)
            _note(unit, told, made, before, by=by, at=at)
            return self._history(unit, rubric)[0]

    def history(self, rubric: str) -> tuple[RubricVersion, ...]:
        """All versions, the newest first; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            found = self._history(unit, rubric)
        if not found:
            raise NotFoundError(f"no rubric {rubric!r}", field="rubric")
        return found

    def retired(self) -> tuple[Rubric, ...]:
        """The newest version of each rubric that is in force no more."""
        with self._database.reading() as unit:
            forms = unit.rubrics.list()
            used = {one.rubric for one in unit.rubrics.list(active=True)}
        return tuple({one.rubric: one for one in forms if one.rubric not in used}.values())

    def source(self, rubric: str, version: int | None = None) -> str:
        """A version (the newest unless told) as it was written: published here, or in the file that it came from, with their comments;
        where neither is there any more, as it is stored. Raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            found = unit.rubrics.get(rubric, version)
            told = unit.publications.find(rubric, found.version)
        return told.text if told is not None else self._filed(found) or as_yaml(found)

    def _filed(self, rubric: Rubric) -> str | None:
        for file in sorted(self._folder.glob("*.yaml")):
            try:
                known = read_rubric(file)[0]
            except RubricError:
                continue
            if known.fingerprint == rubric.fingerprint:
                return file.read_text(encoding="utf-8-sig")
        return None

    @staticmethod
    def _history(unit: Unit, rubric: str) -> tuple[RubricVersion, ...]:
        told = {one.version: one for one in unit.publications.list(rubric)}
        return tuple(
            RubricVersion(
                rubric=rubric, version=one.version, fingerprint=one.fingerprint, in_force=one.active, at=one.at,
                by=told[one.version].published_by if one.version in told else None,
                words=told[one.version].words if one.version in told else None,
            )
            for one in unit.rubrics.history(rubric)
        )


def _check(unit: Unit, made: Rubric) -> Rubric | None:
    """The version before; raises :class:`ConflictError` where this is no next one."""
    versions = unit.rubrics.versions(made.rubric)
    if not versions:
        _check_alone(unit, made)
        return None
    last = versions[-1]
    hint = f"raise version to {last.version + 1}"
    if any(one.version == made.version for one in versions):
        same = next(one for one in versions if one.version == made.version)
        differs = "exactly this" if same.fingerprint == made.fingerprint else "other"
        raise ConflictError(f"version {made.version} is stored with {differs} content, and a stored version never changes",
                            field="version", hint=hint)  # fmt: skip
    if made.version < last.version:
        raise ConflictError(f"version {last.version} is there already, and this is no version of before", field="version", hint=hint)
    if made.channel is not last.channel:
        raise ConflictError(f"rubric {made.rubric!r} judges {last.channel.value}, and contacts of it are judged by it",
                            field="channel", hint="another channel takes a rubric of its own")  # fmt: skip
    if compare(last, made).weight is None:
        raise ConflictError(f"nothing differs from version {last.version}", field="version", hint="change something first")
    return last


def _check_alone(unit: Unit, made: Rubric) -> None:
    others = unit.rubrics.active_for(made.channel)
    if others:
        names = ", ".join(one.rubric for one in others)
        hint = "publish a version of that one; two forms for one channel are kept as files (QA_RUBRICS_DIR)"
        raise ConflictError(f"{made.channel.value} is judged by {names} already", field="rubric", hint=hint)


def _overtaken(history: Sequence[RubricVersion]) -> StaleVersionError:
    if not history:
        return StaleVersionError("there is no version of this rubric yet", field="If-Match")
    last = history[0]
    who = f", published by {last.by}" if last.by is not None else ""
    hint = "compare your text with it, and publish again from there"
    return StaleVersionError(f"version {last.version} came meanwhile{who}", field="If-Match", hint=hint)


def _note(unit: Unit, told: Publication, made: Rubric, before: Rubric | None, *, by: Actor, at: datetime) -> None:
    weight = None if before is None else compare(before, made).weight
    content = {
        "version": made.version, "fingerprint": made.fingerprint, "channel": made.channel.value,
        "replaces": None if before is None else before.version, "change": None if weight is None else weight.value, "words": told.words,
    }
    unit.ledger.append(at=at, actor=by.id, action="rubric.published", subject=f"rubric/{made.rubric}", content=content)
