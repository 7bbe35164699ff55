"""Readings: banks of sentences as said and as written, and what must hold for any text.

``tuned.tsv`` was there while the rules were made, ``locked.tsv`` was written before them and never looked at: language, as said, as
written (``=``: the same).
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.reading import reading, with_readings
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn

HERE = Path(__file__).parent
LANGUAGES = ("en", "fa", "ar")


@cache
def bank(part: str) -> tuple[tuple[str, str, str], ...]:
    lines = (HERE / f"{part}.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return tuple((language, said, said if written == "=" else written) for language, said, written in rows)


@pytest.mark.parametrize(("language", "said", "written"), bank("tuned"))
def test_tuned(language: str, said: str, written: str) -> None:
    assert (reading(said, language) or said) == written


@pytest.mark.parametrize("language", LANGUAGES)
def test_locked(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(said, written) for code, said, written in bank("locked") if code == language]
    right = [(reading(said, language) or said) == written for said, written in rows]
    with capsys.disabled():
        sys.stdout.write(f"\nreading, locked, {language}: {sum(right)} of {len(right)} sentences\n")
    assert sum(right) / len(right) >= 0.93


@pytest.mark.parametrize("language", LANGUAGES)
def test_unchanged_is_none(language: str) -> None:
    for code, said, written in bank("tuned"):
        if code == language and said == written:
            assert reading(said, language) is None


WORDS = sorted({word for _, said, written in bank("tuned") for word in (said + " " + written).split()})
MIXED = st.lists(st.sampled_from([*WORDS, ",", "-", ".", "and", "و", "double", "0", "۵", "٤٤", "point", "oh", "a", "m"]), max_size=14)


@settings(max_examples=150, deadline=None)
@given(text=st.one_of(st.text(max_size=60), MIXED.map(" ".join), MIXED.map("".join)), language=st.sampled_from([*LANGUAGES, None, "de"]))
def test_any_text_is_read_and_a_reading_is_final(text: str, language: str | None) -> None:
    read = reading(text, language)
    assert read != text
    if read is not None:
        assert reading(read, language) is None


@settings(max_examples=100, deadline=None)
@given(text=MIXED.map(" ".join))
def test_words_that_say_no_number_stay(text: str) -> None:
    marked = f"«qqq» {text} «zzz»!"
    read = reading(marked, "en") or marked
    assert read.startswith("«qqq» ")
    assert read.endswith(" «zzz»!")


def spoken(text: str, **given: object) -> Turn:
    return Turn.model_validate({"speaker": Speaker.AGENT, "text": text, "start_ms": 0, "end_ms": 900} | given)


def test_spoken_turns_get_a_reading_beside_their_words() -> None:
    transcript = Transcript(turns=(spoken("it's four one one one"), spoken("bye")), language="en")
    read = with_readings(transcript)
    assert [(turn.text, turn.reading) for turn in read.turns] == [("it's four one one one", "it's 4111"), ("bye", None)]
    assert with_readings(read) == read


@pytest.mark.parametrize(
    ("channel", "turn"),
    [
        (Channel.CHAT, spoken("it's four one one one")),
        (Channel.PHONE, spoken("it's four one one one", start_ms=None, end_ms=None)),
        (Channel.PHONE, spoken("it's four one one one", sent_at="2026-01-01T00:00:00Z")),
        (Channel.PHONE, spoken("it's four one one one", language="de")),
    ],
)
def test_written_and_unknown_turns_get_none(channel: Channel, turn: Turn) -> None:
    read = Analysis().read(Interaction(id="x", channel=channel), Transcript(turns=(turn,), language="en")).transcript
    assert read.turns[0].reading is None


def test_analysis_fills_readings_of_calls() -> None:
    transcript = Transcript(turns=(spoken("شماره‌ام صفر نه یک دو"),))
    read = Analysis().read(Interaction(id="x", channel=Channel.PHONE), transcript).transcript
    assert read.turns[0].reading == "شماره‌ام ۰۹۱۲"
