"""Users: by id and login, changed by compare-and-swap, never deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from qa_service.domain.permission import Role
from qa_service.domain.user import User, folded_login
from qa_service.errors import DuplicateError, NotFoundError, StaleVersionError
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, given
from qa_service.store.tables import UserRow, core

_USERS = core(UserRow).c


class Users(Repository):
    """Users by id."""

    def get(self, user: str) -> User:
        """The user; raises :class:`NotFoundError`."""
        row = self._first(UserRow, _USERS.id == user)
        if row is None:
            raise NotFoundError(f"no user {user!r}", field="user")
        return _user(row)

    def find(self, user: str) -> User | None:
        """The user, if there is one of that id."""
        row = self._first(UserRow, _USERS.id == user)
        return None if row is None else _user(row)

    def by_login(self, login: str) -> User | None:
        """The user who signs in with that, however it is written (see :func:`qa_service.domain.user.folded_login`)."""
        row = self._first(UserRow, _USERS.login == folded_login(login))
        return None if row is None else _user(row)

    def list(self, *, role: Role | None = None, active: bool | None = True) -> tuple[User, ...]:
        """All of a role, by login; ``active=None``: those who may not act any more, too."""
        where = given((role, _USERS.role.__eq__), (active, _USERS.active.is_))
        return tuple(_user(row) for row in self._session.scalars(sa.select(UserRow).where(*where).order_by(_USERS.login)))

    def page(
        self, *, role: Role | None = None, active: bool | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[User]:
        """A page of them, the last made first."""
        where = given((role, _USERS.role.__eq__), (active, _USERS.active.is_))
        page = self._page(UserRow, *where, by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_user(row) for row in rows])

    def add(self, user: User, *, at: datetime) -> User:
        """Keep a new one; raises :class:`DuplicateError` for an id or login that is taken."""
        if not self.add_new(user, at=at):
            field = "id" if self.by_login(user.login) is None else "login"
            raise DuplicateError(f"the {field} is taken", field=field, hint="of those who were switched off, too: choose another")
        return self.get(user.id)

    def add_new(self, user: User, *, at: datetime) -> bool:
        """Keep a new one; false, and nothing is changed, where the id or login is taken."""
        return self._insert_new(UserRow, [_values(user.model_copy(update={"created_at": at, "revision": 1}))])

    def save(self, user: User) -> User:
        """Keep a change of the revision that the user bears; the user as it is now, one revision on. Id, login and birth stay.

        Raises :class:`NotFoundError`, and :class:`StaleVersionError` when somebody else was quicker.
        """
        made = user.model_copy(update={"revision": user.revision + 1})
        values = {name: value for name, value in _values(made).items() if name not in {"id", "login", "created_at"}}
        if not self._update(UserRow, _USERS.id == user.id, _USERS.revision == user.revision, values=values):
            now = self.get(user.id)
            raise StaleVersionError(
                f"user {user.id!r} is at revision {now.revision}, not {user.revision}", field="If-Match", hint="read it again"
            )
        return made

    def hold(self, *, role: Role) -> None:
        """Keep users of a role as they are until the unit of work ends, so that two changes at once cannot both leave nobody."""
        if self._dialect == "postgresql":
            # SQLite's unit of work holds the write lock already.
            self._session.execute(sa.select(_USERS.id).where(_USERS.role == role.value).order_by(_USERS.id).with_for_update()).all()


def _user(row: UserRow) -> User:
    return User.trusted(
        id=row.id, login=row.login, name=row.name, email=row.email, role=Role(row.role), teams=tuple(json.loads(row.teams)),
        agent=row.agent, languages=tuple(json.loads(row.languages)), capacity=row.capacity, active=row.active, created_at=row.created_at,
        revision=row.revision,
    )


def _values(user: User) -> Mapping[str, Any]:
    return {
        **user.model_dump(exclude={"role", "teams", "languages"}), "role": user.role.value,
        "teams": json.dumps(user.teams, ensure_ascii=False), "languages": json.dumps(user.languages),
    }
