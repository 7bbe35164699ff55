"""Search: what was said in every contact within reach, with what was found marked, and a way to its place."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.period import PeriodKind
from qa_service.domain.permission import Actor, Right
from qa_service.domain.search import Relation
from qa_service.domain.speaker import Speaker
from qa_service.errors import InputError, NotFoundError
from qa_service.rendering.locale import Locale
from qa_service.rendering.messages import catalogue
from qa_service.services.search import COUNTED, By, Order, SearchPage
from qa_service.web.filters import Wanted
from qa_service.web.marks import pieces
from qa_service.web.pages import PageRoute, render
from qa_service.web.preferences import Preferences
from qa_service.web.query_faults import query_fault
from qa_service.web.search_form import Sought, SoughtDep
from qa_service.web.visitor import PageActorDep, PageScopeDep

router = APIRouter(prefix="/search", route_class=PageRoute, include_in_schema=False)

Turn = Annotated[int | None, Query(ge=0, le=1_000_000)]


@router.get("")
def search_page(request: Request, services: ServicesDep, who: PageActorDep, sought: SoughtDep, cursor: Cursor = None) -> Response:
    """The form, and what was found; a query that cannot be read is told beside its field."""
    locale = Preferences.of(request).locale(services.settings.time_zone)
    query, page, refused = "", None, None
    try:
        query = sought.query(locale)
        if query:
            page = services.search.find(query, by=who, order=sought.order, compare=sought.by, cursor=cursor)
    except InputError as error:
        refused = query_fault(error, query, locale)
    return render(
        request, "search.html", status=200 if refused is None else 422, sought=sought, query=query, page=page, refused=refused,
        cursor=cursor, pieces=pieces, notes=[] if page is None else _notes(page, sought, first=cursor is None),
        coverage=services.search.coverage() if cursor is None else None, whole=who.scope(Right.READ_INTERACTIONS).whole,
        may_save=who.may(Right.SAVE_SEARCHES), may_share=who.may(Right.SHARE_SEARCHES), may_open=who.may(Right.READ_SCORECARDS),
        every=list(PeriodKind), **_choices(services, who, locale),
    )


@router.get("/review")
def search_review_page(services: ServicesDep, within: PageScopeDep, interaction: Wanted, turn: Turn = None) -> Response:
    """To the newest scorecard of a contact, at a turn; to the contact itself where it has none."""
    try:
        cards = services.interactions.scorecards(interaction, within=within)
    except NotFoundError:
        cards = ()
    path = f"/review/{cards[0].id}" if cards else f"/interactions/{quote(interaction, safe='')}"
    return RedirectResponse(path + ("" if turn is None else f"#t-{turn}"), status_code=303)


def _notes(page: SearchPage, sought: Sought, *, first: bool) -> list[str]:
    """Messages of what whoever searches should know, by what the page tells of itself."""
    found = []
    if sought.by is not By.WORDS and page.by is By.WORDS:
        found.append("find.no_meaning")
    elif sought.by is not By.WORDS and page.notes and first:
        found.append("find.some_meaning")
    if first and page.more:
        found.append("find.too_many" if page.total == COUNTED else "find.looked_to")
    return found


def _choices(services: Services, who: Actor, locale: Locale) -> dict[str, Any]:
    """What can be chosen in the form."""
    words = catalogue(locale.code)
    keys = {name: f"measured.{name.replace('.', '_')}" for name in services.analysis.catalogue}
    signals = sorted(keys, key=lambda name: (keys[name] not in words, name))
    return {
        "channels": list(Channel), "speakers": list(Speaker), "purposes": list(Purpose), "relations": list(Relation),
        "compares": list(By), "orders": list(Order), "topics": _topics(services, who),
        "signals": [(name, keys[name] if keys[name] in words else None) for name in signals],
        "teams": services.teams.all(within=who.scope(Right.READ_AGENTS)) if who.may(Right.READ_AGENTS) and who.agent is None else (),
    }


def _topics(services: Services, who: Actor) -> list[tuple[str, str]]:
    """Ids and names of the reasons for contact that are counted for themselves."""
    if not who.may(Right.READ_HISTORY):
        return []
    try:
        found = services.topics.get().topics
    except NotFoundError:
        return []
    return sorted(((one.id, one.called) for one in found if one.merged_into is None), key=lambda one: one[1])
