"""The engine ``sidecar``: reads the reference transcript beside the recording. It recognises nothing; for fast tests only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa_service.domain.transcript import Speaker, Turn, Word
from qa_service.errors import ConversationError
from qa_service.speech.base import EngineOptions, SideCar

NAME = "sidecar"


def create(options: EngineOptions) -> SideCarEngine:
    """The engine; all it takes from the options is the language of side-cars that do not tell theirs."""
    return SideCarEngine(options.language)


class SideCarEngine:
    """Takes ``NAME.json`` beside ``NAME.wav`` for what was said."""

    name = NAME
    version = "sidecar 1 (reference transcript, nothing recognised)"

    def __init__(self, language: str = "") -> None:
        self._language = language

    def read(self, path: Path) -> SideCar:
        """Turns of the side-car; word times are spread over the turn by length, their confidence is 1."""
        beside = path.with_suffix(".json")
        if not beside.is_file():
            raise ConversationError("no side-car with a reference transcript", file=beside, hint="use a real speech engine")
        header = _parsed(beside)
        turns = header.get("turns")
        if not isinstance(turns, list) or not turns:
            raise ConversationError("the side-car has no reference transcript", file=beside, field="turns")
        found = [_turn(beside, index, raw) for index, raw in enumerate(turns)]
        language = header.get("language") or self._language or None
        return SideCar(turns=tuple(sorted(found, key=lambda turn: turn.start_ms or 0)), language=language)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        header = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConversationError("not JSON in UTF-8", file=path) from error
    if not isinstance(header, dict):
        raise ConversationError("a side-car is one JSON object", file=path)
    return header


def _turn(path: Path, index: int, raw: dict[str, Any]) -> Turn:
    try:
        speaker, text = Speaker(raw["speaker"]), str(raw["text"])
        start, end = round(float(raw["start"]) * 1000), round(float(raw["end"]) * 1000)
        return Turn(speaker=speaker, text=text, start_ms=start, end_ms=end, words=tuple(_words(text, start, end)))
    except (KeyError, TypeError, ValueError) as error:
        message = "a turn needs speaker, start, end (seconds, in order) and text"
        raise ConversationError(message, file=path, field=f"turns[{index}]") from error


def _words(text: str, start_ms: int, end_ms: int) -> Iterator[Word]:
    """Words with times in proportion to their letters."""
    words = text.split()
    total, passed = max(1, sum(map(len, words))), 0
    for word in words:
        begin = start_ms + (end_ms - start_ms) * passed // total
        passed += len(word)
        yield Word(text=word, start_ms=begin, end_ms=start_ms + (end_ms - start_ms) * passed // total, confidence=1.0)
