"""What was asked is kept, the oldest is forgotten, and tokens of a day are counted once by all who share the file."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa_service.analysis.judge.memory import Kept, Memory
from qa_service.errors import JudgeError


def kept(request: str, reply: str = "{}") -> Kept:
    return Kept(
        request=request, at="2026-11-22T12:00:00+00:00", sent='{"model": "م"}', reply=reply, served="s", asked_tokens=None, reply_tokens=3,
        ms=7, format="words",
    )


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Memory]:
    return lambda keep=10, name="judge.sqlite": Memory(tmp_path / "new" / name, keep=keep)


def test_what_was_kept_comes_back_from_another_process(make: Callable[..., Memory]) -> None:
    make().put(kept("ab" * 32, "سلام"))
    again = make()
    assert again.get("ab" * 32) == kept("ab" * 32, "سلام")
    assert again.get("ab" * 31 + "ac") is None
    assert again.get("abab") is None


def test_requests_are_found_by_the_beginning_of_their_hash(make: Callable[..., Memory]) -> None:
    memory = make()
    for request in ("aa11", "aa12", "ab00", "aaff"):
        memory.put(kept(request))
    assert [one.request for one in memory.find("aa", most=9)] == ["aa11", "aa12", "aaff"]
    assert len(memory.find("aa")) == 2
    assert memory.find("b") == []


def test_the_oldest_are_forgotten_and_none_is_kept_twice(make: Callable[..., Memory]) -> None:
    memory = make(keep=3)
    for request in ("a", "b", "c", "a", "d"):
        memory.put(kept(request))
    assert [request for request in "abcd" if memory.get(request)] == ["a", "c", "d"]
    none = make(keep=0, name="none.sqlite")
    none.put(kept("a"))
    assert none.get("a") is None


def test_tokens_of_a_day_stop_at_the_limit(make: Callable[..., Memory]) -> None:
    memory = make()
    assert [memory.reserve("2026-11-22", tokens, limit=100) for tokens in (60, 50, 40, 1)] == [True, False, True, False]
    memory.settle("2026-11-22", -30)
    assert memory.spent("2026-11-22") == 70
    assert memory.reserve("2026-11-23", 100, limit=100)
    assert memory.reserve("2026-11-22", 10**9, limit=0)
    memory.settle("2026-11-23", -500)
    assert memory.spent("2026-11-23") == 0
    assert memory.spent("1999-01-01") == 0


def test_many_threads_never_spend_more_than_the_limit(make: Callable[..., Memory]) -> None:
    memories = [make(), make()]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda index: memories[index % 2].reserve("2026-11-22", 7, limit=100), range(40)))
    assert got.count(True) == 14
    assert memories[0].spent("2026-11-22") == 98


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "judge.sqlite").write_text("no database, but long enough to be taken for one" * 50)
    with pytest.raises(JudgeError, match="the judge's memory cannot be used: file is not a database"):
        Memory(tmp_path / "judge.sqlite", keep=1).get("a")
