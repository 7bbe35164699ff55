"""Sessions in browsers; their tokens are never stored."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.errors import NotFoundError
from qa_service.store.repository import Repository
from qa_service.store.tables import SessionRow, core

_SESSIONS = core(SessionRow).c
#: How somebody proved who they are.
How = Literal["password", "oidc"]


class Session(Record):
    """Somebody who is signed in."""

    #: Unique id, fit to be shown.
    id: str
    #: Id of the user.
    user: str
    #: How they proved who they are.
    how: How
    #: Network address that they signed in from, where it is known.
    address: str | None = None
    #: What the browser calls itself.
    client: str | None = None
    #: When they signed in.
    created_at: AwareDatetime
    #: When they were last seen, to the minute or so.
    seen_at: AwareDatetime
    #: When they have to sign in again at the latest.
    expires_at: AwareDatetime


class Sessions(Repository):
    """Sessions by id, and by the hash of their token; those that ended are gone."""

    def add(self, session: Session, *, sha256: str) -> None:
        """Keep a new one; ``sha256``: of its token, hex. Tokens must be random and long, since the hash is a bare one."""
        self._insert(SessionRow, [{**session.model_dump(exclude={"user"}), "user_id": session.user, "sha256": sha256}])

    def by_token(self, sha256: str) -> Session | None:
        """The session with that token; it may have expired."""
        row = self._first(SessionRow, _SESSIONS.sha256 == sha256)
        return None if row is None else _session(row)

    def get(self, session: str, *, user: str) -> Session:
        """A session of that user; raises :class:`NotFoundError`, for another's too."""
        row = self._first(SessionRow, _SESSIONS.id == session, _SESSIONS.user_id == user)
        if row is None:
            raise NotFoundError(f"no session {session!r} of yours", field="session")
        return _session(row)

    def list(self, user: str) -> tuple[Session, ...]:
        """All of a user, the last opened first; expired ones too, until they are swept."""
        chosen = sa.select(SessionRow).where(_SESSIONS.user_id == user).order_by(_SESSIONS.created_at.desc(), _SESSIONS.id.desc())
        return tuple(_session(row) for row in self._session.scalars(chosen))

    def touch(self, session: str, *, at: datetime) -> None:
        """They were seen then."""
        self._update(SessionRow, _SESSIONS.id == session, values={"seen_at": at})

    def end(self, session: str) -> bool:
        """Forget it; whether it was there."""
        return bool(self._execute(core(SessionRow).delete().where(_SESSIONS.id == session)))

    def end_all(self, user: str, *, but: str | None = None) -> int:
        """Forget all of a user, ``but`` one; how many there were."""
        kept = () if but is None else (_SESSIONS.id != but,)
        return self._execute(core(SessionRow).delete().where(_SESSIONS.user_id == user, *kept))

    def sweep(self, *, at: datetime, idle_since: datetime) -> int:
        """Forget those that expired by then, or were not seen since; how many there were."""
        over = sa.or_(_SESSIONS.expires_at <= at, _SESSIONS.seen_at <= idle_since)
        return self._execute(core(SessionRow).delete().where(over))


def _session(row: SessionRow) -> Session:
    return Session.trusted(
        id=row.id, user=row.user_id, how=row.how, address=row.address, client=row.client, created_at=row.created_at, seen_at=row.seen_at,
        expires_at=row.expires_at,
    )
