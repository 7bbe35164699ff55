"""Consents: agents say whether colleagues may learn from places of theirs, and take it back when they like."""

from __future__ import annotations

from qa_service.domain.consent import Consent, decided
from qa_service.domain.permission import Actor, Right
from qa_service.errors import StaleVersionError
from qa_service.services.clock import Clock
from qa_service.store.session import Database


class Consents:
    """Consents by agent; raises :class:`NotFoundError` for an agent out of reach."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get(self, agent: str, *, by: Actor) -> Consent:
        """As it stands; what nobody said anything about is not given."""
        with self._database.reading() as unit:
            unit.agents.get(agent, within=by.scope(Right.READ_COACHING))
            return unit.consents.get(agent)

    def put(self, agent: str, *, given: bool, by: Actor, expected: int | None = None) -> Consent:
        """Give it, or take it back: from that moment on nothing of the agent is shown to any colleague. Saying the same again changes
        nothing. Raises :class:`PermissionDeniedError` for anybody but the agent, :class:`StaleVersionError`."""
        at = self._clock()
        with self._database.unit() as unit:
            unit.agents.get(agent, within=by.scope(Right.ACKNOWLEDGE_COACHING))
            before = unit.consents.get(agent)
            if expected is not None and before.revision != expected:
                message = f"this was changed meanwhile: it has revision {before.revision}, not {expected}"
                raise StaleVersionError(message, field="If-Match", hint="read it again and repeat the change")
            made = decided(before, given=given, by=by.id, own=by.agent, at=at)
            if made.given == before.given:
                return before
            saved = unit.consents.save(made)
            action = "consent.given" if given else "consent.withdrawn"
            content = {"agent": agent, "revision": saved.revision}
            unit.ledger.append(at=at, actor=by.id, action=action, subject=f"agent/{agent}", content=content)
            return saved
