"""Recognition: who stands out in a month, with the working for every candidate, and its announcement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import LINE, SAID, ActorDep, Cursor, Filter, Id, Limit, PageOf, ServicesDep
from qa_service.api.door import Door
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.recognition import Announcement, Recognition

router = APIRouter(prefix="/recognition", route_class=Door)

Month = Annotated[
    str | None, Query(max_length=10, pattern=LINE, description="The last that is over unless told.", examples=["2026-11"])
]


class AnnouncementPage(PageOf[Announcement]):
    """A page of announcements."""


class AnnouncementIn(BaseModel):
    """What is announced."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"month": "2026-11", "words": "Well done!"}})

    #: ``2026-11``; null: the last that is over.
    month: Annotated[str, Field(max_length=10, pattern=LINE)] | None = None
    #: Of one team; null: of the whole house.
    team: Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)] | None = None
    #: What you say.
    words: Annotated[str, Field(min_length=1, max_length=4000, pattern=SAID)] | None = None


@router.get("", response_model=Recognition, responses=documented(401, 403, 404, 422), summary="Work out who stands out in a month")
def get_recognition(services: ServicesDep, who: ActorDep, month: Month = None, team: Filter = None) -> Recognition:
    """By the probability of being the best, of a total adjusted for the kind of contacts and drawn towards the group as far as so few
    reviews are luck; and who improved most. Ten reviewed contacts and no confirmed critical miss make a candidate; ties are told as ties.
    Coaches name one of their teams."""
    return services.recognitions.work_out(month, team=team, by=who)


@router.post(
    "/announcements", response_model=Announcement, status_code=201, summary="Announce who stands out in a month",
    responses=documented(401, 403, 404, 409, 413, 422),
)
def announce_recognition(services: ServicesDep, who: ActorDep, once: OnceDep, body: AnnouncementIn) -> Response:
    """Once for each team and once for the house, when the month is over; the working stays as it was then."""

    def act() -> tuple[int, Announcement]:
        return 201, services.recognitions.announce(body.month, team=body.team, words=body.words, by=who)

    return once.run(act, request=body.model_dump_json(), headers=_located)


@router.get("/announcements", response_model=AnnouncementPage, responses=documented(401, 403, 422), summary="List announcements")
def list_announcements(
    services: ServicesDep, who: ActorDep, month: Month = None, team: Filter = None, cursor: Cursor = None, limit: Limit = 50
) -> AnnouncementPage:
    """The last first. The winners are named; of everybody else agents see their own figures by name, coaches those of their teams."""
    return AnnouncementPage.of(services.recognitions.list(by=who, month=month, team=team, cursor=cursor, limit=limit))


@router.get(
    "/announcements/{announcement}", response_model=Announcement, responses=documented(401, 403, 404, 422), summary="Read an announcement"
)
def get_announcement(services: ServicesDep, who: ActorDep, announcement: Id) -> Announcement:
    """With its working as it was then."""
    return services.recognitions.get(announcement, by=who)


def _located(body: Mapping[str, Any]) -> Mapping[str, str]:
    return {"Location": f"/v1/recognition/announcements/{body['id']}"}
