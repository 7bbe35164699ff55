"""Learned models: versions that never change, one in use or none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qa_service.domain.learned.held_out import HeldOut
from qa_service.domain.learned.model import LearnedModel
from qa_service.errors import ConflictError, NotFoundError
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
NONE = HeldOut.of([])


def model(version: int, rubric: str = "r") -> LearnedModel:
    return LearnedModel(
        rubric=rubric, version=version, analysis="rules/0", sources={"reviews": version}, before=NONE, after=NONE, plain=NONE, languages={},
        criteria={},
    )


def test_versions_are_kept_and_numbered(database: Database) -> None:
    with database.unit() as unit:
        assert unit.learned.next_version("r") == 1
        for one in (model(1), model(2), model(1, "other")):
            unit.learned.add(one, by="lead", at=AT)
        assert unit.learned.next_version("r") == 3
        assert unit.learned.get("r", 2).model == model(2)
        assert [(one.model.rubric, one.model.version, one.created_by, one.active) for one in unit.learned.list()] == [
            ("other", 1, "lead", False), ("r", 1, "lead", False), ("r", 2, "lead", False),
        ]  # fmt: skip
        assert [one.model.version for one in unit.learned.list(rubric="other")] == [1]


def test_one_of_a_rubric_is_in_use_and_zero_is_the_shipped_one(database: Database) -> None:
    with database.unit() as unit:
        unit.learned.add(model(1), by="lead", at=AT)
        unit.learned.add(model(2), by="lead", at=AT)
        assert unit.learned.active("r") is None
        unit.learned.use("r", 1)
        unit.learned.use("r", 2)
        assert unit.learned.active("r") == (2, model(2).fingerprint)
        unit.learned.use("r", 0)
        assert unit.learned.active("r") is None


def test_unknown_versions_are_named_and_stored_ones_are_not_replaced(database: Database) -> None:
    with database.unit() as unit:
        unit.learned.add(model(1), by="lead", at=AT)
        with pytest.raises(NotFoundError, match="'r' as version 7"):
            unit.learned.use("r", 7)
        with pytest.raises(NotFoundError, match="'r' as version 7"):
            unit.learned.get("r", 7)
    with pytest.raises(ConflictError), database.unit() as unit:
        unit.learned.add(model(1), by="lead", at=AT)
