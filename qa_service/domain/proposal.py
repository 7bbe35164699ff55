"""Proposals: other words for a question of a rubric, with the reason; they stay in the rubric's history whatever becomes of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.rubric import Localised
from qa_service.errors import ConflictError


class ProposalState(StrEnum):
    """What became of it."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Proposal(Record):
    """Other words for a question."""

    #: Made by the service.
    id: str
    #: Rubric id.
    rubric: str
    #: Version that it was made for.
    version: int
    #: Criterion id.
    criterion: str
    #: How the question should read, by language.
    wording: Localised
    #: Why.
    why: str
    #: The calibration session that it came from.
    session: str | None = None
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
    #: The first version of the rubric whose question reads so; null while none does.
    adopted_in: int | None = None
    #: Grows with every change.
    revision: int = Field(default=1, ge=1)


def decided(proposal: Proposal, *, accept: bool, by: str, at: datetime, words: str | None) -> Proposal:
    """The proposal, accepted or declined. Raises :class:`ConflictError` when it was decided before."""
    if proposal.state is not ProposalState.PROPOSED:
        raise ConflictError(f"this proposal was {proposal.state.value} before", field="state", hint="propose it again")
    state = ProposalState.ACCEPTED if accept else ProposalState.DECLINED
    return proposal.model_copy(update={"state": state, "decided_by": by, "decided_at": at, "decision": words})
