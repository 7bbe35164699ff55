"""Retirement: that a criterion should go from its form, with the figures that spoke for it; it stays in the rubric's history."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.proposal import ProposalState
from qa_service.domain.validity import CriterionValidity
from qa_service.errors import ConflictError


class Retirement(Record):
    """A criterion that should go."""

    #: Made by the service.
    id: str
    #: Rubric id.
    rubric: str
    #: Version that it was made for.
    version: int
    #: Criterion id.
    criterion: str
    #: Why.
    why: str
    #: What was known of it then, never worked out again.
    figures: CriterionValidity
    #: What became of it.
    state: ProposalState = ProposalState.PROPOSED
    #: User id.
    created_by: str
    #: When.
    created_at: AwareDatetime
    #: User id of the lead who decided; null before.
    decided_by: str | None = None
    #: When.
    decided_at: AwareDatetime | None = None
    #: What was said to the decision.
    decision: str | None = None
    #: The first later version of the rubric without the criterion; null while every one has it.
    gone_in: int | None = None
    #: Grows with every change.
    revision: int = Field(default=1, ge=1)


def decided(retirement: Retirement, *, accept: bool, by: str, at: datetime, words: str | None) -> Retirement:
    """The retirement, accepted or declined. Raises :class:`ConflictError` when it was decided before."""
    if retirement.state is not ProposalState.PROPOSED:
        raise ConflictError(f"this retirement was {retirement.state.value} before", field="state", hint="propose it again")
    state = ProposalState.ACCEPTED if accept else ProposalState.DECLINED
    return retirement.model_copy(update={"state": state, "decided_by": by, "decided_at": at, "decision": words})
