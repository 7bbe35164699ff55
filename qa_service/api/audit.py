"""Audit: the append-only, hash-chained ledger of every act."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.deps import ActorDep, Cursor, Filter, Limit, PageOf, PeriodDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.ledger import LedgerEntry
from qa_service.services.audit import LedgerHead, Verification
from qa_service.store.ledger import Sought

router = APIRouter(prefix="/audit", route_class=Door)

Kept = Annotated[
    str | None,
    Query(alias="head", max_length=100, description="A head that was kept (`SEQUENCE:HASH`): proves that the chain still holds it."),
]


class LedgerPage(PageOf[LedgerEntry]):
    """A page of the ledger."""


@router.get("", response_model=LedgerPage, responses=documented(401, 403, 422), summary="Read the ledger")
def list_ledger_entries(
    services: ServicesDep, who: ActorDep, period: PeriodDep,
    subject: Annotated[Filter, Query(description="Only acts on this thing, such as `scorecard/ID` or `interaction/ID`.")] = None,
    actor: Annotated[Filter, Query(description="Only acts of this user, or of `system`.")] = None,
    action: Annotated[Filter, Query(description="Only acts whose name begins so, such as `scorecard.` or `scorecard.finalized`.")] = None,
    interaction: Annotated[Filter, Query(description="Only acts about this interaction, its scorecards included.")] = None,
    newest: Annotated[bool, Query(description="The newest first, instead of the oldest.")] = False,
    cursor: Cursor = None, limit: Limit = 50,
) -> LedgerPage:
    """Acts in the order they happened, the oldest first unless told; here the period is that of the acts. Contents that were erased are
    null: a later act, whose name ends in `.erased`, tells which, when and why. So are, for the time being, contents of acts on what
    is being reviewed blindly, and on what you are to answer in an open calibration session."""
    sought = Sought(subject=subject, actor=actor, action=action, interaction=interaction, since=period.since, until=period.until)
    return LedgerPage.of(services.audit.entries(sought, by=who, newest=newest, cursor=cursor, limit=limit))


@router.get("/head", response_model=LedgerHead, responses=documented(401, 403), summary="Read the end of the ledger")
def get_ledger_head(services: ServicesDep) -> LedgerHead:
    """Sequence and hash of the last entry. Kept where nobody who runs the service can change it, it proves later that nothing before it was
    changed or removed, the end neither."""
    return services.audit.head()


@router.get("/verify", response_model=Verification, responses=documented(401, 403, 422), summary="Check the chain of the ledger")
def verify_ledger(services: ServicesDep, head: Kept = None) -> Verification:
    """Works every hash out again; a chain that was tampered with is answered `valid: false` with the first bad entry."""
    return services.audit.verify(kept=head)
