"""Passwords of users, hashed by whoever stores them."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.store.repository import Repository
from qa_service.store.tables import PasswordRow, core

_PASSWORDS = core(PasswordRow).c


class Password(Record):
    """A user's password; never shown."""

    #: Id of the user.
    user: str
    #: Slow hash with its salt and parameters.
    hash: str = Field(repr=False)
    #: Chosen by somebody else: it only serves to choose another.
    must_change: bool
    #: Since when it is the password.
    changed_at: AwareDatetime

    def is_still(self, now: Password | None) -> bool:
        """Whether ``now`` is the same password, under another hash perhaps."""
        return now is not None and (now.changed_at, now.must_change) == (self.changed_at, self.must_change)


class Passwords(Repository):
    """One password a user, or none."""

    def of(self, user: str) -> Password | None:
        """The user's password, if they have one."""
        row = self._first(PasswordRow, _PASSWORDS.user_id == user)
        return None if row is None else Password(user=row.user_id, hash=row.hash, must_change=row.must_change, changed_at=row.changed_at)

    def set(self, user: str, hashed: str, *, must_change: bool, at: datetime) -> None:
        """The user's password from now on."""
        self._replace(PasswordRow, [{"user_id": user, "hash": hashed, "must_change": must_change, "changed_at": at}])

    def rehash(self, user: str, *, old: str, new: str) -> None:
        """The same password under another hash, unless it was changed meanwhile."""
        self._update(PasswordRow, _PASSWORDS.user_id == user, _PASSWORDS.hash == old, values={"hash": new})
