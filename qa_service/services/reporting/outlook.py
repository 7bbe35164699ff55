"""Outlook: opportunities and threats from why customers are in contact, and what is being practised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from qa_service.domain.coaching_plan import CoachingPlan, CoachingPriority
from qa_service.domain.report import Amount, Block, Drawing, Facts, Row, Said, Section, Shape, Table, Term, Unit, When
from qa_service.domain.swot import Swot, SwotEntry
from qa_service.services.reporting import parts
from qa_service.services.reporting.standings import Questions, question


def outlook(swot: Swot | None) -> list[Section]:
    """Both, where contacts tell any."""
    if swot is None:
        return []
    told = (("opportunities", swot.opportunities), ("threats", swot.threats))
    return [parts.section(name, _entries(name, entries)) for name, entries in told if entries]


def _entries(id_: str, entries: Sequence[SwotEntry]) -> Table:
    table = Table(
        id=id_, columns=parts.columns("finding", "portion", "other", "effect"), rows=tuple(_entry(one) for one in entries),
        drawing=Drawing(shape=Shape.DOTS, of="effect", low=-0.5, high=0.5),
    )
    return parts.filled(table)


def _entry(one: SwotEntry) -> Row:
    finding = parts.term(f"swot.{one.origin.value}_{one.beside.value}", topic=_topic(one))
    return parts.row(
        f"{one.origin.value} {one.about or 'all'} {one.beside.value}", finding=finding,
        portion=Amount(value=one.value, n=one.n, unit=Unit.SHARE),
        other=None if one.other is None else Amount(value=one.other, n=one.other_n, unit=Unit.SHARE),
        effect=None if one.effect is None else parts.difference(one.effect, one.low, one.high),
    )


def _topic(one: SwotEntry) -> Said | Term:
    told = one.title or one.about
    return parts.term("swot.all") if told is None else parts.said(told)


def practised(plan: CoachingPlan | None, questions: Questions) -> list[Section]:
    """What the agent practises by the plan that is open, if one is."""
    if plan is None or not plan.priorities:
        return []
    facts = Facts(id="plan", items=(
        parts.fact("starts", _day(plan.starts)), parts.fact("ends", _day(plan.ends)),
    ))  # fmt: skip
    table = Table(
        id="priorities", columns=parts.columns("criterion", "behaviour", "share_from", "share_to", "reviews"),
        rows=tuple(_priority(one, questions) for one in plan.priorities),
    )
    blocks: tuple[Block, ...] = (facts, parts.filled(table))
    return [parts.section("plan", *blocks)]


def _day(day: date) -> When:
    """Noon, which lies on that day in nearly every time zone."""
    return When(at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC))


def _priority(one: CoachingPriority, questions: Questions) -> Row:
    goal = one.goal
    return parts.row(
        f"{one.rubric} {one.criterion}", criterion=question(one.rubric, one.criterion, questions), behaviour=parts.said(one.behaviour),
        share_from=None if goal.share_from is None else Amount(value=goal.share_from, unit=Unit.SHARE),
        share_to=Amount(value=goal.share_to, unit=Unit.SHARE), reviews=None if goal.reviews is None else parts.count(goal.reviews),
    )
