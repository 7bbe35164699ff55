"""What the tests of several floors share: two small forms, settings that point at them, and files to score."""

from __future__ import annotations

import json
import logging
import threading
import urllib.request
import uuid
import wave
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import settings

from qa_service.analysis.analysis import Analysis
from qa_service.settings import Settings
from tests.postgres import server

ROOT = Path(__file__).parents[1]

# A run says the same of the same code: a property's examples hang on the test alone. 'pytest --hypothesis-profile search' tries others.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.register_profile("search", max_examples=3000, deadline=None)
settings.load_profile("steady")

#: Greeting (weight 2) in a section of weight 1; manners (1, critical) and help (3, for people) in one of weight 3.
FORM = """\
rubric: mini-{channel}
version: {version}
channel: {channel}
title: {{en: Mini, fa: کوتاه, ar: قصير}}
sections:
  - id: opening
    title: Opening
    weight: 1
    criteria:
      - id: greeting
        question: Did the agent greet?
        weight: 2
        skill: clarity
        detect: {{said: {{by: agent, phrases: {{en: [{greeting}], fa: [سلام], ar: [مرحبا]}}}}}}
  - id: rest
    title: Rest
    weight: 3
    criteria:
      - id: manners
        question: Was the agent polite?
        weight: 1
        severity: customer
        detect: {{not_said: {{by: agent, phrases: {{en: [stupid], fa: [احمق], ar: [غبي]}}}}}}
      - id: helped
        question: Was the customer helped?
        weight: 3
        detect: manual
"""


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a real PostgreSQL with a migrated template database; skips where the package is not installed."""
    with server() as url:
        yield url


@pytest.fixture(scope="session")
def object_server() -> Iterator[str]:
    """Address of an object store that speaks S3; skips where the packages are not installed."""
    moto = pytest.importorskip("moto.server", reason="tests of object stores need the package moto[server]")
    pytest.importorskip("obstore", reason="tests of object stores need the package obstore")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    started = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    yield f"http://{host}:{port}"
    started.stop()


@pytest.fixture
def bucket(object_server: str) -> str:
    """Name of a new one on it."""
    name = f"calls-{uuid.uuid4().hex}"
    with urllib.request.urlopen(urllib.request.Request(f"{object_server}/{name}", method="PUT")) as answer:
        assert answer.status == 200
    return name


@pytest.fixture(scope="session")
def write_form() -> Callable[..., Path]:
    """Writes a form; another version or greeting makes another rubric."""

    def write(folder: Path, channel: str, *, version: int = 1, greeting: str = "hello", rubric: str | None = None) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        text = FORM.format(channel=channel, version=version, greeting=greeting)
        path = folder / f"{rubric or channel}.yaml"
        path.write_text(text if rubric is None else text.replace(f"mini-{channel}", rubric), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def forms(tmp_path_factory: pytest.TempPathFactory, write_form: Callable[..., Path]) -> Path:
    """A folder with the small forms of chat and phone."""
    folder = tmp_path_factory.mktemp("forms")
    for channel in ("chat", "phone"):
        write_form(folder, channel)
    return folder


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    """One for all, since its lexicons are compiled once an object."""
    return Analysis()


@pytest.fixture(scope="session")
def make_settings(forms: Path) -> Callable[..., Settings]:
    """Settings on a data folder of one's own, with the small forms and the engine that only reads."""

    def make(data_dir: Path, **changes: Any) -> Settings:
        # What gives up does so in seconds.
        return Settings(**{"data_dir": data_dir, "rubrics_dir": forms, "engine": "sidecar", "step_attempts": 4, **changes})

    return make


def chat(identifier: str, *said: str, agent: str | dict[str, Any] | None = "a1", **header: Any) -> dict[str, Any]:
    """A chat in which the agent and the customer take turns; the agent begins."""
    turns = [{"speaker": ("agent", "customer")[index % 2], "text": text} for index, text in enumerate(said or ("Hello!", "Hi."))]
    who = {} if agent is None else {"agent": {"id": agent} if isinstance(agent, str) else agent}
    return {"id": identifier, "channel": "chat", "language": "en", **who, **header, "turns": turns}


