"""Contact-centre figures in a real browser: what misses its target, what a figure is, and targets that leads set."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.breach import TargetMet
from qa_service.domain.indicator import BetterIs, FigureKind
from qa_service.domain.indicators import INDICATORS
from qa_service.domain.report import ReportLanguage
from qa_service.rendering.messages import catalogue
from qa_service.services.indicators import GROUPS
from qa_service.web.indicators import FAMILIES

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "<script>window.stolen=1</script> صف " + "q" * 60


@pytest.fixture(scope="module")
def waited(site: Any) -> Any:
    """Eight chats of two teams that waited for more than five minutes."""
    for place in range(8):
        agent = {"id": f"a{17 + place % 2}", "name": "Sara", "team": ("billing", "claims")[place % 2]}
        queue = HOSTILE if place == 0 else "vip"
        site.take(f"f-{place}", agent=agent, wait_seconds=390 + place, queue=queue, survey={"csat": 1 + place % 5})
    return site


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_figure_has_its_words(language: ReportLanguage) -> None:
    words = set(catalogue(language))
    wanted = {f"{kind}.{one}" for kind in ("indicator", "figure_top", "figure_of", "figure_needs") for one in INDICATORS}
    wanted |= {f"met.{one.value}" for one in TargetMet if one is not TargetMet.NO_TARGET}
    wanted |= {f"figures.better_{one.value}" for one in BetterIs}
    wanted |= {f"figures.interval_{one.value}" for one in FigureKind} | {f"figure_by.{one}" for one in GROUPS}
    assert wanted | {f"figure_family.{one}" for one in FAMILIES} <= words
    assert [one.id for some in FAMILIES.values() for one in some] == list(INDICATORS)


def test_what_misses_its_target_comes_first(waited: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/figures?month=")
    missed = page.locator("section.first .claim").first
    assert "Average queue time" in missed.inner_text()
    assert "6:34" in missed.inner_text()
    missed.locator("a").click()
    assert "Average queue time" in page.locator("h1").inner_text()
    assert "seconds that inbound contacts waited" in page.locator("section[data-part=definition]").inner_text()
    table = page.locator("section[data-part=by_team]").inner_text()
    assert "billing" in table
    assert "claims" in table
    page.goto("/figures?month=2020-01")
    assert "Nothing tells a figure in this period" in page.locator("main").inner_text()


def test_a_lead_sets_a_target_and_takes_it_away(waited: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/figures/queue_time?month=")
    page.fill("#value", "soon")
    page.click("button[value=set]")
    assert "is no number" in page.locator(".fault").inner_text()
    assert page.input_value("#value") == "soon"
    page.fill("#value", "۷:۰۰")
    page.click("button[value=set]")
    assert "set here" in page.locator("section[data-part=targets] tbody tr").first.inner_text()
    assert "Reached" in page.locator("section.first").inner_text()
    page.click("button[value=remove]")
    assert "as shipped" in page.locator("section[data-part=targets] tbody").inner_text()
    assert "Missed" in page.locator("section.first").inner_text()
    page.goto("/figures/service_level")
    page.fill("#within", "30")
    page.locator("form[action='/figures/service_level/rules'] button").click()
    assert waited.services.targets.current().targets.answer_within_seconds == 30


def test_everybody_sees_what_is_theirs(waited: Any, window: Callable[..., Page]) -> None:
    carla = window("carla", path="/figures/queue_time?month=")
    assert "claims" not in carla.locator("main").inner_text()
    assert carla.locator("#value").count() == 0
    sara = window("sara", path="/figures/queue_time?month=")
    assert "of 4" in sara.locator("section.first").inner_text()
    assert sara.locator("section[data-part=by_agent]").count() == 0


def test_a_figure_that_is_none(waited: Any, window: Callable[..., Page]) -> None:
    page = window("lea")
    answer = page.goto("/figures/happiness")
    assert answer is not None
    assert answer.status == 404


@pytest.mark.parametrize(("language", "width", "scheme"), [("en", 1280, "light"), ("fa", 390, "dark")])
def test_pages_fit_and_are_accessible(waited: Any, window: Callable[..., Page], language: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("lea", language=language, color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in ("/figures?month=", "/figures/queue_time?month=", "/figures/service_level"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert page.evaluate("window.stolen") is None
        found = axe.Axe().run(page)
        assert [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]] == [], path
