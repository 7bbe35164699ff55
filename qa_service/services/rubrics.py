"""Rubrics in force: read from files, linted, and kept by version; a version that was used never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_source import Fault
from qa_service.domain.signal import SignalSpec
from qa_service.errors import ConfigurationError, ConflictError
from qa_service.services.clock import Clock
from qa_service.services.lint import lint_text, load_rubric
from qa_service.store.session import Database


class RubricShelf:
    """The rubrics of this installation."""

    def __init__(self, *, database: Database, folder: Path, catalogue: Mapping[str, SignalSpec], clock: Clock) -> None:
        self._database = database
        self._folder = folder
        self._catalogue = catalogue
        self._clock = clock

    def sync(self) -> tuple[Rubric, ...]:
        """Put every ``*.yaml`` of the folder in force, and no others.

        Raises :class:`RubricError` with all faults of the first faulty file, :class:`ConfigurationError` for an empty folder and
        :class:`ConflictError` for changed content under a version that is stored, and for one id in two files.
        """
        files = sorted(self._folder.glob("*.yaml"))
        if not files:
            raise ConfigurationError("no rubric files", file=self._folder, field="QA_RUBRICS_DIR")
        rubrics = [(file, load_rubric(file, catalogue=self._catalogue)) for file in files]
        _check_once(rubrics)
        with self._database.unit() as unit:
            for gone in {rubric.rubric for rubric in unit.rubrics.list(active=True)} - {rubric.rubric for _, rubric in rubrics}:
                unit.rubrics.retire(gone)
            for file, rubric in rubrics:
                try:
                    unit.rubrics.add(rubric, at=self._clock())
                except ConflictError as error:
                    error.file = str(file)
                    raise
        return tuple(rubric for _, rubric in rubrics)

    def list(self) -> tuple[Rubric, ...]:
        """The rubrics in force."""
        with self._database.reading() as unit:
            return unit.rubrics.list(active=True)

    def get(self, rubric: str, version: int | None = None) -> Rubric:
        """A version, else the newest; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.rubrics.get(rubric, version)

    def lint(self, text: str, *, file: str) -> tuple[Fault, ...]:
        """Every fault of a rubric that goes under that name; nothing is stored."""
        return tuple(lint_text(text, file=file, catalogue=self._catalogue))


def _check_once(rubrics: Sequence[tuple[Path, Rubric]]) -> None:
    files: dict[str, Path] = {}
    for file, rubric in rubrics:
        first = files.setdefault(rubric.rubric, file)
        if first is not file:
            raise ConflictError(f"rubric {rubric.rubric!r} stands in {first.name} too", file=file, field="rubric", hint="keep one version")
