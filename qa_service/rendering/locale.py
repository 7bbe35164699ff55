"""A locale: numbers, shares, durations, dates and messages as a language writes them."""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from qa_service.domain.report import Amount, Cell, Digits, Named, ReportLanguage, Said, Term, Unit, When
from qa_service.domain.solar_hijri import solar
from qa_service.rendering.bidi import forwards, isolated, tame
from qa_service.rendering.languages import LANGUAGES, Language, said_in
from qa_service.rendering.messages import message

#: What stands where there is nothing to tell.
NOTHING = "–"
_HUNDRED = (Unit.SHARE, Unit.SHARE_DIFFERENCE)
_SIGNED = (Unit.SHARE_DIFFERENCE, Unit.POINTS)
_DECIMALS = {Unit.SHARE: 0, Unit.SCORE: 1, Unit.SHARE_DIFFERENCE: 0, Unit.POINTS: 1, Unit.COUNT: 0, Unit.NUMBER: 2}
_MINUTE, _HOUR = 60, 3600
#: A figure in a message; digits in names as AC1 are none.
_FIGURE = re.compile(r"(?<![A-Za-z0-9])[0-9]+(?:\.[0-9]+)?%?|(?<=\})%")


class Locale(NamedTuple):
    """A language, the digits it is written with, and the time zone of its dates."""

    code: ReportLanguage
    digits: Digits
    zone: tzinfo

    @property
    def language(self) -> Language:
        """Direction, months, plurals."""
        return LANGUAGES[self.code]

    def cell(self, cell: Cell) -> str:
        """Whatever a report tells in one place, as plain text."""
        match cell:
            case Said():
                return isolated(tame(cell.text))
            case Named():
                return isolated(tame(said_in(cell.texts, self.code)))
            case Term():
                return self.term(cell)
            case When():
                return self.moment(cell.at) if cell.precise else self.day(cell.at)
            case Amount():
                return self.value(cell)

    def term(self, term: Term) -> str:
        """A message of the catalogue with its values."""
        told = term.values.get("n")
        n = told.value if isinstance(told, Amount) else None
        return self.written(term.key, n=n).format_map({name: self.cell(one) for name, one in term.values.items()})

    def say(self, key: str, **values: Cell) -> str:
        """The same for a key and its values."""
        return self.term(Term(key=key, values=values))

    def written(self, key: str, *, n: float | None = None) -> str:
        """A message with its placeholders, its own figures in the digits of the locale."""
        return _FIGURE.sub(lambda found: self.language.digits(found[0], self.digits), message(key, self.code, n=n))

    def value(self, amount: Amount) -> str:
        """A figure with its unit; :data:`NOTHING` where it cannot be told."""
        if amount.value is None:
            return NOTHING
        if amount.unit is Unit.SECONDS:
            return self.duration(amount.value)
        return self._unit(self.number(amount.value, amount.unit), amount.unit)

    def interval(self, amount: Amount) -> str:
        """The bounds of a figure; empty where there are none."""
        if amount.low is None or amount.high is None:
            return ""
        if amount.unit is Unit.SECONDS:
            low, high = self.duration(amount.low), self.duration(amount.high)
        else:
            low, high = self.number(amount.low, amount.unit), self._unit(self.number(amount.high, amount.unit), amount.unit)
        # Two signs and a dash between them are hard to read.
        key = "format.interval_signed" if amount.unit in _SIGNED else "format.interval"
        return self.written(key).format(low=low, high=high)

    def number(self, value: float, unit: Unit = Unit.NUMBER) -> str:
        """A number in the digits of the locale; a minus sign stays before its number in every direction."""
        scaled = value * 100 if unit in _HUNDRED else value
        decimals = _DECIMALS.get(unit, 0)
        told = f"{scaled:{'+' if unit in _SIGNED else ''},.{decimals}f}"
        if float(told.replace(",", "")) == 0:
            told = told.lstrip("+-")
        written = self.language.digits(told.replace("-", "\N{MINUS SIGN}"), self.digits)
        return forwards(written) if written[0] in "+\N{MINUS SIGN}" else written

    def duration(self, seconds: float) -> str:
        """``42 s`` under a minute, ``3:05`` under an hour, ``1:02:05`` beyond."""
        whole = round(seconds)
        if abs(whole) < _MINUTE:
            shown = self.language.digits(f"{whole}".replace("-", "\N{MINUS SIGN}"), self.digits)
            return self.written("format.seconds").format(value=shown)
        sign = "\N{MINUS SIGN}" if whole < 0 else ""
        hours, rest = divmod(abs(whole), _HOUR)
        minutes, left = divmod(rest, _MINUTE)
        told = f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
        return forwards(self.language.digits(sign + told, self.digits))

    def place(self, milliseconds: int) -> str:
        """Where in a recording: ``1:02``."""
        minutes, seconds = divmod(milliseconds // 1000, _MINUTE)
        return forwards(self.language.digits(f"{minutes}:{seconds:02}", self.digits))

    def day(self, at: datetime) -> str:
        """The day of a moment, by the calendar of the language: ``22 November 2026``, ``۱ آذر ۱۴۰۵``."""
        year, month, day = self._date(at.astimezone(self.zone).date())
        return self.language.digits(f"{day} {self.language.months[month - 1]} {year}", self.digits)

    def short_day(self, at: datetime) -> str:
        """In figures, for axes: ``2026-11-22``, ``1405/09/01``."""
        year, month, day = self._date(at.astimezone(self.zone).date())
        told = f"{year}/{month:02}/{day:02}" if self.language.right_to_left else f"{year}-{month:02}-{day:02}"
        return self.language.digits(told, self.digits)

    def moment(self, at: datetime) -> str:
        """Day and time of day."""
        time = self.language.digits(f"{at.astimezone(self.zone):%H:%M}", self.digits)
        return self.written("format.moment").format(day=self.day(at), time=forwards(time))

    def text(self, told: str) -> str:
        """Figures that stand in a ready text, in the digits of the locale."""
        return self.language.digits(told, self.digits)

    def _date(self, day: date) -> tuple[int, int, int]:
        return solar(day) if self.language.solar else (day.year, day.month, day.day)

    def _unit(self, number: str, unit: Unit) -> str:
        if unit is Unit.SHARE:
            return self.written("format.percent").format(value=number)
        if unit is Unit.SHARE_DIFFERENCE:
            return self.written("format.percent_points").format(value=number)
        return self.written("format.points").format(value=number) if unit is Unit.POINTS else number
