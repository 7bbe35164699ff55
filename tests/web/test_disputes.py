"""Finished scorecards as pages: confirmed, disputed, decided with both sides in sight, opened again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from qa_service.domain.dispute import Dispute, DisputeOutcome, DisputeState, Objection
from qa_service.domain.permission import SYSTEM, Actor, Role, Scope
from qa_service.domain.review import GivenAnswer
from qa_service.domain.scorecard import Status
from tests.web.conftest import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

RITA = Actor(id="rita", role=Role.REVIEWER)
SARA = Actor(id="sara", role=Role.AGENT, agent="a17")


def final(site: Any, name: str, *said: str) -> str:
    """A final scorecard of Sara's, reviewed by Rita."""
    card: str = site.take(name, *said)
    site.services.reviewing.claim(card, by=RITA)
    given = [GivenAnswer(criterion="helped", answer="no", reason="she promises nothing", note="for leads only")]
    site.services.reviewing.answer(card, given, by=RITA, expected=None)
    site.services.reviewing.finalize(card, by=RITA, expected=None)
    return card


def disputed(site: Any, card: str) -> Dispute:
    (found,) = site.services.disputes.list(by=SYSTEM, scorecard=card).items
    assert isinstance(found, Dispute)
    return found


def test_an_agent_confirms_to_have_read_it(site: Any, window: Callable[..., Page]) -> None:
    card = final(site, "d-read")
    page = window("sara", path=f"/review/{card}")
    page.fill("#acknowledge", "Understood <b>")
    page.click("text=I have read it")
    assert "Understood <b>" in page.locator("#after .note").inner_text()
    assert page.locator("#acknowledge").count() == 0
    told = site.services.scorecards.get(card).acknowledged
    assert (told.by, told.comment) == ("sara", "Understood <b>")


def test_a_dispute_from_the_agent_to_the_decision(site: Any, window: Callable[..., Page]) -> None:
    card = final(site, "d-whole")
    agent = window("sara", path=f"/review/{card}")
    agent.click("summary >> text=I disagree")
    agent.click("summary >> text=Was the customer helped?")
    agent.select_option("#wanted-helped", "yes")
    agent.click("text=Send the dispute")
    assert "say why" in agent.locator("#dispute [role=alert]").inner_text()
    assert agent.locator("#wanted-helped").input_value() == "yes"
    agent.fill("#reason-helped", "I say that I send a new one <script>window.stolen=1</script>")
    agent.click("text=Send the dispute")
    agent.wait_for_url("**/disputes/*")
    assert "waits for a decision" in agent.locator("main").inner_text()
    assert agent.locator("form[action$=decide]").count() == 0
    assert "for leads only" not in agent.content()
    assert site.services.scorecards.get(card).status is Status.DISPUTED

    lead = window("lea", path="/disputes")
    lead.click("text=d-whole")
    sides = lead.locator("#d-helped").inner_text()
    assert "she promises nothing" in sides
    assert "I say that I send a new one <script>" in sides
    assert lead.evaluate("window.stolen") is None
    lead.check('input[name="outcome-helped"][value="accepted"]', force=True)
    lead.fill("#words-helped", "so you do")
    lead.click("button >> text=Decide")
    assert "so you do" in lead.locator("#d-helped").inner_text()
    found = disputed(site, card)
    assert (found.state, found.result) == (DisputeState.DECIDED, DisputeOutcome.ACCEPTED)
    lead.click("text=the new version")
    assert lead.locator("#after ol li").count() == 2
    assert site.services.scorecards.get(found.successor).criterion("helped").answer == "yes"


