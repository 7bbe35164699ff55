"""Tables of erasure: interactions that must not be erased, and files that must still be deleted."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class HoldRow(Row, table=True):
    """A legal hold."""

    __tablename__ = "holds"

    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    reason: str
    by: str
    at: AwareDatetime


class DeletionRow(Row, table=True):
    """Something outside of the database that is to be deleted; the row goes when that is gone."""

    __tablename__ = "deletions"

    #: Where it lies: ``recording``, ``vault`` ...
    kind: str = Field(primary_key=True)
    #: SHA-256, or id of a batch.
    name: str = Field(primary_key=True)
    at: AwareDatetime
