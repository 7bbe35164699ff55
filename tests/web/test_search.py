"""Search in a real browser: what was found is marked where it stands, a way leads to its place, and saved searches tell what is new."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.interaction import Channel
from qa_service.domain.period import PeriodKind
from qa_service.domain.permission import Actor, Role
from qa_service.domain.report import Digits, ReportLanguage
from qa_service.domain.search import Relation
from qa_service.domain.speaker import Speaker
from qa_service.errors import InputError
from qa_service.rendering.locale import Locale
from qa_service.rendering.messages import catalogue
from qa_service.services.search import By, Hit, Order
from qa_service.services.search_terms import read_query
from qa_service.web.marks import pieces
from qa_service.web.query_faults import query_fault
from tests.web.conftest import person, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

LEA = Actor(id="lea", role=Role.QA_LEAD)
HOSTILE = "<script>window.stolen=1</script><img src=x onerror=window.stolen=1> {{ 7*7 }} <mark>heron</mark> & &amp; done"
SALES = {"id": "a2", "name": "Omar", "team": "sales <b>& co</b>"}
LONG = tuple(f"Line number {place} of a long talk" for place in range(80))
PERSIAN = ("سلام، كتاب‌هاي من هنوز نرسيده است", "شمارهٔ سفارش ۱۲۳ را بگویید لطفاً")
ARABIC = ("أُرِيدُ إِلْغَاءَ الطَّلَبِ اليومَ", "حاضر، سألغيه الآن")


@pytest.fixture(scope="module")
def told(site: Any) -> Any:
    """Chats in three languages, a hostile one, a long one, and one of another team, all of them in the index."""
    site.take("f-heron", "The heron lamp is broken, I want my money back", "I am sorry.", customer={"id": "c-1"})
    site.take("f-hostile", f"{HOSTILE} ostrich", "Oh.", agent=SALES)
    site.take("f-long", *LONG, "At last the pelican came", "Good.")
    site.take("f-fa", *PERSIAN, language="fa")
    site.take("f-ar", *ARABIC, language="ar")
    person(site.services, "cora", Role.COACH, teams=frozenset({"claims"}))
    indexed(site, 5)
    return site


def indexed(site: Any, number: int) -> None:
    """Wait for the step behind scoring."""
    until(lambda: site.services.search.coverage().words >= number)


def marks(page: Page) -> list[str]:
    return page.locator(".hit mark").all_inner_texts()


def shown(page: Page, number: int) -> bool:
    """Whether a turn is marked and within sight."""
    page.wait_for_selector(f"#t-{number}.shown")
    box, height = page.locator(f"#t-{number}").bounding_box(), page.evaluate("window.innerHeight")
    return box is not None and 0 <= box["y"] < height


FAMILIES = {
    "find.by": By, "find.now_by": By, "find.now": Order, "find.order": Order, "saved.every": PeriodKind, "channel": Channel,
    "speaker": Speaker,
}


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    words = catalogue(language)
    for family, values in FAMILIES.items():
        join = "_" if "." in family else "."
        assert [value for value in values if f"{family}{join}{value.value}" not in words] == [], family
    assert [one for one in Relation if f"find.relation_{one.name.lower()}" not in words] == []


@pytest.mark.parametrize(
    ("text", "start", "found", "expected"),
    [
        ("one two three", 0, [(4, 7)], [("one ", False), ("two", True), (" three", False)]),
        ("one two", 100, [(100, 103)], [("one", True), (" two", False)]),
        ("کتاب‌هاي من", 0, [(0, 4)], [("کتاب", True), ("‌هاي من", False)]),
        ("لغاءَ الطلب", 0, [(0, 4)], [("لغاءَ", True), (" الطلب", False)]),
        ("cut here", 0, [(4, 90)], [("cut ", False), ("here", True)]),
        ("nothing", 0, [], [("nothing", False)]),
        ("", 0, [(0, 3)], []),
    ],
)
def test_pieces_of_a_text(text: str, start: int, found: list[tuple[int, int]], expected: list[tuple[str, bool]]) -> None:
    told = {"interaction": "i", "at": "2026-01-01T00:00:00Z", "channel": "chat", "language": None, "agent": None, "team": None}
    hit = Hit(**told, turn=0, text=text, text_start=start, marks=tuple(found))
    assert [tuple(one) for one in pieces(hit)] == expected
    assert "".join(one.text for one in pieces(hit)) == text


FAULTS = (
    '"a', "(a", "a ()", "-a", "(channel:chat a)", "colour:red a", "channel:chat channel:email a", "ab*", "agent: a", "score<x a",
    "from:x a", "channel:pigeon a", "a OR", "a AND", "OR a", "a OR OR b", "!!", "speaker:agent", "from:2026-02-02 to:2026-02-01 a",
)


@pytest.mark.parametrize("query", FAULTS)
def test_every_fault_of_a_query_has_words_of_its_own(query: str) -> None:
    with pytest.raises(InputError) as caught:
        read_query(query)
    for language in ReportLanguage:
        fault = query_fault(caught.value, query, Locale(language, Digits.LATIN, UTC))
        assert fault.told != ""
        assert fault.at is None or fault.before + fault.there + fault.behind == query


def test_what_was_found_is_marked_beside_what_was_said_before_and_after(told: Any, window: Callable[..., Page]) -> None:
    page = window("rita", path="/search")
    assert "refund OR invoice" in page.locator("#how").inner_text()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type('"heron lamp" OR pelican')
    page.keyboard.press("Enter")
    page.wait_for_selector("#found")
    assert page.locator("#found").inner_text() == "2 places"
    assert sorted(marks(page)) == ["heron lamp", "pelican"]
    assert '"heron lamp" OR pelican' in page.locator(".results").inner_text()
    long = page.locator(".hit", has_text="pelican")
    assert "Line number 79 of a long talk" in long.inner_text()
    assert "Good." in long.inner_text()
    long.get_by_role("link", name="Open f-long at this place").click()
    assert page.url.endswith("/interactions/f-long#t-80")
    assert shown(page, 80)
    page.goto("/interactions/f-long?turn=40")
    assert shown(page, 40)
    page.goto("/search?q=pelican")
    page.get_by_role("link", name="Open f-long in the workbench").click()
    assert "/review/" in page.url
    assert page.url.endswith("#t-80")
    assert shown(page, 80)


@pytest.mark.parametrize(
    ("query", "contact", "expected"),
    [
        ("کتاب‌های", "f-fa", "كتاب‌هاي"), ("کتاب*", "f-fa", "كتاب‌هاي"), ("123", "f-fa", "۱۲۳"),
        ("الغاء", "f-ar", "إِلْغَاءَ"), ("الطلب", "f-ar", "الطَّلَبِ"),
    ],
)
def test_folded_words_are_marked_as_they_were_written(
    told: Any, window: Callable[..., Page], query: str, contact: str, expected: str
) -> None:
    page = window("rita", path="/search", language="fa")
    page.fill("#q", query)
    page.keyboard.press("Enter")
    page.wait_for_selector("#found")
    hit = page.locator(".hit", has_text=contact)
    assert hit.locator("mark").all_inner_texts() == [expected]
    texts = PERSIAN if contact == "f-fa" else ARABIC
    assert hit.locator(".line:not(.beside) p").inner_text() in texts


def test_filters_are_written_into_the_query(told: Any, window: Callable[..., Page]) -> None:
    page = window("rita", path="/search")
    page.fill("#team", SALES["team"])
    page.click("text=More filters and order")
    page.select_option("#purpose", "live")
    page.select_option("select[name=signal]", "questions.unanswered")
    page.select_option("select[name=relation]", ">=")
    page.fill("input[name=value]", "0")
    page.keyboard.press("Enter")
    page.wait_for_selector("#found")
    assert 'team:"sales <b>& co</b>"' in page.locator("code.query").inner_text()
    assert page.locator(".hit h3").all_inner_texts() == ["f-hostile"]
    page.click("text=Without filters")
    assert page.locator(".hit").count() == 0
    page.goto("/search?q=heron&from=2030-01-01")
    assert "Nothing was found" in page.locator(".results").inner_text()
    page.goto("/search?q=line&language=en&order=newest")
    assert page.locator(".hit").count() == 20
    page.click("a[rel=next]")
    assert page.locator(".hit").count() == 20
    page.click("text=Back to the first")
    assert page.locator("#found").inner_text() == "80 places"


@pytest.mark.parametrize(
    ("address", "told_there"),
    [
        ("q=refund+%22next", "8"), ("q=nosuch.signal%3E3", "nosuch.signal"),
        ("q=heron&signal=silence.longest", "needs a value"), ("q=(", "1"), ("q=heron&team=%22x", "quotation mark"),
    ],
)
def test_a_query_that_cannot_be_read_is_told_beside_its_field(
    told: Any, window: Callable[..., Page], address: str, told_there: str
) -> None:
    page = window("rita", path=f"/search?{address}")
    assert told_there in page.locator("#refused").inner_text()
    assert "refused" in (page.get_attribute("#q", "aria-describedby") or "")
    assert page.locator(".results").count() == 0


def test_without_scripts_it_is_the_same(told: Any, window: Callable[..., Page]) -> None:
    page = window("rita", path="/search", java_script_enabled=False)
    page.fill("#q", "pelican")
    page.click("button.main")
    assert marks(page) == ["pelican"]
    page.locator(".hit .places a").first.click()
    assert page.url.endswith("#t-80")


def test_hostile_words_stay_words(told: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/search?q=ostrich")
    assert HOSTILE in page.locator(".hit").inner_text()
    assert marks(page) == ["ostrich"]
    page.goto("/search?q=%22%3E%3Cscript%3Ewindow.stolen%3D1%3C/script%3E")
    page.wait_for_selector("#refused, #found")
    assert page.evaluate("window.stolen") is None
    assert page.locator("main script").count() == 0


def test_everybody_finds_what_is_theirs(told: Any, window: Callable[..., Page]) -> None:
    carla = window("carla", path="/search?q=heron+OR+ostrich")
    assert set(carla.locator(".hit h3").all_inner_texts()) == {"f-heron"}
    assert "those you may read" in carla.locator(".results").inner_text()
    cora = window("cora", path="/search?q=heron+OR+ostrich")
    assert cora.locator(".hit").count() == 0
    sara = window("sara", path="/search?q=heron")
    assert sara.locator(".hit").count() == 0
    assert sara.get_by_text("Save this search").count() == 0
    answer = sara.goto("/saved-searches")
    assert answer is not None
    assert answer.status == 403


def test_a_saved_search_tells_what_is_new_and_alerts(told: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/search?q=%D9%82%D9%82%D9%86%D9%88%D8%B3+OR+phoenix")
    page.click("text=Save this search")
    page.fill("#name", "Phoenix <b>x</b>")
    page.select_option("#reach", "count")
    page.click("button:has-text('Save')")
    assert "say from which number on" in page.locator(".fault").inner_text()
    page.fill("#name", "Phoenix <b>x</b>")
    page.select_option("#reach", "count")
    page.fill("#number", "1")
    page.check("input[name=shared]")
    page.click("button:has-text('Save')")
    page.wait_for_selector("#found")
    assert page.locator("h1").inner_text() == "Phoenix <b>x</b>"
    assert "Nothing has come yet" in page.locator("main").inner_text()
    before = told.services.search.coverage().words
    told.take("f-phoenix", "A phoenix sits on my router", "Really?")
    indexed(told, before + 1)
    told.services.saved_searches.run_due()
    page.goto("/saved-searches")
    row = page.locator("tbody tr", has_text="Phoenix")
    assert row.locator("td").nth(1).inner_text() == "1"
    assert "1 of " in page.locator("section:has(#alerts)").inner_text()
    page.click("button:has-text('I have seen it')")
    page.wait_for_selector("#found")
    assert page.locator("li", has_text="f-phoenix").locator(".tag.mark").inner_text() == "new"
    assert "seen by" in page.locator("section:has(#alerts)").inner_text()
    page.reload()
    assert page.locator("li", has_text="f-phoenix").locator(".tag.mark").count() == 0
    page.goto("/saved-searches")
    assert page.locator("tbody tr", has_text="Phoenix").locator("td").nth(1).inner_text() == "0"
    page.click("tbody a")
    page.click("text=Name, query, alert")
    page.fill("#query", "phoenix AND")
    page.click("button:has-text('Keep')")
    assert "AND" in page.locator(".fault").inner_text()
    page.fill("#query", "phoenix")
    page.click("button:has-text('Keep')")
    page.wait_for_url("**/saved-searches/*")
    page.click("button:has-text('Let it rest')")
    assert page.locator(".head .tag", has_text="at rest").count() == 1
    page.click("summary:has-text('Delete')")
    page.click("button:has-text('Delete it for good')")
    page.wait_for_url("**/saved-searches")
    assert "Phoenix" not in page.locator("main").inner_text()


def test_others_see_what_is_shared_and_change_nothing(told: Any, window: Callable[..., Page]) -> None:
    lea = window("lea", path="/search?q=heron")
    lea.click("text=Save this search")
    lea.fill("#name", "Herons")
    lea.check("input[name=shared]")
    lea.click("button:has-text('Save')")
    lea.wait_for_selector("#found")
    page = window("rita", path="/saved-searches")
    page.click("text=Herons")
    assert page.locator("#change").count() == 0
    carla = window("carla", path="/saved-searches")
    assert "Herons" not in carla.locator("main").inner_text()
    answer = carla.goto(page.url)
    assert answer is not None
    assert answer.status == 404
    carla.goto("/search?q=heron")
    carla.click("text=Save this search")
    assert carla.locator("input[name=shared]").count() == 0


EVERY = ("/search", "/search?q=heron+OR+line+OR+ostrich", "/search?q=%22", "/search?q=nothingatall&by=meaning", "/saved-searches")


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("fa", 390), ("ar", 1280)])
def test_nothing_runs_over_the_edge(told: Any, window: Callable[..., Page], language: str, width: int) -> None:
    page = window("lea", language=language, viewport={"width": width, "height": 800})
    for path in (*EVERY, f"/search?q={'very-long-word-' * 20}"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details:not(nav details)').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(told: Any, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("lea", language=language, color_scheme=scheme)
    for path in EVERY:
        page.goto(path)
        page.evaluate("document.querySelectorAll('details:not(nav details)').forEach((one) => { one.open = true; })")
        found = axe.Axe().run(page)
        told_there = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
        assert told_there == [], json.dumps({"path": path})
