"""Number words: which words of a text say a number or belong to one, in English, Persian and Arabic, each with its place.

Words are compared in their bare form (one letter form, no diacritics). Arabic prefixes (``و ف ب ل ال``) and Persian numbers written as
one word (``بیست‌وپنج``, ``سیصدوپنجاه``) are taken apart; the place of a part is its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from qa_service.analysis.fold import fold_characters
from qa_service.analysis.lexicon import Lexicon


class Part(StrEnum):
    """What a word does in a number."""

    DIGIT = "digit"
    TEEN = "teen"
    TEN = "ten"
    HUNDREDS = "hundreds"
    HUNDRED = "hundred"
    SCALE = "scale"
    DUAL = "dual"
    FIGURES = "figures"
    AMOUNT = "amount"
    ORDINAL = "ordinal"
    ORDINAL_ENDING = "ordinal_ending"
    OH = "oh"
    REPEAT = "repeat"
    ZEROS = "zeros"
    OF = "of"
    AND = "and"
    POINT = "point"
    ARTICLE = "article"
    STEM = "stem"
    FILLER = "filler"


class Gap(StrEnum):
    """What stands between two words of numbers."""

    NONE = "none"
    BLANK = "blank"
    HYPHEN = "hyphen"
    COMMA = "comma"
    BREAK = "break"


class NumberWord(NamedTuple):
    """A word that says a number or belongs to one."""

    part: Part
    #: What it is worth; how often, for words that repeat.
    value: int
    #: Range in the text, without a prefix.
    start: int
    end: int
    #: An "and" is written onto it (``وعشرين``).
    linked: bool
    #: What stands before it, since the last one.
    gap: Gap
    #: Figures as written, without separators of thousands; empty for words.
    figures: str


class _Piece(NamedTuple):
    part: Part
    value: int
    start: int
    end: int
    linked: bool


#: Diacritics, superscript alef, tatweel: nothing that is heard in a number.
_MARKS = "\u064b-\u065f\u0670\u0640\u0621"
_BARE = re.compile(f"[{_MARKS}]")
_TOKEN = re.compile(rf"[0-9]+(?:[.,][0-9]+)*|[^\W\d_][^\W\d_{_MARKS}]*(?:[{_MARKS}]+[^\W\d_]*)*(?:'[^\W\d_]+)?")
_WORD = re.compile(r"\w+")
_FIGURE = re.compile("[0-9]")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+")
_SINGLES = re.compile(r"\d(?:,\d)+")
#: Digits of a number whose size anybody asks for.
_MOST_DIGITS = 100
#: Letters of the longest word that can say a number.
_LONGEST = 64
_LETTERS, _LETTERS_BEFORE = re.compile(r"[^\W\d_]+"), re.compile(r"[^\W\d_]+$")
_GAPS = (
    (re.compile(r"[\s\u200c\u200e\u200f]+"), Gap.BLANK),
    (re.compile(r"\s?[-‐‑–]\s?"), Gap.HYPHEN),
    (re.compile(r"\s?[,،]\s*"), Gap.COMMA),
)
_ARABIC_PREFIXES = ("وال", "بال", "فال", "لل", "ال", "و", "ف", "ب", "ل")
_REPEATS: Mapping[str, int] = {"double": 2, "triple": 3, "quadruple": 4}
_SCALES: Mapping[str, int] = {"thousand": 1000, "million": 10**6, "billion": 10**9}
#: What alone makes no number.
HELPERS = frozenset({Part.OF, Part.AND, Part.POINT, Part.ARTICLE, Part.FILLER, Part.ORDINAL_ENDING, Part.REPEAT, Part.OH, Part.STEM})


def number_words(text: str, language: str | None) -> tuple[NumberWord, ...]:
    """Words of numbers in order of the text; empty where no word says a number."""
    code = language if language in ("fa", "ar") else "en"
    folded = fold_characters(text)
    if _forms(code).isdisjoint(_WORD.findall(folded)) and not _FIGURE.search(folded):
        return ()
    tokens = [(match, found) for match in _TOKEN.finditer(folded) if (found := _pieces(match[0], code)) and not _ending(folded, match)]
    if all(piece.part in HELPERS for _, found in tokens for piece in found):
        return ()
    return tuple(_placed(text, tokens))


def _ending(folded: str, match: re.Match[str]) -> bool:
    """Whether a Persian word is only a piece of another ("می‌ده", "سی‌دی"): a number stands beside it, or it is none."""
    start, end = match.span()
    if "\u200c" not in folded[start - 1 : start] + folded[end : end + 1]:
        return False
    before = _LETTERS_BEFORE.search(folded, max(0, start - 1 - _LONGEST), start - 1) if folded[start - 1 : start] == "\u200c" else None
    after = _LETTERS.match(folded, end + 1, end + 1 + _LONGEST) if folded[end : end + 1] == "\u200c" else None
    return any(word is not None and not _pieces(word[0], "fa") for word in (before, after))


@cache
def _forms(language: str) -> frozenset[str]:
    """Every form in which a word that says a number may stand between blanks."""
    known = _vocabulary(language)
    core = [word for word, (part, _) in known.items() if part not in HELPERS or part in (Part.REPEAT, Part.STEM)]
    if language == "ar":
        return frozenset(prefix + word for prefix in ("", *_ARABIC_PREFIXES) for word in core)
    if language == "fa":
        large = [word for word, (part, _) in known.items() if part in (Part.TEN, Part.HUNDREDS, Part.HUNDRED, Part.SCALE)]
        joined = (f"{left}و{right}" for left in large for right in core)
        return frozenset((*core, *(f"و{word}" for word in core), *(f"{word}تا" for word in core), *joined))
    return frozenset(core)


def _placed(text: str, tokens: list[tuple[re.Match[str], tuple[_Piece, ...]]]) -> Iterator[NumberWord]:
    end = 0
    for match, pieces in tokens:
        prefixed = pieces[0].start and not pieces[0].linked and match[0][: pieces[0].start] != "ال"
        gap = Gap.BREAK if prefixed or not end else _gap(text[end : match.start()])
        for piece in pieces:
            figures = _figures(match[0][piece.start : piece.end]) if piece.part in (Part.FIGURES, Part.AMOUNT) else ""
            start, end = match.start() + piece.start, match.start() + piece.end
            yield NumberWord(piece.part, piece.value, start, end, piece.linked, gap, figures)
            gap = Gap.BLANK


def _figures(written: str) -> str:
    return written.replace(",", "")


def _gap(between: str) -> Gap:
    if not between:
        return Gap.NONE
    if between == " ":
        return Gap.BLANK
    return next((gap for pattern, gap in _GAPS if pattern.fullmatch(between)), Gap.BREAK)


@lru_cache(maxsize=65536)
def _pieces(token: str, language: str) -> tuple[_Piece, ...]:
    """The parts of numbers in a token; empty for other words."""
    if token[0] in "0123456789":
        return _written(token)
    bare = _BARE.sub("", token)
    known = _vocabulary(language)
    if bare in known:
        return (_Piece(*known[bare], 0, len(token), False),)
    if language == "ar":
        return _unprefixed(token, bare, known)
    return _split(token, known) if language == "fa" else ()


def _written(token: str) -> tuple[_Piece, ...]:
    if _SINGLES.fullmatch(token) and len(token) > 3:
        return tuple(_Piece(Part.FIGURES, int(token[at]), at, at + 1, False) for at in range(0, len(token), 2))
    if token.isdigit():
        return (_Piece(Part.FIGURES, _value(token), 0, len(token), False),)
    if _GROUPED.fullmatch(token):
        return (_Piece(Part.AMOUNT, _value(token.replace(",", "").split(".")[0]), 0, len(token), False),)
    return (_Piece(Part.AMOUNT, 0, 0, len(token), False),)


def _value(digits: str) -> int:
    """As large as a number can be said to be: Python reads no more than 4300 digits, and no float holds more than 308."""
    return int(digits[:_MOST_DIGITS])


def _unprefixed(token: str, bare: str, known: Mapping[str, tuple[Part, int]]) -> tuple[_Piece, ...]:
    """An Arabic number behind its prefixes; an ordinal keeps its article."""
    for prefix in _ARABIC_PREFIXES:
        rest = bare.removeprefix(prefix)
        if rest == bare or rest not in known or (known[rest][0] in HELPERS and known[rest][0] is not Part.STEM):
            continue
        if prefix.endswith("ال") and known[rest][0] is Part.HUNDRED and not prefix.startswith("ب"):
            return ()  # "المية" is water
        return (_Piece(*known[rest], len(token) - len(token.removeprefix(prefix)), len(token), prefix.startswith("و")),)
    return ()


def _split(token: str, known: Mapping[str, tuple[Part, int]]) -> tuple[_Piece, ...]:
    """A Persian number written as one word: joined by ``و``, or with a counting or ordinal ending."""
    if token.endswith("تا") and (one := known.get(token[:-2])) and one[0] is Part.DIGIT:
        cut = len(token) - 2
        return _Piece(*one, 0, cut, False), _Piece(Part.OF, 0, cut, len(token), False)
    if token[0] == "و" and (one := known.get(token[1:])) and one[0] not in HELPERS:
        return (_Piece(*one, 1, len(token), True),)
    if "و" not in token[1:-1]:
        return ()
    cuts = [0, *(at for at, letter in enumerate(token) if letter == "و" and 0 < at < len(token) - 1), len(token)]
    words = [(left + (left > 0), right) for left, right in pairwise(cuts)]
    if not all(token[start:end] in known and known[token[start:end]][0] not in HELPERS for start, end in words):
        return ()
    return tuple(_Piece(*known[token[start:end]], start, end, start > 0) for start, end in words)


@cache
def _vocabulary(language: str) -> Mapping[str, tuple[Part, int]]:
    lexicon = Lexicon("numerals")
    return {
        _BARE.sub("", fold_characters(word)): _worth(meaning) for meaning in lexicon.meanings for word in lexicon.phrases(meaning, language)
    }


def _worth(meaning: str) -> tuple[Part, int]:
    """What a meaning of the lexicon is in a number, and its value."""
    if meaning.endswith("."):
        return Part.ORDINAL, int(meaning[:-1])
    if meaning.isdigit():
        return _part(value := int(meaning)), value
    if meaning in _REPEATS:
        return Part.REPEAT, _REPEATS[meaning]
    if meaning in _SCALES:
        return Part.SCALE, _SCALES[meaning]
    if meaning == "two_zeros":
        return Part.ZEROS, 2
    return Part(meaning), 100 if meaning == "hundred" else 0


def _part(value: int) -> Part:
    if value < 10:
        return Part.DIGIT
    if value < 20:
        return Part.TEEN
    if value < 100:
        return Part.TEN
    return Part.HUNDREDS if value < 1000 else Part.DUAL
