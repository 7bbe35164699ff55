"""Recordings: content-addressed files that are whole or not there, and their rows."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from qa_service.domain.recording import ChannelMap, Recording
from qa_service.domain.transcript import Speaker
from qa_service.errors import AudioError, NotFoundError
from qa_service.store.recordings import RecordingFiles
from qa_service.store.session import Database

SHA = hashlib.sha256(b"sound").hexdigest()


@pytest.fixture
def files(tmp_path: Path) -> RecordingFiles:
    return RecordingFiles(tmp_path / "recordings")


@pytest.mark.parametrize("content", [b"x", b"sound", bytes(3 << 20)], ids=len)
def test_a_file_is_named_by_what_is_in_it(files: RecordingFiles, tmp_path: Path, content: bytes) -> None:
    sha256 = files.put(io.BytesIO(content))
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert files.put(io.BytesIO(content)) == sha256
    with files.open(sha256) as file:
        assert file.read() == content
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [files.path(sha256)]


class Broken(io.RawIOBase):
    """An upload that breaks off half-way."""

    def __init__(self) -> None:
        self.given = False

    def read(self, size: int = -1) -> bytes:
        if self.given:
            raise ConnectionResetError("gone")
        self.given = True
        return b"half"


def test_an_upload_that_breaks_off_leaves_nothing(files: RecordingFiles, tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        files.put(Broken())  # type: ignore[arg-type]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(("content", "message"), [(b"", "the file is empty"), (b"123456", "more than 5 bytes")])
def test_a_file_that_cannot_be_used_is_named(files: RecordingFiles, tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(AudioError, match=message) as caught:
        files.put(io.BytesIO(content), name="call.wav", limit=5)
    assert caught.value.file == "call.wav"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert files.put(io.BytesIO(b"12345"), limit=5)


@pytest.mark.parametrize("sha256", [SHA, "", "../../etc/passwd", SHA[:-1], SHA.upper(), SHA + "\n", "a" * 64])
def test_what_is_not_there_is_named(files: RecordingFiles, sha256: str) -> None:
    for act in (files.path, files.open):
        with pytest.raises(NotFoundError, match="no recording"):
            act(sha256)


@pytest.mark.parametrize("channel_map", [ChannelMap(), ChannelMap(mono=True), ChannelMap(left=Speaker.CUSTOMER, right=Speaker.AGENT)])
def test_a_row_comes_back_and_is_kept_once(database: Database, channel_map: ChannelMap) -> None:
    recording = Recording(
        sha256=SHA, file_name="تماس.wav", size=5_000_000_000, duration_ms=3_600_000, sample_rate=8000, channels=2, codec="pcm_mulaw",
        channel_map=channel_map,
    )
    with database.unit() as unit:
        assert unit.recordings.add(recording)
        assert not unit.recordings.add(recording.model_copy(update={"file_name": "copy.wav"}))
        assert unit.recordings.get(SHA) == recording
        with pytest.raises(NotFoundError, match="no recording"):
            unit.recordings.get("0" * 64)
