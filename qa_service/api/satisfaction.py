"""Satisfaction: the share of satisfied contacts among all, those included who never answered, and what predicts it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from qa_service.api.deps import ActorDep, Filter, Id, PeriodDep, ScopeDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.csat_model import CsatModel, ReasonedPrediction
from qa_service.domain.interaction import Channel
from qa_service.services.satisfaction import CsatReport
from qa_service.store.csat_models import StoredCsatModel
from qa_service.store.jobs import Job
from qa_service.store.outcomes import Place

router = APIRouter(prefix="/satisfaction", route_class=Door)
Version = Annotated[int, InPath(ge=1, le=1_000_000)]
By = Annotated[
    Literal["channel", "team", "queue", "language", "agent"] | None, Query(description="What to tell apart; all together is always told.")
]


class CsatModelList(BaseModel):
    """Versions of what predicts satisfaction."""

    model_config = ConfigDict(extra="forbid")

    #: The newest first.
    items: tuple[StoredCsatModel, ...]


@router.get("", response_model=CsatReport, responses=documented(401, 403, 422), summary="Tell how many are satisfied")
def get_satisfaction(
    services: ServicesDep, within: ScopeDep, period: PeriodDep, channel: Annotated[Channel | None, Query()] = None, agent: Filter = None,
    team: Filter = None, queue: Filter = None, language: Filter = None, by: By = None,
) -> CsatReport:
    """The share of satisfied contacts of all, with intervals: answers alone, predictions corrected by answers, and the same with answers
    weighted by how seldom such contacts answer. Without enough answers it says how many more it takes."""
    place = Place(period.since, period.until, channel, agent, team, queue, language, within)
    return services.satisfaction.report(place, by=by)


@router.get(
    "/interactions/{interaction}", response_model=ReasonedPrediction, responses=documented(401, 403, 404, 422),
    summary="Predict one contact's satisfaction",
)
def get_predicted_satisfaction(services: ServicesDep, within: ScopeDep, interaction: Id) -> ReasonedPrediction:
    """The chance that its customer is satisfied, with the error of such predictions and what moved it most. 404, with the reason, where
    nothing is predicted. A prediction is no judgement of the agent."""
    return services.satisfaction.prediction(interaction, within=within)


@router.get("/models", response_model=CsatModelList, responses=documented(401, 403), summary="List what predicts satisfaction")
def list_csat_models(services: ServicesDep) -> CsatModelList:
    """Every version with its error, told on answers that it had not seen, against the base rate."""
    return CsatModelList(items=services.satisfaction.models())


@router.get("/models/{version}", response_model=CsatModel, responses=documented(401, 403, 404, 422), summary="Read a version")
def get_csat_model(services: ServicesDep, version: Version) -> CsatModel:
    """Every weight and figure; a version never changes."""
    return services.satisfaction.model(version).model


@router.post(
    "/models/{version}/use", response_model=CsatModel, responses=documented(401, 403, 404, 409, 422), summary="Predict with a version"
)
def use_csat_model(services: ServicesDep, who: ActorDep, version: Version, once: OnceDep) -> Response:
    """New contacts are predicted with it from now on; what was predicted stays. 409 for one no better than the base rate."""
    return once.run(lambda: (200, services.satisfaction_learning.use(version, by=who)), request="")


@router.post("/trainings", status_code=202, response_model=Job, responses=documented(401, 403, 409, 422), summary="Learn from answers")
def train_csat_model(services: ServicesDep, who: ActorDep, once: OnceDep) -> Response:
    """Queues a training from all survey answers; its version is used if it tells more than the base rate. Poll the job: it fails while
    there are too few answers, and says how many more it takes."""
    return once.run(
        lambda: (202, services.satisfaction_learning.submit(by=who)), request="",
        headers=lambda body: {"Location": f"/v1/jobs/{body['id']}"},
    )
