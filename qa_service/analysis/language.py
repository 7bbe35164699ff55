"""Language of a turn and of an interaction: the script decides where it can, a statistical detector where it cannot."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from qa_service.domain.transcript import Transcript, Turn

if TYPE_CHECKING:
    from lingua import LanguageDetector

LANGUAGES = ("en", "fa", "ar")
_LATIN = re.compile(r"[A-Za-z]")
_TWO_LATIN = re.compile(r"[A-Za-z][^A-Za-z]*[A-Za-z]")
_ARABIC = re.compile(r"[\u0620-\u064a\u066e-\u06d3\ufb50-\ufdff\ufe70-\ufefc]")
#: Letters only Persian has, letters and forms only Arabic writes.
_PERSIAN_ONLY = re.compile(r"[پچژگ]|[\u06a9\u06cc]|\u200c|\b(?:است|هست|را|که|این|از|برای|نیست|شما|خیلی|بله|چی|رو|می)\b")
_ARABIC_ONLY = re.compile(r"[ةإأىؤ\u064a\u0643]|\b(?:ال\w{2,}|في|على|هل|أن|إلى|عن|هذا|هذه|لا|مع|شكرا|نعم|انا|مش|عشان|اللي)\b")


class LanguageGuess(NamedTuple):
    """A language and how sure it is."""

    #: ISO 639-1.
    language: str | None
    #: 0 to 1.
    confidence: float


@lru_cache(maxsize=8192)
def by_script(text: str) -> LanguageGuess:
    """The language that the script proves; ``None`` where it proves nothing (numbers, emoji, ambiguous letters)."""
    if text.isascii():
        return LanguageGuess("en", 1.0) if _TWO_LATIN.search(text) else LanguageGuess(None, 0.0)
    latin, arabic = len(_LATIN.findall(text)), len(_ARABIC.findall(text))
    if latin + arabic < 2:
        return LanguageGuess(None, 0.0)
    if latin > 2 * arabic:
        return LanguageGuess("en", latin / (latin + arabic))
    persian, arab = len(_PERSIAN_ONLY.findall(text)), len(_ARABIC_ONLY.findall(text))
    if persian == arab:
        return LanguageGuess(None, 0.0)
    return LanguageGuess("fa" if persian > arab else "ar", max(persian, arab) / (persian + arab))


def turn_language(turn: Turn, *, main: str | None) -> str | None:
    """Language of a turn; a few foreign words in a turn do not change the main language."""
    if turn.language is not None:
        return turn.language
    guess = by_script(turn.text)
    if guess.language is None or guess.language == main:
        return main or guess.language
    if guess.language == "en" and main is not None and main not in LANGUAGES:
        return main  # Latin letters prove no English where another language was told
    sure = len(turn.text.split()) >= 3 and guess.confidence >= 0.75
    return guess.language if main is None or sure else main


def main_language(transcript: Transcript) -> LanguageGuess:
    """Language of the whole, by letters of its turns; the detector decides a draw."""
    votes: Counter[str] = Counter()
    for turn in transcript.turns:
        guess = by_script(turn.text)
        if guess.language is not None:
            votes[guess.language] += len(turn.text)
    if votes:
        language, count = votes.most_common(1)[0]
        return LanguageGuess(language, count / votes.total())
    return detect(" ".join(turn.text for turn in transcript.turns))


def detect(text: str) -> LanguageGuess:
    """The detector's opinion, limited to the service's languages; ``None`` for text without words."""
    values = _detector().compute_language_confidence_values(text)
    if not values or values[0].value == 0.0 or not any(character.isalpha() for character in text):
        return LanguageGuess(None, 0.0)
    return LanguageGuess(values[0].language.iso_code_639_1.name.lower(), values[0].value)


@cache
def _detector() -> LanguageDetector:
    from lingua import Language, LanguageDetectorBuilder  # a large package that most runs never need

    return LanguageDetectorBuilder.from_languages(Language.ENGLISH, Language.PERSIAN, Language.ARABIC).build()
