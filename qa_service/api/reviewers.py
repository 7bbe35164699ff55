"""Reviewers: what they have to do, what they have done, and how long it took."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from qa_service.api.deps import ActorDep, Id, PeriodDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.workload import ReviewerFigures

router = APIRouter(prefix="/reviewers", route_class=Door)


class ReviewerReport(BaseModel):
    """Reviewers and their work."""

    model_config = ConfigDict(extra="forbid")

    #: By user id.
    reviewers: tuple[ReviewerFigures, ...]


@router.get("", response_model=ReviewerReport, responses=documented(401, 403, 422), summary="List reviewers with their work")
def list_reviewers(services: ServicesDep, who: ActorDep, period: PeriodDep) -> ReviewerReport:
    """Reviewers see themselves, leads everybody. `due` and `overdue` are of now; the rest is of the period, by the time of the act."""
    return ReviewerReport(reviewers=services.workloads.reviewers(by=who, since=period.since, until=period.until))


@router.get("/{reviewer}", response_model=ReviewerFigures, responses=documented(401, 403, 404, 422), summary="Read a reviewer's work")
def get_reviewer(services: ServicesDep, who: ActorDep, period: PeriodDep, reviewer: Id) -> ReviewerFigures:
    """Your own; leads read everybody's. Minutes are of active work on each scorecard."""
    return services.workloads.reviewer(reviewer, by=who, since=period.since, until=period.until)
