"""Promises: who promised which customer what by when, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict

from qa_service.api.deps import Cursor, Filter, Limit, Moment, PageOf, PeriodDep, ScopeDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.estimation import Share, wilson
from qa_service.domain.interaction import Channel
from qa_service.domain.promise import Promiser, PromiseStatus, Verdict
from qa_service.store.promises import StoredPromise

router = APIRouter(prefix="/promises", route_class=Door)


class PromiseView(BaseModel):
    """A promise."""

    model_config = ConfigDict(extra="forbid")

    #: Unique id.
    id: str
    #: Where it was made.
    interaction: str
    #: Turn of the agent, from 0.
    turn: int
    #: First character of the sentence in the turn's text.
    start: int
    #: One past its last character.
    end: int
    #: To whom.
    customer: str | None
    #: The agent who spoke.
    agent: str | None
    #: The agent's team at the time.
    team: str | None
    #: The channel.
    channel: Channel
    #: When it was made (when received, if the source does not tell).
    made_at: AwareDatetime
    #: Whom it binds.
    who: Promiser
    #: The clause, masked.
    what: str
    #: Whether it promises to contact the customer.
    contact: bool
    #: Not before; null where no time is told, or a vague one.
    due_from: AwareDatetime | None
    #: Not after; null where no time is told, or a vague one.
    due_until: AwareDatetime | None
    #: How sure it is a promise, 0 to 1.
    confidence: float
    #: What became of it, as known now.
    status: PromiseStatus
    #: The later contact that tells; null while none does, and where it is out of your reach.
    verdict: Verdict | None

    @classmethod
    def of(cls, promise: StoredPromise, status: PromiseStatus) -> Self:
        """As it is stored, with its state of now."""
        return cls(status=status, **{name: getattr(promise, name) for name in cls.model_fields if name != "status"})


class PromisePage(PageOf[PromiseView]):
    """A page of promises."""


class PromiseCounts(BaseModel):
    """Promises of a team by what became of them."""

    model_config = ConfigDict(extra="forbid")

    #: The team at the time; null where nobody told one, and for all together.
    team: str | None
    #: All.
    promises: int
    #: Their time has not passed.
    open: int
    #: Their time has passed, and nothing tells yet: overdue.
    due: int
    #: A later contact tells that they were kept.
    kept: int
    #: A later contact tells that they were not.
    broken: int
    #: No time was told, or nobody spoke of them for too long.
    unknown: int
    #: `kept` of `kept + broken`, with its 95 % interval: of what nobody speaks of, nothing is known.
    kept_share: Share

    @classmethod
    def of(cls, team: str | None, counts: Mapping[PromiseStatus, int]) -> Self:
        """With the share."""
        told = {status.value: counts.get(status, 0) for status in PromiseStatus}
        return cls(team=team, promises=sum(told.values()), **told, kept_share=wilson(told["kept"], told["kept"] + told["broken"]))


class PromiseReport(BaseModel):
    """Promises of a period."""

    model_config = ConfigDict(extra="forbid")

    #: All teams together.
    total: PromiseCounts
    #: By team; those with the most overdue and broken ones first.
    teams: tuple[PromiseCounts, ...]


@router.get("/figures", response_model=PromiseReport, responses=documented(401, 422), summary="Count promises")
def get_promise_figures(
    services: ServicesDep, within: ScopeDep, period: PeriodDep, agent: Filter = None, team: Filter = None
) -> PromiseReport:
    """Promises that were made in a period by what became of them, as known now, by team."""
    found = services.history.promise_counts(since=period.since, until=period.until, agent=agent, team=team, within=within)
    views = [PromiseCounts.of(one, counts) for one, counts in found.items()]
    total = {status: sum(counts.get(status, 0) for counts in found.values()) for status in PromiseStatus}
    return PromiseReport(
        total=PromiseCounts.of(None, total), teams=tuple(sorted(views, key=lambda one: (-(one.due + one.broken), one.team or "")))
    )


@router.get("", response_model=PromisePage, responses=documented(401, 422), summary="List promises")
def list_promises(
    services: ServicesDep, within: ScopeDep,
    status: Annotated[
        PromiseStatus | None,
        Query(description="`open`: not yet due; `due`: its time is past, nothing tells yet; `unknown`: no time, or no word for too long."),
    ] = None,
    due_before: Annotated[Moment | None, Query(description="Due before this moment or day (UTC).")] = None, agent: Filter = None,
    team: Filter = None, customer: Filter = None, cursor: Cursor = None, limit: Limit = 50,
) -> PromisePage:
    """The last made first. Kept or broken is told only where a later contact of the same customer tells it, with those words."""
    page = services.history.promises(
        status=status, due_before=due_before, agent=agent, team=team, customer=customer, within=within, cursor=cursor, limit=limit,
    )
    return PromisePage.of(page, (PromiseView.of(one, state) for one, state in page.items))
