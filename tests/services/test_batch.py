"""Batches: rows in order, broken files by name, and nothing done again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.channels import ReadOptions
from qa_service.channels.discover import find
from qa_service.errors import InputError
from qa_service.services.batch import Progress, _Taking
from qa_service.services.ingest import JobOptions, Source
from qa_service.store.batches import Batch, Cause
from qa_service.store.jobs import JobState

MAIL = "From: k@home.example\nTo: help@shop.example\nSubject: Lamp\nDate: Mon, 02 Nov 2026 09:01:00 +0000\nMessage-ID: <1@x.example>\n\n"


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


def told(rows: Any) -> list[tuple[str, str]]:
    return [(Path(row.file).name, row.status.value) for row in rows]


def test_rows_stand_in_the_order_of_the_files(shop: Any, write_chat: Any, tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        write_chat(tmp_path, f"order-{name}", "Hello!", name)
    assert told(shop.score(tmp_path)) == [(f"order-{name}.json", "scored") for name in "abc"]
    files = [tmp_path / f"order-{name}.json" for name in "cab"]
    assert told(shop.score(*files)) == [(f"order-{name}.json", "scored") for name in "cab"]


def test_mixed_folder_with_broken_files_goes_on(shop: Any, write_chat: Any, write_call: Any, tmp_path: Path) -> None:
    write_chat(tmp_path, "mix-1", "Hello!", "mixed")
    write_call(tmp_path, "mix-2", "Hello!", "Hi.")
    (tmp_path / "mix-3.json").write_text('{"id": "mix-3", "channel": "chat", "turns": [')
    (tmp_path / "mix-4.wav").write_text("no sound")
    (tmp_path / "mix-5.xyz").write_text("what is this")
    (tmp_path / "notes.txt").write_text("not ours")
    write_chat(tmp_path, "mix-6", "Hello!", "mixed too")
    rows = shop.score(tmp_path)
    expected = ["scored", "scored", "failed", "failed", "failed", "scored"]
    assert [row.status.value for row in rows] == expected
    assert [row.scorecard is not None for row in rows] == [status == "scored" for status in expected]
    for row in rows:
        assert row.error is None if row.status == "scored" else row.error.startswith(row.file)
    assert [Path(row.file).stem for row in rows] == [f"mix-{number}" for number in range(1, 7)]


def test_list_with_one_bad_conversation_loses_only_that(shop: Any, chats: Any, tmp_path: Path) -> None:
    backwards = chats("list-2")
    backwards["turns"][0]["start"], backwards["turns"][1]["start"] = 5, 2
    misspelt = {**chats("list-3", "Hello!", "3"), "agnet": {}}
    conversations = [chats("list-1", "Hello!", "1"), backwards, misspelt, chats("list-4", "Hello!", "4")]
    file = tmp_path / "export.json"
    file.write_text(json.dumps(conversations, indent=1))
    rows = shop.score(file)
    assert [row.status.value for row in rows] == ["scored", "failed", "failed", "scored"]
    assert {row.file for row in rows} == {str(file)}
    assert "turns" in rows[1].error
    assert "agnet" in rows[2].error
    assert all(row.error.startswith(f"{file}:") for row in rows[1:3])


def test_manifest_with_a_bad_row_loses_only_that(shop: Any, write_call: Any, tmp_path: Path) -> None:
    for name in ("m-1", "m-2"):
        write_call(tmp_path, name, "Hello!", "Hi.")
    (tmp_path / "calls.csv").write_text("file,agent\nm-1.wav,a5\nm-9.wav,a5\nm-2.wav,a6\n")
    rows = shop.score(tmp_path / "calls.csv")
    assert [row.status.value for row in rows] == ["scored", "failed", "scored"]
    assert f"{tmp_path / 'calls.csv'}:3: file: no such file: m-9.wav" in rows[1].error


def test_mail_without_body_is_named(shop: Any, tmp_path: Path) -> None:
    (tmp_path / "empty.eml").write_text(MAIL)
    (row,) = shop.score(tmp_path / "empty.eml")
    assert row.status == "failed"
    assert "empty.eml" in row.error


@pytest.mark.parametrize("content", [(), ("README.md",)])
def test_nothing_to_score_is_told(shop: Any, tmp_path: Path, content: tuple[str, ...]) -> None:
    for name in content:
        (tmp_path / name).write_text("hello")
    with pytest.raises(InputError, match="nothing to score in"):
        shop.score(tmp_path)


def test_missing_path_is_a_row(shop: Any, tmp_path: Path) -> None:
    (row,) = shop.score(tmp_path / "gone")
    assert (row.status, row.error) == ("failed", f"{tmp_path / 'gone'}: no such file or folder")


def test_second_run_does_nothing_again(shop: Any, write_chat: Any, write_call: Any, tmp_path: Path) -> None:
    write_chat(tmp_path, "again-1", "Hello!", "again")
    write_call(tmp_path, "again-2", "Hello!", "Hi.")
    first, before = shop.score(tmp_path), shop.ledger()
    again = shop.score(tmp_path)
    assert {row.cause for row in again} == {Cause.THERE}
    assert tuple(row.model_copy(update={"cause": Cause.NEW}) for row in again) == first
    assert shop.ledger() == before


def test_failed_file_is_tried_again(shop: Any, write_call: Any, tmp_path: Path) -> None:
    path = write_call(tmp_path, "later")
    (row,) = shop.score(path)
    assert "no side-car with a reference transcript" in row.error
    write_call(tmp_path, "later-2", "Hello!", "Hi.")
    path.with_suffix(".json").write_text((tmp_path / "later-2.json").read_text())
    (row,) = shop.score(path)
    assert (row.status, row.error) == ("scored", None)


def test_copies_of_a_file_are_rows_of_one_interaction(shop: Any, write_call: Any, tmp_path: Path) -> None:
    for name in ("copy-1", "copy-2"):
        (tmp_path / name).mkdir()
        write_call(tmp_path / name, "same", "Hello!", "Hi.")
    one, other = shop.score(tmp_path)
    assert one.scorecard == other.scorecard
    assert one.file != other.file


def test_copies_of_a_broken_file_fail_each_by_its_name(shop: Any, write_call: Any, tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        write_call(tmp_path / name, "unsaid")
    rows = shop.score(tmp_path)
    assert [row.status.value for row in rows] == ["failed", "failed"]
    assert all(row.error.startswith(f"{row.file}: ") for row in rows)


def test_progress_ends_with_all_done(shop: Any, write_chat: Any, tmp_path: Path) -> None:
    for number in range(3):
        write_chat(tmp_path, f"seen-{number}", "Hello!", str(number))
    (tmp_path / "seen-3.json").write_text("{}")
    seen: list[Progress] = []
    shop.score(tmp_path, watch=seen.append)
    assert seen[-1] == Progress(total=4, done=4, failed=1, taken=4)
    assert [one.done for one in seen] == sorted(one.done for one in seen)


def test_batch_is_kept_with_every_file(shop: Any, write_chat: Any, tmp_path: Path) -> None:
    write_chat(tmp_path, "kept-1", "Hello!", "kept")
    (tmp_path / "kept-2.json").write_text("{}")
    shop.score(tmp_path)
    batch = shop.services.submissions.list(limit=1).items[0]
    assert (batch.state, batch.total, batch.counts[JobState.DONE], batch.counts[JobState.FAILED]) == (JobState.DONE, 2, 1, 1)
    good, bad = shop.services.submissions.items(batch.id).items
    assert (good.file, good.interaction, good.error) == (str(tmp_path / "kept-1.json"), "kept-1", None)
    assert bad.error.file == str(tmp_path / "kept-2.json")


def test_interrupted_batch_does_not_run_for_ever(shop: Any, write_chat: Any, tmp_path: Path) -> None:
    write_chat(tmp_path, "stop-1", "Hello!", "stop")

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shop.score(tmp_path, watch=interrupt)
    assert shop.services.submissions.list(limit=1).items[0].state is JobState.FAILED
    assert told(shop.score(tmp_path)) == [("stop-1.json", "scored")]


def test_rows_tell_where_they_stand(shop: Any, chats: Any, write_call: Any, tmp_path: Path) -> None:
    lines = [chats("line-1", "Hello!", "l1"), {"id": "line-2"}, chats("line-3", "Hello!", "l3")]
    (tmp_path / "talks.jsonl").write_text("\n".join(map(json.dumps, lines)))
    talks = shop.score(tmp_path / "talks.jsonl")
    assert [(row.line, row.manifest, row.cause) for row in talks] == [(1, None, Cause.NEW), (2, None, None), (3, None, Cause.NEW)]
    assert talks[1].error.startswith(f"{tmp_path / 'talks.jsonl'}:2: ")
    write_call(tmp_path, "unsaid-m")
    manifest = tmp_path / "calls.csv"
    manifest.write_text("file\nunsaid-m.wav\nnone.wav\n")
    unsaid, gone = shop.score(manifest)
    assert (unsaid.file, unsaid.manifest, unsaid.line) == (str(tmp_path / "unsaid-m.wav"), str(manifest), 2)
    assert unsaid.error.startswith(f"{unsaid.file}: ")
    assert f"line 2 of {manifest}" in unsaid.error
    assert gone.error.startswith(f"{manifest}:3: file: no such file")


def test_many_rows_are_taken_in_piece_by_piece_while_the_first_are_scored(shop: Any, chats: Any, tmp_path: Path) -> None:
    talks = tmp_path / "many.jsonl"
    talks.write_text("\n".join(json.dumps(chats(f"many-{number}", "Hello!", f"many {number}")) for number in range(450)))
    seen: list[Progress] = []
    rows = shop.score(talks, watch=seen.append)
    assert [row.scorecard.interaction.id for row in rows] == [f"many-{number}" for number in range(450)]
    taken = [one.taken for one in seen]
    assert taken == sorted(taken)
    assert {20, 220, 420, 450} <= set(taken)
    assert all(one.total == 450 for one in seen)


def test_what_was_taken_in_is_not_taken_in_again_after_a_crash(shop: Any, chats: Any, tmp_path: Path) -> None:
    """A process that died between two pieces, and one that died before its piece was noted down."""
    talks = tmp_path / "torn.jsonl"
    talks.write_text("\n".join(json.dumps(chats(f"torn-{number}", "Hello!", f"torn {number}")) for number in range(60)))
    batches, database = shop.services.batches, shop.services.database
    batch = Batch(id="torn", name="torn", total=1, created_at=shop.services.clock())
    with database.unit() as unit:
        unit.batches.add(batch)
    how: dict[str, Any] = {"batch": batch, "root": tmp_path, "actor": "tests", "options": JobOptions(), "reading": ReadOptions()}
    torn = batches._take_in(find([talks]).items, _Taking(batch, "tests", JobOptions(), None, tmp_path))
    assert next(torn) == 20
    torn.close()
    for number in range(20, 30):
        source = Source(name="torn.jsonl", actor="tests", batch="torn")
        shop.services.ingestion.conversation(shop.conversation(f"torn-{number}", "Hello!", f"torn {number}"), source=source)
    assert shop.services.submissions.get("torn").state is JobState.QUEUED
    assert batches.take_in([talks], **how) == 60
    until(lambda: shop.services.submissions.get("torn").state is JobState.DONE)
    with database.reading() as unit:
        items = [item for piece in unit.batches.walk("torn") for item in piece]
    assert [(item.position, item.interaction, item.line) for item in items] == [(n, f"torn-{n}", n + 1) for n in range(60)]
    taken = shop.ledger("interaction.ingested")
    assert sum(one.startswith("interaction/torn-") for one in taken) == len({one for one in taken if "/torn-" in one}) == 60
    assert batches.take_in([talks], **how) == 60


def test_what_somebody_stops_is_not_taken_in_any_further(shop: Any, chats: Any, tmp_path: Path) -> None:
    talks = tmp_path / "stopped.jsonl"
    talks.write_text("\n".join(json.dumps(chats(f"stopped-{number}", "Hello!", f"stopped {number}")) for number in range(300)))
    batch = Batch(id="stopped", name="stopped", total=1, created_at=shop.services.clock(), state=JobState.FAILED)
    with shop.services.database.unit() as unit:
        unit.batches.add(batch)
    assert list(shop.services.batches._take_in(find([talks]).items, _Taking(batch, "tests", JobOptions()))) == [20]
    assert shop.services.submissions.get("stopped").state is JobState.FAILED
