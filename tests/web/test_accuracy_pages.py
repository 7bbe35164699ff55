"""Accuracy and reviewers in a real browser: nobody knows before a blind review, and reviewers see their own work alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.accuracy import Acceptance
from qa_service.domain.permission import Actor, Role
from qa_service.domain.report import ReportLanguage
from qa_service.domain.review import GivenAnswer
from qa_service.rendering.messages import catalogue
from tests.web.conftest import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

RITA = Actor(id="rita", role=Role.REVIEWER)


def review(site: Any, card: str) -> None:
    site.services.reviewing.claim(card, by=RITA)
    answers = [GivenAnswer(criterion=name, answer="yes", reason="heard") for name in ("greeting", "manners", "helped")]
    site.services.reviewing.answer(card, answers, by=RITA, expected=None)
    site.services.reviewing.finalize(card, by=RITA, expected=None)


@pytest.fixture(scope="module")
def seen(site: Any) -> Any:
    """One chat that Rita reviewed with suggestions in sight; and another reviewer."""
    review(site, site.take("y-seen"))
    person(site.services, "omid", Role.REVIEWER)
    return site


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    words = set(catalogue(language))
    assert {f"acceptance.{one.value}" for one in Acceptance} <= words
    assert {f"anchoring.{one}" for one in ("leans", "overrides", "none", "no_blind", "no_seen")} <= words
    counts = ("accepted", "needs_a_person", "too_few", "automatic")
    assert {f"accuracy.{kind}_{one}" for kind in ("count", "what") for one in counts} <= words


def test_nobody_knows_before_a_blind_review(seen: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/accuracy")
    assert "Nobody knows yet how right the machine is" in page.locator("section.first").inner_text()
    assert "Not known without blind answers" in page.locator("main").inner_text()
    card = seen.take("y-blind")
    with seen.services.database.unit() as unit:
        assert unit.scorecards.make_blind([card]) == (card,)
    review(seen, card)
    page.reload()
    assert "Too few blind answers" in page.locator("section.first").inner_text()
    assert page.locator("section.first .tiles strong").nth(1).inner_text() == "0"


def test_reviewers_see_their_own_work(seen: Any, window: Callable[..., Page]) -> None:
    rita = window("rita", path="/reviewers")
    assert rita.locator("section[data-part=work] tbody tr").count() == 1
    assert rita.locator("section[data-part=severity]").count() == 0
    lea = window("lea", path="/reviewers")
    assert "Omid" in lea.locator("section[data-part=work]").inner_text()
    assert "Fewer than two reviewers" in lea.locator("section[data-part=severity]").inner_text()
    for login, path in (("rita", "/accuracy"), ("carla", "/accuracy"), ("carla", "/reviewers"), ("sara", "/reviewers")):
        page = window(login)
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403, (login, path)


@pytest.mark.parametrize(("language", "width", "scheme"), [("en", 1280, "light"), ("fa", 390, "dark")])
def test_pages_fit_and_are_accessible(seen: Any, window: Callable[..., Page], language: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("lea", language=language, color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in ("/accuracy", "/reviewers"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        found = axe.Axe().run(page)
        assert [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]] == [], path
