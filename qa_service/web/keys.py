"""Keys: what programs call with; everybody makes and revokes their own, admins everybody's. A secret is shown once, and in no address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.api.keys import KeyIn
from qa_service.bootstrap import Services
from qa_service.domain.permission import Actor, Right
from qa_service.domain.user import User
from qa_service.errors import InputError, PermissionDeniedError
from qa_service.rendering.locale import Locale
from qa_service.services.authentication import is_in_force
from qa_service.web.filters import Wanted, begin
from qa_service.web.forms import ChoicesDep, Fields, FieldsDep, checked
from qa_service.web.pages import PageRoute, render
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/keys", route_class=PageRoute, include_in_schema=False)
#: How long a key works unless somebody says otherwise.
_LIFE = timedelta(days=365)


@router.get("")
def keys_page(
    request: Request, services: ServicesDep, who: PageActorDep, user: Wanted = "", everybody: Annotated[bool, Query()] = False,
    cursor: Cursor = None,
) -> Response:
    """One's own; for admins somebody's or everybody's."""
    return render(request, "keys.html", **_shown(request, services, who, user=user, everybody=everybody, cursor=cursor))


@router.post("")
def issue_key_page(request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep, chosen: ChoicesDep) -> Response:
    """A key; its secret is on the page that answers, and nowhere else."""
    user = sent.get("user", "")
    try:
        rights = chosen.get("right") if sent.get("limit") == "some" else None
        if sent.get("limit") == "some" and not rights:
            raise InputError("nothing is ticked", field="rights", hint="tick what the key is for")
        ends = begin(sent.get("ends", ""), field="expires_at", locale=_locale(request, services), after=1)
        told = checked(KeyIn, {"name": sent.get("name", ""), "user": user or None, "rights": rights, "expires_at": ends})
        key, secret = services.keys.issue(told.name, by=who, user=told.user, rights=told.rights, expires_at=told.expires_at)
    except (InputError, PermissionDeniedError) as error:
        form = {**sent, "rights": chosen.get("right", ())}
        shown = _shown(request, services, who, user=user, form=form)
        return render(request, "keys.html", status=422, **{**shown, "refused": error})
    return render(request, "keys.html", status=201, **{**_shown(request, services, who, user=user), "made": key, "secret": secret})


@router.post("/{key}/revoke")
def revoke_key_page(services: ServicesDep, who: PageActorDep, key: str, sent: FieldsDep) -> Response:
    """It stops working at once, for good."""
    services.keys.revoke(key, by=who)
    back = {name: sent[name] for name in ("user", "everybody") if sent.get(name)}
    return RedirectResponse(f"/keys?{urlencode(back)}" if back else "/keys", status_code=303)


def _shown(
    request: Request, services: Services, who: Actor, *, user: str = "", everybody: bool = False, cursor: str | None = None,
    form: Mapping[str, Any] | Fields | None = None,
) -> dict[str, Any]:
    manages, now = who.may(Right.MANAGE_USERS), services.clock()
    whose = services.users.named(services.keys.whose(user or None, by=who))
    if everybody:
        page = services.keys.everybody(by=who, cursor=cursor, limit=50)
    else:
        page = services.keys.list(by=who, user=whose.id, cursor=cursor, limit=50)
    ends = (now + _LIFE).astimezone(_locale(request, services).zone).date().isoformat()
    return {
        "page": page, "whose": whose, "mine": whose.id == who.id, "everybody": everybody, "manages": manages, "now": now,
        "in_force": {one.id for one in page.items if is_in_force(one, at=now)}, "rights": _offered(whose), "made": None, "secret": None,
        "people": services.users.list(active=True) if manages else (), "refused": None,
        "form": form or {"limit": "all", "ends": ends, "rights": ()}, "soon": now + timedelta(days=30),
    }


def _offered(whose: User) -> list[Right]:
    """What the role of whoever the key stands for has."""
    acting = whose.actor()
    return [right for right in Right if acting.may(right)]


def _locale(request: Request, services: Services) -> Locale:
    return Preferences.of(request).locale(services.settings.time_zone)
