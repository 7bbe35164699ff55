"""Calibration as pages: set up by a lead, answered blind, handed in, revealed, talked over, agreed on and closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.calibration import CalibrationAnswer, CalibrationState
from qa_service.domain.permission import Actor, Role
from tests.web.conftest import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

RITA, LEA, ROOT = Actor(id="rita", role=Role.REVIEWER), Actor(id="lea", role=Role.QA_LEAD), Actor(id="root", role=Role.ADMIN)
CRITERIA = ("greeting", "manners", "helped")


def session(site: Any, *names: str, title: str = "March") -> str:
    """An open session of Rita and Root, led by Lea."""
    for name in names:
        site.take(name)
    made = site.services.calibrating.create(
        title=title, rubric="mini-chat", interactions=names, participants=["rita", "root"], by=LEA
    )
    return str(made.session.id)


def hand_in(site: Any, found: str, name: str, who: Actor, *answers: str) -> None:
    given = [CalibrationAnswer(criterion=one, answer=answer, reason="<b>so</b>") for one, answer in zip(CRITERIA, answers, strict=True)]
    site.services.calibrating.answer(found, name, given, by=who, expected=None)
    site.services.calibrating.submit(found, name, by=who)


def choose(page: Page, criterion: str, answer: str) -> None:
    page.check(f'input[name="answer-{criterion}"][value="{answer}"]', force=True)


def test_a_session_from_the_invitation_to_its_end(site: Any, window: Callable[..., Page]) -> None:
    site.take("k-one")
    lead = window("lea", path="/calibrations")
    lead.click("text=New session")
    lead.select_option("#rubric", "mini-chat")
    lead.click("text=Choose this form")
    lead.fill("#title", "Chat, <March>")
    lead.check('input[name="interactions"][value="k-one"]')
    lead.check('input[name="participants"][value="rita"]')
    lead.click("text=Set it up")
    assert "two reviewers" in lead.locator("[role=alert]").inner_text() or "2 reviewers" in lead.locator("[role=alert]").inner_text()
    assert lead.locator("#title").input_value() == "Chat, <March>"
    assert lead.locator('input[name="interactions"][value="k-one"]').is_checked()
    lead.fill("#people", "root")
    lead.click("text=Set it up")
    assert lead.locator("h1").inner_text() == "Chat, <March>"
    (found,) = [one for one in site.services.calibrating.list(by=LEA).items if one.title == "Chat, <March>"]

    reviewer = window("rita", path="/calibrations")
    reviewer.click("text=Chat, <March>")
    reviewer.click("text=k-one")
    assert reviewer.locator("text=Suggested").count() == 0
    choose(reviewer, "greeting", "yes")
    reviewer.fill("#reason-greeting", "turn 2")
    reviewer.locator("#kept[data-kind=saved]").wait_for()
    reviewer.reload()
    assert reviewer.locator("#reason-greeting").input_value() == "turn 2"
    assert reviewer.locator('input[name="answer-greeting"][value="yes"]').is_checked()
    reviewer.click("text=Hand in")
    assert "2 criteria still need your answer" in reviewer.locator("main [role=alert]:visible").inner_text()
    choose(reviewer, "manners", "yes")
    choose(reviewer, "helped", "no")
    reviewer.click("button >> text=Hand in")
    assert "handed in" in reviewer.locator("main").inner_text()
    reviewer.click("text=k-one")
    assert reviewer.locator('input[name="answer-greeting"]').first.is_disabled()

    hand_in(site, found.id, "k-one", ROOT, "yes", "yes", "yes")
    lead.reload()
    lead.click("button >> text=Reveal the answers")
    reviewer.goto(f"/calibrations/{found.id}")
    answers = reviewer.locator("details.card", has_text="k-one").inner_text()
    assert "<b>so</b>" in answers
    reviewer.fill("#note-text", "what counts as help?")
    reviewer.click("button >> text=Add")
    assert "what counts as help?" in reviewer.locator("ol").last.inner_text()
    lead.goto(f"/calibrations/{found.id}")
    lead.select_option('select[name="agreed-helped"]', "no")
    lead.fill('input[name="why-helped"]', "nothing was sent")
    lead.click("text=Put down as agreed")
    (agreed,) = site.services.calibrating.get(found.id, by=LEA).session.agreed
    assert (agreed.criterion, agreed.answer, agreed.why, agreed.by) == ("helped", "no", "nothing was sent", "lea")
    lead.click("text=Close the session")
    assert site.services.calibrating.get(found.id, by=LEA).session.state is CalibrationState.CLOSED
    assert lead.locator("main form[action$=notes], main form[action*='/agreed/'], main form[action$=close]").count() == 0
    lead.click("text=Add to the gold set")
    assert "1 contact joined the gold set" in lead.locator("main").inner_text()
    lead.click("text=Back to the session")
    assert "joined the gold set" in lead.locator("main").inner_text()


def test_answers_outlive_a_lost_connection(site: Any, window: Callable[..., Page]) -> None:
    found = session(site, "k-leave", title="leave")
    path = f"/calibrations/{found}/answers/k-leave"
    page = window("rita", path=path)
    page.context.set_offline(True)
    choose(page, "greeting", "yes")
    page.fill("#reason-greeting", "turn 1 <b>")
    page.locator("#kept[data-kind=waiting]").wait_for()
    assert "no connection" in page.locator("#kept").inner_text()
    # What cannot be saved is not handed in.
    page.click("button >> text=Hand in")
    assert site.services.calibrating.review(found, "k-leave", by=RITA).answers == ()
    # The browser dies, and comes back.
    again = page.context.new_page()
    page.close()
    page.context.set_offline(False)
    again.goto(path)
    again.locator("#kept[data-kind=saved]").wait_for()
    assert again.locator("#reason-greeting").input_value() == "turn 1 <b>"
    (saved,) = site.services.calibrating.review(found, "k-leave", by=RITA).answers
    assert (saved.criterion, saved.answer, saved.reason) == ("greeting", "yes", "turn 1 <b>")


def test_answers_whose_receipt_was_lost_are_no_conflict(site: Any, window: Callable[..., Page]) -> None:
    found = session(site, "k-receipt", title="receipt")
    page = window("rita", path=f"/calibrations/{found}/answers/k-receipt")
    lost: list[int] = []

    def lose(route: Any) -> None:
        if route.request.method == "PUT" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/v1/calibrations/*/answers/*", lose)
    choose(page, "greeting", "yes")
    page.locator("#kept[data-kind=waiting]").wait_for()
    # Something else is said before the next try.
    choose(page, "helped", "no")
    page.locator("#kept[data-kind=saved]").wait_for()
    assert lost == [200]
    assert page.locator("#clash").is_hidden()
    saved = site.services.calibrating.review(found, "k-receipt", by=RITA).answers
    assert {(one.criterion, one.answer) for one in saved} == {("greeting", "yes"), ("helped", "no")}


def test_answers_that_reached_the_server_after_all_are_told_to_be_saved(site: Any, window: Callable[..., Page]) -> None:
    found = session(site, "k-reached", title="reached")
    page = window("rita", path=f"/calibrations/{found}/answers/k-reached")
    page.route("**/v1/calibrations/*/answers/*", lambda route: (route.fetch(), route.abort()))
    choose(page, "greeting", "yes")
    page.locator("#kept[data-kind=waiting]").wait_for()
    again = page.context.new_page()
    page.close()
    again.goto(f"/calibrations/{found}/answers/k-reached")
    again.locator("#kept[data-kind=saved]").wait_for()
    assert again.locator("#clash").is_hidden()


def test_a_reason_without_an_answer_is_told(site: Any, window: Callable[..., Page]) -> None:
    page = window("rita", path=f"/calibrations/{session(site, 'k-lack', title='lack')}/answers/k-lack")
    page.fill("#reason-helped", "because")
    page.locator("#kept[data-kind=lacking]").wait_for()
    choose(page, "helped", "no")
    page.locator("#kept[data-kind=saved]").wait_for()


def test_answering_works_without_scripts(site: Any, window: Callable[..., Page]) -> None:
    found = session(site, "k-plain", title="plain")
    page = window("rita", path=f"/calibrations/{found}/answers/k-plain", java_script_enabled=False)
    choose(page, "greeting", "no")
    page.click("button[name=act][value=save]")
    assert "Saved" in page.locator("[role=status].note").inner_text()
    (saved,) = site.services.calibrating.review(found, "k-plain", by=RITA).answers
    assert (saved.criterion, saved.answer) == ("greeting", "no")


def test_three_reviewers_and_a_lead(site: Any, window: Callable[..., Page]) -> None:
    """Who agrees on what is told in words, other words are proposed, and the lead ends it."""
    names = [f"k-three-{place}" for place in range(3)]
    for name in names:
        site.take(name)
    person(site.services, "omid", Role.REVIEWER)
    omid = Actor(id="omid", role=Role.REVIEWER)
    made = site.services.calibrating.create(
        title="three", rubric="mini-chat", interactions=names, participants=["rita", "omid", "root"], by=LEA
    )
    found = made.session.id
    page = window("omid", path=f"/calibrations/{found}/answers/{names[0]}")
    for criterion, answer in zip(CRITERIA, ("yes", "no", "no"), strict=True):
        choose(page, criterion, answer)
    page.click("button >> text=Hand in")
    page.wait_for_url(f"**/calibrations/{found}")
    for name in names[1:]:
        hand_in(site, found, name, omid, "yes", "no", "no")
    for name in names:
        hand_in(site, found, name, RITA, "yes", "yes", "no")
        hand_in(site, found, name, ROOT, "yes", "yes", "yes")
    lead = window("lea", path=f"/calibrations/{found}")
    lead.click("button >> text=Reveal the answers")
    lead.wait_for_selector("#means")
    told = lead.locator("section[aria-labelledby=means]").inner_text()
    assert "everybody answered the same all the time" in told
    assert "points apart on average" in told
    row = lead.locator("table").first.locator("tr", has_text="helped")
    assert "alike" not in row.inner_text()
    assert row.locator("td").first.inner_text() != ""
    page.goto(f"/calibrations/{found}")
    page.click("summary >> text=Propose other words")
    page.select_option("#word-on", "helped")
    page.fill("#word-text", "Did the customer get <b>help</b>?")
    page.fill("#word-why", "two of us took a promise for help")
    page.locator("form[action$=wording] button").click()
    assert "Did the customer get <b>help</b>?" in page.locator("#wording ~ ul").first.inner_text()
    (proposal,) = site.services.proposals.list("mini-chat").items
    assert (proposal.criterion, proposal.session, proposal.created_by) == ("helped", found, "omid")
    persian = window("omid", path=f"/calibrations/{found}", language="fa")
    assert "همه همواره یک پاسخ داده‌اند" in persian.locator("section[aria-labelledby=means]").inner_text()


def test_nobody_sees_others_before_it_is_revealed(site: Any, window: Callable[..., Page]) -> None:
    found = session(site, "k-blind", title="blind")
    site.services.calibrating.answer(
        found, "k-blind", [CalibrationAnswer(criterion="greeting", answer="no", reason="plum jam")], by=ROOT, expected=None
    )
    reviewer = window("rita", path=f"/calibrations/{found}")
    assert "Reveal the answers" not in reviewer.locator("main").inner_text()
    for path in (f"/calibrations/{found}", f"/calibrations/{found}/answers/k-blind", "/interactions/k-blind"):
        reviewer.goto(path)
        assert "plum jam" not in reviewer.content()
        assert reviewer.locator("text=Suggested").count() == 0
    lead = window("lea", path=f"/calibrations/{found}")
    assert "plum jam" not in lead.content()
    lead.goto(f"/calibrations/{found}/answers/k-blind")
    assert lead.locator("h1").inner_text() == "You may not do this"


def test_who_was_not_invited_sees_nothing(site: Any, window: Callable[..., Page]) -> None:
    site.take("k-other")
    made = site.services.calibrating.create(
        title="others", rubric="mini-chat", interactions=["k-other"], participants=["lea", "root"], by=LEA
    )
    reviewer = window("rita", path=f"/calibrations/{made.session.id}")
    assert reviewer.locator("h1").inner_text() == "Nothing here"
    reviewer.goto("/calibrations")
    assert reviewer.locator("text=others").count() == 0
    reviewer.goto("/calibrations/new")
    assert reviewer.locator("h1").inner_text() == "You may not do this"
    for login in ("carla", "sara"):
        stranger = window(login, path="/calibrations")
        assert stranger.locator("h1").inner_text() == "You may not do this"
        assert stranger.locator("nav >> text=Calibration").count() == 0


def test_answers_from_another_window_are_not_written_over(site: Any, window: Callable[..., Page]) -> None:
    found = session(site, "k-stale", title="stale")
    page = window("rita", path=f"/calibrations/{found}/answers/k-stale")
    site.services.calibrating.answer(found, "k-stale", [CalibrationAnswer(criterion="greeting", answer="no")], by=RITA, expected=None)
    choose(page, "helped", "yes")
    page.locator("#clash").wait_for()
    (saved,) = site.services.calibrating.review(found, "k-stale", by=RITA).answers
    assert (saved.criterion, saved.answer) == ("greeting", "no")
    page.click("text=Save mine")
    page.locator("#kept[data-kind=saved]").wait_for()
    (saved,) = site.services.calibrating.review(found, "k-stale", by=RITA).answers
    assert (saved.criterion, saved.answer) == ("helped", "yes")


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("fa", "dark", 390)])
def test_pages_are_accessible_and_fit(site: Any, window: Callable[..., Page], language: str, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    name = f"k-axe-{language}-{'long' * 20}"
    open_, shown = session(site, name, title="long" * 40), session(site, f"k-shown-{language}", f"k-more-{language}", title="shown")
    for interaction in (f"k-shown-{language}", f"k-more-{language}"):
        hand_in(site, shown, interaction, RITA, "yes", "yes", "no")
        hand_in(site, shown, interaction, ROOT, "yes", "no", "yes")
    site.services.calibrating.reveal(shown, by=LEA)
    for login, paths in (
        ("lea", ("/calibrations", "/calibrations/new?rubric=mini-chat", f"/calibrations/{open_}", f"/calibrations/{shown}")),
        ("rita", (f"/calibrations/{open_}", f"/calibrations/{open_}/answers/{name}")),
    ):
        page = window(login, path="/", language=language, color_scheme=scheme, viewport={"width": width, "height": 800})
        for path in paths:
            page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
            told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in axe.Axe().run(page).response["violations"]]
            assert told == [], (login, path)
