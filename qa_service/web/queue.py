"""The queue: what is waiting for whoever looks, why it is there, the next one at a key press, and giving out by leads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Right
from qa_service.domain.pick_reason import PickCode
from qa_service.domain.queue import ItemState, Lane, SkipReason
from qa_service.domain.report import Unit
from qa_service.errors import InputError
from qa_service.rendering.locale import Locale
from qa_service.web.filters import OneOf, Wanted
from qa_service.web.forms import ChoicesDep, FieldsDep
from qa_service.web.pages import PageRoute, render
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/queue", route_class=PageRoute, include_in_schema=False)
_LANGUAGES = ("en", "fa", "ar")
#: Days that the reviewer's own figures are of.
_DAYS = 30
_NOBODY = "-"
_SOON = {"today": 1, "week": 7}


@router.get("")
def queue_page(
    request: Request, services: ServicesDep, who: PageActorDep, state: Annotated[ItemState, Query()] = ItemState.OPEN,
    mine: Annotated[bool, Query()] = False, channel: OneOf[Channel] = "",
    language: Annotated[str, Query(max_length=3)] = "", team: Wanted = "", agent: Wanted = "", plan: Wanted = "", to: Wanted = "",
    because: OneOf[PickCode] = "", lane: OneOf[Lane] = "",
    soon: Annotated[str, Query(max_length=5)] = "", cursor: Cursor = None, nothing: Annotated[bool, Query()] = False,
) -> Response:
    """What is due first comes first."""
    locale = Preferences.of(request).locale(services.settings.time_zone)
    leads = who.may(Right.MANAGE_SAMPLING)
    chosen = {
        "state": state.value, "mine": "true" if mine else "", "channel": channel, "language": language, "team": team, "agent": agent,
        "plan": plan, "to": to, "because": because, "lane": lane, "soon": soon if soon in _SOON else "",
    }
    kept = {name: str(value) for name, value in chosen.items() if value}
    page = services.queue.list(
        by=who, state=state, mine=mine, channel=channel if isinstance(channel, Channel) else None, language=language or None,
        team=team or None, agent=agent or None, plan=plan or None, because=because if isinstance(because, PickCode) else None,
        lane=lane if isinstance(lane, Lane) else None, assigned_to=to if to not in ("", _NOBODY) else None, unassigned=to == _NOBODY,
        due_before=_midnight(services, locale, _SOON[soon]) if soon in _SOON else None, cursor=cursor, limit=50,
    )
    return render(
        request, "queue.html", page=page, now=services.clock(), channels=list(Channel), states=list(ItemState), codes=_LANGUAGES,
        nothing=nothing, reasons=list(SkipReason), may_review=who.may(Right.REVIEW), state=state, chosen=chosen,
        kept=kept, query=urlencode(kept),
        because=list(PickCode), lanes=list(Lane), soon=list(_SOON), leads=leads, nobody=_NOBODY, days=_DAYS, whole=Unit.COUNT,
        narrowed=bool(set(kept) - {"state"}), further=bool(set(kept) - {"state", "mine", "soon", "because"}),
        plans=services.sampling.plans(limit=100).items if leads else (),
        **_desk(services, who, locale, leads=leads),
    )


@router.post("/next")
def next_in_queue_page(services: ServicesDep, who: PageActorDep) -> Response:
    """Take the best one, and go to it."""
    offer = services.queue.next(by=who)
    return RedirectResponse("/queue?nothing=true" if offer is None else f"/review/{offer.scorecard.id}", status_code=303)


@router.post("/assign")
def assign_in_queue_page(services: ServicesDep, who: PageActorDep, sent: FieldsDep, ticked: ChoicesDep) -> Response:
    """Give what is ticked to somebody, to anybody, or by language and load; without ticks, by load, whatever nobody was given."""
    items = list(ticked.get("items", ()))
    if sent.get("act") == "share":
        services.queue.distribute(items or None, by=who)
    else:
        to = sent.get("to") or None if sent.get("act") == "give" else None
        if sent.get("act") == "give" and to is None:
            raise InputError("say whom to give it to", field="to")
        services.queue.assign(items, to=to, by=who)
    return RedirectResponse(_back(sent.get("back", "")), status_code=303)


@router.post("/{item}/skip")
def skip_in_queue_page(
    services: ServicesDep, who: PageActorDep, item: str, reason: Annotated[SkipReason, Form()],
    words: Annotated[str, Form(max_length=2000)] = "", back: Annotated[str, Form(max_length=3000)] = "",
) -> Response:
    """Rather not."""
    services.queue.skip(item, reason=reason, words=words, by=who)
    return RedirectResponse(_back(back), status_code=303)


@router.post("/{item}/withdraw")
def withdraw_from_queue_page(services: ServicesDep, who: PageActorDep, item: str, sent: FieldsDep) -> Response:
    """Take it out: nobody is asked to review it any more."""
    if not sent.get("why"):
        raise InputError("say why", field="why")
    services.queue.withdraw(item, reason=sent["why"], by=who)
    return RedirectResponse(_back(sent.get("back", "")), status_code=303)


def _back(query: str) -> str:
    """The list as it was looked at."""
    told = urlencode(parse_qsl(query))
    return f"/queue?{told}" if told else "/queue"


def _desk(services: Services, who: Actor, locale: Locale, *, leads: bool) -> dict[str, Any]:
    """One's own figures, and for leads everybody's."""
    since = services.clock() - timedelta(days=_DAYS)
    own = services.workloads.reviewer(who.id, by=who, since=since)
    today = services.queue.list(by=who, mine=True, due_before=_midnight(services, locale, 1), limit=200)
    return {
        "own": own, "today": len(today.items), "today_more": today.next is not None,
        "people": services.workloads.reviewers(by=who, since=since) if leads else (),
    }


def _midnight(services: Services, locale: Locale, days: int) -> datetime:
    """The end of today, or of the day so many days on, where the reader is."""
    now = services.clock().astimezone(locale.zone)
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
