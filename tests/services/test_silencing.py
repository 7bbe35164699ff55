"""Silencing: whenever the work stops, the next try ends with one silent recording and nothing beside it."""

from __future__ import annotations

import base64
import json
import time
import wave
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from qa_service.channels.sidecar import read_sidecar
from qa_service.domain.recording import ChannelMap
from qa_service.domain.redaction import Kind, Redaction
from qa_service.domain.transcript import Speaker, Transcript, Turn
from qa_service.errors import ConflictError, DuplicateError
from qa_service.services.ingest import Source
from qa_service.services.redaction import Masked
from qa_service.speech.audio import decode
from qa_service.store.jobs import JobState

Open = Callable[..., AbstractContextManager[Any]]
CARD = "four five three nine one four eight eight oh three four three six four six seven"


def write(folder: Path, name: str, *, parties: int = 2, channels: Any = None, alike: bool = False, customer: str = f"It's {CARD}.") -> Path:
    """A call of noise, the agent on the left, in which the customer says a card number from 1.5 to 4 s."""
    path = folder / f"{name}.wav"
    noise = np.random.default_rng(list(name.encode())).integers(-9000, 9000, (48_000, parties), dtype=np.int16)
    if alike:
        noise[:, 1] = noise[:, 0]
    with wave.open(str(path), "wb") as out:
        out.setparams((parties, 2, 8000, 0, "NONE", ""))
        out.writeframes(noise.tobytes())
    turns = [
        {"speaker": "agent", "start": 0.0, "end": 1.0, "text": "Can I take the long number on your card?"},
        {"speaker": "customer", "start": 1.5, "end": 4.0, "text": customer},
        {"speaker": "agent", "start": 4.5, "end": 5.5, "text": "Lovely, thank you. Goodbye."},
    ]
    told = {"left": "agent", "right": "customer"} if channels is None else channels
    sidecar = {"id": name, "language": "en", "channels": told, "turns": turns}
    path.with_suffix(".json").write_text(json.dumps(sidecar), encoding="utf-8")
    return path


def kept(shop: Any) -> list[Path]:
    """Recordings in the data folder."""
    root = shop.services.settings.data_dir / "recordings"
    return sorted(path for path in root.rglob("*") if path.is_file() and not path.suffix and path.name != ".lock")


