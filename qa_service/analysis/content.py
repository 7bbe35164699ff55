"""Content words: what of a sentence names things, numbers and days, so that two sentences can be compared by what they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from types import MappingProxyType

import spacy

from qa_service.analysis.fold import Folded, fold
from qa_service.analysis.lexicon import Lexicon
from qa_service.domain.redaction import Kind

_DIGITS = re.compile(r"\d+")
#: Placeholders of data made of numbers, folded, and how many numbers they mostly were.
_MASKED: Mapping[str, int] = MappingProxyType(
    {
        f"_{kind.lower()}": count
        for kind, count in (
            (Kind.CARD, 4), (Kind.IBAN, 4), (Kind.NATIONAL_ID, 2), (Kind.PHONE, 2), (Kind.BIRTH_DATE, 2), (Kind.ADDRESS, 1), (Kind.CVV, 1),
        )
    }
)


def content_words(folded: Folded, language: str) -> frozenset[str]:
    """Folded words without function words; number words count by what they say (``seven`` = ``7``), endings of plurals do not."""
    return _content_words(folded.text, language)


@lru_cache(maxsize=8192)
def _content_words(text: str, language: str) -> frozenset[str]:
    return frozenset([plain for word in text.split() if (plain := content_word(word, language))])


@lru_cache(maxsize=65536)
def content_word(word: str, language: str) -> str | None:
    """A comparable form, or ``None`` for a function word."""
    number = _numbers(language).get(word)
    if number is not None or _DIGITS.search(word):
        return number or "".join(_DIGITS.findall(word))
    if len(word) < 3 or word in _function_words(language):
        return None
    return word[:-1] if language == "en" and len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word


def is_number(word: str) -> bool:
    """Whether a content word is a number, or stands in the place of some."""
    return word.isdigit() or word in _MASKED


def numbers_in(words: Iterable[str]) -> int:
    """How many numbers content words are; data that are masked were of several mostly."""
    return sum(1 if word.isdigit() else _MASKED.get(word, 0) for word in words)


@cache
def _numbers(language: str) -> dict[str, str]:
    lexicon = Lexicon("numbers")
    return {word: str(value) for value in lexicon.meanings for word in lexicon.words(value).get(language, ())}


@cache
def _function_words(language: str) -> frozenset[str]:
    own = Lexicon("small_words").words("small").get(language, frozenset())
    if language not in ("en", "fa", "ar"):
        return own
    return own | {word for stop in spacy.blank(language).Defaults.stop_words for word in fold(stop, language).words}
