"""History: rules over the contacts of one customer, and the state of promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from qa_service.domain.history import SPECS, Contact, Horizon, Link, Pledge, Said, history_signals, links, settle
from qa_service.domain.interaction import Channel, Direction
from qa_service.domain.promise import Commitment, Promiser, PromiseStatus, Verdict, status

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
SEEN = Horizon(START - timedelta(days=30), START + timedelta(days=60))


def contact(name: str, day: float, *, topic: str | None = "router", **changes: Any) -> Contact:
    at = START + timedelta(days=day)
    return Contact(**{"interaction": name, "at": at, "channel": Channel.CHAT, "direction": Direction.INBOUND, "topic": topic, **changes})


def alike(one: Contact, other: Contact) -> bool:
    return one.topic is not None and one.topic == other.topic


def linked(*contacts: Contact) -> dict[str, tuple[tuple[str, ...], str | None]]:
    return {name: tuple(link) for name, link in links(contacts, window=WEEK, alike=alike).items()}  # type: ignore[misc]


def test_links_in_any_order() -> None:
    contacts = [contact("a", 0), contact("b", 3, channel=Channel.PHONE), contact("c", 9), contact("d", 9.5, topic="bill")]
    expected = {"a": ((), "b"), "b": (("a",), "c"), "c": (("b",), None), "d": ((), None)}
    assert all(linked(*order) == expected for order in permutations(contacts))


def test_window_ends_to_the_second() -> None:
    assert linked(contact("a", 0), contact("b", 7))["b"] == (("a",), None)
    assert linked(contact("a", 0), contact("b", 7.00001))["b"] == ((), None)


def test_own_contacts_of_the_company_are_no_repeats() -> None:
    found = linked(contact("a", 0), contact("b", 1, direction=Direction.OUTBOUND))
    assert found == {"a": ((), None)}


def test_customer_who_says_so_is_linked_to_the_last_contact() -> None:
    said = Said(turn=0, text="I called yesterday")
    found = linked(contact("a", 0, topic="bill"), contact("b", 1, topic="parcel"), contact("c", 2, topic=None, says_repeat=said))
    assert found["c"] == (("b",), None)
    assert found["b"] == ((), "c")


@pytest.mark.parametrize(
    ("link", "says", "horizon", "expected"),
    [
        (Link(), False, SEEN, [0, 0, 1]),
        (Link(later="x"), False, SEEN, [0, 0, 0]),
        (Link(("x", "y")), False, SEEN, [1, 2, None]),
        (Link(), True, SEEN, [1, 0, None]),
        # History begins a day before: contacts may be missing.
        (Link(), False, Horizon(START - timedelta(days=1), SEEN.last), [None, None, None]),
        (Link(("x",)), False, Horizon(START - timedelta(days=1), SEEN.last), [1, 1, None]),
        # The window has not passed: somebody may come back yet, but who has come back has.
        (Link(), False, Horizon(SEEN.first, START + timedelta(days=6)), [0, 0, None]),
        (Link(later="x"), False, Horizon(SEEN.first, START + timedelta(days=6)), [0, 0, 0]),
        (None, False, SEEN, [None, None, None]),
        (Link(), False, None, [None, None, None]),
    ],
)
def test_signals_claim_only_what_can_be_known(link: Link | None, says: bool, horizon: Horizon | None, expected: list[float | None]) -> None:
    found = history_signals(link, says=says, at=START, window=WEEK, horizon=horizon)
    assert [one.name for one in found] == [spec.name for spec in SPECS]
    assert [one.value for one in found] == expected
    assert all((one.confidence > 0) is (one.value is not None) for one in found)


def pledge(*, due: float | None = 1.0, call: bool = True) -> Pledge:
    until = None if due is None else START + timedelta(days=due)
    made = Commitment(
        position=0, turn=1, start=0, end=9, who=Promiser.AGENT, what="I will call you", contact=call, due_until=until, confidence=0.8
    )
    return Pledge("a", START, made)


NOBODY, THANKS = Said(turn=0, text="nobody called"), Said(turn=0, text="thanks for the call")
OUT = {"direction": Direction.OUTBOUND}


@pytest.mark.parametrize(
    ("made", "later", "expected"),
    [
        (pledge(), [], None),
        (pledge(), [contact("b", 0.5, **OUT)], (True, "contacted_in_time")),
        (pledge(), [contact("b", 1.5, **OUT)], (False, "contacted_late")),
        (pledge(call=False), [contact("b", 0.5, **OUT)], None),
        (pledge(), [contact("b", 2, says_broken=NOBODY)], (False, "customer_complains")),
        (pledge(), [contact("b", 0.5, says_broken=NOBODY)], None),
        (pledge(), [contact("b", 2, says_kept=THANKS)], (True, "customer_confirms")),
        (pledge(), [contact("b", 2)], (False, "asked_again")),
        (pledge(), [contact("b", 0.5)], None),
        (pledge(), [contact("b", 2, topic="bill")], None),
        (pledge(), [contact("b", 20, says_broken=NOBODY)], None),
        (pledge(due=None), [contact("b", 2)], None),
        (pledge(due=None), [contact("b", 2, says_broken=NOBODY)], (False, "customer_complains")),
        (pledge(), [contact("c", 3, says_broken=NOBODY), contact("b", 0.5, **OUT)], (True, "contacted_in_time")),
    ],
)
def test_later_contacts_settle_a_promise(made: Pledge, later: list[Contact], expected: tuple[bool, str] | None) -> None:
    found = settle(made, [contact("a", 0), *later], patience=timedelta(days=14), alike=alike)
    assert (None if found is None else (found.kept, found.why)) == expected


def test_complaint_about_the_same_thing_is_surer_and_carries_the_words() -> None:
    same, other = (
        settle(pledge(), [contact("a", 0), contact("b", 2, topic=topic, says_broken=NOBODY)], patience=WEEK, alike=alike)
        for topic in ("router", "bill")
    )
    assert same is not None
    assert other is not None
    assert (same.interaction, same.turn, same.quote) == ("b", 0, "nobody called")
    assert same.confidence > other.confidence


@pytest.mark.parametrize(
    ("due", "verdict", "expected"),
    [
        (1, None, PromiseStatus.OPEN),
        (-1, None, PromiseStatus.DUE),
        (-20, None, PromiseStatus.UNKNOWN),
        (None, None, PromiseStatus.UNKNOWN),
        (1, True, PromiseStatus.KEPT),
        (None, False, PromiseStatus.BROKEN),
    ],
)
def test_status(due: float | None, verdict: bool | None, expected: PromiseStatus) -> None:
    told = None if verdict is None else Verdict(kept=verdict, why="asked_again", confidence=0.5, interaction="b")
    until = None if due is None else START + timedelta(days=due)
    assert status(until, told, now=START, patience=timedelta(days=14)) is expected
