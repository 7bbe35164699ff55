"""The ledger: who did what to what, the newest first; whether its chain is whole, and scorecards worked out again from it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.acts import ACTS, KNOWN
from qa_service.domain.ledger import LedgerEntry
from qa_service.domain.permission import SYSTEM, Actor, Right
from qa_service.domain.replay import Differing
from qa_service.errors import LedgerError
from qa_service.rendering.locale import Locale
from qa_service.store.ledger import Sought
from qa_service.store.pages import encode_position
from qa_service.web.filters import Day, Wanted, begin
from qa_service.web.pages import PageRoute, render
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import PageActorDep, visitor
from qa_service.web.work import JOBS

router = APIRouter(prefix="/audit", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(visitor)])
_MANY = 50
#: Where what an act was done to has a page, by how its name begins, and who may open that.
WAYS: Mapping[str, tuple[str, Right]] = {
    "interaction": ("/interactions/", Right.READ_INTERACTIONS), "scorecard": ("/review/", Right.READ_SCORECARDS),
    "batch": ("/uploads/", Right.INGEST), "dispute": ("/disputes/", Right.READ_DISPUTES),
    "calibration": ("/calibrations/", Right.CALIBRATE), "coaching_plan": ("/coaching/", Right.READ_COACHING),
    "agent": ("/agents/", Right.READ_AGENTS), "rubric": ("/rubrics/", Right.READ_RUBRICS),
    "sampling_plan": ("/sampling/", Right.MANAGE_SAMPLING), "report": ("/reports/", Right.MAKE_REPORTS),
    "webhook": ("/webhooks/", Right.MANAGE_WEBHOOKS), "user": ("/users/", Right.MANAGE_USERS),
    "job": (JOBS, Right.READ_JOBS), "recording_import": ("/sources/imports/", Right.READ_JOBS),
}
#: What acts are done to; the rest is told by the name that the ledger has for it.
ABOUT = frozenset({
    *WAYS, "coaching_session", "queue_item", "sampling_run", "session", "key", "report_schedule", "alert", "saved_search", "topics",
    "csat_model", "learned", "import", "recognition", "customer", "policy", "targets", "accuracy", "search", "ledger", "exports",
    "database", "work",
})  # fmt: skip
_TERMINAL = "cli/"
#: Ids that this service gives, and how many of their letters tell them apart on a page.
_ID, _SHORT = re.compile(r"[0-9a-f]{32}"), 8


class Told(NamedTuple):
    """One act, as the page tells it."""

    entry: LedgerEntry
    #: The time of day.
    time: str
    #: Who: a message and a name, one of them perhaps empty.
    by: tuple[str, str]
    #: Its message; ``None``: a name of another version.
    act: str | None
    #: What it was done to: the message of its kind, its name, and its page where there is one.
    about: str | None
    name: str
    #: The same as people can take it in: ids of ours are long.
    short: str
    way: str | None
    #: As the ledger hashes it, in lines; ``None``: there is none to show.
    content: str | None
    #: Whether it was erased for good.
    erased: bool


@router.get("")
def audit_page(
    request: Request, services: ServicesDep, who: PageActorDep, actor: Wanted = "", action: Wanted = "", contact: Wanted = "",
    subject: Wanted = "", since: Annotated[Day, Query(alias="from")] = "", until: Annotated[Day, Query(alias="to")] = "",
    at: Annotated[int | None, Query(ge=1, lt=1 << 31)] = None, cursor: Cursor = None,
) -> Response:
    """By the day, the newest first; ``at``: from that entry back."""
    locale = Preferences.of(request).locale(services.settings.time_zone)
    sought = Sought(
        actor=actor or None, action=action or None, interaction=contact or None, subject=subject or None,
        since=begin(since, field="from", locale=locale), until=begin(until, field="to", locale=locale, after=1),
    )
    filters = {"actor": actor, "action": action, "contact": contact, "subject": subject, "from": since, "to": until}
    start = encode_position(min(at + 1, (1 << 31) - 1)) if cursor is None and at is not None else cursor
    told: dict[str, Any] = {"filters": filters, "acts": ACTS, "at": at, "head": services.audit.head()}
    try:
        page = services.audit.entries(sought, by=who, newest=True, cursor=start, limit=_MANY)
    except LedgerError as error:
        return render(request, "audit.html", days=(), next=None, broken=error, **told)
    days = _days(_told(services, page.items, locale, who), locale)
    return render(request, "audit.html", days=days, next=page.next, broken=None, **told)


@router.get("/verify")
def verify_ledger_page(request: Request, services: ServicesDep, head: Annotated[str, Query(max_length=100)] = "") -> Response:
    """The whole chain checked: a page, or a part of one."""
    template = "audit_chain_part.html" if "HX-Request" in request.headers else "audit_chain_page.html"
    found, last = services.audit.verify(kept=head.strip() or None), services.audit.head().sequence
    return render(request, template, found=found, kept=head.strip(), last=last)


@router.get("/replay")
def replay_scorecard_page(
    request: Request, services: ServicesDep, who: PageActorDep, scorecard: Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f]*$")]
) -> Response:
    """A scorecard worked out again, beside what is stored."""
    found = services.replaying.replay(scorecard.strip().removeprefix("scorecard/"), reader=who)
    read = found.read.differences if found.read is not None else ()
    return render(request, "audit_replay.html", found=found, differences=_apart(found.replayed.differences), read=_apart(read))


def _apart(found: Sequence[Differing]) -> list[tuple[str, str, str]]:
    return [(one.place, _shown(one.ledger), _shown(one.stored)) for one in found]


def _told(services: Services, entries: Sequence[LedgerEntry], locale: Locale, who: Actor) -> list[Told]:
    emptied = services.audit.emptied(entries)
    return [_one(entry, locale, who, erased=entry.sequence in emptied) for entry in entries]


def _one(entry: LedgerEntry, locale: Locale, who: Actor, *, erased: bool) -> Told:
    kind, _, name = entry.subject.partition("/")
    name = name if kind in ABOUT else entry.subject
    return Told(
        entry=entry, time=locale.text(f"{entry.at.astimezone(locale.zone):%H:%M:%S}"), by=_by(entry.actor),
        act=f"act.{entry.action.replace('.', '_')}" if entry.action in KNOWN else None,
        about=f"about.{kind}" if kind in ABOUT else None, name=name,
        short=f"{name[:_SHORT]}…" if _ID.fullmatch(name) else name,
        way=_way(kind, name, who),
        content=None if entry.content is None else _shown(entry.content), erased=erased,
    )


def _way(kind: str, name: str, who: Actor) -> str | None:
    path, right = WAYS.get(kind, ("", None))
    return f"{path}{quote(name, safe='')}" if name and right is not None and who.may(right) else None


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)


def _days(told: Sequence[Told], locale: Locale) -> list[tuple[str, list[Told]]]:
    def day(one: Told) -> datetime:
        return one.entry.at.astimezone(locale.zone).replace(hour=12, minute=0, second=0, microsecond=0)

    return [(locale.day(at), list(acts)) for at, acts in groupby(told, key=day)]


def _by(actor: str) -> tuple[str, str]:
    if actor == SYSTEM.id:
        return "actor.service", ""
    return ("audit.terminal", actor.removeprefix(_TERMINAL)) if actor.startswith(_TERMINAL) else ("", actor)
