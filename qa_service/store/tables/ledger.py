"""Table of the audit ledger; triggers in the migration refuse every update and delete."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class LedgerRow(Row, table=True):
    """One act."""

    __tablename__ = "ledger"
    __table_args__ = (Index(None, "subject", "sequence"),)

    sequence: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    at: AwareDatetime
    actor: str
    action: str
    subject: str
    #: JSON text exactly as it was hashed.
    content: str
    previous: str
    hash: str
