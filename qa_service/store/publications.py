"""Publications: rubric versions as people wrote them."""

from __future__ import annotations

import sqlalchemy as sa

from qa_service.domain.publication import Publication
from qa_service.store.repository import Repository
from qa_service.store.tables import PublicationRow, core

_IT = core(PublicationRow).c


class Publications(Repository):
    """By rubric and version."""

    def add(self, one: Publication) -> None:
        """Keep a new one."""
        self._insert(PublicationRow, [one.model_dump()])

    def find(self, rubric: str, version: int) -> Publication | None:
        """One; ``None`` for a version that came from a file."""
        row = self._first(PublicationRow, _IT.rubric == rubric, _IT.version == version)
        return None if row is None else _stored(row)

    def list(self, rubric: str) -> tuple[Publication, ...]:
        """Those of a rubric, the oldest first."""
        rows = self._session.scalars(sa.select(PublicationRow).where(_IT.rubric == rubric).order_by(_IT.version))
        return tuple(map(_stored, rows))

    def newest(self) -> dict[str, int]:
        """The last version of each rubric that has any."""
        chosen = sa.select(_IT.rubric, sa.func.max(_IT.version)).group_by(_IT.rubric)
        return {rubric: int(version) for rubric, version in self._session.execute(chosen)}


def _stored(row: PublicationRow) -> Publication:
    return Publication(
        rubric=row.rubric, version=row.version, text=row.text, words=row.words, published_by=row.published_by,
        published_at=row.published_at,
    )
