"""The benchmark of figures, on a small house: it runs, and what it measured is right."""

from __future__ import annotations

from benchmarks import aggregate


def test_a_small_house() -> None:
    """The house is built, counted, asked, exported and, being small, compared with its scorecards."""
    rows = {row["what"]: row for row in aggregate.run(scorecards=300, databases=("sqlite",), reads=3, added=4, apart=False)}
    # Those of the house; and of one that comes in on its own a note when it is stored and one when it is finished.
    assert rows["sqlite: all of them counted"]["runs"] >= 300
    assert rows["sqlite: adding a finished one to the rollups"]["runs"] == 4
    assert all(row["p50 ms"] is None or 0 < row["p50 ms"] <= row["p95 ms"] <= row["max ms"] for row in rows.values())
    assert rows["sqlite: exported to Parquet"]["MB"] > 0
    assert {"sqlite: agent profile", "sqlite: team month: cells by agent", "sqlite: DuckDB: team month"} <= rows.keys()
