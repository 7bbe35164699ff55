"""Targets: what a figure should reach, for everybody or for one team, channel or queue; as shipped until somebody sets their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, NamedTuple, Self

from pydantic import Field, StringConstraints, model_validator

from qa_service.domain.base import Record, Refusal, refuse
from qa_service.domain.indicators import INDICATORS
from qa_service.domain.interaction import Channel

#: Most targets in one set.
MOST = 2000
_Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Target(Record):
    """One target."""

    #: Id of the indicator.
    indicator: Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[a-z_]+$")]
    #: In the indicator's unit (seconds; shares from 0 to 1); null: none is wanted here, not even the shipped one.
    value: Annotated[float, Field(allow_inf_nan=False, ge=-100, le=1e9)] | None
    #: Only for this team; null: for all.
    team: _Name | None = None
    #: Only for this channel.
    channel: Channel | None = None
    #: Only for this queue.
    queue: _Name | None = None

    @property
    def place(self) -> tuple[str, str | None, Channel | None, str | None]:
        """What it is for."""
        return self.indicator, self.team, self.channel, self.queue


class TargetSet(Record):
    """All targets that people set; what they leave out is as shipped."""

    #: Contacts answered within so many seconds count for the service level.
    answer_within_seconds: float = Field(default=20.0, ge=0, le=86_400, allow_inf_nan=False)
    #: Contacts abandoned within so many seconds count nowhere: a wrong number, a change of mind.
    short_abandon_seconds: float = Field(default=5.0, ge=0, le=3600, allow_inf_nan=False)
    #: Each for everybody, or for one team, channel or queue; the most specific counts.
    targets: tuple[Target, ...] = Field(default=(), max_length=MOST)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        refuse(type(self).__name__, _faults(self.targets))
        return self


class Applied(NamedTuple):
    """The target that counts somewhere."""

    value: float | None
    #: ``set`` by people, ``shipped``, or ``none``.
    told_by: str


class Shipped(Record):
    """A target that counts until somebody sets another."""

    #: The target.
    target: Target
    #: Where it is from.
    why: str


def _shipped(indicator: str, value: float, why: str, channel: Channel | None = None) -> Shipped:
    return Shipped(target=Target(indicator=indicator, value=value, channel=channel), why=why)


_CUSTOM = "common practice in the field, no standard"
#: What counts until somebody sets another; for every other figure there is no target that fits all.
SHIPPED: tuple[Shipped, ...] = (
    _shipped("queue_time", 300, "five minutes, as this product was asked to have it"),
    _shipped("asa", 300, "as the queue time"),
    _shipped("service_level", 0.8, f"80 % within 20 s: {_CUSTOM}"),
    _shipped("abandonment", 0.05, f"5 %: {_CUSTOM}"),
    _shipped("transfer_rate", 0.1, f"10 %: {_CUSTOM}"),
    _shipped("fcr", 0.7, "70 %: the industry's mean by SQM Group"),
    _shipped("fcr_survey", 0.7, "70 %: the industry's mean by SQM Group"),
    _shipped("csat", 0.8, f"80 %: {_CUSTOM}"),
    _shipped("nps", 20, "above 20 is favourable, by Bain & Company"),
    _shipped("ces", 5, "5 of 7, 'somewhat agree' that it was easy, by the makers of the score"),
    _shipped("first_response", 60, f"a minute: {_CUSTOM}", Channel.CHAT),
    _shipped("first_response", 3600, f"an hour: {_CUSTOM}", Channel.SOCIAL),
    _shipped("first_response", 86_400, f"a day: {_CUSTOM}", Channel.EMAIL),
)


def shipped_as_markdown() -> str:
    """The table of shipped targets, for the documentation."""
    lines = ["| figure | target | channel | why |", "|---|---|---|---|"]
    for one in SHIPPED:
        target = one.target
        unit = INDICATORS[target.indicator].unit.value
        lines.append(f"| `{target.indicator}` | {target.value:g} {unit} | {target.channel or 'all'} | {one.why} |")
    return "\n".join(lines)


def applied(
    targets: TargetSet, indicator: str, *, team: str | None = None, channel: Channel | None = None, queue: str | None = None
) -> Applied:
    """The target of an indicator there: the one that names most of the place; of equals the one that names the queue, then the team."""
    for told_by, some in (("set", targets.targets), ("shipped", tuple(one.target for one in SHIPPED))):
        found = [one for one in some if one.indicator == indicator and _holds(one, team, channel, queue)]
        if found:
            best = max(found, key=_rank)
            return Applied(best.value, told_by if best.value is not None else "none")
    return Applied(None, "none")


def _holds(one: Target, team: str | None, channel: Channel | None, queue: str | None) -> bool:
    return one.team in (None, team) and one.channel in (None, channel) and one.queue in (None, queue)


def _rank(one: Target) -> tuple[int, bool, bool]:
    named = [one.queue is not None, one.team is not None, one.channel is not None]
    return sum(named), named[0], named[1]


def _faults(targets: Iterable[Target]) -> list[Refusal]:
    found: list[Refusal] = []
    seen: dict[object, int] = {}
    for index, one in enumerate(targets):
        indicator = INDICATORS.get(one.indicator)
        if indicator is None:
            found.append(Refusal(("targets", index, "indicator"), f"no indicator {one.indicator!r}", f"one of: {', '.join(INDICATORS)}"))
            continue
        least, most = indicator.bounds
        if one.value is not None and not least <= one.value <= most:
            told = f"{one.value:g} cannot be a target of {one.indicator}: its values lie between {least:g} and {most:g}"
            found.append(Refusal(("targets", index, "value"), told, f"its unit is {indicator.unit.value}"))
        if one.place in seen:
            found.append(Refusal(("targets", index), f"the same place as target {seen[one.place]}"))
        seen[one.place] = index
    return found
