"""Churn: who counts, who is not known, segments that are too small to tell, and signs apart from facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qa_service.domain.churn import ChurnSign, Customer, NumberBand, Signs, Told, band_of, churn, gathered, risk, thirds

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
NOBODY = risk((), ())


def day(month: int, year: int = 2026) -> datetime:
    return datetime(year, month, 15, tzinfo=UTC)


def told(customer: str, at: datetime, **facts: object) -> Told:
    return Told(customer, at, **facts)  # type: ignore[arg-type]


def test_last_row_counts_of_what_was_told_twice() -> None:
    (one,) = gathered(
        [
            told("k", day(5), value=30.0), told("k", day(3), loyalty_months=12.0, churned=False, value=20.0),
            told("k", day(6), churned=True, churned_at=day(4)),
        ]
    )  # fmt: skip
    assert (one.value, one.churned, one.left, one.stayed) == (30.0, True, day(4), None)
    assert one.joined is not None
    assert abs(one.joined - day(3, 2025)) < timedelta(days=1)


@pytest.mark.parametrize(
    ("customer", "left", "stayed", "unknown"),
    [
        (Customer("left within", None, None, True, day(3), None), 1, 0, 0),
        (Customer("left before", None, None, True, day(12, 2025), None), 0, 0, 0),
        (Customer("left after", None, None, True, day(9), None), 0, 1, 0),
        (Customer("left, nobody knows when", None, None, True, None, None), 0, 0, 0),
        (Customer("known to stay", None, None, False, None, day(8)), 0, 1, 0),
        (Customer("last told within", None, None, False, None, day(4)), 0, 0, 1),
        (Customer("last told before", None, None, False, None, day(11, 2025)), 0, 0, 0),
        (Customer("joined within", day(2), None, False, None, day(8)), 0, 0, 0),
        (Customer("nobody told", None, 5.0, None, None, None), 0, 0, 0),
    ],
    ids=lambda one: getattr(one, "id", None),
)
def test_who_counts(customer: Customer, left: int, stayed: int, unknown: int) -> None:
    total = churn((customer,), since=START, until=END, loyalty=(), value=(), risk=NOBODY).total
    assert (total.left, total.customers - total.left, total.unknown) == (left, stayed, unknown)


def test_segments_by_loyalty_and_value_tell_or_say_that_they_cannot() -> None:
    """New customers: 40 of 200 left; loyal ones: 4 of 200; and seven of whom nobody knows the value."""
    rows = []
    for number in range(407):
        months, value, gone = (6.0, 10.0, number % 5 == 0) if number < 200 else (48.0, 90.0, number % 50 == 0)
        rows.append(
            told(
                f"k{number}", day(1), loyalty_months=months, value=value if number < 400 else None, churned=gone,
                churned_at=day(3) if gone else None,
            )
        )  # fmt: skip
        rows.append(told(f"k{number}", day(8), churned=gone, churned_at=day(3) if gone else None))
    found = churn(gathered(rows), since=START, until=END, loyalty=(12, 36), value=(50,), risk=NOBODY)
    told_by = {(one.loyalty.name, one.value.name): one for one in found.segments}
    assert list(told_by) == [("under 12", "under 50"), ("from 36", "from 50"), ("from 36", "unknown")]
    new, loyal, unknown = told_by.values()
    assert new.rate is not None
    assert new.rate.value == 0.2
    assert loyal.rate is not None
    assert loyal.rate.value == 0.02
    assert loyal.rate.high < new.rate.low
    assert (unknown.rate, unknown.why) == (None, "cannot tell: 7 customers of 30 that it takes")
    assert (found.total.customers, found.total.left, found.undated) == (407, 45, 0)
    assert found.at_least == pytest.approx(45 / 407, abs=1e-6)


def test_without_a_period_everybody_counts_who_was_told() -> None:
    customers = [Customer("a", None, None, True, None, None), Customer("b", None, None, False, None, day(1))]
    found = churn(customers, since=None, until=None, loyalty=(), value=(), risk=NOBODY)
    assert (found.total.customers, found.total.left, found.undated) == (2, 1, 0)
    bounded = churn(customers, since=START, until=None, loyalty=(), value=(), risk=NOBODY)
    assert (bounded.total.customers, bounded.undated) == (1, 1), "nobody told when the other left"


def test_nobody_at_all() -> None:
    found = churn((), since=None, until=None, loyalty=(12,), value=(), risk=NOBODY)
    assert (found.total.customers, found.total.rate, found.at_least, found.segments) == (0, None, None, ())
    assert found.risk.at_risk.value is None


@pytest.mark.parametrize(
    ("number", "edges", "band"),
    [
        (5, (12, 36), NumberBand(high=12, name="under 12")), (12, (12, 36), NumberBand(low=12, high=36, name="12 to 36")),
        (36, (12, 36), NumberBand(low=36, name="from 36")), (7, (), NumberBand(name="any")), (None, (12,), NumberBand(name="unknown")),
    ],
)  # fmt: skip
def test_bands(number: float | None, edges: tuple[float, ...], band: NumberBand) -> None:
    assert band_of(number, edges) == band


@pytest.mark.parametrize(("values", "edges"), [(range(9), (3, 6)), ([5, 5, 5], ()), ([1, 1, 1, 9], ()), ([], ()), ([1], ())])
def test_thirds(values: list[float], edges: tuple[float, ...]) -> None:
    assert thirds(values) == edges


def test_signs_are_no_facts_but_are_held_against_them() -> None:
    """100 customers who spoke of leaving, half of whom left later; 100 who did not, of whom five did; 50 of whom nothing is known."""
    seen, customers = [], []
    for number in range(250):
        speaks = number < 100
        seen.append(Signs(f"k{number}", day(2), frozenset({ChurnSign.LEAVING, ChurnSign.REPEAT} if speaks else ())))
        gone = number % 2 == 0 if speaks else number % 20 == 0
        if number < 200:
            customers.append(Customer(f"k{number}", None, None, gone, day(4) if gone else None, None if gone else day(8)))
    found = risk(seen, customers)
    leaving = next(one for one in found.signs if one.sign is ChurnSign.LEAVING)
    assert (leaving.customers, leaving.tells) == (100, "goes_with_leaving")
    assert leaving.left_with is not None
    assert leaving.left_without is not None
    assert (leaving.left_with.value, leaving.left_without.value) == (0.5, 0.05)
    assert found.by_count == {0: 150, 2: 100}
    assert found.at_risk.value == 0.4
    assert next(one for one in found.signs if one.sign is ChurnSign.COMPLAINT).tells == "cannot_tell"


def test_who_had_left_before_the_contact_says_nothing_of_its_signs() -> None:
    customers = [Customer(f"k{number}", None, None, True, day(1), None) for number in range(60)]
    found = risk([Signs(one.id, day(2), frozenset({ChurnSign.LEAVING})) for one in customers], customers)
    assert found.signs[0].left_with is None
