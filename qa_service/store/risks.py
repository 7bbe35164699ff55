"""Risks: how often customers said what makes one, of those who did."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from qa_service.domain.risk import Told
from qa_service.store.repository import Repository, chunks
from qa_service.store.tables import RiskRow, core

_RISKS = core(RiskRow).c


class Risks(Repository):
    """Risks by interaction."""

    def save_many(self, told: Mapping[str, Told]) -> None:
        """What the last analysis found; what an earlier one found is forgotten."""
        for ids in chunks(told):
            self._execute(sa.delete(core(RiskRow)).where(_RISKS.interaction_id.in_(ids)))
        self._insert(RiskRow, [{"interaction_id": key, **one._asdict()} for key, one in sorted(told.items()) if any(one)])
