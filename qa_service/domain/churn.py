"""Churn: how many customers leave, by loyalty and value; and the signs of leaving in their contacts, which are no fact."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import Share, wilson

#: Customers below which a share is not told, and the widest interval with which it is.
LEAST_CUSTOMERS, WIDEST = 30, 0.25
#: Chance of a satisfied answer below which a prediction is a sign.
LOW_CHANCE = 0.4
#: Days of a mean month.
MONTH = timedelta(days=365.2425 / 12)
DEFINITION = (
    "customers who left within the period / customers at its start of whom it is known whether they left before its end; known from "
    "imported rows only"
)


class Told(NamedTuple):
    """What one imported row says of a customer."""

    customer: str
    #: When it was so.
    at: datetime
    loyalty_months: float | None = None
    value: float | None = None
    churned: bool | None = None
    churned_at: datetime | None = None


class Customer(NamedTuple):
    """What all rows say of a customer."""

    id: str
    #: When the customer became one; ``None`` where nobody told.
    joined: datetime | None
    value: float | None
    #: Whether the customer left; ``None`` where nobody told.
    churned: bool | None
    #: When; ``None`` where nobody told.
    left: datetime | None
    #: Until when it is known that the customer stayed; ``None`` where that was never told.
    stayed: datetime | None

    def stayed_after(self, at: datetime) -> bool | None:
        """Whether the customer was one still after a moment; ``None`` where that is not known."""
        if self.churned is None:
            return None
        if self.churned:
            return False if self.left is not None and self.left >= at else None
        return True if self.stayed is not None and self.stayed >= at else None


class ChurnSign(StrEnum):
    """What in a contact may announce that a customer leaves."""

    #: The customer leaves or says so.
    LEAVING = "churn.customer"
    ESCALATION = "escalation.customer"
    COMPLAINT = "complaint.customer"
    #: In contact again for the same reason.
    REPEAT = "contact.repeat"
    #: A satisfied answer is predicted to be unlikely.
    UNSATISFIED = "predicted_csat"


class Signs(NamedTuple):
    """What the contacts of one customer show."""

    customer: str
    #: The last of those contacts.
    at: datetime
    signs: frozenset[ChurnSign]


class NumberBand(Record):
    """``low <= number < high``; null bounds are open. Both null: nobody told the number."""

    #: Lower bound.
    low: float | None = None
    #: Upper bound.
    high: float | None = None
    #: ``under 12``, ``12 to 36``, ``from 36``, ``unknown``, ``any``.
    name: str


class ChurnSegment(Record):
    """Customers of one loyalty and one value."""

    #: Months at the start of the period.
    loyalty: NumberBand
    #: What they are worth.
    value: NumberBand
    #: Of whom it is known whether they left.
    customers: int = Field(ge=0)
    #: Those who left.
    left: int = Field(ge=0)
    #: Who were customers at the start, and of whom it is not known.
    unknown: int = Field(ge=0)
    #: Share that left; null where there are too few customers to tell.
    rate: Share | None
    #: Why not.
    why: str | None = None


class SignFigures(Record):
    """One sign, and whether it goes with leaving."""

    #: What is counted.
    sign: ChurnSign
    #: Customers in contact who show it.
    customers: int = Field(ge=0)
    #: Share of all customers in contact.
    share: Share
    #: Of those with the sign of whom it is known: share that left after the contact. Null where too few.
    left_with: Share | None = None
    #: The same of those without.
    left_without: Share | None = None
    #: ``goes_with_leaving``, ``goes_with_staying``, ``cannot_tell``: only where the intervals do not overlap.
    tells: str = "cannot_tell"


class ChurnRisk(Record):
    """Signs in contacts: no fact that anybody left."""

    #: Customers in contact.
    customers: int = Field(ge=0)
    #: Of these, with at least one sign.
    at_risk: Share
    #: One after the other.
    signs: tuple[SignFigures, ...] = ()
    #: Customers by the number of different signs.
    by_count: dict[int, int] = Field(default_factory=dict)


class Churn(Record):
    """Who left, as far as imported rows tell; and the signs, apart."""

    #: What the rate is.
    definition: str = DEFINITION
    #: Start of the period; null for an open one. With both open, everybody counts whose leaving or staying was ever told.
    since: AwareDatetime | None
    #: End of it.
    until: AwareDatetime | None
    #: Everybody.
    total: ChurnSegment
    #: The least that the share can be: if nobody left of whom it is not known. Null without customers.
    at_least: float | None
    #: Left, nobody told when: in no figure of a period.
    undated: int = Field(ge=0)
    #: Of every loyalty and value that anybody has.
    segments: tuple[ChurnSegment, ...] = ()
    #: Signs in contacts, apart.
    risk: ChurnRisk


def gathered(rows: Iterable[Told]) -> tuple[Customer, ...]:
    """One for each customer; of what was told more than once, the last counts."""
    by_customer: dict[str, list[Told]] = {}
    for row in rows:
        by_customer.setdefault(row.customer, []).append(row)
    return tuple(_gathered(customer, sorted(some, key=_moment)) for customer, some in sorted(by_customer.items()))


def _gathered(customer: str, rows: Sequence[Told]) -> Customer:
    told = _last(rows, lambda row: row.churned is not None or row.churned_at is not None)
    churned = None if told is None else told.churned if told.churned is not None else True
    left = told.churned_at if told is not None and churned else None
    aged = _last(rows, lambda row: row.loyalty_months is not None)
    joined = None
    if aged is not None and aged.loyalty_months is not None:
        # Whoever left grows no more loyal.
        joined = min(aged.at, left or aged.at) - aged.loyalty_months * MONTH
    valued = _last(rows, lambda row: row.value is not None)
    stayed = _last(rows, lambda row: row.churned is False)
    return Customer(customer, joined, valued and valued.value, churned, left, None if churned or stayed is None else stayed.at)


def churn(
    customers: Sequence[Customer], *, since: datetime | None, until: datetime | None, loyalty: Sequence[float], value: Sequence[float],
    risk: ChurnRisk,
) -> Churn:
    """Everybody, then every segment with customers; ``loyalty`` (months) and ``value``: inner edges of the bands, ascending."""
    placed = [
        (band_of(_months(one, since), loyalty), band_of(one.value, value), state)
        for one in customers if (state := _state(one, since, until)) is not _State.OUT
    ]  # fmt: skip
    keys = sorted({(one, other) for one, other, _ in placed}, key=lambda pair: (_place(pair[0]), _place(pair[1])))
    whole = NumberBand(name="any")
    total = _segment(whole, whole, [state for *_, state in placed])
    known = total.customers + total.unknown
    return Churn(
        since=since, until=until, total=total, at_least=round(total.left / known, 6) if known else None, risk=risk,
        undated=sum(bool(one.churned) and one.left is None for one in customers) if since or until else 0,
        segments=tuple(_segment(*key, [state for one, other, state in placed if (one, other) == key]) for key in keys),
    )


def thirds(values: Iterable[float]) -> tuple[float, ...]:
    """Edges that cut the values into three parts as equal as can be; none where they do not differ enough."""
    ranked = sorted(values)
    edges = (ranked[len(ranked) // 3], ranked[2 * len(ranked) // 3]) if len(ranked) >= 3 else ()
    return tuple(edge for edge in dict.fromkeys(edges) if edge > ranked[0])


def band_of(number: float | None, edges: Sequence[float]) -> NumberBand:
    """The band that a number lies in."""
    if number is None:
        return NumberBand(name="unknown")
    low = max((edge for edge in edges if edge <= number), default=None)
    high = min((edge for edge in edges if edge > number), default=None)
    if low is None and high is None:
        return NumberBand(name="any")
    name = f"under {high:g}" if low is None else f"from {low:g}" if high is None else f"{low:g} to {high:g}"
    return NumberBand(low=low, high=high, name=name)


def risk(seen: Sequence[Signs], customers: Iterable[Customer]) -> ChurnRisk:
    """Who shows signs; and where it was told later who left, whether signs go with it."""
    known = {one.id: one for one in customers}
    marked = [(one, _left_after(known.get(one.customer), one.at)) for one in seen]
    counts = [len(one.signs) for one in seen]
    return ChurnRisk(
        customers=len(seen), at_risk=wilson(sum(count > 0 for count in counts), len(seen)),
        signs=tuple(_figures(sign, marked) for sign in ChurnSign),
        by_count={count: counts.count(count) for count in sorted(set(counts))},
    )


class _State(StrEnum):
    OUT = "out"
    LEFT = "left"
    STAYED = "stayed"
    UNKNOWN = "unknown"


def _state(one: Customer, since: datetime | None, until: datetime | None) -> _State:
    if since is None and until is None:
        return _State.OUT if one.churned is None else _State.LEFT if one.churned else _State.STAYED
    if one.churned is None or (one.churned and one.left is None) or _came_later(one, since) or _went_before(one, since):
        return _State.OUT
    if one.left is not None:
        return _State.LEFT if until is None or one.left < until else _State.STAYED
    if one.stayed is None or (since is not None and one.stayed < since):
        return _State.OUT
    return _State.STAYED if until is None or one.stayed >= until else _State.UNKNOWN


def _came_later(one: Customer, since: datetime | None) -> bool:
    return since is not None and one.joined is not None and one.joined > since


def _went_before(one: Customer, since: datetime | None) -> bool:
    return since is not None and one.left is not None and one.left < since


def _months(one: Customer, since: datetime | None) -> float | None:
    """Loyalty at the start; without a start, at the last that was told."""
    until = since or one.left or one.stayed
    return None if one.joined is None or until is None else max(0.0, (until - one.joined) / MONTH)


def _segment(loyalty: NumberBand, value: NumberBand, states: Sequence[_State]) -> ChurnSegment:
    left, stayed = states.count(_State.LEFT), states.count(_State.STAYED)
    rate, why = _told(left, left + stayed)
    return ChurnSegment(
        loyalty=loyalty, value=value, customers=left + stayed, left=left, unknown=states.count(_State.UNKNOWN), rate=rate, why=why
    )


def _told(left: int, n: int) -> tuple[Share | None, str | None]:
    if n < LEAST_CUSTOMERS:
        return None, f"cannot tell: {n} customers of {LEAST_CUSTOMERS} that it takes"
    share = wilson(left, n)
    if share.high - share.low > WIDEST:
        return None, f"cannot tell: the share lies between {share.low:.0%} and {share.high:.0%}"
    return share, None


def _left_after(one: Customer | None, at: datetime) -> bool | None:
    """Whether a customer left after that; ``None`` where it is not known."""
    stayed = None if one is None else one.stayed_after(at)
    return None if stayed is None else not stayed


def _figures(sign: ChurnSign, marked: Sequence[tuple[Signs, bool | None]]) -> SignFigures:
    having = [left for one, left in marked if sign in one.signs]
    others = [left for one, left in marked if sign not in one.signs]
    with_, without = (_told(some.count(True), some.count(True) + some.count(False))[0] for some in (having, others))
    tells = "cannot_tell"
    if with_ is not None and without is not None:
        tells = "goes_with_leaving" if with_.low > without.high else "goes_with_staying" if with_.high < without.low else tells
    return SignFigures(
        sign=sign, customers=len(having), share=wilson(len(having), len(marked)), left_with=with_, left_without=without, tells=tells
    )


def _place(band: NumberBand) -> tuple[bool, float]:
    return band.name == "unknown", -math.inf if band.low is None else band.low


def _moment(row: Told) -> datetime:
    return row.at


def _last(rows: Sequence[Told], holds: Callable[[Told], bool]) -> Told | None:
    return next((row for row in reversed(rows) if holds(row)), None)
