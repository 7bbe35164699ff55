"""Outcomes in a real browser: how many are satisfied, a training that says what it lacks, and criteria that are proposed to go."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from qa_service.domain.churn import ChurnSign
from qa_service.domain.csat_model import CsatVerdict
from qa_service.domain.permission import Actor, Role
from qa_service.domain.proposal import ProposalState
from qa_service.domain.report import ReportLanguage
from qa_service.domain.review import GivenAnswer
from qa_service.domain.satisfaction import Caveat
from qa_service.domain.validity import ContactEnd, ItemVerdict
from qa_service.rendering.messages import catalogue
from qa_service.store.jobs import JobState

if TYPE_CHECKING:
    from playwright.sync_api import Page

RITA = Actor(id="rita", role=Role.REVIEWER)
HOSTILE = "<script>window.stolen=1</script> چون همه آن را رعایت می‌کنند " + "w" * 80
EVERY = ("/outcomes", "/outcomes/criteria", "/outcomes/customers")


@pytest.fixture(scope="module")
def answered(site: Any) -> Any:
    """Four reviewed chats with an answer to a survey."""
    for place in range(4):
        card = site.take(f"o-{place}", survey={"csat": 1 + place}, customer={"id": f"c{place}"})
        site.services.reviewing.claim(card, by=RITA)
        answers = [GivenAnswer(criterion=name, answer="yes", reason="heard") for name in ("greeting", "helped")]
        site.services.reviewing.answer(card, answers, by=RITA, expected=None)
        site.services.reviewing.finalize(card, by=RITA, expected=None)
    return site


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    families = {
        "csat_caveat": Caveat, "csat_verdict": CsatVerdict, "item_verdict": ItemVerdict, "contact_end": ContactEnd,
        "retirement_state": ProposalState, "outcome_column": ContactEnd,
    }
    wanted = {f"{family}.{one.value}" for family, values in families.items() for one in values}
    wanted |= {f"churn_sign.{one.value.replace('.', '_')}" for one in ChurnSign}
    wanted |= {f"outcomes.unknown_end_{one.value}" for one in ContactEnd} | {f"outcomes.job_{one.value}" for one in JobState}
    assert wanted <= set(catalogue(language))


def test_a_training_says_what_it_lacks(answered: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/outcomes")
    assert "4 contacts are known" in page.locator("section.first").inner_text()
    assert "Too few answers to learn from" in page.locator("section[data-part=model]").inner_text()
    page.click("button:has-text('Learn from all answers')")
    expect(page.locator("#training-job")).to_contain_text("failed", timeout=60_000)


def test_a_criterion_is_proposed_to_go_and_stays(answered: Any, window: Callable[..., Page]) -> None:
    rubric = next(one.rubric for one in answered.services.rubrics.list() if one.channel.value == "chat")
    page = window("lea", path=f"/outcomes/criteria?rubric={rubric}")
    page.click("summary:has-text('Propose a criterion to go')")
    page.select_option("#criterion", "greeting")
    page.fill("#why", "   ")
    page.click("button:has-text('Propose')")
    assert "Say why it should go" in page.locator(".fault").inner_text()
    page.fill("#why", HOSTILE)
    page.click("button:has-text('Propose')")
    proposal = page.locator("section[data-part=retirements] article")
    assert HOSTILE in proposal.inner_text()
    assert page.evaluate("window.stolen") is None
    proposal.locator("input[name=words]").fill("the law asks for it")
    proposal.locator("button[value=false]").click()
    assert "Declined" in proposal.inner_text()
    assert "the law asks for it" in proposal.inner_text()


def test_everybody_sees_what_is_theirs(answered: Any, window: Callable[..., Page]) -> None:
    carla = window("carla", path="/outcomes")
    assert carla.locator("button:has-text('Learn')").count() == 0
    assert carla.locator(".tabs a").count() == 2
    for login, path, status in (("carla", "/outcomes/criteria", 403), ("rita", "/outcomes", 403), ("sara", "/outcomes/customers", 403)):
        page = window(login)
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status, (login, path)


def test_customers_without_facts_say_what_is_missing(answered: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/outcomes/customers")
    assert "Nothing tells who left" in page.locator("section[data-part=churn]").inner_text()
    assert "4 customers in contact" in page.locator("section[data-part=signs]").inner_text()


@pytest.mark.parametrize(("language", "width", "scheme"), [("en", 1280, "light"), ("fa", 390, "dark")])
def test_pages_fit_and_are_accessible(answered: Any, window: Callable[..., Page], language: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("lea", language=language, color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in EVERY:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        found = axe.Axe().run(page)
        assert [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]] == [], path
