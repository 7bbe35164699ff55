"""Sources in a real browser: what was taken from where and why not, tables of calls with the outcome of each recording."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.channels.records.cells import DateOrder
from qa_service.domain.permission import Role
from qa_service.domain.recording_import import FetchState
from qa_service.domain.report import ReportLanguage
from qa_service.domain.source import SourceKind
from qa_service.rendering.messages import catalogue
from qa_service.settings import Settings, SourceProfile
from tests.web.conftest import KEY, Site, person, served, status_of, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

HEAD = "id,start,agent,recording url\n"
HOSTILE = "<img src=x onerror=window.stolen=1>{{ 7*7 }}"
#: Milliseconds: recordings are looked for every few seconds.
_PATIENCE = 90_000


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory, write_call: Callable[..., Path]) -> Path:
    """A folder that is looked into: a call, and files that cannot be used, with names of every kind."""
    folder = tmp_path_factory.mktemp("inbox")
    write_call(folder, "src-call", "Good morning, how can I help?", "I lost my card.")
    (folder / f"{HOSTILE}.wav").write_text("this is no sound")
    (folder / f"{'long-' * 38}.json").write_text("{")
    (folder / "calls.csv").write_text("id\n1\n")
    return folder


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, write_call: Callable[..., Path]) -> Path:
    """A folder that tables may name."""
    folder = tmp_path_factory.mktemp("archive")
    for name in ("one", "two"):
        write_call(folder, name)
    (folder / "broken.wav").write_text("this is no sound")
    return folder


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, write_form: Callable[..., Path], inbox: Path, archive: Path
) -> Iterator[Site]:
    """A service with a folder and a bucket that nobody reaches."""
    forms = tmp_path_factory.mktemp("forms")
    for channel in ("phone", "chat", "email", "social"):
        write_form(forms, channel)
    away = SourceProfile(url="s3://telephony/out", endpoint="http://127.0.0.1:9", access_key="a", secret_key="b", every=600)  # type: ignore[arg-type]
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("site"), rubrics_dir=forms, engine="sidecar", learned=False, meanings=False, admin_key=KEY,
        sources={"recorder": SourceProfile(folder=inbox, every=1, settle=0), "cloud": away}, recording_folders=str(archive), s3_timeout=1.0,
    )
    with served(settings) as found:
        for login, role in (("rita", Role.REVIEWER), ("lea", Role.QA_LEAD), ("root", Role.ADMIN)):
            person(found.services, login, role)
        person(found.services, "carla", Role.COACH, teams=frozenset({"billing"}))
        person(found.services, "sara", Role.AGENT, agent="a17")
        views = found.services.sources.list
        until(lambda: all(one.progress.looked_at is not None for one in views()) and views()[1].progress.failed == 3)
        yield found


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Writes a table of calls; the head of its columns unless told otherwise."""

    def write(*rows: str, name: str = "calls.csv", head: str = HEAD) -> Path:
        path = tmp_path / name
        path.write_text(head + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        return path

    return write


def brought(page: Page, path: Path, **fields: str) -> None:
    """Send a table with the form."""
    page.set_input_files("#table", path)
    for name, value in fields.items():
        page.select_option(f"#{name}", value) if name != "column" else page.fill("#column", value)
    page.click("button:has-text('Take it in')")


def number_of(page: Page) -> str:
    """The id of the table that a page shows."""
    href = page.locator("#only-all").get_attribute("href")
    assert href is not None
    return href.rpartition("/")[2]


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    wanted = {f"sources.kind_{one.value}" for one in SourceKind} | {f"sources.is_{one.value}" for one in FetchState}
    wanted |= {f"sources.dates_{one.value.split('-')[0]}" for one in DateOrder}
    assert wanted <= set(catalogue(language))


def test_each_place_tells_what_it_gave_and_why_not(site: Any, window: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    progress = site.services.sources.list()[1].progress
    page = window("lea", path="/")
    page.click("nav >> text=Manage")
    page.click("nav a[href='/sources']")
    folder, bucket = page.locator("#source-recorder"), page.locator("#source-cloud")
    expect(folder).to_contain_text("went well")
    expect(folder.locator("dd").first).to_contain_text(str(progress.taken))
    expect(folder).to_contain_text("looked into every second")
    expect(bucket).to_contain_text("s3://telephony/out")
    expect(bucket).to_contain_text("came to nothing")
    expect(bucket).to_contain_text("The place where the files are could not be reached, or refused. It is looked into again by itself.")
    expect(bucket).to_contain_text("looked into every 10 minutes")
    folder.locator("a[href='#broken']").click()
    broken = page.locator(".sent li")
    expect(broken).to_have_count(3)
    expect(broken.filter(has_text="calls.csv")).to_contain_text("tables are not read in sources")
    expect(broken.filter(has_text=HOSTILE)).to_contain_text("This is no recording that can be used.")
    assert page.evaluate("window.stolen") is None


@pytest.fixture
def waits(site: Any) -> Iterator[Callable[[int], None]]:
    """Says how many files of the bucket are not taken yet; at the end it is as it was."""
    before = site.services.sources.list()[0]

    def say(files: int, error: Any = None) -> None:
        with site.services.database.unit() as unit:
            unit.sources.looked("cloud", at=site.services.clock(), waiting=files, error=error)

    yield say
    say(before.progress.waiting, before.error)


def test_what_waits_is_followed(
    site: Any, inbox: Path, waits: Callable[[int], None], write_chat: Callable[..., Path], window: Callable[..., Page]
) -> None:
    """While files wait the page goes on looking, and tells what came meanwhile."""
    from playwright.sync_api import expect

    before = site.services.sources.list()[1].progress.taken
    page = window("lea", path="/sources")
    expect(page.locator("#watched")).to_be_visible()
    expect(page.locator("#watched[hx-get]")).to_have_count(0)
    waits(4)
    page.reload()
    expect(page.locator("#watched[hx-get]")).to_have_count(1)
    name = f"src-later-{uuid.uuid4().hex[:6]}"
    write_chat(inbox, name, "Hello!", f"Hi, my number is {name}.")
    expect(page.locator("#source-recorder dd").first).to_contain_text(str(before + 1), timeout=_PATIENCE)
    waits(0)
    expect(page.locator("#watched[hx-get]")).to_have_count(0)


def test_a_table_is_taken_in_and_each_recording_has_its_outcome(
    site: Any, table: Callable[..., Path], window: Callable[..., Page]
) -> None:
    from playwright.sync_api import expect

    rows = (
        "src-1,2026-02-01 10:00,a17,one.wav", "src-2,2026-02-01 10:00,a17,broken.wav", "src-3,2026-02-01 10:00,a17,https://[::1]:1/x?key=k",
        "src-4,2026-02-01 10:00,a17,", "src-5,nonsense,a17,two.wav", "src-6,2026-02-01 10:00,a17,/etc/hostname",
    )
    page = window("lea", path="/sources")
    brought(page, table(*rows), channels="mono")
    expect(page.locator("main")).to_contain_text("5 of 6 rows taken in")
    expect(page.locator("main")).to_contain_text("1 row names no recording")
    expect(page.locator("table")).to_contain_text("'nonsense' is no date and time")
    lines = page.locator("#list li")
    expect(lines).to_have_count(4)
    expect(lines.nth(0)).to_contain_text("taken in", timeout=_PATIENCE)
    expect(lines.nth(1)).to_contain_text("This is no recording that can be used.", timeout=_PATIENCE)
    expect(lines.nth(2)).to_contain_text("tried 1 time", timeout=_PATIENCE)
    expect(lines.nth(2)).to_contain_text("The address does not answer, or may not be asked.")
    expect(lines.nth(3)).to_contain_text("line 7")
    expect(page.locator("#progress")).to_contain_text("being fetched")
    expect(page.locator("#progress")).not_to_contain_text("key=k")
    number = number_of(page)
    page.click("#only-failed")
    expect(lines).to_have_count(2)
    page.click("#cancel")
    expect(page.locator("#progress")).to_contain_text("done")
    expect(page.locator("#progress[hx-get]")).to_have_count(0)
    expect(lines.nth(2)).to_contain_text("It was stopped before it began.")
    assert site.services.recording_imports.get(number).done
    page.click("#job-0")
    expect(page.locator("#job")).to_contain_text("src-1")
    page.goto(f"/audit?subject=recording_import/{number}")
    page.click(f".acts a[href='/sources/imports/{number}'] >> nth=0")
    expect(page.locator("h1")).to_have_text("calls.csv")
    page.goto("/sources")
    row = page.locator("tbody tr", has=page.locator(f"a[href='/sources/imports/{number}']"))
    expect(row).to_contain_text("4 of 4")
    expect(row).to_contain_text("3 cannot be had")


def test_what_is_no_such_table_is_told_and_what_was_said_stays(table: Callable[..., Path], window: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = window("lea", path="/sources")
    plain = table("src-c1,2026-02-01 10:00,a17,one.wav", head="id,start,agent,where it lies\n", name="own.csv")
    brought(page, plain, channels="customer_left")
    expect(page.locator(".fault")).to_contain_text("The table was not taken in")
    expect(page.locator("#channels")).to_have_value("customer_left")
    brought(page, plain, column="where it lies")
    expect(page.locator("h1")).to_have_text("own.csv")
    expect(page.locator("#list li")).to_have_count(1)
    page.goto("/sources")
    brought(page, table("src-c2,03/04/2026 10:00,a17,two.wav", name="dates.csv"))
    expect(page.locator("main")).to_contain_text("0 of 1 rows taken in")
    expect(page.locator("main")).to_contain_text("No row of it names a recording.")
    page.goto("/sources")
    brought(page, table("src-c2,03/04/2026 10:00,a17,two.wav", name="dates.csv"), dates="day-first")
    expect(page.locator("main")).to_contain_text("1 of 1 rows taken in")
    expect(page.locator("#list li")).to_contain_text("taken in", timeout=_PATIENCE)
    expect(page.locator("#live")).to_have_text(re.compile("1 of 1 recordings settled"))


def test_many_calls_and_many_tables_have_further_pages(site: Any, table: Callable[..., Path], window: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = window("lea", path="/sources")
    brought(page, table(*(f"src-m{place},2026-02-01 10:00,a17,/etc/no-{place}" for place in range(101))))
    expect(page.locator("#list li")).to_have_count(100)
    number = number_of(page)
    page.click("#next")
    expect(page.locator("#first")).to_be_visible()
    expect(page.locator("#list li")).to_have_count(1)
    page.goto(f"/sources/imports/{number}?state=waiting")
    expect(page.locator("#progress")).to_be_visible()
    for place in range(21):
        page.goto("/sources")
        brought(page, table("src-n,2026-02-01 10:00,a17,/etc/no", name=f"many-{place}.csv"))
        expect(page.locator("h1")).to_have_text(f"many-{place}.csv")
    page.goto("/sources")
    expect(page.locator("tbody tr")).to_have_count(20)
    page.click("#more")
    expect(page.locator("tbody tr").first).to_contain_text("many-0.csv")
    assert status_of(page, "/sources?cursor=forged") == 422
    assert status_of(page, "/sources/imports/none") == 404
    assert status_of(page, f"/sources/imports/{number}?state=lost") == 422


def test_it_is_for_leads_and_administrators(site: Any, table: Callable[..., Path], window: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    lead = window("lea", path="/sources")
    brought(lead, table("src-r,2026-02-01 10:00,a17,/etc/no"))
    expect(lead.locator("#list li")).to_have_count(1)
    number = number_of(lead)
    for login in ("rita", "carla", "sara"):
        page = window(login, path="/")
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator("a[href='/sources']")).to_have_count(0)
        for path in ("/sources", f"/sources/imports/{number}"):
            assert status_of(page, path) == 403, path
        token = page.locator("input[name=csrf]").first.input_value()
        sent = {"csrf": token, "file": {"name": "c.csv", "mimeType": "text/csv", "buffer": HEAD.encode()}}
        assert page.request.post("/sources", multipart=sent).status == 403
        assert page.request.post(f"/sources/imports/{number}/cancel", form={"csrf": token}).status == 403
    forged = {"csrf": "forged", "file": {"name": "c.csv", "mimeType": "text/csv", "buffer": HEAD.encode()}}
    assert lead.request.post("/sources", multipart=forged).status == 403


def test_names_are_names(table: Callable[..., Path], window: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = window("lea", path="/sources")
    brought(page, table(f"src-h,2026-02-01 10:00,a17,{HOSTILE}.wav", name=f"{HOSTILE}.csv"))
    expect(page.locator("h1")).to_have_text(f"{HOSTILE}.csv")
    expect(page.locator("#list")).to_contain_text(f"{HOSTILE}.wav")
    page.goto("/sources")
    expect(page.locator("table")).to_contain_text(f"{HOSTILE}.csv")
    assert page.evaluate("window.stolen") is None


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("fa", 390), ("ar", 1280)])
def test_nothing_runs_over_the_edge(table: Callable[..., Path], window: Callable[..., Page], language: str, width: int) -> None:
    from playwright.sync_api import expect

    page = window("root", language=language, viewport={"width": width, "height": 800}, path="/sources")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.set_input_files("#table", table(f"src-e-{language},2026-02-01 10:00,a17,{'long/' * 60}x.wav", name=f"{'long-' * 30}.csv"))
    page.locator("form[enctype] button").click()
    expect(page.locator("#list li")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(table: Callable[..., Path], window: Callable[..., Page], language: str, scheme: str) -> None:
    from playwright.sync_api import expect

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("root", language=language, color_scheme=scheme, path="/sources")

    def seen(where: str) -> None:
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in axe.Axe().run(page).response["violations"]]
        assert told == [], where

    seen("/sources")
    page.set_input_files("#table", table("src-a,2026-02-01 10:00,a17,/etc/no", "src-b,nonsense,a17,", name="axe.csv"))
    page.locator("form[enctype] button").click()
    expect(page.locator("#list li")).to_have_count(1)
    seen("a table taken in")
    page.goto(f"/sources/imports/{number_of(page)}")
    seen("a table")
