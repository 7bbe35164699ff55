"""Folding: text to comparable words, each of which knows where it stands in the original.

Two texts that a reader of English, Persian or Arabic takes for the same words fold to the same words: case, Arabic and Persian letter
forms, diacritics, tatweel, zero-width non-joiners, digits of all three scripts, contractions (``I'll`` = ``I will``), Persian prefixes
and endings written apart, Arabic clitics. Characters are first mapped one to one, so that offsets hold, then spaCy's tokenizer splits
and expands, then each distinct word is normalised once.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

import spacy
from spacy.language import Language

from qa_service.domain.redaction import PLACEHOLDER

#: Arabic letters that differ in writing only, and digits of the three scripts.
_LETTERS = {
    "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ڪ": "ک", "ة": "ه", "ۀ": "ه", "ہ": "ه", "ە": "ه",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و",
    "’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " ", "\u202f": " ",
    "،": " ", "؛": " ", "؟": "?", "«": " ", "»": " ", "…": " ", "٫": ".", "٬": ",", "!": " ", "(": " ", ")": " ", "[": " ", "]": " ",
    "*": " ", "_": " ", '"': " ", "\r": " ", "\n": " ", "\t": " ", "/": " ", "\u200f": " ", "\u200e": " ", "\ufeff": " ",
}
_DIGITS = {chr(zero + digit): str(digit) for zero in (0x0660, 0x06F0) for digit in range(10)}
#: Dropped inside words: diacritics, superscript alef, tatweel, hamza on the line, zero-width characters.
_DROPPED = dict.fromkeys([*range(0x0610, 0x061B), *range(0x064B, 0x0660), 0x0670, 0x0640, 0x0621, *range(0x200B, 0x200E), 0x2060])
_PERSIAN_PREFIXES = frozenset({"می", "نمی"})
_PERSIAN_ENDINGS = frozenset({
    "ها", "های", "هایی", "هایم", "هام", "هات", "هاش", "هاتون", "هامون",
    "ای", "ام", "ات", "اش", "اند", "ایم", "اید", "تر", "ترین",
})
_ARABIC_CLITICS = ("وبال", "وال", "فال", "بال", "کال", "ولل", "ال", "لل", "و", "ف")
#: Not taken apart: "unfortunately" would become "sorry".
_ARABIC_WHOLE = frozenset({"للاسف"})
_CHUNK = re.compile(r"\S+")
#: Places from which on it is quicker to work out where all words stand.
_MANY = 8
#: Characters that the tokenizer is given at once: marks without a blank between them take it the square of their number.
_LONGEST = 100
#: Tokenizers share a vocabulary and are not made for threads; most chunks never come here.
_TOKENIZERS = threading.Lock()
#: Words after which "'s" is "is" (or "has", which phrases take for the same) and no genitive.
_IS_AFTER = frozenset({
    "it", "that", "this", "what", "who", "where", "how", "when", "why", "there", "here", "he", "she", "everything", "nothing", "something",
})  # fmt: skip
#: Words that spaCy leaves as written.
_ALSO = {
    "m": "am", "ok": "okay", "k": "okay", "pls": "please", "plz": "please", "u": "you", "ur": "your",
    "thx": "thanks", "tnx": "thanks", "r": "are",
}


def _one_to_one() -> dict[int, str]:
    table = {ord(old): new for old, new in {**_LETTERS, **_DIGITS}.items()}
    for code in [*range(0xFB50, 0xFDFE), *range(0xFE70, 0xFEFF)]:
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1 and plain != chr(code):
            table[code] = _LETTERS.get(plain, plain)
    return table


class Folded(NamedTuple):
    """Words of a text, joined as ``" word word "`` so that a blank is a word border."""

    #: The folded words with single blanks around each.
    text: str
    #: The folded words.
    words: tuple[str, ...]
    #: Character range of each word in the original.
    spans: tuple[tuple[int, int], ...]

    @property
    def starts(self) -> tuple[int, ...]:
        """Position of each word in ``text``."""
        return tuple(accumulate((len(word) + 1 for word in self.words[:-1]), initial=1)) if self.words else ()

    def originals(self, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Ranges in the original of several ranges in ``text``; of many, without a look at all of the text for each."""
        if len(places) < _MANY:
            return [self.original(start, end) for start, end in places]
        starts, last = self.starts, len(self.spans) - 1
        return [
            (self.spans[min(bisect_right(starts, start + 1) - 1, last)][0], self.spans[max(bisect_right(starts, end - 1) - 1, 0)][1])
            for start, end in places
        ]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Range in the original of the range ``start:end`` in ``text`` (borders may be on blanks)."""
        # a word stands behind as many blanks as there are words up to it
        first = self.text.count(" ", 0, start + 1) - 1
        last = self.text.count(" ", 0, end - 1) - 1
        return self.spans[min(first, len(self.spans) - 1)][0], self.spans[max(last, 0)][1]


def fold_characters(text: str) -> str:
    """Lower case, one letter form, ASCII digits; as long as ``text``, so that offsets hold."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := character.lower()) == 1 else character for character in text)
    return lowered.translate(_table())


