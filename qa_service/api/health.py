"""Health: whether the service lives and can do its work; needs no key."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.api.problems import documented
from qa_service.services.health import Health

router = APIRouter(prefix="/health")


class Alive(BaseModel):
    """The process answers."""

    model_config = ConfigDict(extra="forbid")

    #: Always ``alive``.
    status: Literal["alive"] = "alive"


@router.get("", response_model=Health, responses=documented(), summary="Look at every part")
def get_health(services: ServicesDep) -> Health:
    """Database, rubrics, workflow and weights, part by part; answers 200 whatever it finds."""
    return services.doctor.examine()


@router.get("/live", response_model=Alive, responses=documented(), summary="Is the process alive?")
def get_liveness() -> Alive:
    """Answers 200 while the process can answer at all."""
    return Alive()


@router.get(
    "/ready", response_model=Health, responses={503: {"model": Health, "description": "A part cannot be used"}, **documented()},
    summary="Can it do its work?",
)
def get_readiness(services: ServicesDep) -> Response:
    """Answers 200 when every part can be used, else 503 with the parts."""
    health = services.doctor.examine()
    return JSONResponse(health.model_dump(mode="json"), status_code=200 if health.ok else 503)
