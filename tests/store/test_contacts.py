"""Contacts, promises and topics in the store, on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qa_service.domain.history import Horizon, Link, Said
from qa_service.domain.interaction import AgentRef, Channel, Direction, Interaction
from qa_service.domain.promise import Promiser, PromiseStatus, Verdict
from qa_service.domain.topic import Method, Topic, TopicAssigned, TopicSet
from qa_service.errors import ConflictError, NotFoundError
from qa_service.store.contacts import NewContact
from qa_service.store.promises import StoredPromise
from qa_service.store.session import Database

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def add(database: Database, names: Iterable[str]) -> None:
    with database.unit() as unit:
        for name in names:
            agent = AgentRef(id="a1", team="home")
            unit.interactions.add(Interaction(id=name, channel=Channel.CHAT, agent=agent), content_sha256=name, at=AT)


def contact(name: str, day: float | None, **changes: Any) -> NewContact:
    start = None if day is None else AT + day * DAY
    fields = {"interaction": name, "customer": "k1", "started_at": start, "channel": Channel.CHAT, "direction": Direction.INBOUND}
    return NewContact(**{**fields, "agent": "a1", "team": "home", "language": "fa", "request": "بسته‌ام نرسیده", **changes})


def test_contacts_are_kept_replaced_and_linked(database: Database) -> None:
    add(database, "abcd")
    said = Said(turn=2, text="دیروز زنگ زدم")
    with database.unit() as unit:
        unit.contacts.lock(["k1", "k2"])
        rows = [contact("a", 0), contact("b", 1, says_repeat=said), contact("c", None), contact("d", 2, customer=None)]
        unit.contacts.save_many(rows, at=AT)
        unit.contacts.link_many({"a": Link((), "b"), "b": Link(("a",), None)})
        unit.contacts.assign_many({"a": TopicAssigned("t1", 0.8), "b": TopicAssigned(None, 0.6)}, version=3)
    with database.reading() as unit:
        mine = unit.contacts.of_customers(["k1", "k2"])
        assert [one.interaction for one in mine["k1"]] == ["a", "b"]
        second = unit.contacts.get("b")
        assert (second.earlier, second.later, second.says_repeat, second.topic, second.topic_version) == (("a",), None, said, None, 3)
        assert unit.contacts.get("a").link == Link((), "b")
        assert unit.contacts.get("c").link is None
        assert unit.contacts.customers() == ["k1"]
        assert unit.contacts.horizon() == Horizon(AT, AT + 2 * DAY)
        assert unit.contacts.topic_counts(version=3) == {"t1": 1, None: 1}
        assert unit.contacts.topic_counts(version=3, since=AT + DAY) == {None: 1}
        assert unit.contacts.topic_counts(version=2) == {}
        assert [one.interaction for one in unit.contacts.requests(most=2)] == ["b", "d"]
        with pytest.raises(NotFoundError, match="was not analysed"):
            unit.contacts.get("x")
    with database.unit() as unit:
        unit.contacts.save_many([contact("b", 1)], at=AT)
    with database.reading() as unit:
        again = unit.contacts.get("b")
        assert (again.earlier, again.says_repeat, again.topic_version) == ((), None, None)


def test_figures_count_what_is_known(database: Database) -> None:
    """Window 7 days, contacts from day 0 to day 30."""
    rows = {
        "edge": (contact("edge", 0), Link()),  # what came before is not known
        "early": (contact("early", 1), Link(("edge",), None)),  # a repeat all the same
        "first": (contact("first", 10), Link((), "back")),
        "back": (contact("back", 12), Link(("first",), None)),
        "alone": (contact("alone", 15), Link()),
        "said": (contact("said", 16, says_repeat=Said(turn=0, text="again")), Link()),
        "late": (contact("late", 29), Link()),  # its window has not passed
        "phone": (contact("phone", 30, channel=Channel.PHONE), Link()),
    }
    others = [contact("out", 14, direction=Direction.OUTBOUND), contact("nobody", 14, customer=None), contact("when", None)]
    add(database, [*rows, "out", "nobody", "when"])
    with database.unit() as unit:
        unit.contacts.save_many([*(one for one, _ in rows.values()), *others], at=AT)
        unit.contacts.link_many({name: link for name, (_, link) in rows.items()})
    window, horizon = timedelta(days=7), Horizon(AT, AT + 30 * DAY)
    with database.reading() as unit:
        chat, phone = unit.contacts.counted(window=window, horizon=horizon)
        # contacts, outbound, unlinked, repeat known, repeats, first known, first resolved
        assert tuple(chat)[1:] == (10, 1, 2, 6, 3, 2, 1)
        assert tuple(phone)[1:] == (1, 0, 0, 1, 0, 0, 0)
        assert unit.contacts.counted(window=window, horizon=horizon, agent="nobody") == ()
        (part,) = unit.contacts.counted(window=window, horizon=horizon, since=AT + 10 * DAY, until=AT + 13 * DAY, team="home")
        assert (part.contacts, part.repeats, part.first_known, part.first_resolved) == (2, 1, 1, 0)


def promise(name: str, *, due: float | None, **changes: Any) -> StoredPromise:
    until = None if due is None else AT + due * DAY
    fields: dict[str, Any] = {
        "position": 0, "turn": 1, "start": 0, "end": 20, "who": Promiser.TEAM, "what": "we will call you", "contact": True,
        "due_until": until, "confidence": 0.8, "id": f"{name}.0", "interaction": name, "customer": "k1", "agent": "a1", "team": "home",
        "channel": Channel.CHAT, "made_at": AT,
    }  # fmt: skip
    return StoredPromise(**{**fields, **changes})


def test_promises_by_status_and_time(database: Database) -> None:
    add(database, "abcde")
    told = Verdict(kept=False, why="customer_complains", confidence=0.85, interaction="e", turn=0, quote="nobody called")
    with database.unit() as unit:
        due = {"a": 5, "b": 1, "c": -30, "d": None, "e": 2}
        unit.promises.replace([], [promise(name, due=days) for name, days in due.items()])
        unit.promises.settle_many({"e.0": told, "a.0": None})
    now = AT + 3 * DAY

    def listed(**filters: Any) -> list[str]:
        with database.reading() as unit:
            return [one.interaction for one in unit.promises.list(now=now, patience=timedelta(days=14), **filters).items]

    expected = {"open": ["a"], "due": ["b"], "unknown": ["d", "c"], "broken": ["e"], "kept": []}
    assert {status.value: listed(status=status) for status in PromiseStatus} == expected
    assert listed(due_before=AT + 2 * DAY) == ["c", "b"]  # made at one moment: by id, the last first
    assert (len(listed(agent="a1")), listed(agent="x"), listed(customer="x"), len(listed(team="home"))) == (5, [], [], 5)
    with database.unit() as unit:
        assert unit.promises.of_customers(["k1"])["k1"][-1].verdict == told
        unit.promises.replace(["e", "a"], [promise("e", due=2)])
    with database.reading() as unit:
        (again,) = unit.promises.of_interaction("e")
        assert (again.verdict, again.commitment.who) == (None, Promiser.TEAM)
        assert unit.promises.of_interaction("a") == ()


def test_topic_sets_follow_each_other(database: Database) -> None:
    topic = Topic(id="t1-1", label="کارت, گم", keywords={"fa": ("کارت", "گم")}, example="کارتم گم شده", size=12)
    first = TopicSet(version=1, method=Method.WORDS, built_from=30, others=2, topics=(topic,))
    with database.unit() as unit:
        assert (unit.topics.newest(), unit.topics.active(), unit.topics.active_version()) == (0, None, None)
        unit.topics.add(first, {"weights": {"کارت": 1.5}}, at=AT)
    with database.unit() as unit:
        unit.topics.edit(first.edited("t1-1", name="Lost card"))
        assert unit.topics.model(1) == {"weights": {"کارت": 1.5}}
    with database.unit() as unit:
        edited = unit.topics.active()
        assert edited is not None
        assert edited.get("t1-1").called == "Lost card"
        unit.topics.add(first.model_copy(update={"version": 2}), {}, at=AT)
    with database.reading() as unit:
        assert (unit.topics.newest(), unit.topics.active_version()) == (2, 2)
    with pytest.raises(ConflictError), database.unit() as unit:
        unit.topics.add(first, {}, at=AT)