@cache
def _table() -> dict[int, str]:
    return _one_to_one()


@cache
def _pipeline(language: str) -> Language:
    return spacy.blank(language if language in ("en", "fa", "ar") else "xx")


@lru_cache(maxsize=8192)
def fold(text: str, language: str | None) -> Folded:
    """Fold a text by the rules of its language (any other code: letters only)."""
    code = language or "xx"
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    position = 0
    for piece in text.split(" "):
        for word, start, end in _piece(piece, code):
            words.append(word)
            spans.append((position + start, position + end))
        position += len(piece) + 1
    if code == "fa":
        words, spans = _joined(words, spans)
    return Folded(f" {' '.join(words)} " if words else " ", tuple(words), tuple(spans))


@lru_cache(maxsize=100_000)
def _piece(piece: str, language: str) -> tuple[tuple[str, int, int], ...]:
    """Comparable words of what stands between two blanks as written, with their places in it; most pieces come again and again."""
    found: list[tuple[str, int, int]] = []
    at = 0
    if "[" in piece:
        for placeholder in PLACEHOLDER.finditer(piece):
            # Personal data that was masked is a word that nobody says (``_name`` is no "name").
            start, end = placeholder.span()
            found += (*_plain(piece, at, start, language), (f"_{placeholder[1].lower()}", start, end))
            at = end
    found += _plain(piece, at, len(piece), language)
    return tuple(found)


def _plain(piece: str, start: int, end: int, language: str) -> Iterator[tuple[str, int, int]]:
    for chunk in _CHUNK.finditer(fold_characters(piece[start:end])):
        size = len(chunk[0]) if chunk[0].isalpha() else _LONGEST
        for at in range(0, len(chunk[0]), size):
            place = start + chunk.start() + at
            for word, first, last in _words(chunk[0][at : at + size], language):
                yield word, place + first, place + last


def _words(chunk: str, language: str) -> tuple[tuple[str, int, int], ...]:
    """Comparable words of what stands between two blanks, with their places in it.

    The tokenizer never looks across a blank, so each distinct chunk is read once; the zone keeps its vocabulary from growing with
    every number and name that a service reads in its life.
    """
    if (chunk.isalpha() or chunk.isdecimal()) and chunk not in _exceptions(language):
        return ((word, 0, len(chunk)),) if (word := _word(chunk, language)) else ()
    pipeline = _pipeline(language)
    with _TOKENIZERS, pipeline.memory_zone():
        tokens = [(token.norm_, token.idx, len(token)) for token in pipeline.tokenizer(chunk)]
    if language == "en" and len(tokens) > 1 and tokens[0][0] in _IS_AFTER and tokens[1][0] in ("'s", "s"):
        tokens[1] = ("is", *tokens[1][1:])
    found = ((_word(norm, language), start, start + length) for norm, start, length in tokens)
    return tuple(one for one in found if one[0])


@cache
def _exceptions(language: str) -> frozenset[str]:
    """Plain words that the tokenizer splits or spells out (``dont``, ``gonna``); all others it leaves alone."""
    rules: dict[str, object] = getattr(_pipeline(language).tokenizer, "rules")  # noqa: B009 - the stub calls it a plain function
    return frozenset(rules)


def _word(word: str, language: str) -> str:
    """A token's comparable form; empty for punctuation."""
    word = word.translate(_DROPPED)
    if not word.isascii():
        word = fold_characters(unicodedata.normalize("NFKC", word)).translate(_DROPPED).replace(" ", "")
    word = word.strip(" -'.,:;?#~|<>=+")
    if language == "en":
        return _ALSO.get(word, word)
    return _stem_arabic(word) if language == "ar" else word


def _stem_arabic(word: str) -> str:
    if word in _ARABIC_WHOLE:
        return word
    for clitic in _ARABIC_CLITICS:
        if word.startswith(clitic) and len(word) - len(clitic) >= 3:
            return word[len(clitic) :]
    return word


def _joined(words: list[str], spans: list[tuple[int, int]]) -> tuple[list[str], list[tuple[int, int]]]:
    out: list[str] = []
    places: list[tuple[int, int]] = []
    glue = False
    for word, span in zip(words, spans, strict=True):
        if out and (glue or word in _PERSIAN_ENDINGS):
            out[-1] += word
            places[-1] = (places[-1][0], span[1])
        else:
            out.append(word)
            places.append(span)
        glue = word in _PERSIAN_PREFIXES and not glue
    return out, places
