"""Paths as work: what is taken, what is passed over, what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from qa_service.channels import IMPORTS, Conversation, WorkItem, WorkKind, discover, format_of, read_file
from qa_service.channels.discover import find
from qa_service.domain.transcript import Speaker
from qa_service.errors import ConversationError, ManifestError

CHAT = json.dumps({"id": "c", "channel": "chat", "turns": [{"speaker": "agent", "text": "hi"}]})
MAIL = "From: Bob <bob@mail.example>\nTo: s@shop.example\nSubject: {}\nMessage-ID: <{}>\n{}\nhello\n"


def fill(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def shown(items: list[WorkItem], folder: Path) -> list[str]:
    return [f"{item.kind}:{item.path.relative_to(folder)}" for item in items]


def test_a_folder(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            "b.wav": "x",
            "b.json": "{}",
            "a/x.MP3": "x",
            "c.conversation.json": CHAT,
            "c.answers.json": "{}",
            "c.scorecard.json": "{}",
            "scorecard.schema.json": "{}",
            "README.md": "x",
            "README": "x",
            "LICENSE": "x",
            "notes.txt": "x",
            "run.py": "x",
            "r.yaml": "x",
            "table.csv": "name,x\n1,2\n",
            ".hidden.wav": "x",
            ".git/x.wav": "x",
            "lines.jsonl": CHAT,
            "call.vtt": "WEBVTT\n",
            "odd.xyz": "\x01",
        },
    )
    assert shown(discover([tmp_path]), tmp_path) == [
        "recording:a/x.MP3",
        "recording:b.wav",
        "conversations:c.conversation.json",
        "conversations:call.vtt",
        "conversations:lines.jsonl",
        "unusable:odd.xyz",
    ]


def test_order_named_and_nothing_twice(tmp_path: Path) -> None:
    fill(tmp_path, {"a.wav": "x", "b.wav": "x", "c.wav": "x"})
    assert shown(discover([tmp_path / "c.wav", tmp_path, tmp_path / "c.wav"]), tmp_path) == [
        "recording:c.wav",
        "recording:a.wav",
        "recording:b.wav",
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [("none.wav", "no such file or folder"), ("notes.txt", "neither a recording"), ("c.scorecard.json", "neither a recording")],
)
def test_a_file_that_was_named_is_never_passed_over(tmp_path: Path, name: str, message: str) -> None:
    fill(tmp_path, {"notes.txt": "x", "c.scorecard.json": "{}"})
    [item] = discover([tmp_path / name])
    assert isinstance(item.error, ConversationError)
    assert message in item.error.message
    assert item.error.file == str(tmp_path / name)
    assert list(item.read()) == [item.error]


def test_a_named_side_car_means_its_recording(tmp_path: Path) -> None:
    fill(tmp_path, {"a [1].wav": "x", "a [1].json": "{}"})
    assert shown(discover([tmp_path / "a [1].json"]), tmp_path) == ["recording:a [1].wav"]
    assert shown(discover([tmp_path / "a [1].json", tmp_path / "a [1].wav"]), tmp_path) == ["recording:a [1].wav"]


def test_headers_from_side_car_manifest_or_name(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            "a.wav": "x",
            "a.json": '{"id": "from-side-car", "channels": "mono"}',
            "b.wav": "x",
            "c.wav": "x",
            "calls.csv": "file,id,left,right\nb.wav,from-row,agent,customer\na.wav,row-of-a,agent,customer\nnone.wav,x,,\n",
        },
    )
    items = discover([tmp_path])
    assert shown(items, tmp_path) == ["recording:b.wav", "recording:a.wav", "unusable:calls.csv", "recording:c.wav"]
    headers = {item.path.name: item.load_header() for item in items if item.kind is WorkKind.RECORDING}
    assert {name: header.interaction.id for name, header in headers.items()} == {
        "b.wav": "from-row",
        "a.wav": "from-side-car",
        "c.wav": "c",
    }
    assert headers["b.wav"].channel_map.left is Speaker.AGENT
    assert headers["a.wav"].channel_map.mono
    assert isinstance(items[2].error, ManifestError)
    assert items[2].error.line == 4


def test_a_named_manifest(tmp_path: Path) -> None:
    fill(tmp_path, {"in/calls.csv": "file\n../a.wav\nb.wav\n", "a.wav": "x", "in/b.wav": "x"})
    free = discover([tmp_path / "in" / "calls.csv"])
    assert [item.path.name for item in free] == ["a.wav", "b.wav"]
    bound = discover([tmp_path / "in" / "calls.csv"], confined=True)
    assert [item.kind for item in bound] == [WorkKind.UNUSABLE, WorkKind.RECORDING]


def test_a_faulty_side_car_is_raised_when_it_is_read(tmp_path: Path) -> None:
    fill(tmp_path, {"a.wav": "x", "a.json": '{"chanels": "mono"}'})
    [item] = discover([tmp_path])
    with pytest.raises(ConversationError) as caught:
        item.load_header()
    assert (caught.value.file, caught.value.field) == (str(tmp_path / "a.json"), "chanels")


def test_two_recordings_of_one_side_car(tmp_path: Path) -> None:
    fill(tmp_path, {"a.mp3": "x", "a.wav": "x", "a.json": "{}"})
    items = discover([tmp_path])
    assert shown(items, tmp_path) == ["recording:a.mp3", "unusable:a.wav"]
    assert items[1].error is not None
    assert "shares the side-car" in items[1].error.message


def test_mails_of_one_thread_are_one_item(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            "1.eml": MAIL.format("Re: A", "2@x", "In-Reply-To: <1@x>\nDate: Tue, 03 Nov 2026 09:00:00 +0000\n"),
            "2.eml": MAIL.format("B", "9@x", ""),
            "3.eml": MAIL.format("A", "1@x", "Date: Mon, 02 Nov 2026 09:00:00 +0000\n"),
            "z.wav": "x",
        },
    )
    items = discover([tmp_path])
    assert [[path.name for path in item.paths] for item in items] == [[], ["3.eml", "1.eml"], ["2.eml"]]
    [thread] = items[1].read()
    assert isinstance(thread, Conversation)
    assert thread.interaction.id == "1@x"
    assert len(thread.transcript.turns) == 2


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("x.json", CHAT, "conversation"),
        ("x.json", f"[{CHAT}]", "conversation"),
        ("x.json", "\ufeff\n" + CHAT, "conversation"),
        ("x.dat", CHAT, "conversation"),
        ("x.eml", CHAT, "conversation"),
        ("x.json", '{"segments": []}', "whisperx"),
        ("x.json", '{"Channel": "VOICE", "Participants": []}', "contact_lens"),
        ("x.json", '{"id": "c", "channel": "chat", "turns": [{"speaker": "agent", "text": "what \\"segments\\" mean"}]}', "conversation"),
        ("x.txt", "WEBVTT\n", "vtt"),
        ("x.txt", "1\n00:00:01,000 --> 00:00:02,000\nhi", "srt"),
        ("x.txt", "Received: by x\n\ty\nFrom: a@b.example\n\nhi", "email"),
        ("x", "From a@b.example Mon Nov  2 09:00:00 2026\nFrom: a@b.example\n\nhi", "mbox"),
        ("x.vtt", "", "vtt"),
        ("x.json", "", "conversation"),
        ("x.mbox", "", "mbox"),
        ("x.txt", "Dear Sara: hello", None),
    ],
)
def test_the_content_chooses_the_format(tmp_path: Path, name: str, text: str, expected: str | None) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = format_of(tmp_path / name)
    assert (found.name if found else None) == expected


def test_what_no_format_reads(tmp_path: Path) -> None:
    (tmp_path / "x.zzz").write_bytes(b"\x00\x01")
    [error] = read_file(tmp_path / "x.zzz")
    assert isinstance(error, ConversationError)
    assert ".eml" in (error.hint or "")
    [missing] = read_file(tmp_path / "none.json")
    assert isinstance(missing, ConversationError)


def test_formats_have_names_of_their_own() -> None:
    names = [one.name for one in IMPORTS]
    assert len(set(names)) == len(names)


def test_rows_of_a_manifest_are_read_one_by_one(tmp_path: Path) -> None:
    """The first can be worked on while the last are not even there."""
    (tmp_path / "a.wav").write_bytes(b"a")
    (tmp_path / "calls.csv").write_text("file\na.wav\nb.wav\nc.wav\n")
    found = find([tmp_path / "calls.csv"])
    assert found.expected == 3
    assert next(found.items).path.name == "a.wav"
    (tmp_path / "b.wav").write_bytes(b"b")
    assert [(item.line, item.error is None) for item in found.items] == [(3, True), (4, False)]


def test_about_how_many_there_are(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"a")
    (tmp_path / "talks.jsonl").write_text('{"id": 1}\n{"id": 2}\n{"id": 3}\n')
    assert find([tmp_path]).expected == 4


def test_a_folder_is_looked_at_once_however_many_files_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        (tmp_path / f"{number}.json").write_text("{}")
    looks: list[object] = []
    list_folder = os.listdir
    monkeypatch.setattr("os.listdir", lambda folder: looks.append(folder) or list_folder(folder))
    assert len(discover([tmp_path])) == 50
    assert looks == [tmp_path]
