"""Accuracy: how right the machine is by those who did not see its answers, what follows from it, and how reviewers and their work do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.accuracy import Acceptance
from qa_service.domain.permission import Actor, Right
from qa_service.domain.profile import Span
from qa_service.domain.report import Amount, Block, Table, Unit
from qa_service.domain.workload import ReviewerFigures
from qa_service.rendering.locale import Locale
from qa_service.rendering.page import view
from qa_service.services.accuracy import AccuracyReport, CriterionAccuracy
from qa_service.services.reporting.audit import estimate
from qa_service.services.reporting.calibration import severity_section
from qa_service.web import accuracy_tables as tables
from qa_service.web.filters import Wanted
from qa_service.web.pages import PageRoute, render
from qa_service.web.periods import MonthName, month_span, months
from qa_service.web.preferences import Preferences
from qa_service.web.tables import Words
from qa_service.web.visitor import PageActorDep

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/accuracy")
def accuracy_page(request: Request, services: ServicesDep, who: PageActorDep, rubric: Wanted = "") -> Response:
    """What may be left as suggested, and what was stopped."""
    locale, words = Preferences.of(request).locale(services.settings.time_zone), Words.of(services)
    report = services.accuracies.report(rubric=rubric or None, by=who)
    policy = services.policies.current().policy
    return render(
        request, "accuracy.html", report=report, rubric=rubric, policy=policy, counts=_counts(report),
        stopped=_stopped(report, words, locale),
        forms=_forms(report, words, locale), blind=sum(one.audited.answers > 0 for one in report.items),
        bounds={name: Amount(value=getattr(policy, name), unit=Unit.SHARE) for name in ("accept_at", "auto_at", "blind_share")},
        every=[(one.rubric, locale.cell(words.form(one.rubric))) for one in services.rubrics.list()],
        may_sample=who.may(Right.MANAGE_SAMPLING),
    )


@router.get("/reviewers")
def reviewers_page(request: Request, services: ServicesDep, who: PageActorDep, month: MonthName = "") -> Response:
    """What is due and done, and, to leads, who is lenient or severe."""
    locale = Preferences.of(request).locale(services.settings.time_zone)
    span = month_span(month, locale)
    found = services.workloads.reviewers(by=who, since=span.since, until=span.until)
    work = tables.workload(found)
    return render(
        request, "reviewers.html", month=month, months=months(locale, services.clock(), chosen=month),
        everybody=who.may(Right.MANAGE_SAMPLING), work=view(work, locale), tiles=_tiles(found, locale),
        severity=_severity(services, who, span, locale),
    )


def _counts(report: AccuracyReport) -> dict[str, int]:
    verdicts = [one.verdict for one in report.items]
    return {
        "accepted": verdicts.count(Acceptance.ACCEPTED), "needs_a_person": verdicts.count(Acceptance.NEEDS_A_PERSON),
        "too_few": verdicts.count(Acceptance.TOO_FEW), "automatic": sum(one.automatic for one in report.items),
    }


def _stopped(report: AccuracyReport, words: Words, locale: Locale) -> list[dict[str, Any]]:
    """What needs a person, the least right first; then what people lean on."""
    found = [one for one in report.items if one.verdict is Acceptance.NEEDS_A_PERSON or (one.anchoring.low or 0.0) > 0]
    found.sort(key=lambda one: (one.verdict is not Acceptance.NEEDS_A_PERSON, one.audited.accuracy.value or 0.0))
    return [
        {
            "question": locale.cell(words.question(one.rubric, one.criterion)), "form": locale.cell(words.form(one.rubric)),
            "accuracy": estimate(one.audited.accuracy), "n": one.audited.accuracy.n, "stopped": one.verdict is Acceptance.NEEDS_A_PERSON,
            "untouched": estimate(one.anchoring.untouched) if one.anchoring.untouched.n else None, "leaning": tables.leaning(one),
            "apart": tables.apart(one),
        }
        for one in found
    ]


def _forms(report: AccuracyReport, words: Words, locale: Locale) -> list[dict[str, Any]]:
    """Form by form; criteria of which nothing is known are counted alone."""
    found = []
    for rubric, group in groupby(report.items, key=lambda one: one.rubric):
        some: Sequence[CriterionAccuracy] = list(group)
        known = [one for one in some if one.audited.answers or one.anchoring.untouched.n]
        languages = tables.by_language(known, words)
        found.append({
            "id": rubric, "title": locale.cell(words.form(rubric)), "unknown": len(some) - len(known),
            "table": view(tables.criteria(known, words, accept_at=report.accept_at), locale) if known else None,
            "languages": view(languages, locale) if languages.rows else None,
        })  # fmt: skip
    return found


def _severity(services: Services, who: Actor, span: Span, locale: Locale) -> Any:
    """Reviewers against each other, to those who may know."""
    if not who.may(Right.READ_AUDIT_LANE):
        return None
    report = services.severities.compare(since=span.since, until=span.until)
    block: Block = severity_section(report).blocks[0]
    assert isinstance(block, Table)
    # In reports a mark means "look here"; on pages it means that something critical is missed.
    rows = tuple(row.model_copy(update={"marked": False}) for row in block.rows)
    return {"table": view(block.model_copy(update={"rows": rows}), locale), "report": report}


def _tiles(found: Sequence[ReviewerFigures], locale: Locale) -> list[dict[str, Any]]:
    timed = [one.minutes for one in found if one.minutes.median is not None]
    n = sum(one.n for one in timed)
    middle = sum((one.median or 0.0) * one.n for one in timed) / n if n else None
    plain = {
        "due": sum(one.due for one in found), "overdue": sum(one.overdue for one in found), "done": sum(one.done for one in found),
        "blind": sum(one.done_blind for one in found),
    }
    tiles = [{"id": name, "value": locale.text(f"{count:,}"), "bad": name == "overdue" and count > 0} for name, count in plain.items()]
    took = Amount(value=None if middle is None else middle * 60, unit=Unit.SECONDS)
    return [*tiles, {"id": "minutes", "value": locale.value(took), "bad": False}]
