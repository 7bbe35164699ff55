"""Webhooks in a real browser: added with a secret that is told once, tried, paused, changed, taken away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.permission import SYSTEM
from qa_service.domain.report import ReportLanguage
from qa_service.domain.webhook import GONE, SILENT, DeliveryState, Event
from qa_service.rendering.messages import catalogue
from qa_service.web.webhooks import STOPPED
from tests.web.conftest import status_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

URL = "https://hooks.invalid/" + "long-" * 60 + "?a=<script>window.stolen=1</script>"
HOSTILE = "<img src=x onerror=window.stolen=1> نام {{ 7*7 }}"


@pytest.fixture(scope="module")
def hook(site: Any) -> str:
    """One with a long address that nothing reaches."""
    made, _ = site.services.webhooks.add(URL, list(Event), description=HOSTILE, by=SYSTEM)
    return str(made.id)


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    words = catalogue(language)
    assert [one for one in Event if f"event.{one.value.replace('.', '_')}" not in words] == []
    assert [one for one in DeliveryState if f"delivery_state.{one.value}" not in words] == []
    assert {GONE, SILENT} == set(STOPPED)
    assert set(STOPPED.values()) <= set(words)


def test_a_webhook_from_its_secret_to_its_end(site: Any, hook: str, window: Callable[..., Page]) -> None:
    page = window("root", path="/webhooks")
    page.click("text=Add a webhook")
    page.fill("#url", "https://hooks.invalid/qa")
    page.check("input[value='dispute.opened']")
    page.fill("#url", "http://hooks.invalid/qa")
    page.click("text=Add it")
    assert "url" in page.locator(".fault").inner_text()
    assert page.is_checked("input[value='dispute.opened']")
    page.fill("#url", "https://hooks.invalid/qa")
    page.click("text=Add it")
    secret = page.input_value("#secret")
    assert secret.startswith("whsec_")
    page.click("text=I have kept it")
    address = page.url
    assert secret not in page.content()
    page.click("text=Send a test message")
    page.wait_for_selector("#deliveries .detail")
    row = page.locator("#deliveries tbody tr")
    assert "Test message" in row.inner_text()
    assert "1 try of 9" in row.inner_text()
    assert "next try" in row.inner_text()
    row.locator("button").click()
    assert page.locator("#deliveries tbody tr").count() == 1
    page.goto(f"{address}?state=delivered")
    assert "No message so far" in page.locator("#deliveries").inner_text()
    page.goto(address)
    page.click("button:has-text('Pause')")
    assert page.locator("button:has-text('Send a test message')").count() == 0
    page.click("button:has-text('Switch on')")
    page.click("summary:has-text('Change')")
    page.check("input[value='policy.changed']")
    page.fill("#description", "CRM")
    page.click("button:has-text('Save')")
    assert "The policy was changed" in page.locator("main > .tags").inner_text()
    page.click("summary:has-text('Renew')")
    page.click("text=Make another secret")
    assert page.input_value("#secret").startswith("whsec_")
    assert page.input_value("#secret") != secret
    page.click("text=I have kept it")
    page.click("summary:has-text('Remove')")
    page.click("text=Remove the webhook")
    assert page.url.endswith("/webhooks")
    assert page.locator("tbody tr", has_text="https://hooks.invalid/qa").count() == 0
    assert status_of(page, address) == 404


def test_a_change_that_somebody_else_overtook_is_told(site: Any, hook: str, window: Callable[..., Page]) -> None:
    page = window("root", path=f"/webhooks/{hook}")
    page.click("summary:has-text('Change')")
    site.services.webhooks.change(hook, active=False, by=SYSTEM)
    site.services.webhooks.change(hook, active=True, by=SYSTEM)
    page.click("button:has-text('Save')")
    assert "Somebody was quicker" in page.locator("main").inner_text()


def test_what_the_service_switched_off_says_why(site: Any, hook: str, window: Callable[..., Page]) -> None:
    at = site.services.clock() - timedelta(days=6)
    with site.services.database.unit() as unit:
        unit.webhooks.heard(hook, failing_since=at, stopped=SILENT)
    page = window("root", path="/webhooks")
    assert "Nothing has reached it for five days." in page.locator("tbody tr", has_text="long-").inner_text()
    page.goto(f"/webhooks/{hook}")
    assert "switched off" in page.locator("main").inner_text()
    site.services.webhooks.change(hook, active=True, by=SYSTEM)


def test_it_is_for_administrators(hook: str, window: Callable[..., Page]) -> None:
    for login in ("lea", "rita", "carla", "sara"):
        page = window(login, path="/")
        assert page.locator("a[href='/webhooks']").count() == 0
        for path in ("/webhooks", "/webhooks/new", f"/webhooks/{hook}", f"/webhooks/{hook}/deliveries"):
            assert status_of(page, path) == 403, path


def test_hostile_words_stay_words(hook: str, window: Callable[..., Page]) -> None:
    page = window("root", path="/webhooks")
    for path in ("/webhooks", f"/webhooks/{hook}"):
        page.goto(path)
        assert HOSTILE in page.locator("main").inner_text()
        assert "<script>" in page.locator("main").inner_text()
        assert page.evaluate("window.stolen") is None


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("fa", 390), ("ar", 1280)])
def test_nothing_runs_over_the_edge(site: Any, hook: str, window: Callable[..., Page], language: str, width: int) -> None:
    site.services.webhooks.ping(hook, by=SYSTEM)
    page = window("root", language=language, viewport={"width": width, "height": 800})
    for path in ("/webhooks", "/webhooks/new", f"/webhooks/{hook}"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(hook: str, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("root", language=language, color_scheme=scheme)
    for path in ("/webhooks", "/webhooks/new", f"/webhooks/{hook}"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        found = axe.Axe().run(page)
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
        assert told == [], path
