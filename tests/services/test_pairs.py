"""Calls that were recorded as one mono file a party: one recording, stored once, with both sources in the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_service.channels.pairs import AGENT_LEFT, Pair
from qa_service.channels.sidecar import bare_header
from qa_service.domain.recording import ChannelMap
from qa_service.errors import DuplicateError
from qa_service.services.ingest import Source
from qa_service.speech.audio import decode

TURNS = [
    {"speaker": "agent", "start": 0.0, "end": 0.3, "text": "Hello!"},
    {"speaker": "customer", "start": 0.4, "end": 0.7, "text": "Hi."},
]


@pytest.fixture
def write_pair(write_call: Callable[..., Path]) -> Callable[..., tuple[Path, Path]]:
    """Writes ``NAME_agent.wav`` and ``NAME_caller.wav``, and a side-car for both where there is something to tell."""

    def write(folder: Path, name: str, *, sidecar: dict[str, Any] | None = None, **options: Any) -> tuple[Path, Path]:
        agent = write_call(folder, f"{name}_agent", parties=1, **options)
        caller = write_call(folder, f"{name}_caller", parties=1, **options)
        if sidecar is not None:
            (folder / f"{name}.json").write_text(json.dumps({"id": name, "agent": {"id": "a1"}, "turns": TURNS, **sidecar}))
        return agent, caller

    return write


def taken_in(shop: Any, interaction: str) -> dict[str, Any]:
    """What the ledger says about how it was taken in."""
    with shop.services.database.reading() as unit:
        entries = [one for one in unit.ledger.entries() if one.subject == f"interaction/{interaction}"]
    (content,) = [one.content for one in entries if one.action == "interaction.ingested"]
    return dict(content)


def test_a_folder_with_a_pair_is_one_scored_call(shop: Any, write_pair: Any, tmp_path: Path) -> None:
    agent, caller = write_pair(tmp_path, "p-1", sidecar={})
    (row,) = shop.score(tmp_path)
    assert (row.status.value, row.file) == ("scored", f"{agent} + {caller}")
    recording, blob = shop.services.interactions.recording("p-1")
    path = blob.path
    assert (recording.channels, recording.channel_map, recording.file_name) == (2, AGENT_LEFT, "p-1.flac")
    assert recording.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() == path.name
    sound = decode(path, max_seconds=60)
    for channel, half in enumerate((agent, caller)):
        assert np.array_equal(sound.samples[:, channel], decode(half, max_seconds=60).samples[:, 0])
    told = taken_in(shop, "p-1")
    assert told["sources"] == [
        {"channel": side, "name": str(half), "sha256": hashlib.sha256(half.read_bytes()).hexdigest(), "duration_ms": 1000}
        for side, half in (("left", agent), ("right", caller))
    ]
    assert (told["longer_ms"], told["offset"], told["applied_ms"]) == (0, None, 0)
    assert shop.services.interactions.get("p-1").content_sha256 == told["content_sha256"]


def test_the_same_pair_again_is_the_same_content(shop: Any, write_pair: Any, tmp_path: Path) -> None:
    first, other = tmp_path / "first", tmp_path / "other"
    for folder in (first, other):
        folder.mkdir()
    write_pair(first, "p-2", sidecar={})
    (row,) = shop.score(first)
    for old, new in (("p-2_agent.wav", "renamed-agent.wav"), ("p-2_caller.wav", "renamed-client.wav")):
        (other / new).write_bytes((first / old).read_bytes())
    (again,) = shop.score(other)
    assert again.scorecard.id == row.scorecard.id
    assert shop.ledger("interaction.ingested").count("interaction/p-2") == 1


def test_the_other_way_round_is_refused(shop: Any, write_pair: Any, tmp_path: Path) -> None:
    agent, caller = write_pair(tmp_path, "p-3", sidecar={})
    shop.score(tmp_path)
    turned = Pair(left=caller, right=agent, stem="p-3", channel_map=AGENT_LEFT)
    names = {agent: "agent", caller: "caller"}
    with pytest.raises(DuplicateError, match="other way round") as caught:
        shop.services.ingestion.pair(turned, bare_header("p-3.wav"), source=Source(name="x", actor="tests"), names=names)
    assert "/v1/interactions/p-3/channels" in (caught.value.hint or "")


def test_without_an_id_the_call_is_named_after_both(shop: Any, write_pair: Any, tmp_path: Path) -> None:
    write_pair(tmp_path, "p-4")
    (row,) = shop.score(tmp_path)
    assert row.status.value == "failed"  # the engine that only reads finds nothing to read
    (subject,) = [one for one in shop.ledger("interaction.ingested") if one.startswith("interaction/p-4-")]
    content = shop.services.interactions.get(subject.removeprefix("interaction/")).content_sha256
    assert subject == f"interaction/p-4-{content[:8]}"


def test_sides_without_parties_have_no_map(shop: Any, write_call: Any, tmp_path: Path) -> None:
    for side in ("rx", "tx"):
        write_call(tmp_path, f"p-5.{side}", parties=1)
    (tmp_path / "p-5.json").write_text(json.dumps({"id": "p-5", "turns": TURNS}))
    (row,) = shop.score(tmp_path)
    assert row.status.value == "scored"
    assert shop.services.interactions.recording("p-5")[0].channel_map == ChannelMap()


@pytest.mark.parametrize("half", ["agent", "caller"])
def test_a_broken_half_is_told_by_its_name(shop: Any, write_pair: Any, tmp_path: Path, half: str) -> None:
    write_pair(tmp_path, f"p-6{half}")
    broken = tmp_path / f"p-6{half}_{half}.wav"
    broken.write_bytes(b"no sound is in here, only words" * 9)
    (row,) = shop.score(tmp_path)
    assert row.error.startswith(f"{broken}: not a recording")


def test_lengths_that_do_not_fit_are_told(shop: Any, write_call: Any, tmp_path: Path) -> None:
    write_call(tmp_path, "p-7_agent", parties=1, seconds=2)
    write_call(tmp_path, "p-7_caller", parties=1, seconds=40)
    (row,) = shop.score(tmp_path)
    assert "too much in length to be one call: p-7_agent.wav 2.0 s, p-7_caller.wav 40.0 s" in row.error


def test_stereo_files_of_such_names_are_calls_of_their_own(shop: Any, write_call: Any, tmp_path: Path) -> None:
    for party in ("agent", "caller"):
        write_call(tmp_path, f"p-8_{party}")
    assert len(shop.score(tmp_path)) == 2


def test_a_manifest_of_pairs(shop: Any, write_pair: Any, tmp_path: Path) -> None:
    agent, caller = write_pair(tmp_path, "p-9")
    (tmp_path / "calls.csv").write_text(f"agent_file,customer_file,id,agent\n{agent.name},{caller.name},p-9,a7\n")
    (row,) = shop.score(tmp_path)
    assert row.file == f"{agent} + {caller}"
    stored = shop.services.interactions.get("p-9")
    assert (stored.interaction.agent.id, stored.source_name) == ("a7", row.file)
    with shop.services.database.reading() as unit:
        assert unit.recordings.get(stored.recording_sha256).channel_map == AGENT_LEFT


def test_nothing_is_left_behind(shop: Any) -> None:
    assert not list(shop.services.settings.data_dir.glob("joining-*"))
