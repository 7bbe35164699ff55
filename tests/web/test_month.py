"""The month in a real browser: what changed for sure first, tiles that lead on, and nobody sees beyond their reach."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.comparison import Reason
from qa_service.domain.permission import Actor, Role
from qa_service.domain.promise import PromiseStatus
from qa_service.domain.report import ReportLanguage
from qa_service.domain.review import GivenAnswer
from qa_service.domain.rise import Movement
from qa_service.rendering.messages import catalogue
from tests.web.conftest import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

RITA = Actor(id="rita", role=Role.REVIEWER)
HOSTILE = "a/b?c=1&d #<b>" + "w" * 80
#: Criteria and teams with too little to compare with.
_SHOWN = {Reason.TOO_SMALL, Reason.NO_PEERS, Reason.NO_OPPORTUNITY}


def review(site: Any, card: str, greeted: str) -> None:
    site.services.reviewing.claim(card, by=RITA)
    answers = [GivenAnswer(criterion=name, answer=answer, reason="heard") for name, answer in (("greeting", greeted), ("helped", "yes"))]
    site.services.reviewing.answer(card, answers, by=RITA, expected=None)
    site.services.reviewing.finalize(card, by=RITA, expected=None)


def months(site: Any) -> tuple[str, str]:
    """This month and the one before."""
    now = site.services.clock()
    return f"{now:%Y-%m}", f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"


@pytest.fixture(scope="module")
def two_months(site: Any) -> Any:
    """Billing greeted a month ago and does no more; a team of a hostile name has one contact."""
    now, before = months(site)
    for month, greeted in ((before, "yes"), (now, "no")):
        for place in range(12):
            agent = {"id": f"a{17 + place % 3}", "name": "Sara", "team": "billing"}
            review(site, site.take(f"m-{month}-{place}", agent=agent, started_at=f"{month}-01T10:{place:02}:00Z"), greeted)
    review(site, site.take("m-hostile", agent={"id": "a66", "name": "<i>x", "team": HOSTILE}, started_at=f"{now}-01T11:00:00Z"), "yes")
    person(site.services, "cora", Role.COACH, teams=frozenset({"claims"}))
    return site


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    words = set(catalogue(language))
    assert {f"promise_status.{one.value}" for one in PromiseStatus} | {f"movement.{one.value}" for one in Movement} <= words
    assert {f"move.{one.value}" for one in _SHOWN} | {f"move.{one}" for one in ("better", "worse", "missed", "rising")} <= words
    kinds = ("score", "channel", "team", "criterion", "family", "figure", "topic")
    assert {f"month.kind_{kind}" for kind in kinds} <= words


def test_a_lead_sees_first_what_changed(two_months: Any, window: Callable[..., Page]) -> None:
    now, before = months(two_months)
    page = window("lea", path=f"/month?month={now}")
    claim = page.locator("section.first .claim", has_text="Did the agent greet").first
    assert "Worse" in claim.inner_text()
    assert "100%" in claim.inner_text()
    assert page.locator("[data-tile]").count() == 9
    assert "13 of 13" in page.locator("[data-tile=work]").inner_text()
    page.goto(f"/month?month={now}&team=billing")
    page.click("[data-tile=score]")
    assert page.locator("h1").inner_text() == "billing"
    page.goto(f"/month?month={before}")
    assert "Nothing changed beyond chance" in page.locator("section.first").inner_text()


def test_tiles_lead_to_their_pages(two_months: Any, window: Callable[..., Page]) -> None:
    now, _ = months(two_months)
    page = window("lea", path=f"/month?month={now}")
    ways = page.locator("[data-tile]").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    for way in ways:
        if not way.startswith("#"):
            answer = page.goto(way)
            assert answer is not None
            assert answer.status == 200, way
    page.goto(f"/month?month={now}")
    assert [way for way in ways if way.startswith("#") and page.locator(way).count() != 1] in ([], ["#families"])


def test_nothing_reviewed_says_what_to_do(two_months: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/month?month=2020-01")
    assert "Nobody has reviewed a contact of this month" in page.locator("section.first").inner_text()
    page.goto("/month?month=1405-13")
    assert "1405-13" in page.locator("main").inner_text()


def test_everybody_sees_what_is_theirs(two_months: Any, window: Callable[..., Page]) -> None:
    now, _ = months(two_months)
    cora = window("cora", path=f"/month?month={now}")
    assert "billing" not in cora.locator("main").inner_text()
    assert "Nobody has reviewed" in cora.locator("section.first").inner_text()
    answer = cora.goto(f"/month?month={now}&team=billing")
    assert answer is not None
    assert answer.status == 404
    carla = window("carla", path=f"/month?month={now}")
    assert "Worse" in carla.locator("section.first").inner_text()
    assert carla.locator("select#team option").count() == 2
    sara = window("sara", path="/month")
    assert sara.locator("header a[href='/month']").count() == 0
    assert sara.locator("main h1").inner_text() != "The month"


def test_hostile_names_stay_words(two_months: Any, window: Callable[..., Page]) -> None:
    now, _ = months(two_months)
    page = window("lea", path=f"/month?month={now}")
    page.locator("section[data-part=by_team] a", has_text="a/b?c=1").click()
    assert page.locator("h1").inner_text() == HOSTILE


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("fa", 390), ("ar", 1280)])
def test_nothing_runs_over_the_edge(two_months: Any, window: Callable[..., Page], language: str, width: int) -> None:
    now, _ = months(two_months)
    page = window("lea", language=language, viewport={"width": width, "height": 800}, path=f"/month?month={now}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.goto("/month")
    assert page.locator("select#month option:checked").get_attribute("value") not in ("", None)


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(two_months: Any, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    now, _ = months(two_months)
    page = window("lea", language=language, color_scheme=scheme, path=f"/month?month={now}")
    found = axe.Axe().run(page)
    assert [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]] == []
