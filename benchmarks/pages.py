"""The workbench of a long call in a real browser: how soon it is there, how fast it saves, how smoothly it plays, how large it is."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.pages_call import LOGIN, PASSWORD, lay
from benchmarks.review import Client, Told, bare_writes, quantile, served
from qa_service.errors import ConfigurationError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", "--mute-audio")
_COOKIE = "qa_session"
_PAINTS = """() => Object.fromEntries([...performance.getEntriesByType('paint'), ...performance.getEntriesByName('qa-keys')]
    .map((one) => [one.name, one.startTime]))"""
#: Files of a kind that the page loads: their names and sizes as they are unpacked.
_LOADED = """(ending) => performance.getEntriesByType('resource').filter((one) => new URL(one.name).pathname.endsWith(ending))
    .map((one) => [new URL(one.name).pathname, one.decodedBodySize])"""
#: Milliseconds between frames while it plays, and tasks of 50 ms and more.
_FRAMES = """async (seconds) => {
    const media = document.getElementById('media'), tasks = [], frames = [];
    const watch = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => one.duration)));
    watch.observe({ type: 'longtask' });
    const from = media.currentTime;
    await new Promise((done) => {
        const end = performance.now() + seconds * 1000;
        let last = performance.now();
        const frame = (now) => { frames.push(now - last); last = now; now < end ? requestAnimationFrame(frame) : done(); };
        requestAnimationFrame(frame);
    });
    return { frames: frames.slice(2), tasks, played: media.currentTime - from };
}"""


def run(*, minutes: int = 30, turns: int = 600, loads: int = 5, saves: int = 60, seconds: int = 10) -> list[dict[str, Any]]:
    """One row a figure, with the bound that it must keep; raises :class:`ConfigurationError` without a browser."""
    program = os.environ.get("QA_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise ConfigurationError("this benchmark needs a browser that can be driven", hint="pip install playwright") from error
    if program is None:
        raise ConfigurationError("this benchmark needs chromium", hint="apt-get install chromium, or QA_CHROMIUM=/its/path")
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        card = lay(data, minutes=minutes, turns=turns)
        command = [sys.executable, "-m", "qa_service", "serve", "--port"]
        with served(command, {**os.environ, "QA_DATA_DIR": str(data)}, path="/v1/health/live") as port, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
            rows = _measured(browser, port, card, loads=loads, saves=saves, seconds=seconds)
            browser.close()
        bare, _ = bare_writes(Path(folder), None, writes=saves, clients=1)
    return [*rows, *_against(rows, bare)]


def _measured(browser: Browser, port: int, card: str, *, loads: int, saves: int, seconds: int) -> list[dict[str, Any]]:
    cold = []
    for _ in range(loads):
        with _signed_in(browser, port) as page:
            cold.append(_opened(page, card))
    with _signed_in(browser, port) as page:
        _opened(page, card)
        warm = [_opened(page, card) for _ in range(loads)]
        rows = [*_times("first visit", cold), *_times("again", warm), *_sizes(page, card), *_server(page, port, card, loads)]
        rows += _smooth(page, seconds)
        rows += _saved(page, port, card, saves)
    return rows


@contextmanager
def _signed_in(browser: Browser, port: int) -> Iterator[Page]:
    """A window with nothing in its cache, signed in."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}", locale="en", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("#login", LOGIN)
    page.fill("#password", PASSWORD)
    page.click("button.main")
    yield page
    context.close()


def _opened(page: Page, card: str) -> dict[str, float]:
    """Milliseconds since it was asked for until it was painted, and until keys work."""
    page.goto(f"/review/{card}")
    if page.locator("#state").count() == 0:
        page.locator(".form form button.main").first.click()
        page.wait_for_selector("#state")
    _reached(page, "performance.getEntriesByName('qa-keys').length > 0")
    _reached(page, "performance.getEntriesByType('paint').length > 1")
    found: dict[str, float] = page.evaluate(_PAINTS)
    return found


def _reached(page: Page, condition: str) -> None:
    end = time.monotonic() + 60
    while not page.evaluate(condition):
        if time.monotonic() > end:
            raise RuntimeError(f"the page never comes so far: {condition}")
        time.sleep(0.02)


def _times(which: str, found: list[dict[str, float]]) -> Iterator[dict[str, Any]]:
    for name, what in (("first-paint", "first paint"), ("first-contentful-paint", "first contentful paint"), ("qa-keys", "keys work")):
        times = [one[name] for one in found]
        yield _row(f"{what}, {which}", quantile(times, 0.5), "ms", most=1000, worst=max(times))


def _sizes(page: Page, card: str) -> Iterator[dict[str, Any]]:
    html = page.request.get(f"/review/{card}").body()
    yield _row("HTML", len(html) / 1000, "KB", most=300)
    yield _row("HTML, compressed (gzip 6, as a proxy would)", len(gzip.compress(html, 6)) / 1000, "KB")
    scripts = dict(page.evaluate(_LOADED, ".js"))
    yield _row(f"scripts ({len(scripts)} files)", sum(scripts.values()) / 1000, "KB", most=400)
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    yield _row("heap of scripts", session.send("Runtime.getHeapUsage")["usedSize"] / 1e6, "MB")
    yield _row("elements", page.evaluate("document.getElementsByTagName('*').length"), "")


