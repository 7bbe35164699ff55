"""What became of disputes: by reviewer and by criterion, with what the numbers carry, and how long decisions take."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.domain.dispute import DisputeOutcome, DisputeState
from qa_service.domain.dispute_outcomes import DisputeFigures, OutcomeCounts
from qa_service.domain.report import Amount, Cell, Column, Drawing, Row, Shape, Table, Unit
from qa_service.rendering.page import view
from qa_service.services.reporting import parts
from qa_service.web.filters import Wanted
from qa_service.web.pages import PageRoute, render
from qa_service.web.periods import MonthName, month_span, months
from qa_service.web.preferences import Preferences
from qa_service.web.tables import Words
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/disputes", route_class=PageRoute, include_in_schema=False)


@router.get("/outcomes")
def dispute_outcomes_page(
    request: Request, services: ServicesDep, who: PageActorDep, month: MonthName = "", team: Wanted = "", rubric: Wanted = ""
) -> Response:
    """Of the scorecards that were finalised in a month, or ever."""
    locale = Preferences.of(request).locale(services.settings.time_zone)
    span, words = month_span(month, locale), Words.of(services)
    found = services.disputes.outcomes(by=who, since=span.since, until=span.until, team=team or None, rubric=rubric or None)
    reviewers = _table("reviewers", ((_reviewer(one.reviewer), one) for one in found.reviewers))
    # A form asks much that nobody ever objects to.
    criteria = _table("criteria", ((words.question(one.rubric, one.criterion), one) for one in found.criteria if one.disputed.value))
    return render(
        request, "dispute_outcomes.html", found=found, month=month, months=months(locale, services.clock(), chosen=month), team=team,
        rubric=rubric, forms=services.rubrics.list(), reviewers=view(reviewers, locale), criteria=view(criteria, locale),
        outcomes=list(DisputeOutcome), withdrawn=found.states[DisputeState.WITHDRAWN], decided=_decided(found),
        hours=lambda value: locale.value(Amount(value=3600 * value, unit=Unit.SECONDS)),
    )


def _decided(found: DisputeFigures) -> tuple[int, int]:
    """Objections that were accepted, and all that were decided."""
    accepted = sum(one.overturned for one in found.reviewers)
    return accepted, accepted + sum(one.upheld for one in found.reviewers)


def _table(id_: str, rows: Iterable[tuple[Cell, OutcomeCounts]]) -> Table:
    """One row each; what is too little to tell by says so instead of a share."""
    heading = "reviewer" if id_ == "reviewers" else "criterion"
    columns = (
        Column(id=heading, label=parts.term(f"dispute_told.{heading}")),
        *(Column(id=one, label=parts.term(f"dispute_told.{one}")) for one in ("finals", "disputed", "decided", "overturned")),
    )
    made = tuple(
        Row(
            id=f"{id_}-{place}",
            cells={
                heading: name, "finals": parts.count(one.finals),
                "disputed": parts.share(one.disputed) if one.disputed_tells else parts.term("dispute_told.few"),
                "decided": parts.count(one.upheld + one.overturned),
                "overturned": parts.share(one.overturned_share) if one.overturned_tells else _few(one),
            },
        )
        for place, (name, one) in enumerate(rows)
    )
    told = made and all(isinstance(one.cells["overturned"], Amount) for one in made)
    drawing = Drawing(shape=Shape.DOTS, of="overturned") if told else None
    return parts.filled(Table(id=id_, columns=columns, rows=made, drawing=drawing, empty=parts.term("dispute_told.nothing")))


def _reviewer(name: str | None) -> Cell:
    return parts.term("dispute_told.automatic") if name is None else parts.said(name)


def _few(one: OutcomeCounts) -> Cell:
    decided = one.upheld + one.overturned
    if not decided:
        return parts.term("dispute_told.none_decided")
    return parts.term("dispute_told.few_decided", hits=parts.count(one.overturned), all=parts.count(decided))
