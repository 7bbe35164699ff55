"""Rubrics: a stored version never changes, one version of an id is in use."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from qa_service.domain.interaction import Channel
from qa_service.domain.rubric import Rubric
from qa_service.errors import ConflictError, NotFoundError
from qa_service.store.rubric_files import read_rubric
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SHIPPED = sorted((Path(__file__).parents[2] / "rubrics").glob("*.yaml"))


def test_a_rubric_comes_back_equal(database: Database, rubric: Rubric) -> None:
    with database.unit() as unit:
        assert unit.rubrics.add(rubric, at=AT)
        assert not unit.rubrics.add(rubric, at=AT)
        assert unit.rubrics.get("phone-support") == unit.rubrics.get("phone-support", 1) == rubric
        assert unit.rubrics.by_fingerprint(rubric.fingerprint).fingerprint == rubric.fingerprint


def test_a_used_version_is_immutable(database: Database, rubric: Rubric) -> None:
    changed = rubric.model_copy(update={"title": {"en": "Other"}})
    with database.unit() as unit:
        unit.rubrics.add(rubric, at=AT)
    with pytest.raises(ConflictError, match="'phone-support' version 1 is stored with other content") as caught, database.unit() as unit:
        unit.rubrics.add(_fresh(changed), at=AT)
    assert caught.value.hint == "raise version to 2"


def test_one_version_of_an_id_is_in_use(database: Database, rubric: Rubric) -> None:
    second = _fresh(rubric.model_copy(update={"version": 2}))
    draft = _fresh(rubric.model_copy(update={"version": 3}))
    other = _fresh(rubric.model_copy(update={"rubric": "phone-sales"}))
    with database.unit() as unit:
        for one in (rubric, second, other):
            unit.rubrics.add(one, at=AT)
        unit.rubrics.add(draft, at=AT, active=False)
        assert unit.rubrics.active_for(Channel.PHONE) == (other, second)
        assert unit.rubrics.active_for(Channel.CHAT) == ()
        assert unit.rubrics.get("phone-support") == draft
        assert unit.rubrics.list() == (other, rubric, second, draft)
        assert unit.rubrics.list(channel=Channel.PHONE, active=False) == (rubric, draft)
        unit.rubrics.add(rubric, at=AT)
        assert unit.rubrics.active_for(Channel.PHONE) == (other, rubric)
        unit.rubrics.retire("phone-support")
        assert unit.rubrics.active_for(Channel.PHONE) == (other,)


def test_unknown_rubrics_are_named(database: Database, rubric: Rubric) -> None:
    with database.unit() as unit:
        unit.rubrics.add(rubric, at=AT)
        with pytest.raises(NotFoundError, match=r"no rubric 'x'$"):
            unit.rubrics.get("x")
        with pytest.raises(NotFoundError, match="no rubric 'phone-support' version 7"):
            unit.rubrics.get("phone-support", 7)
        with pytest.raises(NotFoundError, match="no rubric with fingerprint 'sha256:0'"):
            unit.rubrics.by_fingerprint("sha256:0")
        with pytest.raises(NotFoundError, match="no rubric 'phone-support' version 7"):
            unit.rubrics.activate("phone-support", 7)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_rubric_comes_back_equal(database: Database, file: Path) -> None:
    shipped, _ = read_rubric(file)
    with database.unit() as unit:
        unit.rubrics.add(shipped, at=AT)
        assert unit.rubrics.by_fingerprint(shipped.fingerprint) == shipped


def _fresh(rubric: Rubric) -> Rubric:
    """Without the fingerprint that a copy takes over."""
    return Rubric.model_validate(rubric.as_data())
