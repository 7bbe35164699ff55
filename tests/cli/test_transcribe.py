"""``qa-service transcribe``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.channels import Conversation, read_file

Cli = Callable[..., Any]
SHIPPED = Path(__file__).parents[2] / "audio_fixtures" / "shop-exchange-01.mp3"


def test_json_has_every_turn_and_word_with_its_time(cli: Cli) -> None:
    result = cli("transcribe", SHIPPED, "--json")
    assert result.code == 0
    (found,) = result.data
    assert {"file", "language", "duration", "engine", "turns"} <= set(found)
    assert (found["file"], found["language"]) == (str(SHIPPED), "en")
    assert found["engine"].startswith("sidecar")
    assert found["duration"] == pytest.approx(found["turns"][-1]["end"], abs=3)
    first = found["turns"][0]
    assert {"speaker", "start", "end", "text", "words"} <= set(first)
    assert (first["speaker"], first["start"], first["end"]) == ("agent", 0.6, 4.51)
    assert [set(word) for word in first["words"]] == [{"text", "start", "end", "confidence"}] * len(first["text"].split())
    assert " ".join(word["text"] for word in first["words"]) == first["text"]
    assert "transcribing" in result.err


@pytest.mark.parametrize("form", ["vtt", "srt"])
def test_captions_read_back(cli: Cli, form: str, tmp_path: Path) -> None:
    result = cli("transcribe", SHIPPED, f"--{form}")
    assert result.code == 0
    captions = tmp_path / f"back.{form}"
    captions.write_text(result.out)
    (back,) = read_file(captions)
    assert isinstance(back, Conversation), back
    turns = cli("transcribe", SHIPPED, "--json").data[0]["turns"]
    assert [(turn.speaker.value, turn.text) for turn in back.transcript.turns] == [(turn["speaker"], turn["text"]) for turn in turns]
    assert [turn.start_ms for turn in back.transcript.turns] == [round(turn["start"] * 1000) for turn in turns]


def test_text_shows_who_said_what_when(cli: Cli, write_call: Any, tmp_path: Path) -> None:
    path = write_call(tmp_path, "p-1", "Hello [b]there[/b] & <you> --> all!", "Hi.")
    result = cli("transcribe", path)
    assert result.out.splitlines()[1:] == ["00:00:00.000  agent    Hello [b]there[/b] & <you> --> all!", "00:00:00.400  customer Hi."]
    captions = tmp_path / "p.vtt"
    captions.write_text(cli("transcribe", path, "--vtt").out)
    (back,) = read_file(captions)
    assert back.transcript.turns[0].text == "Hello [b]there[/b] & <you> → all!"


def test_broken_file_is_named_and_the_rest_goes_on(cli: Cli, write_call: Any, tmp_path: Path) -> None:
    good = write_call(tmp_path, "p-1", "Hello!", "Hi.")
    broken = tmp_path / "p-0.wav"
    broken.touch()
    result = cli("transcribe", tmp_path, "--json")
    assert result.code == 1
    assert [found["file"] for found in result.data] == [str(good)]
    assert f"failed: {broken}: the file is empty" in result.err


def test_nothing_is_stored(cli: Cli, write_call: Any, tmp_path: Path) -> None:
    cli("transcribe", write_call(tmp_path, "p-1", "Hello!", "Hi."))
    assert not (tmp_path / "data" / "qa_service.sqlite").exists()


def test_one_file_a_party_is_one_call_and_nothing_is_stored(cli: Cli, write_call: Any, tmp_path: Path) -> None:
    agent, caller = (write_call(tmp_path, f"p_{party}", parties=1) for party in ("agent", "caller"))
    turns = [{"speaker": "agent", "start": 0, "end": 0.3, "text": "Hello!"}]
    (tmp_path / "p.json").write_text(json.dumps({"turns": turns}))
    (found,) = cli("transcribe", tmp_path, "--json").data
    assert (found["file"], found["duration"], found["turns"][0]["text"]) == (f"{agent} + {caller}", 1.0, "Hello!")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("p")) == ["p.json", "p_agent.wav", "p_caller.wav"]
    caller.write_bytes(b"")
    result = cli("transcribe", tmp_path, "--json")
    assert (result.code, result.data) == (1, [])
    assert f"failed: {caller}: the file is empty" in result.err


def test_faults_of_the_call(cli: Cli, write_call: Any, write_chat: Any, tmp_path: Path) -> None:
    one, other = (write_call(tmp_path, name, "Hello!", "Hi.") for name in ("p-1", "p-2"))
    result = cli("transcribe", one, other, "--vtt")
    assert (result.code, result.out) == (2, "")
    assert "captions are of one recording, not of 2" in result.err
    result = cli("transcribe", one, other, "--engine", "nosuch")
    assert (result.code, result.err.count("no speech engine 'nosuch'")) == (2, 1)
    result = cli("transcribe", write_chat(tmp_path, "c-1"))
    assert result.code == 2
    assert "no recordings" in result.err


def test_language_is_for_recordings_that_do_not_say_theirs(cli: Cli, write_call: Any, tmp_path: Path) -> None:
    told = write_call(tmp_path, "p-1", "Hello!", "Hi.")
    untold = write_call(tmp_path, "p-2", "سلام!", "سلام.", language=None)
    found = cli("transcribe", told, untold, "--language", "fa", "--json").data
    assert [one["language"] for one in found] == ["en", "fa"]


def test_reading_stands_beside_the_words(cli: Cli, write_call: Any, tmp_path: Path) -> None:
    path = write_call(tmp_path, "p-1", "It's four one one, double five.", "Hi.")
    assert cli("transcribe", path).out.splitlines()[1:] == ["00:00:00.000  agent    It's 41155.", "00:00:00.400  customer Hi."]
    (found,) = cli("transcribe", path, "--json").data
    turns = [(turn["text"], turn["reading"]) for turn in found["turns"]]
    assert turns == [("It's four one one, double five.", "It's 41155."), ("Hi.", None)]
