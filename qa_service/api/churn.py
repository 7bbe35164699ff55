"""Churn and customer effort: facts as imported rows and surveys tell them, and signs in contacts, apart."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.deps import Filter, PeriodDep, ScopeDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.churn import Churn
from qa_service.domain.effort import Effort
from qa_service.domain.interaction import Channel
from qa_service.store.outcomes import Place

router = APIRouter(prefix="/customers", route_class=Door)


@router.get("/churn", response_model=Churn, responses=documented(401, 403, 422), summary="Tell who leaves, by loyalty and value")
def get_churn(services: ServicesDep, within: ScopeDep, period: PeriodDep, channel: Annotated[Channel | None, Query()] = None) -> Churn:
    """Customers who left within the period, of those who were customers at its start, with intervals; segments with too few customers say
    so. Apart from it the signs of leaving in contacts of the period, which are no fact. For coaches: customers in contact with their
    teams."""
    return services.churns.churn(Place(period.since, period.until, channel, within=within))


@router.get("/effort", response_model=Effort, responses=documented(401, 403, 422), summary="Tell how hard it was for customers")
def get_effort(
    services: ServicesDep, within: ScopeDep, period: PeriodDep, channel: Annotated[Channel | None, Query()] = None, agent: Filter = None,
    team: Filter = None, queue: Filter = None, language: Filter = None,
) -> Effort:
    """The score by survey answers; and apart from it, of all contacts, the shares that show signs of effort."""
    return services.churns.effort(Place(period.since, period.until, channel, agent, team, queue, language, within))
