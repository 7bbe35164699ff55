"""Sources: what was taken of them is remembered as it was, without names."""

from __future__ import annotations

from datetime import timedelta

from qa_service.domain.source import FileState, SourceProgress
from qa_service.store.faults import Fault
from qa_service.store.session import Database
from qa_service.store.sources import KnownFile
from tests.store.conftest import AT

BROKEN = Fault(code="input", message="cannot be read", file="سلام.wav")


def test_files_are_remembered_as_they_were_by_source(database: Database) -> None:
    with database.unit() as unit:
        assert unit.sources.get("calls").progress == SourceProgress()
        unit.sources.remember("calls", {"a": ("1", None), "b": ("1", BROKEN)}, at=AT)
        unit.sources.remember("others", {"a": ("7", None)}, at=AT)
        unit.sources.remember("calls", {"a": ("2", None)}, at=AT)
    with database.unit() as unit:
        assert unit.sources.known("calls", ["a", "b", "c"]) == {
            "a": KnownFile("2", FileState.TAKEN), "b": KnownFile("1", FileState.FAILED)
        }  # fmt: skip
        (failed,) = unit.sources.failed("calls")
        assert (failed.at, failed.error) == (AT, BROKEN)
        assert unit.sources.forget_failed("calls") == 1
        assert unit.sources.failed("calls") == ()
        assert unit.sources.known("calls", ["b"]) == {}


def test_how_far_a_source_is(database: Database) -> None:
    with database.unit() as unit:
        unit.sources.taking("calls", "b1")
        unit.sources.remember("calls", {"a": ("1", None), "b": ("1", BROKEN), "c": ("1", BROKEN)}, at=AT)
        assert unit.sources.get("calls").batch == "b1"
        unit.sources.taking("calls", None, at=AT)
        unit.sources.looked("calls", at=AT + timedelta(seconds=1), waiting=4, error=BROKEN)
        found = unit.sources.get("calls")
        assert found.progress == SourceProgress(looked_at=AT + timedelta(seconds=1), taken_at=AT, waiting=4, taken=1, failed=2)
        assert (found.error, found.batch) == (BROKEN, None)
        unit.sources.looked("calls", at=AT, waiting=0, error=None)
        assert unit.sources.looked_at("calls") == AT
        assert unit.sources.get("calls").error is None
