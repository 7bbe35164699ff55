"""Recordings: content-addressed files that are whole or not there, and their rows."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from qa_service.domain.recording import ChannelMap, Muted, Muting, Recording
from qa_service.domain.redaction import Kind
from qa_service.domain.transcript import Speaker
from qa_service.errors import AudioError, NotFoundError, StorageError
from qa_service.store.recordings import RecordingFiles
from qa_service.store.session import Database

SHA = hashlib.sha256(b"sound").hexdigest()


@pytest.fixture
def files(tmp_path: Path) -> RecordingFiles:
    return RecordingFiles.below(tmp_path / "recordings")


def kept(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


@pytest.mark.parametrize("content", [b"x", b"sound", bytes(3 << 20)], ids=len)
def test_a_file_is_named_by_what_is_in_it(files: RecordingFiles, tmp_path: Path, content: bytes) -> None:
    sha256 = files.put(io.BytesIO(content))
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert files.put(io.BytesIO(content)) == sha256
    assert b"".join(files.get(sha256).read()) == content
    assert kept(tmp_path) == [sha256]


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
    assert kept(tmp_path) == []


@pytest.mark.parametrize(("content", "message"), [(b"", "the file is empty"), (b"123456", "more than 5 bytes")])
def test_a_file_that_cannot_be_used_is_named(files: RecordingFiles, tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(AudioError, match=message) as caught:
        files.put(io.BytesIO(content), name="call.wav", limit=5)
    assert caught.value.file == "call.wav"
    assert kept(tmp_path) == []
    assert files.put(io.BytesIO(b"12345"), limit=5)


@pytest.mark.parametrize("sha256", [SHA, "", "../../etc/passwd", SHA[:-1], SHA.upper(), SHA + "\n", "a" * 64])
def test_what_is_not_there_is_named(files: RecordingFiles, sha256: str) -> None:
    with pytest.raises(NotFoundError, match="no recording"):
        files.get(sha256)
    with pytest.raises(NotFoundError, match="no recording"), files.named(sha256, "call.wav"):
        pass


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


@pytest.mark.parametrize(
    "muting",
    [
        None,
        Muting(),
        Muting(
            done=True, stretches=(Muted(channel=1, start_ms=5, end_ms=9, kind=Kind.CARD),), file_sha256="b" * 64, replaced=("a" * 64,),
        ),
    ],
)  # fmt: skip
def test_how_far_it_is_silenced_comes_back(database: Database, muting: Muting | None) -> None:
    recording = Recording(sha256=SHA, file_name="a.wav", size=1, duration_ms=1, sample_rate=8000, channels=2, codec="pcm_s16le")
    with database.unit() as unit:
        unit.recordings.add(recording.model_copy(update={"muting": Muting()}))
        unit.recordings.mute(SHA, muting)
    with database.reading() as unit:
        assert unit.recordings.get(SHA).muting == muting
    with pytest.raises(NotFoundError), database.unit() as unit:
        unit.recordings.mute("0" * 64, muting)


def test_a_file_goes_with_what_lies_beside_it(files: RecordingFiles, tmp_path: Path) -> None:
    sha256, other = files.put(io.BytesIO(b"one")), files.put(io.BytesIO(b"two"))
    files.attach(sha256, ".json", b"{}")
    assert (files.attached(sha256, ".json"), files.attached(other, ".json")) == (b"{}", None)
    assert files.delete(sha256)
    assert not files.delete(sha256)
    assert kept(tmp_path) == [other]


def test_a_decoder_finds_the_ending_and_the_side_car(files: RecordingFiles) -> None:
    sha256 = files.put(io.BytesIO(b"sound"))
    files.attach(sha256, ".json", b"{}")
    with files.named(sha256, "تماس.WAV") as path:
        assert (path.suffix, path.read_bytes(), path.with_suffix(".json").read_bytes()) == (".WAV", b"sound", b"{}")
    assert not path.exists()
    with files.named(sha256, "a name that ends in .nothing at all") as path:
        assert path.suffix == ""


def test_a_damaged_recording_is_told(files: RecordingFiles, tmp_path: Path) -> None:
    sha256 = files.put(io.BytesIO(b"sound"))
    (tmp_path / "recordings" / sha256[:2] / sha256).write_bytes(b"soand")
    with pytest.raises(StorageError, match="its bytes are others") as caught, files.named(sha256, "call.wav"):
        pass
    assert caught.value.file == "call.wav"
