"""Identities: which user somebody is whom an OpenID provider vouches for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from qa_service.errors import DuplicateError
from qa_service.store.repository import Repository
from qa_service.store.tables import IdentityRow, ReturnRow, core

_IDENTITIES, _RETURNS = core(IdentityRow).c, core(ReturnRow).c


class Identities(Repository):
    """Users by issuer and subject, which no provider ever gives to another."""

    def user_of(self, issuer: str, subject: str) -> str | None:
        """Id of the user, if somebody was linked."""
        row = self._first(IdentityRow, _IDENTITIES.issuer == issuer, _IDENTITIES.subject == subject)
        return None if row is None else row.user_id

    def issuers_of(self, user: str) -> tuple[str, ...]:
        """The providers that vouch for a user."""
        return tuple(sorted({row.issuer for row in self._all(IdentityRow, _IDENTITIES.user_id == user)}))

    def link(self, issuer: str, subject: str, *, user: str, at: datetime) -> None:
        """That person is this user from now on; raises :class:`DuplicateError` when another process was quicker."""
        values = {"issuer": issuer, "subject": subject, "user_id": user, "linked_at": at, "seen_at": at}
        if not self._insert_new(IdentityRow, [values]):
            raise DuplicateError("this identity belongs to a user already", field="subject", hint="sign in again")

    def touch(self, issuer: str, subject: str, *, at: datetime) -> None:
        """They signed in then."""
        self._update(IdentityRow, _IDENTITIES.issuer == issuer, _IDENTITIES.subject == subject, values={"seen_at": at})

    def last(self, users: Iterable[str]) -> Mapping[str, datetime]:
        """When a provider last vouched for each; users without one are missing."""
        where = _IDENTITIES.user_id.in_(list(users))
        chosen = sa.select(_IDENTITIES.user_id, sa.func.max(_IDENTITIES.seen_at)).where(where).group_by(_IDENTITIES.user_id)
        return {row[0]: row[1] for row in self._session.execute(chosen)}

    def came_back(self, sha256: str, *, at: datetime, until: datetime) -> bool:
        """Note that a sign-in came back from a provider; false when it did before. Those whose time is over are forgotten."""
        self._execute(core(ReturnRow).delete().where(_RETURNS.until <= at))
        return self._insert_new(ReturnRow, [{"sha256": sha256, "until": until}])
