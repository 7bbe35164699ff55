"""Content words: what of a sentence names things, numbers and days, so that two sentences can be compared by what they are about."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import spacy

from qa_service.analysis.fold import Folded, fold
from qa_service.analysis.lexicon import Lexicon

_DIGITS = re.compile(r"\d+")


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
    """Whether a content word is a number."""
    return word.isdigit()


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
