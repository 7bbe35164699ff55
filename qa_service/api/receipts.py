"""Receipts: what became of each piece of an upload that may hold many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.problems import Problem, problem_of
from qa_service.errors import QaError
from qa_service.services.ingest import Ingested
from qa_service.services.intake import Receipt


class ReceiptView(BaseModel):
    """What became of one piece."""

    model_config = ConfigDict(extra="forbid")

    #: Place in what was sent, from 0.
    position: int = Field(ge=0)
    #: File it came in.
    file: str
    #: Where it is now; null when it was refused.
    ingested: Ingested | None
    #: Why it was refused.
    problem: Problem | None


class Receipts(BaseModel):
    """One outcome for each piece, in order; refused ones carry their problem and the others go on."""

    model_config = ConfigDict(extra="forbid")

    #: Pieces that were taken in, or were there before.
    accepted: int = Field(ge=0)
    #: Pieces that were refused.
    refused: int = Field(ge=0)
    #: Each piece.
    items: tuple[ReceiptView, ...]

    @classmethod
    def of(cls, receipts: Sequence[Receipt], *, instance: str) -> Self:
        """Counted and rendered."""
        refused = sum(isinstance(one.result, QaError) for one in receipts)
        return cls(accepted=len(receipts) - refused, refused=refused, items=tuple(_view(one, instance) for one in receipts))

    @property
    def status(self) -> int:
        """200 when all of it was there before, else 202."""
        return 202 if any(one.ingested is None or one.ingested.created for one in self.items) else 200


def only(receipt: Receipt) -> tuple[int, Ingested]:
    """Status and body for the only piece; raises why it was refused."""
    if isinstance(receipt.result, QaError):
        raise receipt.result
    return (202 if receipt.result.created else 200), receipt.result


def location(body: Mapping[str, Any]) -> dict[str, str]:
    """The job of a single piece; nothing for several."""
    return {"Location": f"/v1/jobs/{body['job']}"} if "job" in body else {}


def _view(receipt: Receipt, instance: str) -> ReceiptView:
    result = receipt.result
    if isinstance(result, QaError):
        return ReceiptView(position=receipt.position, file=receipt.file, ingested=None, problem=problem_of(result, instance=instance))
    return ReceiptView(position=receipt.position, file=receipt.file, ingested=result, problem=None)
