"""Work queues: what waits to be done, and how fast it goes."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from qa_service.api.deps import ActorDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.services.work_queues import WorkQueue
from qa_service.store.work_queues import Regulation

router = APIRouter(prefix="/work-queues", route_class=Door)
_Queue = Literal["speech", "text", "batch", "reports", "outside"]


class WorkQueues(BaseModel):
    """All queues of work."""

    model_config = ConfigDict(extra="forbid")

    #: Always the same ones, in the same order.
    items: tuple[WorkQueue, ...]


@router.get("", response_model=WorkQueues, responses=documented(401, 403), summary="List the queues of work")
def list_work_queues(services: ServicesDep) -> WorkQueues:
    """What waits and is under way in each, since when, and how fast it goes."""
    return WorkQueues(items=services.work.list())


@router.put("/{queue}", response_model=WorkQueue, responses=documented(401, 403, 413, 422), summary="Pause or limit a queue of work")
def put_work_queue(services: ServicesDep, who: ActorDep, queue: _Queue, body: Regulation) -> WorkQueue:
    """How fast it goes from now on, in every process, within seconds; what is left out is as the settings say. A queue that is paused
    begins nothing; what is under way ends. Noted in the ledger with what it was before."""
    return services.work.regulate(queue, body, by=who)
