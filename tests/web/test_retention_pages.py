"""Retention in a real browser: what would go is told, typed and gone; what is held stays; the ledger verifies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.permission import SYSTEM
from qa_service.store.interactions import State
from tests.web.conftest import status_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "<img src=x onerror=window.stolen=1>مشتری " + "w" * 120
WHY = "request 4711 of the officer"
EVERY = ("/retention", "/retention/interaction?id=held", "/retention/interaction?id=free", "/retention/customer?id=k-8")


@pytest.fixture(scope="module")
def kept(site: Any) -> Any:
    """Two customers' chats, one of them held, and one of a customer with a hostile id."""
    for name in ("one", "two", "held"):
        site.take(name, customer={"id": "k-7"})
    site.take("free", customer={"id": "k-8"})
    site.take("odd", customer={"id": HOSTILE})
    site.services.retaining.hold("held", reason="case 12 <b>before</b> the court", by=SYSTEM)
    return site


def state_of(site: Any, name: str) -> State:
    found: State = site.services.interactions.get(name).state
    return found


def test_a_customer_s_right_with_what_goes_and_what_stays(kept: Any, window: Callable[..., Page]) -> None:
    page = window("root", path="/retention")
    page.fill("#customer", "nobody")
    page.click("form[action='/retention/customer'] button")
    assert "no contact of this customer" in page.locator(".fault").inner_text()
    page.fill("#customer", "k-7")
    page.click("form[action='/retention/customer'] button")
    assert "2 contacts" in page.locator(".goes").inner_text()
    assert "case 12 <b>before</b> the court" in page.locator("main").inner_text()
    page.fill("#why", WHY)
    page.fill("#typed", "k-8")
    page.click("button:has-text('Erase for good')")
    assert "Nothing was erased" in page.locator(".fault").inner_text()
    assert page.input_value("#why") == WHY
    assert state_of(kept, "one") is State.SCORED
    page.fill("#typed", "k-7")
    page.click("button:has-text('Erase for good')")
    text = page.locator("main").inner_text()
    assert "2 contacts were erased for good" in text
    assert "held" in page.locator(".note").inner_text()
    assert "verifies" in page.locator("section[data-part=ledger]").inner_text()
    assert [state_of(kept, name) for name in ("one", "two", "held")] == [State.ERASED, State.ERASED, State.SCORED]
    assert "4711" not in page.url
    assert kept.services.audit.verify().valid


def test_one_contact_and_why_it_may_not_go(kept: Any, window: Callable[..., Page]) -> None:
    kept.take("late", customer={"id": "k-9"})
    page = window("root", path="/retention/interaction?id=held")
    assert page.locator("form.confirm").count() == 0
    assert "case 12" in page.locator(".note").inner_text()
    page.goto("/retention/interaction?id=nothing-here")
    assert "no contact with this id" in page.locator(".fault").inner_text()
    page.goto("/retention/interaction?id=late")
    goes = page.locator(".goes").inner_text()
    assert "1 transcript" in goes
    assert "of 1 scorecard" in goes
    page.fill("#typed", "late")
    page.fill("#why", "    ab   ")
    page.click("button:has-text('Erase for good')")
    assert "Nothing was erased" in page.locator(".fault").inner_text()
    page.fill("#why", WHY)
    page.fill("#typed", "late")
    # Somebody holds it while the form is open.
    kept.services.retaining.hold("late", reason="case 13", by=SYSTEM)
    page.click("button:has-text('Erase for good')")
    assert "case 13" in page.locator(".note").inner_text()
    assert state_of(kept, "late") is State.SCORED
    kept.services.retaining.release("late", reason="case 13 is over", by=SYSTEM)
    page.goto("/retention/interaction?id=late")
    page.fill("#why", WHY)
    page.fill("#typed", "late")
    page.click("button:has-text('Erase for good')")
    assert "1 contact was erased for good" in page.locator("main").inner_text()
    assert state_of(kept, "late") is State.ERASED


def test_holds_are_made_and_released_with_a_reason(kept: Any, window: Callable[..., Page]) -> None:
    page = window("root", path="/retention")
    page.fill("#hold-id", "no-such-one")
    page.fill("#hold-why", "case 14")
    page.click("button:has-text('Hold it')")
    assert page.locator("section[data-part=holds] .fault").is_visible()
    assert page.input_value("#hold-why") == "case 14"
    page.fill("#hold-id", "free")
    page.click("button:has-text('Hold it')")
    row = page.locator("section[data-part=holds] tr", has_text="free")
    assert "case 14" in row.inner_text()
    row.locator("summary").click()
    row.locator("input[name=reason]").fill("case 14 is over")
    row.locator("button").click()
    page.wait_for_url("**/retention#holds")
    assert page.locator("section[data-part=holds] tr", has_text="free").count() == 0


def test_hostile_ids_stay_words(kept: Any, window: Callable[..., Page]) -> None:
    page = window("root", path="/retention")
    page.fill("#customer", HOSTILE)
    page.click("form[action='/retention/customer'] button")
    assert HOSTILE in page.locator("h1").inner_text()
    assert page.evaluate("window.stolen") is None


@pytest.mark.parametrize("login", ["lea", "rita", "carla", "sara"])
def test_erasing_is_for_admins(kept: Any, window: Callable[..., Page], login: str) -> None:
    page = window(login)
    for path in EVERY:
        assert status_of(page, path) == 403, path


@pytest.mark.parametrize("language", ["en", "fa"])
def test_nothing_runs_over_the_edge(kept: Any, window: Callable[..., Page], language: str) -> None:
    page = window("root", language=language, viewport={"width": 390, "height": 800})
    for path in EVERY:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(kept: Any, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("root", language=language, color_scheme=scheme)
    for path in EVERY:
        page.goto(path)
        found = axe.Axe().run(page)
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
        assert told == [], path
