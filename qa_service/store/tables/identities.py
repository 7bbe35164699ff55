"""Tables of users' identities at OpenID providers, and of sign-ins that came back from there."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class IdentityRow(Row, table=True):
    """A person at a provider, and the user that they are here."""

    __tablename__ = "identities"

    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    linked_at: AwareDatetime
    seen_at: AwareDatetime


class ReturnRow(Row, table=True):
    """A sign-in that came back from a provider, kept until its time is over, so that it comes back once."""

    __tablename__ = "returns"

    #: Of its state.
    sha256: str = Field(primary_key=True)
    until: AwareDatetime = Field(index=True)
