"""Tables of saved searches, what they found, and the alerts they raised."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from qa_service.store.tables.base import Row


class SavedSearchRow(Row, table=True):
    """A search that somebody keeps."""

    __tablename__ = "saved_searches"
    __table_args__ = (Index(None, "created_at", "id"), Index(None, "owner"))

    id: str = Field(primary_key=True)
    owner: str
    #: The search, its threshold and who may see it, JSON.
    data: str
    shared: bool
    active: bool
    revision: int
    created_at: AwareDatetime
    changed_at: AwareDatetime
    #: Interactions of the index behind this one are looked at, and have been up to the other.
    since_seq: int = Field(sa_type=BigInteger)
    seen_seq: int = Field(sa_type=BigInteger)


class SearchHitRow(Row, table=True):
    """An interaction that a saved search has looked at and found."""

    __tablename__ = "saved_search_hits"
    __table_args__ = (Index(None, "search_id", "happened_at"), Index(None, "interaction_id"))

    search_id: str = Field(primary_key=True, foreign_key="saved_searches.id", ondelete="CASCADE")
    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    happened_at: AwareDatetime
    found_at: AwareDatetime


class SearchAlertRow(Row, table=True):
    """That a saved search found as much as somebody wants to be told of."""

    __tablename__ = "search_alerts"
    __table_args__ = (Index(None, "raised_at", "id"), UniqueConstraint("search_id", "period", name="uq_search_alerts_period"))

    id: str = Field(primary_key=True)
    search_id: str = Field(foreign_key="saved_searches.id", ondelete="CASCADE")
    #: Name of the period, or the number of the run.
    period: str
    #: What was found, JSON.
    data: str
    state: str
    raised_at: AwareDatetime
    acknowledged_by: str | None
    acknowledged_at: AwareDatetime | None
