"""Sources: a folder and a bucket that files come to; each is taken once, whoever looks, and broken ones hold nothing up."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import S3Store

from qa_service.bootstrap import Services, opened, running
from qa_service.errors import ConfigurationError, InputError, NotFoundError
from qa_service.services.sources import Look, SourceDesk
from qa_service.settings import Settings, SourceProfile
from qa_service.store.scratch import Scratch
from qa_service.store.turns import FileTurns
from tests.postgres import named, run

Write = Callable[..., Path]
Settle = Callable[..., Settings]


class Now:
    """Seconds since 1970, as far ahead as tests say."""

    ahead = 100.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


@pytest.fixture
def now() -> Now:
    return Now()


def desk(services: Services, now: Now, **changes: Any) -> SourceDesk:
    """A desk of its own; jobs are queued, but nobody works on them."""
    (profile,) = services.settings.sources.values()
    settings = services.settings.model_copy(update={"sources": {"calls": profile.model_copy(update=changes)}})
    return SourceDesk(
        database=services.database, batches=services.batches, ingestion=services.ingestion, settings=settings,
        scratch=Scratch(settings.data_dir / "incoming"), turns=FileTurns(settings.data_dir / "turns"), clock=services.clock, now=now,
    )


@pytest.fixture
def services(tmp_path: Path, inbox: Path, make_settings: Settle, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    settings = make_settings(tmp_path / "data", sources={"calls": SourceProfile(folder=inbox)})
    with opened(settings) as made:
        made.rubrics.sync()
        monkeypatch.setattr(made.workflows, "enqueue", lambda *told, **more: None)
        yield made


def stored(services: Services) -> list[str]:
    with services.database.reading() as unit:
        return sorted(one.interaction.id for one in unit.interactions.list(limit=100).items)


def test_a_recording_and_its_side_car_are_taken_once(services: Services, inbox: Path, now: Now, write_call: Write) -> None:
    write_call(inbox, "call-1", "Hello.", "Hi.")
    calls = desk(services, now)
    assert calls.take("calls") == Look(taken=2)
    assert stored(services) == ["call-1"]
    assert calls.take("calls") == Look()
    (view,) = calls.list()
    assert (view.progress.taken, view.progress.failed, view.progress.waiting, view.error) == (2, 0, 0, None)
    with services.database.reading() as unit:
        assert {one.actor for one in unit.ledger.entries() if one.action == "interaction.ingested"} == {"source/calls"}
        (batch,) = unit.batches.list().items
        assert batch.name == "source calls"


def test_what_still_grows_waits_and_is_taken_when_it_rests(services: Services, inbox: Path, now: Now, write_call: Write) -> None:
    now.ahead = 0
    write_call(inbox, "call-1", "Hello.", "Hi.")
    write_call(inbox, "old-times", "Hello.", "Hi.")
    # A program that copies sets the time back to that of the original; the file is new all the same.
    for name in ("old-times.wav", "old-times.json"):
        os.utime(inbox / name, (1_000_000_000, 1_000_000_000))
    calls = desk(services, now)
    assert calls.take("calls") == Look(waiting=4)
    now.ahead = 11
    assert calls.take("calls").taken == 4


def test_unfinished_hidden_and_linked_files_are_passed_over(services: Services, inbox: Path, now: Now, write_chat: Write) -> None:
    whole = write_chat(inbox, "c-1")
    for name in ("c-2.json.part", ".c-3.json", "c-4.json.tmp"):
        shutil.copy(whole, inbox / name)
    (inbox / "c-5.json").symlink_to("/etc/hostname")
    (inbox / "away").symlink_to("/etc")
    assert desk(services, now).take("calls") == Look(taken=1)
    assert stored(services) == ["c-1"]


def test_a_changed_file_is_taken_again(services: Services, inbox: Path, now: Now, write_chat: Write) -> None:
    calls = desk(services, now)
    write_chat(inbox, "c-1")
    calls.take("calls")
    write_chat(inbox, "c-1", "Hello!", "Something else.")
    assert calls.take("calls") == Look(failed=1), "stored with other content: nothing is overwritten"
    (view,) = calls.list()
    assert view.failed[0].error.code == "duplicate"
    assert calls.take("calls") == Look(), "and it is not tried for ever"
    assert calls.forget_failed("calls") == 1
    assert calls.take("calls").failed == 1


def test_broken_files_are_told_and_hold_nothing_up(services: Services, inbox: Path, now: Now, write_chat: Write) -> None:
    (inbox / "broken.wav").write_bytes(b"RIFF nothing")
    (inbox / "broken.json").write_text("{", encoding="utf-8")
    (inbox / "table.csv").write_text("file\nx.wav\n", encoding="utf-8")
    (inbox / "notes.txt").write_text("notes", encoding="utf-8")
    (inbox / "new\nline.json").write_text("{}", encoding="utf-8")
    write_chat(inbox, "c-1")
    look = desk(services, now, after="move").take("calls")
    assert (look.taken, look.failed) == (1, 5)
    assert stored(services) == ["c-1"]
    assert sorted(one.name for one in (inbox / "done").iterdir()) == ["c-1.json"]
    assert len(list((inbox / "failed").glob("*.reason.json"))) == 5
    reason = json.loads((inbox / "failed" / "table.csv.reason.json").read_text(encoding="utf-8"))
    assert reason["file"] == "table.csv"
    assert "tables are not read" in reason["message"]
    (view,) = desk(services, now).list()
    assert {one.error.file for one in view.failed} >= {"table.csv", "notes.txt"}


def test_files_that_were_taken_are_put_away_though_the_process_died(
    services: Services, inbox: Path, now: Now, write_chat: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "2026").mkdir()
    write_chat(inbox / "2026", "c-1")
    calls = desk(services, now, after="move")
    monkeypatch.setattr(calls, "_put_away", lambda *told: None)
    calls.take("calls")
    assert (inbox / "2026" / "c-1.json").is_file()
    assert desk(services, now, after="move").take("calls") == Look()
    assert (inbox / "done" / "2026" / "c-1.json").is_file()
    write_chat(inbox / "2026", "c-1")
    (inbox / "2026" / "c-1.json").write_text((inbox / "done/2026/c-1.json").read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert desk(services, now, after="move").take("calls").taken == 1
    assert len(list((inbox / "done" / "2026").iterdir())) == 2, "one of the same name keeps its own"


def test_a_recording_waits_for_its_side_car_where_it_must(services: Services, inbox: Path, now: Now, write_call: Write) -> None:
    write_call(inbox, "call-1", "Hello.", "Hi.")
    sidecar = inbox / "call-1.json"
    told = sidecar.read_text(encoding="utf-8")
    sidecar.unlink()
    calls = desk(services, now, sidecars="required")
    assert calls.take("calls") == Look(waiting=1)
    sidecar.write_text(told, encoding="utf-8")
    assert calls.take("calls") == Look(taken=2)
    assert stored(services) == ["call-1"]


def test_one_half_of_a_call_waits_for_the_other(services: Services, inbox: Path, now: Now, write_call: Write) -> None:
    now.ahead = 30
    write_call(inbox, "77_agent", parties=1)
    calls = desk(services, now)
    assert calls.take("calls") == Look(waiting=1)
    write_call(inbox, "77_customer", parties=1)
    assert calls.take("calls") == Look(taken=2)
    (one,) = stored(services)
    assert one.startswith("77-")


def test_whoever_looks_at_once_takes_a_file_once(services: Services, inbox: Path, now: Now, write_chat: Write) -> None:
    for number in range(20):
        write_chat(inbox, f"c-{number}", "Hello!", f"I am number {number}.")
    looks: list[Look] = []
    desks = [desk(services, now) for _ in range(3)]
    threads = [threading.Thread(target=lambda one=one: looks.append(one.take("calls"))) for one in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.taken for one in looks) == [0, 0, 20]
    assert len(stored(services)) == 20


def test_processes_on_two_machines_take_turns(
    tmp_path: Path, inbox: Path, now: Now, postgres: str, make_settings: Settle, write_chat: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(postgres, "CREATE DATABASE qa_sources TEMPLATE template_qa STRATEGY FILE_COPY")
    for number in range(10):
        write_chat(inbox, f"c-{number}", "Hello!", f"I am number {number}.")
    looks: list[Look] = []
    told = {"database_url": named(postgres, "qa_sources"), "sources": {"calls": SourceProfile(folder=inbox, settle=0)}}
    monkeypatch.setattr("qa_service.services.workflow.Workflows.enqueue", lambda *told, **more: None)
    with opened(make_settings(tmp_path / "one", **told)) as one, opened(make_settings(tmp_path / "two", **told)) as two:
        one.rubrics.sync()
        threads = [threading.Thread(target=lambda it=it: looks.append(it.sources.take("calls"))) for it in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(it.taken for it in looks) == [0, 10]
        assert len(stored(two)) == 10
    run(postgres, "DROP DATABASE qa_sources WITH (FORCE)")


def test_a_batch_that_a_dead_process_left_does_not_wait_for_ever(
    services: Services, inbox: Path, now: Now, write_chat: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_chat(inbox, "c-1")

    def die(*told: object, **more: object) -> int:
        raise KeyboardInterrupt

    calls = desk(services, now)
    with monkeypatch.context() as patch:
        patch.setattr(services.batches, "take_in", die)
        with pytest.raises(KeyboardInterrupt):
            calls.take("calls")
    assert desk(services, now).take("calls").taken == 1
    with services.database.reading() as unit:
        assert sorted(one.state.value for one in unit.batches.list().items) == ["failed", "running"]


def test_a_place_that_is_not_there_is_told(services: Services, now: Now, tmp_path: Path) -> None:
    calls = desk(services, now, folder=tmp_path / "nowhere")
    assert calls.take("calls").error is not None
    (view,) = calls.list()
    assert view.error is not None
    assert view.error.code == "storage"
    with pytest.raises(NotFoundError, match="no source 'x'"):
        calls.take("x")


@pytest.mark.parametrize("changes", [{"rubric": "nobody-has-it"}, {"engine": "nobody-has-it"}])
def test_a_source_that_cannot_be_is_told_at_the_start(services: Services, now: Now, changes: dict[str, str]) -> None:
    with pytest.raises((InputError, ConfigurationError, NotFoundError)), desk(services, now, **changes):
        pass


def test_files_of_a_bucket(
    services: Services, now: Now, object_server: str, bucket: str, tmp_path: Path, write_call: Write, write_chat: Write
) -> None:
    store = S3Store(
        bucket, region="us-east-1", access_key_id="a", secret_access_key="b", endpoint=object_server, virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )
    folder = tmp_path / "made"
    folder.mkdir()
    write_call(folder, "call-1", "Hello.", "Hi.")
    write_chat(folder, "c-1")
    for one in folder.iterdir():
        obstore.put(store, f"out/2026/{one.name}", one)
    obstore.put(store, "out/bad.json", b"{")
    obstore.put(store, "elsewhere/x.json", b"{")
    told = {
        "folder": None, "url": f"s3://{bucket}/out", "endpoint": object_server, "access_key": "a", "secret_key": "b", "after": "move",
    }
    profile = SourceProfile.model_validate(told).model_dump()
    calls = desk(services, now, **profile)
    assert calls.take("calls") == Look(taken=3, failed=1)
    assert stored(services) == ["c-1", "call-1"]
    keys = sorted(one["path"] for page in obstore.list(store) for one in page)
    assert keys == [
        "elsewhere/x.json", "out/done/2026/c-1.json", "out/done/2026/call-1.json", "out/done/2026/call-1.wav", "out/failed/bad.json",
        "out/failed/bad.json.reason.json",
    ]
    assert calls.take("calls") == Look()


def test_a_running_service_takes_and_scores_by_itself(tmp_path: Path, inbox: Path, make_settings: Settle, write_call: Write) -> None:
    write_call(inbox, "call-1", "Hello.", "Hi.")
    settings = make_settings(tmp_path / "data", sources={"calls": SourceProfile(folder=inbox, every=1, settle=0)})
    with running(settings) as services:
        end = time.monotonic() + 60
        while not services.scorecards.list().items:
            assert time.monotonic() < end, "nobody took it"
            time.sleep(0.05)
    assert stored(services) == ["call-1"]
