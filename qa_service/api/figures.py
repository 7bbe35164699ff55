"""Figures: contact-centre indicators with their definitions, denominators and targets, and those that miss them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from qa_service.api.agents import SpanDep
from qa_service.api.deps import Filter, ScopeDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.indicator import Indicator
from qa_service.domain.indicators import INDICATORS
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.period import PeriodKind
from qa_service.services.indicators import GROUPS, Asked, BreachReport, FigureReport
from qa_service.store.indicators import Place

router = APIRouter(route_class=Door)
_NAME = r"^[a-z_]{1,60}$"


class Definitions(BaseModel):
    """What every figure is."""

    model_config = ConfigDict(extra="forbid")

    #: In the order of reports.
    items: tuple[Indicator, ...]


def asked(
    period: SpanDep, team: Filter = None, agent: Filter = None, channel: Annotated[Channel | None, Query()] = None, queue: Filter = None,
    by: Annotated[
        list[Annotated[str, Query(pattern=_NAME)]] | None,
        Query(max_length=4, description=f"One row for each of these: {', '.join(GROUPS)}."),
    ] = None,
    every: Annotated[PeriodKind | None, Query(description="One row for each day, week or month; the last six without `from`.")] = None,
    indicator: Annotated[
        list[Annotated[str, Query(pattern=_NAME)]] | None, Query(max_length=60, description="Only these; all of them unless told.")
    ] = None,
    purpose: Annotated[Purpose, Query(description="Mystery, training and test contacts are reported apart.")] = Purpose.LIVE,
) -> Asked:
    """Which figures, from the query."""
    return Asked(
        since=period.since, until=period.until, every=every, by=tuple(dict.fromkeys(by or ())),
        place=Place(agent=agent, team=team, channel=channel, queue=queue), indicators=None if indicator is None else tuple(indicator),
        purpose=purpose,
    )


AskedFiguresDep = Annotated[Asked, Depends(asked)]


@router.get("/figures", response_model=FigureReport, responses=documented(401, 404, 422), summary="Read figures")
def get_figures(services: ServicesDep, within: ScopeDep, asked: AskedFiguresDep) -> FigureReport:
    """Handle time, queue time, service level, abandonment, resolution, satisfaction and the others: each with its interval, its
    denominator (`n`), what does not tell it (`unknown`), its target, whether that is met, and the period before. What nothing tells is
    null, and says what is missing."""
    return services.indicators.report(asked, within=within)


@router.get("/figures/definitions", response_model=Definitions, responses=documented(401), summary="Read what figures are")
def list_indicators() -> Definitions:
    """Name in three languages, numerator, denominator, unit, which way is good, whom it is by, and what it needs."""
    return Definitions(items=tuple(INDICATORS.values()))


@router.get("/breaches", response_model=BreachReport, responses=documented(401, 404, 422), summary="Read what misses its target")
def list_breaches(
    services: ServicesDep, within: ScopeDep, asked: AskedFiguresDep,
    certain: Annotated[bool, Query(description="Only those whose whole interval misses the target.")] = False,
) -> BreachReport:
    """Figures that miss their targets, the certain ones first; the others may miss them by luck."""
    return services.indicators.breaches(asked, certain=certain, within=within)
