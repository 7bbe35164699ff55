"""History: contacts of a customer in any order of arrival, promises and what became of them, topics on history."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.promise import Promiser, PromiseStatus
from qa_service.domain.topic import OTHER, Method
from qa_service.errors import ConflictError, InputError, NotFoundError

Open = Callable[..., AbstractContextManager[Any]]
ANN = {"customer": {"id": "ann"}}
#: Three contacts of one customer about one thing, then one about another; weeks of other contacts around them.
CONTACTS: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {
    "before": ("2026-10-01T09:00:00Z", ("Hello!", "Where can I park near your shop?"), {"customer": {"id": "zoe"}}),
    "first": (
        "2026-11-02T09:00:00Z",
        ("Hello!", "My router has no connection since last night.", "I will call you back by five today."),
        {**ANN, "agent": "a1"},
    ),
    "second": (
        "2026-11-04T10:00:00Z",
        ("Hello!", "My router still has no connection. I called on Monday and nobody called me back.", "Sorry. We will send an engineer."),
        ANN,
    ),
    "third": ("2026-11-09T10:00:00Z", ("Hello!", "The router has no connection again."), {**ANN, "channel": "phone"}),
    "other": ("2026-11-10T10:00:00Z", ("Hello!", "I need a copy of my invoice for October."), ANN),
    "after": ("2026-12-20T09:00:00Z", ("Hello!", "What are your opening hours at Christmas?"), {"customer": {"id": "zoe"}}),
}


@pytest.fixture
def open_store(open_shop: Open) -> Open:
    """Words are compared, not vectors: the encoder would have to be assembled in each data folder."""
    return lambda **changes: open_shop(meanings=False, **changes)


def put(shop: Any, write_chat: Any, folder: Path, *names: str) -> None:
    """One after the other, so that the order of arrival is this one."""
    for name in names:
        at, said, header = CONTACTS[name]
        (row,) = shop.score(write_chat(folder, name, *said, **{"started_at": at, **header}))
        assert row.scorecard is not None
        shop.services.history.remember([name])


def values(shop: Any, name: str) -> list[float | None]:
    return [one.value for one in shop.services.history.signals(name)]


@pytest.mark.parametrize("order", [tuple(reversed(CONTACTS)), ("second", "after", "first", "third", "before", "other")])
def test_links_are_the_same_in_whatever_order_contacts_arrive(open_store: Open, write_chat: Any, tmp_path: Path, order: Any) -> None:
    with open_store() as shop:
        put(shop, write_chat, tmp_path, *order)
        # repeat, earlier, first resolved
        assert values(shop, "first") == [0, 0, 0]
        assert values(shop, "second") == [1, 1, None]
        assert values(shop, "third") == [1, 1, None]  # "first" is an hour more than seven days away
        assert values(shop, "other") == [0, 0, 1]
        assert values(shop, "before") == [None, None, None]  # who knows what came before the first contact of all
        assert values(shop, "after") == [0, 0, None]  # the window behind it has not passed
        contact = shop.services.history.contact("second")
        assert (contact.earlier, contact.later, contact.says_repeat.turn) == (("first",), "third", 1)
        (promise,) = [one for one, _ in shop.services.history.promises(status=PromiseStatus.BROKEN).items]
        assert (promise.interaction, promise.who, promise.contact, promise.agent) == ("first", Promiser.AGENT, True, "a1")
        assert promise.due_until == datetime(2026, 11, 2, 17, tzinfo=UTC)
        assert (promise.verdict.why, promise.verdict.interaction) == ("customer_complains", "second")
        assert promise.verdict.quote in CONTACTS["second"][1][1]


def test_figures_have_denominators(open_store: Open, write_chat: Any, tmp_path: Path) -> None:
    with open_store() as shop:
        assert shop.services.history.figures() == ()
        put(shop, write_chat, tmp_path, *CONTACTS)
        shop.score(write_chat(tmp_path, "nobody", "Hello!", "My router has no connection.", started_at="2026-11-05T10:00:00Z"))
        shop.services.history.remember(["nobody"])
        chat, phone = shop.services.history.figures()
        # chat: before, first, second, other, after, nobody; before is outside of what is known, nobody has no customer
        assert tuple(chat)[1:] == (6, 0, 1, 4, 1, 2, 1)
        assert tuple(phone)[1:] == (1, 0, 0, 1, 1, 0, 0)
        (november,) = shop.services.history.figures(since=datetime(2026, 11, 10, tzinfo=UTC), until=datetime(2026, 12, 1, tzinfo=UTC))
        assert (november.contacts, november.first_known, november.first_resolved) == (1, 1, 1)


def test_remembering_again_changes_nothing(open_store: Open, write_chat: Any, tmp_path: Path) -> None:
    with open_store() as shop:
        put(shop, write_chat, tmp_path, *CONTACTS)
        promises = shop.services.history.promises()
        contacts = [shop.services.history.contact(name) for name in CONTACTS]
        assert shop.services.history.remember_all() == len(CONTACTS)
        assert shop.services.history.link_all() == 2
        assert shop.services.history.promises() == promises
        assert [shop.services.history.contact(name) for name in CONTACTS] == contacts


def test_contact_of_the_company_keeps_a_promise_to_call(open_store: Open, write_chat: Any, tmp_path: Path) -> None:
    with open_store() as shop:
        put(shop, write_chat, tmp_path, "first")
        ((_, state),) = shop.services.history.promises().items
        assert state in (PromiseStatus.DUE, PromiseStatus.UNKNOWN)  # by the clock of today
        header = {**ANN, "direction": "outbound", "started_at": "2026-11-02T16:00:00Z"}
        shop.score(write_chat(tmp_path, "call", "Hello, this is Sara about your router.", "Oh yes.", **header))
        shop.services.history.remember(["call"])
        ((promise, state),) = [one for one in shop.services.history.promises(customer="ann").items if one[0].interaction == "first"]
        assert (state, promise.verdict.why, promise.verdict.interaction) == (PromiseStatus.KEPT, "contacted_in_time", "call")
        assert values(shop, "call") == [None, None, None]


REASONS = {
    "router": "My {} router has no connection {}.",
    "invoice": "I need a copy of the {} invoice {}.",
    "parcel": "Where is my {} parcel {}, it has not been delivered?",
}


@pytest.fixture
def stocked(open_store: Open, write_chat: Any, tmp_path: Path) -> Iterator[Any]:
    """36 chats about three things, and one about nothing of the kind."""
    words = itertools.product(("new", "old", "white", "last"), ("today", "again", "please"))
    with open_store() as shop:
        for at, (one, other) in enumerate(words):
            for reason, text in REASONS.items():
                write_chat(tmp_path, f"{reason}-{at:02}", "Hello!", text.format(one, other))
        write_chat(tmp_path, "odd", "Hello!", "Penguins dance beautifully around volcanoes.")
        shop.score(tmp_path)
        shop.services.history.remember_all()
        yield shop


def test_topics_are_found_named_and_assigned(stocked: Any, write_chat: Any, tmp_path: Path) -> None:
    topics = stocked.services.topics.build(actor="tests")
    assert (topics.version, topics.method, topics.built_from, topics.others) == (1, Method.WORDS, 37, 1)
    assert sorted(one.size for one in topics.topics) == [12, 12, 12]
    by_word = {reason: next(one for one in topics.topics if reason in one.label) for reason in REASONS}
    assert all(reason in one.example for reason, one in by_word.items())
    assert stocked.services.topics.of(["router-00", "odd"])["router-00"].id == by_word["router"].id
    assert stocked.services.topics.of(["odd"])["odd"].id == OTHER
    stocked.score(write_chat(tmp_path, "new", "Hello!", "The router lost its connection."))
    stocked.services.history.remember(["new"])
    assert stocked.services.topics.of(["new"])["new"].title == by_word["router"].label
    assert "topics/1" in stocked.ledger("topics.built")


def test_names_pins_and_merges_outlast_a_build(stocked: Any) -> None:
    service = stocked.services.topics
    first = service.build(actor="tests")
    router, invoice, parcel = (next(one.id for one in first.topics if word in one.label) for word in REASONS)
    service.rename(router, "  No  connection ", actor="lead")
    service.pin(invoice, pinned=True, actor="lead")
    service.merge(parcel, invoice, actor="lead")
    _, counts = service.counts()
    assert counts == {router: 12, invoice: 24, OTHER: 1}
    with pytest.raises(ConflictError):
        service.merge(invoice, parcel, actor="lead")
    with pytest.raises(ConflictError):
        service.merge(router, router, actor="lead")
    again = service.build(actor="tests")
    assert again.version == 2
    assert {one.id for one in again.topics} == {router, invoice, parcel}
    assert (again.get(router).called, again.get(invoice).pinned, again.get(parcel).merged_into) == ("No connection", True, invoice)
    assert service.counts()[1] == counts
    assert service.merge(parcel, None, actor="lead").get(parcel).merged_into is None
    assert service.rename(router, None, actor="lead").get(router).called == first.get(router).label


def test_building_twice_gives_the_same(stocked: Any) -> None:
    first, second = (stocked.services.topics.build(actor="tests") for _ in range(2))
    assert second.topics == first.topics


def test_short_history_and_unknown_topics_are_told(open_store: Open, write_chat: Any, tmp_path: Path) -> None:
    with open_store() as shop:
        with pytest.raises(NotFoundError, match="no topics were built"):
            shop.services.topics.get()
        put(shop, write_chat, tmp_path, "first")
        with pytest.raises(InputError, match=r"1 interactions tell why .* topics need 30 or more"):
            shop.services.topics.build(actor="tests")
        with pytest.raises(InputError, match="not installed"):
            shop.services.topics._space(Method.VECTORS, [])
        assert shop.services.topics.of(["first"]) == {}
        with pytest.raises(NotFoundError):
            shop.services.history.contact("nobody")
