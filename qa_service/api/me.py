"""Me: who one is here, what one may do, and one's password."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from qa_service.api.deps import ServicesDep, WhoDep, address_of, slowly
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.permission import Actor, Reach, Right
from qa_service.domain.user import User

router = APIRouter(prefix="/me", route_class=Door)


class GrantedRight(BaseModel):
    """One thing that one may do."""

    model_config = ConfigDict(extra="forbid")

    #: What.
    right: Right
    #: To whose things.
    reach: Reach


class Me(BaseModel):
    """Whoever calls."""

    model_config = ConfigDict(extra="forbid")

    #: The user.
    user: User
    #: What this session or key allows, which may be less than the role does.
    rights: tuple[GrantedRight, ...]
    #: Id of the key, if called with one.
    key: str | None
    #: Id of the session, if called with one.
    session: str | None


class PasswordChange(BaseModel):
    """A new password."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"old": "cherry stone letter", "new": "olive tram window 41"}})

    #: The password so far.
    old: SecretStr = Field(min_length=1, max_length=1000)
    #: The new one: 12 characters or more, not the login, none of the most common.
    new: SecretStr = Field(min_length=1, max_length=1000)


@router.get("", response_model=Me, responses=documented(401), summary="Who am I, and what may I do?")
def get_me(services: ServicesDep, who: WhoDep) -> Me:
    """The user behind this key or session, and every right with its reach: all, of my teams, or my own."""
    return Me(user=services.users.get(who.actor.id), rights=tuple(_granted(who.actor)), key=who.key, session=who.session)


@router.put("/password", status_code=204, responses=documented(401, 403, 409, 413, 422, 429), summary="Change your password")
async def put_password(services: ServicesDep, who: WhoDep, request: Request, body: PasswordChange) -> None:
    """Takes the old one too, and ends your other sessions. Wrong tries count as those to sign in do."""
    old, new, address = body.old.get_secret_value(), body.new.get_secret_value(), address_of(request)
    await slowly(
        request, lambda: services.passwords.change(old, new, by=who.actor, address=address, session=who.session)
    )


def _granted(actor: Actor) -> list[GrantedRight]:
    found = ((right, actor.reach(right)) for right in Right)
    return [GrantedRight(right=right, reach=reach) for right, reach in found if reach is not None]
