"""Topics, promises and contacts over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.user import User
from qa_service.settings import Settings
from tests.api.conftest import HERE, KEY

Problem = Callable[..., dict[str, Any]]
PAST = "2026-01-05"


def words(customer: str, agent: str, day: str = PAST) -> dict[str, Any]:
    turns = [
        {"speaker": "customer", "text": customer, "sent_at": f"{day}T09:00:00Z"},
        {"speaker": "agent", "text": agent, "sent_at": f"{day}T09:01:00Z"},
    ]
    return {"turns": turns, "started_at": f"{day}T09:00:00Z"}


def remembered(api: Any, name: str) -> Any:
    """The contact, once the step behind scoring is done."""
    until = time.monotonic() + 30
    while (answer := api.get(f"/v1/contacts/{name}")).status_code == 404:
        assert time.monotonic() < until
        time.sleep(0.05)
    return answer.json()


@pytest.fixture(scope="module")
def settings(data_dir: Path) -> Settings:
    """As for the other tests, but words are compared: the encoder would have to be assembled first."""
    return Settings(data_dir=data_dir, rubrics_dir=HERE / "rubrics", engine="sidecar", admin_key=KEY, meanings=False)


@pytest.fixture(scope="module")
def desk(api: Any) -> Any:
    """A promise, and the customer who comes back because it was broken; ten weeks between the first contact and the last."""
    back = words("My boiler is cold again, I called on Monday and nobody called me back.", "Sorry, we will see.", "2026-03-04")
    api.chat("h-0", customer={"id": "zoe"}, **words("Where do I park?", "Behind the shop."))
    api.chat("h-1", customer={"id": "ann"}, **words("My boiler is cold.", "I will call you back by five today.", "2026-03-02"))
    api.chat("h-2", customer={"id": "ann"}, **back)
    api.chat("h-3", customer={"id": "zoe"}, **words("When do you open on Sundays?", "At ten.", "2026-03-20"))
    for name in ("h-0", "h-1", "h-2", "h-3"):
        remembered(api, name)
    return api


def test_contact_tells_links_and_words(desk: Any, problem: Problem) -> None:
    found = desk.json("/v1/contacts/h-2")
    assert (found["customer"], found["earlier"], found["says_repeat"]["turn"]) == ("ann", ["h-1"], 0)
    assert desk.json("/v1/contacts/h-1")["later"] == "h-2"
    problem(desk.get("/v1/contacts/nobody"), 404, "not_found")


def test_signals_of_an_interaction_hold_those_across(desk: Any) -> None:
    found = {one["name"]: one["value"] for one in desk.json("/v1/interactions/h-2/signals")["signals"]}
    assert (found["contact.repeat"], found["contact.earlier"], found["contact.first_resolved"]) == (1, 1, None)
    assert found["contact.says_broken"] >= 1
    catalogue = desk.json("/v1/signals")
    assert {one["name"] for one in catalogue["across"]} == {"contact.repeat", "contact.earlier", "contact.first_resolved"}


def test_figures_with_denominators(desk: Any, problem: Problem) -> None:
    found = desk.json("/v1/contacts/figures?from=2026-03-01&to=2026-03-10")
    assert (found["window_days"], found["total"]["contacts"], found["total"]["repeats"], found["total"]["repeat_share"]) == (7, 2, 1, 0.5)
    assert (found["total"]["first_known"], found["total"]["first_resolved_share"]) == (1, 0.0)
    assert [one["channel"] for one in found["channels"]] == ["chat"]
    assert desk.json("/v1/contacts/figures?from=2030-01-01")["total"]["repeat_share"] is None
    problem(desk.get("/v1/contacts/figures?topic=x"), 404, "not_found")


def test_promises_by_status(desk: Any, problem: Problem) -> None:
    (broken,) = desk.json("/v1/promises?status=broken")["items"]
    assert (broken["interaction"], broken["who"], broken["due_until"]) == ("h-1", "agent", "2026-03-02T17:00:00Z")
    assert (broken["verdict"]["interaction"], broken["verdict"]["why"]) == ("h-2", "customer_complains")
    assert desk.json("/v1/promises?status=kept")["items"] == []
    assert [one["id"] for one in desk.json("/v1/promises?due_before=2026-03-03&agent=a17")["items"]] == [broken["id"]]
    assert desk.json("/v1/promises?due_before=2026-03-02")["items"] == []
    problem(desk.get("/v1/promises?status=lost"), 422, "invalid_request")


def test_topics_before_and_after_a_build(desk: Any, problem: Problem) -> None:
    problem(desk.get("/v1/topics"), 404, "not_found")
    problem(desk.call("PATCH", "/v1/topics/x", json={"name": "Lost"}), 404, "not_found")
    assert desk.json("/v1/interactions/h-1")["topic"] is None
    for number in range(15):
        desk.chat(f"r-{number}", **words(f"The {number} router has no connection.", "I see."))
        desk.chat(f"i-{number}", **words(f"I need a copy of the {number} invoice.", "I see."))
    for number in range(15):
        remembered(desk, f"r-{number}")
        remembered(desk, f"i-{number}")
    services = desk.client.app.state.services
    services.topics.build(actor="tests")
    report = desk.json("/v1/topics")
    router = next(one for one in report["topics"] if "router" in one["example"])
    assert (report["version"], router["interactions"], report["interactions"]) == (1, 15, 34)
    changed = desk.call("PATCH", f"/v1/topics/{router['id']}", json={"name": "No connection", "pinned": True})
    assert (changed.status_code, changed.json()["name"], changed.json()["pinned"]) == (200, "No connection", True)
    topic = desk.json("/v1/interactions/r-3")["topic"]
    assert (topic["id"], topic["title"]) == (router["id"], "No connection")
    problem(desk.call("PATCH", f"/v1/topics/{router['id']}", json={"merged_into": router["id"]}), 409, "conflict")
    problem(desk.call("PATCH", f"/v1/topics/{router['id']}", json={"nme": "x"}), 422, "invalid_request")
    assert desk.json("/v1/topics?from=2026-03-01")["interactions"] == 3
    services.users.create(User(id="cara", login="cara", name="Cara", role=Role.COACH, teams=("sales",)), by=SYSTEM)
    _, secret = services.keys.issue("tests", by=SYSTEM, user="cara")
    seen = desk.json("/v1/topics", headers={"Authorization": f"Bearer {secret}"})
    assert (seen["interactions"], {one["example"] for one in seen["topics"]}) == (0, {""}), "nothing that customers of other teams said"
