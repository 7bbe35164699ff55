"""Keys: what programs call with; one's own for everybody, everybody's for admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from qa_service.api.deps import ActorDep, Cursor, Filter, Id, Limit, Moment, PageOf, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.interaction import Identifier
from qa_service.domain.permission import Right
from qa_service.store.keys import ApiKey

router = APIRouter(prefix="/keys", route_class=Door)
_EXAMPLE: JsonDict = {"name": "nightly import", "user": "importer", "rights": ["interactions.ingest"], "expires_at": "2027-11-02"}


class KeyIn(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    #: What it is for.
    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
    #: For whom; oneself unless told.
    user: Identifier | None = None
    #: Rights that it is limited to; null: all that its user has. Never more than its user has.
    rights: frozenset[Right] | None = Field(default=None, min_length=1, max_length=len(Right))
    #: From when it does not work any more; null: never.
    expires_at: Moment | None = None


class NewKey(BaseModel):
    """A key that was just made."""

    model_config = ConfigDict(extra="forbid")

    #: The key.
    key: ApiKey
    #: What programs send; shown this once.
    secret: str = Field(repr=False)


class KeyPage(PageOf[ApiKey]):
    """A page of keys."""


@router.get("", response_model=KeyPage, responses=documented(401, 403, 422), summary="List keys")
def list_keys(
    services: ServicesDep, who: ActorDep, user: Annotated[Filter, Query(description="Of this user; yours unless told.")] = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> KeyPage:
    """Keys, the last made first, revoked ones included; never their secrets. Others' are for admins."""
    return KeyPage.of(services.keys.list(by=who, user=user, cursor=cursor, limit=limit))


@router.post("", response_model=NewKey, status_code=201, responses=documented(401, 403, 404, 409, 413, 422), summary="Make a key")
def issue_key(services: ServicesDep, who: ActorDep, body: KeyIn) -> NewKey:
    """Its secret is in the answer and nowhere else; a lost one is replaced, not found. That is why no answer is kept for a retry."""
    key, secret = services.keys.issue(body.name, by=who, user=body.user, rights=body.rights, expires_at=body.expires_at)
    return NewKey(key=key, secret=secret)


@router.delete("/{key}", response_model=ApiKey, responses=documented(401, 403, 404, 422), summary="Revoke a key")
def revoke_key(services: ServicesDep, who: ActorDep, key: Id) -> ApiKey:
    """It stops working, at once in this process and within seconds in others; once is enough."""
    return services.keys.revoke(key, by=who)
