"""The review policy: what leads set for everybody; every change is a new version."""

from __future__ import annotations

from pydantic import Field, model_validator

from qa_service.domain.base import Record, Refusal, refuse


class Policy(Record):
    """How reviews go."""

    #: Minutes that a claim holds without an act of its reviewer.
    claim_minutes: int = Field(default=30, ge=1, le=1440)
    #: Days from sampling to when a review is due.
    due_days: int = Field(default=7, ge=1, le=365)
    #: Share of sampled scorecards that are reviewed without seeing suggestions.
    blind_share: float = Field(default=0.1, ge=0, le=1)
    #: A criterion whose audited accuracy is below it is not accepted without a person's own answer any more.
    accept_at: float = Field(default=0.9, ge=0, le=1)
    #: Fewest blind answers that say anything about a criterion.
    accept_least: int = Field(default=20, ge=1, le=10_000)
    #: Whether scorecards are finalised without a person where every criterion allows it.
    auto_finalize: bool = False
    #: Even the lower bound of the audited accuracy of each criterion must reach it.
    auto_at: float = Field(default=0.95, ge=0.5, le=1)
    #: Hours that a draft waits for a person before.
    auto_after_hours: int = Field(default=72, ge=0, le=8760)
    #: Days from finalising within which an agent may disagree.
    dispute_days: int = Field(default=14, ge=1, le=365)
    #: Days from then within which it is to be decided.
    decide_days: int = Field(default=7, ge=1, le=365)

    @model_validator(mode="after")
    def _ordered(self) -> Policy:
        refuse(
            "policy", [Refusal(("auto_at",), "what nobody looks at needs no less accuracy than what is accepted", "raise it to accept_at")]
            if self.auto_at < self.accept_at else [],
        )
        return self
