"""Targets: every change of the set is a version of its own, and the newest counts; without any, what is shipped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.target import TargetSet
from qa_service.errors import StaleVersionError
from qa_service.store.repository import Repository
from qa_service.store.tables import TargetSetRow, core

_SETS = core(TargetSetRow).c
#: What is in force before anybody set anything.
SHIPPED = 1


class StoredTargetSet(Record):
    """A version of the targets, and who made it."""

    #: 1 is the shipped one.
    version: int
    #: What people set.
    targets: TargetSet
    #: Who set it; null for the shipped one.
    by: str | None = None
    #: When.
    at: AwareDatetime | None = None


class TargetSets(Repository):
    """Versions of the targets."""

    def newest(self) -> StoredTargetSet:
        """What counts now."""
        row = self._session.scalars(sa.select(TargetSetRow).order_by(_SETS.version.desc()).limit(1)).first()
        return StoredTargetSet(version=SHIPPED, targets=TargetSet()) if row is None else _stored(row)

    def save(self, targets: TargetSet, *, expected: int, by: str, at: datetime) -> StoredTargetSet:
        """The next version; raises :class:`StaleVersionError` unless ``expected`` is the newest."""
        values = {"version": expected + 1, "data": targets.model_dump_json(), "changed_by": by, "changed_at": at}
        now = self.newest().version
        if now != expected or not self._insert_new(TargetSetRow, [values]):
            # What was the newest when it was read may be overtaken in the act of writing.
            message = f"the targets were changed meanwhile: they have version {now if now != expected else expected + 1}, not {expected}"
            raise StaleVersionError(message, field="If-Match", hint="read them again and repeat the change")
        return StoredTargetSet(version=expected + 1, targets=targets, by=by, at=at)

    def versions(self) -> tuple[StoredTargetSet, ...]:
        """Every version that people made, the newest first."""
        return tuple(map(_stored, self._session.scalars(sa.select(TargetSetRow).order_by(_SETS.version.desc()))))


def _stored(row: Any) -> StoredTargetSet:
    return StoredTargetSet(
        version=row.version, targets=TargetSet.model_validate_json(row.data), by=row.changed_by, at=row.changed_at
    )
