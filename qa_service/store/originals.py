"""Originals: what masking took out of transcripts, sealed; there are none unless the operator turned the vault on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from qa_service.store.repository import Repository
from qa_service.store.tables import OriginalRow, core
from qa_service.store.vault import Sealed

_ORIGINALS = core(OriginalRow).c


class SealedOriginal(NamedTuple):
    """The originals of one transcript."""

    #: Id of the interaction.
    interaction: str
    #: Engine of the transcript.
    engine: str
    #: Encrypted.
    sealed: Sealed


class SealedOriginals(Repository):
    """Sealed originals by interaction and engine."""

    def save_many(self, originals: Iterable[SealedOriginal], *, at: datetime) -> None:
        """Keep them; those of the same transcript are replaced."""
        rows = [
            {
                "interaction_id": one.interaction, "engine": one.engine, "key_id": one.sealed.key_id, "sealed": one.sealed.data,
                "saved_at": at,
            }
            for one in originals
        ]
        self._replace(OriginalRow, rows)

    def of(self, interaction: str) -> tuple[SealedOriginal, ...]:
        """Those of all transcripts of an interaction, the last saved first."""
        newest = (_ORIGINALS.saved_at.desc(), _ORIGINALS.engine)
        rows = self._session.scalars(sa.select(OriginalRow).where(_ORIGINALS.interaction_id == interaction).order_by(*newest))
        return tuple(SealedOriginal(row.interaction_id, row.engine, Sealed(key_id=row.key_id, data=row.sealed)) for row in rows)

    def drop(self, interaction: str) -> int:
        """Delete those of an interaction for good; how many there were."""
        return self._execute(sa.delete(core(OriginalRow)).where(_ORIGINALS.interaction_id == interaction))
