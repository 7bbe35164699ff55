"""Consents: whose places colleagues may see at present."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from qa_service.domain.consent import Consent
from qa_service.errors import StaleVersionError
from qa_service.store.repository import Repository
from qa_service.store.tables import ConsentRow, core

_IT = core(ConsentRow).c


class Consents(Repository):
    """Consents by agent; who has not said anything has not given it."""

    def get(self, agent: str) -> Consent:
        """As it stands."""
        row = self._first(ConsentRow, _IT.agent_id == agent)
        return Consent(agent=agent) if row is None else _consent(row)

    def save(self, consent: Consent) -> Consent:
        """Keep a change of the revision that it bears; one revision on. Raises :class:`StaleVersionError`."""
        made = consent.model_copy(update={"revision": consent.revision + 1})
        where = (_IT.agent_id == consent.agent, _IT.revision == consent.revision)
        if not (self._update(ConsentRow, *where, values=_values(made)) or self._is_new(made)):
            message = f"this was changed meanwhile: it has revision {self.get(consent.agent).revision}, not {consent.revision}"
            raise StaleVersionError(message, field="If-Match", hint="read it again and repeat the change")
        return made

    def _is_new(self, made: Consent) -> bool:
        return made.revision == Consent(agent=made.agent).revision + 1 and self._insert_new(ConsentRow, [_values(made)])


def given_by(agent: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The condition that an agent agrees at present."""
    return agent.in_(sa.select(_IT.agent_id).where(_IT.given))


def _values(it: Consent) -> dict[str, Any]:
    return {"agent_id": it.agent, "given": it.given, "by": it.by or "", "at": it.at, "revision": it.revision}


def _consent(row: ConsentRow) -> Consent:
    return Consent(agent=row.agent_id, given=row.given, by=row.by, at=row.at, revision=row.revision)
