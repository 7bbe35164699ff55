"""Numerals: numbers in words and figures, each with its place, and the runs in which they are said one after another.

What a run means is left open on purpose: "nine forty five" holds the numerals 9 and 45, which are the digits 945 as well as a quarter to
ten. Who reads the run decides by what stands around it (``reading`` for people, ``redaction`` for personal data).

========================  =====================================================================
"forty-two"               one numeral, cardinal 42
"four two"                a run of two: digits 42
"double five"             one numeral, digits 55
"صد و بیست و سه هزار"     one numeral, cardinal 123000
"خمسة وعشرين"             one numeral, cardinal 25
"three point five"        one numeral, decimal 3.5
"twenty first"            one numeral, ordinal 21
========================  =====================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from qa_service.analysis.cardinal import NEAR, Sum
from qa_service.analysis.numeral_words import Gap, NumberWord, Part, number_words

#: Largest value of a numeral: finite, whatever is done with it.
_MOST = 1e100


class Kind(StrEnum):
    """What a numeral is by its own words."""

    DIGITS = "digits"
    CARDINAL = "cardinal"
    ORDINAL = "ordinal"
    DECIMAL = "decimal"


class Numeral(NamedTuple):
    """One number as it was said or written."""

    kind: Kind
    #: Its value; of digits, as if they were a number.
    value: float
    #: Its figures, without separators of thousands: "42", "007", "3.5".
    digits: str
    #: Range in the text, without prefixes.
    start: int
    end: int
    #: The words of it.
    words: tuple[NumberWord, ...]

    @property
    def written(self) -> bool:
        """Whether it stands there in figures."""
        return all(word.figures for word in self.words)

    @property
    def gap(self) -> Gap:
        """What stands before it, since the last word of a number."""
        return self.words[0].gap

    @property
    def linked(self) -> bool:
        """Whether an "and" is written onto it."""
        return self.words[0].linked


class Run(NamedTuple):
    """Numerals said one after another with nothing between but blanks, hyphens and commas (and fillers, where asked for)."""

    numerals: tuple[Numeral, ...]

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return self.numerals[0].start

    @property
    def end(self) -> int:
        """Where it ends in the text."""
        return self.numerals[-1].end

    @property
    def digits(self) -> str:
        """Everything as dialled."""
        return "".join(one.digits for one in self.numerals)


_STARTS = frozenset({Part.DIGIT, Part.TEEN, Part.TEN, Part.HUNDREDS, Part.HUNDRED, Part.SCALE, Part.DUAL})
_MOST_REPEATED = 4
#: "Thousand" may stand for one thousand, "million" may not ("thanks a million").
_BARE_SCALE = 1000


def numerals(text: str, language: str | None) -> tuple[Numeral, ...]:
    """All numerals of a text, in order; none overlaps another."""
    words = number_words(text, language)
    if language == "ar":
        words = tuple(_with_teens(words))
    code = language if language in ("fa", "ar") else "en"
    found: list[Numeral] = []
    at = 0
    while at < len(words):
        numeral, at = _numeral(words, at, code)
        if numeral is not None:
            found.append(numeral)
    return tuple(found)


def _with_teens(words: Sequence[NumberWord]) -> Iterator[NumberWord]:
    """Arabic "خمسة عشر" as one word: a unit and, without "and", ten."""
    at = 0
    while at < len(words):
        word = words[at]
        unit = 1 if word.part is Part.STEM else word.value if word.part is Part.DIGIT else 0
        ten = words[at + 1] if _follows(words, at + 1) else None
        if unit and ten is not None and ten.value == 10 and ten.part is Part.TEEN and not ten.linked:
            # "واحد عشر" is "و" and "أحد عشر"
            teen = word._replace(part=Part.TEEN, value=10 + unit, end=ten.end)
            yield teen._replace(linked=True, start=word.start + 1) if unit == 1 and word.part is Part.DIGIT else teen
            at += 1
        else:
            yield word
        at += 1


def runs(text: str, language: str | None) -> tuple[Run, ...]:
    """Numerals said one after another; ordinals, decimals and amounts with separators stand alone."""
    return runs_of(text, numerals(text, language))


def runs_of(text: str, found: Sequence[Numeral]) -> tuple[Run, ...]:
    """The numerals of a text as runs."""
    groups: list[list[Numeral]] = []
    for one in found:
        joins = groups and not one.linked and one.gap is not Gap.BREAK and _adjacent(groups[-1][-1], one, text)
        if joins and _dialled(groups[-1][-1]) and _dialled(one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return tuple(Run(kept) for group in groups if (kept := _without_edges(tuple(group))))


def _dialled(one: Numeral) -> bool:
    return one.kind in (Kind.DIGITS, Kind.CARDINAL) and not any(word.part is Part.AMOUNT for word in one.words)


def _adjacent(left: Numeral, right: Numeral, text: str) -> bool:
    """Whether only blanks, hyphens and commas are between; a helper word that was passed over is something."""
    return not any(character.isalnum() for character in text[left.end : right.start])


def _without_edges(group: tuple[Numeral, ...]) -> tuple[Numeral, ...]:
    """The group without an "oh" that is an exclamation: apart by a comma, or without two digits after it."""
    low, high = 0, len(group)
    while low < high and _is_oh(group[low]) and (high - low < 3 or group[low + 1].gap is Gap.COMMA):
        low += 1
    while low < high and _is_oh(group[high - 1]) and (high - low < 2 or group[high - 1].gap is Gap.COMMA):
        high -= 1
    return group[low:high]


def _is_oh(one: Numeral) -> bool:
    return one.words[0].part is Part.OH


def _numeral(words: Sequence[NumberWord], at: int, language: str) -> tuple[Numeral | None, int]:
    """The numeral that begins at a word, and where the next may begin."""
    word = words[at]
    if word.part in (Part.FIGURES, Part.AMOUNT):
        return _written(words, at)
    if word.part is Part.OH:
        return _digits("0", words, at, at + 1)
    if word.part is Part.REPEAT:
        return _repeated(words, at)
    if word.part is Part.ZEROS and word.value:
        return _digits("0" * word.value, words, at, at + 1)
    if word.part is Part.ORDINAL:
        return _ordinal(words, at, language)
    if word.part is Part.SCALE and word.value > _BARE_SCALE:
        return None, at + 1
    if word.part in _STARTS:
        return _counted(words, at) or _cardinal(words, at, language)
    return None, at + 1


def _value(figures: str) -> float:
    """Of any number of figures; more than a hundred are no quantity, and their value is as good as any."""
    return min(float(figures), _MOST)


def _digits(digits: str, words: Sequence[NumberWord], at: int, end: int) -> tuple[Numeral, int]:
    return Numeral(Kind.DIGITS, _value(digits), digits, words[at].start, words[end - 1].end, tuple(words[at:end])), end


def _written(words: Sequence[NumberWord], at: int) -> tuple[Numeral | None, int]:
    word = words[at]
    plain = word.figures.count(".") <= 1 and word.figures.replace(".", "").isdigit()
    if not plain:
        return None, at + 1
    if _follows(words, at + 1) and words[at + 1].part is Part.SCALE and not words[at + 1].linked:
        value = _value(word.figures) * words[at + 1].value
        return Numeral(Kind.CARDINAL, value, f"{value:.0f}", word.start, words[at + 1].end, (word, words[at + 1])), at + 2
    kind = Kind.DECIMAL if "." in word.figures else Kind.DIGITS if word.figures.startswith("0") else Kind.CARDINAL
    return Numeral(kind, _value(word.figures), word.figures, word.start, word.end, (word,)), at + 1


def _follows(words: Sequence[NumberWord], at: int) -> bool:
    return at < len(words) and words[at].gap in NEAR


def _repeated(words: Sequence[NumberWord], at: int) -> tuple[Numeral | None, int]:
    """"double five", "triple 0"."""
    if not _follows(words, at + 1):
        return None, at + 1
    digit = words[at + 1]
    single = digit.figures if digit.part is Part.FIGURES else str(digit.value) if digit.part in (Part.DIGIT, Part.OH) else ""
    return _digits(single * words[at].value, words, at, at + 2) if len(single) == 1 else (None, at + 1)


def _counted(words: Sequence[NumberWord], at: int) -> tuple[Numeral, int] | None:
    """"two zeros", "ثلاثة أصفار", "دو تا صفر"; "دو تا پنج" could be two to five and is not taken."""
    times = words[at].value
    if words[at].part is not Part.DIGIT or not 1 < times <= _MOST_REPEATED or not _follows(words, at + 1):
        return None
    if words[at + 1].part is Part.ZEROS:
        return _digits("0" * times, words, at, at + 2)
    if words[at + 1].part is Part.OF and _follows(words, at + 2) and words[at + 2].part is Part.DIGIT and not words[at + 2].value:
        return _digits("0" * times, words, at, at + 3)
    return None


def _cardinal(words: Sequence[NumberWord], at: int, language: str) -> tuple[Numeral, int]:
    first = words[at]
    begin = at - 1 if _has_article(words, at) else at
    grown = Sum(first, language)
    end = at + 1
    while (step := _next(words, end)) is not None and first.value:
        word, linked, after = words[step], words[step].linked or step > end, words[step + 1] if step + 1 < len(words) else None
        if word.part is Part.ORDINAL and _closes(word, linked=linked, value=grown.value, language=language):
            value = grown.value + word.value
            return Numeral(Kind.ORDINAL, float(value), str(value), first.start, word.end, tuple(words[at : step + 1])), step + 1
        if not grown.take(word, linked=linked, after=after):
            break
        end = step + 1
    if _follows(words, end) and words[end].part is Part.ORDINAL_ENDING:
        return Numeral(Kind.ORDINAL, float(grown.value), str(grown.value), first.start, words[end].end, tuple(words[at : end + 1])), end + 1
    fraction, end = _fraction(words, end)
    kind, digits = (Kind.DECIMAL, f"{grown.value}.{fraction}") if fraction else (Kind.CARDINAL, str(grown.value))
    return Numeral(kind, _value(digits), digits, words[begin].start, words[end - 1].end, tuple(words[begin:end])), end


def _closes(word: NumberWord, *, linked: bool, value: int, language: str) -> bool:
    """Whether an ordinal ends the number: "twenty first", "hundred and first", "بیست و یکم"."""
    if word.value >= 10 and value < 100:
        return False
    if language == "en":
        return value >= 20 and value % 10 == 0 and (linked if value % 100 == 0 else not linked)
    return linked and value >= 20 and value % 10 == 0


def _has_article(words: Sequence[NumberWord], at: int) -> bool:
    large = words[at].part in (Part.HUNDRED, Part.SCALE)
    return large and at > 0 and words[at - 1].part is Part.ARTICLE and words[at].gap is Gap.BLANK


def _next(words: Sequence[NumberWord], end: int) -> int | None:
    """The next word that may belong to the number: the one after an "and" that stands apart, too."""
    if end >= len(words):
        return None
    if words[end].part is Part.AND:
        return end + 1 if _follows(words, end) and _follows(words, end + 1) else None
    after_scale = words[end].gap is Gap.COMMA and words[end - 1].part is Part.SCALE
    return end if words[end].gap in NEAR or after_scale else None


def _fraction(words: Sequence[NumberWord], at: int) -> tuple[str, int]:
    """The digits after a "point", and where they end."""
    if not _follows(words, at) or words[at].part is not Part.POINT:
        return "", at
    end, digits = at + 1, ""
    while _follows(words, end) and words[end].part in (Part.DIGIT, Part.OH) and not words[end].linked:
        digits += str(words[end].value)
        end += 1
    if not digits and _follows(words, end) and words[end].part in (Part.TEEN, Part.TEN):
        digits, end = str(words[end].value), end + 1
        if digits.endswith("0") and _follows(words, end) and words[end].part is Part.DIGIT:
            digits, end = digits[:-1] + str(words[end].value), end + 1
    return (digits, end) if digits else ("", at)


def _ordinal(words: Sequence[NumberWord], at: int, language: str) -> tuple[Numeral, int]:
    value, end = words[at].value, at + 1
    if language == "ar" and value < 10 and _follows(words, end):
        word = words[end]
        if word.part is Part.TEEN and word.value == 10 and not word.linked:
            value, end = value + 10, end + 1
        elif word.part is Part.TEN and word.linked:
            value, end = value + word.value, end + 1
    return Numeral(Kind.ORDINAL, float(value), str(value), words[at].start, words[end - 1].end, tuple(words[at:end])), end
