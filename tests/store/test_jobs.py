"""Jobs and batches: from queued to done or failed, by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qa_service.domain.interaction import Channel, Interaction
from qa_service.errors import ConflictError, InputError, NotFoundError
from qa_service.store.batches import Batch, BatchItem
from qa_service.store.faults import Fault
from qa_service.store.jobs import Job, JobState
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
FAULT = Fault(code="audio", message="no sound", file="b.wav", line=None, hint="check the recorder")


def job(identifier: str, **changes: Any) -> Job:
    return Job(**{"id": identifier, "kind": "process", "created_at": AT, **changes})


@pytest.fixture
def stocked(database: Database) -> Database:
    with database.unit() as unit:
        unit.interactions.add(Interaction(id="c1", channel=Channel.PHONE), content_sha256="c1", at=AT)
        unit.batches.add(Batch(id="b1", name="archive", total=3, created_at=AT), [BatchItem(position=n, file=f"{n}.wav") for n in range(3)])
    return database


def test_a_job_comes_back_and_moves_on(stocked: Database) -> None:
    new = job("j1", interaction="c1", batch="b1", options={"engine": "vosk"})
    with stocked.unit() as unit:
        unit.jobs.add(new)
        assert unit.jobs.get("j1") == new
        unit.jobs.start("j1", at=AT)
        unit.jobs.step("j1", "transcribe")
        running = unit.jobs.get("j1")
        assert (running.state, running.started_at, running.step) == (JobState.RUNNING, AT, "transcribe")
        unit.jobs.fail("j1", FAULT, at=AT + timedelta(seconds=2))
        failed = unit.jobs.get("j1")
        assert (failed.state, failed.error, failed.step) == (JobState.FAILED, FAULT, "transcribe")
        assert failed.finished_at == AT + timedelta(seconds=2)
        unit.jobs.start("j1", at=AT)
        unit.jobs.finish("j1", at=AT)
        done = unit.jobs.get("j1")
        assert (done.state, done.error, done.finished_at) == (JobState.DONE, None, AT)


def test_many_jobs_at_once(stocked: Database) -> None:
    with stocked.unit() as unit:
        unit.jobs.add_many([job("j1"), job("j2"), job("j3")])
        unit.jobs.finish_many(["j1", "j3", "nothing"], at=AT)
        states = {one.id: one.state.value for one in unit.jobs.some(["j1", "j2", "j3", "nothing"])}
        assert states == {"j1": "done", "j2": "queued", "j3": "done"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "j3 j2 j1"), ({"kind": "report"}, "j3"), ({"state": JobState.RUNNING}, "j2"), ({"interaction": "c1"}, "j1"),
        ({"batch": "b1"}, "j2"), ({"limit": 1}, "j3"),
    ],
)
def test_job_filters(stocked: Database, filters: dict[str, Any], expected: str) -> None:
    with stocked.unit() as unit:
        unit.jobs.add_many([
            job("j1", interaction="c1"), job("j2", batch="b1", created_at=AT + timedelta(seconds=1), state=JobState.RUNNING),
            job("j3", kind="report", created_at=AT + timedelta(seconds=2)),
        ])
        assert " ".join(one.id for one in unit.jobs.list(**filters).items) == expected


@pytest.mark.parametrize(
    ("act", "arguments"),
    [
        ("get", {}), ("step", {"step": "x"}), ("start", {"at": AT}), ("finish", {"at": AT}), ("fail", {"error": FAULT, "at": AT}),
    ],
)
def test_an_unknown_job_is_named(database: Database, act: str, arguments: dict[str, Any]) -> None:
    with database.unit() as unit, pytest.raises(NotFoundError, match="no job 'j9'"):
        getattr(unit.jobs, act)("j9", **arguments)


def test_a_batch_and_its_files(stocked: Database) -> None:
    with stocked.unit() as unit:
        unit.jobs.add(job("j1", batch="b1"))
        unit.batches.set_item("b1", 0, state=JobState.RUNNING, job="j1")
        unit.batches.set_item("b1", 0, state=JobState.DONE, interaction="c1")
        unit.batches.set_item("b1", 2, state=JobState.FAILED, error=FAULT)
        unit.batches.set_state("b1", JobState.RUNNING)
        items = unit.batches.items("b1").items
        assert items == (
            BatchItem(position=0, file="0.wav", state=JobState.DONE, interaction="c1", job="j1"),
            BatchItem(position=1, file="1.wav"),
            BatchItem(position=2, file="2.wav", state=JobState.FAILED, error=FAULT),
        )
        assert unit.batches.items("b1", state=JobState.FAILED).items == items[2:]
        assert unit.batches.counts("b1") == {JobState.QUEUED: 1, JobState.RUNNING: 0, JobState.DONE: 1, JobState.FAILED: 1}
        assert unit.batches.get("b1") == Batch(id="b1", name="archive", total=3, created_at=AT, state=JobState.RUNNING)
        assert unit.batches.list(state=JobState.QUEUED).items == ()
        assert [one.id for one in unit.batches.list().items] == ["b1"]


def test_files_come_in_pages(stocked: Database) -> None:
    with stocked.reading() as unit:
        first = unit.batches.items("b1", limit=2)
        second = unit.batches.items("b1", limit=2, cursor=first.next)
        assert [one.position for one in (*first.items, *second.items)] == [0, 1, 2]
        assert second.next is None
        for forged in ("x", "WyJhIl0", "Wy0xXQ", "W3RydWVd", "WzEuNV0", "WzEsMl0"):
            with pytest.raises(InputError, match="not given out"):
                unit.batches.items("b1", cursor=forged)


def test_what_is_missing_is_named(stocked: Database) -> None:
    with stocked.unit() as unit:
        with pytest.raises(NotFoundError, match="no batch 'b9'"):
            unit.batches.get("b9")
        with pytest.raises(NotFoundError, match="no batch 'b9'"):
            unit.batches.set_state("b9", JobState.DONE)
        with pytest.raises(NotFoundError, match="batch 'b1' has no file 7"):
            unit.batches.set_item("b1", 7, state=JobState.DONE)


def test_a_job_of_an_unknown_interaction_is_a_conflict(database: Database) -> None:
    with pytest.raises(ConflictError, match="contradicts"), database.unit() as unit:
        unit.jobs.add(job("j1", interaction="nobody"))


def test_a_file_with_a_job_is_as_far_as_its_job(stocked: Database) -> None:
    with stocked.unit() as unit:
        unit.jobs.add_many([job("j1"), job("j2")])
        unit.batches.add(Batch(id="b2", name="b", total=1, created_at=AT))
        unit.batches.add_items("b2", [
            BatchItem(position=0, file="a.wav", job="j1"), BatchItem(position=1, file="b.wav", job="j2"),
            BatchItem(position=2, file="c.wav", state=JobState.FAILED, error=FAULT),
        ])
        assert (unit.batches.taken("b2"), unit.batches.taken("b9")) == (3, 0)
        assert (unit.batches.begin("b2", 3), unit.batches.begin("b2", 9)) == (True, False)
        assert (unit.batches.get("b2").state, unit.batches.get("b2").total) == (JobState.RUNNING, 3)
        unit.jobs.finish("j1", at=AT)
        unit.jobs.fail("j2", FAULT, at=AT)
        told = unit.batches.outcomes("b2", limit=2)
        rest = unit.batches.outcomes("b2", limit=2, cursor=told.next)
        assert [(one.file, one.state.value, one.error) for one in (*told.items, *rest.items)] == [
            ("a.wav", "done", None), ("b.wav", "failed", FAULT), ("c.wav", "failed", FAULT),
        ]
        assert [one.position for one in unit.batches.outcomes("b2", state=JobState.FAILED).items] == [1, 2]
        assert unit.batches.tallies(["b2", "b9"])["b2"] == {
            JobState.QUEUED: 0, JobState.RUNNING: 0, JobState.DONE: 1, JobState.FAILED: 2,
        }
