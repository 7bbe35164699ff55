"""Dates of birth: a date that is named or asked for as one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator
from functools import cache
from operator import itemgetter

from qa_service.analysis.reading.surroundings import meaning
from qa_service.analysis.redaction.case import Case
from qa_service.analysis.redaction.cues import alternatives
from qa_service.domain.redaction import Kind, Span

_WRITTEN = re.compile(r"(?<!\d)\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}(?!\d)")
_BETWEEN = re.compile(r"(?:st|nd|rd|th)?(?:[\s,.\u200c-]|\b(?:the|of|in)\b|من|شهر|ماه|سنه|سال|عام|ال|فی|بتاریخ|و)*")
_FIGURE = re.compile(r"\d")


def births(case: Case) -> Iterator[Span]:
    """Spans of dates of birth."""
    for turn in range(len(case.turns)):
        if not case.numerals(turn) and not _FIGURE.search(case.folded(turn)):
            continue
        for start, end, sure in _dates(case, turn):
            label = case.label(turn, start)
            if "birth" in label and (sure or not label & {"zip", "card", "phone", "national_id"}):
                yield Span(turn, start, end, Kind.BIRTH_DATE, 0.95 if sure else 0.75)


def _dates(case: Case, turn: int) -> Iterator[tuple[int, int, bool]]:
    """Dates with a month or slashes, and numbers that may be one where a date is asked for."""
    folded = case.folded(turn)
    taken: list[tuple[int, int]] = []
    for match in _WRITTEN.finditer(case.plain(turn)):
        taken.append(match.span())
        yield *match.span(), True
    months = {match.span() for match in _month(case.language(turn)).finditer(folded)}
    pieces = sorted([*months, *((one.start, one.end) for one in case.numerals(turn))])
    for group in _groups(folded, pieces):
        start, end = group[0][0], group[-1][1]
        before = bisect_left(taken, end, key=itemgetter(0))
        if before and taken[before - 1][1] > start:
            continue
        dated = any(piece in months for piece in group)
        if dated and len(group) > 1:
            yield start, _year_end(group, months), True
        elif not dated and 1 < len(group) <= 10 and not _FIGURE.search(folded, start, end):
            yield start, end, False


def _year_end(group: list[tuple[int, int]], months: Collection[tuple[int, int]]) -> int:
    """The end of the date: a day and a year (two words of it) at most follow the month."""
    at = next(index for index, piece in enumerate(group) if piece in months)
    return group[min(len(group) - 1, at + 3)][1]


def _groups(folded: str, pieces: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    group: list[tuple[int, int]] = []
    for piece in pieces:
        if group and (piece[0] < group[-1][1] or not _BETWEEN.fullmatch(folded, group[-1][1], piece[0])):
            if piece[0] < group[-1][1]:
                continue
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


@cache
def _month(language: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){alternatives(meaning('month', language))}(?!\w)")
