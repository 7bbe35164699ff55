"""The review policy: every change is a version of its own, and the newest counts; without any, the one that is shipped."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.policy import Policy
from qa_service.errors import StaleVersionError
from qa_service.store.repository import Repository
from qa_service.store.tables import PolicyRow, core

_POLICIES = core(PolicyRow).c
#: What is in force before anybody changed anything.
SHIPPED = 1


#: Ready, because every act of a review asks for it.
_NEWEST = sa.select(core(PolicyRow)).order_by(_POLICIES.version.desc()).limit(1)


class StoredPolicy(Record):
    """A version of the policy, and who made it."""

    #: 1 is the shipped one.
    version: int
    policy: Policy
    #: Who changed it to that; ``None`` for the shipped one.
    by: str | None = None
    #: When.
    at: AwareDatetime | None = None


class Policies(Repository):
    """Versions of the policy."""

    def current(self) -> Policy:
        """What counts now."""
        return self.newest().policy

    def newest(self) -> StoredPolicy:
        """What counts now, with its version."""
        row = self._session.connection().execute(_NEWEST).first()
        return StoredPolicy(version=SHIPPED, policy=Policy()) if row is None else _stored(row)

    def save(self, policy: Policy, *, expected: int, by: str, at: datetime) -> StoredPolicy:
        """The next version; raises :class:`StaleVersionError` unless ``expected`` is the newest."""
        values = {"version": expected + 1, "data": policy.model_dump_json(), "changed_by": by, "changed_at": at}
        now = self.newest().version
        if now != expected or not self._insert_new(PolicyRow, [values]):
            # What was the newest when it was read may be overtaken in the act of writing.
            message = f"the policy was changed meanwhile: it has version {now if now != expected else expected + 1}, not {expected}"
            raise StaleVersionError(message, field="If-Match", hint="read it again and repeat the change")
        return StoredPolicy(version=expected + 1, policy=policy, by=by, at=at)

    def versions(self) -> tuple[StoredPolicy, ...]:
        """Every version that people made, the newest first."""
        return tuple(_stored(row) for row in self._session.scalars(sa.select(PolicyRow).order_by(_POLICIES.version.desc())))


def _stored(row: Any) -> StoredPolicy:
    policy = Policy.model_validate_json(row.data)
    return StoredPolicy(version=row.version, policy=policy, by=row.changed_by, at=row.changed_at)
