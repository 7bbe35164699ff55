"""The engine that reads the reference transcript."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.transcript import Speaker
from qa_service.errors import ConversationError
from qa_service.speech.base import EngineOptions
from qa_service.speech.sidecar import create

GOOD: dict[str, Any] = {"speaker": "agent", "start": 1.0, "end": 2.0, "text": "Good day, all."}


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return tmp_path / "call.wav"


def _write(recording: Path, content: object) -> None:
    recording.with_suffix(".json").write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def test_turns_come_in_order_with_words_spread_by_length(recording: Path, tmp_path: Path) -> None:
    _write(recording, {"language": "en", "turns": [{**GOOD, "speaker": "customer", "start": 3.0, "end": 4.0}, GOOD]})
    found = create(EngineOptions(cache_dir=tmp_path)).read(recording)
    assert found.language == "en"
    assert [turn.speaker for turn in found.turns] == [Speaker.AGENT, Speaker.CUSTOMER]
    # "Good" "day," "all." are 4 letters each: a third of the second each.
    words = [(word.text, word.start_ms, word.end_ms) for word in found.turns[0].words]
    assert words == [("Good", 1000, 1333), ("day,", 1333, 1666), ("all.", 1666, 2000)]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "no side-car"),
        ("{", "not JSON"),
        ([], "one JSON object"),
        ({"channels": "mono"}, "no reference transcript"),
        ({"turns": [GOOD, {**GOOD, "start": 3.0}]}, r"turns\[1\]"),
        ({"turns": [{**GOOD, "speaker": "operator"}]}, r"turns\[0\]"),
        ({"turns": [{"speaker": "agent", "text": "Hello"}]}, r"turns\[0\]"),
        ({"turns": ["Hello"]}, r"turns\[0\]"),
    ],
)
def test_a_faulty_side_car_is_told_by_name(recording: Path, tmp_path: Path, content: object, fault: str) -> None:
    if content is not None:
        _write(recording, content)
    with pytest.raises(ConversationError, match=fault) as caught:
        create(EngineOptions(cache_dir=tmp_path)).read(recording)
    assert caught.value.file == str(recording.with_suffix(".json"))
