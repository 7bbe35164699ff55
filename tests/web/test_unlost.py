"""Nothing is lost: evidence of one's own, incomplete answers, two windows, a session that ends, and letters that can be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qa_service.domain.permission import SYSTEM, Actor, Role
from qa_service.domain.review import GivenAnswer
from tests.web.conftest import PASSWORD, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

RITA = Actor(id="rita", role=Role.REVIEWER)
#: Selects a text in a turn, as with the mouse.
_SELECT = """([turn, words]) => { const text = document.querySelector(`#t-${turn} p`).firstChild; const at = text.data.indexOf(words);
    getSelection().setBaseAndExtent(text, at, text, at + words.length); }"""


def answered(site: Any, card: str, criterion: str) -> Any:
    return site.services.scorecards.get(card).criterion(criterion).answered


def opened(site: Any, window: Callable[..., Page], name: str, *said: str, **told: Any) -> tuple[str, Page]:
    card = site.take(name, *said, **told)
    page = window("rita", path=f"/review/{card}")
    page.click("text=Review this")
    page.wait_for_selector("#state")
    return card, page


def test_words_that_are_selected_become_evidence_and_stay_with_every_later_save(site: Any, window: Callable[..., Page]) -> None:
    card, page = opened(site, window, "u-quote")
    page.locator('input[name="a-helped"][value="yes"]').check(force=True)
    page.evaluate(_SELECT, [1, "I am sorry about that"])
    page.locator("#pick-words").wait_for(state="visible")
    page.keyboard.press("KeyQ")
    until(lambda: bool(answered(site, card, "helped")) and len(answered(site, card, "helped").evidence) == 1)
    piece = answered(site, card, "helped").evidence[0]
    assert (piece.turn, piece.quote, piece.rule) == (1, "I am sorry about that", "reviewer")
    page.keyboard.press("KeyC")
    page.locator("#m-helped").fill("well said")
    until(lambda: answered(site, card, "helped").comment == "well said")
    assert len(answered(site, card, "helped").evidence) == 1
    page.reload()
    assert page.locator("#c-helped .own q").inner_text() == "I am sorry about that"
    page.locator("#c-helped .own .evidence").click()
    assert "shown" in (page.locator("#t-1").get_attribute("class") or "")
    page.locator("#c-helped .own .away").click()
    until(lambda: answered(site, card, "helped").evidence == ())


def test_what_lacks_an_answer_is_kept_and_told(site: Any, window: Callable[..., Page]) -> None:
    card, page = opened(site, window, "u-draft")
    page.locator("#c-helped summary:has-text('Comment')").click()
    page.locator("#m-helped").fill("this is worth a word")
    page.wait_for_selector('#state[data-kind="draft"]')
    assert "Choose an answer" in page.locator("#c-helped .told").inner_text()
    page.reload()
    assert page.locator("#m-helped").input_value() == "this is worth a word"
    page.locator('input[name="a-helped"][value="no"]').check(force=True)
    page.wait_for_selector('#state[data-kind="saved"]')
    until(lambda: answered(site, card, "helped") is not None)
    assert answered(site, card, "helped").comment == "this is worth a word"


def test_a_session_that_ends_while_saving_loses_nothing(site: Any, window: Callable[..., Page]) -> None:
    card, page = opened(site, window, "u-session")
    site.services.sessions.end_all("rita", by=SYSTEM)
    page.locator('input[name="a-helped"][value="yes"]').check(force=True)
    page.wait_for_selector('#state[data-kind="signed_out"]')
    assert answered(site, card, "helped") is None
    with page.context.expect_page() as found:
        page.locator("#sign-in-again").click()
    again = found.value
    again.fill("#login", "rita")
    again.fill("#password", PASSWORD)
    again.click("button.main")
    again.wait_for_url("**/")
    again.close()
    page.wait_for_selector('#state[data-kind="saved"]')
    until(lambda: answered(site, card, "helped") is not None)
    # Forms of the page know the new session, too.
    page.locator("text=Give it back").click()
    page.wait_for_url("**/queue")


def test_two_windows_of_one_reviewer_show_the_same(site: Any, window: Callable[..., Page]) -> None:
    card, page = opened(site, window, "u-windows")
    other = page.context.new_page()
    other.goto(f"/review/{card}")
    other.locator('input[name="a-helped"][value="yes"]').check(force=True)
    other.wait_for_selector('#state[data-kind="saved"]')
    until(lambda: page.locator('input[name="a-helped"][value="yes"]').is_checked())
    page.locator('input[name="a-greeting"][value="yes"]').check(force=True)
    until(lambda: answered(site, card, "greeting") is not None)
    assert answered(site, card, "helped").answer == "yes"


def test_other_criteria_changed_elsewhere_are_no_conflict(site: Any, window: Callable[..., Page]) -> None:
    card, page = opened(site, window, "u-merge")
    site.services.reviewing.answer(card, [GivenAnswer(criterion="greeting", answer="yes")], by=RITA, expected=None)
    page.locator('input[name="a-helped"][value="yes"]').check(force=True)
    until(lambda: answered(site, card, "helped") is not None)
    assert answered(site, card, "greeting").answer == "yes"
    assert page.locator("#conflict[open]").count() == 0
    assert page.locator('input[name="a-greeting"][value="yes"]').is_checked()


def test_a_conflict_that_is_put_aside_loses_nothing(site: Any, window: Callable[..., Page]) -> None:
    card, page = opened(site, window, "u-aside")
    site.services.reviewing.answer(card, [GivenAnswer(criterion="helped", answer="yes")], by=RITA, expected=None)
    page.locator('input[name="a-helped"][value="no"]').check(force=True)
    page.wait_for_selector("#conflict[open]")
    assert "Yours: No · Saved there: Yes" in page.locator("#unsaved").inner_text()
    page.keyboard.press("Escape")
    page.wait_for_selector("#conflict:not([open])", state="attached")
    assert answered(site, card, "helped").answer == "yes"
    page.reload()
    page.wait_for_selector("#conflict[open]")
    page.click("#keep-mine")
    until(lambda: answered(site, card, "helped").answer == "no")


def test_letters_can_be_read(site: Any, window: Callable[..., Page]) -> None:
    letter = "Dear all,\n\nthe kettle is broken.\n> On Monday you wrote:\n> it is on its way\nPlease help."
    said = (letter, "[attachment: invoice.pdf]", "line one\nline two")
    turns = [
        {"speaker": "customer" if at % 2 == 0 else "agent", "text": text, "sent_at": f"2026-11-0{at + 2}T09:00:00Z"}
        for at, text in enumerate(said)
    ]
    card, page = opened(site, window, "u-letters", channel="email", subject="A broken <kettle>", turns=turns)
    assert "A broken <kettle>" in page.locator(".subject").inner_text()
    assert page.locator("#t-0 .cited").inner_text().strip() == "> On Monday you wrote:\n> it is on its way"
    assert page.locator("#t-0 p").evaluate("(node) => node.textContent") == letter
    assert page.locator("#t-0 .when").last.inner_text() == "1/3"
    assert "invoice.pdf" in page.locator("#t-1").inner_text()
    assert page.locator("#player").count() == 0
    page.locator('input[name="a-helped"][value="yes"]').check(force=True)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#t-0 p'))")
    page.keyboard.press("KeyQ")
    until(lambda: bool(answered(site, card, "helped")) and bool(answered(site, card, "helped").evidence))
    assert answered(site, card, "helped").evidence[0].quote == letter


def test_single_keys_can_be_switched_off(site: Any, window: Callable[..., Page]) -> None:
    card, page = opened(site, window, "u-keys")
    page.locator("#keys").click()
    page.locator("#single-keys").uncheck()
    page.locator("#help button").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("KeyA")
    page.keyboard.press("Digit1")
    assert page.locator(".criterion input:checked").count() == 0
    page.keyboard.press("KeyJ")
    assert site.services.scorecards.get(card).revision == 2


def test_agents_hear_the_quotes_of_their_final_scorecard(site: Any, window: Callable[..., Page]) -> None:
    card = site.take("u-agent")
    site.services.reviewing.claim(card, by=RITA)
    site.services.reviewing.answer(card, [GivenAnswer(criterion="helped", answer="yes")], by=RITA, expected=None)
    site.services.reviewing.finalize(card, by=RITA, expected=None)
    page = window("sara", path=f"/review/{card}")
    quote = page.locator("button.evidence").first
    assert quote.is_enabled()
    quote.click()
    assert page.locator(".turn.shown").count() == 1
    assert page.locator("#pick-words").count() == 0
