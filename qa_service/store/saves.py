"""Saves of open scorecards, in the order in which they were made."""

from __future__ import annotations

import sqlalchemy as sa

from qa_service.domain.saves import Difference, Save, SaveKind
from qa_service.store.repository import Repository
from qa_service.store.tables import SaveRow, core

_SAVES = core(SaveRow).c


class Saves(Repository):
    """What can be taken back; only ever added to, until the interaction is erased."""

    def add(self, scorecard: str, save: Save) -> None:
        """Keep one; its revision is the one that the scorecard got by it."""
        values = {"scorecard_id": scorecard, "revision": save.revision, "by": save.by, "at": save.at, "kind": save.kind.value}
        self._insert(SaveRow, [{**values, "difference": save.difference.model_dump_json(exclude_defaults=True)}])

    def of(self, scorecard: str) -> tuple[Save, ...]:
        """All of a scorecard, the first one first."""
        chosen = sa.select(core(SaveRow)).where(_SAVES.scorecard_id == scorecard).order_by(_SAVES.revision)
        return tuple(
            Save(
                revision=row.revision, by=row.by, at=row.at, kind=SaveKind(row.kind),
                difference=Difference.model_validate_json(row.difference),
            )
            for row in self._session.execute(chosen)
        )
