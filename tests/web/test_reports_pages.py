"""Reports in a real browser: asked for, made, read in a frame that may do nothing, taken away; schedules that say when next."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.period import PeriodKind
from qa_service.domain.permission import Actor, Role
from qa_service.domain.report import ReportFormat, ReportKind, ReportLanguage
from qa_service.domain.report_order import NAMED, ReportState
from qa_service.domain.review import GivenAnswer
from qa_service.rendering.languages import LANGUAGES
from qa_service.rendering.messages import catalogue
from tests.web.conftest import person, status_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

RITA, LEA = Actor(id="rita", role=Role.REVIEWER), Actor(id="lea", role=Role.QA_LEAD)
HOSTILE = {"id": "a66", "name": "<img src=x onerror=window.stolen=1>{{ 7*7 }}", "team": "a/b?c=1&d #<b>"}
PATHS = (
    "/reports", "/reports/new", "/reports/new?kind=agent", "/reports/new?kind=month", "/reports/new?kind=calibration", "/reports/schedules",
    "/reports/schedules/new", "/reports/schedules/new?kind=team",
)


@pytest.fixture(scope="module")
def reviewed(site: Any) -> Any:
    """Final chats of Sara and of a hostile one; somebody who coaches others."""
    for agent in ({"id": "a17", "name": "Sara", "team": "billing"}, HOSTILE):
        for place in range(2):
            card = site.take(f"r-{agent['id']}-{place}", agent=agent)
            site.services.reviewing.claim(card, by=RITA)
            why = "<script>window.stolen=1</script>"
            answers = [GivenAnswer(criterion=one, answer="yes", reason=why) for one in ("greeting", "helped")]
            site.services.reviewing.answer(card, answers, by=RITA, expected=None)
            site.services.reviewing.finalize(card, by=RITA, expected=None)
    person(site.services, "cora", Role.COACH, teams=frozenset({"claims"}))
    return site


def made(page: Page, kind: str, subject: str, **told: str) -> str:
    """Have one made; where it is, once it is ready."""
    page.goto(f"/reports/new?kind={kind}&subject={subject}")
    page.select_option("#month", "")
    for field, value in told.items():
        page.select_option(f".order [name={field}]", value)
    page.click("text=Make the report")
    page.wait_for_selector("#report a[download]")
    return page.url.rpartition("/")[2]


FAMILIES = {
    "report": ReportKind, "report_what": ReportKind, "report_state": ReportState, "report_format": ReportFormat,
    "schedule_period": PeriodKind, "report_subject": NAMED, "report_nobody": NAMED,
}


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    words = catalogue(language)
    for family, values in FAMILIES.items():
        assert [value for value in values if f"{family}.{value.value}" not in words] == [], family


def test_a_report_is_asked_for_and_read(reviewed: Any, window: Callable[..., Page]) -> None:
    page = window("rita", path="/reports")
    page.click("text=Have a report made")
    page.click("text=Agent report")
    page.select_option("#subject", label="Sara (a17 · billing)")
    page.select_option("#month", "")
    page.click("text=Make the report")
    frame = page.frame_locator("iframe.report")
    frame.locator("h1").wait_for()
    assert "Sara" in frame.locator("h1").inner_text()
    assert page.locator("h1").inner_text() == "Agent report: Sara"
    with page.expect_download() as waiting:
        page.click("text=Download HTML")
    assert waiting.value.suggested_filename == "report-agent-a17.en.html"
    page.goto("/reports?kind=team")
    assert "There is no such report" in page.locator("main").inner_text()
    page.goto("/reports?kind=agent&state=ready")
    assert "Agent report: Sara" in page.locator("tbody tr").first.inner_text()
    page.locator("tbody tr").first.locator("a.button").first.click()
    page.click("summary:has-text('Delete')")
    page.click("text=Delete the report")
    assert page.url.endswith("/reports")
    assert page.locator("tbody tr").count() == 0


def test_other_formats_are_taken_away(reviewed: Any, window: Callable[..., Page]) -> None:
    page = window("lea")
    for kind, start in (("json", b"{"), ("csv", b"\xef\xbb\xbf"), ("pdf", b"%PDF"), ("parquet", b"PAR1")):
        report = made(page, "team", "billing", format=kind, language="fa", digits="native")
        assert page.locator("iframe").count() == 0
        answer = page.request.get(f"/reports/{report}/file")
        assert answer.body().startswith(start)
        assert answer.headers["content-disposition"] == f'attachment; filename="report-team-billing.fa.{kind}"'
        assert "sandbox" in answer.headers["content-security-policy"]
        assert status_of(page, f"/reports/{report}/shown") == 404


def test_a_report_in_its_frame_may_do_nothing(reviewed: Any, window: Callable[..., Page]) -> None:
    page = window("lea")
    report = made(page, "agent", "a66", format="html")
    assert "frame-src 'self'" in page.request.get(f"/reports/{report}").headers["content-security-policy"]
    assert "frame-src" not in page.request.get("/reports").headers["content-security-policy"]
    shown = page.request.get(f"/reports/{report}/shown").headers
    policy = shown["content-security-policy"]
    assert all(part in policy for part in ("default-src 'none'", "sandbox", "frame-ancestors 'self'"))
    assert "allow-" not in policy
    assert "script" not in policy
    assert page.locator("iframe").get_attribute("sandbox") == ""
    page.frame_locator("iframe.report").locator("h1").wait_for()
    assert HOSTILE["name"] in page.frame_locator("iframe.report").locator("h1").inner_text()
    assert page.locator("h1").inner_text() == f"Agent report: {HOSTILE['name']}"
    assert page.evaluate("window.stolen") is None


def test_a_waiting_row_tells_when_it_is_ready(reviewed: Any, window: Callable[..., Page]) -> None:
    page = window("lea")
    report = made(page, "team", "billing", format="csv")
    put(reviewed, report, "queued")
    page.goto("/reports")
    assert "being made" in page.locator(f"#r-{report}").inner_text()
    put(reviewed, report, "ready")
    page.wait_for_selector(f"#r-{report} a[download]")
    assert page.locator(f"#r-{report}").get_attribute("hx-get") is None
    assert "ready" in str(page.locator("#live").text_content())
    put(reviewed, report, "failed")
    page.goto(f"/reports/{report}")
    assert "could not be made" in page.locator(".fault").inner_text()


def put(site: Any, report: str, state: str) -> None:
    """As if it were so far."""
    with sqlite3.connect(site.services.settings.data_dir / "qa_service.sqlite") as database:
        database.execute("UPDATE reports SET state = ? WHERE id = ?", (state, report))
    database.close()


def test_what_cannot_be_made_is_told_beside_what_was_written(reviewed: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/reports/new?kind=team&subject=billing")
    page.click("text=Other days")
    page.fill("#from", "2026-11-20")
    page.fill("#to", "2026-11-10")
    page.click("text=Make the report")
    assert "ends before it starts" in page.locator(".fault").inner_text()
    assert page.input_value("#from") == "2026-11-20"
    assert page.input_value("#subject") == "billing"
    assert status_of(page, "/reports/new?kind=nonsense") == 422
    assert status_of(page, "/reports/none") == 404


def test_months_are_those_of_the_reader(reviewed: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/reports/new?kind=month", language="fa")
    value = page.locator("#month option").nth(1).get_attribute("value")
    assert str(value).startswith("14")
    page.click(".order button.main")
    page.frame_locator("iframe.report").locator("h1").wait_for()
    assert page.frame_locator("iframe.report").locator("html").get_attribute("dir") == "rtl"
    assert reviewed.services.reports.get(page.url.rpartition("/")[2], by=LEA).wanted.month == value


def test_everybody_has_reports_of_what_is_theirs(reviewed: Any, window: Callable[..., Page]) -> None:
    lea = window("lea")
    report = made(lea, "agent", "a17")
    sara = window("sara", path="/reports/new")
    assert sara.locator(".tiles a").count() == 1
    sara.click(".tiles a")
    assert sara.locator("#subject option").all_inner_texts() == ["Sara (a17 · billing)"]
    sara.click("text=Make the report")
    sara.wait_for_selector("iframe.report")
    cora = window("cora", path="/reports/new?kind=agent")
    assert "no agent within your reach" in cora.locator("main").inner_text()
    rita = window("rita", path="/reports")
    for page in (sara, cora, rita):
        for part in ("", "/row", "/shown", "/file"):
            assert status_of(page, f"/reports/{report}{part}") == 404, part
    lea.goto("/reports")
    assert "sara" in lea.locator("table").inner_text()


def test_a_schedule_from_its_start_to_its_end(reviewed: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/reports/schedules")
    page.click("text=Set up a schedule")
    page.click("text=Team report")
    page.click("text=Set it up")
    page.fill("#name", "<b>billing</b>, every month")
    page.select_option("#subject", "billing")
    page.select_option("#period", "month")
    page.click("text=Set it up")
    row = page.locator("tbody tr")
    assert "<b>billing</b>, every month" in row.inner_text()
    (one,) = reviewed.services.report_schedules.list(by=LEA).items
    at = one.next_at(reviewed.services.clock(), zone=UTC)
    assert at is not None
    # The time of day is held from left to right by marks that nobody sees.
    assert f"1 {at:%B %Y}, 06:00" in re.sub("[\u2066-\u2069]", "", row.inner_text())
    farsi = window("lea", path="/reports/schedules", language="fa")
    assert any(month in farsi.locator("tbody tr").inner_text() for month in LANGUAGES[ReportLanguage.FA].months)
    page.click("tbody button:has-text('Pause')")
    assert "paused" in row.inner_text()
    page.click("tbody button:has-text('Go on')")
    assert "paused" not in row.inner_text()
    with reviewed.services.database.unit() as unit:
        unit.report_schedules.worked(one.id, period="2026-10", report=None, error="no team 'billing'")
    page.reload()
    assert "October 2026: could not be made" in row.inner_text()
    page.click("summary:has-text('Remove')")
    page.click("text=Remove the schedule")
    assert "There is no schedule yet" in page.locator("main").inner_text()
    assert status_of(page, "/reports/schedules/new?kind=calibration") == 200
    assert page.locator("form.order").count() == 0


def test_a_schedule_of_somebody_else_is_none(reviewed: Any, window: Callable[..., Page]) -> None:
    page = window("rita", path="/reports/schedules/new?kind=audit")
    assert page.locator("form.order").count() == 0
    # No audit for reviewers, and no calibration by itself.
    assert page.locator(".tiles a").count() == 3


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("fa", 390), ("ar", 1280)])
def test_nothing_runs_over_the_edge(reviewed: Any, window: Callable[..., Page], language: str, width: int) -> None:
    page = window("lea", language=language, viewport={"width": width, "height": 800})
    report = reviewed.services.reports.list(by=LEA, kind=ReportKind.AGENT).items[0].id
    for path in (*PATHS, f"/reports/{report}"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(reviewed: Any, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("lea", language=language, color_scheme=scheme)
    report = reviewed.services.reports.list(by=LEA, kind=ReportKind.AGENT).items[0].id
    for path in (*PATHS, f"/reports/{report}"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        found = axe.Axe().run(page)
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
        assert told == [], path

