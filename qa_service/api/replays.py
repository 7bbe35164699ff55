"""Replays: a scorecard worked out again from the ledger, to show that every number can be traced."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.deps import ActorDep, Id, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.services.replay import Replay

router = APIRouter(prefix="/scorecards", route_class=Door)

Read = Annotated[bool, Query(description="Read the stored transcript again, too, which takes as long as scoring it.")]


@router.get(
    "/{scorecard}/replay", response_model=Replay, responses=documented(401, 403, 404, 409, 422), summary="Work a scorecard out again"
)
def replay_scorecard(services: ServicesDep, who: ActorDep, scorecard: Id, read: Read = True) -> Replay:
    """From the acts that the ledger tells of and the version of the rubric that it was made with: score, sections, misses, and every answer
    with its points; `identical` tells whether they are those that are stored, `differences` where not. Where the same versions are in use
    as made the suggestions, the transcript is read again and gives the same suggestions, with their evidence; else `read.outcome` says why
    not. Any version, open or final; 409 for one that is just being reviewed blindly, or that you are to answer in an open calibration
    session."""
    return services.replaying.replay(scorecard, read=read, reader=who)
