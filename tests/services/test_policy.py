"""The review policy: changed by leads, in versions, each an entry in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qa_service.bootstrap import Services, opened
from qa_service.domain.permission import Actor, Role
from qa_service.domain.policy import Policy
from qa_service.errors import PermissionDeniedError, StaleVersionError
from qa_service.settings import Settings

LEA, RITA = Actor(id="lea", role=Role.QA_LEAD), Actor(id="rita", role=Role.REVIEWER)


@pytest.fixture
def services(tmp_path: Path, make_settings: Callable[..., Settings]) -> Iterator[Services]:
    with opened(make_settings(tmp_path)) as services:
        yield services


def test_a_change_is_a_version_and_an_entry_with_what_it_was_before(services: Services) -> None:
    assert (services.policies.current().version, services.policies.current().policy) == (1, Policy())
    changed = Policy(blind_share=0.25, due_days=3)
    saved = services.policies.change(changed, expected=1, by=LEA)
    assert (saved.version, saved.by, services.policies.current()) == (2, "lea", saved)
    assert services.policies.versions(by=LEA) == (saved,)
    with services.database.reading() as unit:
        (entry,) = [one for one in unit.ledger.entries() if one.action == "policy.changed"]
    assert (entry.actor, entry.subject, entry.content) == (
        "lea", "policy",
        {"version": 2, "before": {"blind_share": 0.1, "due_days": 7}, "after": {"blind_share": 0.25, "due_days": 3}},
    )


def test_the_same_again_changes_nothing(services: Services) -> None:
    first = services.policies.change(Policy(due_days=3), expected=None, by=LEA)
    assert services.policies.change(Policy(due_days=3), expected=first.version, by=LEA) == first
    assert len(services.policies.versions(by=LEA)) == 1
    with services.database.reading() as unit:
        assert [one.action for one in unit.ledger.entries()].count("policy.changed") == 1


def test_somebody_elses_change_is_not_overwritten(services: Services) -> None:
    services.policies.change(Policy(due_days=3), expected=1, by=LEA)
    for again in (Policy(due_days=4), Policy(due_days=3)):
        with pytest.raises(StaleVersionError, match="has version 2, not 1"):
            services.policies.change(again, expected=1, by=LEA)


def test_leads_alone_change_it(services: Services) -> None:
    with pytest.raises(PermissionDeniedError):
        services.policies.change(Policy(due_days=3), expected=1, by=RITA)
    with pytest.raises(PermissionDeniedError):
        services.policies.versions(by=RITA)
    assert services.policies.current().version == 1
