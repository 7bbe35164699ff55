"""Audit: the append-only, hash-chained ledger of every act."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.deps import Cursor, Filter, Limit, PageOf, ServicesDep
from qa_service.api.problems import documented
from qa_service.domain.ledger import LedgerEntry
from qa_service.services.audit import Verification

router = APIRouter(prefix="/audit")


class LedgerPage(PageOf[LedgerEntry]):
    """A page of the ledger."""


@router.get("", response_model=LedgerPage, responses=documented(401, 422), summary="Read the ledger")
def list_ledger_entries(
    services: ServicesDep,
    subject: Annotated[Filter, Query(description="Only acts on this thing, such as `scorecard/ID` or `interaction/ID`.")] = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> LedgerPage:
    """Acts in the order they happened, the oldest first."""
    return LedgerPage.of(services.audit.entries(subject=subject, cursor=cursor, limit=limit))


@router.get("/verify", response_model=Verification, responses=documented(401), summary="Check the chain of the ledger")
def verify_ledger(services: ServicesDep) -> Verification:
    """Works every hash out again; a chain that was tampered with is answered `valid: false` with the first bad entry."""
    return services.audit.verify()
