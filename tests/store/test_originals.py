"""Sealed originals by interaction and engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qa_service.domain.interaction import Channel, Interaction
from qa_service.errors import ConflictError
from qa_service.store.originals import SealedOriginal
from qa_service.store.session import Database
from qa_service.store.vault import Sealed

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def original(interaction: str, engine: str = "base", data: str = "eA==") -> SealedOriginal:
    return SealedOriginal(interaction, engine, Sealed(key_id="k1", data=data))


@pytest.fixture
def stocked(database: Database) -> Database:
    with database.unit() as unit:
        for identifier in ("c1", "c2"):
            unit.interactions.add(Interaction(id=identifier, channel=Channel.PHONE), content_sha256=identifier, at=AT)
    return database


def test_kept_replaced_and_deleted(stocked: Database) -> None:
    with stocked.unit() as unit:
        unit.originals.save_many([original("c1"), original("c1", "large"), original("c2")], at=AT)
        unit.originals.save_many([original("c1", data="eQ==")], at=AT + timedelta(hours=1))
    with stocked.unit() as unit:
        assert unit.originals.of("c1") == (original("c1", data="eQ=="), original("c1", "large"))
        assert unit.originals.drop("c1") == 2
        assert unit.originals.drop("c1") == 0
    with stocked.reading() as unit:
        assert unit.originals.of("c1") == ()
        assert unit.originals.of("c2") == (original("c2"),)


def test_of_an_interaction_that_is_there(stocked: Database) -> None:
    with pytest.raises(ConflictError), stocked.unit() as unit:
        unit.originals.save_many([original("nobody")], at=AT)
