"""Users: taken in, changed and switched off; never deleted, since the ledger and scorecards name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from qa_service.domain.permission import Actor, Right, Role
from qa_service.domain.user import User, folded_login
from qa_service.errors import ConflictError, InputError, StaleVersionError
from qa_service.services.authentication import Authentication
from qa_service.services.clock import Clock
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Names that the ledger has for others than users.
RESERVED = frozenset({"system", "nobody", "demo", "command line", "unknown", "refused"})
#: What of a user can be changed.
CHANGEABLE = ("name", "email", "role", "teams", "agent", "languages", "capacity", "active")
#: What of that says what somebody may do.
_PERMISSIONS = frozenset({"role", "teams", "agent", "active"})


class Users:
    """Keeps users."""

    def __init__(self, *, database: Database, authentication: Authentication, clock: Clock) -> None:
        self._database = database
        self._authentication = authentication
        self._clock = clock

    def get(self, user: str) -> User:
        """The user; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.users.get(user)

    def named(self, name: str) -> User:
        """The user of that id or login; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.users.by_login(name) or unit.users.get(name)

    def page(
        self, *, role: Role | None = None, active: bool | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[User]:
        """Users, the last taken in first."""
        with self._database.reading() as unit:
            return unit.users.page(role=role, active=active, cursor=cursor, limit=limit)

    def list(self, *, role: Role | None = None, active: bool | None = None) -> tuple[User, ...]:
        """All of them, by login."""
        with self._database.reading() as unit:
            return unit.users.list(role=role, active=active)

    def create(self, user: User, *, by: Actor) -> User:
        """Take somebody in; raises :class:`DuplicateError` for an id or login that is taken, and :class:`InputError`."""
        if folded_login(user.id) in RESERVED or user.id.startswith("cli/"):
            raise InputError(f"the id {user.id!r} has a meaning of its own", field="id", hint="choose another")
        with self._database.unit() as unit:
            made = unit.users.add(user, at=self._clock())
            self._note_new(unit, made, by=by)
            return made

    def take_in(self, unit: Unit, user: User, *, by: Actor) -> bool:
        """Within a unit of work of another service; false, and nothing is changed, where the id or login is taken."""
        if not unit.users.add_new(user, at=self._clock()):
            return False
        self._note_new(unit, user, by=by)
        return True

    def change(self, user: str, changes: Mapping[str, Any], *, by: Actor, expected: int | None = None) -> User:
        """Change some of :data:`CHANGEABLE`; whoever is switched off loses sessions and keys, and whoever reviews no more gives back what
        the queue had given them. ``expected``: the revision that was seen.

        Raises :class:`NotFoundError`, :class:`StaleVersionError`, :class:`InputError` and, when no active admin would be left,
        :class:`ConflictError`.
        """
        with self._database.unit() as unit:
            unit.users.hold(role=Role.ADMIN)
            old = unit.users.get(user)
            if expected not in (None, old.revision):
                raise StaleVersionError(f"user {user!r} is at revision {old.revision}", field="If-Match", hint="read it again")
            new = _changed(old, changes)
            if new == old:
                return old
            saved = unit.users.save(new)
            if old.role is Role.ADMIN and old.active and not unit.users.list(role=Role.ADMIN):
                raise ConflictError("this is the last active admin", field="user", hint="make somebody else an admin first")
            ended = {} if saved.active or not old.active else self._shut_out(unit, user)
            if _reviews(old) and not _reviews(saved):
                ended |= self._relieve(unit, user)
            self._note(unit, old, saved, by=by, **ended)
        self._authentication.forget()
        return saved

    def _shut_out(self, unit: Unit, user: str) -> dict[str, int]:
        keys = unit.keys.list(user=user, in_force=True)
        for key in keys:
            unit.keys.revoke(key.id, at=self._clock())
        return {"keys": len(keys), "sessions": unit.sessions.end_all(user)}

    def _relieve(self, unit: Unit, user: str) -> dict[str, int]:
        items = unit.queue.give_back(user, because="cannot review any more", at=self._clock())
        return {"items": items} if items else {}

    def _note_new(self, unit: Unit, user: User, *, by: Actor) -> None:
        content = {"login": user.login, **{name: value for name, value in _plain(user).items() if value not in (None, [])}}
        unit.ledger.append(at=self._clock(), actor=by.id, action="user.created", subject=f"user/{user.id}", content=content)

    def _note(self, unit: Unit, old: User, new: User, *, by: Actor, **ended: int) -> None:
        before, after = _plain(old), _plain(new)
        fields = [name for name in CHANGEABLE if before[name] != after[name]]
        content = {
            "before": {name: before[name] for name in fields}, "after": {name: after[name] for name in fields},
            "permissions": bool(_PERMISSIONS.intersection(fields)), "revision": new.revision, **({"ended": ended} if ended else {}),
        }
        unit.ledger.append(at=self._clock(), actor=by.id, action="user.changed", subject=f"user/{new.id}", content=content)


def _plain(user: User) -> dict[str, Any]:
    return user.model_dump(mode="json", include=set(CHANGEABLE))


def _changed(user: User, changes: Mapping[str, Any]) -> User:
    fixed = sorted(changes.keys() - set(CHANGEABLE))
    if fixed:
        raise InputError("this of a user cannot be changed", field=fixed[0], hint=f"one of: {', '.join(CHANGEABLE)}")
    return valid_user({**user.model_dump(), **changes})


def _reviews(user: User) -> bool:
    return user.active and user.actor().may(Right.WORK_QUEUE)


def valid_user(values: Mapping[str, Any]) -> User:
    """A user of these values; raises :class:`InputError` that names the first field at fault."""
    try:
        return User.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise InputError(first["msg"], field=".".join(str(part) for part in first["loc"]) or None) from error
