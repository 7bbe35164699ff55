"""Trends: how often something is said, what is measured, and which reasons for contact rise."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.deps import TEXT, ActorDep, PeriodDep, ScopeDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.api.search import QueryText
from qa_service.domain.interaction import Channel
from qa_service.domain.period import PeriodKind
from qa_service.services.trends import PhraseTrend, SignalTrend, TopicTrend

router = APIRouter(prefix="/trends", route_class=Door)

Every = Annotated[PeriodKind, Query(description="Length of the periods, in the service's time zone.")]


@router.get("/phrases", response_model=PhraseTrend, responses=documented(401, 403, 422), summary="Follow how often something is said")
def get_phrase_trend(
    services: ServicesDep, who: ActorDep, q: QueryText, period: PeriodDep, every: Every = PeriodKind.WEEK
) -> PhraseTrend:
    """Interactions with the words by period, of those that the filters leave, with 95 % intervals; the last twelve periods unless `from`
    and `to` tell others."""
    return services.trends.phrase(q, by=who, every=every, since=period.since, until=period.until)


@router.get("/signals", response_model=SignalTrend, responses=documented(401, 403, 422), summary="Follow a signal")
def get_signal_trend(
    services: ServicesDep, who: ActorDep, period: PeriodDep,
    signal: Annotated[str, Query(min_length=1, max_length=100, pattern=TEXT, description="As in `GET /v1/signals`.")],
    q: Annotated[
        str | None, Query(max_length=20_000, pattern=TEXT, description="Filters, as in a search: `channel:phone team:billing`.")
    ] = None,
    every: Every = PeriodKind.WEEK,
) -> SignalTrend:
    """Its mean over interactions by period, with 95 % intervals, and how many interactions carry it."""
    return services.trends.signal(signal, by=who, query=q, every=every, since=period.since, until=period.until)


@router.get("/topics", response_model=TopicTrend, responses=documented(401, 403, 404, 422), summary="Read which reasons for contact rise")
def get_topic_trend(
    services: ServicesDep, within: ScopeDep, every: Every = PeriodKind.WEEK,
    period: Annotated[str | None, Query(max_length=20, description="`2026-W47`, say; the last that is over unless named.")] = None,
    channel: Annotated[Channel | None, Query()] = None,
) -> TopicTrend:
    """Share of contacts of each topic in the period against the eight periods before: a rise is told where it is beyond chance, beyond the
    topic's usual ups and downs, and beyond what looking at many topics would make. 404 before topics were built."""
    return services.trends.topics(within=within, every=every, period=period, channel=channel)
