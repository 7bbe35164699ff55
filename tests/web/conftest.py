"""A real service with people and work in it, and a real browser that is watched: nothing from outside, nothing on the console."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import httpx
import pytest
import uvicorn

from qa_service.app import create_app
from qa_service.bootstrap import Services, running
from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.user import User
from qa_service.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PASSWORD = "olive tram window 41"
_PATIENCE = 180.0
KEY = "a-key-that-is-long-enough-for-tests"
_SAID = ("My kettle is broken", "Hello, I am sorry about that. I will send you a new one.")
#: What browsers say of an answer that is no success; the answer itself is what a test looks at.
_STATUS = "Failed to load resource"
_BAD = ("error", "warning")
#: Sound is played without being asked to.
_SWITCHES = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]


class Site(NamedTuple):
    """A running service."""

    url: str
    services: Services

    def take(self, name: str, *said: str, **header: Any) -> str:
        """Take a chat in and wait for its scorecard's id; turns are the customer's and the agent's in turns."""
        turns = [{"speaker": "customer" if place % 2 == 0 else "agent", "text": text} for place, text in enumerate(said or _SAID)]
        agent = {"id": "a17", "name": "Sara", "team": "billing"}
        told = {"id": name, "channel": "chat", "language": "en", "agent": agent, "turns": [*turns, _last(name)], **header}
        with httpx.Client(base_url=self.url, headers={"X-API-Key": KEY}, timeout=_PATIENCE) as client:
            taken = client.post("/v1/conversations", json=told)
            assert taken.status_code == 202, taken.text
            until(lambda: client.get(taken.headers["location"]).json()["state"] in ("done", "failed"))
            return str(client.get(f"/v1/interactions/{quote(name, safe='')}/scorecards").json()["scorecards"][0]["id"])


def _last(name: str) -> dict[str, str]:
    """No two chats have the same words."""
    return {"speaker": "customer", "text": f"Thanks, my number is {name}"}


@contextmanager
def served(settings: Settings, *, port: int = 0) -> Iterator[Site]:
    """The whole application on a port (0: a free one), in a thread of its own: what drives the browser has an event loop in this one."""
    found: list[tuple[Site, uvicorn.Server]] = []

    def serve() -> None:
        with running(settings) as services, closing(socket.socket()) as listener:
            services.keys.first_start()
            listener.bind(("127.0.0.1", port))
            server = uvicorn.Server(uvicorn.Config(_late(create_app(services)), log_level="warning", lifespan="on", timeout_keep_alive=75))
            found.append((Site(f"http://127.0.0.1:{listener.getsockname()[1]}", services), server))
            server.run(sockets=[listener])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    until(lambda: bool(found) and found[0][1].started)
    try:
        yield found[0][0]
    finally:
        found[0][1].should_exit = True
        thread.join(60)
        assert not thread.is_alive(), "the service does not stop"


def _late(app: Any) -> Any:
    """With ``QA_TEST_SLOW_PAGES`` seconds, pages come that much later and in two halves: finds tests that look before one is there."""
    wait = float(os.environ.get("QA_TEST_SLOW_PAGES", "0"))
    if not wait:
        return app

    async def late(scope: Any, receive: Any, send: Any) -> None:
        state = {"page": False}

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                state["page"] = any(name == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"])
                if state["page"]:
                    await asyncio.sleep(wait)
            elif message["type"] == "http.response.body" and state["page"]:
                body = message.get("body", b"")
                await send({**message, "body": body[: len(body) // 2], "more_body": True})
                await asyncio.sleep(wait)
                message = {**message, "body": body[len(body) // 2 :]}
            await send(message)

        await app(scope, receive, sent if scope["type"] == "http" else send)

    return late


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not reached():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


def status_of(page: Page, path: str) -> int:
    """What a page is answered with."""
    answer = page.goto(path)
    assert answer is not None
    return answer.status


def person(services: Services, login: str, role: Role, **told: Any) -> None:
    """A user who signs in with :data:`PASSWORD`."""
    services.users.create(User(id=login, login=login, name=login.title(), role=role, created_at=services.clock(), **told), by=SYSTEM)
    services.passwords.give(login, PASSWORD, by=SYSTEM)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, write_form: Callable[..., Path]) -> Iterator[Site]:
    forms = tmp_path_factory.mktemp("forms")
    for channel in ("phone", "chat", "email", "social"):
        write_form(forms, channel)
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("site"), rubrics_dir=forms, engine="sidecar", learned=False, meanings=False, admin_key=KEY,
    )
    with served(settings) as found:
        for login, role in (("rita", Role.REVIEWER), ("lea", Role.QA_LEAD), ("root", Role.ADMIN)):
            person(found.services, login, role)
        person(found.services, "carla", Role.COACH, teams=frozenset({"billing"}))
        person(found.services, "sara", Role.AGENT, agent="a17")
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; tests that need it skip where it is not installed."""
    api = pytest.importorskip("playwright.sync_api", reason="tests in a browser need the package playwright")
    program = os.environ.get("QA_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("tests in a browser need chromium: apt-get install chromium")
    # A busy machine is no fault of a page.
    api.expect.set_options(timeout=30_000)
    _whole_pages(api)
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=_SWITCHES)
        yield found
        found.close()


def _whole_pages(api: Any) -> None:
    """A click or a key returns once the page it leads to has begun; from here on, once that page is whole."""
    for kind, name in ((api.Page, "click"), (api.Page, "press"), (api.Locator, "click"), (api.Locator, "press")):
        setattr(kind, name, _and_wait(getattr(kind, name)))


def _and_wait(act: Callable[..., Any]) -> Callable[..., Any]:
    def acted(self: Any, *args: Any, **options: Any) -> None:
        act(self, *args, **options)
        page = getattr(self, "page", self)
        if not page.is_closed():
            page.wait_for_load_state("domcontentloaded")

    return acted


@pytest.fixture
def window(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens a window, signed in as somebody unless ``login`` is ``None``; whatever goes wrong in one fails the test at its end."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_window(login: str | None = "rita", *, path: str = "/", language: str = "en", **options: Any) -> Page:
        context = browser.new_context(base_url=site.url, locale=language, **{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda told: faults.append(told.text) if told.type in _BAD and _STATUS not in told.text else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: faults.append(f"outside: {asked.url}") if not _inside(asked.url, site.url) else None)
        if login is not None:
            page.goto("/sign-in")
            page.fill("#login", login)
            page.fill("#password", PASSWORD)
            page.click("button.main")
        page.goto(path)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert faults == []


def _inside(url: str, site: str) -> bool:
    return url.startswith((site, "data:", "blob:"))
