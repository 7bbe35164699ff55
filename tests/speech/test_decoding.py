"""Decoding: batches for all workers alike, words within their piece, and no end of words where there are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.speech.audio import decode
from qa_service.speech.base import RATE, Audio, Engine
from qa_service.speech.decoding import Told
from qa_service.speech.decoding import decode as decode_pieces
from qa_service.speech.faster_whisper import FasterWhisperEngine, split


@pytest.fixture(scope="module")
def pieces(calls: Path) -> list[Audio]:
    """5, 12 and 2 seconds of an agent."""
    sound = decode(calls / "billing-refund-01.wav", max_seconds=600)
    return [sound.cut(0, start, end) for start, end in ((0, 5_000), (5_000, 17_000), (17_000, 19_000))]


@given(st.integers(1, 60), st.integers(1, 5), st.integers(1, 8))
def test_batches_keep_the_order_and_load_all_workers_alike(count: int, at_most: int, workers: int) -> None:
    whole = [np.full(1, number, dtype=np.float32) for number in range(count)]
    batches = split(whole, at_most=at_most, workers=workers)
    assert [float(piece[0]) for batch in batches for piece in batch] == list(range(count))
    sizes = [len(batch) for batch in batches]
    assert min(sizes) >= 1
    assert max(sizes) <= at_most
    assert max(sizes) - min(sizes) <= 1
    assert len(batches) == count or len(batches) % workers == 0


def test_a_piece_hears_the_same_beside_others_and_alone(engine: Engine, pieces: list[Audio]) -> None:
    """Short pieces are encoded with as much silence as their longest neighbour asks for; the words stay."""
    together = engine.recognise(pieces, language="en").pieces
    for piece, one in zip(pieces, together, strict=True):
        alone = engine.recognise([piece], language="en").pieces[0]
        assert _plain(one.words) == _plain(alone.words)
        assert one.words
        assert all(0 <= word.start_ms <= word.end_ms <= len(piece) * 1000 // RATE + 20 for word in one.words)
        assert all(a.start_ms <= b.start_ms for a, b in zip(one.words, one.words[1:], strict=False))


def test_noise_does_not_run_on(engine: Engine) -> None:
    """The decoder may say something about noise, but never more than anybody could say in that time."""
    assert isinstance(engine, FasterWhisperEngine)
    noise = (np.random.default_rng(3).standard_normal(2 * RATE) * 0.1).astype(np.float32)
    (heard,) = decode_pieces(engine._model, [noise], Told("en", 5, None))
    assert len(heard.words) <= 15 * 2 + 40


def _plain(words: object) -> list[str]:
    return ["".join(letter for letter in word.text.lower() if letter.isalnum()) for word in words]  # type: ignore[attr-defined]
