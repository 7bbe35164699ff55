"""CSV manifests: rows, encodings, and every way to get one wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from qa_service.channels.manifest import ManifestEntry, is_manifest, read_manifest
from qa_service.domain.interaction import Direction, Purpose
from qa_service.domain.recording import ChannelMap
from qa_service.domain.transcript import Speaker
from qa_service.errors import ManifestError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    for name in ("a.wav", "b.wav", "sub/c.mp3"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def rows(folder: Path, text: str | bytes, *, confined: bool = False) -> list[ManifestEntry | ManifestError]:
    path = folder / "calls.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_manifest(path, confined=confined))


def entries(folder: Path, text: str | bytes) -> list[ManifestEntry]:
    found = rows(folder, text)
    assert not [one for one in found if isinstance(one, ManifestError)]
    return [one for one in found if isinstance(one, ManifestEntry)]


FULL = (
    "file,id,agent,agent_name,team,customer,queue,language,direction,started_at,left,right,wait_seconds,csat,csat_scale,meta.case\n"
    'a.wav,c-1,a17,"Rahimi, Sara",billing,k-88,cards,fa,outbound,2026-11-02T12:44:05+03:30,agent,customer,42.5,4,10,X-7\n'
)


def test_all_columns(folder: Path) -> None:
    [entry] = entries(folder, FULL)
    about = entry.header.interaction
    assert entry.path == folder / "a.wav"
    assert (entry.line, entry.header.id_given) == (2, True)
    assert about.agent is not None
    assert about.customer is not None
    assert about.survey is not None
    assert (about.id, about.agent.id, about.agent.name, about.agent.team) == ("c-1", "a17", "Rahimi, Sara", "billing")
    assert (about.customer.id, about.queue, about.language, about.direction) == ("k-88", "cards", "fa", Direction.OUTBOUND)
    assert about.started_at == datetime(2026, 11, 2, 9, 14, 5, tzinfo=UTC)
    assert (about.wait_seconds, about.survey.csat, about.survey.scale, about.metadata) == (42.5, 4, 10, {"case": "X-7"})
    assert entry.header.channel_map == ChannelMap(left=Speaker.AGENT, right=Speaker.CUSTOMER)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("file;agent\na.wav;a1\n", id="semicolons"),
        pytest.param("file\tagent\na.wav\ta1\n", id="tabs"),
        pytest.param(b"\xef\xbb\xbffile,agent\r\na.wav,a1\r\n", id="byte order mark and CRLF"),
        pytest.param("file,agent\na.wav,a1\n".encode("utf-16"), id="UTF-16"),
        pytest.param("File , AGENT\n\n a.wav , a1 \n,\n\n", id="blanks, capitals, empty rows"),
        pytest.param("agent,file\na1,a.wav", id="no newline at the end"),
    ],
)
def test_clothes(folder: Path, text: str | bytes) -> None:
    [entry] = entries(folder, text)
    assert entry.path.name == "a.wav"
    assert entry.header.interaction.agent is not None
    assert entry.header.interaction.agent.id == "a1"
    assert (entry.header.interaction.id, entry.header.id_given) == ("a", False)


def test_mono_and_meta_keep_their_case(folder: Path) -> None:
    [entry] = entries(folder, "file,channels,meta.Case No\nsub/c.mp3,mono,7\n")
    assert entry.header.channel_map == ChannelMap(mono=True)
    assert entry.header.interaction.metadata == {"Case No": "7"}


def test_a_row_says_what_its_call_took_place_for(folder: Path) -> None:
    found = entries(folder, "file,purpose\na.wav,mystery\nb.wav,\n")
    assert [one.header.interaction.purpose for one in found] == [Purpose.MYSTERY, Purpose.LIVE]


WHOLE: list[tuple[str | bytes, int | None, str | None, str, str | None]] = [
    ("", None, None, "empty", None),
    ("\n\n", None, None, "empty", None),
    (b"file\n\xe3\xe4.wav\n", 2, None, "not UTF-8", "CSV UTF-8"),
    ("agent,id\na,b\n", 1, "file", "missing", None),
    ("file,agnet\na.wav,x\n", 1, "agnet", "unknown column", "'agent'"),
    ("file,meta.\na.wav,x\n", 1, "meta.", "unknown column", None),
    ("file,\na.wav,x\n", 1, "(no name)", "unknown column", None),
    ("file,agent,agent\na.wav,x,y\n", 1, "agent", "stands twice", None),
]


@pytest.mark.parametrize(("text", "line", "field", "message", "hint"), WHOLE)
def test_faults_of_the_whole(folder: Path, text: str | bytes, line: int | None, field: str | None, message: str, hint: str | None) -> None:
    [error] = rows(folder, text)
    assert isinstance(error, ManifestError)
    assert (error.line, error.field) == (line, field)
    assert message in error.message
    assert hint is None or hint in (error.hint or "")
    assert error.file == str(folder / "calls.csv")


ROWS: list[tuple[str, str, str | None, str]] = [
    ("file,id", "none.wav,x", "file", "no such file: none.wav"),
    ("file,id", ",x", "file", "required"),
    ("file,id", "a.wav,x/y", "id", "match pattern"),
    ("file,id", "a.wav,x,y", None, "3 cells under 2 columns"),
    ("file,id", "a\0.wav,x", None, "NUL"),
    ("file,language", "a.wav,english", "language", "match pattern"),
    ("file,direction", "a.wav,inwards", "direction", "unknown direction 'inwards'"),
    ("file,started_at", "a.wav,2026-11-02 09:14", "started_at", "time zone"),
    ("file,wait_seconds", "a.wav,soon", "wait_seconds", "valid number"),
    ("file,wait_seconds", "a.wav,nan", "wait_seconds", "finite"),
    ("file,wait_seconds", "a.wav,-1", "wait_seconds", "greater than"),
    ("file,csat", "a.wav,9", "csat", "more than the scale 5"),
    ("file,csat_scale", "a.wav,5", "csat_scale", "needs a csat"),
    ("file,agent_name", "a.wav,Sara", "agent_name", "needs an agent id"),
    ("file,left", "a.wav,agent", "left", "both parties"),
    ("file,left,right", "a.wav,agent,agent", "left", "both parties"),
    ("file,left,right", "a.wav,agent,bot", "right", ""),
    ("file,purpose", "a.wav,training-call", "purpose", "unknown purpose 'training-call'"),
    ("file,channels", "a.wav,stereo", "channels", ""),
    ("file,channels,left,right", "a.wav,mono,agent,customer", "channels", "either mono"),
]


@pytest.mark.parametrize(("head", "row", "field", "message"), ROWS)
def test_a_faulty_row_leaves_the_others(folder: Path, head: str, row: str, field: str | None, message: str) -> None:
    found = rows(folder, f"{head}\nb.wav\n{row}\nsub/c.mp3\n")
    assert [type(one) for one in found] == [ManifestEntry, ManifestError, ManifestEntry]
    error = found[1]
    assert isinstance(error, ManifestError)
    assert (error.line, error.field) == (3, field)
    assert message in error.message


def test_the_same_file_or_id_twice(folder: Path) -> None:
    found = rows(folder, "file,id\na.wav,x\n./a.wav,y\nb.wav,x\n")
    assert [one.line if isinstance(one, ManifestEntry) else one.message for one in found] == [2, "already in line 2", "already in line 2"]


def test_an_unclosed_quote_ends_the_table(folder: Path) -> None:
    found = rows(folder, 'file,id\na.wav,x\nb.wav,"y\n')
    assert isinstance(found[0], ManifestEntry)
    assert isinstance(found[1], ManifestError)
    assert "not readable as CSV" in found[1].message


def test_quoted_line_breaks_keep_the_line_right(folder: Path) -> None:
    found = rows(folder, 'file,meta.note\na.wav,"one\ntwo"\nnone.wav,x\n')
    assert isinstance(found[1], ManifestError)
    assert found[1].line == 4


def test_confined(folder: Path) -> None:
    (folder / "sub" / "calls.csv").write_text("file\n../a.wav\nc.mp3\n")
    free = list(read_manifest(folder / "sub" / "calls.csv"))
    assert all(isinstance(one, ManifestEntry) for one in free)
    bound = list(read_manifest(folder / "sub" / "calls.csv", confined=True))
    assert isinstance(bound[0], ManifestError)
    assert "outside of the manifest's folder" in bound[0].message
    assert isinstance(bound[1], ManifestEntry)


def test_confined_sees_through_links(folder: Path) -> None:
    (folder / "sub" / "link.wav").symlink_to(folder / "a.wav")
    (folder / "sub" / "calls.csv").write_text("file\nlink.wav\n")
    [error] = read_manifest(folder / "sub" / "calls.csv", confined=True)
    assert isinstance(error, ManifestError)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"file,agent\n", True),
        (b"\xef\xbb\xbfFile;agent\n", True),
        (b"name,agent\n", False),
        (b"", False),
        ("file\tid\n".encode("utf-16"), True),
        (b"file,id\rcall.wav,c-1\r", True),
        (b"id,agent\rc-1,a-1\r", False),
    ],
)
def test_which_tables_are_manifests(tmp_path: Path, text: bytes, expected: bool) -> None:
    (tmp_path / "x.csv").write_bytes(text)
    assert is_manifest(tmp_path / "x.csv") is expected


def test_a_manifest_that_went_away(tmp_path: Path) -> None:
    [error] = read_manifest(tmp_path / "x.csv")
    assert isinstance(error, ManifestError)
