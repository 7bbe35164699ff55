"""The whole road with the default engine: a shipped recording in, a scorecard with quotes and their milliseconds out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
#: The shortest of the shipped ones.
RECORDING = Path(__file__).parents[2] / "audio_fixtures" / "shop-exchange-01.mp3"


def test_recording_is_heard_and_scored(cli: Cli, write_form: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_form(tmp_path / "forms", "phone", greeting="good evening")
    monkeypatch.setenv("QA_RUBRICS_DIR", str(tmp_path / "forms"))
    monkeypatch.setenv("QA_BEAM_SIZE", "1")
    monkeypatch.delenv("QA_ENGINE")
    result = cli("score", RECORDING, "--json")
    assert result.code == 0, result.err
    (row,) = result.data
    card = row["scorecard"]
    assert card["engine"]["speech"].startswith("faster-whisper")
    assert (card["interaction"]["agent"], card["interaction"]["language"], card["score"]) == ("a-102", "en", 100.0)
    (greeting,) = card["criteria"][0]["suggestion"]["evidence"]
    assert greeting["quote"].lower() == "good evening"
    assert (greeting["turn"], greeting["speaker"]) == (0, "agent")
    assert 400 <= greeting["start_ms"] < greeting["end_ms"] <= 2500, "the reference says that the turn begins at 600 ms"
    verified = cli("models", "verify")
    assert verified.code == 0
    assert verified.out.startswith(f"faster-whisper: {card['engine']['speech']}: works, ")
