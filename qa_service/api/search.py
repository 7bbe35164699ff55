"""Search: what was said, by words and by meaning, with filters; and how much of it can be found."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.deps import TEXT, ActorDep, Cursor, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.services.search import By, Coverage, Order, SearchPage

router = APIRouter(prefix="/search", route_class=Door)

QueryText = Annotated[
    str,
    Query(
        alias="q", max_length=20_000, pattern=TEXT,
        description=(
            'Words (all of them in one turn), `"phrases"`, `OR`, `-not`, `prefix*`, `a NEAR/5 b`, and filters: `speaker:agent`, '
            "`channel:chat,email`, `language:`, `agent:`, `team:`, `queue:`, `topic:`, `purpose:`, `from:2026-11-01`, `to:`, `score<60`, "
            "`critical:yes`, any signal (`silence.longest>10`) and any answer (`closing.further_help=no`)."
        ),
    ),
]


@router.get("", response_model=SearchPage, responses=documented(401, 403, 422), summary="Search what was said")
def search_turns(
    services: ServicesDep, who: ActorDep, q: QueryText,
    order: Annotated[Order, Query(description="`relevance`: ranked, up to 1000 hits; of more, the newest first.")] = Order.RELEVANCE,
    by: Annotated[By, Query(description="`meaning` compares sentence vectors, `both` fuses both rankings.")] = By.WORDS,
    cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=100, description="Most hits on the page.")] = 20,
) -> SearchPage:
    """Turns of masked transcripts within your reach; marks are characters of the turn's text. Filters by scores and answers know what you
    may know. 422 names the character of the query that cannot be read, and what was expected there."""
    return services.search.find(q, by=who, order=order, compare=by, cursor=cursor, limit=limit)


@router.get("/coverage", response_model=Coverage, responses=documented(401, 403), summary="Read how much can be found")
def get_search_coverage(services: ServicesDep) -> Coverage:
    """How many of the scored interactions are in the index, by words and by meaning."""
    return services.search.coverage()
