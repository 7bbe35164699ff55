"""Cues: words that name a kind of data, before it or in the question that it answers."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from qa_service.analysis.fold import fold_characters
from qa_service.analysis.lexicon import Lexicon

#: In order of weight where two begin at one place.
_CUES = (
    "cvv", "last_four", "iban", "national_id", "birth", "zip", "address", "email", "company", "phone", "reference", "card", "name",
)  # fmt: skip


class Cue(NamedTuple):
    """Where a kind of data is named."""

    #: Name in the lexicon: ``card``, ``reference``, ``last_four`` ...
    name: str
    start: int
    end: int


def cues(folded: str, language: str) -> tuple[Cue, ...]:
    """All cues of a folded text, in order."""
    pattern = _pattern(language)
    return tuple(Cue(match.lastgroup or "", *match.span()) for match in pattern.finditer(folded))


def words(name: str, language: str) -> frozenset[str]:
    """Folded words of a meaning of the lexicon."""
    return _words("redaction", name, language)


def name_words(name: str, language: str) -> frozenset[str]:
    """Folded words of a meaning of the lexicon of names."""
    return _words("names", name, language)


@cache
def _words(lexicon: str, name: str, language: str) -> frozenset[str]:
    phrases = Lexicon(lexicon).phrases(name, language)
    return frozenset(fold_characters(phrase.rstrip("*")) + ("*" if phrase.endswith("*") else "") for phrase in phrases)


def alternatives(phrases: frozenset[str]) -> str:
    """A pattern for any of the phrases, the longest first; a star ends a word that goes on, blanks may be joiners."""
    ordered = sorted(phrases, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(one).replace(r"\*", r"\w*").replace(r"\ ", r"[ \u200c]") for one in ordered) + ")"


@cache
def _pattern(language: str) -> re.Pattern[str]:
    parts = (f"(?P<{name}>{alternatives(listed)})" for name in _CUES if (listed := words(name, language)))
    prefix = "[وفبل]?" if language == "ar" else ""
    return re.compile(rf"(?<!\w){prefix}(?:{'|'.join(parts)})(?!\w)")
