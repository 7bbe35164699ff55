"""An object store on a bad day: a proxy before a real one, whose requests fail, hang, are cut short, or are done and then not answered."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

#: What befalls a request: refused, broken off before it was sent on, done without an answer, an answer that is cut short, and a long wait.
REFUSED, BROKEN, UNANSWERED, CUT, SLOW = "refused", "broken off", "done, unanswered", "cut short", "slow"
_KINDS = (REFUSED, BROKEN, UNANSWERED, CUT, SLOW)
_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "host"}


class BadStore(ThreadingHTTPServer):
    """Passes on to a store at ``behind`` what does not fail; safe to change while it runs."""

    daemon_threads = True

    def __init__(self, behind: str, *, seed: int = 8) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.behind = urlsplit(behind)
        #: Share of requests that something befalls; 1.0 with ``kinds`` of one: an outage.
        self.share = 0.0
        self.kinds: tuple[str, ...] = _KINDS
        #: Seconds that a slow one takes.
        self.delay = 0.5
        #: What befell how many, beside all requests.
        self.told: Counter[str] = Counter()
        self._chance = random.Random(seed)
        self._turn = threading.Lock()

    @property
    def url(self) -> str:
        """Address to name in ``QA_S3_ENDPOINT``."""
        return f"http://127.0.0.1:{self.server_port}"

    def fate(self) -> str | None:
        """Of the next request."""
        with self._turn:
            found = self._chance.choice(self.kinds) if self._chance.random() < self.share else None
            self.told[found or "well"] += 1
        return found

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are what this is about."""


@contextmanager
def bad_store(behind: str, *, seed: int = 8) -> Iterator[BadStore]:
    """The proxy, serving until the block ends."""
    with BadStore(behind, seed=seed) as store:
        thread = threading.Thread(target=store.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield store
        finally:
            store.shutdown()
            thread.join()


@contextmanager
def object_store(bucket: str) -> Iterator[str | None]:
    """Address of a store in memory with an empty bucket; ``None`` where the packages are not installed."""
    try:
        import obstore  # noqa: F401 - the product's own client
        from moto.server import ThreadedMotoServer
    except ImportError:
        yield None
        return
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with urlopen(Request(f"http://{host}:{port}/{bucket}", method="PUT")) as answer:
        assert answer.status == 200
    yield f"http://{host}:{port}"
    server.stop()


class _Passing(BaseHTTPRequestHandler):
    server: BadStore
    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fate = self.server.fate()
        if fate == SLOW:
            time.sleep(self.server.delay)
        if fate == BROKEN:
            self.close_connection = True
            return
        if fate == REFUSED:
            self._answer(503, {"Content-Type": "application/xml"}, b"<Error><Code>SlowDown</Code></Error>")
            return
        status, headers, content = self._behind(body)
        if fate == UNANSWERED:
            self.close_connection = True
            return
        self._answer(status, headers, content, cut=fate == CUT and self.command != "HEAD")

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass  # noqa: N815 - as the server calls them

    def _behind(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self.server.behind.hostname or "", self.server.behind.port, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        try:
            connection.request(self.command, self.path, body=body, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP or self.command == "HEAD"}
        return answer.status, kept, content

    def _answer(self, status: int, headers: dict[str, str], content: bytes, *, cut: bool = False) -> None:
        with suppress(OSError):
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() != "connection" and name.lower() != "transfer-encoding":
                    self.send_header(name, value)
            if self.command != "HEAD":
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if cut else content)
            if cut:
                self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""
