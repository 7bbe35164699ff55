"""Account numbers by ISO 13616 (IBAN), with their check digits; Iran's are often said without the letters."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from operator import itemgetter

from qa_service.analysis.redaction.case import Case
from qa_service.analysis.redaction.checks import iban
from qa_service.domain.redaction import Kind, Span

_WRITTEN = re.compile(r"(?<![a-z0-9])[a-z]{2}[ -]?\d{2}(?:[ -]?[a-z0-9]){11,30}(?![a-z0-9])")
_DIGIT = re.compile(r"\d\d")
_SEPARATORS = re.compile(r"[ -]")
#: Digits of an Iranian IBAN after its letters, and those of any account that is named as one.
_IRANIAN, _FEWEST = 24, 12


def ibans(case: Case) -> Iterator[Span]:
    """Spans of account numbers."""
    for turn in range(len(case.turns)):
        folded = case.folded(turn)
        written = list(_written(case, turn)) if _DIGIT.search(folded) else []
        yield from (Span(turn, start, end, Kind.IBAN, 0.99) for start, end in written)
        for run in case.sequences(turn):
            before = bisect_left(written, run.end, key=itemgetter(0))
            if len(run.digits) < _FEWEST or (before and written[before - 1][1] > run.start):
                continue
            named = "iban" in case.label(turn, run.start)
            if (named and len(run.digits) <= 30) or (len(run.digits) == _IRANIAN and iban(f"IR{run.digits}")):
                yield Span(turn, _with_letters(folded, run.start), run.end, Kind.IBAN, 0.9)


def _written(case: Case, turn: int) -> Iterator[tuple[int, int]]:
    """Numbers with a right check, or that are named; what follows a number in letters may have been taken for a part of it."""
    folded = case.folded(turn)
    for match in _WRITTEN.finditer(folded):
        end = match.end()
        if "iban" in case.label(turn, match.start()) and not iban(_SEPARATORS.sub("", match[0])) and not match[0][-1].isalpha():
            yield match.span()
            continue
        while end - match.start() >= 15:
            if iban(_SEPARATORS.sub("", folded[match.start() : end])):
                yield match.start(), end
                break
            end = max(folded.rfind(" ", match.start(), end), match.start())


def _with_letters(folded: str, start: int) -> int:
    """The place of letters of the country that stand before the digits."""
    before = re.search(r"(?<![a-z])(?:[a-z] ?[a-z] ?|ای ار |آی آر )$", folded[max(0, start - 8) : start])
    return start - len(before[0]) if before else start
