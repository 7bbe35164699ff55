"""What was learned and is in use: the version that the store says, else the shipped one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import ValidationError

from qa_service.domain.learned.model import LearnedModel
from qa_service.domain.rubric import Rubric
from qa_service.errors import InputError
from qa_service.store.session import Database

#: Seconds for which another process's activation may go unseen.
_FRESH = 2.0


def shipped_models(folder: Path) -> Mapping[str, LearnedModel]:
    """Those that come with the rubrics, by rubric id; raises :class:`InputError` for a file that is none."""
    found = (read_model(path) for path in sorted(folder.glob("*.json")))
    return {model.rubric: model for model in found}


def read_model(path: Path) -> LearnedModel:
    """One of a file."""
    try:
        return LearnedModel.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(first["msg"], file=path, field=".".join(str(part) for part in first["loc"])) from error
    except ValueError as error:
        raise InputError(f"no JSON: {error}", file=path) from error


class ShippedModels:
    """The shipped models alone, for commands without a database; read at the first question."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._models: Mapping[str, LearnedModel] | None = None

    def __call__(self, rubric: Rubric) -> LearnedModel | None:
        """That of a rubric."""
        return self.all.get(rubric.rubric)

    @property
    def all(self) -> Mapping[str, LearnedModel]:
        """By rubric id."""
        if self._models is None:
            self._models = shipped_models(self._folder)
        return self._models


class LearnedShelf:
    """Tells which model a rubric is judged with; safe to ask for every interaction."""

    def __init__(self, *, database: Database, shipped: ShippedModels, now: Callable[[], float]) -> None:
        """``now``: seconds of a clock that never goes back."""
        self._database = database
        self._shipped = shipped
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, LearnedModel | None]] = {}
        self._parsed: dict[str, LearnedModel] = {}

    def __call__(self, rubric: Rubric) -> LearnedModel | None:
        """That of a rubric."""
        with self._lock:
            known = self._known.get(rubric.rubric)
            if known is None or self._now() - known[0] > _FRESH:
                known = (self._now(), self._look(rubric.rubric))
                self._known[rubric.rubric] = known
            return known[1]

    def shipped(self, rubric: str) -> LearnedModel | None:
        """The one that came with the product."""
        return self._shipped.all.get(rubric)

    @property
    def all_shipped(self) -> Mapping[str, LearnedModel]:
        """By rubric id."""
        return self._shipped.all

    def forget(self) -> None:
        """Look again at the next question."""
        with self._lock:
            self._known.clear()

    def _look(self, rubric: str) -> LearnedModel | None:
        with self._database.reading() as unit:
            active = unit.learned.active(rubric)
            if active is None:
                return self._shipped.all.get(rubric)
            version, fingerprint = active
            if fingerprint not in self._parsed:
                self._parsed[fingerprint] = unit.learned.get(rubric, version).model
            return self._parsed[fingerprint]
