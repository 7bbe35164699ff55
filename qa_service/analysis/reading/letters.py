"""Spelled letters: "A B C one two three", "L S six, two D T", "b as in bravo"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_service.analysis.numerals import Run, runs
from qa_service.analysis.reading.edit import Edit

_AS_IN = r"(?:as in|for|like|like in)"
_HINT = re.compile(rf"(?<![\w'])[A-Za-z]\b[,.-]? ?(?:[A-Za-z]\b|{_AS_IN} [A-Za-z]|[a-z]+\b,? [A-Za-z]\b)")
_LETTER = re.compile(rf"(?<![\w'’.])([A-Za-z])(?![\w'’])(?:,? {_AS_IN} ([A-Za-z]+)\b)?")
_BETWEEN = re.compile(r"[ ,-]{1,3}|[ ,]*and ")
#: Letters that make a spelled word by themselves; with digits fewer will do.
_LETTERS, _WITH_DIGITS = 3, 2


class _Unit:
    """A letter or a run of digits."""

    def __init__(self, start: int, end: int, text: str, *, spelled: bool = False, run: Run | None = None) -> None:
        self.start, self.end, self.text, self.spelled, self.run = start, end, text, spelled, run


def hints_at_letters(text: str) -> bool:
    """Whether a look for spelled letters is worth while."""
    return _HINT.search(text) is not None


def letters(text: str, language: str | None) -> list[Edit]:
    """Edits that write spelled letters, and the digits among them, as one word."""
    edits: list[Edit] = []
    for group in _groups(text, [*_letters(text), *_digits(text, language)]):
        joined = "".join(unit.text for unit in group)
        if _is_spelled(group) and text[group[0].start : group[-1].end] != joined:
            edits.append(Edit(group[0].start, group[-1].end, joined))
    return edits


def _letters(text: str) -> Iterator[_Unit]:
    for match in _LETTER.finditer(text):
        word = match[2]
        if word is None:
            yield _Unit(match.start(), match.end(), match[1])
        elif word[0].lower() == match[1].lower() and len(word) > 1:
            yield _Unit(match.start(), match.end(), match[1].upper(), spelled=True)


def _digits(text: str, language: str | None) -> Iterator[_Unit]:
    for run in runs(text, language):
        yield _Unit(run.start, run.end, run.digits, run=run)


def _groups(text: str, units: list[_Unit]) -> Iterator[list[_Unit]]:
    """Units that follow one another with nothing but blanks and commas between."""
    group: list[_Unit] = []
    for unit in sorted(units, key=lambda one: (one.start, -one.end)):
        if group and unit.start < group[-1].end:
            continue
        if group and not _BETWEEN.fullmatch(text[group[-1].end : unit.start]):
            yield _trimmed(group)
            group = []
        group.append(unit)
    if group:
        yield _trimmed(group)


def _trimmed(group: list[_Unit]) -> list[_Unit]:
    """Without what is no spelling at its borders: "I", the article, an amount."""
    low, high = 0, len(group)
    while low < high and ((group[low].run is None and group[low].text in "Iia" and not group[low].spelled) or _amount(group[low])):
        low += 1
    while low < high and _amount(group[high - 1]):
        high -= 1
    return group[low:high]


def _amount(unit: _Unit) -> bool:
    return unit.run is not None and len(unit.run.numerals) == 1 and not unit.run.numerals[0].written and unit.run.numerals[0].value >= 10


def _is_spelled(group: list[_Unit]) -> bool:
    alphabet = [unit for unit in group if unit.run is None]
    digits = sum(len(unit.run.numerals) for unit in group if unit.run is not None)
    if not alphabet or (len({unit.text.lower() for unit in alphabet}) == 1 and len(alphabet) > 1):
        return False
    if any(unit.spelled for unit in alphabet):
        return True
    if digits and "".join(unit.text for unit in alphabet).lower() in ("am", "pm"):
        return False
    needed = _WITH_DIGITS if digits else _LETTERS
    capital = all(unit.text.isupper() for unit in alphabet)
    return len(alphabet) >= needed or (capital and digits >= _LETTERS and alphabet[0].text not in "IA")
