"""Rubrics in a real browser: read, measured, compared; the editor's lint, completion, draft, trial and publishing, and what it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.criteria import KINDS
from qa_service.domain.permission import Actor, Role
from qa_service.domain.proposal import ProposalState
from qa_service.domain.report import ReportLanguage
from qa_service.domain.rubric import AutoFail, ReviewPolicy, Skill
from qa_service.domain.rubric_diff import Verb, Weight
from qa_service.domain.rubric_source import Level
from qa_service.domain.scorecard import Answer
from qa_service.rendering.messages import catalogue
from qa_service.services.gold import load
from qa_service.store.gold import read_gold
from tests.web.conftest import until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytest.importorskip("playwright.sync_api", reason="tests in a browser need the package playwright")
from playwright.sync_api import expect

LEA, ROOT = Actor(id="lea", role=Role.QA_LEAD), Actor(id="root", role=Role.ADMIN)
HOSTILE = "<script>window.stolen=1</script> سلام \u202e{{ 7*7 }} " + "x" * 150
FORMS = Path(__file__).parents[2] / "rubrics"
EDIT = "/rubrics/mini-chat/edit"


@pytest.fixture(scope="module")
def shelf(site: Any) -> Any:
    """A social form with every kind of detection, two versions of the e-mail form, a hostile proposal, and gold for the chat form."""
    services = site.services
    every = (FORMS / "phone.yaml").read_text(encoding="utf-8").replace("rubric: phone-support", "rubric: mini-phone")
    services.publishing.publish("mini-phone", re.sub(r"(?m)^version: \d+", "version: 7", every), by=ROOT, words=HOSTILE)
    mail = services.publishing.source("mini-email").replace("version: 1", "version: 2").replace("[hello]", "[hello, welcome]")
    services.publishing.publish("mini-email", mail, by=LEA)
    services.proposals.propose("mini-chat", criterion="greeting", wording={"en": HOSTILE, "fa": "سلام کرد؟"}, why=HOSTILE, by=ROOT)
    for place in range(3):
        site.take(f"g-{place}", "Hi, my kettle broke", "hello, I am on it" if place else "What?")
    _gold(services)
    return site


def _gold(services: Any) -> None:
    """What people say of the first two; of the first one they say that it was a greeting."""
    folder = services.settings.gold / "chat"
    folder.mkdir(parents=True)
    for place in range(2):
        name = f"g-{place}"
        card = services.interactions.scorecards(name)[0]
        given = {"greeting": "yes", "manners": "yes", "helped": None}
        criteria = tuple(one.model_copy(update={"answered": None if given[one.id] is None else Answer(by="rita", answer=given[one.id])})
                         for one in card.criteria)  # fmt: skip
        data = card.model_copy(update={"id": None, "criteria": criteria}).as_data()
        data["criteria"] = [{**one, "answer": given[one["id"]]} for one in data["criteria"]]
        (folder / f"{name}.scorecard.json").write_text(json.dumps({**data, "gold": {"split": "train"}}), encoding="utf-8")
        turns = [{"speaker": one.speaker.value, "text": one.text} for one in services.interactions.transcript(name).turns]
        told = {"id": name, "channel": "chat", "language": "en", "turns": turns}
        (folder / f"{name}.conversation.json").write_text(json.dumps(told), encoding="utf-8")
    assert all(load(file) for file in read_gold(services.settings.gold, recordings=services.settings.gold))


def ready(page: Page, path: str = EDIT) -> Page:
    """The editor, once its schema and the first check are there."""
    page.goto(path)
    page.wait_for_selector("#editor[data-ready='1']")
    page.wait_for_selector("#findings-summary")
    return page


def test_what_the_language_knows_is_asked_for_until_it_comes(shelf: Any, window: Callable[..., Page]) -> None:
    page = window("lea")
    asked: list[str] = []

    def first_busy(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > 1:
            route.continue_()
        else:
            route.fulfill(status=503, body="{}")

    page.route("**/schema", first_busy)
    ready(page)
    assert len(asked) == 2


def put(page: Page, old: str, new: str) -> None:
    """Change the draft as somebody who types would."""
    page.evaluate(
        """([was, is]) => { const cm = window.qaRubricEditor; const at = cm.getValue().indexOf(was);
        if (at < 0) throw new Error(was);
        cm.replaceRange(is, cm.posFromIndex(at), cm.posFromIndex(at + was.length), "+input"); }""", [old, new],
    )  # fmt: skip


FAMILIES = {
    "auto_fail": AutoFail, "review_policy": ReviewPolicy, "change_verb": Verb, "change": Weight, "compare": Weight, "lint": Level,
    "proposal_state": ProposalState, "skill": Skill,
}


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_value_has_its_message(language: ReportLanguage) -> None:
    words = catalogue(language)
    for family, values in FAMILIES.items():
        assert [value for value in values if f"{family}.{value.value}" not in words] == [], family
    for kind in KINDS:
        assert any(key.startswith(f"rule.{'answered' if kind == 'answered_within' else kind}") for key in words), kind


def test_the_forms_in_force_and_one_to_read(shelf: Any, window: Callable[..., Page]) -> None:
    page = window("rita", path="/rubrics")
    assert page.locator(".forms-in-force section").count() == 4
    assert "published by lea" in page.locator("section[aria-labelledby=in-email]").inner_text().lower()
    page.click("section[aria-labelledby=in-phone] .form-name a")
    text = page.locator("main").inner_text()
    assert "version 7" in text
    assert "in force" in text
    assert page.locator(".rubric-criterion").count() == 13
    rule = page.locator("#c-identity_check").inner_text()
    assert "one comes before the other" in rule
    assert "critical for compliance" in rule.lower()
    page.locator("#c-greeting .phrases summary").first.click()
    assert page.locator("#c-greeting .phrases q[lang=fa]").first.get_attribute("dir") == "auto"
    assert page.evaluate("window.stolen") is None
    assert page.locator("a[href$='/edit'], #gold").count() == 0


def test_what_it_is_worth_is_measured_aside(shelf: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/rubrics/mini-chat")
    page.wait_for_selector("#gold-figures table.figures")
    assert "Measured on 2 conversations" in page.locator("#gold-figures").inner_text()
    row = page.locator("#gold-figures tbody tr", has_text="Did the agent greet?").inner_text()
    assert "50%" in row
    page.goto("/rubrics/mini-chat/gold")
    wrong = page.locator("tbody tr", has_text="g-0").last.inner_text()
    assert "people Yes, machine No" in wrong
    assert "nowhere" in page.locator("tbody tr", has_text="g-1").last.inner_text()
    page.click("tbody a >> text=g-0")
    assert page.url.endswith("/interactions/g-0")


def test_two_versions_compared(shelf: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/rubrics/mini-email")
    page.click("#versions >> xpath=.. >> text=Compare with version 1")
    assert "the machine may answer otherwise" in page.locator("main").inner_text()
    assert "opening.greeting.detect" in page.locator("table.changes").inner_text()
    page.click("text=Judge them by both")
    expect(page.locator("#history")).to_contain_text("There is no scored contact")
    assert "welcome" in page.locator("pre.lines ins").last.inner_text()


def test_wording_is_decided_by_a_lead(shelf: Any, window: Callable[..., Page]) -> None:
    page = window("rita", path="/rubrics/mini-chat")
    assert page.locator(".proposal").count() == 1
    assert page.locator(".proposal form").count() == 0
    page = window("lea", path="/rubrics/mini-chat")
    page.fill(".proposal input[name=words]", "with the next version")
    page.click(".proposal button[value=true]")
    assert "with the next version" in page.locator(".proposal").inner_text()
    assert page.evaluate("window.stolen") is None


def test_faults_are_told_while_one_writes(shelf: Any, window: Callable[..., Page]) -> None:
    page = ready(window("lea"))
    put(page, "weight: 2", "wieght: 2")
    expect(page.locator("#findings-summary")).to_contain_text("error")
    first = page.locator("#findings li[data-level=error]").first
    expect(first).to_contain_text("unknown key 'wieght'")
    line = int(first.get_attribute("data-line") or 0)
    assert f"line {line}, column" in first.inner_text().lower()
    page.wait_for_selector(".CodeMirror-lint-marker-error")
    first.locator("a.to-place").click()
    assert page.evaluate("window.qaRubricEditor.getCursor().line") == line - 1
    expect(page.locator("#live")).to_contain_text("error")
    put(page, "wieght: 2", "weight: 3")
    expect(page.locator("#findings-summary")).to_contain_text("No errors")
    expect(page.locator("#findings")).to_contain_text("1 change against version")
    put(page, "rubric: mini-chat", "rubric: other")
    expect(page.locator("#findings")).to_contain_text("this page publishes")


@pytest.mark.parametrize(
    ("at", "typed", "offered", "chosen"),
    [
        ("        detect: manual", "", {"question", "weight", "severity", "skill", "detect", "numeric", "review", "coach"}, None),
        ("detect: manual", "\n        severity: ", {"minor", "customer", "business", "compliance"}, "compliance"),
        ("detect: manual", "\n        coach: x\n        review: w", {"when_unsure"}, "when_unsure"),
        ("detect: manual", "\n        applies_when: {signal: {name: silence.l", {"silence.longest"}, "silence.longest"),
        ("detect: manual", "\n        applies_when:\n          any:\n            - sai", {"said"}, "said: "),
        ("detect: manual", "\n        applies_when: {said: {by: ", {"agent", "customer", "any"}, "agent"),
        ("channel: chat", "\nsettings: {pass_mark: 80, auto", {"auto_fail", "auto_fail_cap"}, "auto_fail: "),
    ],
)
def test_completion_knows_the_language(
    shelf: Any, window: Callable[..., Page], at: str, typed: str, offered: set[str], chosen: str | None
) -> None:
    page = ready(window("lea"))
    page.evaluate(
        """([at, typed]) => { const cm = window.qaRubricEditor; const place = cm.getValue().indexOf(at) + (typed ? at.length : 8);
        const pos = cm.posFromIndex(place); cm.replaceRange(typed, pos, pos, "setValue"); cm.focus();
        cm.setCursor(cm.posFromIndex(place + typed.length)); }""", [at, typed],
    )  # fmt: skip
    page.keyboard.press("Control+Space")
    page.wait_for_selector(".CodeMirror-hints")
    assert offered <= set(page.locator(".CodeMirror-hint strong").all_inner_texts())
    if chosen is not None:
        page.locator(".CodeMirror-hint", has=page.locator("strong", has_text=re.compile(f"^{chosen.rstrip(': ')}$"))).click()
        assert page.evaluate("window.qaRubricEditor.getRange({line: 0, ch: 0}, window.qaRubricEditor.getCursor())").endswith(chosen)


def test_the_keyboard_finds_a_way_out(shelf: Any, window: Callable[..., Page]) -> None:
    page = ready(window("lea"))
    page.evaluate("window.qaRubricEditor.setCursor({line: 2, ch: 0}); window.qaRubricEditor.focus()")
    before = page.evaluate("window.qaRubricEditor.getValue()")
    page.keyboard.press("Tab")
    assert page.evaluate("window.qaRubricEditor.getValue()") != before
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    expect(page.locator("#live")).to_contain_text("Tab now leaves")
    page.keyboard.press("Tab")
    assert page.evaluate("window.qaRubricEditor.getValue()") == before
    assert page.evaluate("!window.qaRubricEditor.hasFocus()")


def test_nothing_that_was_written_is_lost(shelf: Any, window: Callable[..., Page]) -> None:
    page = ready(window("lea"))
    put(page, "Did the agent greet?", "Did they greet?")
    expect(page.locator("#draft-state")).to_contain_text("kept in this browser")
    page.goto("/rubrics")
    page.click("#drafts a")
    page.wait_for_selector("#kept:not([hidden])")
    assert "Did they greet?" in page.evaluate("window.qaRubricEditor.getValue()")
    page.click("#forget")
    assert "Did the agent greet?" in page.evaluate("window.qaRubricEditor.getValue()")
    page.goto("/rubrics")
    assert page.locator("#drafts").is_hidden()


def test_a_draft_is_tried_before_it_counts(shelf: Any, window: Callable[..., Page]) -> None:
    page = ready(window("lea"))
    put(page, "[hello]", "[welcome]")
    page.fill("#interaction", "g-1")
    page.click("#try")
    expect(page.locator("#trial")).to_contain_text("What changes")
    expect(page.locator("#trial li").first).to_contain_text("Did the agent greet?")
    page.fill("#interaction", "")
    page.click("#try")
    expect(page.locator("#trial")).to_contain_text("change")
    expect(page.locator("#trial table")).to_contain_text("g-1")
    page.fill("#interaction", "nobody")
    page.click("#try")
    expect(page.locator("#trial")).to_contain_text("Nothing here")
    assert shelf.services.rubrics.get("mini-chat").version == 1, "nothing is stored"


def test_a_lead_publishes_and_others_may_not(shelf: Any, window: Callable[..., Page]) -> None:
    for login in ("rita", "carla", "sara"):
        page = window(login, path="/rubrics/mini-social")
        assert page.locator("a[href$='/edit']").count() == 0
        for path in ("edit", "gold", "compare/history?old=1&new=1"):
            answer = page.goto(f"/rubrics/mini-social/{path}")
            assert answer is not None
            assert answer.status == 403, (login, path)
    # Two people begin with the same version.
    slow, page = ready(window("root"), "/rubrics/mini-social/edit"), ready(window("lea"), "/rubrics/mini-social/edit")
    put(page, "Did the agent greet?", "Did they greet?")
    page.fill("#words", "shorter")
    page.click("#publish")
    assert "Version 2 is published" in page.locator(".note").inner_text()
    until(lambda: page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('qa-rubric')).length") == 0)
    assert "shorter" in page.locator("#versions >> xpath=..").inner_text()
    put(slow, "Did the agent greet?", "Was there a greeting?")
    expect(slow.locator("#findings")).to_contain_text("was published while you were writing")
    slow.click("#publish")
    expect(slow.locator("#refused")).to_contain_text("somebody was quicker")
    expect(slow.locator("#refused")).to_contain_text("published by lea")
    assert "Was there a greeting?" in slow.evaluate("window.qaRubricEditor.getValue()")
    slow.wait_for_selector("#findings-summary")
    slow.click("#publish")
    expect(slow.locator("#refused")).to_contain_text("a stored version never changes")
    put(slow, "version: 2", "version: 3")
    slow.click("#publish")
    assert "Version 3 is published" in slow.locator(".note").inner_text()
    assert [(one.version, one.by) for one in shelf.services.publishing.history("mini-social")] == [(3, "root"), (2, "lea"), (1, None)]


def test_hostile_text_is_a_fault_and_nothing_more(shelf: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path=EDIT, java_script_enabled=False)
    for text in ("", "{", "- 1", "a: &a [*a]", "!!python/object:os.system {}", "[" * 3000, f"rubric: {HOSTILE}", "x: \u0007"):
        page.fill("#text", text)
        page.click("#publish")
        assert page.locator("#findings li[data-level=error]").count() > 0, text
        assert page.input_value("#text") == text
        assert "the rubric has errors" in page.locator("#refused").inner_text()
    assert [one.version for one in shelf.services.publishing.history("mini-chat")] == [1]


def test_it_works_without_scripts(shelf: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path=EDIT, java_script_enabled=False)
    page.fill("#text", page.input_value("#text").replace("[hello]", "[welcome]"))
    page.click("#check")
    assert "No errors" in page.locator("#findings").inner_text()
    page.fill("#interaction", "g-1")
    page.click("#try")
    assert "What changes" in page.locator("#trial").inner_text()
    assert "[welcome]" in page.input_value("#text")


def test_the_script_of_the_page_is_small(shelf: Any, window: Callable[..., Page]) -> None:
    page = window("lea")
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())) if answer.url.split("?")[0].endswith(".js") else None)
    ready(page)
    assert len(sizes) == 8
    assert sum(sizes) < 400_000


EVERY = (
    "/rubrics", "/rubrics/mini-phone", "/rubrics/mini-chat", "/rubrics/mini-chat/gold", "/rubrics/mini-email/compare?old=1&new=2",
    "/rubrics/mini-phone/edit",
)


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("fa", 390), ("ar", 1280)])
def test_nothing_runs_over_the_edge(shelf: Any, window: Callable[..., Page], language: str, width: int) -> None:
    page = window("lea", language=language, viewport={"width": width, "height": 800})
    for path in EVERY:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    ready(page)
    assert page.evaluate("getComputedStyle(document.querySelector('.CodeMirror')).direction") == "ltr"


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(shelf: Any, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("lea", language=language, color_scheme=scheme)
    for path in EVERY:
        page.goto(path)
        if path.endswith("/edit"):
            ready(page, path)
            put(page, "sections:", "sectoins:")
            page.wait_for_selector("#findings li[data-level=error]")
        if path == "/rubrics/mini-chat":
            page.wait_for_selector("#gold-figures table.figures")
        found = axe.Axe().run(page)
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
        assert told == [], path
