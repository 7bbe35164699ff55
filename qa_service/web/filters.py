"""Filters of lists, as they stand in an address: empty ones filter nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

from fastapi import Query

from qa_service.errors import InputError
from qa_service.rendering.locale import Locale

_T = TypeVar("_T", bound=StrEnum)
#: One of a few values, or empty for any; text beside an enumeration would win over its values.
OneOf = Annotated[_T | Literal[""], Query()]
#: A name or id.
Wanted = Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
#: A day of the calendar that browsers send; empty: any.
Day = Annotated[str, Query(max_length=10, pattern=r"^(\d{4}-\d{2}-\d{2})?$")]


def begin(day: str, *, field: str, locale: Locale, after: int = 0) -> datetime | None:
    """When a day begins where the reader is, or one so many days ``after`` it; ``None`` for an empty one. Raises :class:`InputError`."""
    if not day:
        return None
    try:
        told = date.fromisoformat(day)
    except ValueError as error:
        raise InputError(f"{day!r} is no day", field=field, hint="as in 2026-11-22") from error
    if not 1900 <= told.year <= 9000:
        raise InputError("the year should be between 1900 and 9000", field=field)
    return datetime(told.year, told.month, told.day, tzinfo=locale.zone) + timedelta(days=after)
