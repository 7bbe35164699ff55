"""Moves: figures of a month beside those of the month before, in tables and in the few claims that chance does not explain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from qa_service.domain.agent import TARGET
from qa_service.domain.breach import FigureCourse, TargetMet
from qa_service.domain.comparison import Comparison, Reason
from qa_service.domain.indicator import Indicator
from qa_service.domain.report import Amount, Cell, Column, Drawing, Row, Shape, Table, Term, Unit
from qa_service.domain.rise import Movement
from qa_service.domain.standing import Standing
from qa_service.rendering.locale import Locale
from qa_service.services.indicators import IndicatorFigure
from qa_service.services.month import FamilyMove, MonthTold
from qa_service.services.reporting import parts, standings
from qa_service.services.reporting.group import UNITS
from qa_service.services.trends import TopicTrend
from qa_service.web.tables import Words

#: Units of differences.
_APART = {Unit.SHARE: Unit.SHARE_DIFFERENCE, Unit.SCORE: Unit.POINTS}
#: Claims at most, contact reasons and criteria in their tables.
MOST, _MOST_TOPICS, _MOST_CRITERIA = 6, 12, 8
#: Further reviews that nobody would wait for.
_TOO_MANY = 500


def scores(id_: str, found: Sequence[Comparison], names: Mapping[str, Cell]) -> Table:
    """Scores of groups, in their order."""
    rows = tuple(_row(one, {id_: names[one.item.rubric]}, now=standings.score(one.figure), scale=100) for one in found)
    drawing = Drawing(shape=Shape.DOTS, of="now", beside="before", high=100.0)
    return parts.filled(Table(id=id_, columns=_columns(id_), rows=rows, drawing=drawing))


def criteria(told: MonthTold, words: Words, *, every: bool = False) -> Table:
    """What changed, then the weakest; unless ``every`` one is wanted, a few."""
    found = sorted(told.criteria, key=lambda one: (one.standing is Standing.CANNOT_TELL, one.figure.value is None, one.figure.value or 0.0))
    changed = sum(one.standing is not Standing.CANNOT_TELL for one in found)
    found = found if every else found[: max(_MOST_CRITERIA, changed)]
    rows = tuple(
        _row(
            one, {"criterion": words.question(one.item.rubric, one.item.id)}, now=parts.figure(one.figure), scale=1,
            marked=_critical(one, told) and one.standing is Standing.WEAKNESS,
        )
        for one in found
    )
    drawing = Drawing(shape=Shape.DOTS, of="now", beside="before", target=TARGET)
    return parts.filled(Table(id="criteria", columns=_columns("criterion"), rows=rows, drawing=drawing))


def families(found: Sequence[FamilyMove]) -> Table:
    """How often something was missed that must not be."""
    rows = (
        parts.row(
            one.family, family=parts.word("severity", one.family), now=parts.share(one.missed),
            before=_before(one.change.before, one.change.before_n, Unit.SHARE), change=_difference(one.change, Unit.SHARE),
            verdict=_course(one.change.course, sure=one.sure),
        )
        for one in found
    )
    drawing = Drawing(shape=Shape.DOTS, of="now", beside="before", high=1.0)
    return parts.filled(Table(id="families", columns=_columns("family"), rows=tuple(rows), drawing=drawing))


def topics(found: TopicTrend) -> Table:
    """Reasons for contact, rising ones first."""
    rows = (
        parts.row(
            one.topic, topic=parts.said(one.title) if one.topic != "other" else parts.term("month.other_topics"), now=parts.share(one.now),
            earlier=parts.share(one.before), verdict=parts.word("movement", one.standing),
        )
        for one in found.topics[:_MOST_TOPICS]
    )
    columns = (Column(id="topic", label=parts.word("column", "topic")), *_named("now", "earlier", "verdict"))
    drawing = Drawing(shape=Shape.DOTS, of="now", beside="earlier", high=None)
    return parts.filled(Table(id="topics", columns=columns, rows=tuple(rows), drawing=drawing))


def claims(told: MonthTold, words: Words, locale: Locale) -> list[dict[str, Any]]:
    """What to talk about: what got worse and what misses its target, then what rises, then what got better."""
    found = [*_of_scores(told, words, locale), *_of_families(told, locale), *_of_figures(told, locale), *_of_topics(told, locale)]
    return sorted(found, key=lambda one: one["order"])


def address(path: str, **wanted: str | None) -> str:
    """A page with the filters that are told."""
    chosen = {name: value for name, value in wanted.items() if value is not None}
    return f"{path}?{urlencode(chosen)}" if chosen else path


def _of_scores(told: MonthTold, words: Words, locale: Locale) -> Iterable[dict[str, Any]]:
    some: list[tuple[str, Cell, Comparison, Amount, str]] = [
        ("score", words.form(one.item.rubric), one, standings.score(one.figure), "#channels") for one in told.totals
    ]
    some += [("channel", parts.word("channel", one.item.rubric), one, standings.score(one.figure), "#channels") for one in told.channels]
    some += [("team", parts.said(one.item.rubric), one, standings.score(one.figure), _team(one.item.rubric, told)) for one in told.teams]
    if told.team is not None:
        # One team is all there is.
        some = [one for one in some if one[0] != "team"]
    some += [
        ("criterion", words.question(one.item.rubric, one.item.id), one, parts.figure(one.figure), "#criteria") for one in told.criteria
    ]
    for kind, name, one, now, href in some:
        if one.standing is not Standing.CANNOT_TELL:
            worse = one.standing is Standing.WEAKNESS
            scale = 1 if kind == "criterion" else 100
            yield {
                "kind": kind, "verdict": "worse" if worse else "better", "bad": worse, "title": locale.cell(name), "now": now,
                "before": None if one.other is None else Amount(value=one.other * scale, unit=now.unit), "target": None,
                "change": _effect(one), "critical": kind == "criterion" and _critical(one, told), "href": href,
                "order": (not worse, not (kind == "criterion" and _critical(one, told)), -abs(one.effect or 0.0)),
            }


def _of_families(told: MonthTold, locale: Locale) -> Iterable[dict[str, Any]]:
    for one in told.families:
        if one.sure:
            worse = one.change.course is FigureCourse.WORSE
            yield {
                "kind": "family", "verdict": "worse" if worse else "better", "bad": worse, "critical": worse, "href": "#families",
                "title": locale.cell(parts.word("severity", one.family)), "now": parts.share(one.missed), "target": None,
                "before": _before(one.change.before, one.change.before_n, Unit.SHARE), "change": _difference(one.change, Unit.SHARE),
                "order": (not worse, False, -1.0),
            }


def _of_figures(told: MonthTold, locale: Locale) -> Iterable[dict[str, Any]]:
    known = {} if told.figures is None else {one.id: one for one in told.figures.definitions}
    for move in told.moves:
        one = move.figure
        assert one.change is not None
        missed, unit = one.met is TargetMet.MISSED, UNITS[known[one.indicator].unit]
        worse = move.sure and one.change.course is FigureCourse.WORSE
        if missed or move.sure:
            yield {
                "kind": "figure", "verdict": "missed" if missed else "worse" if worse else "better", "bad": missed or worse,
                "title": figure_name(known[one.indicator], one, locale), "critical": False,
                "now": Amount(value=one.value, low=one.low, high=one.high, n=one.n, unit=unit),
                "before": _before(one.change.before, one.change.before_n, unit),
                "change": _difference(one.change, unit) if move.sure else None,
                "target": None if one.target is None else Amount(value=one.target, unit=unit),
                "href": address(f"/figures/{one.indicator}", month=told.now.name, team=told.team),
                "order": (not (missed or worse), True, 0.0),
            }


def _of_topics(told: MonthTold, locale: Locale) -> Iterable[dict[str, Any]]:
    for one in () if told.topics is None else told.topics.topics:
        if one.standing is Movement.RISING and one.topic != "other":
            yield {
                "kind": "topic", "verdict": "rising", "bad": True, "title": locale.cell(parts.said(one.title)), "now": parts.share(one.now),
                "before": parts.share(one.before), "change": None, "target": None, "critical": False, "href": "#topics",
                "order": (False, True, 1.0),
            }


def figure_name(what: Indicator, one: IndicatorFigure, locale: Locale) -> str:
    """What it is called, with the channel of those that are told by channel."""
    name = locale.cell(parts.named(what.names.model_dump(), what.id))
    return name if one.channel is None else f"{name} · {locale.cell(parts.word('channel', one.channel))}"


def verdict(one: Comparison) -> Term:
    """What the figures carry."""
    if one.standing is not Standing.CANNOT_TELL:
        return parts.term("move.worse" if one.standing is Standing.WEAKNESS else "move.better")
    if one.reason in (Reason.TOO_SMALL, Reason.NO_PEERS, Reason.NO_OPPORTUNITY):
        return parts.word("move", one.reason)
    return standings.standing_of(one.standing, one.more if one.more is not None and one.more <= _TOO_MANY else None)


def _row(one: Comparison, first: Mapping[str, Cell], *, now: Amount, scale: int, marked: bool = False) -> Row:
    before = None if one.other is None else Amount(value=one.other * scale, unit=now.unit)
    return parts.row(
        f"{one.item.rubric} {one.item.id}", first, now=now, before=before, change=_effect(one), verdict=verdict(one), marked=marked
    )


def _effect(one: Comparison) -> Amount | None:
    return None if one.effect is None else parts.difference(one.effect, one.low, one.high)


def _difference(one: Any, unit: Unit) -> Amount | None:
    if one.difference is None:
        return None
    return Amount(value=one.difference, low=one.low, high=one.high, unit=_APART.get(unit, unit))


def _before(value: float | None, n: int, unit: Unit) -> Amount | None:
    return None if value is None else Amount(value=value, n=n, unit=unit)


def _course(course: FigureCourse, *, sure: bool) -> Term:
    return parts.term(f"move.{course.value}") if sure else parts.word("standing", Standing.CANNOT_TELL)


def _critical(one: Comparison, told: MonthTold) -> bool:
    form = told.forms.get(one.item.rubric)
    asked = None if form is None else form.criteria.get(one.item.id)
    return asked is not None and asked.severity.critical


def _team(name: str, told: MonthTold) -> str:
    return address("/teams/team", name=name, month=told.now.name)


def _columns(first: str) -> tuple[Column, ...]:
    heading = {"channels": "channel", "teams": "team"}.get(first, first)
    return (Column(id=first, label=parts.word("column", heading)), *_named("now", "before", "change", "verdict"))


def _named(*ids: str) -> tuple[Column, ...]:
    return tuple(Column(id=one, label=parts.word("move_column", one)) for one in ids)
