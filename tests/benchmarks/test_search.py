"""The benchmark of search on a few turns: every kind of query runs, on both databases where they are there."""

from __future__ import annotations

from benchmarks.search import run, vocabulary


def test_every_kind_of_query_is_timed() -> None:
    rows = run(turns=600, queries=1, databases=("sqlite",))
    assert rows[0]["what"] == "sqlite: write"
    assert rows[0]["index MB"] > 0
    assert rows[-1]["queries"] == len(rows) - 2 > 10
    assert all(row["p95 ms"] is not None for row in rows[1:])


def test_words_of_three_languages_the_commonest_first() -> None:
    words = vocabulary()
    assert {language: len(some) for language, some in words.items()} == dict.fromkeys(("en", "fa", "ar"), 30_000)
    assert [some[0] for some in words.values()] == ["the", "و", "في"]
