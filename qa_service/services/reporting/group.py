"""A group's report: a team, or the whole house in one month; who is in it, what goes well and badly, why customers are in contact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple

from qa_service.domain.agent import LEAST, TARGET
from qa_service.domain.breach import BREACHES
from qa_service.domain.indicator import FigureUnit, Indicator
from qa_service.domain.moments import Cell as Sums
from qa_service.domain.moments import Item, ItemKind, Moments
from qa_service.domain.powered import figure
from qa_service.domain.report import (
    Amount,
    Block,
    Cell,
    Course,
    Courses,
    Drawing,
    Facts,
    Point,
    Report,
    ReportKind,
    ReportPeriod,
    Row,
    Shape,
    Table,
    Term,
    Unit,
)
from qa_service.domain.swot import Swot
from qa_service.domain.team import TeamProfile
from qa_service.services.indicators import FigureReport, IndicatorFigure
from qa_service.services.reporting import parts, standings
from qa_service.services.reporting.outlook import outlook

#: Members drawn in the course of time, and contact reasons, those with the most.
_MOST_COURSES, _MOST_TOPICS = 12, 15
#: Notes at the end.
_READING = ("finals_only", "alphabet", "house", "cannot_tell")
#: How reports write the units of contact-centre figures.
UNITS = {
    FigureUnit.SECONDS: Unit.SECONDS, FigureUnit.SHARE: Unit.SHARE, FigureUnit.POINTS: Unit.SCORE, FigureUnit.NET_POINTS: Unit.POINTS,
    FigureUnit.OF_SEVEN: Unit.NUMBER,
}  # fmt: skip


class Member(StrEnum):
    """What a group is made of."""

    AGENT = "agent"
    TEAM = "team"


class GroupTold(NamedTuple):
    """What is known of a group in a period."""

    kind: ReportKind
    #: Its name; nothing for the whole house.
    name: str | None
    member: Member
    #: Sums by member; the period, and all months up to its end.
    cells: Sequence[Sums]
    by_month: Sequence[Sums]
    #: Names of members by id.
    names: Mapping[str, str]
    #: Contacts by reason, as people call it.
    topics: Sequence[tuple[str, int]]
    questions: standings.Questions
    figures: FigureReport | None = None
    #: In what a team stands out, and its opportunities and threats.
    team: TeamProfile | None = None
    swot: Swot | None = None


def group_report(told: GroupTold, *, period: ReportPeriod, zone: tzinfo, at: datetime) -> Report:
    """The group in the period; without data it says so and claims nothing."""
    whole = _sums(told.cells)
    finals = int(whole.people)
    found: list[tuple[str, Block | None]] = [
        ("figures", None if told.figures is None else _figures(told.figures)),
        *((("agents" if told.member is Member.AGENT else "teams", _members(told)), ("trend", _trend(told, zone)), *_standing(told))
          if finals else ()),
        ("topics", _topics(told.topics)),
    ]  # fmt: skip
    sections = (
        parts.section("summary", _summary(told, whole), parts.notes("summary_notes", _remarks(told, finals))),
        *(parts.section(name, block) for name, block in found if block is not None), *outlook(told.swot),
        parts.section("notes", parts.notes("notes", [parts.term(f"note.{one}") for one in _READING])),
    )
    return Report(
        kind=told.kind, subject=None if told.name is None else parts.said(told.name), period=period, zone=str(zone), made_at=at,
        sections=sections,
    )


def _sums(cells: Iterable[Sums], *, kind: ItemKind = ItemKind.TOTAL) -> Moments:
    found = Moments()
    for one in cells:
        if one.item.kind is kind:
            found = found.plus(one.moments)
    return found


def _summary(told: GroupTold, whole: Moments) -> Facts:
    members = {_member(one, told.member) for one in told.cells} - {None}
    return Facts(id="summary", items=(
        parts.fact("score", standings.score(figure(whole))), parts.fact("contacts", parts.count(whole.all)),
        parts.fact("finals", parts.count(whole.people)),
        parts.fact("agents" if told.member is Member.AGENT else "teams", parts.count(len(members))),
    ))  # fmt: skip


def _remarks(told: GroupTold, finals: int) -> list[Term]:
    if finals == 0:
        return [parts.term("note.no_data_team" if told.kind is ReportKind.TEAM else "note.no_data_month")]
    return [parts.term("note.few", n=parts.count(finals))] if finals < LEAST else []


def _member(one: Sums, member: Member) -> str | None:
    return one.agent if member is Member.AGENT else one.team


def _by_member(cells: Iterable[Sums], member: Member) -> dict[str | None, Moments]:
    found: dict[str | None, Moments] = {}
    for one in cells:
        if one.item.kind is ItemKind.TOTAL:
            name = _member(one, member)
            found[name] = found.get(name, Moments()).plus(one.moments)
    return found


def _named(name: str | None, told: GroupTold) -> Cell:
    return parts.term("actor.nobody") if name is None else parts.said(told.names.get(name, name))


def _order(name: str | None, told: GroupTold) -> tuple[bool, str, str]:
    """By name: no ranking."""
    return name is None, told.names.get(name or "", name or "").casefold(), name or ""


def _members(told: GroupTold) -> Table:
    found = _by_member(told.cells, told.member)
    mean = figure(_sums(told.cells)).value
    rows = tuple(
        parts.row(
            name or "-", {told.member.value: _named(name, told)}, score=standings.score(figure(found[name])),
            contacts=parts.count(found[name].all), finals=parts.count(found[name].people),
        )
        for name in sorted(found, key=lambda name: _order(name, told))
    )
    return Table(
        id=f"{told.member.value}s", columns=parts.columns(told.member.value, "score", "contacts", "finals"), rows=rows,
        drawing=Drawing(shape=Shape.DOTS, of="score", high=100.0, target=None if mean is None else round(100 * mean, 1)),
        empty=parts.term("empty.data"),
    )


def _trend(told: GroupTold, zone: tzinfo) -> Courses | None:
    """All together, then the members with the most reviews."""
    months = sorted({one.month for one in told.by_month if one.month is not None})
    if len(months) < 2:
        return None
    weights = _by_member(told.by_month, told.member)
    reviewed = [name for name, one in weights.items() if name is not None and one.people]
    most = sorted(reviewed, key=lambda name: (-weights[name].people, name))[:_MOST_COURSES]
    items = [_course("all", parts.term("group.all"), told.by_month, months, zone)]
    for name in sorted(most, key=lambda name: _order(name, told)):
        items.append(_course(name, _named(name, told), [one for one in told.by_month if _member(one, told.member) == name], months, zone))
    return Courses(id="scores", items=tuple(items) if len(items) > 2 else tuple(items[:1]))


def _course(id_: str, label: Cell, cells: Sequence[Sums], months: Sequence[str], zone: tzinfo) -> Course:
    points = (
        Point(at=standings.month_start(month, zone), amount=standings.score(figure(_sums(one for one in cells if one.month == month))))
        for month in months
    )
    return Course(id=id_, label=label, unit=Unit.SCORE, points=tuple(points))


def _standing(told: GroupTold) -> list[tuple[str, Block]]:
    """In what a team stands out beside the others; of the house, all criteria."""
    team = told.team
    if team is None:
        return [("criteria", _criteria(told))]
    found: list[tuple[str, Block]] = [
        (name, standings.criteria(name, some, told.questions, empty=parts.term(f"empty.{name}")))
        for name, some in (("strengths", team.strengths), ("weaknesses", team.weaknesses))
    ]
    if team.families:
        found.append(("families", standings.families(team.families)))
    return [*found, ("criteria", standings.criteria("criteria", team.criteria, told.questions, empty=parts.term("empty.data")))]


def _criteria(told: GroupTold) -> Table:
    """Weakest first."""
    rows = [_criterion(item, sums, told) for item, sums in _by_item(told.cells).items() if sums.people]
    ranked = sorted(rows, key=_weakest)
    return Table(
        id="criteria", columns=parts.columns("criterion", "share"), rows=tuple(ranked), empty=parts.term("empty.data"),
        drawing=Drawing(shape=Shape.DOTS, of="share", target=TARGET),
    )


def _by_item(cells: Iterable[Sums]) -> dict[Item, Moments]:
    found: dict[Item, Moments] = {}
    for one in cells:
        if one.item.kind is ItemKind.CRITERION:
            found[one.item] = found.get(one.item, Moments()).plus(one.moments)
    return found


def _criterion(item: Item, sums: Moments, told: GroupTold) -> Row:
    asked = standings.question(item.rubric, item.id, told.questions)
    return parts.row(f"{item.rubric} {item.id}", criterion=asked, share=parts.figure(figure(sums)))


def _weakest(row: Row) -> tuple[bool, float, str]:
    share = row.cells["share"]
    assert isinstance(share, Amount)
    return share.value is None, share.value or 0.0, row.id


def _topics(topics: Sequence[tuple[str, int]]) -> Table | None:
    ranked = sorted(topics, key=lambda one: (-one[1], one[0]))[:_MOST_TOPICS]
    if not ranked:
        return None
    rows = (parts.row(name, topic=parts.said(name), times=parts.count(times)) for name, times in ranked)
    return Table(
        id="topics", columns=parts.columns("topic", "times"), rows=tuple(rows), drawing=Drawing(shape=Shape.BARS, of="times", high=None)
    )


def _figures(report: FigureReport) -> Table | None:
    """Those that anything tells; what misses its target is marked."""
    known = {one.id: one for one in report.definitions}
    told = [one for row in report.rows for one in row.figures if one.value is not None]
    if not told:
        return None
    rows = tuple(_indicator(known[one.indicator], one) for one in told)
    return parts.filled(Table(id="figures", columns=parts.columns("name", "channel", "value", "target", "met", "definition"), rows=rows))


def _indicator(what: Indicator, one: IndicatorFigure) -> Row:
    unit = UNITS[what.unit]
    target = None if one.target is None else Amount(value=one.target, unit=unit)
    return parts.row(
        f"{one.indicator} {one.channel.value if one.channel else ''}".strip(), name=parts.named(what.names.model_dump(), what.id),
        channel=None if one.channel is None else parts.word("channel", one.channel),
        value=Amount(value=one.value, low=one.low, high=one.high, n=one.n, unit=unit), target=target,
        met=None if target is None else parts.word("met", one.met), definition=parts.word("indicator", what.id), marked=one.met in BREACHES,
    )