def heard(shop: Any, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    _, blob = shop.services.interactions.recording(name)
    path = blob.path
    return decode(path, max_seconds=60).samples


def silent(shop: Any, name: str) -> list[bool]:
    """By channel, whether the middle of the card number is silent."""
    return [not heard(shop, name)[8 * 2000 : 8 * 3500, channel].any() for channel in range(heard(shop, name).shape[1])]


def again(shop: Any) -> None:
    """The transcription step done again, as after a crash."""
    (job,) = shop.services.jobs.list().items
    with shop.services.database.unit() as unit:
        unit.jobs.start(job.id, at=shop.services.clock())
    assert shop.services.processing.transcribe(job.id)


@pytest.mark.parametrize(
    ("options", "channels"),
    [
        ({}, [True, True]),
        ({"parties": 1, "channels": "mono"}, [True]),
        ({"alike": True}, [True, True]),
        ({"customer": "I lost it."}, [False, False]),
    ],
    ids=["both channels, nobody else talks", "mono", "the same sound twice", "nothing to hide"],
)
def test_channels(open_shop: Open, tmp_path: Path, options: Any, channels: list[bool]) -> None:
    upload = write(tmp_path, "call", **options)
    with open_shop() as shop:
        (row,) = shop.score(upload)
        assert row.status == "scored"
        assert silent(shop, "call") == channels
        (file,) = kept(shop)
        assert (file.read_bytes() == upload.read_bytes()) is (not any(channels)), "what holds nothing to hide is kept as it was"


def test_nobody_told_which_channel_is_whose(open_shop: Open, tmp_path: Path) -> None:
    upload = write(tmp_path, "call")
    sidecar = json.loads(upload.with_suffix(".json").read_text())
    del sidecar["channels"]
    upload.with_suffix(".json").write_text(json.dumps(sidecar))
    with open_shop() as shop:
        shop.score(upload)
        assert silent(shop, "call") == [True, True]


@pytest.mark.parametrize("point", ["seal_file", "put", "save", "delete"])
def test_a_crash_anywhere_loses_nothing(open_shop: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    upload = write(tmp_path, "call")
    where = {
        "seal_file": "qa_service.store.vault.Vault.seal_file", "put": "qa_service.store.recordings.RecordingFiles.put",
        "save": "qa_service.store.transcripts.Transcripts.save", "delete": "qa_service.store.recordings.RecordingFiles.delete",
    }  # fmt: skip
    key = base64.b64encode(bytes(32)).decode()
    with open_shop(vault_key=SecretStr(key)) as shop:
        calls: list[int] = []

        def dies(*args: Any, **kwargs: Any) -> Any:
            calls.append(1)
            if point == "put" and len(calls) == 1:
                return put(*args, **kwargs)  # the upload itself
            raise KeyboardInterrupt

        put = shop.services.files.__class__.put
        with monkeypatch.context() as patch:
            patch.setattr(where[point], dies)
            patch.setattr(shop.services.processing, "dispatch", lambda jobs: None)
            ingestion = shop.ingestion()
            ingestion._dispatch = lambda jobs: None
            header = read_sidecar(upload.with_suffix(".json"), describes=upload)
            reference = upload.with_suffix(".json").read_bytes()
            job = ingestion.recording(upload, header, source=Source(name="call.wav", actor="t"), reference=reference).job
            with pytest.raises(KeyboardInterrupt):
                shop.services.processing.transcribe(job)
            if point != "delete":
                with pytest.raises(ConflictError):
                    shop.services.interactions.recording("call")
            assert any(path.read_bytes() == upload.read_bytes() for path in kept(shop)), "the upload is there until all is done"
        assert shop.services.processing.transcribe(job)
        assert silent(shop, "call") == [True, True]
        (file,) = kept(shop)
        assert file.read_bytes() != upload.read_bytes()
        _, pieces = shop.services.originals.audio("call", reason="a test of it", actor="t")
        assert b"".join(pieces) == upload.read_bytes()
        assert CARD not in "".join(path.read_text() for path in file.parent.parent.rglob("*.json"))
        assert shop.services.processing.score([job]) == 1


def test_what_an_interrupted_try_wrote_goes_though_the_next_one_differs(open_shop: Open, tmp_path: Path, monkeypatch: Any) -> None:
    upload = write(tmp_path, "call")
    with open_shop() as shop:
        ingestion = shop.ingestion()
        ingestion._dispatch = lambda jobs: None
        header, reference = read_sidecar(upload.with_suffix(".json"), describes=upload), upload.with_suffix(".json").read_bytes()
        job = ingestion.recording(upload, header, source=Source(name="call.wav", actor="t"), reference=reference).job

        def dies(*args: Any, **kwargs: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("qa_service.store.transcripts.Transcripts.save", dies)
            with pytest.raises(KeyboardInterrupt):
                shop.services.processing.transcribe(job)
        assert len(kept(shop)) == 2
        with monkeypatch.context() as patch:
            patch.setattr("qa_service.domain.silencing.PADDING_MS", 300)  # another file comes of it
            assert shop.services.processing.transcribe(job)
        assert len(kept(shop)) == 1
        assert silent(shop, "call") == [True, True]


def test_another_engine_silences_more_of_the_same_file(open_shop: Open, tmp_path: Path) -> None:
    upload = write(tmp_path, "call")
    with open_shop() as shop:
        shop.score(upload)
        processing, stored = shop.services.processing, shop.services.interactions.get("call")
        told = Redaction(kind=Kind.NAME, turn=0, start=0, end=6, start_ms=4600, end_ms=5000)
        turn = Turn(speaker=Speaker.AGENT, text="[NAME]", start_ms=4500, end_ms=5500)
        other = Transcript(turns=(turn,), engine="other", redactions=(told,))
        for _ in range(2):
            processing._keep("call", stored.recording_sha256, Masked(other, ()))
        (file,) = kept(shop)
        samples = heard(shop, "call")
        assert not samples[8 * 4650 : 8 * 4950, 0].any()
        assert not samples[8 * 2000 : 8 * 3500, 1].any()
        assert samples[8 * 5400 :, 0].any()
        assert file.name == shop.services.interactions.recording("call")[0].kept_sha256


def test_an_upload_that_is_refused_or_cut_short_does_not_stay(open_shop: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = write(tmp_path, "one"), write(tmp_path, "two")
    header = read_sidecar(first.with_suffix(".json"), describes=first)
    with open_shop() as shop:
        shop.score(first)
        with pytest.raises(DuplicateError):
            shop.services.ingestion.recording(second, header, source=Source(name="two.wav", actor="t"))
        assert len(kept(shop)) == 1
        dead = shop.services.files.scratch.folder.parent / "of a process that died"
        dead.mkdir()
        with second.open("rb") as stream:
            (dead / f"taking-{shop.services.files.put(stream)}").touch()
        (dead / f"taking-{shop.services.interactions.get('one').recording_sha256}").touch()
        assert shop.services.files.scratch.sweep(shop.services.ingestion.tidy) == 1
        assert len(kept(shop)) == 1
        assert silent(shop, "one") == [True, True]


def test_the_same_call_again_brings_nothing_back(open_shop: Open, tmp_path: Path) -> None:
    upload = write(tmp_path, "call")
    with open_shop() as shop:
        (first,) = shop.score(upload)
        (second,) = shop.score(upload)
        assert first.scorecard == second.scorecard
        assert silent(shop, "call") == [True, True]
        (file,) = kept(shop)
        (beside,) = file.parent.glob("*.json")
        assert CARD not in beside.read_text()


def test_off_keeps_everything_as_it_was(open_shop: Open, tmp_path: Path) -> None:
    upload = write(tmp_path, "call")
    with open_shop(redaction="off") as shop:
        shop.score(upload)
        assert [path.read_bytes() for path in kept(shop)] == [upload.read_bytes()]
        found = shop.services.interactions.transcript("call")
        assert (found.turns[1].text, found.redactions) == (f"It's {CARD}.", None)


def test_channels_told_afterwards_are_those_of_the_silent_recording(open_shop: Open, tmp_path: Path) -> None:
    upload = write(tmp_path, "call")
    with open_shop() as shop:
        shop.score(upload)
        changed = shop.services.channels.put("call", ChannelMap(left=Speaker.CUSTOMER, right=Speaker.AGENT), actor="t")
        until = time.monotonic() + 60
        while any(shop.services.jobs.get(job).state is not JobState.DONE for job in changed.jobs):
            assert time.monotonic() < until
            time.sleep(0.02)
        found = shop.services.interactions.transcript("call")
        assert (found.turns[1].speaker, found.turns[1].text) == (Speaker.AGENT, "It's [CARD].")
        assert silent(shop, "call") == [True, True]
