"""What a team's or month's report tells, put together from given figures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from qa_service.domain.breach import TargetMet
from qa_service.domain.coaching_plan import CoachingGoal, CoachingPlan, CoachingPriority
from qa_service.domain.indicators import INDICATORS
from qa_service.domain.interaction import Channel
from qa_service.domain.moments import Cell, Item, ItemKind, Moments, Outcome
from qa_service.domain.report import Amount, Digits, Named, ReportKind, ReportLanguage, ReportPeriod, Said, Section, Table, Term, Unit
from qa_service.domain.swot import Beside, Origin, SwotEntry
from qa_service.rendering.locale import Locale
from qa_service.rendering.messages import catalogue
from qa_service.services.indicators import FigureReport, FigureRow, IndicatorFigure
from qa_service.services.reporting.group import GroupTold, Member, group_report
from qa_service.services.reporting.outlook import _entries, practised

AT = datetime(2026, 11, 30, tzinfo=UTC)
PERIOD = ReportPeriod(since=datetime(2026, 11, 1, tzinfo=UTC), until=datetime(2026, 12, 1, tzinfo=UTC), month="2026-11")
TOTAL, GREETING = Item("r", ItemKind.TOTAL), Item("r", ItemKind.CRITERION, "greeting")


def sums(met: int, of: int) -> Moments:
    found = Moments()
    for number in range(of):
        found = found.plus(Moments.of(Outcome(expected=0.5, open=1.0, met=float(number < met), asked=1.0)))
    return found


def cells(**more: Any) -> tuple[Cell, ...]:
    return (
        Cell(TOTAL, sums(15, 20), team="sales", **more), Cell(GREETING, sums(15, 20), team="sales", **more),
        Cell(TOTAL, sums(5, 20), team="billing", **more), Cell(GREETING, sums(5, 20), team="billing", **more),
        Cell(TOTAL, sums(1, 1), team=None, **more),
    )  # fmt: skip


def figure(indicator: str, value: float, *, channel: Channel | None = None, target: float | None = None) -> IndicatorFigure:
    met = TargetMet.NO_TARGET if target is None else TargetMet.MISSED
    return IndicatorFigure(
        indicator=indicator, channel=channel, value=value, low=value * 0.9, high=value * 1.1, n=40, numerator=None, unknown=0,
        target=target, target_told_by="shipped", met=met, missing=None, change=None,
    )


def figures(*some: IndicatorFigure) -> FigureReport:
    row = FigureRow(team=None, agent=None, channel=None, queue=None, period=None, since=None, until=None, figures=some)
    return FigureReport(
        definitions=tuple(INDICATORS.values()), answer_within_seconds=20, short_abandon_seconds=5, repeat_days=7, targets_version=1,
        time_zone="UTC", by=(), rows=(row,),
    )


def told(**changes: Any) -> GroupTold:
    fields: dict[str, Any] = {
        "kind": ReportKind.MONTH, "name": None, "member": Member.TEAM, "cells": cells(),
        "by_month": (*cells(month="2026-10"), *cells(month="2026-11")), "names": {}, "topics": [("refunds", 12), ("delivery", 30)],
        "questions": {("r", "greeting"): {"en": "Greeted?", "fa": "سلام کرد؟"}},
        "figures": figures(
            figure("queue_time", 320, target=300), figure("csat", 0.8), figure("first_response", 95, channel=Channel.CHAT),
            figure("nps", 12.5), figure("ces", 5.5),
        ),
    }
    return GroupTold(**{**fields, **changes})


def tables(sections: tuple[Section, ...]) -> dict[str, Table]:
    return {block.id: block for part in sections for block in part.blocks if isinstance(block, Table)}


def test_a_month_tells_teams_by_name_criteria_reasons_and_figures() -> None:
    report = group_report(told(), period=PERIOD, zone=UTC, at=AT)
    assert [one.id for one in report.sections] == ["summary", "figures", "teams", "trend", "criteria", "topics", "notes"]
    found = tables(report.sections)
    assert [row.id for row in found["teams"].rows] == ["billing", "sales", "-"], "by name, what nobody told comes last"
    score = found["teams"].rows[1].cells["score"]
    assert isinstance(score, Amount)
    assert (score.value, score.n, score.unit) == (75.0, 20, Unit.SCORE)
    # all together: 21 of 41
    assert found["teams"].drawing is not None
    assert found["teams"].drawing.target == round(100 * 21 / 41, 1)
    (criterion,) = found["criteria"].rows
    assert criterion.cells["criterion"] == Named(texts={"en": "Greeted?", "fa": "سلام کرد؟"})
    share = criterion.cells["share"]
    assert isinstance(share, Amount)
    assert (share.value, share.n) == (0.5, 40)
    assert [(row.id, row.cells["times"]) for row in found["topics"].rows] == [
        ("delivery", Amount(value=30, unit=Unit.COUNT)), ("refunds", Amount(value=12, unit=Unit.COUNT)),
    ]  # fmt: skip


def test_figures_stand_with_target_and_definition_and_misses_are_marked() -> None:
    rows = {row.id: row for row in tables(group_report(told(), period=PERIOD, zone=UTC, at=AT).sections)["figures"].rows}
    assert rows["queue_time"].marked
    assert rows["queue_time"].cells["target"] == Amount(value=300, unit=Unit.SECONDS)
    assert rows["queue_time"].cells["met"] == Term(key="met.missed")
    assert rows["csat"].cells["definition"] == Term(key="indicator.csat")
    assert not rows["csat"].marked, "nothing is wanted of it"
    assert rows["first_response chat"].cells["channel"] == Term(key="channel.chat")
    units = [rows[one].cells["value"].unit for one in ("queue_time", "csat", "nps", "ces")]  # type: ignore[union-attr]
    assert units == [Unit.SECONDS, Unit.SHARE, Unit.POINTS, Unit.NUMBER]


def test_nothing_is_invented_where_nothing_is_known() -> None:
    report = group_report(told(cells=(), by_month=(), topics=[], figures=figures()), period=PERIOD, zone=UTC, at=AT)
    assert [one.id for one in report.sections] == ["summary", "notes"]
    notes = [one.key for part in report.sections for block in part.blocks if block.kind == "notes" for one in block.items]
    assert notes[0] == "note.no_data_month"


def test_one_month_is_no_course() -> None:
    report = group_report(told(by_month=cells(month="2026-11")), period=PERIOD, zone=UTC, at=AT)
    assert "trend" not in [one.id for one in report.sections]


@pytest.mark.parametrize("origin", [Origin.VOLUME, Origin.REPEAT, Origin.CHURN])
@pytest.mark.parametrize("beside", Beside)
def test_every_finding_has_its_words(origin: Origin, beside: Beside) -> None:
    entry = SwotEntry(
        origin=origin, about="t1", title="refunds", beside=beside, value=0.3, n=40, other=0.1, other_n=100, effect=0.2, low=0.1, high=0.3,
        q=0.01,
    )
    (row,) = _entries("threats", [entry]).rows
    for language in ReportLanguage:
        locale = Locale(language, Digits.LATIN, UTC)
        assert "refunds" in locale.cell(row.cells["finding"])
    assert row.cells["effect"] == Amount(value=0.2, low=0.1, high=0.3, unit=Unit.SHARE_DIFFERENCE)
    (whole,) = _entries("threats", [entry.model_copy(update={"about": None, "title": None})]).rows
    finding = whole.cells["finding"]
    assert isinstance(finding, Term)
    assert finding.values["topic"] == Term(key="swot.all")


def test_what_is_practised_stands_with_its_goal() -> None:
    goal = CoachingGoal(share_from=0.5, share_to=0.8, reviews=24)
    priority = CoachingPriority(rubric="r", criterion="greeting", behaviour="Say hello", goal=goal)
    plan = CoachingPlan(
        id="p", agent="a1", team="t", coach="c", starts=date(2026, 11, 1), ends=date(2026, 12, 31), priorities=(priority,), created_by="c",
        created_at=AT,
    )
    (part,) = practised(plan, {})
    (row,) = tables((part,))["priorities"].rows
    assert row.cells["behaviour"] == Said(text="Say hello")
    assert row.cells["share_to"] == Amount(value=0.8, unit=Unit.SHARE)
    assert practised(None, {}) == []


def test_every_word_of_these_reports_is_in_the_catalogue() -> None:
    known = set(catalogue(ReportLanguage.EN))

    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            own = {value["key"]} if value.get("kind") == "term" else set()
            return own.union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    report = group_report(told(), period=PERIOD, zone=UTC, at=AT)
    assert keys(report.model_dump(mode="json")) <= known
