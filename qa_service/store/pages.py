"""Pages: a stable way through a growing list, newest first, by an opaque cursor."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from qa_service.errors import InputError

T = TypeVar("T")
R = TypeVar("R")

#: Most items on one page.
MOST = 500


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A page and the way to the next one."""

    #: In the order of the list.
    items: tuple[T, ...]
    #: Cursor of the next page; ``None`` on the last.
    next: str | None

    def of(self, change: Callable[[Sequence[T]], Sequence[R]]) -> Page[R]:
        """The same page of other things, one for each item."""
        return Page(items=tuple(change(self.items)), next=self.next)


def encode(moment: datetime, identifier: str) -> str:
    """Cursor that continues after the row with that time and id."""
    return _pack([moment.isoformat(), identifier])


def decode(cursor: str) -> tuple[datetime, str]:
    """Time and id of a cursor; raises :class:`InputError` for one that we never gave out."""
    with _of_our_making():
        moment, identifier = _unpack(cursor)
        # Near the ends of the calendar there is no such moment in UTC, which is how it is looked up.
        when = _in_utc(moment)
        if not isinstance(identifier, str) or "\0" in identifier:
            raise ValueError("no time and id")
        return when, identifier


def encode_position(position: int) -> str:
    """Cursor that continues after that place."""
    return _pack([position])


def decode_position(cursor: str) -> int:
    """Place of a cursor; raises :class:`InputError` for one that we never gave out."""
    with _of_our_making():
        (position,) = _unpack(cursor)
        if type(position) is not int or not 0 <= position < 1 << 31:
            raise ValueError("no place")
        return position


def encode_rank(moment: datetime, rank: float, identifier: str) -> str:
    """Cursor that continues after the row with that time, rank and id."""
    return _pack([moment.isoformat(), rank, identifier])


def decode_rank(cursor: str) -> tuple[datetime, float, str]:
    """Time, rank and id of a cursor; raises :class:`InputError` for one that we never gave out."""
    with _of_our_making():
        moment, rank, identifier = _unpack(cursor)
        # Near the ends of the calendar there is no such moment in UTC, which is how it is looked up.
        when = _in_utc(moment)
        if type(rank) is not float or not isfinite(rank) or not isinstance(identifier, str) or "\0" in identifier:
            raise ValueError("no time, rank and id")
        return when, rank, identifier


def encode_hits(kind: str, first: int, second: int) -> str:
    """Cursor that continues a search of that kind."""
    return _pack([kind, first, second])


def decode_hits(cursor: str) -> tuple[str, int, int]:
    """Kind and numbers of a cursor; raises :class:`InputError` for one that we never gave out."""
    with _of_our_making():
        kind, first, second = _unpack(cursor)
        if type(kind) is not str or not all(type(one) is int and abs(one) < 1 << 62 for one in (first, second)):
            raise ValueError("no hits")
        return kind, first, second


def check_limit(limit: int) -> int:
    """The limit; raises :class:`InputError` outside 1 to 500."""
    if not 1 <= limit <= MOST:
        raise InputError(f"a page has 1 to {MOST} items, not {limit}", field="limit")
    return limit


def after(moment: sa.ColumnElement[Any], identifier: sa.ColumnElement[Any], cursor: str) -> sa.ColumnElement[bool]:
    """Rows that come after the cursor when the newest come first."""
    return sa.tuple_(moment, identifier) < decode(cursor)


def _in_utc(moment: str) -> datetime:
    when = datetime.fromisoformat(moment)
    if when.tzinfo is None:
        raise ValueError("no moment without its zone")
    return when.astimezone(UTC)


def _pack(parts: list[Any]) -> str:
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpack(cursor: str) -> list[Any]:
    parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    if not isinstance(parts, list) or _pack(parts) != cursor:
        raise ValueError("not as we write it")
    return parts


@contextmanager
def _of_our_making() -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InputError("this cursor was not given out by this service", field="cursor", hint="start again without a cursor") from error