def test_from_the_agent_by_the_lead_to_a_reviewer_and_back(site: Any, window: Callable[..., Page]) -> None:
    """Two objections, given on by a lead, decided in part; the agent reads the outcome and the new score, the lead the figures."""
    card = final(site, "d-journey")
    agent = window("sara", path=f"/review/{card}")
    agent.click("summary >> text=I disagree")
    assert "Until" in agent.locator("#dispute .hint").inner_text()
    objections = {"helped": "I send a new one", "manners": "I say that I am sorry"}
    stood = {one.id: one.effective for one in site.services.scorecards.get(card).criteria}
    for criterion, reason in objections.items():
        agent.locator(f"#reason-{criterion}").locator("xpath=ancestor::details[1]/summary").click()
        agent.select_option(f"#wanted-{criterion}", "yes" if stood[criterion] != "yes" else "no")
        agent.fill(f"#reason-{criterion}", reason)
    agent.click("text=Send the dispute")
    agent.wait_for_url("**/disputes/*")
    assert "decides until" in agent.locator("[data-part=wait]").inner_text()
    person(site.services, "omid", Role.REVIEWER)
    lead = window("lea", path=f"/disputes/{disputed(site, card).id}")
    lead.click("summary >> text=somebody else")
    lead.fill("#to-handler", "omid")
    lead.click("button >> text=Give it on")
    reviewer = window("omid")
    reviewer.click("text=1 dispute waits for your decision")
    reviewer.click("text=d-journey")
    reviewer.check('input[name="outcome-helped"][value="accepted"]', force=True)
    reviewer.fill("#words-helped", "so you do")
    reviewer.check('input[name="outcome-manners"][value="rejected"]', force=True)
    reviewer.fill("#words-manners", "that is not what is asked")
    reviewer.click("button >> text=Decide")
    found = disputed(site, card)
    assert (found.state, found.result) == (DisputeState.DECIDED, DisputeOutcome.PARTLY)
    agent.goto("/")
    agent.click("text=Your dispute about d-journey was accepted in part")
    told = agent.locator("[data-part=outcome]").inner_text()
    assert "accepted in part" in told
    assert "The score was" in told
    assert "that is not what is asked" in agent.locator("#d-manners").inner_text()
    lead.goto("/disputes")
    lead.click("text=Outcomes of disputes")
    assert "decided objection" in lead.locator("main").inner_text()
    assert "rita" in lead.locator("table").first.inner_text()
    assert "too few to tell" in lead.locator("table").first.inner_text()
    for login in ("omid", "sara", "carla"):
        stranger = window(login, path="/disputes/outcomes")
        assert stranger.locator("h1").inner_text() == "You may not do this"


def test_a_deadline_that_has_passed_is_told(site: Any, window: Callable[..., Page]) -> None:
    card = final(site, "d-over")
    past = datetime.now(UTC) - timedelta(days=400)
    with site.services.database.engine.begin() as connection:
        moved = sa.text("UPDATE scorecards SET finalized_at = :past WHERE id = :card").bindparams(
            sa.bindparam("past", past, sa.DateTime(timezone=True)), sa.bindparam("card", card)
        )
        connection.execute(moved)
    agent = window("sara", path=f"/review/{card}")
    assert "that time is over" in agent.locator("#after").inner_text()
    assert agent.locator("#dispute").count() == 0


def test_another_agent_s_contact(site: Any, window: Callable[..., Page]) -> None:
    card = final(site, "d-agent")
    agent = window("sara", path=f"/review/{card}")
    agent.click("summary >> text=I disagree")
    agent.click("summary >> text=another agent")
    agent.fill("#claimed", "a/b")
    agent.fill("#because", "I was on holiday")
    agent.click("text=Send the dispute")
    assert "no id" in agent.locator("#dispute [role=alert]").inner_text()
    agent.fill("#claimed", "a44")
    agent.click("text=Send the dispute")
    agent.wait_for_url("**/disputes/*")
    lead = window("lea", path=f"/disputes/{disputed(site, card).id}")
    lead.check('input[name="agent-outcome"][value="accepted"]', force=True)
    lead.fill("#agent-words", "the rota says so")
    lead.click("button >> text=Decide")
    assert "a44" in lead.locator("#d-agent .note").inner_text()
    assert site.services.interactions.get("d-agent").interaction.agent.id == "a44"
    # The agent whose contact it was not still reads the decision, without the scorecard.
    agent.reload()
    assert agent.locator("h1").inner_text() in ("Dispute · d-agent", "Nothing here")


