"""The benchmark's measure: word errors by hand, and words given to the wrong party."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.conditions import CONDITIONS, TELEPHONY, calls, overlap
from benchmarks.words import Errors, counted, normalised
from qa_service.domain.transcript import Speaker, Transcript, Turn, Word


def turn(speaker: Speaker, text: str, start_ms: int) -> Turn:
    """A turn with a word every 300 ms."""
    words = tuple(
        Word(text=word, start_ms=start_ms + 300 * place, end_ms=start_ms + 300 * place + 250, confidence=1.0)
        for place, word in enumerate(text.split())
    )
    return Turn(speaker=speaker, text=text, start_ms=start_ms, end_ms=words[-1].end_ms, words=words)


SAID = (
    turn(Speaker.AGENT, "good morning how can i help", 0),
    turn(Speaker.CUSTOMER, "my parcel is lost", 3_000),
    turn(Speaker.AGENT, "oh no", 5_000),
)


def test_what_is_right_has_no_errors() -> None:
    assert counted(SAID, Transcript(turns=SAID)) == {Speaker.AGENT: Errors(8, 0, 0, 8, 0), Speaker.CUSTOMER: Errors(4, 0, 0, 4, 0)}


def test_the_other_party_s_words_are_told_apart_from_invented_ones() -> None:
    """The agent's channel holds "my parcel" of the customer, the customer's a "hello" that nobody said."""
    heard = (
        SAID[0], turn(Speaker.AGENT, "my parcel", 3_000), turn(Speaker.CUSTOMER, "hello my parcel is lost", 2_700), SAID[2],
    )  # fmt: skip
    found = counted(SAID, Transcript(turns=heard))
    assert found[Speaker.AGENT] == Errors(said=8, wrong=2, inserted=2, heard=10, strayed=2)
    assert found[Speaker.CUSTOMER] == Errors(said=4, wrong=1, inserted=1, heard=5, strayed=0)


def test_the_same_word_at_another_time_is_not_the_other_party_s() -> None:
    heard = (*SAID[:2], turn(Speaker.AGENT, "parcel oh no", 9_000))
    assert counted(SAID, Transcript(turns=heard))[Speaker.AGENT].strayed == 0


def test_rates_are_percent_of_what_was_said() -> None:
    both = Errors(8, 2, 2, 10, 2).plus(Errors(4, 1, 1, 5, 0))
    assert both.rate == pytest.approx(100 * 3 / 12)


def test_figures_and_words_of_a_number_are_one_answer() -> None:
    assert normalised("forty two pounds, please!") == normalised("42 pounds please")


@pytest.mark.parametrize("name", CONDITIONS)
def test_conditions_keep_the_truth(name: str) -> None:
    """Every condition of a real fixture has both channels, and its turns lie within it, in order."""
    (call,) = [one for one in calls(Path(__file__).parents[2] / "audio_fixtures") if one.name == "clinic-appointment-01"]
    made = CONDITIONS[name](call)
    assert made is not None
    assert made.samples.shape[1] == 2
    assert np.isfinite(made.samples).all()
    assert made.rate == (call.rate if name.startswith("clean") else TELEPHONY)
    assert [turn.text for turn in made.turns] == [turn.text for turn in call.turns][: len(made.turns)]
    assert all((turn.end_ms or 0) <= len(made.samples) * 1000 / made.rate for turn in made.turns)


def test_overlap_overlaps() -> None:
    (call,) = [one for one in calls(Path(__file__).parents[2] / "audio_fixtures") if one.name == "clinic-appointment-01"]
    made = overlap(call)
    pairs = list(zip(made.turns, made.turns[1:], strict=False))
    changes = [(a, b) for a, b in pairs if a.speaker is not b.speaker]
    assert len(made.turns) == len(call.turns)
    assert sum((b.start_ms or 0) < (a.end_ms or 0) for a, b in changes) == len(changes) > 3
