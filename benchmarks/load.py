"""Fifty people at once over HTTP (lists, cards, profiles, search, pages, answers, uploads), while recordings are transcribed."""

from __future__ import annotations

import http.client
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from benchmarks.review import postgres, quantile, served
from benchmarks.review_cards import Laid, lay
from qa_service.bootstrap import opened
from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.user import User
from qa_service.settings import Settings

#: Bound of the 99th percentile of reads, milliseconds.
BOUND = 250.0
_FIXTURES = Path(__file__).parents[1] / "audio_fixtures"
_PASSWORD = "olive tram window 41"
#: What people look at: kind -> addresses; ``{card}``, ``{interaction}`` and ``{agent}`` stand for one that is there.
READS = (
    "/v1/interactions?limit=50",
    "/v1/interactions/{interaction}",
    "/v1/interactions/{interaction}/transcript",
    "/v1/scorecards?status=draft&limit=50",
    "/v1/scorecards/{card}",
    "/v1/scorecards/{card}",
    "/v1/agents/{agent}/profile",
    "/v1/agents?limit=50",
    "/v1/search?q=order",
    "/v1/queue",
    "/v1/jobs?limit=50",
    "/v1/me",
    "/v1/figures",
    "/v1/audit?limit=50",
)
PAGES = ("/", "/interactions", "/interactions/{interaction}", "/agents", "/agents/{agent}", "/queue", "/teams", "/reports")


class Ids(NamedTuple):
    """What there is to look at."""

    cards: Sequence[str]
    interactions: Sequence[str]
    agents: Sequence[str]


@dataclass
class Told:
    """What the people saw."""

    #: Milliseconds, by kind.
    ms: dict[str, list[float]] = field(default_factory=dict)
    #: The same, by address.
    places: dict[str, list[float]] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, place: str, seconds: float) -> None:
        with self.lock:
            self.ms.setdefault(kind, []).append(seconds * 1000)
            self.places.setdefault(place, []).append(seconds * 1000)


def run(
    *,
    users: int = 50,
    seconds: float = 120.0,
    think: float = 1.0,
    cards: int = 600,
    recordings: int = 60,
    servers: int = 1,
    databases: Sequence[str] = ("sqlite", "postgresql"),
) -> list[dict[str, Any]]:
    """One row a kind of request and database; each person waits about ``think`` seconds before the next. ``servers`` processes serve, each
    its share of the people, and one more works on the recordings."""
    rows: list[dict[str, Any]] = []
    for name in databases:
        with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder, ExitStack() as stack:
            url = None if name == "sqlite" else stack.enter_context(postgres(Path(folder) / "pg"))
            if name != "sqlite" and url is None:
                continue
            mix = {"users": users, "seconds": seconds, "think": think, "cards": cards, "recordings": recordings, "servers": servers}
            told, heard = _loaded(Path(folder) / "data", url, **mix)  # type: ignore[arg-type]
            rows += [_row(f"{name}: {kind}", times, seconds) for kind, times in sorted(told.ms.items())]
            slowest = sorted(told.places.items(), key=lambda pair: -quantile(pair[1], 0.99))[:5]
            rows += [_row(f"{name}: {place}", times, seconds) for place, times in slowest]
            rows[-1] |= {"errors": len(told.strange), "recordings": heard}
            rows += [{**dict.fromkeys(rows[-1]), "what": f"{name}: {one}"} for one in told.strange[:5]]
    return rows


def _row(what: str, times: list[float], seconds: float) -> dict[str, Any]:
    return {
        "what": what,
        "requests": len(times),
        "a second": len(times) / seconds,
        "p50 ms": quantile(times, 0.5),
        "p95 ms": quantile(times, 0.95),
        "p99 ms": quantile(times, 0.99),
        "most ms": max(times),
        "errors": None,
        "recordings": None,
    }


