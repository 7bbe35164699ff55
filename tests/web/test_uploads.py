"""Uploads in a real browser: files of every kind, good and broken, a lost connection, what became of each, and who may."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from qa_service.domain.permission import Actor, Role
from qa_service.domain.report import ReportLanguage
from qa_service.rendering.messages import catalogue
from qa_service.services.submission import Order
from qa_service.store.jobs import JobState
from qa_service.web.causes import FAULTS
from qa_service.web.upload_forms import CHANNEL_MAPS
from tests.web.conftest import PASSWORD, until

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page, Route

#: Milliseconds: what is sent is scored meanwhile.
_PATIENCE = 90_000
LEA = Actor(id="lea", role=Role.QA_LEAD)
#: As files may be called: markup, a turned direction, very long.
HOSTILE = "<img src=x onerror=window.stolen=1>{{ 7*7 }}.json"
TURNED = "call\u202egpj.json"
LONG = f"{'long-' * 38}.json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture
def good(folder: Path, write_chat: Callable[..., Path], write_call: Callable[..., Path]) -> list[Path]:
    """A recording with its side-car, and a chat."""
    call = write_call(folder, "up-call", "Good morning, how can I help?", "I lost my card.")
    return [call, call.with_suffix(".json"), write_chat(folder, "up-chat", "Hello!", "Hi, my kettle is broken.")]


def rows(page: Page) -> dict[str, str]:
    """What became of each file, by its name."""
    return {row.locator(".file").inner_text(): row.locator(".standing").inner_text() for row in page.locator(".sent > li").all()}


def sent(page: Page, files: list[Path]) -> None:
    """Choose them and send them, to the end of all work."""
    page.set_input_files("#file", files)
    page.click("#send")
    page.wait_for_url("**/uploads/*", timeout=_PATIENCE)
    finished(page)


def finished(page: Page) -> None:
    page.locator("#progress:not([hx-get]) .sent").wait_for(timeout=_PATIENCE)


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    words = catalogue(language)
    wanted = {f"uploads.{kind}_{code}" for kind in ("fault", "do") for code in (*FAULTS, "other")}
    wanted |= {f"uploads.state_{state.value}" for state in JobState} | {f"uploads.only_{state.value}" for state in JobState}
    wanted |= {f"uploads.is_{one}" for one in ("waiting", "transcribing", "scoring", "scored", "there", "failed", "cancelled")}
    wanted |= {f"uploads.map_{one or 'guess'}" for one in CHANNEL_MAPS}
    assert wanted <= set(words)


def test_a_batch_with_broken_files_goes_on(good: list[Path], folder: Path, window: Callable[..., Page]) -> None:
    broken, empty = folder / "broken.wav", folder / "empty.wav"
    broken.write_text("this is no sound")
    empty.write_bytes(b"")
    page = window("lea", path="/uploads")
    page.set_input_files("#file", [*good, broken])
    page.set_input_files("#file", [empty])
    assert page.locator("#outgoing-list li").count() == 5
    page.click("#send")
    page.wait_for_url("**/uploads/*", timeout=_PATIENCE)
    finished(page)
    assert rows(page) == {"up-call.wav": "scored", "up-chat.json": "scored", "broken.wav": "failed", "empty.wav": "failed"}
    told = page.locator(".sent > li", has_text="broken.wav")
    assert "This is no recording that can be used." in told.inner_text()
    page.locator("#live:has-text('4 of 4 files done, 2 failed')").wait_for(state="attached")
    assert "Sent by" in page.locator("main").inner_text()
    page.click("li:has-text('up-call.wav') a[href^='/review/']")
    assert page.locator("h1").inner_text() != ""
    again = window("lea", path="/uploads")
    sent(again, good)
    assert set(rows(again).values()) == {"already there"}
    again.click("li:has-text('up-chat.json') a[href^='/interactions/']")
    assert again.url.endswith("/interactions/up-chat")


def test_a_lost_connection_loses_no_file_and_takes_none_twice(
    site: Any, folder: Path, write_chat: Callable[..., Path], window: Callable[..., Page]
) -> None:
    files = [write_chat(folder, f"lost-{place}", "Hello!", f"Nothing works, {place}") for place in range(3)]
    page = window("lea", path="/uploads")
    broken: list[str] = []

    def lose(route: Route) -> None:
        broken.append(route.request.url)
        if len(broken) == 1:
            page.context.set_offline(True)
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/uploads/*/files", lose)
    page.set_input_files("#file", files)
    page.click("#send")
    page.locator("#outgoing-list li[data-state=waiting]").first.wait_for()
    assert "no connection" in page.locator("#outgoing-list").inner_text()
    page.context.set_offline(False)
    page.wait_for_url("**/uploads/*", timeout=_PATIENCE)
    finished(page)
    assert rows(page) == {f"lost-{place}.json": "scored" for place in range(3)}
    assert len(broken) > len(files)


def test_whoever_leaves_is_asked_and_what_has_come_goes_on(
    site: Any, folder: Path, write_chat: Callable[..., Path], window: Callable[..., Page]
) -> None:
    files = [write_chat(folder, f"left-{place}", "Hello!", f"I have to go, {place}") for place in range(2)]
    page = window("lea", path="/uploads")
    held: list[Route] = []
    page.route("**/uploads/*/files", lambda route: held.append(route) if "left-1" in (route.request.post_data or "") else route.continue_())
    page.set_input_files("#file", files)
    page.click("#send")
    page.locator("#outgoing-list li[data-state=sent]").wait_for()
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.goto("/queue")
    assert asked == ["beforeunload"]
    newest = site.services.submissions.list(limit=1).items[0].id
    until(lambda: site.services.submissions.get(newest).state is JobState.DONE)
    assert [one.file for one in site.services.submissions.items(newest).items] == ["left-0.json"]


def test_names_are_names(site: Any, folder: Path, write_chat: Callable[..., Path], window: Callable[..., Page]) -> None:
    files = []
    for place, name in enumerate((HOSTILE, TURNED, LONG)):
        path = folder / name
        write_chat(folder, f"name-{place}", "Hello!", f"What a name, {place}").rename(path)
        files.append(path)
    page = window("lea", path="/uploads", viewport={"width": 390, "height": 800})
    sent(page, files)
    assert rows(page) == {HOSTILE: "scored", "callgpj.json": "scored", LONG: "scored"}
    assert page.evaluate("window.stolen") is None
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.goto("/uploads")
    assert page.evaluate("window.stolen") is None
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.fixture
def lead(site: Any) -> Iterator[httpx.Client]:
    """Signed in, without a browser: what a form without scripts sends."""
    with httpx.Client(base_url=site.url, follow_redirects=True) as client:
        client.post("/sign-in", data={"login": "lea", "password": PASSWORD})
        yield client


def csrf(client: httpx.Client) -> str:
    return client.get("/uploads").text.partition('name="csrf" value="')[2].partition('"')[0]


def test_a_form_without_scripts_sends_all_at_once(site: Any, lead: httpx.Client, good: list[Path], chats: Callable[..., Any]) -> None:
    chat = json.dumps(chats("plain-1", "Hello!", "Where is my parcel?", agent=None)).encode()
    told = {"csrf": csrf(lead), "name": "Monday", "queue": "parcels", "agent": "a99", "team": "claims", "purpose": "training"}
    answer = lead.post("/uploads", data=told, files=[("file", ("plain-1.json", chat)), ("file", ("x/notes.txt", b"not ours"))])
    assert answer.status_code == 200
    assert "Monday" in answer.text
    batch = answer.url.path.rpartition("/")[2]
    until(lambda: site.services.submissions.get(batch).state is JobState.DONE)
    assert site.services.submissions.get(batch).counts[JobState.FAILED] == 1
    taken = site.services.interactions.get("plain-1").interaction
    assert (taken.queue, taken.agent.id, taken.agent.team, taken.purpose) == ("parcels", "a99", "claims", "training")


def test_what_a_form_says_wrongly_is_told_and_kept(lead: httpx.Client) -> None:
    told = {"csrf": csrf(lead), "name": "Kept <b>", "rubric": "no-such-form"}
    answer = lead.post("/uploads", data=told, files={"file": ("a.json", b"{}")})
    assert answer.status_code == 422
    assert "Kept &lt;b&gt;" in answer.text
    assert "no-such-form" in answer.text


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/../../b.wav", "/", "x" * 300])
def test_names_that_lead_elsewhere_are_refused(site: Any, lead: httpx.Client, name: str) -> None:
    begun = lead.post("/uploads/begin", data={"csrf": csrf(lead), "first": "a", "count": "1"})
    batch = begun.json()["batch"]
    headers = {"X-CSRF-Token": csrf(lead), "HX-Request": "true"}
    answer = lead.post(f"/uploads/{batch}/files", files={"file": (name, b"words")}, headers=headers)
    assert answer.status_code == 422
    assert site.services.staging.awaited(batch) == 0


@pytest.mark.parametrize(("headers", "field"), [({}, ""), ({}, "wrong"), ({"Origin": "https://elsewhere.example"}, None)])
def test_no_other_page_sends_files(lead: httpx.Client, headers: dict[str, str], field: str | None) -> None:
    told = {"csrf": csrf(lead) if field is None else field}
    answer = lead.post("/uploads", data=told, files={"file": ("a.json", b"{}")}, headers=headers)
    assert answer.status_code == 403


def test_a_file_that_comes_again_is_the_same_file(site: Any, lead: httpx.Client) -> None:
    """Its answer was lost on the way, so it is sent again."""
    batch = lead.post("/uploads/begin", data={"csrf": csrf(lead), "first": "a", "count": "1"}).json()["batch"]
    headers = {"X-CSRF-Token": csrf(lead), "HX-Request": "true"}

    def add(name: str, data: bytes) -> int:
        return lead.post(f"/uploads/{batch}/files", files={"file": (name, data)}, headers=headers).status_code

    assert [add("a.json", b"{}"), add("a.json", b"{}"), add("a.json", b"[]"), add("a.json/b.json", b"{}")] == [200, 200, 409, 422]
    assert site.services.staging.awaited(batch) == 1
    assert lead.post(f"/uploads/{batch}/cancel", data={"csrf": csrf(lead)}).status_code == 200
    assert add("b.json", b"{}") == 404
    assert site.services.submissions.get(batch).state is JobState.FAILED


def test_others_add_nothing_to_a_batch(site: Any, lead: httpx.Client) -> None:
    batch = site.services.staging.begin(Order(actor="root", files=("a.json",)), name="root's")
    headers = {"X-CSRF-Token": csrf(lead), "HX-Request": "true"}
    assert lead.post(f"/uploads/{batch}/files", files={"file": ("a.json", b"{}")}, headers=headers).status_code == 404


def test_a_table_is_taken_in_row_by_row(lead: httpx.Client) -> None:
    table = b"id,channel,started_at,agent\nd-1,phone,2026-11-02T09:00:00Z,a17\nd-2,phone,never,a17\n"
    answer = lead.post("/uploads/tables", data={"csrf": csrf(lead), "kind": "call_details"}, files={"file": ("details.csv", table)})
    assert answer.status_code == 200
    assert "never" in answer.text
    strange = {"file": ("s.csv", b"what,is,this\n1,2,3\n")}
    refused = lead.post("/uploads/tables", data={"csrf": csrf(lead), "kind": "surveys"}, files=strange)
    assert refused.status_code == 422
    assert "The table cannot be read" in refused.text


@pytest.fixture
def stopped(site: Any, folder: Path, write_call: Callable[..., Path]) -> str:
    """A batch with a recording that its engine cannot hear, since it has no words beside it."""
    call = write_call(folder, "mute-call")
    staging = site.services.staging
    batch = staging.begin(Order(actor="lea", files=(call.name,)), name="Mute")
    copy = folder / "copy.wav"
    copy.write_bytes(call.read_bytes())
    staging.add(batch, copy, name=call.name, by=LEA)
    staging.send(batch, by=LEA)
    until(lambda: site.services.submissions.get(batch).state is JobState.DONE)
    return str(batch)


def test_what_failed_is_tried_again(site: Any, stopped: str, window: Callable[..., Page]) -> None:
    page = window("lea", path=f"/uploads/{stopped}")
    assert rows(page) == {"mute-call.wav": "failed"}
    before = site.services.submissions.items(stopped).items[0].job
    page.click(".sent button")
    finished(page)
    item = site.services.submissions.items(stopped).items[0]
    assert item.job != before
    assert item.state is JobState.FAILED
    assert page.locator("#retry").is_visible()
    page.goto("/uploads")
    assert "1 failed" in page.locator("tbody tr").first.inner_text()


def test_who_may(site: Any, stopped: str, window: Callable[..., Page]) -> None:
    for login in ("rita", "carla", "sara"):
        page = window(login, path="/")
        assert page.locator("a[href='/uploads']").count() == 0
        for path in ("/uploads", f"/uploads/{stopped}"):
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 403, (login, path)


def test_what_is_known_of_a_contact_is_corrected(site: Any, good: list[Path], window: Callable[..., Page]) -> None:
    page = window("lea", path="/uploads")
    sent(page, good)
    page.goto("/interactions/up-call")
    page.click("summary:has-text('Correct what is known')")
    page.check("input[name=agent][value=right]")
    page.click("button:has-text('Say so')")
    assert site.services.channels.get("up-call").right.value == "agent"
    until(lambda: site.services.jobs.list(interaction="up-call").items[0].state is JobState.DONE)
    page.reload()
    page.click("summary:has-text('Correct what is known')")
    page.select_option("#purpose", "mystery")
    page.click("form[action$='/purpose'] button")
    assert "mystery contact" in page.locator(".head").inner_text()
    rita = window("rita", path="/interactions/up-call")
    assert rita.locator("text=Correct what is known").count() == 0


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("fa", "dark", 390), ("ar", "light", 390)])
def test_pages_are_accessible_and_fit(
    site: Any, stopped: str, good: list[Path], window: Callable[..., Page], language: str, scheme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("lea", language=language, color_scheme=scheme, viewport={"width": width, "height": 800}, path="/uploads")
    waiting = site.services.staging.begin(Order(actor="lea", files=("a",)), name=HOSTILE)
    for path in ("/uploads", f"/uploads/{stopped}", f"/uploads/{waiting}"):
        page.goto(path)
        if path == "/uploads":
            page.set_input_files("#file", good)
            page.click("form#upload summary")
        found = axe.Axe().run(page)
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
        assert told == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    site.services.staging.drop(waiting, by=LEA)
