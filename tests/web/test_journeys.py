"""Journeys and promises in a real browser: all contacts of one customer, and what was promised and not kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.promise import Promiser, PromiseStatus
from qa_service.domain.report import ReportLanguage
from qa_service.rendering.messages import catalogue
from tests.web.conftest import until

if TYPE_CHECKING:
    from playwright.sync_api import Page

CUSTOMER = "c-<b>7"
HOSTILE = "<script>window.stolen=1</script>"
SALES = {"id": "a2", "name": "Omar", "team": "sales"}
EVERY = ("/customers/c-%3Cb%3E7", "/promises", "/promises?status=unknown", "/promises?status=kept")


@pytest.fixture(scope="module")
def travelled(site: Any) -> Any:
    """A customer of two teams who comes back for a call that never came, and one of another team alone."""
    now = site.services.clock()
    days = [(now - timedelta(days=back)).isoformat() for back in (9, 6, 1)]
    promise = "I will call you back tomorrow before noon, I promise."
    site.take("j-1", f"My router is broken {HOSTILE}, please help", promise, customer={"id": CUSTOMER}, started_at=days[0])
    again = "My router is still broken, you promised to call me back and nobody called"
    site.take("j-2", again, "I am so sorry.", customer={"id": CUSTOMER}, started_at=days[1], agent=SALES)
    site.take("j-3", "The kettle is broken", promise, customer={"id": "c-8"}, started_at=days[2], agent=SALES)
    until(lambda: len(site.services.history.promises(customer=CUSTOMER).items) > 0)
    return site


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    words = catalogue(language)
    for family, values in {"promise_status": PromiseStatus, "promiser": Promiser}.items():
        assert [value for value in values if f"{family}.{value.value}" not in words] == [], family
    assert [value for value in PromiseStatus if f"promises.what_{value.value}" not in words] == []
    verdicts = ("contacted_in_time", "contacted_late", "customer_confirms", "customer_complains", "asked_again")
    assert [one for one in verdicts if f"promise_why.{one}" not in words] == []


def test_a_customer_s_way_through_all_teams(travelled: Any, window: Callable[..., Page]) -> None:
    page = window("rita", path="/interactions/j-1")
    page.locator("dd a", has_text=CUSTOMER).click()
    assert page.locator("h1").inner_text() == f"Journey of customer {CUSTOMER}"
    assert page.evaluate("window.stolen") is None
    assert page.locator(".step h3").all_inner_texts() == ["j-1", "j-2"]
    assert "My router is broken" in page.locator(".step").first.inner_text()
    assert "3 days later" in page.locator(".gap").inner_text()
    assert "I will call you back tomorrow" in page.locator(".promises").inner_text()
    assert page.locator(".step a[href^='/review/']").count() == 2
    page.click(".step h3 a >> nth=1")
    assert page.url.endswith("/interactions/j-2")


def test_promises_by_what_became_of_them(travelled: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/promises")
    assert page.locator(".states a").count() == len(PromiseStatus)
    by_state = {}
    for state in PromiseStatus:
        page.goto(f"/promises?status={state.value}")
        by_state[state] = page.locator("section:has(#teams) table tbody tr").count(), page.locator("tbody th q").count()
    assert all(rows == 2 for rows, _ in by_state.values())
    assert sum(found for _, found in by_state.values()) == 2
    page.goto("/promises?team=sales&status=due")
    assert page.locator("tbody td a", has_text=CUSTOMER).count() == 0
    state = next(one for one, (_, found) in by_state.items() if found)
    page.goto(f"/promises?status={state.value}")
    way = page.locator("tbody th a").first.get_attribute("href") or ""
    assert re.fullmatch(r"/interactions/j-[13]#t-\d+", way)


def test_everybody_sees_what_is_theirs(travelled: Any, window: Callable[..., Page]) -> None:
    carla = window("carla", path="/customers/c-%3Cb%3E7")
    assert carla.locator(".step h3").all_inner_texts() == ["j-1"]
    for login, path, status in (("carla", "/customers/c-8", 404), ("sara", "/promises", 403), ("sara", "/customers/c-8", 403)):
        page = carla if login == "carla" else window(login, path="/account")
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status, path


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("fa", 390), ("ar", 1280)])
def test_nothing_runs_over_the_edge(travelled: Any, window: Callable[..., Page], language: str, width: int) -> None:
    page = window("lea", language=language, viewport={"width": width, "height": 800})
    for path in EVERY:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(travelled: Any, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("lea", language=language, color_scheme=scheme)
    for path in EVERY:
        page.goto(path)
        found = axe.Axe().run(page)
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
        assert told == [], path
