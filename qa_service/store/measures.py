"""Measures: the numbers of interactions that contact-centre figures are made of."""

from __future__ import annotations

from collections.abc import Mapping

from qa_service.domain.measure import Measured
from qa_service.store.repository import Repository
from qa_service.store.tables import MeasureRow, core

_IT = core(MeasureRow).c


class Measures(Repository):
    """Measures by interaction; :class:`qa_service.store.indicators.Indicators` adds them up."""

    def save_many(self, told: Mapping[str, Measured]) -> None:
        """Keep what the last analysis found, in place of what one before did."""
        self._replace(MeasureRow, [{"interaction_id": key, **one._asdict()} for key, one in sorted(told.items())])

    def get(self, interaction: str) -> Measured | None:
        """Of one; ``None`` where it was not analysed."""
        row = self._first(MeasureRow, _IT.interaction_id == interaction)
        return None if row is None else Measured(*(getattr(row, name) for name in Measured._fields))
