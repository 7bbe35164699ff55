"""A report: what it tells, as data alone; how that is said in a language, drawn and laid out is the business of renderers."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.interaction import LanguageCode

#: Version of the structure: what reads the JSON of a report can rely on it.
SCHEMA = "report/1"


class ReportKind(StrEnum):
    """What a report is about."""

    AGENT = "agent"
    TEAM = "team"
    #: The whole house in one month.
    MONTH = "month"
    #: One calibration session.
    CALIBRATION = "calibration"
    #: What was done, by whom, and how far the machine can be trusted.
    AUDIT = "audit"


class ReportFormat(StrEnum):
    """What kind of file it becomes."""

    HTML = "html"
    PDF = "pdf"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


class ReportLanguage(StrEnum):
    """What language it is written in."""

    EN = "en"
    FA = "fa"
    AR = "ar"


class Digits(StrEnum):
    """What figures are written with."""

    #: 0123456789
    LATIN = "latin"
    #: Those of the language: Persian, Arabic-Indic; in English the same.
    NATIVE = "native"


class Unit(StrEnum):
    """What an amount counts."""

    #: 0 to 1, told in percent.
    SHARE = "share"
    #: A score, 0 to 100.
    SCORE = "score"
    #: A difference of shares, -1 to 1, told in percent points with its sign.
    SHARE_DIFFERENCE = "share_difference"
    #: A difference of scores in points, with its sign.
    POINTS = "points"
    SECONDS = "seconds"
    COUNT = "count"
    #: A plain number: a coefficient, say.
    NUMBER = "number"


class Said(Record):
    """Words of people: names, ids, quotes, titles; shown as they are, whatever the language of the report."""

    kind: Literal["said"] = "said"
    text: str


class Named(Record):
    """A text that its author wrote in several languages, or in one."""

    kind: Literal["named"] = "named"
    #: By language.
    texts: dict[LanguageCode, str] = Field(min_length=1)


class Term(Record):
    """A message of the catalogue; each language says it its own way."""

    kind: Literal["term"] = "term"
    key: str
    #: What its placeholders stand for; ``n`` chooses the plural.
    values: dict[str, Cell] = Field(default_factory=dict)


class Amount(Record):
    """A figure with what its sample allows."""

    kind: Literal["amount"] = "amount"
    #: ``None``: cannot be told.
    value: float | None
    unit: Unit
    #: Bounds of the 95 % interval, if there is one.
    low: float | None = None
    high: float | None = None
    #: Observations it rests on.
    n: int | None = None


class When(Record):
    """A moment; shown in the time zone of the report, by the calendar of its language."""

    kind: Literal["when"] = "when"
    at: AwareDatetime
    #: Whether the time of day is told.
    precise: bool = False


Cell = Annotated[Said | Named | Term | Amount | When, Field(discriminator="kind")]


class Fact(Record):
    """A value with its label."""

    id: str
    label: Cell
    value: Cell
    #: What it should reach, or stay under.
    target: Amount | None = None
    #: Whether it does; ``None``: cannot be told, or there is no target.
    reached: bool | None = None
    note: Term | None = None


class Facts(Record):
    """What is told in pairs of a label and a value."""

    kind: Literal["facts"] = "facts"
    id: str
    items: tuple[Fact, ...]


class Column(Record):
    """A column of a table."""

    id: str
    label: Cell


class Row(Record):
    """A row of a table; a column without a cell has nothing to tell."""

    id: str
    cells: dict[str, Cell]
    #: What must not be overlooked; marked by more than colour.
    marked: bool = False


class Shape(StrEnum):
    """How amounts of a column are drawn beside them."""

    #: A dot with whiskers.
    DOTS = "dots"
    #: A bar from nothing, with whiskers.
    BARS = "bars"


class Drawing(Record):
    """A plot with one line for each row of a table: the label is the row's, the numbers stand beside it."""

    shape: Shape
    #: Column of the amounts that are drawn.
    of: str
    #: Column of what they are compared with, drawn hollow.
    beside: str | None = None
    #: Ends of the scale; ``None``: from nothing to the most there is.
    low: float = 0.0
    high: float | None = 1.0
    #: A line to reach.
    target: float | None = None


class Table(Record):
    """Rows and columns."""

    kind: Literal["table"] = "table"
    id: str
    title: Term | None = None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    drawing: Drawing | None = None
    #: What is said where there are no rows.
    empty: Term | None = None


class Point(Record):
    """A figure at a time."""

    at: AwareDatetime
    amount: Amount


class Change(Record):
    """Where the data carry that something changed."""

    at: AwareDatetime
    before: Amount
    after: Amount


class Course(Record):
    """One figure in the course of time."""

    id: str
    label: Cell
    unit: Unit
    points: tuple[Point, ...]
    changes: tuple[Change, ...] = ()
    target: float | None = None
    #: Ends of the scale.
    low: float = 0.0
    high: float = 100.0
    #: What can be said of its direction.
    verdict: Term | None = None


class Courses(Record):
    """One course, drawn large, or several beside each other on the same scales."""

    kind: Literal["courses"] = "courses"
    id: str
    title: Term | None = None
    items: tuple[Course, ...]


class Quote(Record):
    """A place to listen to or read."""

    interaction: str
    #: Its words; empty where there is nothing to quote, since it was not said.
    text: str = ""
    #: ``agent``, ``customer`` ...; ``None``: nobody knows.
    speaker: str | None = None
    at: AwareDatetime | None = None
    #: Where in the recording, milliseconds.
    start_ms: int | None = None
    #: What it shows, and whether well.
    about: Cell | None = None
    good: bool | None = None


class Quotes(Record):
    """Quotes, most telling first."""

    kind: Literal["quotes"] = "quotes"
    id: str
    items: tuple[Quote, ...]
    #: What is said where there are none.
    empty: Term | None = None


class Notes(Record):
    """What to keep in mind."""

    kind: Literal["notes"] = "notes"
    id: str
    items: tuple[Term, ...]


Block = Annotated[Facts | Table | Courses | Quotes | Notes, Field(discriminator="kind")]


class Section(Record):
    """A part with a heading."""

    id: str
    title: Term
    blocks: tuple[Block, ...]


class ReportPeriod(Record):
    """``since <= contact < until``; without a bound, from the first or to the last."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    #: As people write it, if it is a month: ``2026-11``.
    month: str | None = None


class Report(Record):
    """Everything a report tells; the same in every language and format."""

    schema_: Literal["report/1"] = Field(default="report/1", alias="schema", serialization_alias="schema")
    kind: ReportKind
    #: Whom or what it is about; none for the whole house.
    subject: Cell | None
    #: What more is known of that: id, team ...
    about: tuple[Fact, ...] = ()
    period: ReportPeriod
    #: Time zone of dates and months.
    zone: str
    made_at: AwareDatetime
    sections: tuple[Section, ...]
    #: Interactions that it quotes: it goes when one of them is erased.
    interactions: tuple[str, ...] = ()

    def blocks(self) -> Iterator[tuple[Section, Block]]:
        """All of them, in order."""
        for section in self.sections:
            for block in section.blocks:
                yield section, block
