"""The ledger in a real browser: acts in words, the chain checked, tampering told, scorecards worked out again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.permission import SYSTEM, Actor, Role
from qa_service.domain.report import ReportLanguage
from qa_service.domain.review import GivenAnswer
from qa_service.rendering.messages import catalogue
from qa_service.services.replay import Outcome
from qa_service.web import PAGES
from qa_service.web.audit import ABOUT, WAYS
from tests.web.conftest import status_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

RITA = Actor(id="rita", role=Role.REVIEWER)
HOSTILE = "<img src=x onerror=window.stolen=1>{{ 7*7 }}"
PATHS = ("/audit", "/audit/verify", "/audit?action=scorecard.finalized", "/audit?actor=nobody-of-that-name")


@pytest.fixture(scope="module")
def card(site: Any) -> str:
    """A final scorecard, an erased contact, and acts with hostile and strange words."""
    found = str(site.take("ledger-1"))
    site.services.reviewing.claim(found, by=RITA)
    answers = [GivenAnswer(criterion=one, answer="yes", reason=HOSTILE) for one in ("greeting", "helped")]
    site.services.reviewing.answer(found, answers, by=RITA, expected=None)
    site.services.reviewing.finalize(found, by=RITA, expected=None)
    site.take("ledger-gone")
    site.services.retaining.erase("ledger-gone", reason="asked for", by=SYSTEM)
    with site.services.database.unit() as unit:
        at = site.services.clock()
        strange = {"action": "thing.of_another_version", "subject": f"gadget/{HOSTILE}", "content": {"a": HOSTILE * 20}}
        unit.ledger.append(at=at, actor=HOSTILE, **strange)
        unit.ledger.append(at=at, actor="cli/root", action="user.changed", subject="user/" + "x" * 150, content={"name": "نام " * 40})
    return found


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    words = catalogue(language)
    assert [kind for kind in ABOUT if f"about.{kind}" not in words] == []
    assert [one for one in Outcome if f"replay_read.{one.value}" not in words] == []


def test_ways_lead_to_pages_that_are_there() -> None:
    pages = [str(getattr(route, "path", "")) for router in PAGES for route in router.routes]
    assert [path for path, _ in WAYS.values() if not any(page.startswith(f"{path}{{") for page in pages)] == []


def test_acts_are_told_in_words_the_newest_first(card: str, window: Callable[..., Page]) -> None:
    page = window("lea", path=f"/audit?subject=scorecard/{card}")
    told = page.locator(".acts .what strong").all_inner_texts()
    assert told == ["Finalised a scorecard", "Answered criteria", "Took a scorecard to review", "Pre-scored a contact"]
    first = page.locator(".acts li").first
    assert "rita" in first.inner_text()
    assert first.locator("a[href='/interactions/ledger-1']").count() == 1
    first.locator("summary").click()
    assert '"score"' in first.locator("pre").inner_text()
    page.click(f".acts a[href='/review/{card}'] >> nth=0")
    assert page.url.endswith(f"/review/{card}")


def test_filters_narrow_the_ledger(card: str, window: Callable[..., Page]) -> None:
    page = window("lea", path="/audit")
    page.select_option("#action", "scorecard.finalized")
    page.fill("#actor", "rita")
    page.fill("#contact", "ledger-1")
    page.click(".filters.pairs button")
    assert page.locator(".acts li").count() == 1
    assert page.input_value("#action") == "scorecard.finalized"
    page.goto("/audit?to=2020-01-01")
    assert "There is no such act" in page.locator("main").inner_text()
    page.goto("/audit?at=3")
    assert page.locator(".acts > li").count() == 3
    assert page.locator(".acts > li.marked").get_attribute("id") == "e-3"
    assert status_of(page, "/audit?cursor=forged") == 422
    assert status_of(page, "/audit?from=2026-13-01") == 422


def test_what_was_erased_is_told_as_such(card: str, window: Callable[..., Page]) -> None:
    page = window("lea", path="/audit?contact=ledger-gone")
    acts = page.locator(".acts > li")
    assert "Erased an interaction" in acts.first.inner_text()
    assert "What it told was erased" not in acts.first.inner_text()
    assert all("What it told was erased" in one for one in acts.all_inner_texts()[1:])


def test_what_is_reviewed_blindly_is_kept_back(site: Any, window: Callable[..., Page]) -> None:
    blind = site.take("ledger-blind")
    with site.services.database.unit() as unit:
        assert unit.scorecards.make_blind([blind]) == (blind,)
    page = window("lea", path=f"/audit?subject=scorecard/{blind}")
    assert "shown when the blind review" in page.locator(".acts > li").first.inner_text()
    assert page.locator(".acts pre").count() == 0
    assert status_of(page, f"/audit/replay?scorecard={blind}") == 409


def test_the_chain_is_checked_on_the_page(card: str, site: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/audit")
    page.click("text=Check the whole chain")
    page.wait_for_selector("#chain .verdict-good")
    assert "The chain is whole." in page.locator("#chain").inner_text()
    head = page.locator("#chain code").inner_text()
    page.click("text=With an end that you kept")
    page.fill("#head", head)
    page.click("text=Check the whole chain")
    page.wait_for_selector("text=It still holds the end that you kept.")
    page.goto(f"/audit/verify?head=99999:{'0' * 64}")
    assert "Its end was cut off" in page.locator(".fault").inner_text()
    assert status_of(page, "/audit/verify?head=nonsense") == 422


def test_a_scorecard_is_worked_out_again(card: str, window: Callable[..., Page]) -> None:
    page = window("lea", path="/audit")
    page.click("text=Work a scorecard out again")
    page.fill("#scorecard", f" scorecard/{card} ")
    page.click("text=Work it out")
    text = page.locator("main").inner_text()
    assert "Identical." in text
    assert "gives the same suggestions" in text
    assert status_of(page, "/audit/replay?scorecard=none") == 404


def test_it_is_for_leads(card: str, window: Callable[..., Page]) -> None:
    for login in ("rita", "carla", "sara"):
        page = window(login, path="/")
        assert page.locator("a[href='/audit']").count() == 0
        for path in (*PATHS, f"/audit/replay?scorecard={card}"):
            assert status_of(page, path) == 403, path


def test_hostile_words_stay_words(card: str, window: Callable[..., Page]) -> None:
    page = window("root", path="/audit")
    assert HOSTILE in page.locator("main").inner_text()
    assert "thing.of_another_version" in page.locator("main").inner_text()
    assert page.evaluate("window.stolen") is None


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("fa", 390), ("ar", 1280)])
def test_nothing_runs_over_the_edge(card: str, window: Callable[..., Page], language: str, width: int) -> None:
    page = window("root", language=language, viewport={"width": width, "height": 800})
    for path in (*PATHS, f"/audit/replay?scorecard={card}"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { if (!one.closest('nav')) one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(card: str, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("lea", language=language, color_scheme=scheme)
    more = (f"/audit?at=3&subject=scorecard/{card}", f"/audit/verify?head=99999:{'0' * 64}", f"/audit/replay?scorecard={card}")
    for path in (*PATHS, *more):
        page.goto(path)
        page.evaluate("[...document.querySelectorAll('main details')].slice(0, 4).forEach((one) => { one.open = true; })")
        found = axe.Axe().run(page)
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
        assert told == [], path


def test_tampering_is_shown(card: str, site: Any, window: Callable[..., Page]) -> None:
    """The last test of this file: nothing of this service's ledger can be believed afterwards."""
    file = site.services.settings.data_dir / "qa_service.sqlite"
    with sqlite3.connect(file) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        (sequence,) = database.execute("SELECT sequence FROM ledger WHERE action = 'scorecard.answered'").fetchone()
        database.execute("UPDATE ledger SET content = replace(content, '\"yes\"', '\"no\"') WHERE sequence = ?", (sequence,))
    database.close()
    page = window("lea", path="/audit")
    page.click("text=Check the whole chain")
    page.wait_for_selector("#chain .fault")
    assert f"Entry {sequence} is the first that is not as it was written." in page.locator("#chain").inner_text()
    page.click("text=Show it in the ledger")
    assert page.locator(".acts > li.marked").get_attribute("id") == f"e-{sequence}"
    page.goto(f"/audit/replay?scorecard={card}")
    assert "Different." in page.locator("main").inner_text()
    assert page.locator("tbody tr").count() > 0
    with sqlite3.connect(file) as database:
        database.execute("UPDATE ledger SET content = '[1' WHERE sequence = ?", (sequence,))
    database.close()
    page.goto("/audit")
    assert f"entry {sequence}" in page.locator("#chain .fault").inner_text()
    page.click("text=Check the whole chain")
    page.wait_for_selector("text=Show it in the ledger")

