"""Agents, teams and coaching in a real browser: what to talk about, a plan from suggestion to end, and who may see what."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.agent import Basis
from qa_service.domain.coaching_effect import EffectStanding, Missing
from qa_service.domain.coaching_plan import ExampleKind, Late, PlanState
from qa_service.domain.control import SHOWN, Control
from qa_service.domain.gain import GainVerdict
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import SYSTEM, Actor, Role
from qa_service.domain.profile import Among
from qa_service.domain.recognition import Ineligible, NoAward
from qa_service.domain.report import ReportLanguage
from qa_service.domain.review import GivenAnswer
from qa_service.rendering.messages import catalogue
from qa_service.services.coaching_plans import Wish
from tests.web.conftest import person, status_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

RITA = Actor(id="rita", role=Role.REVIEWER)
HOSTILE = {"id": "a66", "name": "<img src=x onerror=window.stolen=1>{{ 7*7 }}", "team": "a/b?c=1&d #<b>"}
EVERY = (
    "/agents", "/agents/a17", "/agents/a17/swot", "/teams", "/teams/team?name=billing", "/coaching", "/coaching/new?agent=a17",
    "/recognition",
)


@pytest.fixture(scope="module")
def reviewed(site: Any) -> Any:
    """Sara (a17) and Reza (a18) of billing and a hostile one with a few final chats: Sara never greeted."""
    people = ({"id": "a17", "name": "Sara", "team": "billing"}, {"id": "a18", "name": "Reza", "team": "billing"}, HOSTILE)
    for agent in people:
        for place in range(4):
            card = site.take(f"k-{agent['id']}-{place}", agent=agent)
            site.services.reviewing.claim(card, by=RITA)
            answers = [
                GivenAnswer(criterion="greeting", answer="no" if agent["id"] == "a17" else "yes", reason="heard"),
                GivenAnswer(criterion="helped", answer="yes", reason="heard"),
            ]
            site.services.reviewing.answer(card, answers, by=RITA, expected=None)
            site.services.reviewing.finalize(card, by=RITA, expected=None)
    person(site.services, "cora", Role.COACH, teams=frozenset({"claims"}))
    return site


@pytest.fixture(scope="module")
def plan(reviewed: Any) -> str:
    """One of Reza's that is practised, with a session."""
    services, lea = reviewed.services, Actor(id="lea", role=Role.QA_LEAD)
    rubric = next(one.rubric for one in services.rubrics.list() if one.channel is Channel.CHAT)
    made = services.coaching_plans.create("a18", by=lea, wishes=[Wish(rubric=rubric, criterion="greeting")]).plan
    services.coaching_plans.start(made.id, by=lea)
    services.coaching_sessions.hold(made.id, by=lea, practised=["greeting"], notes="Word" * 60)
    return str(made.id)


FAMILIES = {
    "plan_state": PlanState, "example": ExampleKind, "gain": GainVerdict, "control": Control, "coaching.effect": EffectStanding,
    "coaching.missing": Missing, "coaching.late": Late, "recognition.untold": NoAward, "recognition.not": Ineligible,
    "profile.among": Among, "profile.basis": Basis,
}


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    words = catalogue(language)
    for family, values in FAMILIES.items():
        join = "_" if "." in family else "."
        assert [value for value in values if f"{family}{join}{value.value}" not in words] == [], family
    assert [name for name in SHOWN if f"measured.{name.replace('.', '_')}" not in words] == []


def test_a_coach_sees_first_what_to_talk_about(reviewed: Any, window: Callable[..., Page]) -> None:
    page = window("carla", path="/agents")
    assert page.locator("tbody tr").count() == 2
    page.click("text=Sara")
    first = page.locator("section.first").inner_text()
    assert "Did the agent greet" in first or "Cannot tell yet" in first
    assert "4 of 4" in page.locator(".glance").inner_text()
    assert page.locator("section[data-part=listen] a[href^='/review/']").count() > 0
    page.locator("#swot").scroll_into_view_if_needed()
    page.wait_for_selector(".swot")


def test_an_honest_answer_where_nobody_has_reviewed(reviewed: Any, window: Callable[..., Page]) -> None:
    reviewed.take("k-new", agent={"id": "a99", "name": "Nima", "team": "billing"})
    page = window("carla", path="/agents/a99")
    assert "Nobody has reviewed a contact of this agent" in page.locator("section.first").inner_text()
    page.click("text=See what the machine suggests")
    assert "provisional" in page.locator(".head").inner_text()


def test_a_team_is_no_ranking(reviewed: Any, window: Callable[..., Page]) -> None:
    page = window("carla", path="/teams/team?name=billing&month=1405-09")
    assert page.locator("h1").inner_text() == "billing"
    page.goto("/teams/team?name=billing")
    board = page.locator("section[data-part=board-1]").inner_text()
    assert "Sara" in board
    assert "Reza" in board
    page.click("section[data-part=board-1] a >> text=Sara")
    assert page.url.endswith("/agents/a17")


