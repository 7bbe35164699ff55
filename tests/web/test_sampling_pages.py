"""Sampling and the review rules in a real browser: a plan from its preview to what it drew, and rules that are changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.accuracy import Acceptance
from qa_service.domain.automation import Obstacle
from qa_service.domain.period import PeriodKind
from qa_service.domain.permission import Actor, Role
from qa_service.domain.report import ReportLanguage
from qa_service.domain.risk import Risk
from qa_service.domain.sampling_plan import QuotaRule, SamplingPlan, Stratum
from qa_service.rendering.messages import catalogue
from qa_service.web.plan_form import KINDS
from qa_service.web.policy import NUMBERS, SHARES
from tests.web.conftest import status_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

LEA = Actor(id="lea", role=Role.QA_LEAD)
HOSTILE = "<img src=x onerror=window.stolen=1>برنامه " + "z" * 120
#: Values that choose a message, by what stands before it.
FAMILIES: dict[str, Any] = {
    "period_kind": PeriodKind, "rule_kind": KINDS, "stratum": Stratum, "risk": Risk, "obstacle": Obstacle, "acceptance": Acceptance,
    "policy": [*NUMBERS, *SHARES, *(f"{name}_what" for name in (*NUMBERS, *SHARES))], "sampling": ["fair", "over", "under"],
}


@pytest.fixture(scope="module")
def drawn(site: Any) -> Any:
    """Chats of yesterday, of two agents, and a plan that drew of them."""
    when = (site.services.clock() - timedelta(days=1)).isoformat()
    for agent in ("a17", HOSTILE[:40].replace("/", "")):
        for place in range(3):
            site.take(f"s-{len(agent)}-{place}", agent={"id": agent, "name": "N", "team": "billing"}, started_at=when)
    rule = QuotaRule(n=2)
    plan = site.services.sampling.add(SamplingPlan(name=HOSTILE, rule=rule, period=PeriodKind.DAY, seed="s-1", wait_hours=0), by=LEA)
    run = site.services.sampling.run(plan.id, by=LEA).run
    assert run.picked == 2
    return site, plan.id, run.id


def every(drawn: Any) -> tuple[str, ...]:
    _, plan, run = drawn
    return ("/sampling", "/sampling/new", f"/sampling/{plan}", f"/sampling/{plan}/runs/{run}", "/policy")


@pytest.mark.parametrize("language", ReportLanguage)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_value_has_its_message(language: ReportLanguage, family: str) -> None:
    words = catalogue(language)
    values = [getattr(value, "value", value) for value in FAMILIES[family]]
    assert [value for value in values if f"{family}.{value}" not in words] == []


def test_a_plan_from_its_preview_to_what_it_drew(drawn: Any, window: Callable[..., Page]) -> None:
    services = drawn[0].services
    page = window("lea", path="/sampling")
    page.click("text=New plan")
    assert page.locator("#quota_n").is_visible()
    page.check("input[name=kind][value=random]")
    assert not page.locator("#quota_n").is_visible()
    page.fill("#name", "Daily <i>")
    page.select_option("#period", "day")
    page.fill("#random_size", "")
    page.click("button:has-text('Show what it would draw')")
    assert "either n or share" in page.locator(".fault").inner_text()
    assert page.input_value("#name") == "Daily <i>"
    page.fill("#random_size", "50")
    page.select_option("#random_unit", "percent")
    page.click("button:has-text('Show what it would draw')")
    told = page.locator("section[data-part=preview]").inner_text()
    assert "of 4 contacts" in told
    assert "2 more are in the queue already" in told
    before = len(services.sampling.plans().items)
    page.locator("summary >> text=Blind reviews").click()
    page.fill("#seed", "again-7")
    page.fill("#blind", "100")
    page.fill("#wait_hours", "0")
    page.click("button:has-text('Add the plan')")
    page.wait_for_url("**/sampling/*")
    assert len(services.sampling.plans().items) == before + 1
    page.fill("#period-run", "2999-01-01")
    page.click("button:has-text('Draw now')")
    assert "not over" in page.locator("section[data-part=runs] .fault").inner_text()
    page.fill("#period-run", "")
    page.click("button:has-text('Draw now')")
    page.wait_for_url("**/runs/*")
    text = page.locator("main").inner_text()
    assert "2 of 4" in text
    assert "again-7" in page.locator("section[data-part=seed]").inner_text()
    assert "a17" in page.locator("section[data-part=fairness]").inner_text()
    blind = services.sampling.get_run(*page.url.rstrip("/").split("/")[-3::2]).run.blind
    assert blind == 2
    page.click(".crumbs a >> nth=1")
    page.click("button:has-text('Pause')")
    assert "paused" in page.locator(".head").inner_text()


def test_two_leads_on_one_plan(drawn: Any, window: Callable[..., Page]) -> None:
    site, plan, _ = drawn
    page = window("lea", path=f"/sampling/{plan}")
    site.services.sampling.change(plan, by=LEA, active=True)
    page.fill("#quota_n", "3")
    page.click("button:has-text('Save')")
    assert "changed meanwhile" in page.locator("section[data-part=form] .fault").inner_text()
    assert page.input_value("#quota_n") == "3"
    page.click("button:has-text('Save')")
    page.wait_for_url(f"**/sampling/{plan}")
    assert site.services.sampling.plan(plan).plan.rule.n == 3


def test_what_lies_with_nobody_is_given_out(drawn: Any, window: Callable[..., Page]) -> None:
    services = drawn[0].services
    items = services.queue.list(by=LEA, limit=500).items
    services.queue.assign([one.id for one in items], to=None, by=LEA)
    page = window("lea", path="/sampling")
    assert f"{len(items)} reviews lie with nobody" in page.locator("section[data-part=load]").inner_text()
    page.click("button:has-text('Give them out')")
    assert f"{len(items)} reviews were given out" in page.locator("section[data-part=load] .note").inner_text()
    assert page.locator("tr", has_text="Rita").locator("td").first.inner_text() == str(len(items))


def test_rules_are_changed_whole_and_nobody_is_overwritten(drawn: Any, window: Callable[..., Page]) -> None:
    services = drawn[0].services
    page = window("lea", path="/policy")
    page.fill("#due_days", "5")
    page.fill("#accept_at", "99")
    page.click("section[data-part=change] button.main")
    assert "accuracy" in page.locator("section[data-part=change] .fault").inner_text()
    assert page.input_value("#due_days") == "5"
    page.fill("#accept_at", "90")
    page.click("section[data-part=change] button.main")
    page.wait_for_selector("dl.glance >> text=5 days")
    found = services.policies.current()
    assert (found.policy.due_days, found.by) == (5, "lea")
    services.policies.change(found.policy.model_copy(update={"due_days": 6}), expected=found.version, by=LEA)
    page.fill("#decide_days", "9")
    page.click("section[data-part=change] button.main")
    assert page.locator("section[data-part=change] .fault").is_visible()
    assert services.policies.current().policy.decide_days == found.policy.decide_days
    page.click("button:has-text('Look now')")
    assert "0 open scorecards would become final" in page.locator("section[data-part=automatic]").inner_text()
    assert page.locator("button[name=act]").count() == 0
    assert "Nothing was reviewed blind" in page.locator("section[data-part=accuracy]").inner_text()


@pytest.mark.parametrize(("login", "status"), [("rita", 403), ("carla", 403), ("sara", 403)])
def test_sampling_is_for_leads_and_rules_are_read_by_all(drawn: Any, window: Callable[..., Page], login: str, status: int) -> None:
    page = window(login)
    for path in every(drawn)[:-1]:
        assert status_of(page, path) == status, path
    assert status_of(page, "/policy") == 200
    assert page.locator("form[action='/policy']").count() == 0
    assert page.locator("section[data-part=accuracy]").count() == 0


@pytest.mark.parametrize("language", ["en", "fa"])
def test_nothing_runs_over_the_edge(drawn: Any, window: Callable[..., Page], language: str) -> None:
    page = window("lea", language=language, viewport={"width": 390, "height": 800})
    for path in every(drawn):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert page.evaluate("window.stolen") is None


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(drawn: Any, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("lea", language=language, color_scheme=scheme)
    for path in every(drawn):
        page.goto(path)
        found = axe.Axe().run(page)
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
        assert told == [], path
