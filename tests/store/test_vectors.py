"""The file of vectors: kept for the next process, bounded, and shared by threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from qa_service.store.vectors import VectorFile


def vector(value: float) -> np.ndarray:
    return np.full(4, value, np.float16)


def test_what_was_kept_is_there_for_the_next_process(tmp_path: Path) -> None:
    VectorFile(tmp_path / "a" / "vectors.sqlite").put_many({"one": vector(0.1), "two": vector(2.0)})
    found = VectorFile(tmp_path / "a" / "vectors.sqlite").get_many(["two", "three", "one"])
    assert sorted(found) == ["one", "two"]
    assert found["one"].dtype == np.float16
    assert np.array_equal(found["one"], vector(0.1))


def test_where_nothing_was_kept_nothing_is_made(tmp_path: Path) -> None:
    assert VectorFile(tmp_path / "vectors.sqlite").get_many(["one"]) == {}
    assert list(tmp_path.iterdir()) == []


def test_many_keys_are_asked_for_at_once(tmp_path: Path) -> None:
    file = VectorFile(tmp_path / "vectors.sqlite")
    file.put_many({str(number): vector(number) for number in range(1000)})
    assert len(file.get_many([str(number) for number in range(2000)])) == 1000


def test_the_oldest_make_room(tmp_path: Path) -> None:
    VectorFile(tmp_path / "vectors.sqlite").put_many({str(number): vector(number) for number in range(30)})
    VectorFile(tmp_path / "vectors.sqlite", size=10).put_many({"new": vector(1)})
    found = VectorFile(tmp_path / "vectors.sqlite").get_many([*map(str, range(30)), "new"])
    assert sorted(found) == sorted([*map(str, range(21, 30)), "new"])


def test_threads_share_it(tmp_path: Path) -> None:
    file = VectorFile(tmp_path / "vectors.sqlite")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: file.put_many({"same": vector(7), str(number): vector(number)}), range(20)))
    assert len(file.get_many(["same", *map(str, range(20))])) == 21
