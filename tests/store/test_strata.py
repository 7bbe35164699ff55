"""Strata on every database: by channel, queue, reason and language; together they are the whole."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from qa_service.domain.case_mix import Stratum
from qa_service.domain.history import Link
from qa_service.domain.interaction import Channel, Direction
from qa_service.domain.moments import Item, ItemKind, Moments
from qa_service.domain.permission import Scope
from qa_service.domain.topic import Method, Topic, TopicAssigned, TopicSet
from qa_service.store.contacts import NewContact
from qa_service.store.facts import Counter
from qa_service.store.tables import InteractionRow, core
from tests.store.conftest import AT, Desk

GREETING = Item("phone-support", ItemKind.CRITERION, "greeting")


@pytest.fixture
def house(desk: Desk) -> Desk:
    """Three calls of a1 in two queues, one of a2; two topics, of which one is counted under the other."""
    for name, agent, greeted in (("a", "a1", "yes"), ("b", "a1", "no"), ("c", "a1", "yes"), ("d", "a2", "no")):
        desk.add(desk.draft(desk.take(name, agent=agent), greeting=greeted))
    topics = (
        Topic(id="t1", label="card", example="", size=2), Topic(id="t2", label="lost card", example="", size=1, merged_into="t1"),
    )  # fmt: skip
    with desk.database.unit() as unit:
        unit.topics.add(TopicSet(version=3, method=Method.WORDS, built_from=3, others=1, topics=topics), {}, at=AT)
        told = [NewContact(interaction=name, channel=Channel.PHONE, direction=Direction.INBOUND) for name in "abc"]
        unit.contacts.save_many(told, at=AT)
        unit.contacts.link_many({name: Link((), None) for name in "abc"})
        unit.contacts.assign_many({"a": TopicAssigned("t1", 0.9), "b": TopicAssigned("t2", 0.9), "c": TopicAssigned(None, 0.9)}, version=3)
    with desk.database.engine.begin() as connection:
        where = core(InteractionRow).c
        connection.execute(sa.update(core(InteractionRow)).where(where.id.in_(["a", "b"])).values(queue="cards"))
    with desk.database.unit() as unit:
        unit.rollups.fold(Counter(lambda moment: f"{moment:%Y-%m}"))
    return desk


def alls(found: dict[Stratum, Moments]) -> dict[tuple[str | None, str | None], tuple[float, float]]:
    assert {(one.channel, one.language) for one in found} <= {(Channel.PHONE, "fa")}
    return {(one.queue, one.reason): (moments.all, moments.g) for one, moments in found.items()}


def test_by_queue_and_reason(house: Desk) -> None:
    """Of d nobody knows a reason; c is far from every topic; b's topic is counted under another."""
    with house.database.reading() as unit:
        mine, everyone = unit.strata.of(agents=["a1"]), unit.strata.of()
        whole = {one.item: one.moments for one in unit.rollups.cells(by=())}
    assert alls(mine[GREETING]) == {("cards", "t1"): (2, 1), (None, "other"): (1, 1)}
    assert alls(everyone[GREETING]) == {("cards", "t1"): (2, 1), (None, "other"): (1, 1), (None, None): (1, 0)}
    for item, strata in everyone.items():
        total = Moments()
        for moments in strata.values():
            total = total.plus(moments)
        assert tuple(total) == pytest.approx(tuple(whole[item]))


def test_an_older_build_of_topics_tells_no_reason(house: Desk) -> None:
    with house.database.unit() as unit:
        unit.topics.add(TopicSet(version=4, method=Method.WORDS, built_from=0, others=0, topics=()), {}, at=AT)
    with house.database.reading() as unit:
        assert alls(unit.strata.of()[GREETING]) == {("cards", None): (2, 1), (None, None): (2, 1)}


def test_reach_and_nothing_found(house: Desk) -> None:
    """Drafts are out of an agent's sight."""
    with house.database.reading() as unit:
        assert unit.strata.of(within=Scope(agent="a1")) == {}
        assert unit.strata.of(within=Scope(teams=frozenset({"sales"}))) == {}
        assert unit.strata.of(team="billing").keys() == unit.strata.of().keys()
        assert unit.strata.of(rubric="none") == {}
        assert unit.strata.of(until=AT) == {}
