"""The finder: every phrase and pattern at its place, by the language of the turn."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.analysis.finder import Finder
from qa_service.analysis.fold import fold
from qa_service.domain.finding import Hit, PatternQuery, PhraseQuery
from qa_service.domain.transcript import Speaker, Transcript, Turn, Word


def find(query: PhraseQuery | PatternQuery, text: str, language: str = "en", **turn: object) -> tuple[Hit, ...]:
    transcript = Transcript(turns=(Turn(speaker=Speaker.AGENT, text=text, language=language, **turn),), language=language)
    return Finder([query]).find(transcript).get(query.key, ())


def quoted(phrases: list[str], text: str, language: str = "en") -> list[str]:
    return [text[hit.start : hit.end] for hit in find(PhraseQuery(key="k", phrases={language: tuple(phrases)}), text, language)]


@pytest.mark.parametrize(
    ("phrases", "text", "quotes"),
    [
        (["sorry"], "Sorry, sorry!", ["Sorry", "sorry"]),
        (["(sorry|my apologies)"], "My apologies. Sorry", ["My apologies", "Sorry"]),
        (["call you", "call you back"], "I'll call you back", ["call you back"]),
        (["(call|text|i will) you", "apolog*"], "text you, apologising", ["text you", "apologising"]),
        (["i will call"], "OK - I'll call", ["I'll call"]),
        (["(a|an|the)"], "a car, the bus", ["a", "the"]),
    ],
)
def test_places_are_exact(phrases, text, quotes):
    assert quoted(phrases, text) == quotes


def test_language_of_the_turn_chooses_the_phrases():
    query = PhraseQuery(key="k", phrases={"fa": ("ممنون",), "*": ("ok",)})
    assert find(query, "ممنون", "fa")
    assert find(query, "ok", "ar")
    assert not find(query, "ممنون", "ar")


def test_patterns_see_folded_letters_of_the_same_length():
    query = PatternQuery(key="k", patterns={"*": (r"كود\s+\d+",)})
    assert find(query, "الکود  ۱۲۳", "ar") == (Hit(0, 2, 10, 1.0),)


def test_a_misheard_phrase_counts_in_spoken_turns_only():
    query = PhraseQuery(key="k", phrases={"en": ("is there anything else",)}, fuzzy=80)
    words = tuple(Word(text=text, start_ms=i, end_ms=i + 1, confidence=0.5) for i, text in enumerate(["is", "their", "anything", "else"]))
    (hit,) = find(query, "is their anything else", words=words)
    assert 0.8 <= hit.confidence < 1
    assert find(query, "is their anything else") == ()


WORDS = st.sampled_from(["sorry", "call", "you", "back", "i", "will", "apology", "ok"])


@settings(max_examples=80, deadline=None)
@given(st.lists(WORDS, max_size=12), st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=3))
def test_single_words_and_patterns_agree_with_a_plain_search(words, options):
    text, phrases = " ".join(words), [" ".join(option) for option in options]
    query = PhraseQuery(key="k", phrases={"en": ("(" + "|".join(phrases) + ")",)})
    hits = find(query, text)
    folded = fold(text, "en").text
    assert bool(hits) is any(f" {fold(phrase, 'en').text.strip()} " in folded for phrase in phrases)
    assert all(text[hit.start : hit.end] in phrases for hit in hits)
    assert all(one.end <= other.start for one, other in itertools.pairwise(hits))
