"""Taking in: the same content twice becomes one, and everything that cannot be used is told by its name."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.channels import Header
from qa_service.channels.sidecar import bare_header, read_sidecar
from qa_service.domain.interaction import AgentRef, Channel, Interaction
from qa_service.domain.recording import ChannelMap
from qa_service.errors import AudioError, DuplicateError, InputError, QaError, UnknownAgentError
from qa_service.services.ingest import Ingested, JobOptions, Source
from qa_service.store.batches import Cause

SHIPPED = Path(__file__).parents[2] / "audio_fixtures"
NAMED = Source(name="upload named by its sender.wav", actor="tests")


def header(identifier: str, *, agent: str | None = "a1", **channels: Any) -> Header:
    who = None if agent is None else AgentRef(id=agent)
    return Header(interaction=Interaction(id=identifier, channel=Channel.PHONE, agent=who), channel_map=ChannelMap(**channels))


def test_same_content_twice_is_one_interaction(shop: Any) -> None:
    first, again = shop.take("twice"), shop.take("twice")
    assert first.created
    assert again == Ingested(interaction="twice", job=first.job, created=False, cause=Cause.THERE)
    assert shop.ledger("interaction.ingested").count("interaction/twice") == 1


def test_same_content_twice_in_one_go(shop: Any) -> None:
    one = (shop.conversation("both"), Source(name="both.json", actor="tests"))
    first, second = shop.services.ingestion.conversations([one, one])
    assert (first.created, second.created) == (True, False)
    assert first.interaction == second.interaction == "both"


def test_same_id_with_other_content_is_refused_by_name(shop: Any) -> None:
    shop.take("other", "Hello!", "Hi.")
    with pytest.raises(DuplicateError, match=r"other\.json: id: .*stored with other content"):
        shop.take("other", "Hello!", "Who is this?")


def test_a_refused_one_does_not_stop_the_others(shop: Any) -> None:
    shop.take("known", "Hello!", "Hi.")
    items = [(shop.conversation(one, "Good day.", one), Source(name=f"{one}.json", actor="tests")) for one in ("new-1", "known", "new-2")]
    first, refused, last = shop.services.ingestion.conversations(items)
    assert (first.interaction, last.interaction) == ("new-1", "new-2")
    assert isinstance(refused, DuplicateError)
    assert refused.file == "known.json"


def test_same_recording_under_another_name_is_one_interaction(shop: Any, write_call: Callable[..., Path], tmp_path: Path) -> None:
    path = write_call(tmp_path, "call", "Hello!", "Hi.")
    first = shop.services.ingestion.recording(path, header("call-1", left="agent", right="customer"), source=NAMED)
    again = shop.services.ingestion.recording(path, header("call-2", left="agent", right="customer"), source=NAMED)
    assert (first.interaction, again.interaction, again.created) == ("call-1", "call-1", False)


def test_other_recording_under_a_known_id_is_refused_and_not_kept(shop: Any, write_call: Callable[..., Path], tmp_path: Path) -> None:
    def kept() -> int:
        return sum(1 for path in (shop.services.settings.data_dir / "recordings").rglob("*") if path.is_file() and path.suffix == "")

    shop.services.ingestion.recording(write_call(tmp_path, "one"), header("same"), source=NAMED)
    before = kept()
    with pytest.raises(DuplicateError, match="upload named by its sender"):
        shop.services.ingestion.recording(write_call(tmp_path, "two"), header("same"), source=NAMED)
    assert kept() == before


def test_recording_without_an_id_is_named_after_its_file_and_content(shop: Any, write_call: Callable[..., Path], tmp_path: Path) -> None:
    names = set()
    for folder in ("mon", "tue"):
        (tmp_path / folder).mkdir()
        path = write_call(tmp_path / folder, f"0001-{folder}").rename(tmp_path / folder / "0001.wav")
        names.add(shop.services.ingestion.recording(path, bare_header(path.name), source=NAMED).interaction)
    assert len(names) == 2
    assert all(name.startswith("0001-") for name in names)


def test_recording_keeps_the_senders_name(shop: Any, write_call: Callable[..., Path], tmp_path: Path) -> None:
    path = write_call(tmp_path, "tmp81j2k")
    shop.services.ingestion.recording(path, header("named"), source=Source(name="calls/monday.wav", actor="tests"))
    stored = shop.services.interactions.get("named")
    with shop.services.database.reading() as unit:
        assert unit.recordings.get(stored.recording_sha256).file_name == "monday.wav"


def cut(path: Path) -> Path:
    whole = (SHIPPED / "shop-exchange-01.mp3").read_bytes()
    path.with_suffix(".mp3").write_bytes(whole[: len(whole) // 2])
    return path.with_suffix(".mp3")


def text_named_wav(path: Path) -> Path:
    path.write_text("Dear customer, the call could not be exported.\n" * 40)
    return path


def empty(path: Path) -> Path:
    path.touch()
    return path


def no_samples(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
    return path


def three_channels(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((3, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(6 * 8000))
    return path


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (text_named_wav, "not a recording"),
        (empty, "the file is empty"),
        (no_samples, "is 0 s long"),
        (three_channels, "3 channels"),
        (cut, "breaks off"),
    ],
)
def test_what_is_no_whole_recording_fails_by_name(shop: Any, tmp_path: Path, make: Callable[[Path], Path], told: str) -> None:
    path = make(tmp_path / "q9x.wav")
    (row,) = shop.score(path)
    assert row.status == "failed"
    assert row.error.startswith(f"{path}: ")
    assert told in row.error


@pytest.mark.parametrize("make", [text_named_wav, empty, no_samples, three_channels])
def test_upload_is_refused_under_its_senders_name(shop: Any, tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(AudioError) as caught:
        shop.services.ingestion.recording(make(tmp_path / "q9x.wav"), header("upload"), source=NAMED)
    assert caught.value.file == NAMED.name
    assert "q9x" not in str(caught.value)


def three_hours(path: Path) -> Path:
    """A mu-law header and a hole of the right length."""
    samples = 3 * 3600 * 8000
    with path.open("wb") as file:
        fields = [b"RIFF", (samples + 50).to_bytes(4, "little"), b"WAVEfmt ", (18).to_bytes(4, "little"), (7).to_bytes(2, "little")]
        fields += [(1).to_bytes(2, "little"), (8000).to_bytes(4, "little"), (8000).to_bytes(4, "little"), (1).to_bytes(2, "little")]
        fields += [(8).to_bytes(2, "little"), (0).to_bytes(2, "little"), b"fact", (4).to_bytes(4, "little"), samples.to_bytes(4, "little")]
        fields += [b"data", samples.to_bytes(4, "little")]
        file.write(b"".join(fields))
        file.truncate(file.tell() + samples)
    return path


def test_three_hours_are_refused_where_the_limit_is_lower(shop: Any, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"upload named.*10800 s long; the limit is 3600 s.*QA_MAX_AUDIO_SECONDS"):
        shop.ingestion(max_audio_seconds=3600.0).recording(three_hours(tmp_path / "long.wav"), header("long"), source=NAMED)


def test_channel_map_for_two_parties_needs_two_channels(shop: Any, write_call: Callable[..., Path], tmp_path: Path) -> None:
    path = write_call(tmp_path, "mono", parties=1)
    with pytest.raises(AudioError, match=r"upload named.*channels: .*has one channel.*mono"):
        shop.services.ingestion.recording(path, header("mono-1", left="agent", right="customer"), source=NAMED)


def test_wrong_channel_map_can_be_put_right(shop: Any, write_call: Callable[..., Path], tmp_path: Path) -> None:
    path = write_call(tmp_path, "mapped", "Hello!", "Hi.", channels="mono")
    (row,) = shop.score(path)
    assert row.status == "failed"
    assert f'{path}: channels: the channel map says "mono"' in row.error
    write_call(tmp_path, "mapped", "Hello!", "Hi.")
    (row,) = shop.score(path)
    assert (row.status, row.error) == ("scored", None)


def test_other_channel_map_for_a_scored_recording_is_refused(shop: Any, write_call: Callable[..., Path], tmp_path: Path) -> None:
    path = write_call(tmp_path, "swapped", "Hello!", "Hi.")
    assert shop.score(path)[0].status == "scored"
    write_call(tmp_path, "swapped", "Hello!", "Hi.", channels={"left": "customer", "right": "agent"})
    (row,) = shop.score(path)
    assert row.status == "failed"
    assert "other parties on its channels" in row.error


@pytest.mark.parametrize(("agent", "told"), [("a9", "nobody knows agent 'a9'"), (None, "no agent is named")])
def test_unknown_agent_is_refused_where_the_settings_say_so(
    shop: Any, tmp_path: Path, write_call: Any, agent: str | None, told: str
) -> None:
    ingestion = shop.ingestion(unknown_agents="refuse")
    shop.take(f"makes-a1-known-{agent}")
    good, bad = (shop.conversation(f"who-{one}-{agent}", "Hello!", str(agent), agent=one) for one in ("a1", agent))
    taken, refused = ingestion.conversations([(good, Source(name="good.json", actor="t")), (bad, Source(name="bad.json", actor="t"))])
    assert taken.created
    assert isinstance(refused, UnknownAgentError)
    assert (refused.file, refused.field) == ("bad.json", "agent.id")
    assert told in str(refused)
    with pytest.raises(UnknownAgentError, match=told):
        ingestion.recording(write_call(tmp_path, f"who-{agent}"), header("w", agent=agent), source=NAMED)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"rubric": "mini-chta"}, "no rubric 'mini-chta' is in force.*mini-chat, mini-phone"),
        ({"engine": "whisper"}, "no speech engine 'whisper'"),
    ],
)
def test_unknown_rubric_or_engine_is_told_before_anything_starts(shop: Any, tmp_path: Path, options: dict[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        shop.score(tmp_path, options=JobOptions(**options))


def test_sidecar_fault_names_the_sidecar(shop: Any, write_call: Callable[..., Path], tmp_path: Path) -> None:
    path = write_call(tmp_path, "misspelt", "Hello!", "Hi.", agnet={"id": "a1"})
    (row,) = shop.score(path)
    assert row.status == "failed"
    assert "misspelt.json" in row.error
    assert "agnet" in row.error
    with pytest.raises(QaError):
        read_sidecar(path.with_suffix(".json"), describes=path)


def test_recording_without_a_header_is_known_by_its_ending(shop: Any, write_call: Callable[..., Path], tmp_path: Path) -> None:
    path = write_call(tmp_path, "raw", "Hello!", "Hi.", channels="mono", parties=1)
    raw = path.rename(path.with_suffix(".g722"))
    raw.write_bytes(raw.read_bytes()[44:])
    (row,) = shop.score(raw)
    assert (row.status, row.error) == ("scored", None)
