"""Contacts as pages: found by filters, read without being reviewed, and only by whoever may."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.calibration import CalibrationState
from qa_service.domain.coefficient import Untold
from qa_service.domain.dispute import DisputeKind, DisputeOutcome, DisputeState
from qa_service.domain.interaction import AgentRef, Channel, Interaction, Purpose
from qa_service.domain.permission import SYSTEM, Actor, Role
from qa_service.domain.report import ReportLanguage
from qa_service.domain.review import GivenAnswer
from qa_service.domain.severity import Leaning, TooLittle
from qa_service.domain.signal import Unit
from qa_service.rendering.messages import catalogue
from qa_service.store.faults import Fault
from qa_service.store.interactions import State
from tests.web.conftest import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

RITA = Actor(id="rita", role=Role.REVIEWER)
FAMILIES: dict[str, type[StrEnum]] = {
    "contact_state": State, "purpose": Purpose, "dispute_state": DisputeState, "dispute_kind": DisputeKind,
    "dispute_outcome": DisputeOutcome, "calib_state": CalibrationState, "untold": Untold, "leaning": Leaning, "too_little": TooLittle,
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(family: str, language: ReportLanguage) -> None:
    assert [one for one in FAMILIES[family] if f"{family}.{one.value}" not in catalogue(language)] == []


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_unit_of_signals_has_its_message(language: ReportLanguage) -> None:
    shown = {one for one in Unit if one not in (Unit.FLAG, Unit.COUNT, Unit.SCORE)}
    assert {f"signal_unit.{one.name.lower()}" for one in shown} <= set(catalogue(language))


def test_a_contact_is_found_and_read(site: Any, window: Callable[..., Page]) -> None:
    start = "2026-03-0{}T10:00:00Z"
    site.take("i-first", customer={"id": "c-7"}, started_at=start.format(1), queue="returns")
    site.take("i-second", customer={"id": "c-7"}, started_at=start.format(3), agent={"id": "a2", "name": "Omar", "team": "sales"})
    page = window("rita", path="/interactions")
    page.fill("#queue", "returns")
    page.fill("#from", "2026-03-01")
    page.fill("#to", "2026-03-01")
    page.click("text=Show")
    assert page.locator("tbody tr").count() == 1
    page.click("text=i-first")
    text = page.locator("main").inner_text()
    assert "My kettle is broken" in text
    assert "returns" in text
    assert page.locator("table.signals tbody tr").count() > 5
    assert page.locator("table.signals >> text=Sara").count() == 0
    page.click("section.form >> text=i-second")
    assert page.locator("h1").inner_text() == "i-second"
    page.click("section.form >> text=mini-chat")
    assert "/review/" in page.url


def test_a_day_that_is_none_is_told(window: Callable[..., Page]) -> None:
    page = window("rita", path="/interactions?from=2026-02-31")
    assert page.locator("h1").inner_text() == "That cannot be used"
    page.goto("/interactions?agent=&state=&channel=&from=&to=")
    assert page.locator("h1").inner_text() == "Contacts"


def test_a_long_list_goes_on(site: Any, window: Callable[..., Page]) -> None:
    agent = AgentRef(id="a9", name="Nine", team="nights")
    with site.services.database.unit() as unit:
        for number in range(51):
            one = Interaction(id=f"i-many-{number:02}", channel=Channel.CHAT, agent=agent)
            unit.interactions.add(one, content_sha256=f"{number:064x}", at=site.services.clock())
    page = window("rita", path="/interactions?team=nights")
    seen = page.locator("tbody th a").all_inner_texts()
    page.click("text=More")
    assert "team=nights" in page.url
    assert len({*seen, *page.locator("tbody th a").all_inner_texts()}) == 51


def test_who_may_read_what(site: Any, window: Callable[..., Page]) -> None:
    card = site.take("i-reach", customer={"id": "c-8"}, started_at="2026-03-01T10:00:00Z")
    person(site.services, "cora", Role.COACH, teams=frozenset({"sales"}))
    coach = window("carla", path="/interactions/i-reach")
    assert coach.locator("h1").inner_text() == "i-reach"
    stranger = window("cora", path="/interactions/i-reach")
    assert stranger.locator("h1").inner_text() == "Nothing here"
    agent = window("sara", path="/interactions/i-reach")
    assert agent.locator("h1").inner_text() == "Nothing here"
    site.services.reviewing.claim(card, by=RITA)
    site.services.reviewing.answer(card, [GivenAnswer(criterion="helped", answer="yes")], by=RITA, expected=None)
    site.services.reviewing.finalize(card, by=RITA, expected=None)
    agent.goto("/interactions/i-reach")
    assert agent.locator("h1").inner_text() == "i-reach"
    agent.goto("/interactions")
    assert [one for one in agent.locator("tbody th a").all_inner_texts() if one == "i-reach"] == ["i-reach"]


def test_what_is_erased_says_so(site: Any, window: Callable[..., Page]) -> None:
    site.take("i-gone", "My secret is plum")
    site.services.retaining.erase("i-gone", by=SYSTEM, reason="asked for")
    page = window("rita", path="/interactions/i-gone")
    assert "was erased" in page.locator("main").inner_text()
    assert "plum" not in page.content()


def test_a_job_that_failed_is_told_in_words(site: Any, window: Callable[..., Page]) -> None:
    site.take("i-broken")
    with site.services.database.unit() as unit:
        fault = Fault(code="audio", message="there is no sound in it", hint="record it <again>")
        unit.interactions.set_state("i-broken", State.FAILED, error=fault)
    page = window("rita", path="/interactions?state=failed")
    assert "The recording cannot be used." in page.locator("tbody").inner_text()
    page.click("text=i-broken")
    assert "there is no sound in it (record it <again>)" in page.locator(".fault").inner_text()


def test_hostile_names_stay_names(site: Any, window: Callable[..., Page]) -> None:
    name = "i-<img src=x onerror=window.stolen=1>?a=1&b#c%20"
    site.take(name, agent={"id": "a\"b'", "name": "<script>window.stolen=1</script>", "team": "{{ 7*7 }}"}, queue="<b>q")
    page = window("rita", path="/interactions")
    page.click(f"text={name}")
    assert page.locator("h1").inner_text() == name
    assert "{{ 7*7 }}" in page.locator("main").inner_text()
    assert page.evaluate("window.stolen") is None


@pytest.mark.parametrize("language", ["en", "fa"])
def test_nothing_runs_over_the_edge(site: Any, window: Callable[..., Page], language: str) -> None:
    site.take(f"i-edge-{language}-{'long' * 20}", "word" * 80, queue="q" * 80)
    page = window("rita", path="/interactions", language=language, viewport={"width": 390, "height": 800})
    for path in ("/interactions", f"/interactions/i-edge-{language}-{'long' * 20}"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(site: Any, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    site.take(f"i-axe-{language}", customer={"id": "c-9"}, started_at="2026-03-01T10:00:00Z")
    page = window("rita", path="/interactions", language=language, color_scheme=scheme)
    for path in ("/interactions", f"/interactions/i-axe-{language}"):
        page.goto(path)
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in axe.Axe().run(page).response["violations"]]
        assert told == [], path
