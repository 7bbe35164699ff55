"""A small report that holds one of everything, with the nastiest words there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from qa_service.domain.report import (
    Amount,
    Change,
    Column,
    Course,
    Courses,
    Digits,
    Drawing,
    Fact,
    Facts,
    Named,
    Notes,
    Point,
    Quote,
    Quotes,
    Report,
    ReportKind,
    ReportLanguage,
    ReportPeriod,
    Row,
    Said,
    Section,
    Shape,
    Table,
    Term,
    Unit,
    When,
)
from qa_service.rendering.locale import Locale

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
#: Mark-up of HTML and typst, formulas, both directions, marks that steer them, controls, what no font here has.
NASTY = '=1+1 <b>x</b> #panic() $x$ *a* _b_ @c <script>alert(1)</script> \\ "q" سارا \u202eevil\u2066 \x00\x1b 😀 漢字'


def key(name: str, **values: Amount | Said) -> Term:
    return Term(key=name, values=dict(values))


@pytest.fixture
def locales() -> Callable[..., Locale]:
    def of(language: str = "en", digits: str = "latin") -> Locale:
        return Locale(ReportLanguage(language), Digits(digits), ZoneInfo("Asia/Tehran"))

    return of


@pytest.fixture
def reports() -> Callable[..., Report]:
    """A report with as many rows as told."""

    def of(rows: int = 3) -> Report:
        share = Amount(value=0.5, low=0.25, high=0.75, n=12, unit=Unit.SHARE)
        table = Table(
            id="criteria",
            columns=tuple(Column(id=one, label=key(f"column.{one}")) for one in ("criterion", "share", "others", "standing")),
            rows=tuple(
                Row(
                    id=f"r{number}", marked=number == 0, cells={
                        "criterion": Named(texts={"en": f"{NASTY} {number}", "fa": f"آیا سلام کرد؟ {number}"}), "share": share,
                        "others": Amount(value=None, unit=Unit.SHARE), "standing": key("standing.weakness"),
                    },
                )
                for number in range(rows)
            ),
            drawing=Drawing(shape=Shape.DOTS, of="share", beside="others", target=0.8),
        )  # fmt: skip
        points = tuple(
            Point(at=AT - timedelta(days=30 * back), amount=Amount(value=60.0 + back, low=50.0, high=80.0, n=9, unit=Unit.SCORE))
            for back in (3, 2, 1, 0)
        )
        change = Change(at=points[2].at, before=points[0].amount, after=points[2].amount)
        course = Course(id="s", label=Said(text=NASTY), unit=Unit.SCORE, points=points, changes=(change,), target=75.0)
        fact = Fact(
            id="gap", label=key("fact.gap"), value=Amount(value=-7.25, low=-9.0, high=1.5, n=4, unit=Unit.POINTS), reached=False,
            target=Amount(value=5, unit=Unit.POINTS),
        )
        quote = Quote(interaction="i-1", text=NASTY, speaker="agent", at=AT, start_ms=62_000, about=Said(text=NASTY), good=False)
        sections = (
            Section(id="summary", title=key("section.summary"), blocks=(
                Facts(id="summary", items=(fact, Fact(id="revealed_at", label=key("fact.revealed_at"), value=When(at=AT, precise=True)))),
                Notes(id="n", items=(key("note.few", n=Amount(value=2, unit=Unit.COUNT)),)),
            )),
            Section(id="criteria", title=key("section.criteria"), blocks=(table,)),
            Section(id="trend", title=key("section.trend"), blocks=(
                Courses(id="c", items=(course,)), Courses(id="d", items=(course, course, course.model_copy(update={"points": ()}))),
            )),
            Section(id="evidence", title=key("section.evidence"), blocks=(
                Quotes(id="q", items=(quote, quote.model_copy(update={"text": "", "good": True}))),
                Quotes(id="e", items=(), empty=key("empty.evidence")),
            )),
        )  # fmt: skip
        return Report(
            kind=ReportKind.AGENT, subject=Said(text=NASTY[:60]), about=(Fact(id="team", label=key("fact.team"), value=Said(text=NASTY)),),
            period=ReportPeriod(since=AT - timedelta(days=90), until=AT), zone="Asia/Tehran", made_at=AT, sections=sections,
            interactions=("i-1",),
        )

    return of