def _loaded(
    data: Path, url: str | None, *, users: int, seconds: float, think: float, cards: int, recordings: int, servers: int
) -> tuple[Told, int]:
    laid = lay(data, url, cards=cards, reviewers=users)
    ids = _prepared(data, url, laid, users)
    key = "a-key-that-is-long-enough-for-a-bench"
    environment = {**os.environ, "QA_DATA_DIR": str(data), "QA_ADMIN_KEY": key, **({"QA_DATABASE_URL": url} if url else {})}
    told, offered = Told(), SimpleQueue[str]()
    for card in laid.cards:
        offered.put(card)
    serving = {**environment, "QA_WORK": "[]"}
    command = [sys.executable, "-m", "qa_service", "serve", "--port"]
    with ExitStack() as stack:
        ports = [stack.enter_context(served(command, serving, path="/v1/health/live")) for _ in range(servers)]
        port = ports[0]
        stack.enter_context(_working(environment))
        _speech(port, key, recordings)
        people = [_Person(ports[n % servers], n, laid, ids, offered, told) for n in range(users)]
        for person in people:
            person.sign_in()
        until = time.monotonic() + seconds
        _together([lambda one=one: one.live(until, think) for one in people])  # type: ignore[misc]
        heard = _heard(port, key)
    return told, heard


def _prepared(data: Path, url: str | None, laid: Laid, users: int) -> Ids:
    """People with passwords, and the ids of things."""
    with opened(Settings(data_dir=data, database_url=url or "")) as services:
        with services.database.reading() as unit:
            interactions = [unit.scorecards.get(card).interaction for card in laid.cards[:100]]
        for number in range(users):
            user = User(id=f"lead-{number}", login=f"lead-{number}", name=f"Lead {number}", role=Role.QA_LEAD)
            services.users.create(user, by=SYSTEM)
            services.passwords.give(user.id, _PASSWORD, by=SYSTEM)
    agents = sorted({one.agent for one in interactions if one.agent is not None})
    return Ids(laid.cards, [one.id for one in interactions], agents)


