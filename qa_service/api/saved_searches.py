"""Saved searches: kept for oneself or shared by leads, looked at again for whatever comes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from qa_service.api.deps import ActorDep, Cursor, Id, IfMatch, Limit, PageOf, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.saved_search import SavedSearch, SearchSpec
from qa_service.errors import InputError
from qa_service.services.saved_searches import FoundInteraction

router = APIRouter(prefix="/saved-searches", route_class=Door)

_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The revision"}}}


class SavedSearchPage(PageOf[SavedSearch]):
    """A page of saved searches."""


class FoundPage(PageOf[FoundInteraction]):
    """A page of interactions that a saved search found."""


class SavedSearchChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"active": False}})

    #: The whole search as it shall be; with another query it begins anew, with what comes from now on.
    search: SearchSpec | None = None
    #: Whether it looks at what comes.
    active: bool | None = None


@router.get("", response_model=SavedSearchPage, responses=documented(401, 403, 422), summary="List saved searches")
def list_saved_searches(services: ServicesDep, who: ActorDep, cursor: Cursor = None, limit: Limit = 50) -> SavedSearchPage:
    """Your own and, where you see every team's interactions, shared ones; the last made first."""
    return SavedSearchPage.of(services.saved_searches.list(by=who, cursor=cursor, limit=limit))


@router.post(
    "", status_code=201, response_model=SavedSearch, responses={201: _TAGGED, **documented(401, 403, 422)}, summary="Save a search"
)
def add_saved_search(services: ServicesDep, who: ActorDep, once: OnceDep, body: SearchSpec) -> Response:
    """It finds what you may find, of interactions that come from now on, each once; with a threshold it raises alerts. 403 for sharing
    without being a lead."""
    return once.run(lambda: (201, services.saved_searches.add(body, by=who)), request=body.model_dump_json(), headers=_tag)


@router.get(
    "/{search}", response_model=SavedSearch, responses={200: _TAGGED, **documented(401, 403, 404, 422)}, summary="Read a saved search"
)
def get_saved_search(services: ServicesDep, who: ActorDep, response: Response, search: Id) -> SavedSearch:
    """As it is now, and how far it has looked; the `ETag` is its revision."""
    found = services.saved_searches.get(search, by=who)
    response.headers["ETag"] = etag(found.revision)
    return found


@router.patch(
    "/{search}", response_model=SavedSearch, responses={200: _TAGGED, **documented(401, 403, 404, 412, 422)},
    summary="Change a saved search",
)
def patch_saved_search(
    services: ServicesDep, who: ActorDep, response: Response, search: Id, body: SavedSearchChange, if_match: IfMatch = None
) -> SavedSearch:
    """Your own, or as a lead a shared one. With a stale `If-Match`: 412."""
    if body.search is None and body.active is None:
        raise InputError("nothing to change", field="search", hint="send search, active or both")
    changed = services.saved_searches.change(search, by=who, to=body.search, active=body.active, expected=expected(if_match))
    response.headers["ETag"] = etag(changed.revision)
    return changed


@router.delete("/{search}", status_code=204, responses=documented(401, 403, 404, 422), summary="Forget a saved search")
def delete_saved_search(services: ServicesDep, who: ActorDep, search: Id) -> None:
    """What it found and its alerts go with it; the ledger keeps that they were."""
    services.saved_searches.drop(search, by=who)


@router.get("/{search}/hits", response_model=FoundPage, responses=documented(401, 403, 404, 422), summary="List what a saved search found")
def list_saved_search_hits(services: ServicesDep, who: ActorDep, search: Id, cursor: Cursor = None, limit: Limit = 50) -> FoundPage:
    """Interactions within your reach, the newest first."""
    return FoundPage.of(services.saved_searches.hits(search, by=who, cursor=cursor, limit=limit))


def _tag(body: Any) -> dict[str, str]:
    return {"ETag": etag(body["revision"])}
