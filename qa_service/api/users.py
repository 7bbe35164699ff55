"""Users: who may do something here; for admins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response

from qa_service.api.deps import LINE, ActorDep, Cursor, Id, IfMatch, Limit, PageOf, ServicesDep, slowly
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.interaction import Identifier, LanguageCode
from qa_service.domain.permission import Role
from qa_service.domain.user import Login, Team, User
from qa_service.services.users import valid_user

router = APIRouter(prefix="/users", route_class=Door)
_MOST_TEAMS, _MOST_LANGUAGES = 200, 50
_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "Revision, for `If-Match`"}}}
_EXAMPLE: JsonDict = {"login": "rita", "name": "Rita Moradi", "role": "reviewer", "languages": ["en", "fa"], "capacity": 60}


class UserIn(BaseModel):
    """Somebody to take in."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    #: Stable id, as it will stand in the ledger and on scorecards; the login unless told.
    id: Identifier | None = None
    #: What they sign in with; capitals do not matter.
    login: Login
    #: As shown.
    name: str = Field(min_length=1, max_length=200, pattern=LINE)
    #: E-mail address.
    email: str | None = Field(default=None, min_length=3, max_length=320, pattern=LINE)
    #: What they are here for.
    role: Role
    #: Teams whose agents a coach sees.
    teams: tuple[Team, ...] = Field(default=(), max_length=_MOST_TEAMS)
    #: The agent that this user is, if one.
    agent: Identifier | None = None
    #: Languages that the user reviews in; empty: any.
    languages: tuple[LanguageCode, ...] = Field(default=(), max_length=_MOST_LANGUAGES)
    #: Reviews that the user can do in a week; null: as many as others.
    capacity: int | None = Field(default=None, ge=0, le=10_000)


class UserChange(BaseModel):
    """What to change; what is left out stays. Null clears e-mail, agent and capacity, and is nothing to the others."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"role": "coach", "teams": ["billing"]}})

    #: As shown.
    name: str | None = Field(default=None, min_length=1, max_length=200, pattern=LINE)
    #: E-mail address.
    email: str | None = Field(default=None, min_length=3, max_length=320, pattern=LINE)
    #: What they are here for.
    role: Role | None = None
    #: Teams whose agents a coach sees.
    teams: tuple[Team, ...] | None = Field(default=None, max_length=_MOST_TEAMS)
    #: The agent that this user is.
    agent: Identifier | None = None
    #: Languages that the user reviews in; empty: any.
    languages: tuple[LanguageCode, ...] | None = Field(default=None, max_length=_MOST_LANGUAGES)
    #: Reviews that the user can do in a week.
    capacity: int | None = Field(default=None, ge=0, le=10_000)
    #: Whoever is not active can do nothing; switching off ends sessions and keys for good.
    active: bool | None = None

    def told(self) -> dict[str, Any]:
        """What is to be changed."""
        clearable = {"email", "agent", "capacity"}
        return {name: value for name, value in self.model_dump(exclude_unset=True).items() if value is not None or name in clearable}


class OneTimePassword(BaseModel):
    """A password that only serves to choose another."""

    model_config = ConfigDict(extra="forbid")

    #: To be told to its user; shown this once.
    password: str = Field(repr=False)


class UserPage(PageOf[User]):
    """A page of users."""


@router.get("", response_model=UserPage, responses=documented(401, 403, 422), summary="List users")
def list_users(
    services: ServicesDep, role: Annotated[Role | None, Query(description="Only of this role.")] = None,
    active: Annotated[bool | None, Query(description="Only those who may act, or only those who were switched off.")] = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> UserPage:
    """Users, the last taken in first. They are never deleted, since the ledger and scorecards name them: switch them off."""
    return UserPage.of(services.users.page(role=role, active=active, cursor=cursor, limit=limit))


@router.post(
    "", response_model=User, status_code=201, responses={201: _TAGGED, **documented(401, 403, 409, 413, 422)}, summary="Take somebody in"
)
def create_user(services: ServicesDep, who: ActorDep, once: OnceDep, body: UserIn) -> Response:
    """Without a password: give a one-time one, a key, or let them come by single sign-on. 409 where the id or login is taken."""
    user = valid_user({**body.model_dump(), "id": body.id or body.login})
    return once.run(lambda: (201, services.users.create(user, by=who)), request=body.model_dump_json(), headers=_made)


@router.get("/{user}", response_model=User, responses={200: _TAGGED, **documented(401, 403, 404, 422)}, summary="Read a user")
def get_user(services: ServicesDep, response: Response, user: Id) -> User:
    """The user; the `ETag` is their revision."""
    return _tagged(services.users.get(user), response)


@router.patch(
    "/{user}", response_model=User, responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 422)}, summary="Change a user"
)
def patch_user(
    services: ServicesDep, who: ActorDep, response: Response, user: Id, body: UserChange, if_match: IfMatch = None
) -> User:
    """Name, role, teams and so on; the ledger keeps before and after. 409 when no active admin would be left."""
    return _tagged(services.users.change(user, body.told(), by=who, expected=expected(if_match)), response)


@router.post(
    "/{user}/password", response_model=OneTimePassword, responses=documented(401, 403, 404, 422), summary="Give a one-time password"
)
async def reset_user_password(services: ServicesDep, who: ActorDep, request: Request, user: Id) -> OneTimePassword:
    """The old password stops working and all sessions end. Until they choose another, they can do nothing else."""
    return OneTimePassword(password=await slowly(request, lambda: services.passwords.reset(user, by=who)))


@router.delete("/{user}/sessions", status_code=204, responses=documented(401, 403, 404, 422), summary="Sign a user out everywhere")
def end_user_sessions(services: ServicesDep, who: ActorDep, user: Id) -> None:
    """All sessions of the user end; keys stay."""
    services.sessions.end_all(user, by=who)


def _tagged(user: User, response: Response) -> User:
    response.headers["ETag"] = etag(user.revision)
    return user


def _made(body: Mapping[str, Any]) -> dict[str, str]:
    return {"ETag": etag(body["revision"]), "Location": f"/v1/users/{quote(body['id'], safe='')}"}
