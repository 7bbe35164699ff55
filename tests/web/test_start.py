"""The start page: what is waiting for this person now, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.dispute import Decision, DisputeOutcome, Objection, Ruling
from qa_service.domain.permission import Actor, Role
from qa_service.domain.review import GivenAnswer

if TYPE_CHECKING:
    from playwright.sync_api import Page

RITA, LEA = Actor(id="rita", role=Role.REVIEWER), Actor(id="lea", role=Role.QA_LEAD)
SARA = Actor(id="sara", role=Role.AGENT, agent="a17")


@pytest.fixture(scope="module")
def busy(site: Any) -> Any:
    """A final that Sara has not read, a dispute of hers, one that was decided, and a calibration session."""
    for name in ("s-final", "s-disputed", "s-decided"):
        card = site.take(name)
        site.services.reviewing.claim(card, by=RITA)
        given = [GivenAnswer(criterion="helped", answer="no", reason="nothing was sent")]
        site.services.reviewing.answer(card, given, by=RITA, expected=None)
        site.services.reviewing.finalize(card, by=RITA, expected=None)
        if name != "s-final":
            made = site.services.disputes.open(card, [Objection(criterion="helped", wanted="yes", reason="I do")], by=SARA)
        if name == "s-decided":
            ruling = Ruling(criterion="helped", outcome=DisputeOutcome.REJECTED, words="no")
            site.services.disputes.decide(made.id, Decision(rulings=(ruling,)), by=LEA)
    site.take("s-calibrated")
    site.services.calibrating.create(
        title="start", rubric="mini-chat", interactions=["s-calibrated"], participants=["rita", "root"], by=LEA
    )
    return site


def waiting(page: Page) -> str:
    return page.locator("section.card").first.inner_text()


def test_an_agent_reads_what_is_new(busy: Any, window: Callable[..., Page]) -> None:
    page = window("sara")
    assert "s-final" in waiting(page)
    assert "Your dispute about s-decided was rejected" in waiting(page)
    page.click("text=s-final")
    assert page.locator("#acknowledge").count() == 1
    page.click("text=I have read it")
    page.goto("/")
    assert "s-final" not in waiting(page)


def test_a_reviewer_and_a_lead_see_theirs(busy: Any, window: Callable[..., Page]) -> None:
    reviewer = window("rita")
    assert "1 contact to answer in calibration" in waiting(reviewer)
    assert "s-final" not in waiting(reviewer)
    lead = window("lea")
    assert "1 dispute waits for your decision" in waiting(lead)
    lead.click("text=1 dispute waits for your decision")
    assert lead.locator("tbody tr").count() == 1
    lead.goto("/")
    lead.locator("[hx-get='/waiting']").get_by_text("The figures tell").or_(lead.locator("[hx-get='/waiting'] .waiting")).first.wait_for()
    lead.goto("/waiting")
    assert lead.locator("h1").inner_text() == "What the figures tell"


def test_whom_nothing_waits_for_is_told_so(busy: Any, window: Callable[..., Page]) -> None:
    page = window("carla")
    assert "Nothing is waiting for you." in waiting(page)
    assert "s-" not in waiting(page)
    persian = window("sara", language="fa")
    assert "رد شد" in waiting(persian)
