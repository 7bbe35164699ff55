"""Desks: who may be given reviews, and how much lies there."""

from __future__ import annotations

from qa_service.domain.assignment import Reviewer
from qa_service.domain.permission import Role
from qa_service.store.unit import Unit


def reviewers(unit: Unit, *, days: int) -> list[Reviewer]:
    """Those whose work it is (leads where there are no reviewers), with what they can do in so many days."""
    loads = unit.queue.loads()
    users = unit.users.list(role=Role.REVIEWER) or unit.users.list(role=Role.QA_LEAD)
    return [
        Reviewer(
            id=one.id, languages=frozenset(one.languages), agent=one.agent, load=loads.get(one.id, 0),
            capacity=None if one.capacity is None else one.capacity * days / 7,
        )
        for one in users
    ]
