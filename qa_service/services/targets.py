"""Targets: read by everybody, set by leads; every change is a version with its maker, and an entry in the ledger."""

from __future__ import annotations

from qa_service.domain.permission import Actor, Right
from qa_service.domain.target import TargetSet
from qa_service.services.clock import Clock
from qa_service.store.session import Database
from qa_service.store.targets import StoredTargetSet


class Targets:
    """What figures should reach."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def current(self) -> StoredTargetSet:
        """What counts now."""
        with self._database.reading() as unit:
            return unit.target_sets.newest()

    def versions(self, *, by: Actor) -> tuple[StoredTargetSet, ...]:
        """Every version that people made, the newest first; raises :class:`PermissionDeniedError`."""
        by.check(Right.MANAGE_TARGETS)
        with self._database.reading() as unit:
            return unit.target_sets.versions()

    def change(self, targets: TargetSet, *, expected: int | None, by: Actor) -> StoredTargetSet:
        """Make them count from now on, for periods that are over, too: a target judges a figure, it does not change it.

        ``expected``: the version that the caller has seen; ``None``: whatever it is. Raises :class:`StaleVersionError` and
        :class:`PermissionDeniedError`.
        """
        by.check(Right.MANAGE_TARGETS)
        at = self._clock()
        with self._database.unit() as unit:
            before = unit.target_sets.newest()
            if before.targets == targets and expected in (None, before.version):
                return before
            saved = unit.target_sets.save(targets, expected=before.version if expected is None else expected, by=by.id, at=at)
            content = {
                "version": saved.version, "before": before.targets.model_dump(mode="json"), "after": targets.model_dump(mode="json"),
            }
            unit.ledger.append(at=at, actor=by.id, action="targets.changed", subject="targets", content=content)
        return saved
