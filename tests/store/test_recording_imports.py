"""Recording imports: calls whose recordings wait, in turn, and what became of each."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qa_service.domain.recording_import import FetchState, ImportWishes, RecordingImport
from qa_service.errors import NotFoundError
from qa_service.store.faults import Fault
from qa_service.store.recording_imports import ImportItem
from qa_service.store.session import Database
from tests.store.conftest import AT, Desk

ONE = RecordingImport(id="i1", name="calls.csv", created_at=AT, actor="rita", total=3, wishes=ImportWishes(language="fa"))


def item(position: int, **changes: object) -> ImportItem:
    told = {"position": position, "line": position + 2, "place": f"{position}.wav", "state": FetchState.WAITING, "next_at": AT, **changes}
    return ImportItem.model_validate(told)


def test_calls_are_due_in_order_by_lane_and_settled_once(desk: Desk) -> None:
    desk.take("c1")
    with desk.database.unit() as unit:
        unit.recording_imports.add(ONE)
        unit.recording_imports.add_items("i1", [(item(number), f"header {number}") for number in range(3)])
    with desk.database.unit() as unit:
        assert unit.recording_imports.get("i1") == ONE
        assert unit.recording_imports.due(at=AT - timedelta(seconds=1), lane=0, lanes=2) is None
        due = unit.recording_imports.due(at=AT, lane=0, lanes=2)
        assert due is not None
        assert (due.of, due.item, due.header) == (ONE, item(0), "header 0")
        taken = item(0, attempts=1, next_at=None, state=FetchState.TAKEN, interaction="c1", job="j1")
        assert unit.recording_imports.settle("i1", taken)
        assert not unit.recording_imports.settle("i1", taken), "another process noted it"
        later = AT + timedelta(minutes=1)
        assert unit.recording_imports.settle("i1", item(2, attempts=1, next_at=later, error=Fault(code="x", message="y")))
        assert unit.recording_imports.due(at=AT, lane=0, lanes=2) is None
        again = unit.recording_imports.due(at=later, lane=0, lanes=2)
        assert again is not None
        assert (again.item.position, again.header) == (2, "header 2"), "it is tried again with what the table told"
        other = unit.recording_imports.due(at=AT, lane=1, lanes=2)
        assert other is not None
        assert other.item.position == 1


def test_outcomes_are_counted_and_paged(database: Database) -> None:
    with database.unit() as unit:
        unit.recording_imports.add(ONE)
        items = [item(0), item(1, state=FetchState.FAILED, next_at=None), item(2)]
        unit.recording_imports.add_items("i1", [(one, "{}") for one in items])
        assert unit.recording_imports.tallies(["i1"]) == {"i1": {FetchState.WAITING: 2, FetchState.FAILED: 1}}
        page = unit.recording_imports.items("i1", limit=2)
        assert page.items == tuple(items[:2])
        assert unit.recording_imports.items("i1", limit=2, cursor=page.next).items == (items[2],)
        assert unit.recording_imports.items("i1", state=FetchState.FAILED).items == (items[1],)
        assert unit.recording_imports.cancel("i1", error=Fault(code="cancelled", message="x")) == 2
        assert unit.recording_imports.due(at=AT, lane=0, lanes=1) is None
        assert unit.recording_imports.list().items == (ONE,)
        with pytest.raises(NotFoundError):
            unit.recording_imports.get("i2")
