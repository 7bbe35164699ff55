"""Accuracy: how right the machine is on each criterion, by what people answered without seeing its suggestions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.deps import ActorDep, Filter, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.services.accuracy import AccuracyReport

router = APIRouter(prefix="/accuracy", route_class=Door)


@router.get("", response_model=AccuracyReport, responses=documented(401, 403, 404, 422), summary="Read audited accuracies")
def get_accuracy(
    services: ServicesDep, who: ActorDep, rubric: Annotated[Filter, Query(description="Only of this rubric.")] = None,
    in_force: Annotated[bool, Query(description="Leave out earlier wordings and engines.")] = True,
) -> AccuracyReport:
    """By rubric and criterion: the accuracy on blind answers with its interval and what follows from it, by answer and language, whether
    confidence can be trusted, and beside it how many suggestions people merely left as they were."""
    return services.accuracies.report(rubric=rubric, in_force=in_force, by=who)
