"""Sampling plans: which scorecards of a period people review."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from qa_service.domain.base import Record, Refusal, refuse
from qa_service.domain.interaction import Channel, LanguageCode, Purpose
from qa_service.domain.period import PeriodKind
from qa_service.domain.risk import WEIGHTS, Risk
from qa_service.domain.user import Team

#: Most scorecards that a plan can ask for at once.
MOST = 100_000
Count = Annotated[int, Field(ge=1, le=MOST)]
Part = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]


class Stratum(StrEnum):
    """What strata are told apart by."""

    CHANNEL = "channel"
    QUEUE = "queue"
    LANGUAGE = "language"
    TOPIC = "topic"
    TEAM = "team"


class RandomRule(Record):
    """So many, or such a share, of each agent's, drawn evenly."""

    kind: Literal["random"] = "random"
    #: Scorecards; of each agent, or in all.
    n: Count | None = None
    #: Share instead, 0 to 1.
    share: Part | None = None
    #: ``agent``: of each agent; ``all``: of all together.
    per: Literal["agent", "all"] = "agent"

    @model_validator(mode="after")
    def _one_size(self) -> RandomRule:
        refuse("rule", _either(self, "n", "share"))
        return self


class StratifiedRule(Record):
    """A total, spread over strata by their size, with so many of each at least."""

    kind: Literal["stratified"] = "stratified"
    #: Scorecards in all; the minimums may make it more.
    n: Count
    #: What tells strata apart, together.
    by: tuple[Stratum, ...] = Field(min_length=1, max_length=len(Stratum))
    #: At least so many of each stratum (all of a smaller one).
    minimum: int = Field(default=0, ge=0, le=MOST)


class RiskRule(Record):
    """The riskiest, and a random remainder, so that nothing can be sure not to be looked at."""

    kind: Literal["risk"] = "risk"
    #: Riskiest scorecards.
    n: Count | None = None
    #: Share of all instead, 0 to 1.
    share: Part | None = None
    #: What each risk counts for; those that are left out count as usual, 0 leaves one out.
    weights: dict[Risk, Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]] = Field(default_factory=dict)
    #: Others besides, drawn evenly.
    random: Count | None = None
    #: Share of the others instead, 0 to 1.
    random_share: Part | None = None

    @model_validator(mode="after")
    def _sizes(self) -> RiskRule:
        nothing = not any(self.weighed.values())
        weightless = [Refusal(("weights",), "no risk counts for anything", "give one a weight above 0")] if nothing else []
        refuse("rule", [*_either(self, "n", "share"), *_either(self, "random", "random_share"), *weightless])
        return self

    @property
    def weighed(self) -> dict[Risk, float]:
        """What each risk counts for."""
        return {risk: self.weights.get(risk, usual) for risk, usual in WEIGHTS.items()}


class QuotaRule(Record):
    """A total, spread over agents so that none is looked at more than another."""

    kind: Literal["quota"] = "quota"
    #: Scorecards in all.
    n: Count
    #: ``equal``: every agent alike; ``proportional``: by the number of their contacts.
    spread: Literal["equal", "proportional"] = "equal"
    #: At least so many of each agent (all of one who has fewer), as long as the total allows it.
    minimum: int = Field(default=0, ge=0, le=MOST)


Rule = Annotated[RandomRule | StratifiedRule | RiskRule | QuotaRule, Field(discriminator="kind")]


class SamplingPlan(Record):
    """What leads write."""

    #: As shown.
    name: Name
    rule: Rule
    #: How often: for every ``day``, ``week`` or ``month`` that is over.
    period: PeriodKind = PeriodKind.WEEK
    #: Only these channels; empty: all. The same holds for those that follow.
    channels: tuple[Channel, ...] = ()
    teams: tuple[Team, ...] = Field(default=(), max_length=200)
    languages: tuple[LanguageCode, ...] = Field(default=(), max_length=50)
    queues: tuple[Name, ...] = Field(default=(), max_length=200)
    #: Only scorecards of this rubric.
    rubric: Name | None = None
    #: Tests are nobody's work.
    purposes: tuple[Purpose, ...] = (Purpose.LIVE, Purpose.MYSTERY, Purpose.TRAINING)
    #: Share that is reviewed without seeing suggestions; ``None``: as the policy has it.
    blind_share: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    #: Days within which to review; ``None``: as the policy has it.
    due_days: int | None = Field(default=None, ge=1, le=365)
    #: Hours after the end of a period that late contacts are waited for.
    wait_hours: int = Field(default=6, ge=0, le=720)
    #: What draws follow from; made at random where left out.
    seed: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f|]+$")] | None = None

    @model_validator(mode="after")
    def _whole(self) -> SamplingPlan:
        refuse("plan", [Refusal(("purposes",), "nothing would be left", "name at least one")] if not self.purposes else [])
        return self


def _either(rule: Record, one: str, other: str) -> Iterable[Refusal]:
    told = [name for name in (one, other) if getattr(rule, name) is not None]
    if len(told) != 1:
        yield Refusal((told[1] if told else one,), f"either {one} or {other}", "say how many" if not told else "leave one out")
