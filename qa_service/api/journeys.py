"""Journeys: all contacts of one customer, across channels."""

from __future__ import annotations

from fastapi import APIRouter

from qa_service.api.deps import ActorDep, Id, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.services.journeys import Journey

router = APIRouter(prefix="/customers", route_class=Door)


@router.get("/{customer}/journey", response_model=Journey, responses=documented(401, 403, 404, 422), summary="Read a customer's journey")
def get_customer_journey(services: ServicesDep, who: ActorDep, customer: Id) -> Journey:
    """All contacts of a pseudonymous customer within your reach, the first first: reason, agent, mood, scores that you may see, promises
    and what became of them, and which contacts came back for the same reason."""
    return services.journeys.read(customer, by=who)
