"""Table of saves: what each change of an open scorecard put in the place of what; rows are only ever added."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class SaveRow(Row, table=True):
    """One change by whoever held the scorecard; they go with it."""

    __tablename__ = "scorecard_saves"

    scorecard_id: str = Field(primary_key=True, foreign_key="scorecards.id", ondelete="CASCADE")
    #: The revision that it made.
    revision: int = Field(primary_key=True)
    by: str
    at: AwareDatetime
    kind: str
    #: JSON of :class:`qa_service.domain.saves.Difference`.
    difference: str
