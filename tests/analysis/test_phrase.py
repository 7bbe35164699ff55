"""Phrase syntax: alternatives, gaps, endings, and what is refused."""

from __future__ import annotations

import pytest
import re2

from qa_service.analysis.fold import fold
from qa_service.analysis.phrase import literals, phrase_pattern
from qa_service.errors import RubricError


def found(phrase: str, text: str, language: str = "en") -> bool:
    return re2.search(phrase_pattern(phrase, language) + " ", fold(text, language).text) is not None


@pytest.mark.parametrize(
    ("phrase", "text", "hit"),
    [
        ("is there anything else", "Is there ANYTHING else?", True),
        ("is there anything else", "there is nothing else", False),
        ("(can|may) i help", "How may I help you", True),
        ("(can|may) i help", "How must I help you", False),
        ("help you (|out) today", "help you today", True),
        ("help you (|out) today", "help you out today", True),
        ("sorry ... wait", "sorry that you had to wait", True),
        ("sorry ... wait", "sorry one two three four five six wait", False),
        ("apolog*", "My apologies.", True),
        ("apolog*", "biology", False),
        ("we have *ed it", "we have just fixed it", False),
        ("we have *ed it", "we have fixed it", True),
        ("*port*", "supporting", True),
        ("within # days", "within 14 days", True),
        ("within # days", "within some days", False),
        ("call", "recall calling", False),
        ("(i|we) will (call|(get|come) back)", "we'll get back", True),
        ("i'll call", "I will call", True),
    ],
)
def test_matches(phrase, text, hit):
    assert found(phrase, text) is hit


@pytest.mark.parametrize(
    ("language", "phrase", "text"),
    [("fa", "تماس می‌گیریم", "با شما تماس مي گيريم."), ("ar", "سنتواصل*", "وسنتواصل معك"), ("ar", "شكرا", "شكراً")],
)
def test_matches_folded(language, phrase, text):
    assert found(phrase, text, language)


@pytest.mark.parametrize("phrase", ["(a|b", "a)", "a|b", "(a|)", "...", ""])
def test_refused(phrase):
    with pytest.raises(RubricError):
        phrase_pattern(phrase, "en")


@pytest.mark.parametrize(
    ("phrase", "plain"), [("I'll call", ("i will call",)), ("(a|b) c", ()), ("a ... b", ()), ("apolog*", ()), ("# days", ())]
)
def test_only_plain_phrases_are_compared_fuzzily(phrase, plain):
    assert literals(phrase, "en") == plain
