"""National ids: Iran, the Gulf, Egypt and the United States by their check digits, others by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_service.analysis.redaction.case import Case, DigitRun
from qa_service.analysis.redaction.checks import egyptian_id, emirati_id, iranian_id, kuwaiti_id, saudi_id, social_security
from qa_service.domain.redaction import Kind, Span

_SOCIAL = re.compile(r"(?<![\d-])(\d{3})-(\d{2})-(\d{4})(?![\d-])")
_LETTERED = re.compile(r"(?<![\w-])(?:(?P<insurance>[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D])|[A-Za-z]{1,2} ?\d{6,9})(?![\w-])")
_FIGURES = re.compile(r"\d\d")
#: Digits that an id has where it is named as one ("0084573945" is often said without its zeros).
_FEWEST, _MOST = 6, 15
#: Kinds of data that a number of ten digits may be instead.
_OTHER = frozenset({"reference", "phone", "card", "iban", "cvv", "company"})


def identities(case: Case) -> Iterator[Span]:
    """Spans of national ids."""
    for turn in range(len(case.turns)):
        for run in case.sequences(turn):
            confidence = _confidence(case, turn, run)
            if confidence:
                yield Span(turn, run.start, run.end, Kind.NATIONAL_ID, confidence)
        yield from _lettered(case, turn)
        if "-" in case.folded(turn):
            for match in _SOCIAL.finditer(case.folded(turn)):
                if social_security("".join(match.groups())):
                    yield Span(turn, *match.span(), Kind.NATIONAL_ID, 0.9)


def _lettered(case: Case, turn: int) -> Iterator[Span]:
    """Passports and the like, figures with letters: only where they are named; a British insurance number by its form."""
    if not _FIGURES.search(case.folded(turn)):
        return
    for match in _LETTERED.finditer(case.plain(turn)):
        if match["insurance"] or "national_id" in case.label(turn, match.start()):
            yield Span(turn, *match.span(), Kind.NATIONAL_ID, 0.85)


def _confidence(case: Case, turn: int, run: DigitRun) -> float:
    if len(run.digits) < _FEWEST:
        return 0.0
    label = case.label(turn, run.start)
    if "last_four" in label:
        return 0.0
    valid = _valid(run.digits, case.language(turn))
    if "national_id" in label and len(run.digits) <= _MOST and not (label & {"phone", "card"} and not valid):
        return 0.98 if valid else 0.85
    if label & _OTHER or not valid:
        return 0.0
    return 0.9 if len(run.digits) > 10 else 0.7


def _valid(digits: str, language: str) -> bool:
    """Whether the check digits are right for an id that is usual in the language."""
    if emirati_id(digits) or kuwaiti_id(digits):
        return True
    if language == "fa":
        return iranian_id(digits) and not digits.startswith("09")
    if language == "ar":
        return saudi_id(digits) or egyptian_id(digits)
    return False
