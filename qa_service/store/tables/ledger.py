"""Table of the audit ledger; triggers in the migrations refuse every delete, and every update but the one that empties an entry."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class LedgerRow(Row, table=True):
    """One act."""

    __tablename__ = "ledger"
    __table_args__ = (Index(None, "subject", "sequence"), Index(None, "interaction", "sequence"))

    sequence: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    at: AwareDatetime
    actor: str
    action: str
    subject: str
    #: JSON text exactly as it was hashed; NULL once erased.
    content: str | None
    previous: str
    hash: str
    #: 1: the hash is of the content, 2: of its digest.
    seal: int
    #: Not a foreign key: entries outlive everything.
    interaction: str | None
    salt: str | None
    digest: str | None
