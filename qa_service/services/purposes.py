"""Purposes: what contacts took place for, told by people afterwards."""

from __future__ import annotations

from qa_service.domain.interaction import Purpose
from qa_service.domain.permission import Actor, Right
from qa_service.services.clock import Clock
from qa_service.store.interactions import StoredInteraction
from qa_service.store.session import Database


class Purposes:
    """Marks interactions as live, mystery shopping, training or test."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put(self, interaction: str, purpose: Purpose, *, by: Actor) -> StoredInteraction:
        """Mark it, and its scorecards with it; told so before, nothing changes. Raises :class:`NotFoundError`."""
        scope = by.scope(Right.CORRECT_INTERACTIONS)
        with self._database.unit() as unit:
            before = unit.interactions.get(interaction, within=scope)
            if before.interaction.purpose is purpose:
                return before
            unit.interactions.mark(interaction, purpose)
            unit.accuracies.mark(interaction, before.interaction.purpose, purpose)
            unit.readings.mark(interaction, purpose)
            unit.ledger.append(
                at=self._clock(), actor=by.id, action="interaction.marked", subject=f"interaction/{interaction}",
                content={"before": before.interaction.purpose.value, "after": purpose.value}, interaction=interaction,
            )
            return unit.interactions.get(interaction, within=scope)
