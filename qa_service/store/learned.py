"""Learned models: a version that was stored never changes; one of each rubric is in use, or none, which means the shipped one."""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.learned.model import LearnedModel
from qa_service.errors import NotFoundError
from qa_service.store.repository import Repository, given
from qa_service.store.tables import LearnedRow, core

_LEARNED = core(LearnedRow).c


class StoredModel(Record):
    """A version and how it came about."""

    model: LearnedModel
    #: Who asked for it.
    created_by: str
    #: When it was trained.
    created_at: AwareDatetime
    #: Whether it is in use.
    active: bool


class LearnedModels(Repository):
    """Models by rubric id and version."""

    def add(self, model: LearnedModel, *, by: str, at: datetime) -> None:
        """Keep a version, not in use yet; :class:`~qa_service.errors.ConflictError` at the end of the unit when it is there."""
        values = {
            "rubric": model.rubric, "version": model.version, "fingerprint": model.fingerprint, "created_by": by, "created_at": at,
            "data": json.dumps(model.as_data(), ensure_ascii=False), "active": False,
        }
        self._insert(LearnedRow, [values])

    def next_version(self, rubric: str) -> int:
        """From 1; 0 is the shipped one."""
        return int(self._session.execute(sa.select(sa.func.max(_LEARNED.version)).where(_LEARNED.rubric == rubric)).scalar() or 0) + 1

    def get(self, rubric: str, version: int) -> StoredModel:
        """That version; raises :class:`NotFoundError`."""
        row = self._first(LearnedRow, _LEARNED.rubric == rubric, _LEARNED.version == version)
        if row is None:
            raise NotFoundError(f"nothing learned for {rubric!r} as version {version}", field="version")
        return _stored(row)

    def list(self, *, rubric: str | None = None) -> tuple[StoredModel, ...]:
        """By rubric and version."""
        chosen = sa.select(LearnedRow).where(*given((rubric, _LEARNED.rubric.__eq__))).order_by(_LEARNED.rubric, _LEARNED.version)
        return tuple(_stored(row) for row in self._session.scalars(chosen))

    def active(self, rubric: str) -> tuple[int, str] | None:
        """Version and fingerprint of what is in use; ``None``: the shipped one."""
        chosen = sa.select(_LEARNED.version, _LEARNED.fingerprint).where(_LEARNED.rubric == rubric, _LEARNED.active)
        row = self._session.execute(chosen).first()
        return None if row is None else (int(row[0]), str(row[1]))

    def use(self, rubric: str, version: int) -> None:
        """Use that version and no other; 0: the shipped one. Raises :class:`NotFoundError`."""
        self._update(LearnedRow, _LEARNED.rubric == rubric, _LEARNED.version != version, _LEARNED.active, values={"active": False})
        if version and not self._update(LearnedRow, _LEARNED.rubric == rubric, _LEARNED.version == version, values={"active": True}):
            raise NotFoundError(f"nothing learned for {rubric!r} as version {version}", field="version")


def _stored(row: LearnedRow) -> StoredModel:
    model = LearnedModel.model_validate_json(row.data)
    return StoredModel(model=model, created_by=row.created_by, created_at=row.created_at, active=row.active)
