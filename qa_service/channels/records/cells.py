"""Cells: what people and systems write for times, durations, numbers and yes or no, in English, Persian and Arabic, as values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum

from qa_service.channels.moments import plausible
from qa_service.domain.solar_hijri import gregorian
from qa_service.errors import TableError

_ASCII = str.maketrans(
    {**{ord(one): str(index % 10) for index, one in enumerate("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")}, ord("٫"): ".", ord("٬"): ",", ord("−"): "-",
     **dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff"), None)}
)  # fmt: skip
_NUMBER = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)?(\.\d+)?")
_CLOCK = re.compile(r"(?:(\d{1,5}):)?(\d{1,5}):(\d{1,2}(?:\.\d+)?)")
_ISO_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.IGNORECASE)
_SPELT = re.compile(
    r"(?:(\d+(?:\.\d+)?)\s*(?:h|hr|hrs|hours?)\s*)?(?:(\d+(?:\.\d+)?)\s*(?:m|min|mins|minutes?)\s*)?"
    r"(?:(\d+(?:\.\d+)?)\s*(?:s|sec|secs|seconds?)\s*)?",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})"
    r"(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*([ap]\.?m\.?|ق\.?ظ|ب\.?ظ|ص|م)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?",
    re.IGNORECASE,
)
_YES = frozenset(["yes", "y", "true", "t", "1", "x", "بله", "بلی", "آری", "نعم"])
_NO = frozenset(["no", "n", "false", "f", "0", "خیر", "نه", "لا"])
#: What systems write for nothing.
_NOTHING = frozenset(("", "-", "--", "n/a", "na", "null", "none", "nil", "nan", "undefined", "نامشخص", "ندارد"))
_AFTERNOON = ("p", "ب", "م")
#: Years of the Solar Hijri calendar that nobody takes for others.
_HIJRI = range(1300, 1500)


class DateOrder(StrEnum):
    """Which of the first two numbers of a date is the day."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


def plain(text: str) -> str:
    """With digits and signs as computers write them."""
    return text.translate(_ASCII).strip()


def is_nothing(text: str) -> bool:
    """Whether a cell says that there is nothing to say."""
    return plain(text).casefold() in _NOTHING


def number(text: str, *, least: float, most: float) -> float:
    """A number; raises :class:`TableError`. One comma followed by three digits parts thousands, any other is a decimal point."""
    told = plain(text).replace(" ", "")
    if told.count(",") == 1 and "." not in told and not re.fullmatch(r"-?\d{1,3},\d{3}", told):
        told = told.replace(",", ".")
    if not _NUMBER.fullmatch(told) or not any(letter.isdigit() for letter in told) or len(told) > 30:
        raise TableError(f"{_shown(text)} is no number", hint=_range(least, most))
    value = float(told.replace(",", ""))
    if not least <= value <= most:
        raise TableError(f"{_shown(text)} is out of bounds", hint=_range(least, most))
    return value


def duration(text: str, *, seconds_in: float, most: float) -> float:
    """Seconds of ``95``, ``1:35``, ``0:01:35``, ``PT1M35S`` or ``1m 35s``; raises :class:`TableError`.

    ``seconds_in``: seconds in one of what a bare number counts.
    """
    told = plain(text)
    found = _spelt_out(told)
    if found is None:
        found = number(told, least=-1e12, most=1e12) * seconds_in if re.fullmatch(r"-?[\d.,]+", told) else None
    if found is None:
        raise TableError(f"{_shown(text)} is no duration", hint="seconds, mm:ss or hh:mm:ss")
    if found < 0 or told.startswith("-"):
        raise TableError(f"{_shown(text)} is less than nothing", hint="seconds, mm:ss or hh:mm:ss")
    if found > most:
        raise TableError(f"{_shown(text)} is longer than {most / 86_400:g} days", hint="is it in milliseconds? name the column with (ms)")
    return round(found, 3)