def test_a_decision_that_brings_a_question_into_play_asks_it(site: Any, window: Callable[..., Page]) -> None:
    path = site.services.settings.rubrics_dir / "chat.yaml"
    asked = "      - {id: how, question: How soon?, weight: 1, asked_when: {helped: yes}, detect: manual}\n"
    path.write_text(path.read_text(encoding="utf-8").replace("version: 1", "version: 2") + asked, encoding="utf-8")
    site.services.rubrics.sync()
    card = final(site, "d-follow")
    site.services.disputes.open(card, [Objection(criterion="helped", wanted="yes", reason="I do")], by=SARA)
    lead = window("lea", path=f"/disputes/{disputed(site, card).id}")
    lead.check('input[name="outcome-helped"][value="accepted"]', force=True)
    lead.fill("#words-helped", "so you do")
    lead.click("button >> text=Decide")
    assert "How soon?" in lead.locator("fieldset.wanted").inner_text()
    assert lead.locator("#words-helped").input_value() == "so you do"
    lead.select_option("#follow-how", "no")
    lead.fill("#follow-words-how", "a week later")
    lead.click("button >> text=Decide")
    found = disputed(site, card)
    assert found.state is DisputeState.DECIDED
    assert site.services.scorecards.get(found.successor).criterion("how").answer == "no"


def test_what_changed_meanwhile_is_not_decided_over(site: Any, window: Callable[..., Page]) -> None:
    card = final(site, "d-stale")
    site.services.disputes.open(card, [Objection(criterion="helped", wanted="yes", reason="I do")], by=SARA)
    found = disputed(site, card)
    lead = window("lea", path=f"/disputes/{found.id}")
    site.services.disputes.route(found.id, handler="root", by=SYSTEM)
    lead.check('input[name="outcome-helped"][value="rejected"]', force=True)
    lead.fill("#words-helped", "no")
    lead.click("button >> text=Decide")
    assert lead.locator("h1").inner_text() == "Somebody was quicker"
    lead.goto(f"/disputes/{found.id}")
    lead.click("summary >> text=somebody else")
    lead.fill("#to-handler", "rita")
    lead.click("button >> text=Give it on")
    # Rita has finalised it: nobody judges their own.
    assert lead.locator("h1").inner_text() == "That cannot be used"
    assert disputed(site, card).handler == "root"


def test_who_sees_and_does_what(site: Any, window: Callable[..., Page]) -> None:
    card = final(site, "d-reach")
    person(site.services, "cora", Role.COACH, teams=frozenset({"sales"}))
    site.services.disputes.open(card, [Objection(criterion="helped", reason="hm")], by=SARA)
    found = disputed(site, card)
    stranger = window("cora", path=f"/disputes/{found.id}")
    assert stranger.locator("h1").inner_text() == "Nothing here"
    stranger.goto("/disputes")
    assert stranger.locator("tbody tr").count() == 0
    coach = window("carla", path=f"/disputes/{found.id}")
    assert coach.locator("#d-helped").count() == 1
    assert coach.locator("form[action$=decide], form[action$=route], form[action$=withdraw]").count() == 0
    agent = window("sara", path=f"/disputes/{found.id}")
    assert agent.locator("form[action$=decide], form[action$=route]").count() == 0
    agent.click("text=Take the dispute back")
    assert disputed(site, card).state is DisputeState.WITHDRAWN
    assert site.services.scorecards.get(card).status is Status.FINAL


def test_a_lead_opens_it_again(site: Any, window: Callable[..., Page]) -> None:
    card = final(site, "d-reopen")
    reviewer = window("rita", path=f"/review/{card}")
    assert reviewer.locator("#reopen").count() == 0
    lead = window("lea", path=f"/review/{card}")
    lead.click("summary >> text=Open it again")
    lead.fill("#reopen", "the greeting is there")
    lead.click("text=Open a new version")
    lead.wait_for_url(lambda url: card not in url)
    assert "Review this" in lead.locator(".form").inner_text()
    assert len(site.services.reviewing.versions(card, within=Scope())) == 2


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("fa", "dark", 390)])
def test_pages_are_accessible_and_fit(site: Any, window: Callable[..., Page], language: str, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    card, other = final(site, f"d-axe-{language}", "word" * 80), final(site, f"d-free-{language}")
    site.services.disputes.open(card, [Objection(criterion="helped", wanted="yes", reason="long" * 80)], by=SARA)
    dispute = disputed(site, card).id
    for login in ("lea", "sara"):
        page = window(login, path="/", language=language, color_scheme=scheme, viewport={"width": width, "height": 800})
        for path in ("/disputes", f"/disputes/{dispute}", f"/review/{card}", f"/review/{other}"):
            page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
            told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in axe.Axe().run(page).response["violations"]]
            assert told == [], (login, path)
