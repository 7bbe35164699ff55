"""What of a turn tells its mood, as numbered features: words, their pieces and pairs, the lexicons' lines, and how it is written.

Pure: the same text always gives the same features. A feature's number is a checksum of its name (the hashing trick, Weinberger et al.
2009), so that no vocabulary has to be kept; lexicons have numbers of their own. A line of a lexicon is named by its words: a line that is
added, moved or changed leaves the others what they are.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
import re2
from numpy.typing import NDArray

from qa_service.analysis.fold import fold
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.phrase import phrase_pattern

#: Numbers of features of lexicons and writing, then of words.
LEXICAL = 1 << 13
WORDY = 1 << 15
#: Weight of a word, of its pieces, of two words in a row, and of two around a third; together they have length 1.
_WORD, _PIECE, PAIR, AROUND = 1.0, 0.35, 0.7, 0.4
_LINE, _MEANING, _MEANING_HERE, _MARK = 0.4, 0.6, 0.42, 0.4
_PIECES = (3, 4)
#: Lexicons that are looked at, and their meanings.
_READ = {
    "sentiment": ("positive", "negative", "turned", "contrast", "formal", "plain"),
    "trouble": ("trouble", "trouble.not", "superior", "complaint", "threat", "leaving"),
    "courtesy": ("thanks", "thanks.not", "apology", "empathy"),
    "conduct": ("profane", "rude", "dismissive", "sarcastic", "blaming", "objection"),
    "questions": ("interrogative",),
}
_STRONG = ("sentiment.positive", "sentiment.negative", "trouble.trouble")
_TELLING = frozenset({*_STRONG, "courtesy.thanks"})
#: What means something else together: praise that is denied or stands beside trouble (sarcasm), thanks with a "but".
_TOGETHER = (
    ("sentiment.positive", "sentiment.turned"), ("sentiment.positive", "sentiment.negative"), ("sentiment.positive", "trouble.trouble"),
    ("courtesy.thanks", "sentiment.contrast"), ("sentiment.negative", "sentiment.turned"), ("courtesy.thanks", "trouble.trouble"),
    ("sentiment.formal", "sentiment.plain"),
)  # fmt: skip
_LONG = re.compile(r"(\w)\1{2,}")
_INSISTING = re.compile(r"[?!؟]{2}")
#: Upper bounds of the length in words, by class.
_LENGTHS = (1, 3, 7, 14, 29)
#: Odd factors that mix two words' checksums into that of the pair, and of the words around another.
_MIX_PAIR, _MIX_AROUND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_HIGH_BITS = np.uint64(40)

Numbers = NDArray[np.int64]
Weights = NDArray[np.float64]
#: A feature's number and value.
Feature = tuple[int, float]


class Features(NamedTuple):
    """Numbers below ``LEXICAL + WORDY``, some perhaps more than once, and the value of each."""

    numbers: Numbers
    values: Weights


class _Lines(NamedTuple):
    """Every line of the lexicons as one RE2 set, so that a turn is read once."""

    matcher: Any
    #: Meaning and feature of each line.
    meanings: tuple[str, ...]
    numbers: tuple[int, ...]


class WordFeatures(NamedTuple):
    """A word that comes again and again."""

    checksum: int
    numbers: Numbers
    values: Weights
    #: Sum of the squares of the values.
    square: float


def features(text: str, language: str, *, agent: bool) -> Features:
    """Of a turn of the agent or the customer; an unknown language has words only."""
    words = plain_words(text, language)
    own_numbers, own_values = zip(*lexical_features(text, words, language, agent=agent), strict=True)
    numbers, values = _wordy(words, language)
    return Features(np.concatenate([own_numbers, numbers]), np.concatenate([own_values, values]))


def plain_words(text: str, language: str) -> tuple[str, ...]:
    """Folded words with letters that are drawn out written once."""
    return tuple([_plain(word) for word in fold(text, language).words])


@lru_cache(maxsize=50_000)
def _plain(word: str) -> str:
    return _LONG.sub(r"\1", word)


def lexical_features(text: str, words: Sequence[str], language: str, *, agent: bool) -> list[Feature]:
    """Features of the lexicons and of how it is written; always at least one."""
    spoken = f" {' '.join(words)} " if words else " "
    found = _found(spoken, language)
    drawn = words != fold(text, language).words
    mine = [*_lexical(found, spoken, language), *_written(text, len(words), drawn_out=drawn)]
    if agent:
        mine.extend([(_named(f"agent {meaning}"), _MEANING) for meaning in ("", *found.counts)])
    return mine


def _wordy(words: Sequence[str], language: str) -> Features:
    known = [EDGE, *[word_features(word, language) for word in words], EDGE]
    checksums = np.array([word.checksum for word in known], np.uint64)
    pairs, around = pair_features(checksums), around_features(checksums)
    values = np.concatenate([*[word.values for word in known], np.full(len(pairs), PAIR), np.full(len(around), AROUND)])
    numbers = np.concatenate([*[word.numbers for word in known], pairs, around])
    return Features(numbers, values / np.sqrt(square_of(sum([word.square for word in known]), len(words))))


def square_of(words: Any, count: Any) -> Any:
    """Sum of the squares of all values of words, where ``words`` is that of the words and their pieces: numbers or arrays."""
    return words + (count + 1) * PAIR**2 + count * AROUND**2


def pair_features(checksums: NDArray[np.uint64]) -> Numbers:
    """Features of two words in a row, one fewer than words."""
    return _mixed(checksums[:-1], checksums[1:], _MIX_PAIR)


def around_features(checksums: NDArray[np.uint64]) -> Numbers:
    """Features of two words around a third, two fewer than words."""
    return _mixed(checksums[:-2], checksums[2:], _MIX_AROUND)


def _mixed(ones: NDArray[np.uint64], others: NDArray[np.uint64], factor: np.uint64) -> Numbers:
    """Products wrap, and their high bits hold what was mixed best."""
    found: Numbers = (((ones * factor + others) * factor >> _HIGH_BITS) % WORDY).astype(np.int64)
    return found + LEXICAL


@lru_cache(maxsize=50_000)
def word_features(word: str, language: str) -> WordFeatures:
    """Features of a word and of its pieces of 3 and 4 letters, borders included."""
    edged = f"<{word}>"
    parts = [edged[at : at + size] for size in _PIECES for at in range(len(edged) - size + 1)]
    names = [f"{language}w{word}", *[f"{language}c{part}" for part in parts]]
    numbers = np.array([LEXICAL + _checksum(name) % WORDY for name in names], np.int64)
    values = np.array([_WORD, *[_PIECE] * len(parts)])
    return WordFeatures(_checksum(names[0]), numbers, values, float(values @ values))


#: What stands before the first word and behind the last.
EDGE = WordFeatures(1, np.zeros(0, np.int64), np.zeros(0), 0.0)


def _checksum(name: str) -> int:
    return zlib.crc32(name.encode("utf-8", "surrogatepass"))


@cache
def _named(name: str) -> int:
    return _checksum(name) % LEXICAL


class _Found(NamedTuple):
    """Lines of the lexicons that stand in a text, and how many of each meaning."""

    numbers: list[int]
    counts: Mapping[str, int]


def _found(spoken: str, language: str) -> _Found:
    lines = _lines(language)
    indexes = lines.matcher.Match(spoken) or ()
    counts: dict[str, int] = {}
    for index in indexes:
        counts[lines.meanings[index]] = counts.get(lines.meanings[index], 0) + 1
    return _Found([lines.numbers[index] for index in indexes], counts)


def _lexical(found: _Found, spoken: str, language: str) -> Iterator[Feature]:
    counts = found.counts
    for number in found.numbers:
        yield number, _LINE
    for meaning, count in counts.items():
        yield from _meaning(meaning, language, several=count > 1)
    for one, other in _TOGETHER:
        if one in counts and other in counts:
            yield _named(f"{one} and {other}"), _MEANING
    if _TELLING.isdisjoint(counts):
        yield _named("nothing telling" if counts else "nothing"), _MEANING
    if "sentiment.contrast" in counts:
        yield from [(_named(f"at last {meaning}"), _MEANING) for meaning in _found(_behind(spoken, language), language).counts]


@cache
def _meaning(meaning: str, language: str, *, several: bool) -> tuple[Feature, ...]:
    found = ((_named(meaning), _MEANING), (_named(f"{language} {meaning}"), _MEANING_HERE))
    return (*found, (_named(f"2 {meaning}"), _MEANING)) if several and meaning in _STRONG else found


def _behind(spoken: str, language: str) -> str:
    """What stands behind the last "but", which weighs more."""
    end = max((match.end() for match in Lexicon("sentiment").pattern("contrast", language).finditer(spoken)), default=1)
    return spoken[end - 1 :]


def _written(text: str, words: int, *, drawn_out: bool) -> Iterator[Feature]:
    """How it is written: marks, drawn-out letters, capitals, length."""
    asked, called = "?" in text or "؟" in text, "!" in text
    if asked:
        yield _named("question mark"), _MARK
    if called:
        yield _named("exclamation mark"), _MARK
    if (asked or called) and _INSISTING.search(text):
        yield _named("marks in a row"), _MARK
    if drawn_out:
        yield _named("drawn out"), _MARK
    if words > 1 and text.isupper():
        yield _named("shouted"), _MEANING
    yield _named(f"length {sum([words > bound for bound in _LENGTHS])}"), _MARK


@cache
def _lines(language: str) -> _Lines:
    options = re2.Options()
    options.max_mem = 128 << 20
    matcher = re2.Set.SearchSet(options)
    meanings: list[str] = []
    numbers: list[int] = []
    for name, meaning in [(name, meaning) for name, wanted in _READ.items() for meaning in wanted]:
        for phrase in Lexicon(name).phrases(meaning, language):
            matcher.Add(f"{phrase_pattern(phrase, language)} ")
            meanings.append(f"{name}.{meaning}")
            numbers.append(_named(f"{language} {name}.{meaning}: {phrase}"))
    matcher.Compile()
    return _Lines(matcher, tuple(meanings), tuple(numbers))
