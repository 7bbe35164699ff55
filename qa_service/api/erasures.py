"""Erasures: the words of interactions taken away for good, at a customer's wish, and legal holds against it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import TEXT, ActorDep, Id, ServicesDep
from qa_service.api.door import Door
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.services.retain import ErasedCustomer, ErasedInteraction
from qa_service.store.erasures import Hold

router = APIRouter(route_class=Door)

_WHY = "Why; it is kept in the ledger with your name. Name no customer in it."
Reason = Annotated[str, Query(min_length=5, max_length=1000, pattern=TEXT, description=_WHY)]


class ReasonIn(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "request 4711 of the data protection officer"}})

    #: Why, in a few words; it is kept in the ledger with your name. Name no customer in it.
    reason: str = Field(min_length=5, max_length=1000, pattern=TEXT)


class CustomerIn(ReasonIn):
    """Whose words are to go, and why."""

    model_config = ConfigDict(json_schema_extra={"example": {"customer": "k-88", "reason": "request 4711 of the data protection officer"}})

    #: The customer's id, as interactions tell it.
    customer: str = Field(min_length=1, max_length=200, pattern=TEXT)


@router.post(
    "/interactions/{interaction}/erase", response_model=ErasedInteraction, responses=documented(401, 403, 404, 409, 422),
    summary="Erase an interaction",
)
def erase_interaction(services: ServicesDep, who: ActorDep, once: OnceDep, interaction: Id, body: ReasonIn) -> Response:
    """Transcript, recording, originals, quotes, reasons and comments, the request and the promises, and the contents of its entries in the
    ledger are gone for good; who, when, scores and answers stay, and the row with state `erased`. 409 where a legal hold keeps it (code
    `held`), and while a job works on it."""
    return once.run(lambda: (200, services.retaining.erase(interaction, reason=body.reason, by=who)), request=body.model_dump_json())


@router.post(
    "/erasures", response_model=ErasedCustomer, responses=documented(401, 403, 404, 409, 422), summary="Erase all words of a customer"
)
def erase_customer(services: ServicesDep, who: ActorDep, once: OnceDep, body: CustomerIn) -> Response:
    """Erases every interaction of a customer. Those that a legal hold keeps or that a job works on stay as they are, and are named."""

    def act() -> tuple[int, BaseModel]:
        return 200, services.retaining.erase_customer(body.customer, reason=body.reason, by=who)

    return once.run(act, request=body.model_dump_json())


@router.get(
    "/interactions/{interaction}/hold", response_model=Hold, responses=documented(401, 403, 404, 422), summary="Read a legal hold"
)
def get_hold(services: ServicesDep, interaction: Id) -> Hold:
    """Who keeps it from being erased, since when and why. 404 where nobody does."""
    return services.retaining.held(interaction)


@router.put(
    "/interactions/{interaction}/hold", response_model=Hold, responses=documented(401, 403, 404, 409, 422), summary="Hold an interaction"
)
def hold_interaction(services: ServicesDep, who: ActorDep, interaction: Id, body: ReasonIn) -> Hold:
    """Nobody can erase it until it is released, and its retention period does not end. 409 for one that was erased."""
    return services.retaining.hold(interaction, reason=body.reason, by=who)


@router.delete(
    "/interactions/{interaction}/hold", status_code=204, responses=documented(401, 403, 404, 422), summary="Release an interaction"
)
def release_interaction(services: ServicesDep, who: ActorDep, interaction: Id, reason: Reason) -> None:
    """It may be erased again, and is where its retention period is over."""
    services.retaining.release(interaction, reason=reason, by=who)
