"""The queue: what people are to review, in order, and what they would rather not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import SAID, ActorDep, Cursor, Filter, Id, Limit, Moment, PageOf, PeriodDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.pick_reason import PickCode
from qa_service.domain.queue import ItemState, Lane, QueueItem, SkipReason
from qa_service.domain.scorecard import Scorecard
from qa_service.domain.workload import AgentCoverage

router = APIRouter(prefix="/queue", route_class=Door)

_NAME = r"^[^\x00-\x1f\x7f]+$"


class QueuePage(PageOf[QueueItem]):
    """A page of the queue."""


class QueueNext(BaseModel):
    """What to review next."""

    model_config = ConfigDict(extra="forbid")

    #: Null when nothing is waiting for you.
    item: QueueItem | None
    #: Claimed for you, as you may see it.
    scorecard: Scorecard | None


class SkipIn(BaseModel):
    """Why you would rather not."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "other", "words": "the customer is my neighbour"}})

    #: `other` takes words.
    reason: SkipReason
    #: In your words.
    words: str | None = Field(default=None, min_length=1, max_length=1000, pattern=SAID)


class AssignIn(BaseModel):
    """Whom to give items to."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"items": ["5f2c"], "to": "rita"}})

    #: Ids of items; left out with `automatically`, the first 500 that nobody was given.
    items: tuple[Annotated[str, Field(min_length=1, max_length=200, pattern=_NAME)], ...] | None = Field(
        default=None, min_length=1, max_length=500
    )
    #: User id; null: anybody may take them.
    to: str | None = Field(default=None, min_length=1, max_length=200, pattern=_NAME)
    #: By language and load, instead of naming somebody.
    automatically: bool = False


class QueueItems(BaseModel):
    """Items that were changed."""

    model_config = ConfigDict(extra="forbid")

    #: As they are now.
    items: tuple[QueueItem, ...]


class WithdrawIn(BaseModel):
    """Why an item is taken out."""

    model_config = ConfigDict(extra="forbid")

    #: In words.
    reason: str = Field(min_length=1, max_length=1000, pattern=SAID)


class QueueFigures(BaseModel):
    """How evenly agents are looked at."""

    model_config = ConfigDict(extra="forbid")

    #: By agent id; contacts whose agent nobody told come last.
    agents: tuple[AgentCoverage, ...]


@router.get("", response_model=QueuePage, responses=documented(401, 403, 422), summary="List the queue")
def list_queue(
    services: ServicesDep, who: ActorDep, state: Annotated[ItemState | None, Query()] = ItemState.OPEN,
    mine: Annotated[bool, Query(description="Only what was given to you.")] = False, assigned_to: Filter = None,
    unassigned: Annotated[bool, Query(description="Only what was given to nobody.")] = False, language: Filter = None,
    channel: Annotated[Channel | None, Query()] = None, team: Filter = None, agent: Filter = None,
    lane: Annotated[Lane | None, Query()] = None,
    plan: Annotated[Filter, Query(description="Only what this plan picked, what is reviewed blindly left out.")] = None,
    due_before: Annotated[Moment | None, Query(description="Only what is due before this moment or day.")] = None,
    for_lead: Annotated[bool | None, Query(description="Only what several people have skipped (or the rest).")] = None,
    because: Annotated[
        PickCode | None, Query(description="Only what was picked for this reason, what is reviewed blindly left out.")
    ] = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> QueuePage:
    """What is due first comes first, then what has the highest priority; `priority` tells why. Of what is reviewed blindly, nothing that
    tells what the machine thinks is shown."""
    page = services.queue.list(
        by=who, state=state, mine=mine, assigned_to=assigned_to, unassigned=unassigned, language=language, channel=channel, team=team,
        agent=agent, lane=lane, plan=plan, due_before=due_before, for_lead=for_lead, because=because, cursor=cursor, limit=limit,
    )
    return QueuePage.of(page)


@router.get("/figures", response_model=QueueFigures, responses=documented(401, 403, 422), summary="Read how evenly agents are looked at")
def get_queue_figures(
    services: ServicesDep, who: ActorDep, period: PeriodDep, team: Filter = None, channel: Annotated[Channel | None, Query()] = None,
    purpose: Annotated[Purpose, Query(description="Mystery, training and test contacts are reported apart.")] = Purpose.LIVE,
) -> QueueFigures:
    """Scorecards of each agent in the period, how many of them are queued and done, and whether that is more or less than an even draw of
    the same size would give (beyond one, and beyond what chance explains)."""
    found = services.workloads.coverage(by=who, since=period.since, until=period.until, team=team, channel=channel, purpose=purpose)
    return QueueFigures(agents=found)


@router.post("/next", response_model=QueueNext, responses=documented(401, 403, 409, 422), summary="Take the next item")
def next_queue_item(services: ServicesDep, who: ActorDep, once: OnceDep) -> Response:
    """The best item for you with its scorecard, claimed: what you hold already, then what was given to you, then what was given to nobody
    and is in one of your languages. Nobody else gets the same. Both are null when nothing is waiting for you."""

    def take() -> tuple[int, QueueNext]:
        offer = services.queue.next(by=who)
        return 200, QueueNext(item=offer and offer.item, scorecard=offer and offer.scorecard)

    return once.run(take, request="", headers=_tag)


@router.post("/assign", response_model=QueueItems, responses=documented(401, 403, 404, 409, 422), summary="Give items out")
def assign_queue(services: ServicesDep, who: ActorDep, once: OnceDep, body: AssignIn) -> Response:
    """To somebody, to nobody, or `automatically`: to people who know the language, by what they have to do and can do, never to the agent.
    All or none; what nobody was found for says why in `unassigned_because`."""

    def give() -> tuple[int, QueueItems]:
        if body.automatically:
            return 200, QueueItems(items=services.queue.distribute(body.items, to=body.to, by=who))
        return 200, QueueItems(items=services.queue.assign(body.items, to=body.to, by=who))

    return once.run(give, request=body.model_dump_json())


@router.get("/{item}", response_model=QueueItem, responses=documented(401, 403, 404, 422), summary="Read an item")
def get_queue_item(services: ServicesDep, who: ActorDep, item: Id) -> QueueItem:
    """Why it is there, and how far it is."""
    return services.queue.get(item, by=who)


@router.post("/{item}/skip", response_model=QueueItem, responses=documented(401, 403, 404, 409, 422), summary="Skip an item")
def skip_queue_item(services: ServicesDep, who: ActorDep, once: OnceDep, item: Id, body: SkipIn) -> Response:
    """You will not be offered it again, and give back your claim; somebody else gets it, after three people the leads."""

    def skip() -> tuple[int, QueueItem]:
        return 200, services.queue.skip(item, reason=body.reason, words=body.words, by=who)

    return once.run(skip, request=body.model_dump_json())


@router.post("/{item}/withdraw", response_model=QueueItem, responses=documented(401, 403, 404, 409, 422), summary="Take an item out")
def withdraw_queue_item(services: ServicesDep, who: ActorDep, once: OnceDep, item: Id, body: WithdrawIn) -> Response:
    """Nobody is asked to review it any more; its scorecard stays as it is."""
    return once.run(lambda: (200, services.queue.withdraw(item, reason=body.reason, by=who)), request=body.model_dump_json())


def _tag(body: Mapping[str, Any]) -> dict[str, str]:
    card = body["scorecard"]
    return {} if card is None else {"ETag": etag(card["revision"])}
