"""The queue as a page: why each item is there in one's own language, narrowed, given out, taken out; one's own figures on top."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.interaction import Channel
from qa_service.domain.permission import SYSTEM, Actor, Role
from qa_service.domain.pick_reason import PickCode, PickReason
from qa_service.domain.priority import Priority
from qa_service.domain.queue import ItemState, Lane
from qa_service.domain.sampling_plan import RandomRule, SamplingPlan
from qa_service.store.queue import NewItem
from qa_service.store.sampling import RunFigures, SamplingRun
from tests.web.conftest import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

LEA = Actor(id="lea", role=Role.QA_LEAD)
COMPLAINT = PickReason(code=PickCode.COMPLAINT, words="the customer complains formally (2.00)", weight=2.0)
DRAWN = PickReason(code=PickCode.QUOTA, words="drawn for the quota: 1 of 9 (agent <b>)", n=1, of=9, group={"agent": "<b>zed</b>"})


@pytest.fixture(scope="module")
def queued(site: Any) -> Any:
    """Three contacts of one plan: a complaint, one that was drawn, and one that is reviewed blindly."""
    services = site.services
    plan = services.sampling.add(SamplingPlan(name="Every <i>month</i>", rule=RandomRule(n=1)), by=LEA)
    told = {"q-complaint": (COMPLAINT,), "q-drawn": (DRAWN,), "q-blind": (COMPLAINT,)}
    cards = {name: site.take(name) for name in told}
    at = services.clock()
    run = SamplingRun(
        id="drawn", plan=plan.id, version=1, period="2026-10", since=at - timedelta(days=9), until=at, seed="s", eligible=9, taken=0,
        picked=3, blind=1, figures=RunFigures(plan=plan.plan, groups=(), fairness=()), by="lea", at=at,
    )
    with services.database.unit() as unit:
        unit.sampling_runs.add(run)
        unit.scorecards.make_blind([cards["q-blind"]])
        items = [
            NewItem(
                id=name, interaction=name, rubric="mini-chat", scorecard=cards[name], agent="a17", team="billing",
                channel=Channel.CHAT.value, language="en", plan=plan.id, run=run.id, reasons=tuple(one.words for one in why),
                probability=0.5, blind_share=0.2,
                priority=Priority(value=50, doubt=0.5, width=0.5, finals=3), lane=Lane.BLIND if name == "q-blind" else Lane.NORMAL,
                due_at=at + timedelta(days=3 * place - 1, hours=-1), why=why,
            )
            for place, (name, why) in enumerate(told.items())
        ]
        unit.queue.add_many(items, at=at)
    person(services, "omid", Role.REVIEWER)
    return site


def shown(page: Page) -> list[str]:
    """Contacts in the list."""
    return page.locator("table.queue tbody th bdi").all_inner_texts()


def test_why_it_is_there_is_said_in_the_reader_s_language(queued: Any, window: Callable[..., Page]) -> None:
    page = window("rita", path="/queue")
    assert "the customer complains formally" in page.locator("table.queue").inner_text()
    assert "drawn for a fair share: 1 of 9" in page.locator("table.queue").inner_text()
    assert "<b>zed</b>" in page.locator("table.queue").inner_text()
    assert page.locator("tr", has_text="q-blind").locator(".why").count() == 0
    for language, words in (("fa", "مشتری شکایت رسمی دارد"), ("ar", "العميل يشتكي رسميًا")):
        table = window("rita", path="/queue", language=language).locator("table.queue")
        assert words in table.inner_text()
        assert "complains" not in table.inner_text()


def test_the_list_is_narrowed(queued: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/queue")
    page.select_option("#because", "complaint")
    page.click("form[action='/queue'][method=get] button")
    page.wait_for_url("**because=complaint**")
    # What is reviewed blindly is left out: the filter would tell what the machine saw.
    assert shown(page) == ["q-complaint"]
    page.goto("/queue?lane=blind")
    assert shown(page) == ["q-blind"]
    page.goto("/queue?soon=today")
    assert shown(page)[0] == "q-complaint"
    assert "q-blind" not in shown(page)
    page.goto("/queue?team=nobody")
    assert "Nothing here" in page.locator("main").inner_text()
    page.click("text=Without filters")
    assert len(shown(page)) == 3


def test_a_lead_gives_out_and_takes_out(queued: Any, window: Callable[..., Page]) -> None:
    services, page = queued.services, window("lea", path="/queue?because=complaint")
    page.click("button >> text=Give")
    assert page.locator("h1").inner_text() == "That cannot be used"
    page.goto("/queue?because=complaint")
    page.check("input[name=items]")
    page.select_option("#give-to", "omid")
    page.click("button[value=give]")
    page.wait_for_url(re.compile(r"/queue\?.*because=complaint"))
    assert services.queue.get("q-complaint", by=SYSTEM).assigned_to == "omid"
    assert "omid" in page.locator("table.queue").inner_text()
    page.check("input[name=items]")
    page.click("button[value=free]")
    assert "anybody" in page.locator("table.queue").inner_text()
    page.click("button[value=share]")
    page.wait_for_load_state()
    assert services.queue.get("q-drawn", by=SYSTEM).assigned_to in ("omid", "rita")
    page.goto("/queue?lane=normal")
    row = page.locator("tr", has_text="q-drawn")
    row.locator("summary >> text=Skip").click()
    row.locator("input[name=why]").fill("a duplicate")
    row.locator("button >> text=Take it out").click()
    row.wait_for(state="detached")
    assert services.queue.get("q-drawn", by=SYSTEM).state is ItemState.WITHDRAWN
    reviewer = window("rita", path="/queue")
    assert reviewer.locator("#give, input[name=why], input[name=items]").count() == 0


def test_one_s_own_figures_stand_on_top(queued: Any, window: Callable[..., Page]) -> None:
    queued.services.queue.assign(["q-complaint"], to="rita", by=LEA)
    page = window("rita", path="/queue")
    desk = page.locator("section.card").inner_text()
    assert "Given to you" in desk
    assert "Everybody's work" not in desk
    lead = window("lea", path="/queue")
    lead.click("text=Everybody's work")
    assert "Rita" in lead.locator("section.card table").inner_text()


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("fa", 390)])
def test_the_list_fits(queued: Any, window: Callable[..., Page], language: str, width: int) -> None:
    page = window("lea", path="/queue", language=language, viewport={"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
