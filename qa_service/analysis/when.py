"""When: what a sentence says about the future, as a window of absolute times.

Words of English, Persian and Arabic become tags of one small grammar (``lexicons/when.yaml``), which is read the same way in all three:
"within 24 hours", "ظرف ۲۴ ساعت" and "خلال ٢٤ ساعة" are all ``WITHIN 24 HOUR``. What is vague ("soon", "in a few days") is no window.

=====================  ==============================================================================================
"by five"              until the next five o'clock that lies between seven and seven: 17:00
"at five"              that hour; "between two and four": those
"tomorrow"             that day; with a part of the day, that part ("morning": 6 to 12)
"tuesday"              the next one, never today; "next tuesday": that of the week after the coming weekend
"within 24 hours"      to the minute; days, weeks and months until the end of the last day
"3 working days"       days that are no weekend, which is a setting; public holidays are not known
"end of the week"      the last day before the weekend
"by the 14th"          the next 14th; Gregorian months and, in Persian, those of the Solar Hijri calendar
=====================  ==============================================================================================
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from qa_service.analysis.fold import fold
from qa_service.analysis.language import LANGUAGES
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.reading import reading
from qa_service.domain.solar_hijri import next_solar_date

_LEXICON = "when"
#: Longest phrase of the lexicon, words.
_LONGEST = 4
#: Hours of a day's parts, local.
_PARTS = {"MORNING": (6, 12), "NOON": (12, 13), "AFTERNOON": (12, 18), "EVENING": (16, 22), "NIGHT": (18, 24)}
_AHEAD = {"TODAY": 0, "TOMORROW": 1, "OVERMORROW": 2}
#: When an office closes, and the hours among which "five" without more lies.
_CLOSES, _EARLY, _LATE = 18, 7, 19
_JOINED = re.compile(r"^(\d{1,3})(h|hrs?|hours?|mins?|minutes?|days?|am|pm)$")
_ORDINAL = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)$")
_SPAN = re.compile(
    r"\b(?P<n>\d{1,4}) (?P<w1>WORKING )?(?P<unit>MINUTE|HOUR|DAY|WEEK|MONTH)\b"
    r"(?P<w2> WORKING)?(?! AGO)"
)
_PASSED = re.compile(r"\b(?:LAST|VAGUE|AGO) (?:\d+ (?:TO )?)?$")
_ONE_SPAN = re.compile(r"\b(?:WITHIN|AFTER) (?:NEXT )?(?P<w1>WORKING )?(?P<unit>HOUR|DAY|WEEK|MONTH)\b(?P<w2> WORKING)?(?! AGO)(?! \d)")
_DATE = re.compile(r"\b(?P<d>\d{1,2})(?:TH)? (?P<m>[MJ]\d+)\b|\b(?P<m2>[MJ]\d+) (?P<d2>\d{1,2})(?:TH)?\b")
_ORDINAL_DAY = re.compile(r"\b(?P<d>\d{1,2})TH\b")
_WEEKDAY = re.compile(r"(?P<next>\bNEXT (?=DAY\d))?\bDAY(?P<d>\d)\b(?P<week> NEXT WEEK| WEEK NEXT)?")
_WEEK = re.compile(r"(?P<end>\bEND )?(?P<next>\bNEXT )?(?P<this>\bTHIS )?\b(?P<unit>WEEK|MONTH)\b(?P<after> NEXT)?(?P<this2> THIS)?")
_MARKS = "AM|PM|OCLOCK|MORNING|NOON|AFTERNOON|EVENING|NIGHT"
_CLOCK = re.compile(
    rf"\b(?P<h>\d{{1,2}})(?::(?P<m>\d\d))?\b(?: (?P<mark>{_MARKS}))?"
    rf"(?: (?:TO|BY) (?:HOUR )?(?P<h2>\d{{1,2}})(?::(?P<m2>\d\d))?\b(?: (?P<mark2>{_MARKS}))?)?"
)
#: The day is a limit, not the day itself.
_UNTIL = re.compile(r"\b(?:BY|WITHIN|END) (?:\S+ ){0,2}(?:DAY\d|TODAY|TOMORROW|OVERMORROW|[MJ]\d+|\d+TH|WEEK|MONTH)\b")
#: "اليوم" (today) and "يوم" (day) fold to one word; what stands around it tells them apart.
_YAWM = ((re.compile(r"YAWM(?= DAY\d)"), "AT"), (re.compile(r"(?<=\d )YAWM|(?<=VAGUE )YAWM|(?<=LAST )YAWM|YAWM(?= WORKING)"), "DAY"),
         (re.compile(r"(?<=WITHIN )YAWM"), "1 DAY"), (re.compile(r"YAWM"), "TODAY"))  # fmt: skip
_TAG_BEFORE = re.compile(r"(\S+) $")


class Window(NamedTuple):
    """From when until when something is due."""

    #: Not before.
    start: datetime
    #: Not after.
    end: datetime


def window(text: str, language: str | None, *, anchor: datetime, weekend: frozenset[int] = frozenset({5, 6})) -> Window | None:
    """What the text says about the future, seen from ``anchor`` (aware, in the zone that the hours are meant in); ``None`` where it says
    nothing or is vague. ``weekend``: days of the week without work, Monday is 0."""
    if language not in LANGUAGES:
        return None
    tags = _tags(text, language)
    found = _Reader(tags, anchor, weekend).read()
    return found if found is not None and found.end > anchor else None


class _Reader:
    def __init__(self, tags: str, anchor: datetime, weekend: frozenset[int]) -> None:
        self._tags = tags
        self._anchor = anchor
        self._today = anchor.date()
        self._weekend = weekend if len(weekend) < 7 else frozenset()

    def read(self) -> Window | None:
        day, told = self._day()
        if not told:
            span = self._span()
            if span is not None:
                return span
        clock = self._clock(day, told=told is not None)
        if clock is not None:
            return clock
        part = self._part(day, told=told is not None)
        if part is not None or told is None:
            return part
        return told

    def _day(self) -> tuple[date, Window | None]:
        """The day that is meant, and its window; today and nothing where no day is named."""
        for find in (self._relative, self._dated, self._weekday, self._calendar):
            days = find()
            if days is not None:
                first, last = days
                start = self._anchor if _UNTIL.search(self._tags) else max(self._anchor, self._at(first, 0))
                return last, Window(start, self._at(last, 24))
        return self._today, None

    def _relative(self) -> tuple[date, date] | None:
        found = re.search(rf"\b(?:{'|'.join(_AHEAD)})\b", self._tags)
        if found is None:
            return None
        day = self._today + timedelta(days=_AHEAD[found[0]])
        return day, day

    def _dated(self) -> tuple[date, date] | None:
        if (found := _DATE.search(self._tags)) is not None:
            number, month = int(found["d"] or found["d2"]), found["m"] or found["m2"]
            day = _next_date(self._today, int(month[1:]), number, solar=month[0] == "J")
            return None if day is None else (day, day)
        if (found := _ORDINAL_DAY.search(self._tags)) is not None:
            day = _next_of_month(self._today, int(found["d"]))
            return None if day is None else (day, day)
        return None

    def _weekday(self) -> tuple[date, date] | None:
        found = next((one for one in _WEEKDAY.finditer(self._tags) if not re.search(r"(?:LAST|AGO) $", self._tags[: one.start()])), None)
        if found is None:
            return None
        ahead = (int(found["d"]) - self._today.weekday() - 1) % 7 + 1
        day = self._today + timedelta(days=ahead)
        if (found["next"] or found["week"]) and day.weekday() not in self._weekend and day < self._week_start(1):
            day += timedelta(days=7)
        return day, day

    def _calendar(self) -> tuple[date, date] | None:
        if re.search(r"\bWEEKEND\b", self._tags):
            days = [day for ahead in range(8) if (day := self._today + timedelta(days=ahead)).weekday() in self._weekend]
            return (days[0], days[min(1, len(days) - 1)]) if days else None
        for found in _WEEK.finditer(self._tags):
            following = bool(found["next"] or found["after"])
            if not (following or found["end"] or found["this"] or found["this2"]) or re.search(r"\d $", self._tags[: found.start()]):
                continue
            first, last = self._week(following) if found["unit"] == "WEEK" else self._month(following)
            return (last, last) if found["end"] else (first, last)
        return None

    def _week_start(self, weeks: int) -> date:
        """The first working day after that many weekends."""
        day = self._today
        for _ in range(weeks):
            while day.weekday() not in self._weekend and self._weekend:
                day += timedelta(days=1)
            while day.weekday() in self._weekend:
                day += timedelta(days=1)
        return day

    def _week(self, following: bool) -> tuple[date, date]:
        start = self._week_start(1) if following or self._today.weekday() in self._weekend else self._today
        end = start
        while (end + timedelta(days=1)).weekday() not in self._weekend and end - start < timedelta(days=6):
            end += timedelta(days=1)
        return start, end

    def _month(self, following: bool) -> tuple[date, date]:
        first = self._today if not following else (self._today.replace(day=1) + timedelta(days=32)).replace(day=1)
        return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])

    def _span(self) -> Window | None:
        for found in _SPAN.finditer(self._tags):
            if _PASSED.search(self._tags[: found.start()]):
                continue
            return self._ahead(int(found["n"]), found["unit"], working=bool(found["w1"] or found["w2"]))
        one = _ONE_SPAN.search(self._tags)
        return self._ahead(1, one["unit"], working=bool(one["w1"] or one["w2"])) if one is not None else None

    def _ahead(self, count: int, unit: str, *, working: bool) -> Window | None:
        if not 0 < count <= 400:
            return None
        if unit in ("MINUTE", "HOUR") and not working:
            return Window(self._anchor, self._anchor + timedelta(**{f"{unit.lower()}s": count}))
        if unit in ("MINUTE", "HOUR"):
            count, unit = -(-count // 24), "DAY"
        if unit == "MONTH":
            month = self._today.month - 1 + count
            year, month = self._today.year + month // 12, month % 12 + 1
            last = date(year, month, min(self._today.day, calendar.monthrange(year, month)[1]))
        else:
            last = self._working(count) if working and unit == "DAY" else self._today + timedelta(days=count * (7 if unit == "WEEK" else 1))
        return Window(self._anchor, self._at(last, 24))

    def _working(self, count: int) -> date:
        day = self._today
        while count:
            day += timedelta(days=1)
            count -= day.weekday() not in self._weekend
        return day

    def _clock(self, day: date, *, told: bool) -> Window | None:
        for found in _CLOCK.finditer(self._tags):
            before = _TAG_BEFORE.search(self._tags[: found.start()])
            cue = before[1] if before else ""
            if not _is_clock(found, cue, self._tags[found.end() :]):
                continue
            mark = found["mark"] or found["mark2"] or self._lone_part()
            hour, minute = self._hour(int(found["h"]), mark, day, told=told), int(found["m"] or 0)
            start = self._at(day, hour, minute)
            if found["h2"]:
                return self._between(start, int(found["h2"]), int(found["m2"] or 0), found["mark2"] or mark, told=told)
            if not told and start <= self._anchor:
                start += timedelta(days=1)
            if cue == "AFTER":
                return Window(start, self._at(start.date(), 24))
            upto = cue == "BY" or re.search(r"BY (?:\S+ ){0,3}$", self._tags[: found.start()])
            return Window(self._anchor, start) if upto else Window(start, start + timedelta(hours=1))
        return None

    def _between(self, start: datetime, hour: int, minute: int, mark: str | None, *, told: bool) -> Window:
        end = self._at(start.date(), self._hour(hour, mark, start.date(), told=True) % 24, minute)
        end = end if end > start else end + timedelta(hours=12)
        late = timedelta(days=1 if not told and end <= self._anchor else 0)
        return Window(start + late, end + late)

    def _lone_part(self) -> str | None:
        found = re.search(rf"\b(?:{_MARKS})\b", self._tags)
        return found[0] if found else None

    def _hour(self, hour: int, mark: str | None, day: date, *, told: bool) -> int:
        """0 to 23: by the mark, else as people mean it in working hours."""
        if hour > 12:
            return hour % 24
        if mark in ("AM", "MORNING"):
            return hour % 12
        if mark in ("PM", "AFTERNOON", "EVENING", "NIGHT") or (mark == "NOON" and hour < 6):
            return hour % 12 + 12
        if mark == "NOON":
            return hour
        choices = [one for one in (hour % 12, hour % 12 + 12) if _EARLY <= one <= _LATE]
        if not told or day == self._today:
            choices = [one for one in choices if self._at(self._today, one) > self._anchor] or choices
        return choices[0]

    def _part(self, day: date, *, told: bool) -> Window | None:
        if re.search(r"\bOFFICE\b|\bEND (?:DAY|TODAY|TOMORROW)\b|\bTODAY END\b", self._tags):
            end = self._at(day, _CLOSES if "OFFICE" in self._tags else 24)
            return Window(self._anchor, end if end > self._anchor or told else end + timedelta(days=1))
        found = re.search(rf"(?:(?P<by>BY|AFTER) (?:\S+ )?)?\b(?P<part>{'|'.join(_PARTS)})\b", self._tags)
        if found is None:
            return None
        first, last = _PARTS[found["part"]]
        if not told and self._at(day, last) <= self._anchor:
            day += timedelta(days=1)
        start, end = self._at(day, first), self._at(day, first if found["part"] == "NOON" and found["by"] == "BY" else last)
        return Window(self._anchor if found["by"] == "BY" else max(start, self._anchor), end)

    def _at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """That hour of that day; 24 is the midnight at its end."""
        whole = day + timedelta(days=1) if hour == 24 else day
        return datetime.combine(whole, time(hour % 24, minute), tzinfo=self._anchor.tzinfo)


def _is_clock(found: re.Match[str], cue: str, behind: str) -> bool:
    if re.match(r" (?:MINUTE|HOUR|DAY|WEEK|MONTH|WORKING|TH|[MJ]\d)", behind) or int(found["h"]) > 24 or int(found["m"] or 0) > 59:
        return False
    if int(found["h2"] or 0) > 24:
        return False
    return bool(found["m"] or found["mark"] or found["mark2"]) or cue in ("HOUR", "BY", "AT", "BETWEEN", "AFTER")


def _next_date(today: date, month: int, day: int, *, solar: bool) -> date | None:
    if solar:
        return next_solar_date(today, month, day)
    years = (year for year in range(today.year, today.year + 5) if 1 <= day <= calendar.monthrange(year, month)[1])
    return next((found for year in years if (found := date(year, month, day)) >= today), None)


def _next_of_month(today: date, day: int) -> date | None:
    for ahead in range(3):
        year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
        if 1 <= day <= calendar.monthrange(year, month + 1)[1] and (found := date(year, month + 1, day)) > today:
            return found
    return None


def _tags(text: str, language: str) -> str:
    """The text as tags with single blanks between; ``_`` for words that say nothing about time."""
    plain = _tagged_text(text, language)
    if language == "ar" and "BETWEEN" in plain:
        return plain  # "between 3 and 5" would be read as 3:05
    return _tagged_text(reading(text, language) or text, language)


def _tagged_text(text: str, language: str) -> str:
    parts = [part for word in fold(text, language).words for part in _parts(word)]
    tags = " ".join(tag for tag in _tagged(parts, language) if tag != "SKIP")
    for pattern, tag in _YAWM:
        tags = pattern.sub(tag, tags)
    return tags


def _parts(word: str) -> tuple[str, ...]:
    joined = _JOINED.match(word)
    return (joined[1], joined[2]) if joined else (word,)


def _tagged(words: list[str], language: str) -> Iterator[str]:
    phrases, at = _phrases(language), 0
    while at < len(words):
        if (ordinal := _ORDINAL.match(words[at])) is not None:
            yield f"{ordinal[1]}TH"
        elif re.fullmatch(r"\d{1,3}|\d{1,2}[:.]\d\d", words[at]):
            yield words[at].replace(".", ":")
        else:
            length = next((n for n in range(min(_LONGEST, len(words) - at), 0, -1) if " ".join(words[at : at + n]) in phrases), 0)
            yield phrases[" ".join(words[at : at + length])] if length else "_"
            at += max(0, length - 1)
        at += 1


@cache
def _phrases(language: str) -> dict[str, str]:
    """Folded phrase -> tags."""
    numbers, lexicon = Lexicon("numbers"), Lexicon(_LEXICON)
    found = {phrase: value for value in numbers.meanings if value.isdigit() for phrase in numbers.words(value).get(language, ())}
    return found | {phrase: tag.removeprefix("_") for tag in lexicon.meanings for phrase in lexicon.words(tag).get(language, ())}
