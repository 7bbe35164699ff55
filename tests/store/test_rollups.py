"""Rollups on every database: after any sequence of acts they are what the scorecards add up to, and nothing is counted twice or lost."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_service.domain.interaction import AgentRef, Purpose
from qa_service.domain.moments import Cell, Item, ItemKind, Moments
from qa_service.domain.outcomes import items, outcomes
from qa_service.domain.permission import Scope
from qa_service.domain.queue import Lane
from qa_service.domain.review import successor
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Status
from qa_service.errors import InputError
from qa_service.store.facts import Counter
from qa_service.store.queue import NewItem
from qa_service.store.session import Database
from qa_service.store.tables import ScorecardRow, core
from qa_service.store.unit import Unit
from tests.store.conftest import AT, FORM, Desk
from tests.store.test_queue import item, run, stored

BY = ("agent", "team", "channel", "month")
Sums = dict[tuple[str | None, str | None, str | None, str | None, Item], Moments]


def month(moment: datetime) -> str:
    return f"{moment:%Y-%m}"


def fold(database: Database, counter: Counter, *, most: int = 1000) -> int:
    with database.unit() as unit:
        return unit.rollups.fold(counter, most=most)


def drain(database: Database, counter: Counter, *, most: int = 1000) -> None:
    while fold(database, counter, most=most):
        pass


def by_hand(unit: Unit, *, purpose: Purpose | None = Purpose.LIVE) -> Sums:
    """The sums, one outcome after the other, from the scorecards as everybody reads them."""
    cards = core(ScorecardRow).c
    teams = {agent.id: agent.team for agent in unit.agents.list(limit=200).items}
    found: Sums = {}
    chosen = sa.select(cards.id, cards.team, cards.happened_at, cards.agent_id).where(cards.is_latest).order_by(cards.id)
    for row in unit.scorecards._session.execute(chosen).all():
        card = unit.scorecards.get(row.id)
        finished = card.status in (Status.FINAL, Status.DISPUTED)
        if (card.blind and not finished) or purpose not in (None, card.interaction.purpose):
            continue
        weight = unit.queue.weights([row.id])
        rubric = unit.rubrics.by_fingerprint(card.rubric.fingerprint)
        told = outcomes(card, rubric, weight=1 / weight[row.id].probability if weight else 1.0)
        team = row.team or teams.get(row.agent_id or "")
        for one, outcome in zip(items(rubric), told, strict=True):
            key = (row.agent_id, team, card.interaction.channel.value, month(row.happened_at), one)
            found[key] = found.get(key, Moments()).plus(Moments.of(outcome))
    return found


def keyed(cells: Iterable[Cell]) -> Sums:
    return {(one.agent, one.team, one.channel, one.month, one.item): one.moments for one in cells}


def same(found: Sums, wanted: Sums) -> None:
    assert found.keys() == wanted.keys()
    for key, moments in wanted.items():
        assert tuple(found[key]) == pytest.approx(tuple(moments), abs=1e-9), key


def check(database: Database) -> None:
    """Rollups, and facts, are what the scorecards add up to."""
    with database.reading() as unit:
        wanted = by_hand(unit)
        same(keyed(unit.rollups.cells(by=BY)), wanted)
        same(keyed(unit.rollups.exact(by=BY)), wanted)
        same(keyed(unit.rollups.cells(by=BY, purpose=None)), by_hand(unit, purpose=None))


@pytest.fixture
def counter() -> Counter:
    return Counter(month)


@pytest.fixture
def office(desk: Desk) -> Desk:
    """A desk with a plan and a run."""
    with desk.database.unit() as unit:
        unit.sampling_plans.add(stored())
        unit.sampling_runs.add(run())
    return desk


def moments(cells: Iterable[Cell], name: str = "") -> Moments:
    (found,) = [one.moments for one in cells if one.item.id == name]
    return found


def test_by_hand(office: Desk, counter: Counter) -> None:
    """Two calls of one agent: a draft, and one that was drawn with probability 1/4 and finished."""
    office.add(office.draft(office.take("a"), identity="no", farewell="undecided"))
    card = office.add(office.draft(office.take("b")).model_copy(update={"id": "s-b"}))
    with office.database.unit() as unit:
        unit.queue.add_many([item("b", card=card.id)], at=AT)
    office.finish(card, greeting="yes", identity="no", farewell="not_applicable")
    assert fold(office.database, counter) == 3
    assert fold(office.database, counter) == 0
    with office.database.reading() as unit:
        cells = unit.rollups.cells()
        assert {one.agent for one in cells} == {"a17"}
        assert {(one.item.kind, one.item.id) for one in cells} == {(one.kind, one.id) for one in items(office.rubric)}
    # Machine: missed in the draft, met in the other, of which people say that it was missed; that one stands for four.
    identity = moments(cells, "identity")
    assert identity == Moments(
        all=2, g=1, b=2, gg=1, people=1, a=1, u=0, w=4, wa=4, wb=4, wg=4, ww=16, wwa=16, wwb=16, wwg=16, wwgg=16, wwab=16, wwag=16
    )
    # The machine abstains on one, and people saw no opportunity in the other.
    assert moments(cells, "farewell")[:9] == (2, 1.5, 2, 1.25, 1, 1, 0, 0, 0)
    # The draft: opening 100, closing 0 of 5 points, and an identity that was not checked fails the form; by people the same.
    total = moments(cells)
    assert total[:9] == (2, 1.0, 2, 1.0, 0, 1, 1, 0.0, 0.0)
    check(office.database)


ACTS = ("draft", "finish", "automatic", "dispute", "again", "settle", "withdraw", "blind", "rescore", "move", "mark", "forget", "queue",
        "unqueue", "fold", "other_form")  # fmt: skip
_OTHER = Rubric.model_validate(
    {**FORM, "version": 2, "sections": [FORM["sections"][0], {**FORM["sections"][1], "criteria": FORM["sections"][1]["criteria"][:1]}]}
)
_ANSWERS = ("yes", "no", "not_applicable")


class Play:
    """Any sequence of acts on a few calls."""

    def __init__(self, office: Desk, counter: Counter, prefix: str) -> None:
        self.office, self.counter, self.prefix = office, counter, prefix

    def act(self, name: str, call: int, answer: str) -> None:
        where = f"{self.prefix}-{call}"
        with self.office.database.reading() as unit:
            known = where in unit.interactions.some([where])
            cards = unit.scorecards.for_interaction(where)
        if not known:
            agent, team = (f"a{call % 2}", "sales") if call % 3 else (None, None) if call % 2 else ("a0", None)
            self.office.take(where, agent=agent, team=team, days=20 * call)
            self.office.add(self.office.draft(self.office.interaction(where, agent=agent, team=team), greeting=answer))
            return
        card = cards[0] if cards else None
        getattr(self, f"_{name}")(where, card, answer)

    def _draft(self, where: str, card: Any, answer: str) -> None:
        self._new(where, self.office.rubric, analysis="rules/1", farewell=answer)

    def _rescore(self, where: str, card: Any, answer: str) -> None:
        self._new(where, self.office.rubric, analysis=f"rules/{answer}", farewell=answer)

    def _other_form(self, where: str, card: Any, answer: str) -> None:
        with self.office.database.unit() as unit:
            unit.rubrics.add(_OTHER, at=AT, active=False)
        self._new(where, _OTHER, analysis="rules/1", greeting="undecided")

    def _new(self, where: str, rubric: Rubric, *, analysis: str, **answers: str) -> None:
        with self.office.database.reading() as unit:
            there = unit.interactions.get(where)
        if there.state.value != "erased":
            self.office.add(self.office.draft(there.interaction, rubric=rubric, analysis=analysis, **answers))

    def _finish(self, where: str, card: Any, answer: str) -> None:
        if card is not None and card.status is Status.DRAFT and card.rubric.version == 1:
            self.office.finish(card, greeting=answer, identity="yes", farewell=answer)

    def _automatic(self, where: str, card: Any, answer: str) -> None:
        if card is not None and card.status is Status.DRAFT:
            self._save(card.model_copy(update={"status": Status.FINAL, "automatic": True}))

    def _dispute(self, where: str, card: Any, answer: str) -> None:
        if card is not None and card.status is Status.FINAL:
            self._save(card.model_copy(update={"status": Status.DISPUTED}))

    def _settle(self, where: str, card: Any, answer: str) -> None:
        if card is not None and card.status is Status.DISPUTED:
            self._save(card.model_copy(update={"status": Status.FINAL}))

    def _again(self, where: str, card: Any, answer: str) -> None:
        if card is None or card.status is not Status.FINAL or card.erased:
            return
        with self.office.database.unit() as unit:
            if unit.scorecards.successor_of(card.id) is None:
                done = {"status": Status.FINAL, "reviewer": "omid"} if answer == "yes" else {}
                unit.scorecards.succeed(successor(card, agent="a9" if answer == "no" else None).model_copy(update=done), at=AT)

    def _save(self, card: Any) -> None:
        with self.office.database.unit() as unit:
            unit.scorecards.save(card, expected_revision=card.revision, at=AT)

    def _withdraw(self, where: str, card: Any, answer: str) -> None:
        with self.office.database.unit() as unit:
            unit.scorecards.withdraw_drafts(where)

    def _blind(self, where: str, card: Any, answer: str) -> None:
        if card is not None:
            with self.office.database.unit() as unit:
                unit.scorecards.make_blind([card.id])

    def _move(self, where: str, card: Any, answer: str) -> None:
        agent = None if answer == "no" else AgentRef(id="a5", team=None if answer == "yes" else "care")
        with self.office.database.unit() as unit:
            if agent is not None:
                unit.agents.upsert(agent, at=AT)
            unit.attributions.move(where, agent)

    def _mark(self, where: str, card: Any, answer: str) -> None:
        with self.office.database.unit() as unit:
            unit.interactions.mark(where, Purpose.MYSTERY if answer == "no" else Purpose.LIVE)

    def _forget(self, where: str, card: Any, answer: str) -> None:
        with self.office.database.unit() as unit:
            unit.erasures.forget(where, at=AT)

    def _queue(self, where: str, card: Any, answer: str) -> None:
        if card is not None:
            with self.office.database.unit() as unit:
                unit.queue.add_many([self._item(where, card.id)], at=AT)

    def _item(self, where: str, card: str) -> NewItem:
        return item(where, card=card, probability=0.3, lane=Lane.NORMAL)

    def _unqueue(self, where: str, card: Any, answer: str) -> None:
        with self.office.database.unit() as unit:
            unit.queue.withdraw([f"i-{where}"], at=AT)

    def _fold(self, where: str, card: Any, answer: str) -> None:
        fold(self.office.database, self.counter, most=2)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 5), st.sampled_from(_ANSWERS)), min_size=3, max_size=40))
def test_any_sequence_of_acts(office: Desk, counter: Counter, acts: list[tuple[str, int, str]]) -> None:
    with office.database.reading() as unit:
        played = sum(unit.interactions.counts().values())
    play = Play(office, counter, f"{played}x{len(acts)}")
    for name, call, answer in acts:
        play.act(name, call, answer)
    drain(office.database, counter, most=3)
    check(office.database)


def test_several_processes_fold_at_once(office: Desk) -> None:
    """Each with a counter and connections of its own, while scorecards come in: nothing is counted twice, nothing is lost."""
    database = office.database
    stop = threading.Event()
    failed: list[BaseException] = []

    def work() -> None:
        counter = Counter(month)
        try:
            while not stop.is_set():
                fold(database, counter, most=3)
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(12):
        card = office.add(office.draft(office.take(f"p{number}", agent=f"a{number % 3}"), identity="no"))
        office.finish(card, greeting="yes", identity="yes", farewell="no")
    stop.set()
    for thread in threads:
        thread.join()
    assert not failed
    drain(database, Counter(month))
    check(database)


def test_nothing_is_noted_while_a_review_goes_on(office: Desk, counter: Counter) -> None:
    """Claims and answers write no note: what they change is no figure yet."""
    card = office.add(office.draft(office.take("a")))
    drain(office.database, counter)
    with office.database.unit() as unit:
        held = unit.scorecards.claim(card.id, reviewer="rita", at=AT, until=AT + timedelta(hours=1))
        office_card = office.answered(held, status=Status.IN_REVIEW, greeting="no")
        unit.scorecards.save(office_card, expected_revision=held.revision, at=AT)
    with office.database.reading() as unit:
        assert not unit.rollups.waiting()
        before = unit.rollups.cells()
    check(office.database)
    assert moments(before, "greeting")[:9] == (1, 1, 1, 1, 0, 0, 0, 0, 0)


def test_a_team_is_the_one_at_the_time_or_the_agents_of_now(office: Desk, counter: Counter) -> None:
    office.add(office.draft(office.take("a", agent="a1", team="sales")))
    office.add(office.draft(office.take("b", agent="a2", team=None)))
    office.add(office.draft(office.take("c", agent=None, team=None)))
    drain(office.database, counter)

    def totals(**asked: Any) -> dict[Any, float]:
        with office.database.reading() as unit:
            found = unit.rollups.cells(by=("agent", "team"), **asked)
        return {(one.agent, one.team): one.moments.all for one in found if one.item.kind is ItemKind.TOTAL}

    assert totals() == {("a1", "sales"): 1, ("a2", None): 1, (None, None): 1}
    with office.database.unit() as unit:
        unit.agents.upsert_many([AgentRef(id="a1", team="care"), AgentRef(id="a2", team="care")], at=AT)
    assert totals() == {("a1", "sales"): 1, ("a2", "care"): 1, (None, None): 1}
    assert totals(team="care") == {("a2", "care"): 1}
    assert totals(within=Scope(teams=frozenset({"sales"}))) == {("a1", "sales"): 1}
    assert totals(within=Scope(teams=frozenset())) == {}
    assert totals(within=Scope(agent="a2")) == {}


def test_versions_that_differ_in_criteria_are_one_rubric(office: Desk, counter: Counter) -> None:
    """The second version has no farewell: each item is summed over the versions that have it."""
    with office.database.unit() as unit:
        unit.rubrics.add(_OTHER, at=AT, active=False)
    office.add(office.draft(office.take("a")))
    office.add(office.draft(office.take("b"), rubric=_OTHER))
    drain(office.database, counter)
    with office.database.reading() as unit:
        cells = unit.rollups.cells()
        assert unit.rollups.cells(rubric="phone-support") == cells
        assert unit.rollups.cells(rubric="other") == ()
    assert {one.item.id: one.moments.all for one in cells} == {
        "": 2, "opening": 2, "closing": 2, "greeting": 2, "identity": 2, "farewell": 1
    }


def test_what_cells_cannot_be_made_by(office: Desk) -> None:
    with office.database.reading() as unit, pytest.raises(InputError) as caught:
        unit.rollups.cells(by=("agent", "reviewer"))
    assert (caught.value.field, caught.value.hint) == ("by", "one of: agent, team, channel, month")


def test_the_check_names_a_trigger_that_is_gone(own_database: Database) -> None:
    """Without it, figures would be wrong and nobody would know."""
    assert own_database.check() == ()
    with own_database.engine.begin() as connection:
        table = " ON scorecards" if connection.dialect.name == "postgresql" else ""
        connection.execute(sa.text(f"DROP TRIGGER figures_scorecard_changed{table}"))
    assert own_database.check() == ("the trigger figures_scorecard_changed is gone",)
