"""Table of measures: the numbers of an interaction that contact-centre figures are made of."""

from __future__ import annotations

from sqlmodel import Field

from qa_service.store.tables.base import Row


class MeasureRow(Row, table=True):
    """One analysed interaction; made again whenever it is analysed. A column that is NULL was not measured."""

    __tablename__ = "measures"

    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    duration: float | None
    hold_seconds: float | None
    silence_share: float | None
    overtalk_share: float | None
    response_first: float | None
    response_median: float | None