def _server(page: Page, port: int, card: str, times: int) -> list[dict[str, Any]]:
    """The same page and what it loads of the call, asked for without a browser."""
    token, told = _session(page), Told()
    client = Client(port, {"Cookie": f"{_COOKIE}={token}"}, told)
    for kind, path in (("page", f"/review/{card}"), ("timeline", "/interactions/bench-long-call/timeline")):
        for _ in range(4 * times):
            client.call(kind, "GET", path)
    return [_row(f"server: the {kind}", quantile(ms, 0.5), "ms", worst=max(ms)) for kind, ms in told.ms.items()]


def _smooth(page: Page, seconds: int) -> Iterator[dict[str, Any]]:
    _reached(page, "document.getElementById('media').readyState >= 3 && document.querySelector('.near[data-shared]') !== null")
    page.evaluate("document.getElementById('media').currentTime = 300")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    _reached(page, "document.getElementById('media').currentTime > 300.2")
    found = page.evaluate(_FRAMES, seconds)
    page.keyboard.press("Space")
    frames = found["frames"]
    yield _row("frame while playing, median", quantile(frames, 0.5), "ms", most=17)
    yield _row("frame while playing, p95", quantile(frames, 0.95), "ms", worst=max(frames))
    yield _row("frames later than 20 ms", 100 * sum(one > 20 for one in frames) / len(frames), "%")
    yield _row("frames a second", len(frames) / (sum(frames) / 1000), "")
    yield _row("tasks of 50 ms and more", len(found["tasks"]), "", worst=max(found["tasks"], default=None))
    yield _row(f"played in {seconds} s", found["played"], "s")


def _saved(page: Page, port: int, card: str, saves: int) -> list[dict[str, Any]]:
    """Keys pressed in the browser, and then the same request without one, one after the other."""
    pressed = _pressed(page, saves)
    token, told = _session(page), Told()
    csrf = page.locator("#bench").get_attribute("data-csrf") or ""
    client = Client(port, {"Cookie": f"{_COOKIE}={token}", "X-CSRF-Token": csrf}, told)
    tag = f'"{page.locator("#revision").input_value()}"'
    criterion, options = _criterion(page)
    for number in range(saves):
        answer = {"criterion": criterion, "answer": options[number % 2], "reason": "heard it"}
        status, tag, body = client.call("save", "PATCH", f"/v1/scorecards/{card}/answers", {"answers": [answer]}, tag=tag)
        client.expect(status, 200, body)
    if told.strange:
        raise RuntimeError(told.strange[0])
    alone = told.ms["save"]
    return [
        _row("key press to saved, as the reviewer sees it", quantile(pressed["seen"], 0.5), "ms", worst=quantile(pressed["seen"], 0.95)),
        _row("save asked by the browser, until it is answered, p50", quantile(pressed["asked"], 0.5), "ms"),
        _row("save asked by the browser, until it is answered, p95", quantile(pressed["asked"], 0.95), "ms", most=100),
        _row("save, p50", quantile(alone, 0.5), "ms"), _row("save, p95", quantile(alone, 0.95), "ms", most=100),
    ]


def _pressed(page: Page, saves: int) -> dict[str, list[float]]:
    """Milliseconds until the page said that it is saved; and those of the request alone, as the browser's network saw it."""
    asked: list[float] = []
    seen: list[float] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            asked.append(request.timing["responseStart"] - request.timing["requestStart"])

    page.on("requestfinished", note)
    for number in range(saves):
        page.evaluate("document.activeElement.blur()")
        before = page.locator("#revision").input_value()
        start = time.perf_counter()
        page.keyboard.press("KeyK" if number % 2 else "KeyJ")
        page.keyboard.press("KeyA")
        _reached(page, f"document.getElementById('revision').value !== '{before}'")
        seen.append((time.perf_counter() - start) * 1000)
    return {"asked": asked, "seen": seen}


def _criterion(page: Page) -> tuple[str, list[str]]:
    form = page.locator(".criterion[data-criterion]").first
    return form.get_attribute("data-criterion") or "", [one.get_attribute("value") or "" for one in form.locator("input[type=radio]").all()]


def _session(page: Page) -> str:
    return next(str(one["value"]) for one in page.context.cookies() if one["name"] == _COOKIE)


def _against(rows: list[dict[str, Any]], bare: Told) -> Iterator[dict[str, Any]]:
    """The peer: FastAPI and SQLModel writing one row, asked in the same way, in the same run."""
    found = {one["what"]: one["value"] for one in rows}
    for share in (0.5, 0.95):
        peer = quantile(bare.ms["save"], share)
        yield _row(f"bare FastAPI+SQLModel write, p{share * 100:.0f}", peer, "ms")
        yield _row(f"save / bare write, p{share * 100:.0f}", found[f"save, p{share * 100:.0f}"] / peer, "times")


def _row(what: str, value: float, unit: str, *, most: float | None = None, worst: float | None = None) -> dict[str, Any]:
    kept = None if most is None else "yes" if value <= most else "NO"
    return {"what": what, "value": value, "unit": unit, "worst": worst, "must be below": most, "kept": kept}