@contextmanager
def _working(environment: dict[str, str]) -> Iterator[None]:
    """A worker beside the server, which leaves it the processor as docs/deploy says."""
    process = subprocess.Popen(
        ["nice", "-n", "10", sys.executable, "-m", "qa_service", "worker"],
        env=environment,
        cwd=Path(__file__).parents[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _speech(port: int, key: str, recordings: int) -> None:
    """A batch of calls, no two alike to the last bit."""
    calls = [path for path in sorted(_FIXTURES.glob("*.wav")) if _plain(path)]
    parts, boundary = [], "a-boundary-that-nobody-says"
    for number in range(recordings):
        source = calls[number % len(calls)]
        parts.append((f"{source.stem}-{number}.wav", _varied(source, number)))
    head = b'--%b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n%b\r\n'
    body = b"".join(head % (boundary.encode(), name.encode(), data) for name, data in parts) + b"--%b--\r\n" % boundary.encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": f"multipart/form-data; boundary={boundary}"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", "/v1/batches", body=body, headers=headers)
    answer = connection.getresponse()
    assert answer.status == 202, answer.read()[:300]


def _plain(path: Path) -> bool:
    """Whether its samples are plain numbers."""
    try:
        wave.open(str(path), "rb").close()
    except wave.Error:
        return False
    return True


def _varied(path: Path, number: int) -> bytes:
    """The same call with other lowest bits at its start."""
    with wave.open(str(path), "rb") as read:
        parameters, frames = read.getparams(), bytearray(read.readframes(read.getnframes()))
    for at in range(32):
        frames[2 * at] = frames[2 * at] & 0xFE | (number >> at & 1)
    out = io.BytesIO()
    with wave.open(out, "wb") as write:
        write.setparams(parameters)
        write.writeframes(bytes(frames))
    return out.getvalue()


def _heard(port: int, key: str) -> int:
    """How many recordings of the batch are done."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/v1/batches", headers={"Authorization": f"Bearer {key}"})
    (batch,) = json.loads(connection.getresponse().read())["items"]
    return int(batch["counts"]["done"])


class _Person:
    """One of them, with a connection of their own."""

    def __init__(self, port: int, number: int, laid: Laid, ids: Ids, offered: SimpleQueue[str], told: Told) -> None:
        self._port, self._number, self._laid, self._ids, self._offered, self._told = port, number, laid, ids, offered, told
        self._chance = random.Random(number)
        self._key = {"Authorization": f"Bearer {laid.keys[number]}"}
        self._cookie: dict[str, str] = {}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def sign_in(self) -> None:
        body = json.dumps({"login": f"lead-{self._number}", "password": _PASSWORD}).encode()
        self._connection.request("POST", "/v1/sessions", body=body, headers={"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        answer.read()
        assert answer.status == 201, answer.status
        self._cookie = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}

    def live(self, until: float, think: float) -> None:
        """Ask, wait, ask, until then."""
        time.sleep(self._chance.random() * think)
        while time.monotonic() < until:
            one = self._chance.random()
            act = self._read if one < 0.55 else self._page if one < 0.8 else self._write if one < 0.95 else self._upload
            act()
            time.sleep(self._chance.expovariate(1 / think) if think else 0)

    def _read(self) -> None:
        place = self._chance.choice(READS)
        self._ask("reads", "GET", place, self._cookie)

    def _page(self) -> None:
        self._ask("pages", "GET", self._chance.choice(PAGES), self._cookie)

    def _write(self) -> None:
        """One card claimed, answered and finalised."""
        try:
            card = self._offered.get_nowait()
        except Empty:
            return
        # A write that failed is told; what would follow from it alone is not.
        if (tag := self._ask("writes", "POST", "/v1/scorecards/{card}/claim", self._key, card=card)) is None:
            return
        answers = [{"criterion": one, "answer": options[0], "reason": "heard it"} for one, options in self._laid.options.items()]
        tag = self._ask("writes", "PATCH", "/v1/scorecards/{card}/answers", self._key | {"If-Match": tag}, {"answers": answers}, card=card)
        if tag is not None:
            self._ask("writes", "POST", "/v1/scorecards/{card}/finalize", self._key | {"If-Match": tag}, card=card)

    def _upload(self) -> None:
        name = f"load-{self._number}-{self._chance.randrange(10**9)}"
        turns = [
            {"speaker": "customer", "text": f"My order {name} did not come."},
            {"speaker": "agent", "text": "Hello, I am sorry, I will look."},
        ]
        body = {"id": name, "channel": "chat", "language": "en", "agent": {"id": self._chance.choice(self._ids.agents)}, "turns": turns}
        self._ask("uploads", "POST", "/v1/conversations", {"Authorization": "Bearer a-key-that-is-long-enough-for-a-bench"}, body)

    def _ask(self, kind: str, method: str, place: str, headers: dict[str, str], body: Any = None, *, card: str | None = None) -> str | None:
        """The answer's tag; ``None``: it failed."""
        chosen = {
            "card": card or self._chance.choice(self._ids.cards),
            "interaction": self._chance.choice(self._ids.interactions),
            "agent": self._chance.choice(self._ids.agents),
        }
        sent = None if body is None else json.dumps(body).encode()
        begun = time.perf_counter()
        try:
            told = {**headers, "Content-Type": "application/json"} if sent else headers
            self._connection.request(method, place.format(**chosen), body=sent, headers=told)
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._strange(f"{method} {place}: {error!r}")
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            return None
        self._told.add(kind, f"{method} {place}", time.perf_counter() - begun)
        if answer.status >= 400:
            self._strange(f"{method} {place}: {answer.status} {content[:200]!r}")
            return None
        return str(answer.headers.get("ETag", ""))

    def _strange(self, what: str) -> None:
        with self._told.lock:
            self._told.strange.append(what)


def _together(jobs: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
