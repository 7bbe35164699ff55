"""Masking: text, words with their times, and the reading."""

from __future__ import annotations

import pytest

from qa_service.analysis.fold import fold
from qa_service.analysis.reading import with_readings
from qa_service.analysis.redaction import masked, muted, redact
from qa_service.domain.redaction import Kind, Span
from qa_service.domain.transcript import Speaker, Transcript, Turn, Word


def spoken(text: str, *, speaker: Speaker = Speaker.CUSTOMER) -> Turn:
    """A turn whose words last 100 ms each, one after another."""
    said = enumerate(text.split())
    words = tuple(Word(text=word, start_ms=100 * at, end_ms=100 * at + 100, confidence=0.9 - at / 100) for at, word in said)
    return Turn(speaker=speaker, text=text, start_ms=0, end_ms=100 * len(words), words=words)


CARD = "It's four one one one, one one one one, one one one one, one one one one, thanks."


def test_a_span_becomes_one_word_that_lasts_as_long() -> None:
    turn = spoken(CARD)
    spans = redact([turn], "en")
    hidden = masked(turn, spans)
    assert hidden.text == "It's [CARD], thanks."
    assert [(word.text, word.start_ms, word.end_ms) for word in hidden.words] == [
        ("It's", 0, 100), ("[CARD],", 100, 1700), ("thanks.", 1700, 1800),
    ]  # fmt: skip
    assert hidden.words[1].confidence == pytest.approx(0.9 - 16 / 100)
    assert (hidden.start_ms, hidden.end_ms) == (turn.start_ms, turn.end_ms)
    assert muted(turn, spans) == ((100, 1700),)


def test_the_reading_is_masked_with_it() -> None:
    (turn,) = with_readings(Transcript(turns=(spoken(CARD + " It's nine pounds or twenty."),), language="en")).turns
    assert turn.reading == "It's 4111 1111 1111 1111, thanks. It's 9 pounds or 20."
    assert masked(turn, redact([turn], "en"), language="en").reading == "It's [CARD], thanks. It's 9 pounds or 20."


def test_nothing_of_the_data_is_left() -> None:
    turn = spoken("I'm on oh seven seven double zero nine double zero one two three, my name is David Johnson. And David again.")
    hidden = masked(turn, redact([turn], "en"))
    assert hidden.text == "I'm on [PHONE], my name is [NAME]. And [NAME] again."
    assert " ".join(word.text for word in hidden.words) == hidden.text


def test_two_spans_in_one_word() -> None:
    turn = spoken("so A12/B34 it is")
    spans = [Span(0, 3, 6, Kind.NAME, 1.0), Span(0, 7, 10, Kind.PHONE, 1.0)]
    hidden = masked(turn, spans)
    assert hidden.text == "so [NAME]/[PHONE] it is"
    assert [word.text for word in hidden.words] == ["so", "[NAME]/[PHONE]", "it", "is"]


def test_turns_without_words_or_data() -> None:
    written = Turn(speaker=Speaker.CUSTOMER, text="ring 07700 900123 please")
    assert masked(written, []) is written
    assert masked(written, [Span(0, 5, 17, Kind.PHONE, 1.0)]).text == "ring [PHONE] please"
    assert muted(written, [Span(0, 5, 17, Kind.PHONE, 1.0)]) == ()


def test_a_placeholder_is_found_again_at_its_times() -> None:
    hidden = masked(spoken(CARD), redact([spoken(CARD)], "en"))
    assert hidden.times(5, 11) == (100, 1700)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Thanks, [NAME].", ("thanks", "_name")),
        ("name:[NAME],[PHONE] ok", ("name", "_name", "_phone", "okay")),
        ("[noise] hi [NATIONAL_ID]", ("noise", "hi", "_national_id")),
    ],
)
def test_placeholders_fold_to_words_that_nobody_says(text: str, words: tuple[str, ...]) -> None:
    folded = fold(text, "en")
    assert folded.words == words
    assert all(text[start:end] for start, end in folded.spans)
