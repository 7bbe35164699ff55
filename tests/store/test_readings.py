"""Readings: sums follow every change of a reading, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from qa_service.domain.interaction import AgentRef, Channel, Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.reading import Summed
from qa_service.store.readings import Reading
from qa_service.store.tables import ReadingRow, ReadingSumRow, core


def reading(interaction: str, month: str = "2026-03", agent: str | None = "a17", team: str | None = "billing", **values: float) -> Reading:
    told = {name.replace("__", "."): value for name, value in values.items()}
    return Reading(interaction, agent, team, Channel.PHONE, month, Purpose.LIVE, told)


@pytest.fixture
def kept(desk: Any) -> Any:
    """Three calls of a17, one of a nobody, one of a18 in another team."""
    for name in ("c1", "c2", "c3"):
        desk.take(name)
    desk.take("c4", agent=None, team=None)
    desk.take("c5", agent="a18", team="sales")
    with desk.database.unit() as unit:
        unit.readings.save_many(
            [
                reading("c1", hold__seconds=10.0, ring__seconds=2.0), reading("c2", hold__seconds=30.0),
                reading("c3", "2026-04", hold__seconds=5.0), reading("c4", agent=None, team=None, hold__seconds=100.0),
                reading("c5", agent="a18", team="sales", hold__seconds=7.0),
            ]
        )  # fmt: skip
    return desk


def test_sums_by_agent_team_and_month(kept: Any) -> None:
    with kept.database.reading() as unit:
        assert unit.readings.sums(agent="a17") == {"hold.seconds": Summed(3, 45.0, 1025.0), "ring.seconds": Summed(1, 2.0, 4.0)}
        assert unit.readings.sums(agent="a17", first="2026-04") == {"hold.seconds": Summed(1, 5.0, 25.0)}
        assert unit.readings.sums(agent="a17", last="2026-03")["hold.seconds"].n == 2
        assert unit.readings.sums(but="a17")["hold.seconds"] == Summed(2, 107.0, 10049.0)
        assert unit.readings.sums(but="a17", team="billing") == {}
        assert unit.readings.sums(team="sales") == {"hold.seconds": Summed(1, 7.0, 49.0)}
        assert unit.readings.sums(channels=[Channel.CHAT]) == {}
        assert unit.readings.sums(agent="a99") == {}
        assert unit.readings.of(["c1", "c3", "no-such"]) == {"hold.seconds": Summed(2, 15.0, 125.0), "ring.seconds": Summed(1, 2.0, 4.0)}


def test_a_new_analysis_takes_the_place_of_the_one_before(kept: Any) -> None:
    with kept.database.unit() as unit:
        unit.readings.save_many([reading("c1", "2026-04", hold__seconds=1.0)])
    with kept.database.reading() as unit:
        assert unit.readings.sums(agent="a17", last="2026-03") == {"hold.seconds": Summed(1, 30.0, 900.0)}
        assert unit.readings.sums(agent="a17")["hold.seconds"] == Summed(3, 36.0, 926.0)


def test_what_is_put_down_to_another_agent_counts_there(kept: Any) -> None:
    with kept.database.unit() as unit:
        unit.attributions.move("c2", AgentRef(id="a18", team="sales"))
    with kept.database.reading() as unit:
        assert unit.readings.sums(agent="a17")["hold.seconds"] == Summed(2, 15.0, 125.0)
        assert unit.readings.sums(agent="a18")["hold.seconds"] == Summed(2, 37.0, 949.0)
        assert unit.readings.sums(team="sales")["hold.seconds"].n == 2


def test_practice_counts_apart(kept: Any) -> None:
    with kept.database.unit() as unit:
        unit.readings.mark("c1", Purpose.TRAINING)
    with kept.database.reading() as unit:
        assert unit.readings.sums(agent="a17")["hold.seconds"].n == 2
        assert unit.readings.sums(agent="a17", purpose=Purpose.TRAINING)["hold.seconds"] == Summed(1, 10.0, 100.0)


@pytest.mark.parametrize(
    ("scope", "n"),
    [(None, 5), (Scope(), 5), (Scope(teams=frozenset({"billing"})), 3), (Scope(teams=frozenset()), 0), (Scope(agent="a17"), 0)],
)
def test_sums_are_as_wide_as_the_reach(kept: Any, scope: Scope | None, n: int) -> None:
    with kept.database.reading() as unit:
        found = unit.readings.sums(within=scope)
    assert (found["hold.seconds"].n if found else 0) == n


def test_sums_are_those_of_the_readings_after_whatever_came(kept: Any) -> None:
    with kept.database.unit() as unit:
        unit.readings.save_many([reading("c1", hold__seconds=4.0), reading("c5", agent="a18", team="sales")])
        unit.readings.move("c3", None, None)
        unit.readings.mark("c2", Purpose.TEST)
    with kept.database.engine.connect() as connection:
        names = sorted(connection.execute(sa.select(core(ReadingRow).c.interaction_id)).scalars())
        column = core(ReadingSumRow).c
        told = connection.execute(sa.select(column.name, sa.func.sum(column.total)).group_by(column.name))
        sums = {name: total for name, total in told if total}
    with kept.database.reading() as unit:
        assert sums == {name: one.total for name, one in unit.readings.of(names).items()}
