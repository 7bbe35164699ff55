"""Survey answers: what a customer answered after a contact, on scales that are made comparable."""

from __future__ import annotations

from typing import Self

from pydantic import AwareDatetime, Field, model_validator

from qa_service.domain.base import Record, Refusal, refuse
from qa_service.domain.call_detail import CustomerFacts
from qa_service.domain.interaction import AgentRef, Channel, CustomerRef, Identifier, LanguageCode

#: From here on of the way from the worst to the best answer a customer counts as satisfied: 4 and 5 of 5 ("top two boxes"), 6 and 7 of 7,
#: 8 to 10 of 10.
TOP_BOX = 0.75
#: Scales from here on begin at 0, shorter ones at 1.
FROM_ZERO = 11
PROMOTER, DETRACTOR = 9, 6


class SurveyAnswer(Record):
    """The answers of one customer; what is ``None`` was not asked or not answered."""

    #: Unique in the source system.
    id: Identifier
    #: Id of the contact in the source system.
    contact: Identifier | None = None
    channel: Channel | None = None
    answered_at: AwareDatetime
    agent: AgentRef | None = None
    queue: str | None = None
    customer: CustomerRef | None = None
    #: Of the comment.
    language: LanguageCode | None = None
    #: Satisfaction, 1 (or 0) to ``csat_scale``.
    csat: float | None = Field(default=None, ge=0, le=100)
    csat_scale: int | None = Field(default=None, ge=2, le=100)
    #: Would recommend, 0 to 10.
    nps: int | None = Field(default=None, ge=0, le=10)
    #: How easy it was, 1 (or 0) to ``ease_scale``; the best answer is the least effort (a scale of effort is turned round at import).
    ease: float | None = Field(default=None, ge=0, le=100)
    ease_scale: int | None = Field(default=None, ge=2, le=100)
    #: Whether the matter was settled in this contact, by the customer.
    resolved: bool | None = None
    #: In the customer's words, masked.
    comment: str | None = Field(default=None, max_length=10_000)
    #: What the source knows of the customer.
    facts: CustomerFacts = CustomerFacts()

    @model_validator(mode="after")
    def _on_their_scales(self) -> Self:
        refuse(
            type(self).__name__,
            [
                Refusal((name,), f"{value:g} is more than the scale {scale}")
                for name, value, scale in (("csat", self.csat, self.csat_scale or 5), ("ease", self.ease, self.ease_scale or 7))
                if value is not None and value > scale
            ],
        )
        return self

    @property
    def satisfaction(self) -> float | None:
        """0 to 1."""
        return None if self.csat is None else normalised(self.csat, self.csat_scale or 5)


def lowest(scale: int) -> int:
    """The worst answer of a scale that is named by its best: 1 of 5, 7 and 10; 0 of 100."""
    return 0 if scale >= FROM_ZERO else 1


def normalised(answer: float, scale: int) -> float:
    """How far an answer lies on the way from the worst to the best, 0 to 1; a 0 where answers begin at 1 is the worst."""
    least = lowest(scale)
    return (max(answer, least) - least) / (scale - least)
