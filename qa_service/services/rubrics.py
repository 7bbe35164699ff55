"""Rubrics in force: read from files, linted, and kept by version; a version that was used never changes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from qa_service.domain.permission import SYSTEM
from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_source import Fault
from qa_service.domain.signal import SignalSpec
from qa_service.errors import ConfigurationError, ConflictError
from qa_service.services.clock import Clock
from qa_service.services.known_rubrics import KnownRubrics
from qa_service.services.lint import lint_text, load_rubric
from qa_service.store.rubric_files import read_rubric
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_LOG = logging.getLogger(__name__)


class RubricShelf:
    """The rubrics of this installation."""

    def __init__(self, *, database: Database, folder: Path, catalogue: Mapping[str, SignalSpec], clock: Clock, judge: bool = False) -> None:
        """``judge``: whether a language model is set up, which lint wants to know."""
        self._database = database
        self._folder = folder
        self._catalogue = catalogue
        self._clock = clock
        self._judge = judge
        self._known = KnownRubrics()

    def sync(self) -> tuple[Rubric, ...]:
        """Put every ``*.yaml`` of the folder in force, and no others but what was published through the service
        (:mod:`qa_service.services.publishing`), which stays until a file has a higher version. What is in force then.

        Raises :class:`RubricError` with all faults of the first faulty file, :class:`ConfigurationError` for an empty folder and
        :class:`ConflictError` for changed content under a version that is stored, and for one id in two files.
        """
        files = sorted(self._folder.glob("*.yaml"))
        if not files:
            raise ConfigurationError("no rubric files", file=self._folder, field="QA_RUBRICS_DIR")
        rubrics = [(file, load_rubric(file, catalogue=self._catalogue)) for file in files]
        _check_once(rubrics)
        with self._database.unit() as unit:
            before = {rubric.rubric: rubric for rubric in unit.rubrics.list(active=True)}
            published = unit.publications.newest()
            rubrics = [_newer(unit, file, rubric, published) for file, rubric in rubrics]
            for gone in before.keys() - {rubric.rubric for _, rubric in rubrics} - published.keys():
                unit.rubrics.retire(gone)
                self._note(unit, before[gone], action="retired")
            for file, rubric in rubrics:
                try:
                    unit.rubrics.add(rubric, at=self._clock())
                except ConflictError as error:
                    error.file, error.line = str(file), read_rubric(file)[1].position(("version",)).line
                    raise
                known = before.get(rubric.rubric)
                if known is None or known.fingerprint != rubric.fingerprint:
                    self._note(unit, rubric, action="in_force")
        return self.list()

    def list(self) -> tuple[Rubric, ...]:
        """The rubrics in force."""
        with self._database.reading() as unit:
            return unit.rubrics.list(active=True)

    def get(self, rubric: str, version: int | None = None) -> Rubric:
        """A version, else the newest; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.rubrics.get(rubric, version)

    def exact(self, fingerprint: str) -> Rubric:
        """The form with exactly that content; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return self._known.get(unit, fingerprint)

    def versions(self, rubric: str) -> Sequence[Rubric]:
        """All versions that were ever in force, the oldest first; empty for an id that nobody knows."""
        with self._database.reading() as unit:
            return unit.rubrics.versions(rubric)

    def lint(self, text: str, *, file: str) -> tuple[Fault, ...]:
        """Every fault of a rubric that goes under that name, also against the stored versions of it; nothing is stored."""
        return tuple(lint_text(text, file=file, catalogue=self._catalogue, judge=self._judge, published=self.versions))

    def _note(self, unit: Unit, rubric: Rubric, *, action: str) -> None:
        content = {"version": rubric.version, "fingerprint": rubric.fingerprint, "channel": rubric.channel.value}
        subject = f"rubric/{rubric.rubric}"
        unit.ledger.append(at=self._clock(), actor=SYSTEM.id, action=f"rubric.{action}", subject=subject, content=content)


def _newer(unit: Unit, file: Path, rubric: Rubric, published: Mapping[str, int]) -> tuple[Path, Rubric]:
    """What is in force of a file and what was published under its id: the higher version, and of two alike what was published."""
    last = published.get(rubric.rubric, 0)
    if rubric.version > last:
        return file, rubric
    found = unit.rubrics.get(rubric.rubric, last)
    if found.fingerprint != rubric.fingerprint:
        _LOG.warning("%s has version %s; version %s was published through the service and stays in force", file, rubric.version, last)
    return file, found


def _check_once(rubrics: Sequence[tuple[Path, Rubric]]) -> None:
    files: dict[str, Path] = {}
    for file, rubric in rubrics:
        first = files.setdefault(rubric.rubric, file)
        if first is not file:
            raise ConflictError(f"rubric {rubric.rubric!r} stands in {first.name} too", file=file, field="rubric", hint="keep one version")
