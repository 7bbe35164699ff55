"""What an e-mail quotes: the lines that its writer wrote, without those of earlier mails below or between them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

_QUOTE = re.compile(r"^[\s\u200e\u200f]*>")
#: The line above a quote: "On 3 May, Ann wrote:", "در تاریخ ... نوشت:", "في 3 مايو، كتبت آن:".
_ABOVE = re.compile(
    r"^[\s\u200e\u200f]*"
    r"(?:on\b.{5,120}\bwrote|in reply to\b.{0,80}|در\s.{3,120}نوشت\S*|(?:في|بتاريخ)\s.{3,100}كتبت?\b.{0,60})\s*:\s*$", re.IGNORECASE
)
#: Where everything that follows is an earlier mail.
_BELOW = re.compile(r"^[\s\u200e\u200f]*(?:-{2,}\s*(?:original|forwarded)\b|_{8,}\s*$|(?:from|از|من)\s*:\s\S.*@)", re.IGNORECASE)


class Line(NamedTuple):
    """A line that the writer wrote."""

    #: Without blanks around it.
    text: str
    #: Position in the mail.
    start: int

    @property
    def end(self) -> int:
        """One past its last character."""
        return self.start + len(self.text)

    @property
    def words(self) -> int:
        """Number of words."""
        return len(self.text.split())


@lru_cache(maxsize=2048)
def own_lines(text: str) -> tuple[Line, ...]:
    """Lines with letters or figures that are no quotes."""
    return tuple(_own_lines(text))


def is_own(text: str, start: int, end: int) -> bool:
    """Whether a range of a mail touches a line that its writer wrote."""
    lines = own_lines(text)
    before = bisect_left(lines, end, key=attrgetter("start"))
    return before > 0 and start < lines[before - 1].end


def _own_lines(text: str) -> Iterator[Line]:
    lines = text.split("\n")
    start = 0
    for at, raw in enumerate(lines):
        if _BELOW.match(raw) or (_ABOVE.match(raw) and not _quote_follows(islice(lines, at + 1, None))):
            return
        quoted = _QUOTE.match(raw) or _ABOVE.match(raw)
        if not quoted and any(character.isalnum() for character in raw):
            yield Line(raw.strip(), start + len(raw) - len(raw.lstrip()))
        start += len(raw) + 1


def _quote_follows(lines: Iterable[str]) -> bool:
    below = next((line for line in lines if line.strip()), "")
    return _QUOTE.match(below) is not None
