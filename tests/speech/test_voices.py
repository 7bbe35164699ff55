"""Two voices in one channel."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qa_service.speech.audio import decode
from qa_service.speech.turns import HeardWord
from qa_service.speech.voices import assign_voices


def _reference_words(side: Path) -> list[HeardWord]:
    """The words of a side-car with times spread over each turn; party 0 is whoever speaks first."""
    words: list[HeardWord] = []
    turns = json.loads(side.read_text(encoding="utf-8"))["turns"]
    for turn in turns:
        texts = turn["text"].split()
        step = (turn["end"] - turn["start"]) * 1000 / len(texts)
        for i, text in enumerate(texts):
            start = round(turn["start"] * 1000 + i * step)
            party = int(turn["speaker"] != turns[0]["speaker"])
            words.append(HeardWord(party=party, text=f" {text}", start_ms=start, end_ms=round(start + step), confidence=1.0))
    return words


def _wrong(call: Path) -> float:
    sound = decode(call, max_seconds=600).mixed()
    words = _reference_words(call.with_suffix(".json"))
    found = assign_voices([replace(word, party=0) for word in words], cut=lambda start, end: sound.cut(0, start, end))
    assert [word.text for word in found] == [word.text for word in sorted(words, key=lambda word: word.start_ms)]
    return float(np.mean([a.party != b.party for a, b in zip(sorted(words, key=lambda w: w.start_ms), found, strict=True)]))


@pytest.mark.parametrize("name", ["council-tax-01.wav", "delivery-lost-01.wav", "billing-refund-01.wav", "insurance-claim-01.wav"])
def test_voices_of_a_mono_call_are_told_apart(calls: Path, name: str) -> None:
    assert _wrong(calls / name) <= 0.1


def test_one_sentence_is_one_voice() -> None:
    words = [HeardWord(party=0, text=" Hello", start_ms=0, end_ms=300, confidence=1.0)]
    assert assign_voices(words, cut=lambda start, end: np.zeros(10, dtype=np.float32)) == words


def test_silence_and_short_sounds_do_no_harm() -> None:
    words = [HeardWord(party=0, text=f" {i}.", start_ms=i * 1000, end_ms=i * 1000 + 5, confidence=1.0) for i in range(4)]
    found = assign_voices(words, cut=lambda start, end: np.zeros((end - start) * 16, dtype=np.float32))
    assert [word.text for word in found] == [word.text for word in words]
    assert found[0].party == 0
