"""The workbench in a real browser: reviewed by keyboard, kept through lost connections, never over somebody else's answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.permission import Actor, Role
from qa_service.domain.review import GivenAnswer
from qa_service.domain.scorecard import Scorecard, Status

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

RITA = Actor(id="rita", role=Role.REVIEWER)


def stored(site: Any, card: str) -> Scorecard:
    found: Scorecard = site.services.scorecards.get(card)
    return found


def answer_of(site: Any, card: str, criterion: str) -> str | None:
    found = stored(site, card).criterion(criterion)
    assert found is not None
    return found.answer


def wait(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


def is_saved(page: Page) -> None:
    page.wait_for_selector('#state[data-kind="saved"]')


def test_a_review_by_keyboard_alone(site: Any, window: Callable[..., Page]) -> None:
    card = site.take("w-keys")
    page = window("rita", path=f"/review/{card}")
    page.click("text=Review this")
    assert page.locator('input[name="a-greeting"]').first.is_enabled()
    for key in ("KeyJ", "KeyK", "KeyK", "KeyK", "KeyA", "KeyA", "Digit1"):
        page.keyboard.press(key)
    is_saved(page)
    assert answer_of(site, card, "helped") == "yes"
    assert answer_of(site, card, "greeting") == "yes"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("KeyF")
    page.wait_for_url("**/queue?nothing=true")
    found = stored(site, card)
    assert (found.status, found.reviewer) == (Status.FINAL, "rita")


def test_what_contradicts_a_suggestion_needs_a_reason_and_is_kept_until_then(site: Any, window: Callable[..., Page]) -> None:
    card = site.take("w-reason")
    page = window("rita", path=f"/review/{card}")
    page.click("text=Review this")
    page.check('input[name="a-greeting"][value="no"]', force=True)
    reason = page.locator("#r-greeting")
    assert reason.is_visible()
    assert page.locator("#c-greeting .told").inner_text() == "Why is it not as suggested?"
    assert answer_of(site, card, "greeting") is None
    reason.fill("he only said hello to his colleague")
    is_saved(page)
    wait(lambda: answer_of(site, card, "greeting") == "no")
    page.reload()
    assert page.locator("#r-greeting").input_value() == "he only said hello to his colleague"


def test_a_lost_connection_loses_no_answer(site: Any, window: Callable[..., Page]) -> None:
    card = site.take("w-lost")
    page = window("rita", path=f"/review/{card}")
    page.click("text=Review this")
    page.context.set_offline(True)
    page.check('input[name="a-helped"][value="yes"]', force=True)
    page.wait_for_selector('#state[data-kind="waiting"]')
    assert answer_of(site, card, "helped") is None
    page.context.set_offline(False)
    is_saved(page)
    assert answer_of(site, card, "helped") == "yes"


def test_what_was_not_sent_is_there_when_the_page_is_opened_again(site: Any, window: Callable[..., Page]) -> None:
    card = site.take("w-again")
    page = window("rita", path=f"/review/{card}")
    page.click("text=Review this")
    page.route("**/answers", lambda route: route.fulfill(status=503, body="{}"))
    page.check('input[name="a-helped"][value="no"]', force=True)
    page.wait_for_selector('#state[data-kind="waiting"]')
    page.unroute("**/answers")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/review/{card}")
    is_saved(page)
    wait(lambda: answer_of(site, card, "helped") == "no")
    assert page.locator('input[name="a-helped"][value="no"]').is_checked()


def test_what_is_answered_before_the_script_has_come_is_saved(site: Any, window: Callable[..., Page]) -> None:
    card = site.take("w-early")
    page = window("rita", path=f"/review/{card}")
    held: list[Route] = []
    page.route("**/workbench*.js*", lambda route: held.append(route))
    # Clicked without waiting for the page, which is not whole as long as its script is held back.
    page.locator("text=Review this").evaluate("(one) => one.click()")
    page.wait_for_selector("#finalize")
    page.check('input[name="a-helped"][value="no"]', force=True)
    page.evaluate("document.getElementById('m-greeting').value = 'typed early'; document.getElementById('comment').value = 'of the whole'")
    assert answer_of(site, card, "helped") is None
    wait(lambda: page.evaluate("document.readyState") == "interactive" and bool(held))
    held[0].continue_()
    wait(lambda: answer_of(site, card, "helped") == "no")
    wait(lambda: stored(site, card).comment == "of the whole")
    # A comment without an answer waits for the answer.
    assert page.locator("#c-greeting .told").is_visible()


@pytest.mark.parametrize(("choice", "expected"), [("#keep-mine", "no"), ("#take-theirs", "yes")])
def test_a_change_from_elsewhere_is_shown_and_nobody_s_answer_is_lost_unseen(
    site: Any, window: Callable[..., Page], choice: str, expected: str
) -> None:
    card = site.take(f"w-conflict-{expected}")
    page = window("rita", path=f"/review/{card}")
    page.click("text=Review this")
    # The same reviewer in another window.
    site.services.reviewing.answer(card, [GivenAnswer(criterion="helped", answer="yes")], by=RITA, expected=None)
    page.check('input[name="a-helped"][value="no"]', force=True)
    page.wait_for_selector("#conflict[open]")
    assert page.locator("#unsaved li").count() == 1
    page.click(choice)
    is_saved(page)
    wait(lambda: answer_of(site, card, "helped") == expected)
    assert page.locator(f'input[name="a-helped"][value="{expected}"]').is_checked()


def test_a_form_that_lacks_answers_says_which(site: Any, window: Callable[..., Page]) -> None:
    card = site.take("w-lacks")
    page = window("rita", path=f"/review/{card}")
    page.click("text=Review this")
    page.click("text=Finalise")
    assert "1 criterion still needs your answer" in page.locator("main .fault[role=alert]").first.inner_text()
    assert "wanted" in (page.locator("#c-helped").get_attribute("class") or "")
    assert stored(site, card).status is Status.IN_REVIEW


def test_only_one_person_holds_it(site: Any, window: Callable[..., Page]) -> None:
    card = site.take("w-two")
    site.services.reviewing.claim(card, by=Actor(id="lea", role=Role.QA_LEAD))
    page = window("rita", path=f"/review/{card}")
    assert "lea" in page.locator(".form").inner_text()
    page.click("text=Review this")
    assert page.locator("h1").inner_text() == "That contradicts what is there"
    assert stored(site, card).reviewer == "lea"


def test_a_blind_review_shows_no_suggestion(site: Any, window: Callable[..., Page]) -> None:
    card = site.take("w-blind")
    with site.services.database.unit() as unit:
        assert unit.scorecards.make_blind([card]) == (card,)
    page = window("rita", path=f"/review/{card}")
    page.click("text=Review this")
    text = page.locator("main").inner_text()
    assert "A blind review" in text
    assert "Suggested" not in text
    assert page.locator(".evidence").count() == 0
    assert page.locator("#score").inner_text() == "no score yet"
    page.keyboard.press("KeyA")
    assert answer_of(site, card, "greeting") is None


def test_agents_read_their_own_final_one_and_change_nothing(site: Any, window: Callable[..., Page]) -> None:
    card = site.take("w-own")
    page = window("sara", path=f"/review/{card}")
    assert page.locator("h1").inner_text() == "Nothing here"
    site.services.reviewing.claim(card, by=RITA)
    site.services.reviewing.answer(card, [GivenAnswer(criterion="helped", answer="yes", note="not for her")], by=RITA, expected=None)
    site.services.reviewing.finalize(card, by=RITA, expected=None)
    page.goto(f"/review/{card}")
    assert page.locator('input[name="a-greeting"]').first.is_disabled()
    assert "not for her" not in page.content()
    assert page.locator("text=Review this").count() == 0


def test_hostile_words_stay_words(site: Any, window: Callable[..., Page]) -> None:
    card = site.take("w-hostile", "<script>window.stolen=1</script><img src=x onerror=window.stolen=1>", "Hello ‮ \"quoted\" {{ 7*7 }}")
    page = window("rita", path=f"/review/{card}")
    assert page.evaluate("window.stolen") is None
    assert "<script>" in page.locator(".turns").inner_text()
    assert "{{ 7*7 }}" in page.locator(".turns").inner_text()


@pytest.mark.parametrize("language", ["en", "fa", "ar"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_runs_over_the_edge(site: Any, window: Callable[..., Page], language: str, width: int) -> None:
    card = site.take(f"w-edge-{language}-{width}", "word" * 80, "Hello " + "سلام " * 60)
    page = window("rita", path=f"/review/{card}", language=language, viewport={"width": width, "height": 800})
    for path in (f"/review/{card}", "/queue", "/account", "/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(site: Any, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    card = site.take(f"w-axe-{language}")
    page = window("rita", path=f"/review/{card}", language=language, color_scheme=scheme)
    page.locator(".form form button.main").click()
    page.wait_for_selector("#state")
    for path in (f"/review/{card}", "/queue", "/account", "/account/password", "/", "/review/nothing"):
        page.goto(path)
        found = axe.Axe().run(page)
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
        assert told == [], path


def test_a_skipped_item_goes_to_somebody_else(site: Any, window: Callable[..., Page]) -> None:
    page = window("rita", path="/queue")
    assert page.locator("h1").inner_text() == "Queue"
    page.click("text=Review the next")
    assert "Nothing is waiting for you" in page.locator("main").inner_text() or "/review/" in page.url


def test_the_first_screen_of_a_long_call_is_small(site: Any, window: Callable[..., Page]) -> None:
    said = [f"this is what was said in turn number {number}, and it goes on for a while so that it is long enough" for number in range(600)]
    card = site.take("w-long", *said)
    page = window("rita", path="/")
    answer = page.request.get(f"/review/{card}")
    assert answer.status == 200
    assert len(answer.body()) < 300_000
    page.goto(f"/review/{card}")
    assert page.locator(".turn").count() == 601


