"""The review policy in versions."""

from __future__ import annotations

import pytest

from qa_service.domain.policy import Policy
from qa_service.errors import StaleVersionError
from qa_service.store.session import Database
from tests.store.conftest import AT


def test_the_shipped_policy_counts_until_somebody_changes_it(database: Database) -> None:
    with database.reading() as unit:
        assert unit.policies.current() == Policy()
        assert (unit.policies.newest().version, unit.policies.newest().by) == (1, None)
        assert unit.policies.versions() == ()


def test_the_newest_version_counts_and_older_ones_stay(database: Database) -> None:
    with database.unit() as unit:
        first = unit.policies.save(Policy(due_days=3), expected=1, by="lea", at=AT)
    with database.unit() as unit:
        second = unit.policies.save(Policy(due_days=5), expected=2, by="lou", at=AT)
    with database.reading() as unit:
        assert unit.policies.current() == Policy(due_days=5)
        assert unit.policies.versions() == (second, first)
        assert (second.version, second.by, first.at) == (3, "lou", AT)


@pytest.mark.parametrize("expected", [1, 3], ids=["seen before the change", "never seen"])
def test_a_change_of_another_version_than_the_newest_is_refused(database: Database, expected: int) -> None:
    with database.unit() as unit:
        unit.policies.save(Policy(due_days=3), expected=1, by="lea", at=AT)
    with database.unit() as unit, pytest.raises(StaleVersionError, match="has version 2"):
        unit.policies.save(Policy(due_days=9), expected=expected, by="lou", at=AT)
