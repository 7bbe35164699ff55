"""Presence: who lives under which name, by lock files and by a server's own locks."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from qa_service.store.presence import AdvisoryLocks, LockFiles, Presence, presence

ROOT = Path(__file__).parents[2]
LIVING = """
import sys, time
from pathlib import Path
from qa_service.store.presence import presence

held = presence(sys.argv[1], Path(sys.argv[2]))
print(held.take("local"), flush=True)
time.sleep(600)
"""


@pytest.fixture(params=("sqlite", "postgresql"))
def address(request: pytest.FixtureRequest) -> str:
    """Of a database of each kind in turn; nothing is stored in it."""
    return "sqlite:///nothing.sqlite" if request.param == "sqlite" else str(request.getfixturevalue("postgres"))


@pytest.fixture
def process(address: str, tmp_path: Path) -> Iterator[Callable[[], Presence]]:
    """Makes the presence of one more process."""
    made: list[Presence] = []

    def one() -> Presence:
        made.append(presence(address, tmp_path))
        return made[-1]

    yield one
    for held in made:
        held.release()


def gone(of: Presence, name: str) -> bool:
    with of.if_gone(name) as free:
        return free


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_each_process_has_a_name_of_its_own_for_as_long_as_it_lives(process: Callable[[], Presence]) -> None:
    first, second, third = process(), process(), process()
    assert (first.name, first.take("local"), second.take("local")) == (None, "local", "local-2")
    assert (first.keep(), second.keep(), third.keep()) == (True, True, False)
    assert (gone(third, "local"), gone(third, "local-2"), gone(third, "local-3")) == (False, False, True)
    assert (gone(first, "local-2"), gone(second, "local")) == (False, False)
    first.release()
    assert (first.name, gone(second, "local")) == (None, True)
    assert third.take("local") == "local"
    assert first.take("other") == "other"


def test_who_looks_whether_one_is_dead_keeps_the_others_from_looking_and_from_the_name(process: Callable[[], Presence]) -> None:
    looking, other, newcomer = process(), process(), process()
    with looking.if_gone("local") as free:
        assert free
        assert not gone(other, "local")
        assert newcomer.take("local") == "local-2"
    assert gone(other, "local")


def test_a_killed_process_is_gone(address: str, tmp_path: Path, process: Callable[[], Presence]) -> None:
    command = [sys.executable, "-c", LIVING, address, str(tmp_path)]
    living = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        assert living.stdout is not None
        assert living.stdout.readline().strip() == "local"
        here = process()
        assert not gone(here, "local")
    finally:
        living.kill()
        living.communicate()
    until(lambda: gone(here, "local"))
    assert here.take("local") == "local"


def test_a_name_is_taken_again_where_its_connection_was_lost(postgres: str, tmp_path: Path) -> None:
    held, other = presence(postgres, tmp_path), presence(postgres, tmp_path)
    assert isinstance(held, AdvisoryLocks)
    held.take("ours")
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'qa_service presence'"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(kill)
    until(lambda: gone(other, "ours"))
    with other.if_gone("ours") as free:
        assert free
        assert not held.keep(), "somebody is just looking"
    assert held.keep()
    assert (held.name, gone(other, "ours")) == ("ours", False)
    held.release()


def test_one_look_is_enough_where_a_lock_cannot_be_lost(tmp_path: Path) -> None:
    assert isinstance(presence("sqlite:///x.sqlite", tmp_path), LockFiles)
    assert (LockFiles.looks, AdvisoryLocks.looks) == (1, 2)


def test_the_living_are_counted(process: Callable[[], Presence]) -> None:
    first, second, onlooker = process(), process(), process()
    first.take("counted")
    second.take("counted")
    assert {one.living() for one in (first, second, onlooker)} == {2}
    second.release()
    until(lambda: onlooker.living() == 1)