def _spelt_out(told: str) -> float | None:
    if clock := _CLOCK.fullmatch(told.removeprefix("-")):
        hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        # 75:20 are minutes and seconds; 1:75:20 is nothing, and neither is 3:75.
        return None if seconds >= 60 or (clock[1] is not None and minutes >= 60) else hours * 3600 + minutes * 60 + seconds
    if told and (iso := _ISO_DURATION.fullmatch(told)) and any(iso.groups()):
        days, hours, minutes, seconds = (float(part or 0) for part in iso.groups())
        return days * 86_400 + hours * 3600 + minutes * 60 + seconds
    if told and (spelt := _SPELT.fullmatch(told)) and any(spelt.groups()):
        hours, minutes, seconds = (float(part or 0) for part in spelt.groups())
        return hours * 3600 + minutes * 60 + seconds
    return None


def flag(text: str) -> bool:
    """Yes or no; a count is yes unless it is 0. Raises :class:`TableError`."""
    told = plain(text).casefold()
    if told in _YES or (told.isdecimal() and int(told[:9]) > 0):
        return True
    if told in _NO or (told.isdecimal() and int(told[:9]) == 0):
        return False
    raise TableError(f"{_shown(text)} is neither yes nor no", hint="yes, no, true, false, 1 or 0")


def moment(text: str, *, zone: tzinfo, order: DateOrder | None) -> datetime:
    """A moment in UTC: ISO 8601, seconds or milliseconds since 1970, ``22/11/2026 14:05``, or a day of the Solar Hijri calendar as in
    ``1405/09/01``; without a zone in ``zone``. Raises :class:`TableError`, for a date that can be read in two ways, too."""
    told = plain(text)
    if re.fullmatch(r"\d{10}(\.\d+)?|\d{13}", told):
        return datetime.fromtimestamp(float(told) / (1000 if len(told) == 13 and "." not in told else 1), UTC)
    found = _MOMENT.fullmatch(told)
    if found is None:
        raise TableError(f"{_shown(text)} is no date and time", hint="write it as 2026-11-22T14:05:09+03:30 or 2026-11-22 14:05:09")
    try:
        day = _day([int(found[1]), int(found[2]), int(found[3])], order, text)
        hour, minute, second = (int(found[index] or 0) for index in (4, 5, 6))
        local = datetime(day.year, day.month, day.day, _hour(hour, found[8]), minute, second, int((found[7] or "0").ljust(6, "0")[:6]))
        return plausible(local.replace(tzinfo=_zone(found[9]) or zone))
    except (ValueError, OverflowError) as error:
        raise TableError(f"there is no {_shown(text)}", hint="write it as 2026-11-22 14:05:09") from error


def _day(parts: list[int], order: DateOrder | None, text: str) -> date:
    """Of three numbers as they stand; raises ``ValueError`` for none and :class:`TableError` for two."""
    if parts[0] > 99:
        year, month, day = parts
    else:
        first, second, year = parts
        if order is None and first != second and first <= 12 and second <= 12:
            hint = "say which it is: day-first or month-first"
            raise TableError(f"{_shown(text)} can be read as two days", hint=hint)
        day_first = order is DateOrder.DAY_FIRST or (order is None and first > 12)
        day, month = (first, second) if day_first else (second, first)
        year += 2000 if year < 100 else 0
    if year in _HIJRI:
        return gregorian(year, month, day)
    if not 1970 <= year <= 2200:
        raise ValueError("a year nobody means")
    return date(year, month, day)


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("no hour of half a day")
    return hour % 12 + (12 if half.casefold().startswith(_AFTERNOON) else 0)


def _zone(told: str | None) -> tzinfo | None:
    if told is None:
        return None
    if told.upper() in ("Z", "UTC", "GMT"):
        return UTC
    sign, digits = (-1 if told[0] == "-" else 1), told[1:].replace(":", "").ljust(4, "0")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def one_of(text: str, known: Iterable[tuple[str, Iterable[str]]]) -> str | None:
    """The name under which a word is known; ``None`` for one that nobody knows."""
    told = re.sub(r"[\s_-]+", " ", plain(text).casefold())
    return next((name for name, words in known if told == name or told in words), None)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


def _range(least: float, most: float) -> str:
    return f"a number from {least:g} to {most:g}"
