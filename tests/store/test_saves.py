"""Saves: kept in order, gone with their scorecard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qa_service.domain.review import Words
from qa_service.domain.saves import Change, Difference, Save, SaveKind
from qa_service.domain.scorecard import Answer
from qa_service.errors import ConflictError

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def save(revision: int, **changes: Any) -> Save:
    given = Answer(answer="yes", by="rita", at=AT, reason="گفت سلام")
    made = Difference(changes=(Change(criterion="greeting", after=given),), words_before=Words(), words_after=Words(note="x"))
    values = {"by": "rita", "at": AT + timedelta(minutes=revision), "kind": SaveKind.SAVED, "difference": made}
    return Save.model_validate({**values, "revision": revision, **changes})


def test_they_come_back_as_they_were_in_order(desk: Any) -> None:
    one, other = (desk.add(desk.draft(desk.take(name))) for name in ("c1", "c2"))
    second, undone = save(3, difference=Difference()), save(4, kind=SaveKind.UNDONE, by="omid")
    with desk.database.unit() as unit:
        assert unit.saves.of(one.id) == ()
        for made in (undone, save(2), second):
            unit.saves.add(one.id, made)
        unit.saves.add(other.id, save(2))
        assert unit.saves.of(one.id) == (save(2), second, undone)
        assert unit.saves.of("nobody") == ()


def test_one_revision_is_made_by_one_save(desk: Any) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    with desk.database.unit() as unit:
        unit.saves.add(card.id, save(2))
    with pytest.raises(ConflictError), desk.database.unit() as unit:
        unit.saves.add(card.id, save(2, by="omid"))


def test_they_go_with_a_draft_that_is_withdrawn(desk: Any) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    with desk.database.unit() as unit:
        unit.saves.add(card.id, save(2))
        assert unit.scorecards.withdraw_drafts("c1") == (card.id,)
        assert unit.saves.of(card.id) == ()
