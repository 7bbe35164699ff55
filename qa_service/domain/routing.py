"""Routing: who is asked to decide a dispute, where nobody says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from qa_service.domain.dispute import Dispute
from qa_service.domain.disputing import unfitness
from qa_service.domain.permission import Role
from qa_service.domain.user import User


def chosen(dispute: Dispute, users: Iterable[User], *, involved: Collection[str], load: Mapping[str, int]) -> User | None:
    """Of the active users who may decide it and review in its language: the one with the fewest open disputes; ``None``: there is nobody.

    Admins are asked only where no reviewer or lead can be; equal ones by id, so that the same input gives the same answer. A user without
    languages reviews in any. ``load``: open disputes by user.
    """
    fit = [one for one in users if one.active and _speaks(one, dispute.language) and not unfitness(dispute, one.actor(), involved=involved)]
    return min(fit, key=lambda one: (one.role is Role.ADMIN, load.get(one.id, 0), one.id), default=None)


def _speaks(user: User, language: str | None) -> bool:
    return not user.languages or language is None or language in user.languages
