"""The queue's rows on every database: their order, their pages, and that two people never get the same item."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.permission import Actor, Role
from qa_service.domain.priority import Priority
from qa_service.domain.queue import ItemState, Lane, Skip, SkipReason
from qa_service.domain.sampling_plan import RandomRule, SamplingPlan
from qa_service.domain.scorecard import Status
from qa_service.errors import ConflictError, InputError, NotFoundError, StaleVersionError
from qa_service.services.queue import ReviewQueue
from qa_service.services.workflow import Workflows
from qa_service.store.pages import decode_rank, encode, encode_rank
from qa_service.store.queue import NewItem
from qa_service.store.sampling import RunFigures, SamplingRun, StoredPlan
from tests.store.conftest import AT, Desk

PLAN = SamplingPlan(name="weekly", rule=RandomRule(n=1), seed="s")


def stored(identifier: str = "p1", **changes: Any) -> StoredPlan:
    told = {"version": 1, "active": True, "plan": PLAN, "created_by": "lena", "created_at": AT, "changed_at": AT, "active_since": AT}
    return StoredPlan(id=identifier, **{**told, **changes})


def run(identifier: str = "r1", *, period: str = "2026-W09", **changes: Any) -> SamplingRun:
    figures = RunFigures(plan=PLAN, groups=(), fairness=())
    told = {"since": AT, "until": AT + timedelta(days=7), "seed": "s", "eligible": 9, "taken": 0, "picked": 1, "blind": 0, "by": "lena"}
    return SamplingRun(id=identifier, plan="p1", version=1, period=period, figures=figures, at=AT, **{**told, **changes})


def item(name: str, *, value: float = 50.0, days: int = 7, card: str | None = None, **changes: Any) -> NewItem:
    told = {
        "interaction": name, "rubric": "phone-support", "scorecard": card or f"s-{name}", "agent": "a17", "team": "billing",
        "channel": "phone", "language": "fa", "plan": "p1", "run": "r1", "reasons": ("به قید قرعه",), "probability": 0.25,
        "blind_share": 0.5, "lane": Lane.NORMAL, "due_at": AT + timedelta(days=days),
        "priority": Priority(value=value, doubt=0.5, width=0.5, finals=0),
    }
    return NewItem(id=f"i-{name}", **{**told, **changes})


@pytest.fixture
def office(desk: Desk) -> Desk:
    """A desk with a plan and a run."""
    with desk.database.unit() as unit:
        unit.sampling_plans.add(stored())
        assert unit.sampling_runs.add(run())
    return desk


def put(office: Desk, *items: NewItem) -> tuple[str, ...]:
    """Calls with drafts, in the queue."""
    for one in items:
        office.add(office.draft(office.take(one.interaction)).model_copy(update={"id": one.scorecard}))
    with office.database.unit() as unit:
        return unit.queue.add_many(items, at=AT)


def test_items_come_by_due_date_then_by_priority(office: Desk) -> None:
    put(office, item("late", days=9, value=99), item("low", value=10), item("high", value=80), item("soon", days=1, value=1))
    found: list[str] = []
    cursor = None
    while True:
        with office.database.reading() as unit:
            page = unit.queue.list(limit=3, cursor=cursor)
        found += [one.interaction for one in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert found == ["soon", "high", "low", "late"]
    with office.database.reading() as unit:
        one = unit.queue.get("i-high")
    assert (one.reasons, one.priority and one.priority.value, one.probability) == (("به قید قرعه",), 80.0, 0.25)


def test_the_place_of_blind_items_tells_nothing(office: Desk) -> None:
    """They come first of those due together, by id, whatever the machine thinks; and so do cursors."""
    values = (("b", 10.0, Lane.BLIND), ("high", 99.0, Lane.NORMAL), ("a", 90.0, Lane.BLIND), ("c", 50.0, Lane.BLIND))
    put(office, *(item(name, value=value, lane=lane) for name, value, lane in values))
    with office.database.reading() as unit:
        pages = [unit.queue.list(limit=1)]
        while pages[-1].next is not None:
            pages.append(unit.queue.list(limit=1, cursor=pages[-1].next))
    assert [one.interaction for page in pages for one in page.items] == ["a", "b", "c", "high"]
    assert {decode_rank(str(page.next))[1] for page in pages[:3]} == {-101.0}


FORGED = ["x", "", encode(AT, "i-1"), encode_rank(AT, 1.0, "i\0"), encode_rank(AT.replace(tzinfo=None), 1.0, "i")]


@pytest.mark.parametrize("cursor", FORGED)
def test_forged_cursors_are_refused(office: Desk, cursor: str) -> None:
    with office.database.reading() as unit, pytest.raises(InputError) as caught:
        unit.queue.list(cursor=cursor)
    assert caught.value.field == "cursor"


def test_filters(office: Desk) -> None:
    put(office, item("a"), item("b", language="ar", team="sales", channel="chat", lane=Lane.BLIND, days=2))
    with office.database.unit() as unit:
        unit.queue.assign({"i-a": ("rita", None)}, at=AT)

    def names(**filters: Any) -> list[str]:
        with office.database.reading() as unit:
            return [one.interaction for one in unit.queue.list(**filters).items]

    assert names() == ["b", "a"]
    for filters, expected in (
        ({"assigned_to": "rita"}, ["a"]), ({"unassigned": True}, ["b"]), ({"language": "ar"}, ["b"]), ({"team": "billing"}, ["a"]),
        ({"channel": Channel.CHAT}, ["b"]), ({"lane": Lane.NORMAL}, ["a"]), ({"plan": "nobodys"}, []), ({"agent": "a17"}, ["b", "a"]),
        ({"due_before": AT + timedelta(days=3)}, ["b"]), ({"for_lead": True}, []), ({"state": ItemState.DONE}, []),
    ):
        assert names(**filters) == expected, filters


def test_an_interaction_is_queued_once_for_a_rubric_until_it_is_withdrawn(office: Desk) -> None:
    assert put(office, item("a")) == ("i-a",)
    with office.database.unit() as unit:
        assert unit.queue.add_many([item("a")._replace(id="again")], at=AT) == ()
        unit.queue.withdraw(["i-a"], at=AT)
        assert unit.queue.add_many([item("a")._replace(id="again")], at=AT) == ("again",)
        assert unit.queue.get("i-a").state is ItemState.WITHDRAWN


def test_state_follows_the_scorecard_that_counts(office: Desk) -> None:
    put(office, item("a"))
    card = office.finish(_card(office, "s-a"), greeting="yes", identity="yes", farewell="yes")
    with office.database.unit() as unit:
        assert (unit.queue.get("i-a").state, unit.queue.get("i-a").status) == (ItemState.DONE, Status.FINAL)
        assert unit.queue.ended() == (("i-a",), ())
        unit.queue.settle(["i-a"])
        assert unit.queue.ended() == ((), ())
        assert unit.queue.get("i-a").done_at is not None
        assert unit.queue.loads() == {}
        assert unit.queue.weights([str(card.id), "nobodys"]) == {str(card.id): (0.25, 0.125)}
    with pytest.raises(NotFoundError), office.database.reading() as unit:
        unit.queue.get("nobodys")


def test_whoever_skipped_is_not_offered_it_again(office: Desk) -> None:
    put(office, item("a"))
    asked: dict[str, Any] = {"agent": None, "languages": (), "lead": False, "at": AT, "assigned": False}
    with office.database.unit() as unit:
        assert unit.queue.take(reviewer="rita", **asked) == "i-a"
        unit.queue.skip("i-a", Skip(by="rita", reason=SkipReason.OTHER, words="آشناست", at=AT), for_lead=False)
        assert unit.queue.take(reviewer="rita", **asked) is None
        assert unit.queue.take(reviewer="omid", **{**asked, "agent": "a17"}) is None, "one's own"
        assert unit.queue.take(reviewer="omid", **{**asked, "languages": {"en"}}) is None
        assert unit.queue.take(reviewer="omid", **{**asked, "languages": {"en", "fa"}}) == "i-a"
        unit.queue.skip("i-a", Skip(by="omid", reason=SkipReason.LANGUAGE, at=AT + timedelta(minutes=1)), for_lead=True)
        assert unit.queue.take(reviewer="zoe", **asked) is None
        assert unit.queue.take(reviewer="zoe", **{**asked, "lead": True}) == "i-a"
        assert [one.words for one in unit.queue.get("i-a").skips] == ["آشناست", None]


def test_two_people_never_get_the_same(office: Desk, tmp_path: Any) -> None:
    """Eight people take forty items at once; each is taken once, by one of them."""
    put(office, *(item(f"c{number:02}", value=number % 7) for number in range(40)))
    workflows = Workflows(url="sqlite:///unused", lock_dir=tmp_path, executor="local", concurrency=1)
    queue = ReviewQueue(database=office.database, clock=lambda: AT, workflows=workflows)
    taken: list[tuple[str, str]] = []
    lock = threading.Lock()

    def work(name: str) -> None:
        person = Actor(id=name, role=Role.REVIEWER)
        while (offer := queue.next(by=person)) is not None:
            with lock:
                taken.append((offer.item.id, name))
            with office.database.unit() as unit:
                # Done with it: what one holds comes first.
                unit.queue.settle([offer.item.id])

    threads = [threading.Thread(target=work, args=(f"r{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len({one for one, _ in taken}) == 40
    with office.database.reading() as unit:
        held = {card.id: card.reviewer for card in unit.scorecards.list(limit=500).items}
    assert held == {f"s-{one.removeprefix('i-')}": name for one, name in taken}


def test_plans_are_changed_by_compare_and_swap(office: Desk) -> None:
    with office.database.unit() as unit:
        unit.sampling_plans.save(stored(version=2, active=False))
        assert unit.sampling_plans.get("p1").version == 2
        assert unit.sampling_plans.active() == ()
        with pytest.raises(StaleVersionError):
            unit.sampling_plans.save(stored(version=2))
        with pytest.raises(NotFoundError):
            unit.sampling_plans.get("nobodys")
        unit.sampling_plans.add(stored("p2", created_at=AT + timedelta(days=1)))
        assert [one.id for one in unit.sampling_plans.list().items] == ["p2", "p1"]
        assert [one.id for one in unit.sampling_plans.list(active=True).items] == ["p2"]


def test_a_plan_samples_a_period_once(office: Desk) -> None:
    with office.database.unit() as unit:
        assert not unit.sampling_runs.add(run("r2"))
        assert unit.sampling_runs.add(run("r3", period="2026-W10"))
        assert unit.sampling_runs.find("p1", "2026-W09") == run()
        assert unit.sampling_runs.find("p1", "2026-W11") is None
        assert unit.sampling_runs.periods(["p1"]) == {("p1", "2026-W09"), ("p1", "2026-W10")}
        assert {one.id for one in unit.sampling_runs.list("p1").items} == {"r1", "r3"}
        with pytest.raises(NotFoundError):
            unit.sampling_runs.get("p2", "r1")


def test_the_frame_is_what_is_open_and_counts(office: Desk) -> None:
    doubtful = office.draft(office.take("a"), greeting="undecided", identity="no")
    office.add(doubtful.model_copy(update={"id": "s-a"}))
    office.add(office.draft(office.take("b", days=9)))
    office.finish(office.add(office.draft(office.take("c"))), greeting="yes", identity="yes", farewell="yes")
    with office.database.reading() as unit:
        (found,) = unit.sampling_frame.candidates(PLAN, since=AT, until=AT + timedelta(days=7))
        assert unit.sampling_frame.late(PLAN, since=AT, until=AT + timedelta(days=7), after=AT - timedelta(hours=1)) == 1
        assert unit.sampling_frame.taken(PLAN, since=AT, until=AT + timedelta(days=7)) == 0
        known = unit.sampling_frame.final_scores(["a17", "a18"], since=AT, until=AT + timedelta(days=7))
    assert (found.scorecard, found.agent, found.team, found.channel, found.language) == ("s-a", "a17", "billing", "phone", "fa")
    assert found.critical
    # Weights 2.5, 5 and 1: undecided counts in full, 0.75 gives 0.75 of it.
    assert found.doubt == pytest.approx((2.5 + 0.75 * 6) / 8.5, abs=1e-6)
    assert known == {"a17": (1, None)}


def test_final_scores_spread_as_they_do(office: Desk) -> None:
    for name, identity in (("a", "no"), ("b", "yes"), ("c", "yes")):
        office.finish(office.add(office.draft(office.take(name))), greeting="yes", farewell="yes", identity=identity)
    with office.database.reading() as unit:
        scores = [one.score / 1000 for one in unit.results.scores(agent="a17") if one.score is not None]
        known = unit.sampling_frame.final_scores(["a17"], since=AT, until=AT + timedelta(days=7))["a17"]
    mean = sum(scores) / 3
    assert known.finals == 3
    assert known.deviation == pytest.approx((sum((one - mean) ** 2 for one in scores) / 2) ** 0.5)


def test_purposes_are_stored_and_counted_apart(office: Desk) -> None:
    card = office.add(office.draft(office.take("a")))
    with office.database.unit() as unit:
        unit.interactions.mark("a", Purpose.MYSTERY)
        assert unit.interactions.get("a").interaction.purpose is Purpose.MYSTERY
        assert unit.scorecards.get(str(card.id)).interaction.purpose is Purpose.MYSTERY
        assert unit.results.scores() == ()
        assert len(unit.results.scores(purpose=Purpose.MYSTERY)) == len(unit.results.scores(purpose=None)) == 1
        assert [one.id for one in unit.scorecards.list(purpose=Purpose.LIVE).items] == []
        assert [one.interaction.id for one in unit.interactions.list(purpose=Purpose.MYSTERY).items] == ["a"]
        with pytest.raises(NotFoundError):
            unit.interactions.mark("nobody", Purpose.TEST)


def test_a_scorecard_takes_the_purpose_of_its_interaction(office: Desk) -> None:
    call = office.interaction("t").model_copy(update={"purpose": Purpose.TRAINING})
    with office.database.unit() as unit:
        unit.interactions.add(call, content_sha256="t", at=AT)
    card = office.add(office.draft(call))
    with office.database.reading() as unit:
        assert unit.scorecards.get(str(card.id)).interaction.purpose is Purpose.TRAINING
    assert card.as_data()["interaction"]["purpose"] == "training"
    assert "purpose" not in office.draft(office.interaction("u")).as_data()["interaction"]


def test_an_item_of_a_run_that_is_not_there_is_refused(office: Desk) -> None:
    with pytest.raises(ConflictError):
        put(office, item("a", run="nobodys"))


def _card(office: Desk, card: str) -> Any:
    with office.database.reading() as unit:
        return unit.scorecards.get(card)