def test_a_plan_from_the_suggestion_to_its_end(reviewed: Any, window: Callable[..., Page]) -> None:
    coach = window("carla", path="/agents/a17")
    coach.click("text=Plan coaching")
    for box in coach.locator("input[name=priority]:checked").all():
        box.uncheck()
    coach.click("text=Draft the plan")
    assert "nothing is chosen" in coach.locator(".fault").inner_text()
    for box in coach.locator("input[name=priority]:checked").all():
        box.uncheck()
    coach.locator("input[name=priority][value$=greeting]").check()
    coach.click("text=Draft the plan")
    coach.fill("#behaviour-0", "Say hello <b>first</b>")
    coach.fill("#share-0", "90")
    coach.click("section[data-part=edit] button:has-text('Save')")
    assert "Say hello <b>first</b>" in coach.locator("section[data-part=practise]").inner_text()
    agent = window("sara", path="/coaching")
    assert "No coaching plan here" in agent.locator("main").inner_text()
    coach.click("text=Start: the agent sees it")
    coach.fill("#held-new", "2099-01-01")
    coach.fill("#notes-new", "We listened to two chats.")
    coach.fill("#private-new", "Nervous at first.")
    coach.click("section[data-part=sessions] button:has-text('Save')")
    assert "has not come yet" in coach.locator(".fault").inner_text()
    assert coach.input_value("#notes-new") == "We listened to two chats."
    coach.fill("#held-new", reviewed.services.coaching_plans.today().isoformat())
    coach.click("section[data-part=sessions] button:has-text('Save')")
    assert "We listened to two chats." in coach.locator("article[id^=s-]").inner_text()
    agent.goto("/coaching")
    agent.click("tbody a")
    text = agent.locator("main").inner_text()
    assert "We listened to two chats." in text
    assert "Nervous" not in agent.content()
    agent.fill("#comment-plan", "I will")
    agent.locator("section[data-part=practise] button").click()
    assert "I will" in agent.locator("section[data-part=practise]").inner_text()
    agent.click("article[id^=s-] button")
    assert "Read by the agent" in agent.locator("article[id^=s-]").inner_text()
    coach.reload()
    coach.click("summary:has-text('End the plan')")
    coach.check("input[name=state][value=done]")
    coach.fill("#outcome", "She greets now.")
    coach.click("button:has-text('End the plan')")
    assert "She greets now." in coach.locator("dl").inner_text()
    assert coach.locator("section[data-part=edit]").count() == 0


def test_everybody_sees_what_is_theirs(reviewed: Any, window: Callable[..., Page]) -> None:
    cora = window("cora", path="/agents")
    assert "Sara" not in cora.content()
    for path in ("/agents/a17", "/agents/a17/swot", "/teams/team?name=billing", "/coaching/new?agent=a17"):
        assert status_of(cora, path) == 404, path
    sara = window("sara", path="/agents")
    assert sara.url.endswith("/agents/a17")
    assert sara.locator("h2").first.inner_text() == "What stands out"
    sara.goto("/teams/team?name=billing")
    assert "Reza" not in sara.content()
    for path, status in (("/agents/a18", 404), ("/coaching/new?agent=a17", 403), ("/recognition", 200)):
        assert status_of(sara, path) == status, path
    rita = window("rita", path="/agents/a17")
    assert rita.locator("h1").inner_text() == "Sara"
    assert status_of(rita, "/coaching") == 403


def test_consent_is_the_agent_s_own(reviewed: Any, window: Callable[..., Page]) -> None:
    page = window("sara", path="/coaching")
    page.click("button:has-text('I agree')")
    assert "You have agreed." in page.locator("main").inner_text()
    assert reviewed.services.consents.get("a17", by=SYSTEM).given


def test_hostile_names_stay_words(reviewed: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/agents/a66")
    assert page.evaluate("window.stolen") is None
    assert page.locator("h1").inner_text() == HOSTILE["name"]
    page.click("p.tags a.tag")
    assert page.locator("h1").inner_text() == HOSTILE["team"]
    assert page.evaluate("window.stolen") is None


def test_a_month_that_is_none_is_told(reviewed: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/agents/a17?month=2026-13")
    assert "2026-13" in page.locator("main").inner_text()
    for month in ("0000-01", "1405-12", "9999-12"):
        assert status_of(page, f"/agents/a17?month={month}") in (200, 422), month
    page.goto("/agents/a17?month=1405-08")
    assert page.locator("select#month option:checked").get_attribute("value") == "1405-08"


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("fa", 390), ("ar", 1280)])
def test_nothing_runs_over_the_edge(plan: str, window: Callable[..., Page], language: str, width: int) -> None:
    page = window("lea", language=language, viewport={"width": width, "height": 800})
    for path in (*EVERY, f"/coaching/{plan}"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(plan: str, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("lea", language=language, color_scheme=scheme)
    for path in (*EVERY, f"/coaching/{plan}"):
        page.goto(path)
        found = axe.Axe().run(page)
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
        assert told == [], path
