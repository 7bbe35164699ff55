"""Users: who may do something here; taken in, changed, given a one-time password, signed out and switched off by an admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep, slowly
from qa_service.api.users import UserChange, UserIn
from qa_service.bootstrap import Services
from qa_service.domain.permission import Role
from qa_service.domain.report import ReportLanguage
from qa_service.domain.user import User
from qa_service.errors import ConflictError, DuplicateError, InputError, QaError, StaleVersionError
from qa_service.services.users import valid_user
from qa_service.web.filters import OneOf
from qa_service.web.forms import ChoicesDep, Fields, FieldsDep, checked, revision_of
from qa_service.web.pages import PageRoute, render
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/users", route_class=PageRoute, include_in_schema=False)
_CONFLICT, _STALE, _INVALID = 409, 412, 422
#: Languages that are offered as boxes; others are written.
_CODES = tuple(one.value for one in ReportLanguage)
#: What a form changes, in the order in which it stands there.
_FIELDS = ("name", "role", "teams", "agent", "languages", "capacity", "email")
_EMPTY = {**dict.fromkeys((*_FIELDS, "login"), ""), "role": Role.REVIEWER.value, "password": "yes"}
Act = Literal["password", "sign-out", "off"]


@router.get("")
def users_page(
    request: Request, services: ServicesDep, who: PageActorDep, role: OneOf[Role] = "",
    state: Literal["active", "off", "any"] = "active", cursor: Cursor = None,
) -> Response:
    """The last taken in first."""
    chosen = role if isinstance(role, Role) else None
    active = None if state == "any" else state == "active"
    page = services.users.page(role=chosen, active=active, cursor=cursor, limit=50)
    return render(
        request, "users.html", page=page, seen=services.sessions.last_sign_ins(page.items), roles=list(Role), me=who.id,
        filters={"role": chosen or "", "state": state},
    )


@router.get("/new")
def new_user_page(request: Request, who: PageActorDep) -> Response:
    """A form."""
    return render(request, "user_new.html", form=_EMPTY, refused=None, **_offered())


@router.post("/new")
async def create_user_page(
    request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep, chosen: ChoicesDep
) -> Response:
    """Take somebody in; with a one-time password, which is shown this once."""
    try:
        told = checked(UserIn, {"login": sent.get("login", ""), **_told(sent, chosen)})
        user = valid_user({**told.model_dump(), "id": told.id or told.login})
        made = await slowly(request, lambda: services.users.create(user, by=who))
    except (InputError, ConflictError) as error:
        form = {**_sent(sent, chosen), "login": sent.get("login", ""), "password": sent.get("password", "")}
        return render(request, "user_new.html", status=_status(error), form=form, refused=_refusal(error), **_offered())
    if sent.get("password"):
        secret = await slowly(request, lambda: services.passwords.reset(made.id, by=who))
        return render(request, "user.html", status=201, **_shown(services, made, secret=secret, fresh=True))
    return _back(made.id)


@router.get("/{user}")
def user_page(request: Request, services: ServicesDep, who: PageActorDep, user: str) -> Response:
    """One of them: what they may do, and where they are signed in."""
    return render(request, "user.html", **_shown(services, services.users.get(user)))


@router.post("/{user}")
def change_user_page(
    request: Request, services: ServicesDep, who: PageActorDep, user: str, sent: FieldsDep, chosen: ChoicesDep
) -> Response:
    """Other rights, another name; where somebody was quicker, both versions are told and nothing is lost."""
    try:
        changes = checked(UserChange, _told(sent, chosen)).told()
        services.users.change(user, changes, by=who, expected=revision_of(sent))
    except (InputError, ConflictError) as error:
        now = services.users.get(user)
        shown = _shown(services, now, form=_sent(sent, chosen), refused=_refusal(error))
        differs = [name for name in _FIELDS if shown["form"].get(name) != _form(now).get(name)] if _is_stale(error) else []
        return render(request, "user.html", status=_status(error), **{**shown, "differs": differs})
    return _back(user)


@router.get("/{user}/{act}")
def confirm_user_act_page(request: Request, services: ServicesDep, who: PageActorDep, user: str, act: Act) -> Response:
    """What exactly will happen, before it does."""
    return render(request, "user_act.html", act=act, me=who.id, **_shown(services, services.users.get(user)))


@router.post("/{user}/password")
async def give_user_password_page(request: Request, services: ServicesDep, who: PageActorDep, user: str) -> Response:
    """A one-time password, shown this once."""
    secret = await slowly(request, lambda: services.passwords.reset(user, by=who))
    return render(request, "user.html", **_shown(services, services.users.get(user), secret=secret))


@router.post("/{user}/sign-out")
def sign_user_out_page(services: ServicesDep, who: PageActorDep, user: str) -> Response:
    """In every browser."""
    services.sessions.end_all(user, by=who)
    return _back(user)


@router.post("/{user}/off")
def switch_user_off_page(request: Request, services: ServicesDep, who: PageActorDep, user: str, sent: FieldsDep) -> Response:
    """They can do nothing any more; what they did stays."""
    return _switch(request, services, who, user, sent, active=False)


@router.post("/{user}/on")
def switch_user_on_page(request: Request, services: ServicesDep, who: PageActorDep, user: str, sent: FieldsDep) -> Response:
    """They may act again; sessions and keys of before stay gone."""
    return _switch(request, services, who, user, sent, active=True)


def _switch(request: Request, services: Services, who: PageActorDep, user: str, sent: Fields, *, active: bool) -> Response:
    try:
        services.users.change(user, {"active": active}, by=who, expected=revision_of(sent))
    except (InputError, ConflictError) as error:
        return render(request, "user.html", status=_status(error), **_shown(services, services.users.get(user), refused=_refusal(error)))
    return _back(user)


def _shown(
    services: Services, user: User, *, form: Mapping[str, Any] | None = None, refused: Mapping[str, Any] | None = None,
    secret: str | None = None, fresh: bool = False,
) -> dict[str, Any]:
    keys = [one for one in services.keys.all_of(user.id) if one.revoked_at is None]
    return {
        "user": user, "now": _form(user), "form": form or _form(user), "refused": refused, "secret": secret, "fresh": fresh, "differs": [],
        "sessions": services.sessions.list(user.id), "keys": keys, "seen": services.sessions.last_sign_ins([user]).get(user.id),
        **_offered(),
    }


def _offered() -> dict[str, Any]:
    return {"roles": list(Role), "codes": _CODES}


def _form(user: User) -> dict[str, Any]:
    """What a form says of a user as it is."""
    return {
        "name": user.name, "role": user.role.value, "teams": "\n".join(user.teams), "agent": user.agent or "", "email": user.email or "",
        "languages": " ".join(sorted(user.languages)), "capacity": "" if user.capacity is None else str(user.capacity),
    }


def _sent(sent: Fields, chosen: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The same as it was filled in."""
    plain = {name: sent.get(name, "") for name in ("name", "role", "teams", "agent", "email", "capacity")}
    return {**plain, "languages": " ".join(_languages(sent, chosen))}


