"""Faults of queries in the reader's language: what is most often wrong has words of its own, all else is told as the service tells it."""

from __future__ import annotations

import re
from typing import NamedTuple

from markupsafe import Markup

from qa_service.errors import InputError
from qa_service.rendering.locale import Locale
from qa_service.web.pages import say

#: Where a query cannot be read, as the service tells it.
_PLACE = re.compile(r"at character (\d+): ")
#: What the service tells, and the message of it; groups are its values.
_FAULTS = tuple(
    (re.compile(pattern), f"find.fault_{key}")
    for pattern, key in (
        ("a quotation that does not end", "quote"),
        ("a parenthesis that does not end", "open"),
        ("parentheses around nothing", "around"),
        ("only what must not be there", "only_not"),
        ("the filter (?P<name>.+) in parentheses", "inside"),
        (r"the filter (?P<name>[\w.\-]+:); expected one of", "filter"),
        (r"a second (?P<name>[\w.\-]+:)", "second"),
        (r"(?P<name>.*\*); expected at least 3 letters", "prefix"),
        (r"nothing; expected a value for (?P<name>[\w.\-]+)", "value"),
        (r"(?P<name>.+); expected a number", "number"),
        (r"(?P<name>.+); expected a day", "day"),
        (r"(?P<name>[a-z]+:.+); expected one of (?P<known>.+)", "choice"),
        (r"the end of the query; expected", "end"),
        (r"(?P<name>.+); expected a word", "unexpected"),
        ("no signal (?P<name>.+) is known", "signal"),
        ("no criterion (?P<name>.+) is known", "criterion"),
        ("no topic (?P<name>.+) is known", "topic"),
        ("there is no word to search for", "signs"),
        ("speaker: needs words", "speaker"),
        ("the period ends before it starts", "period"),
        ("a quotation mark cannot stand in a filter", "in_filter"),
        ("a trend of what is said needs words", "no_words"),
        ("a trend of a signal takes filters", "no_filters"),
        ("(?P<name>.+) is no day", "day"),
    )
)
_NEAR = re.compile("near it: (.+)")


class QueryFault(NamedTuple):
    """What is wrong, and where."""

    #: In the reader's language; empty: nobody wrote words for it.
    told: Markup | str
    #: As the service tells it.
    message: str
    hint: str | None
    #: Names that are near one that nobody knows.
    near: str
    #: Character of the query, from 1; ``None``: of the whole.
    at: int | None
    before: str = ""
    there: str = ""
    behind: str = ""


def query_fault(error: InputError, query: str, locale: Locale) -> QueryFault:
    """Of a query that was refused."""
    place = _PLACE.match(error.message)
    message = error.message if place is None else error.message[place.end() :]
    near = _NEAR.fullmatch(error.hint or "")
    fault = QueryFault(_told(message, locale), message, error.hint, "" if near is None else near[1], None)
    if place is None or not query:
        return fault
    at = int(place[1]) - 1
    return fault._replace(at=at + 1, before=query[:at], there=query[at : at + 1], behind=query[at + 1 :])


def _told(message: str, locale: Locale) -> Markup | str:
    for pattern, key in _FAULTS:
        found = pattern.match(message)
        if found is not None:
            return say(locale, key, **{name: value.strip("'\"") for name, value in found.groupdict().items()})
    return ""
