"""Tables of users, of their passwords and sessions, and of tries to sign in."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class UserRow(Row, table=True):
    """A user; never deleted, since the ledger names them."""

    __tablename__ = "users"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: str = Field(primary_key=True)
    login: str = Field(unique=True)
    name: str
    email: str | None
    role: str
    #: JSON.
    teams: str
    agent: str | None = Field(index=True)
    #: JSON.
    languages: str
    capacity: int | None
    active: bool
    created_at: AwareDatetime
    revision: int


class PasswordRow(Row, table=True):
    """A user's password, hashed."""

    __tablename__ = "passwords"

    user_id: str = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE")
    hash: str
    must_change: bool
    changed_at: AwareDatetime


class SessionRow(Row, table=True):
    """A session in a browser; its token is never stored."""

    __tablename__ = "sessions"

    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    sha256: str = Field(unique=True)
    how: str
    address: str | None
    client: str | None
    created_at: AwareDatetime
    seen_at: AwareDatetime
    expires_at: AwareDatetime = Field(index=True)


class SignInRow(Row, table=True):
    """A try to sign in: one that failed or is under way, or the last one from an address that succeeded."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index(None, "login_sha256", "at"), Index(None, "address", "at"))

    id: str = Field(primary_key=True)
    #: Of the login as it was typed, which may be a password in the wrong field.
    login_sha256: str
    address: str
    at: AwareDatetime = Field(index=True)
    succeeded: bool
