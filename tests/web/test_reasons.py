"""Reasons for contact and trends in a real browser: what rises, in whose words, under which name, and how often something is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from qa_service.domain.period import PeriodKind
from qa_service.domain.report import ReportLanguage
from qa_service.domain.rise import Movement
from qa_service.domain.topic import Method
from qa_service.rendering.messages import catalogue
from tests.web.conftest import KEY, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "<script>window.stolen=1</script><b>Lamps</b>"
SAID = (
    "I want to cancel my broadband contract number {}", "Please cancel the broadband contract at house {}",
    "My parcel never arrived at street {}", "The parcel with my order {} did not arrive",
)


@pytest.fixture(scope="module")
def reasons(site: Any) -> Any:
    """Forty chats with two reasons, and what they were sorted into."""
    with httpx.Client(base_url=site.url, headers={"X-API-Key": KEY}) as client:
        for place in range(40):
            agent = {"id": "a17", "team": "billing"} if place % 4 else {"id": "a2", "team": "sales"}
            turns = [{"speaker": "customer", "text": SAID[place % 4].format(place)}, {"speaker": "agent", "text": "I am sorry."}]
            told = {
                "id": f"r-{place:02}", "channel": "chat", "language": "en", "agent": agent, "turns": turns,
                "customer": {"id": f"c-{place % 9}"}, "started_at": f"2026-{9 + place % 3:02}-{1 + place % 28:02}T10:00:00Z",
            }
            assert client.post("/v1/conversations", json=told).status_code == 202
    until(lambda: site.services.search.coverage().words >= 40)
    site.services.topics.build(actor="lea", method=Method.WORDS)
    return site


FAMILIES = {"movement": Movement, "reasons.every": PeriodKind, "trends.every": PeriodKind, "reasons.how": Method}


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    words = catalogue(language)
    for family, values in FAMILIES.items():
        join = "_" if "." in family else "."
        assert [value for value in values if f"{family}{join}{value.value}" not in words] == [], family


def test_before_they_are_worked_out_it_is_told_how(site: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/reasons")
    assert "qa-service topics build" in page.locator("main").inner_text()


def test_a_reason_is_named_merged_and_parted(reasons: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/reasons")
    assert "40 contacts tell why" in page.locator("main").inner_text()
    names = page.locator("tbody th a").all_inner_texts()
    assert len(names) >= 3
    assert page.locator("td.plot svg").count() >= 2
    page.locator("tbody th a").first.click()
    assert page.locator("section:has(#who) q").count() > 0
    page.fill("#name", HOSTILE)
    page.check("input[name=pinned]")
    page.click("button:has-text('Keep')")
    page.wait_for_selector(".head .tag")
    assert page.locator("h1").inner_text() == HOSTILE
    first = page.url.rsplit("/", 1)[1]
    page.goto("/reasons")
    assert page.locator("tbody th a").first.inner_text() == HOSTILE
    assert page.evaluate("window.stolen") is None
    page.locator("tbody th a").nth(1).click()
    page.select_option("#into", first)
    page.click("button:has-text('Keep')")
    page.wait_for_selector(".note a")
    assert page.locator(".note a").inner_text() == HOSTILE
    second = page.url.rsplit("/", 1)[1].partition("?")[0]
    page.goto(f"/reasons/{first}")
    assert page.locator(f"#into option[value='{second}']").count() == 0
    page.goto(f"/reasons/{second}")
    page.select_option("#into", "")
    page.click("button:has-text('Keep')")
    page.wait_for_selector("#who")
    assert page.locator(".note").count() == 0
    page.click("text=Search its contacts")
    page.wait_for_selector("#found")
    assert page.locator(".hit").count() > 0


def test_everybody_sees_what_is_theirs(reasons: Any, window: Callable[..., Page]) -> None:
    carla = window("carla", path="/reasons")
    assert "30 contacts tell why" in carla.locator("main").inner_text()
    carla.goto("/reasons?team=sales")
    assert "No contact of this choice tells a reason" in carla.locator("main").inner_text()
    topic = reasons.services.topics.get().topics[0].id
    carla.goto(f"/reasons/{topic}")
    assert carla.locator("#edit").count() == 0
    lea = window("lea", path="/reasons?team=sales&channel=chat&every=month")
    assert "10 contacts tell why" in lea.locator("main").inner_text()
    sara = window("sara", path="/account")
    for path in ("/reasons", f"/reasons/{topic}", "/trends"):
        answer = sara.goto(path)
        assert answer is not None
        assert answer.status == 403, path


def test_how_often_something_is_said_and_measured(reasons: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/trends")
    page.fill("#q", "parcel team:sales")
    page.select_option("#every-said", "month")
    page.locator("#from-said").fill("2026-09-01")
    page.locator("#to-said").fill("2026-11-30")
    page.keyboard.press("Enter")
    page.wait_for_selector(".told-first")
    assert "0 of 10 contacts" in page.locator(".told-first").inner_text()
    page.goto("/trends?q=parcel&every=month&from=2026-09-01&to=2026-11-30")
    assert "20 of 40 contacts hold these words" in page.locator(".told-first").inner_text()
    assert page.locator("figure svg").count() == 1
    page.click("text=In numbers")
    assert page.locator("tbody tr").count() == 3
    page.goto("/trends")
    page.select_option("#signal", "questions.unanswered")
    page.fill("#filters", "channel:chat words")
    page.click("section:has(#measured) button")
    page.wait_for_selector("#refused")
    assert "Only filters can stand here" in page.locator("#refused").inner_text()
    page.goto("/trends?q=%22")
    assert "closing quotation mark" in page.locator("#refused").inner_text()


EVERY = ("/reasons", "/reasons/other", "/trends", "/trends?q=parcel&every=month", "/trends?signal=effort.customer&every=month")


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("fa", 390), ("ar", 1280)])
def test_nothing_runs_over_the_edge(reasons: Any, window: Callable[..., Page], language: str, width: int) -> None:
    page = window("lea", language=language, viewport={"width": width, "height": 800})
    for path in (*EVERY, f"/reasons/{reasons.services.topics.get().topics[0].id}"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details:not(nav details)').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(reasons: Any, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("lea", language=language, color_scheme=scheme)
    for path in (*EVERY, f"/reasons/{reasons.services.topics.get().topics[0].id}"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details:not(nav details)').forEach((one) => { one.open = true; })")
        found = axe.Axe().run(page)
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
        assert told == [], path
