"""Batches as they run: files that come one by one, what failed again, what has not begun stopped, and batches whose process was killed."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from qa_service.domain.interaction import AgentRef, Channel, Interaction, Purpose
from qa_service.domain.permission import Actor, Role
from qa_service.errors import ConflictError, InputError, NotFoundError
from qa_service.services import batch_runs
from qa_service.services.assumed import Assumed
from qa_service.services.staging import PATIENCE
from qa_service.services.submission import Order
from qa_service.store.batches import Batch, BatchItem
from qa_service.store.jobs import Job, JobState
from qa_service.store.tables import StagedBatchRow, core

LEA = Actor(id="lea", role=Role.QA_LEAD)
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


def begun(shop: Any, *files: Path, assumed: Assumed | None = None) -> str:
    """A batch that these files came to."""
    staging = shop.services.staging
    batch: str = staging.begin(Order(actor="lea", files=("?",), assumed=assumed or Assumed()), name="Files")
    for file in files:
        staging.add(batch, file, name=file.name, by=LEA)
    return batch


def done(shop: Any, batch: str) -> list[Any]:
    until(lambda: shop.services.submissions.get(batch).state is JobState.DONE)
    return list(shop.services.batch_runs.outcomes(batch).items)


def test_files_that_come_one_by_one_are_one_batch(shop: Any, write_call: Any, write_chat: Any, tmp_path: Path) -> None:
    call = write_call(tmp_path, "one-call", "Hello!", "Hi.")
    batch = begun(shop, call, call.with_suffix(".json"), write_chat(tmp_path, "one-chat", "Hello!", "one by one"))
    assert shop.services.staging.awaited(batch) == 3
    assert shop.services.staging.send(batch, by=LEA).state is not JobState.FAILED
    found = done(shop, batch)
    assert [one.item.file for one in found] == ["one-call.wav", "one-chat.json"]
    assert all(one.card is not None and not one.item.duplicate for one in found)
    assert shop.services.staging.send(batch, by=LEA).id == batch
    assert shop.services.submissions.get(batch).actor == "lea"


def test_the_same_again_is_told(shop: Any, write_chat: Any, tmp_path: Path) -> None:
    for name in ("twice", "also-twice"):
        write_chat(tmp_path, "twice-id", "Hello!", "twice").rename(tmp_path / f"{name}.json")
    batch = begun(shop, tmp_path / "also-twice.json", tmp_path / "twice.json")
    shop.services.staging.send(batch, by=LEA)
    assert [one.item.duplicate for one in done(shop, batch)] == [False, True]
    write_chat(tmp_path, "twice-id", "Hello!", "twice")
    later = begun(shop, tmp_path / "twice-id.json")
    shop.services.staging.send(later, by=LEA)
    assert [one.item.duplicate for one in done(shop, later)] == [True]


def test_nothing_is_sent_without_files_or_by_others(shop: Any) -> None:
    batch = begun(shop)
    with pytest.raises(InputError):
        shop.services.staging.send(batch, by=LEA)
    with pytest.raises(NotFoundError):
        shop.services.staging.send(batch, by=Actor(id="other", role=Role.QA_LEAD))
    assert shop.services.staging.drop(batch, by=LEA)
    assert not shop.services.staging.drop(batch, by=LEA)
    assert shop.services.submissions.get(batch).state is JobState.FAILED


def test_what_nobody_comes_back_for_goes_on(shop: Any, write_chat: Any, tmp_path: Path) -> None:
    full, empty = begun(shop, write_chat(tmp_path, "alone", "Hello!", "I had to go")), begun(shop)
    shop.services.staging.tend()
    assert shop.services.staging.awaited(full) == 1
    long_ago = shop.services.clock() - PATIENCE - timedelta(minutes=1)
    with shop.services.database.unit() as unit:
        unit.staged._session.execute(sa.update(core(StagedBatchRow)).values(touched_at=long_ago))
    shop.services.staging.tend()
    assert [one.item.file for one in done(shop, full)] == ["alone.json"]
    assert shop.services.submissions.get(empty).state is JobState.FAILED
    assert shop.services.staging.awaited(empty) is None
    until(lambda: not list((shop.services.settings.data_dir / "batches").glob("*")))


def test_what_is_assumed_fills_what_is_not_told() -> None:
    told = Interaction(id="a", channel=Channel.CHAT, queue="own", agent=AgentRef(id="a1"), purpose=Purpose.TEST)
    assumed = Assumed(language="fa", queue="other", agent="a2", team="blue", purpose=Purpose.MYSTERY)
    filled = assumed.interaction(told)
    assert (filled.language, filled.queue, filled.purpose) == ("fa", "own", Purpose.TEST)
    assert filled.agent == AgentRef(id="a1", team="blue")
    assert assumed.interaction(Interaction(id="b", channel=Channel.CHAT)).agent == AgentRef(id="a2", team="blue")
    assert Assumed().interaction(told) == told


def test_what_failed_is_tried_again(shop: Any, write_call: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_text("no sound")
    batch = begun(shop, write_call(tmp_path, "mute"), broken)
    shop.services.staging.send(batch, by=LEA)
    before = {one.item.file: one for one in done(shop, batch)}
    assert {name: one.repeatable for name, one in before.items()} == {"mute.wav": True, "broken.wav": False}
    assert shop.services.batch_runs.get(batch).repeatable == 1
    with pytest.raises(ConflictError):
        shop.services.batch_runs.retry(batch, by=LEA, position=before["broken.wav"].item.position)
    (job,) = shop.services.batch_runs.retry(batch, by=LEA).jobs
    after = {one.item.file: one.item for one in done(shop, batch)}
    assert after["mute.wav"].job == job != before["mute.wav"].item.job
    assert after["broken.wav"] == before["broken.wav"].item


def given_up(shop: Any, file: Path, *, days: float) -> str:
    """A batch that could not be taken in, some time ago."""
    batch = begun(shop, file)
    order = Order(actor="lea", files=(file.name,))
    with shop.services.database.unit() as unit:
        unit.staged.hand_over(batch, order.model_dump_json(), at=shop.services.clock() - timedelta(days=days))
        unit.batches.set_state(batch, JobState.FAILED)
    return batch


def test_what_could_not_be_taken_in_is_taken_in_anew(shop: Any, write_chat: Any, tmp_path: Path) -> None:
    batch = given_up(shop, write_chat(tmp_path, "anew", "Hello!", "take me in"), days=6)
    shop.services.submissions.tend()
    assert shop.services.batch_runs.retry(batch, by=LEA).jobs == ()
    (found,) = done(shop, batch)
    assert found.card is not None
    until(lambda: not (shop.services.settings.data_dir / "batches" / batch).exists())


def test_files_that_could_not_be_taken_in_go_after_a_week(shop: Any, write_chat: Any, tmp_path: Path) -> None:
    batch = given_up(shop, write_chat(tmp_path, "week", "Hello!", "nobody tries again"), days=8)
    shop.services.submissions.tend()
    assert not (shop.services.settings.data_dir / "batches" / batch).exists()
    with pytest.raises(ConflictError):
        shop.services.batch_runs.retry(batch, by=LEA)


def test_what_has_not_begun_is_stopped(shop: Any, tmp_path: Path) -> None:
    taken = shop.take("stop-me", "Hello!", "stop me")
    until(lambda: shop.services.jobs.get(taken.job).state is JobState.DONE)
    jobs = [Job(id=f"stop-{state}", kind="text", state=state, interaction="stop-me", batch="stop-b", created_at=AT) for state in JobState]
    with shop.services.database.unit() as unit:
        unit.batches.add(Batch(id="stop-b", name="b", state=JobState.RUNNING, total=4, created_at=AT))
        unit.jobs.add_many(jobs)
        unit.batches.add_items("stop-b", [BatchItem(position=n, file=job.id, job=job.id) for n, job in enumerate(jobs)])
    assert shop.services.batch_runs.cancel("stop-b", by=LEA).jobs == ("stop-queued",)
    (item,) = [one.item for one in shop.services.batch_runs.outcomes("stop-b").items if one.item.file == "stop-queued"]
    assert item.error is not None
    assert item.error.code == batch_runs.CANCELLED
    with pytest.raises(ConflictError):
        shop.services.batch_runs.cancel("stop-b", by=LEA)


@pytest.mark.parametrize(("ended", "waiting", "left"), [(2, 5, None), (10, 0, None), (10, 5, 5.0), (30, 60, 60.0)])
def test_the_rest_takes_as_long_as_what_was_done_last(ended: int, waiting: int, left: float | None) -> None:
    jobs = [
        Job(
            id=str(n), kind="text", state=JobState.DONE, created_at=AT, started_at=AT + timedelta(seconds=n),
            finished_at=AT + timedelta(seconds=n if ended == batch_runs._LOOKED_AT else n + 1),
        )
        for n in range(ended)
    ]  # fmt: skip
    pace = batch_runs._pace(jobs, waiting, now=AT + timedelta(seconds=ended))
    assert left is None if pace is None else pace.seconds_left == pytest.approx(left)
    assert (pace is None) is (left is None)


def test_a_batch_whose_process_was_killed_does_not_run_for_ever(shop: Any) -> None:
    """Its lock is left, and nobody holds it."""
    locks = shop.services.settings.data_dir.resolve() / "running"
    with shop.services.database.unit() as unit:
        for name in ("killed", "alive", "taken"):
            unit.batches.add(Batch(id=name, name=name, state=JobState.RUNNING, total=3, created_at=AT))
        unit.batches.add_items("taken", [BatchItem(position=0, file="a.wav", state=JobState.DONE)])
    locks.mkdir(exist_ok=True)
    for name in ("killed", "taken", "never-stored"):
        (locks / f"{name}.lock").touch()
    with shop.services.batches._locks.held("alive"):
        shop.services.batches.tend()
        assert [one.name for one in locks.iterdir()] == ["alive.lock"]
    states = {name: shop.services.submissions.get(name).state for name in ("killed", "alive", "taken")}
    assert states == {"killed": JobState.FAILED, "alive": JobState.RUNNING, "taken": JobState.RUNNING}
    assert list(locks.iterdir()) == []
