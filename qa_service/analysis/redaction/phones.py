"""Telephone numbers of people; the company's own lines are left."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_service.analysis.redaction.case import Case, DigitRun
from qa_service.domain.redaction import Kind, Span

_FEWEST, _MOST = 7, 15
#: Prefixes of numbers that are free or shared: companies' own.
_COMPANY = re.compile(r"(?:1?8(?:00|33|44|55|66|77|88)\d{7}|0?800\d{4,7}|0?808\d+|03\d{9}|0845\d+|9200\d{5}|1[5-9]\d{2}|021910\d+)")
_MOBILE = {
    "fa": re.compile(r"(?:0098|98|0)?9\d{9}|0[1-8]\d{9}"),
    "ar": re.compile(r"05\d{8}|01\d{9}|07\d{8,9}|(?:00)?(?:966|971|965|974|973|968|962|961|964|20)\d{7,10}"),
    "en": re.compile(r"0\d{9,10}|(?:00)?44\d{10}|1[2-9]\d{9}"),
}
#: Mobile numbers that no company answers; agents say them to check whose they are.
_PERSONAL = re.compile(r"(?:0098|98|0)9\d{9}|(?:00966|966|0)5\d{8}|(?:0044|44|0)7[1-9]\d{8}")
_GROUPS = [3, 3, 4]


def phones(case: Case) -> Iterator[Span]:
    """Spans of telephone numbers."""
    given: set[str] = set()
    for turn in range(len(case.turns)):
        for run in case.sequences(turn):
            if not _FEWEST <= len(run.digits) <= _MOST:
                continue
            confidence = 0.9 if run.digits in given else _confidence(case, turn, run)
            if confidence:
                given.add(run.digits)
                yield Span(turn, _from_sign(case.folded(turn), run.start), run.end, Kind.PHONE, confidence)


def _confidence(case: Case, turn: int, run: DigitRun) -> float:
    label = case.label(turn, run.start)
    if label & {"reference", "national_id", "iban", "last_four", "card"} and "phone" not in label:
        return 0.0
    if case.by_agent(turn):
        if _companys(case, turn, run) or not (label & {"phone"} or _PERSONAL.fullmatch(run.digits)):
            return 0.0
    elif _COMPANY.fullmatch(run.digits):
        return 0.0
    if "phone" in label:
        return 0.97
    written = case.turns[turn].text[max(0, run.start - 2) : run.start].lstrip().startswith("+")
    return 0.9 if written or _shaped(case, turn, run) else 0.0


def _companys(case: Case, turn: int, run: DigitRun) -> bool:
    first = case.company(turn)
    near = first is not None and first < run.end + 40
    return near or _COMPANY.fullmatch(run.digits) is not None


def _shaped(case: Case, turn: int, run: DigitRun) -> bool:
    """Whether a number that nobody named looks like a telephone's."""
    if _MOBILE[case.language(turn)].fullmatch(run.digits):
        return True
    written = [len(one.digits) for one in run.numerals]
    return len(run.digits) in (10, 11) and written[-3:] == _GROUPS and all(one.written for one in run.numerals)


def _from_sign(folded: str, start: int) -> int:
    """The place of ``+`` and ``(`` before the first digit."""
    while start and folded[start - 1] in "+(":
        start -= 1
    if start > 1 and folded[start - 1] == " " and folded[start - 2] == "+":
        start -= 2
    return start


