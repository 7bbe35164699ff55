"""Surroundings: the words before and after a stretch of text, and what they mean for the number in it."""

from __future__ import annotations

import re
from functools import cache

from qa_service.analysis.fold import fold_characters
from qa_service.analysis.lexicon import Lexicon

_WORD = re.compile(r"[^\W_]+(?:['\u200c-][^\W_]+)*")
_REACH = 48


def words_before(text: str, at: int, count: int) -> tuple[str, ...]:
    """Up to ``count`` folded words before a place, the nearest last; nothing across the end of a sentence."""
    piece = re.split(r"[.!?؟\n]\s", text[max(0, at - _REACH) : at])[-1]
    return tuple(_WORD.findall(fold_characters(piece))[-count:])


def words_after(text: str, at: int, count: int) -> tuple[str, ...]:
    """Up to ``count`` folded words after a place, the nearest first; nothing across the end of a sentence."""
    piece = re.split(r"[.!?؟\n](?:\s|$)", text[at : at + _REACH])[0]
    return tuple(_WORD.findall(fold_characters(piece))[:count])


@cache
def meaning(name: str, language: str | None) -> frozenset[str]:
    """Folded words of a meaning of the lexicon."""
    code = language if language in ("fa", "ar") else "en"
    return frozenset(fold_characters(word) for word in Lexicon("reading").phrases(name, code))