def _told(sent: Fields, chosen: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The same as programs would say it."""
    teams = dict.fromkeys(line.strip() for line in sent.get("teams", "").split("\n") if line.strip())
    return {
        "name": sent.get("name", ""), "role": sent.get("role", ""), "teams": tuple(teams), "agent": sent.get("agent") or None,
        "email": sent.get("email") or None, "languages": tuple(_languages(sent, chosen)), "capacity": sent.get("capacity") or None,
    }


def _languages(sent: Fields, chosen: Mapping[str, tuple[str, ...]]) -> list[str]:
    return sorted({*chosen.get("language", ()), *sent.get("languages", "").replace(",", " ").split()})


def _refusal(error: QaError) -> dict[str, Any]:
    """Why not, in the words of the page where it has any."""
    if _is_stale(error):
        return {"key": "users.stale", "error": None}
    if isinstance(error, DuplicateError):
        return {"key": "users.taken", "error": None}
    return {"key": "users.last_admin" if isinstance(error, ConflictError) else "manage.refused", "error": error}


def _is_stale(error: QaError) -> bool:
    return isinstance(error, StaleVersionError)


def _status(error: QaError) -> int:
    if _is_stale(error):
        return _STALE
    return _CONFLICT if isinstance(error, ConflictError) else _INVALID


def _back(user: str) -> Response:
    return RedirectResponse(f"/users/{quote(user, safe='')}", status_code=303)
