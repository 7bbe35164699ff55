"""Reports in both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from qa_service.domain.permission import Actor, Role
from qa_service.domain.report_order import ReportState, ReportWanted, StoredReport
from qa_service.errors import ConflictError, NotFoundError
from qa_service.store.interactions import State
from qa_service.store.reports import Made, file_of
from tests.store.conftest import AT

LENA = Actor(id="lena", role=Role.QA_LEAD, teams=frozenset({"billing"}))


def report(name: str, *, owner: str = "lena", late: int = 0, **wanted: Any) -> StoredReport:
    at = AT + timedelta(minutes=late)
    return StoredReport(
        id=name, wanted=ReportWanted(**{"kind": "audit", **wanted}), owner=owner, state=ReportState.QUEUED, file_name="r.html",
        created_at=at, expires_at=at + timedelta(days=30),
    )


def test_kept_as_it_was_asked_for_with_the_rights_of_then(desk: Any) -> None:
    asked = report("r1", kind="agent", subject="سارا", month="1405-08", language="fa", digits="native", format="pdf")
    with desk.database.unit() as unit:
        unit.reports.add(asked, by=LENA)
    with desk.database.reading() as unit:
        assert unit.reports.get("r1") == asked
        assert unit.reports.actor("r1") == LENA
        assert unit.reports.open() == ("r1",)
        assert file_of(unit.reports.get("r1")) == "r1.pdf"
        with pytest.raises(NotFoundError, match="no report 'r2'"):
            unit.reports.get("r2")


def test_lists_are_the_last_first_by_owner_kind_and_state(desk: Any) -> None:
    with desk.database.unit() as unit:
        for number in range(5):
            unit.reports.add(report(f"r{number}", late=number, owner="lena" if number % 2 else "rita"), by=LENA)
        unit.reports.fail("r3", "no room", at=AT)
    with desk.database.reading() as unit:
        first = unit.reports.list(limit=3)
        assert [one.id for one in first.items] == ["r4", "r3", "r2"]
        assert [one.id for one in unit.reports.list(limit=3, cursor=first.next).items] == ["r1", "r0"]
        assert [one.id for one in unit.reports.list(owner="lena").items] == ["r3", "r1"]
        assert [(one.id, one.error) for one in unit.reports.list(state=ReportState.FAILED).items] == [("r3", "no room")]
        assert unit.reports.open() == ("r0", "r1", "r2", "r4")
        assert [one.id for one in unit.reports.expired(now=AT + timedelta(days=30, minutes=2))] == ["r0", "r1", "r2"]


def test_what_it_quotes_is_known_and_what_was_erased_is_refused(desk: Any) -> None:
    for name in ("c1", "c2"):
        desk.take(name)
    with desk.database.unit() as unit:
        unit.reports.add(report("r1"), by=LENA)
        unit.reports.finish("r1", Made("ab", 7, ("c1", "c2")), at=AT)
    with desk.database.reading() as unit:
        found = unit.reports.get("r1")
        assert (found.state, found.sha256, found.size, found.done_at) == (ReportState.READY, "ab", 7, AT)
        assert [one.id for one in unit.reports.quoting("c2")] == ["r1"]
    with desk.database.unit() as unit:
        unit.reports.add(report("r2"), by=LENA)
        unit.interactions.set_state("c2", State.ERASED)
    with pytest.raises(ConflictError, match="erased meanwhile"), desk.database.unit() as unit:
        unit.reports.finish("r2", Made("ab", 7, ("c1", "c2")), at=AT)
    with desk.database.unit() as unit:
        assert unit.reports.open() == ("r2",)
        assert [one.id for one in unit.reports.quoting("c1")] == ["r1"], "the refused one left nothing"
        assert unit.reports.delete("r1")
        assert not unit.reports.delete("r1")
        assert unit.reports.quoting("c1") == ()
    with pytest.raises(NotFoundError), desk.database.unit() as unit:
        unit.reports.finish("r1", Made("ab", 7, ()), at=AT)
