"""Recognition: who stands out in a month, with the working for every candidate, and what was announced."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.permission import Actor, Right
from qa_service.domain.recognition import LEAST_REVIEWED, Recognition, Showing
from qa_service.domain.report import Amount, Unit
from qa_service.errors import ConflictError, NotFoundError
from qa_service.web.filters import Wanted
from qa_service.web.pages import PageRoute, render
from qa_service.web.periods import gregorian_months, month_title
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/recognition", route_class=PageRoute, include_in_schema=False)
_Month = Annotated[str, Query(max_length=7, pattern=r"^(\d{4}-\d{2})?$")]


@router.get("")
def recognition_page(
    request: Request, services: ServicesDep, who: PageActorDep, month: _Month = "", team: Wanted = "", cursor: Cursor = None
) -> Response:
    """What was announced; to coaches and leads, the working of a month."""
    return render(request, "recognition.html", **_told(request, services, who, month=month, team=team, cursor=cursor))


@router.post("")
def announce_recognition_page(
    request: Request, services: ServicesDep, who: PageActorDep, month: Annotated[str, Form(max_length=10)],
    team: Annotated[str, Form(max_length=200)] = "", words: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Announce it: once."""
    try:
        services.recognitions.announce(month, team=team or None, words=words.strip() or None, by=who)
    except ConflictError as error:
        told = _told(request, services, who, month=month, team=team, cursor=None)
        return render(request, "recognition.html", status=409, **{**told, "refused": error, "words": words})
    return RedirectResponse("/recognition", status_code=303)


def _told(request: Request, services: Services, who: Actor, *, month: str, team: str, cursor: str | None) -> dict[str, Any]:
    locale = Preferences.of(request).locale(services.settings.time_zone)
    teams = services.teams.all(within=who.scope(Right.COACH)) if who.may(Right.COACH) else ()
    # Coaches look at one of their teams, leads at the whole house unless told.
    chosen = team or ("" if not teams or who.scope(Right.COACH).whole else teams[0].team)
    found = None
    if who.may(Right.COACH) and (chosen or who.scope(Right.COACH).whole):
        found = services.recognitions.work_out(month or None, team=chosen or None, by=who)
    page = services.recognitions.list(by=who, cursor=cursor, limit=20)
    every = [*([found] if found is not None else []), *(one.recognition for one in page.items)]
    return {
        "found": found, "rows": [] if found is None else [_row(one) for one in found.showings], "teams": teams, "team": chosen,
        "month": found.month if found is not None else month, "months": gregorian_months(locale, services.clock(), chosen=month),
        "titles": {one.month: month_title(one.month, locale) for one in every}, "page": page, "names": _names(services, every, who),
        "may_announce": who.may(Right.RECOGNISE), "refused": None, "words": "", "share": _share, "least": LEAST_REVIEWED,
    }


def _row(one: Showing) -> dict[str, Any]:
    return {
        "one": one, "adjusted": _score(one.adjusted), "observed": _score(one.observed), "expected": _score(one.expected),
        "drawn": None if one.month is None else Amount(
            value=100 * one.month.value, low=100 * one.month.low, high=100 * one.month.high, unit=Unit.SCORE
        ),
        "best": None if one.month is None else _share(one.month.best),
        "rise": None if one.improvement is None else Amount(
            value=one.improvement.value, low=one.improvement.low, high=one.improvement.high, unit=Unit.SHARE_DIFFERENCE
        ),
    }  # fmt: skip


def _score(value: float | None) -> Amount | None:
    return None if value is None else Amount(value=100 * value, unit=Unit.SCORE)


def _share(value: float | None) -> Amount | None:
    return None if value is None else Amount(value=value, unit=Unit.SHARE)


def _names(services: Services, every: list[Recognition], who: Actor) -> dict[str, str]:
    """What those are called whom whoever reads may know; others go by their ids."""
    ids = {agent for one in every for agent in (*one.best.winners, *one.improved.winners)}
    ids |= {each.agent for one in every for each in one.showings if each.agent is not None}
    found: dict[str, str] = {}
    for agent in sorted(ids):
        try:
            found[agent] = services.profiles.agent(agent, within=who.scope(Right.READ_AGENTS)).name or agent
        except NotFoundError:
            found[agent] = agent
    return found
