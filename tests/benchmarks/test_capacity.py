"""The table of capacity: worked out by hand, and the same in the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.capacity import Factors, archives, daily, markdown, needed, run

DOCS = (Path(__file__).parents[2] / "docs" / "capacity.md").read_text(encoding="utf-8")
#: Ten hours of calls of six minutes for each hour of a core, half of the time; a GPU does a hundred.
ROUND = Factors(speech=0.1, text=0.1, gpu=0.01, minutes=6, busy=0.5)


def test_a_day_of_one_core_and_one_gpu() -> None:
    core, gpu = daily(ROUND)
    assert (core["calls a day"], core["hours of calls a day"], core["chats a day"]) == pytest.approx((1200, 120, 432_000))
    assert (gpu["calls a day"], gpu["hours of calls a day"], gpu["chats a day"]) == (pytest.approx(12_000), pytest.approx(1200), None)


def test_archives_take_as_long_as_cores_are_few() -> None:
    (row,) = archives(ROUND, hours=[1_000_000])
    assert row["16 cores, days"] == pytest.approx(1_000_000 / 120 / 16)
    assert row["2 cores, days"] == pytest.approx(8 * row["16 cores, days"])
    assert row["1 GPU, days"] == pytest.approx(1_000_000 / 1200)


def test_cores_for_a_day() -> None:
    assert needed(ROUND, calls=1200, chats=432_000) == pytest.approx(2)
    assert "needed" not in run(ROUND)
    assert run(ROUND, calls=1200)["needed"] == [{"calls a day": 1200, "chats a day": 0, "cores": pytest.approx(1)}]


def test_what_was_never_measured_is_not_made_up() -> None:
    table = markdown(archives(Factors()))
    assert "GPU" not in table
    assert daily(Factors())[1]["calls a day"] is None
    assert "| GPU | not measured | not measured | not measured |" in markdown(daily(Factors()))


@pytest.mark.parametrize("table", [daily(Factors()), archives(Factors())])
def test_the_docs_hold_the_table_that_is_worked_out(table: list[dict[str, object]]) -> None:
    assert markdown(table) in DOCS
