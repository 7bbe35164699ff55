"""The review policy: read by everybody, changed by leads; every change is a version with its maker, and an entry in the ledger."""

from __future__ import annotations

from qa_service.domain.permission import Actor, Right
from qa_service.domain.policy import Policy
from qa_service.services.clock import Clock
from qa_service.store.policies import StoredPolicy
from qa_service.store.session import Database


class PolicyShelf:
    """What leads set for everybody."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def current(self) -> StoredPolicy:
        """What counts now."""
        with self._database.reading() as unit:
            return unit.policies.newest()

    def versions(self, *, by: Actor) -> tuple[StoredPolicy, ...]:
        """Every version that people made, the newest first; raises :class:`PermissionDeniedError`."""
        by.check(Right.MANAGE_POLICY)
        with self._database.reading() as unit:
            return unit.policies.versions()

    def change(self, policy: Policy, *, expected: int | None, by: Actor) -> StoredPolicy:
        """Make it count from now on; what counts already stays the version it is.

        ``expected``: the version that the caller has seen; ``None``: whatever it is. Raises :class:`StaleVersionError` and
        :class:`PermissionDeniedError`.
        """
        by.check(Right.MANAGE_POLICY)
        at = self._clock()
        with self._database.unit() as unit:
            before = unit.policies.newest()
            if before.policy == policy and expected in (None, before.version):
                return before
            saved = unit.policies.save(policy, expected=before.version if expected is None else expected, by=by.id, at=at)
            content = {"version": saved.version, **_difference(before.policy, policy)}
            unit.ledger.append(at=at, actor=by.id, action="policy.changed", subject="policy", content=content)
        return saved


def _difference(before: Policy, after: Policy) -> dict[str, dict[str, object]]:
    """What changed, as it was and as it is."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    names = [name for name in new if old[name] != new[name]]
    return {"before": {name: old[name] for name in names}, "after": {name: new[name] for name in names}}
