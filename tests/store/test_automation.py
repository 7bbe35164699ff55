"""Open drafts by what keeps them waiting for a person, as the database sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from qa_service.domain.automation import Obstacle
from qa_service.domain.interaction import Purpose
from qa_service.domain.priority import Priority
from qa_service.domain.queue import Lane
from qa_service.domain.review import successor
from qa_service.domain.scorecard import Answer, Scorecard
from qa_service.domain.scoring import score
from qa_service.store.queue import NewItem
from qa_service.store.tables import SamplingPlanRow, SamplingRunRow, core
from tests.store.conftest import AT, Desk

LATER = AT + timedelta(hours=72)
PLAN = {"id": "p1", "version": 1, "active": True, "data": "{}", "created_by": "lea", "created_at": AT, "changed_at": AT}
RUN = {
    "id": "r1", "plan_id": "p1", "plan_version": 1, "period": "2026-03", "seed": "7", "eligible": 9, "taken": 0, "picked": 2, "blind": 1,
    "data": "{}", "created_by": "lea", "created_at": AT,
}


def add_plan(desk: Desk, **changes: Any) -> None:
    with desk.database.engine.begin() as connection:
        connection.execute(sa.insert(core(SamplingPlanRow)).values({**PLAN, "active_since": AT - timedelta(days=1), **changes}))


def add_run(desk: Desk, since: datetime, until: datetime) -> None:
    with desk.database.engine.begin() as connection:
        connection.execute(sa.insert(core(SamplingRunRow)).values({**RUN, "since": since, "until": until}))


def waiting(desk: Desk, made_before: datetime = LATER) -> Mapping[Obstacle, int]:
    with desk.database.reading() as unit:
        return unit.automation.waiting(made_before=made_before)


def ready(desk: Desk, **options: Any) -> tuple[str, ...]:
    with desk.database.reading() as unit:
        return unit.automation.ready(**{"made_before": LATER, "limit": 10, **options})


def claimed(desk: Desk, card: Scorecard) -> None:
    with desk.database.unit() as unit:
        unit.scorecards.claim(str(card.id), reviewer="rita", at=AT, until=AT + timedelta(minutes=1))


def begun(desk: Desk, card: Scorecard) -> None:
    part = score(card.answering({"greeting": Answer(answer="no", by="rita", at=AT)}), desk.rubric)
    with desk.database.unit() as unit:
        unit.scorecards.save(part, expected_revision=card.revision, at=AT)


def blind(desk: Desk, card: Scorecard) -> None:
    with desk.database.unit() as unit:
        unit.scorecards.make_blind([str(card.id)])


def queued(desk: Desk, card: Scorecard) -> None:
    add_plan(desk, active=False)
    add_run(desk, AT, LATER)
    item = NewItem(
        id="i1", interaction=card.interaction.id, rubric=card.rubric.id, scorecard=str(card.id), agent="a17", team=None, channel="phone",
        language="fa", plan="p1", run="r1", reasons=(), priority=Priority(value=50, doubt=0.5, width=0.5, finals=0), probability=0.5,
        blind_share=0, lane=Lane.NORMAL, due_at=AT,
    )
    with desk.database.unit() as unit:
        unit.queue.add_many([item], at=AT)


def training(desk: Desk, card: Scorecard) -> None:
    with desk.database.unit() as unit:
        unit.interactions.mark(card.interaction.id, Purpose.TRAINING)


def reopened(desk: Desk, card: Scorecard) -> None:
    final = desk.finish(card, greeting="yes")
    with desk.database.unit() as unit:
        unit.scorecards.succeed(successor(final), at=AT)


def to_be_drawn(desk: Desk, card: Scorecard) -> None:
    add_plan(desk)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (training, Obstacle.NOT_LIVE), (claimed, Obstacle.BEGUN), (begun, Obstacle.BEGUN), (blind, Obstacle.SAMPLED),
        (queued, Obstacle.SAMPLED), (to_be_drawn, Obstacle.UNSAMPLED),
    ],
)
def test_what_people_are_about_to_do_is_left_to_them(desk: Desk, act: Callable[[Desk, Scorecard], None], reason: Obstacle) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    assert (ready(desk), waiting(desk)) == ((card.id,), {})
    act(desk, card)
    assert (ready(desk), waiting(desk)) == ((), {reason: 1})
    with desk.database.reading() as unit:
        assert unit.automation.obstacle_of(str(card.id), made_before=LATER) is reason


@pytest.mark.parametrize(
    ("suggested", "reason"), [({"greeting": "undecided"}, Obstacle.UNDECIDED), ({"identity": "no"}, Obstacle.CRITICAL)]
)
def test_what_the_machine_is_not_sure_of_or_warns_of_waits(desk: Desk, suggested: dict[str, str], reason: Obstacle) -> None:
    desk.add(desk.draft(desk.take("c1"), **suggested))
    assert (ready(desk), waiting(desk)) == ((), {reason: 1})


def test_only_what_has_waited_long_enough(desk: Desk) -> None:
    card = desk.add(desk.draft(desk.take("c1")), minutes=5)
    assert waiting(desk, AT + timedelta(minutes=4)) == {Obstacle.YOUNG: 1}
    assert ready(desk, made_before=AT + timedelta(minutes=5)) == (card.id,)


def test_a_version_that_was_opened_again_does_not_count_yet_and_is_not_looked_at(desk: Desk) -> None:
    reopened(desk, desk.add(desk.draft(desk.take("c1"))))
    assert (ready(desk), waiting(desk)) == ((), {})


def test_final_ones_and_unknown_ones_are_no_drafts(desk: Desk) -> None:
    final = desk.finish(desk.add(desk.draft(desk.take("c1"))), greeting="yes")
    with desk.database.reading() as unit:
        for card in (str(final.id), "nobody"):
            assert unit.automation.obstacle_of(card, made_before=LATER) is Obstacle.BEGUN
    assert (ready(desk), waiting(desk)) == ((), {})


@pytest.mark.parametrize(
    ("plan", "run", "waits"),
    [
        ({}, (AT - timedelta(days=1), AT), True), ({}, (AT, AT + timedelta(days=1)), False),
        ({"active": False}, None, False), ({"active_since": AT + timedelta(seconds=1)}, None, False),
    ],
    ids=["drew from another time", "has drawn", "given up", "draws from later on"],
)
def test_what_a_plan_will_draw_from_waits_for_it(
    desk: Desk, plan: dict[str, Any], run: tuple[datetime, datetime] | None, waits: bool
) -> None:
    desk.add(desk.draft(desk.take("c1")))
    add_plan(desk, **plan)
    if run is not None:
        add_run(desk, *run)
    assert waiting(desk) == ({Obstacle.UNSAMPLED: 1} if waits else {})
    assert len(ready(desk)) == (not waits)


def test_pages_follow_each_other(desk: Desk) -> None:
    made = sorted(str(desk.add(desk.draft(desk.take(f"c{number}"))).id) for number in range(5))
    first = ready(desk, limit=2)
    assert (*first, *ready(desk, limit=2, after=first[-1]), *ready(desk, limit=2, after=made[3])) == tuple(made)