@pytest.fixture(scope="session")
def chats() -> Callable[..., dict[str, Any]]:
    """Makes chats: ``chats(ID, "Hello!", "Hi.", agent="a1")``."""
    return chat


@pytest.fixture(scope="session")
def write_chat() -> Callable[..., Path]:
    """Writes a chat as ``ID.json``."""

    def write(folder: Path, identifier: str, *said: str, **header: Any) -> Path:
        path = folder / f"{identifier}.json"
        path.write_text(json.dumps(chat(identifier, *said, **header), ensure_ascii=False), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def write_call() -> Callable[..., Path]:
    """Writes a two-channel recording of noise, and what was said beside it for the engine that only reads."""

    def write(folder: Path, name: str, *said: str, channels: Any = None, seconds: float = 1.0, parties: int = 2, **header: Any) -> Path:
        path = folder / f"{name}.wav"
        # Loud enough to be no silence; every name has noise of its own.
        noise = np.random.default_rng(list(name.encode())).integers(-3000, 3000, size=(round(8000 * seconds), parties), dtype=np.int16)
        with wave.open(str(path), "wb") as file:
            file.setparams((parties, 2, 8000, 0, "NONE", ""))
            file.writeframes(noise.tobytes())
        if said:
            turns = chat(name, *said)["turns"]
            timed = [{**turn, "start": index * 0.4, "end": index * 0.4 + 0.3} for index, turn in enumerate(turns)]
            told = {"left": "agent", "right": "customer"} if channels is None else channels
            sidecar = {"id": name, "language": "en", "agent": {"id": "a1"}, "channels": told, **header, "turns": timed}
            path.with_suffix(".json").write_text(json.dumps(sidecar), encoding="utf-8")
        return path

    return write


class Raw(NamedTuple):
    """A reply byte by byte."""

    body: bytes | str | dict[str, Any] = b""
    status: int = 200
    headers: dict[str, str] = {"Content-Type": "application/json"}
    #: Seconds before the first byte, and before each byte of the body where that drips.
    wait: float = 0.0
    drip: float = 0.0


class LanguageModel(ThreadingHTTPServer):
    """An OpenAI-compatible server on this machine that answers by a script: one reply after the other, the last one for ever.

    A reply is what the model says (a text, or data that is sent as JSON), a ``Raw``, or a function of the request's body that gives one.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.ended = threading.Event()
        self._script: list[Any] = []
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """As an operator writes it."""
        return f"http://127.0.0.1:{self.server_port}/v1"

    def script(self, *replies: Any) -> None:
        """What it answers from now on."""
        self._script = list(replies)
        self.asked.clear()

    def reply(self, body: dict[str, Any], headers: dict[str, str]) -> Raw:
        with self._lock:
            self.asked.append(body)
            self.headers.append(headers)
            told = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        told = told(body) if callable(told) else told
        if isinstance(told, Raw):
            return told
        text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
        message = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 300, "completion_tokens": 40, "total_tokens": 340}
        return Raw({"object": "chat.completion", "model": f"served-{body['model']}", "choices": [message], "usage": usage})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests are about."""


class _Talk(BaseHTTPRequestHandler):
    server: LanguageModel

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = self.server.reply(body, {name.lower(): value for name, value in self.headers.items()})
        text = json.dumps(told.body) if isinstance(told.body, dict) else told.body
        content = text.encode() if isinstance(text, str) else text
        if self.server.ended.wait(told.wait):
            return
        self.send_response(told.status if self.path == "/v1/chat/completions" else 404)
        for name, value in {"Content-Length": str(len(content)), "Connection": "close", **told.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if not told.drip:
            self.wfile.write(content)
        for byte in content if told.drip else b"":
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.ended.wait(told.drip):
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@pytest.fixture
def language_model() -> Iterator[LanguageModel]:
    """A real HTTP server that plays a language model."""
    with LanguageModel() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.ended.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def raw() -> type[Raw]:
    """Makes replies byte by byte."""
    return Raw
