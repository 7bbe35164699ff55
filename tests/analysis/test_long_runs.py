"""Text that goes on and on is read in a time that grows with its length: what took minutes before must not hang."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.analysis.among import Among
from qa_service.analysis.base import without_tags
from qa_service.analysis.fold import fold
from qa_service.analysis.identity import _ADDRESS, _AMOUNT, _REFERENCE
from qa_service.analysis.letter import _ROLE
from qa_service.analysis.quoted import is_own, own_lines
from qa_service.analysis.reading import reading
from qa_service.analysis.reading.addresses import addresses
from qa_service.analysis.redaction import redact, redacted
from qa_service.analysis.redaction.span import apart
from qa_service.analysis.request import content_of
from qa_service.analysis.sensitive_data import _sent
from qa_service.analysis.sentences import sentences
from qa_service.channels.mail.own_words import own_words
from qa_service.domain.finding import Hit
from qa_service.domain.redaction import Kind, Span
from qa_service.domain.transcript import Speaker, Transcript, Turn, Word

#: Far more than it takes, and far less than before.
_PATIENCE = 30.0


def ended(work: Callable[[], Any]) -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    assert found, "it does not end"
    return found[0]


@pytest.mark.parametrize("word", ["- ", "a ", "at ", "a at ", "dot ", "a dot ", "one ", "1 dot ", "at a dot "])
def test_addresses(word: str) -> None:
    ended(lambda: addresses(word * 8000, "en"))
    said = f"{word * 50}, my mail is jane dot smith at example dot com"
    assert any(edit.text == "jane.smith@example.com" for edit in ended(lambda: addresses(said, "en")))


def test_streets() -> None:
    turn = Turn(speaker=Speaker.CUSTOMER, text="12 Main Street, " * 2000, start_ms=0, end_ms=1)
    found = ended(lambda: redact([turn], "en", kinds=[Kind.ADDRESS]))
    assert sum(span.end - span.start for span in found) > len(turn.text) / 2


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (_ADDRESS, "a" * 40_000, 0), (_ADDRESS, "write to jane.smith@shop.example", 1),
        (_AMOUNT, "1" * 40_000, 0), (_AMOUNT, "1," * 20_000, 0),
        (_AMOUNT, "it is 1,250.50 usd and 15 %", 2), (_AMOUNT, "on the 22nd at 5pm in 2026", 3), (_REFERENCE, "a-" * 20_000 + "!", 0),
        (_REFERENCE, "order ab-1234 and x12y34", 2),
    ],
)  # fmt: skip
def test_patterns(pattern: Any, text: str, expected: int) -> None:
    assert len(ended(lambda: pattern.findall(text))) == expected


@pytest.mark.parametrize(
    ("piece", "language", "letters"),
    [
        ("Mr ", "en", 60_000), ("a@b.c ", "en", 120_000), ("cvv 123 ", "en", 120_000), ("[CARD] ", "en", 250_000),
        ("سی\u200c", "fa", 100_000), ("یا احمد ", "ar", 150_000),
    ],
)  # fmt: skip
def test_masking(piece: str, language: str, letters: int) -> None:
    turn = Turn(speaker=Speaker.CUSTOMER, text=piece * (letters // len(piece)))
    spans = ended(lambda: redact([turn], language))
    ended(lambda: redacted(Transcript(turns=(turn,), language=language), spans))


@pytest.mark.parametrize("other", ["", "then i went "], ids=["fillers", "other words"])
def test_fillers(other: str) -> None:
    turn = Turn(speaker=Speaker.CUSTOMER, text=f"my card number is 4242 4242 {'no sorry ' * 60}{other}4242 4242")
    found = ended(lambda: redact([turn], "en", kinds=[Kind.CARD]))
    assert any(span.end - span.start > 500 for span in found) is not bool(other)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("nineteen eighty six, " * 2000, "en", "1986, " * 2000), ("1" * 60_000, "ar", None), ("1-" * 40_000, "ar", "1" * 40_000 + "-"),
    ],
    ids=["years", "figures", "figures and dashes"],
)
def test_reading(text: str, language: str, expected: str | None) -> None:
    assert ended(lambda: reading(text, language)) == expected


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (lambda: len(sentences("." * 100_000 + "word. b")), 2),
        (lambda: without_tags("[" * 300_000 + "<unk>")[-2:], "[ "),
        (lambda: len(own_lines("from: " + "a" * 400_000)), 1),
        (lambda: len(_ROLE.split("a" + " " * 100_000 + "b", maxsplit=1)), 1),
        (lambda: list(_sent("password " + "a" * 150_000)), []),
        (lambda: own_words("> a\n\n" * 40_000 + "b"), "b"),
        (lambda: content_of("sorry " * 100_000, "en"), frozenset()),
    ],
    ids=["stops", "brackets", "a sender", "blanks", "a password", "quotes", "sorry"],
)  # fmt: skip
def test_marks_and_blanks(work: Callable[[], Any], expected: Any) -> None:
    assert ended(work) == expected


def test_words_of_a_turn() -> None:
    words = tuple(Word(text="yes", start_ms=at, end_ms=at + 1, confidence=0.5) for at in range(20_000))
    turn = Turn(speaker=Speaker.CUSTOMER, text="yes " * 20_000, start_ms=0, end_ms=20_000, words=words)
    assert ended(lambda: {turn.confidence(at * 4, at * 4 + 3) for at in range(20_000)}) == {0.5}
    assert turn.times(4, 11) == (1, 3)


_RANGES = st.tuples(st.integers(0, 1), st.integers(0, 12), st.integers(1, 6)).map(lambda one: (one[0], one[1], one[1] + one[2]))


@given(st.lists(_RANGES), _RANGES)
def test_among(places: list[tuple[int, int, int]], place: tuple[int, int, int]) -> None:
    turn, start, end = place
    here = [one[1:] for one in places if one[0] == turn]
    among = Among(Hit(*one, 1.0) for one in places)
    assert (turn in among) is bool(here)
    assert among.touches(*place) is any(first < end and start < last for first, last in here)
    assert among.begins(*place) is any(start <= first < end for first, _ in here)
    assert among.lies(*place) is any(start <= first and last <= end for first, last in here)


@given(st.lists(_RANGES))
def test_apart(places: list[tuple[int, int, int]]) -> None:
    spans = [Span(*one, kind=Kind.NAME, confidence=0.5) for one in places]
    kept: list[Span] = []
    for span in spans:
        if not any(span.turn == other.turn and span.start < other.end and other.start < span.end for other in kept):
            kept.append(span)
    assert apart(spans) == tuple(sorted(kept))


@given(st.lists(st.sampled_from(["a", "I'll", "don't", "  ", "word", "!"]), min_size=10, max_size=30))
def test_originals(parts: list[str]) -> None:
    folded = fold(" ".join(parts), "en")
    places = [(start - 1, start + len(word)) for start, word in zip(folded.starts, folded.words, strict=True)]
    assert folded.originals(places * 2) == [folded.original(*place) for place in places * 2]


@given(st.text(st.sampled_from("a> \n"), max_size=30), st.integers(0, 30), st.integers(1, 5))
def test_own(text: str, start: int, length: int) -> None:
    end = start + length
    assert is_own(text, start, end) is any(line.start < end and start < line.end for line in own_lines(text))
