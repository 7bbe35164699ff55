"""Search, saved searches, alerts, trends and journeys over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qa_service.settings import Settings
from tests.api.conftest import HERE, KEY

Problem = Callable[..., dict[str, Any]]
#: Of today, so that alerts are about a period that runs.
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=1, microsecond=0)


def talk(*said: str, at: datetime = TODAY, **header: Any) -> dict[str, Any]:
    """Turns of customer and agent by turns."""
    turns = [
        {"speaker": ("customer", "agent")[place % 2], "text": text, "sent_at": (at + timedelta(minutes=place)).isoformat()}
        for place, text in enumerate(said)
    ]
    return {"turns": turns, "started_at": at.isoformat(), **header}


@pytest.fixture(scope="module")
def settings(data_dir: Path) -> Settings:
    """As for the other tests, but words are compared: the encoder would have to be assembled first."""
    return Settings(data_dir=data_dir, rubrics_dir=HERE / "rubrics", engine="sidecar", admin_key=KEY, meanings=False)


def until(found: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """What is found, once it is what is wanted: steps behind scoring take a moment."""
    last = time.monotonic() + 40
    while not wanted(answer := found()):
        assert time.monotonic() < last, answer
        time.sleep(0.05)
    return answer


@pytest.fixture(scope="module")
def desk(api: Any) -> Any:
    """Three languages, one customer who comes back."""
    before = TODAY - timedelta(days=3)
    ann = {"customer": {"id": "ann"}}
    said = "I don't want the kettle, I want a refund!", "Hello, I am sorry. I will call you back by five today."
    api.chat("s-1", **ann, **talk(*said, at=before))
    api.chat("s-2", **ann, **talk("My refund for the kettle has not come, and nobody called me back.", "Hello, let me look."))
    said = "می‌خواهم كتاب‌ها را پس بدهم؛ پول من را برگردانید", "سلام، بفرمایید. شماره‌ی سفارش ۱۲۳ است؟"
    api.chat("s-3", language="fa", **talk(*said, at=before))
    api.chat("s-4", language="ar", **talk("أريد استرداد المبلغ من فضلك", "أهلاً بك، الفاتورة رقم ٥٥", at=before))
    until(lambda: api.json("/v1/search/coverage"), lambda told: told["words"] == 4)
    return api


def hits(api: Any, query: str, **options: Any) -> list[str]:
    found = api.json("/v1/search", params={"q": query, **options})
    return [f"{one['interaction']}.{one['turn']}" for one in found["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("refund", {"s-1.0", "s-2.0"}),
        ("do not want", {"s-1.0"}),
        ("dont want", {"s-1.0"}),
        ('"nobody called"', {"s-2.0"}),
        ("كتابها", {"s-3.0"}),
        ("می خواهم کتاب ها", {"s-3.0"}),
        ('"پول من"', {"s-3.0"}),
        ("سفارش 123", {"s-3.1"}),
        ("استرداد مبلغ", {"s-4.0"}),
        ("والفاتورة", {"s-4.1"}),
        ("فاتوره 55 language:ar", {"s-4.1"}),
        ("refund OR پول OR مبلغ", {"s-1.0", "s-2.0", "s-3.0", "s-4.0"}),
        ("sorry speaker:customer", set()),
        ("channel:chat language:fa", {"s-3.None"}),
        ("customer.or.so OR refund", {"s-1.0", "s-2.0"}),
    ],
)
def test_words_are_found_however_they_are_written(desk: Any, query: str, found: set[str]) -> None:
    assert set(hits(desk, query)) == found


def test_hits_tell_where_the_words_stand_in_the_original(desk: Any) -> None:
    (hit,) = desk.json("/v1/search", params={"q": '"پول من" كتابها'})["items"]
    assert [hit["text"][start:end] for start, end in hit["marks"]] == ["كتاب‌ها", "پول من"]
    assert (hit["speaker"], hit["agent"], hit["language"], hit["channel"]) == ("customer", "a17", "fa", "chat")
    page = desk.json("/v1/search", params={"q": "kettle", "order": "newest", "limit": 1})
    assert (page["items"][0]["interaction"], page["total"], page["more"], page["order"]) == ("s-2", 2, False, "newest")
    rest = desk.json("/v1/search", params={"q": "kettle", "order": "newest", "limit": 1, "cursor": page["next"]})
    assert ([one["interaction"] for one in rest["items"]], rest["next"], rest["total"]) == (["s-1"], None, None)
    first = desk.json("/v1/search", params={"q": "kettle OR refund", "limit": 1})
    last = desk.json("/v1/search", params={"q": "kettle OR refund", "limit": 1, "cursor": first["next"]})
    assert {first["items"][0]["interaction"], last["items"][0]["interaction"]} == {"s-1", "s-2"}
    assert first["items"][0]["rank"] >= last["items"][0]["rank"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("?!… ،؛", "only signs"),
        ("x" * 10_000, "at most 1000 characters"),
        ('refund "next day', "at character 8: a quotation that does not end"),
        ("(a OR b", "at character 1: a parenthesis"),
        ("a OR", "at character 5: the end of the query"),
        ("-refund", "only what must not be there"),
        ("colour:red", "the filter colour:"),
        ("kettle silence.longst>3", "no signal 'silence.longst' is known"),
        ("kettle closing.dance=no", "no criterion 'closing.dance' is known"),
        ("kettle greeting=maybe", "has no answer 'maybe'"),
        ("kettle channel:fax", "channel:fax"),
        ("kettle from:2026-02-30", "2026-02-30"),
        ("kettle from:2026-03-01 to:2026-02-01", "ends before it starts"),
        ("kettle topic:parking", "no topics were built"),
        ("سلام hello (", "at character 12"),
        ("ab*", "at least 3 letters"),
        ("speaker:agent", "needs words"),
        ("a b\x00c", None),
    ],
)
def test_what_cannot_be_searched_is_told(desk: Any, problem: Problem, query: str, says: str | None) -> None:
    answer = desk.get("/v1/search", params={"q": query})
    assert answer.status_code == 422, answer.text
    if says is not None:
        assert says in problem(answer, 422, "input")["detail"]


def test_cursors_of_other_lists_are_refused(desk: Any, problem: Problem) -> None:
    problem(desk.get("/v1/search", params={"q": "kettle", "cursor": "WzFd"}), 422, "input")


def test_without_the_encoder_words_are_searched_and_that_is_told(desk: Any) -> None:
    found = desk.json("/v1/search", params={"q": "refund", "by": "meaning"})
    assert ({one["interaction"] for one in found["items"]}, found["by"]) == ({"s-1", "s-2"}, "words")
    assert "encoder" in found["notes"][0]
    assert desk.json("/v1/search/coverage") == {"interactions": 4, "words": 4, "meaning": 0, "encoder": False}


def test_a_saved_search_finds_what_comes_once_and_alerts(desk: Any, problem: Problem) -> None:
    told = {"name": "Lawyers", "query": "lawyer OR وکیل", "threshold": {"every": "day", "count": 2}, "shared": True}
    answer = desk.post("/v1/saved-searches", json=told)
    assert answer.status_code == 201, answer.text
    saved, tag = answer.json()["id"], answer.headers["etag"]
    desk.chat("s-5", **talk("My lawyer will write to you.", "Hello."))
    hits_ = until(lambda: desk.json(f"/v1/saved-searches/{saved}/hits")["items"], bool)
    assert [one["interaction"] for one in hits_] == ["s-5"]
    assert desk.json(f"/v1/alerts?saved_search={saved}")["items"] == []
    desk.chat("s-6", language="fa", **talk("وکیل من با شما تماس می‌گیرد.", "سلام."))
    (alert,) = until(lambda: desk.json(f"/v1/alerts?state=open&saved_search={saved}")["items"], bool)
    assert (alert["found"], alert["of"], alert["name"], alert["period"]) == (2, 2, "Lawyers", TODAY.date().isoformat())
    done = desk.post(f"/v1/alerts/{alert['id']}/acknowledge").json()
    assert (done["state"], done["acknowledged_by"] is not None) == ("acknowledged", True)
    assert desk.post(f"/v1/alerts/{alert['id']}/acknowledge").json() == done
    acts = [one["action"] for one in desk.json("/v1/audit?limit=200")["items"]]
    assert (acts.count("alert.raised"), acts.count("alert.acknowledged"), acts.count("saved_search.added")) == (1, 1, 1)
    changed = desk.call("PATCH", f"/v1/saved-searches/{saved}", json={"active": False}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["active"]) == (200, False)
    problem(desk.call("PATCH", f"/v1/saved-searches/{saved}", json={"active": True}, headers={"If-Match": tag}), 412, "stale_version")
    assert desk.call("DELETE", f"/v1/saved-searches/{saved}").status_code == 204
    problem(desk.get(f"/v1/saved-searches/{saved}"), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "x", "query": '"'}, 422),
        ({"name": "x", "query": "refund", "threshold": {"every": "day"}}, 422),
        ({"name": "x", "query": "refund", "threshold": {"count": 1, "share": 0.5}}, 422),
        ({"name": "", "query": "refund"}, 422),
        ({"name": "x", "query": "no.such.signal>1"}, 422),
    ],
)
def test_searches_that_cannot_be_saved(desk: Any, body: dict[str, Any], status: int) -> None:
    assert desk.post("/v1/saved-searches", json=body).status_code == status


def test_trends_have_denominators_and_intervals(desk: Any, problem: Problem) -> None:
    found = desk.json("/v1/trends/phrases", params={"q": "refund", "every": "day"})
    day = {one["period"]: one for one in found["points"]}
    assert len(found["points"]) == 12
    point = day[(TODAY - timedelta(days=3)).date().isoformat()]
    assert (point["found"], point["of"], point["over"]) == (1, 3, True)
    assert point["share"]["low"] < 1 / 3 < point["share"]["high"]
    empty = day[(TODAY - timedelta(days=8)).date().isoformat()]
    assert (empty["found"], empty["of"], empty["share"]["value"]) == (0, 0, None)
    series = desk.json("/v1/trends/signals", params={"signal": "talk.agent_share", "q": "channel:chat", "every": "day"})
    point = next(one for one in series["points"] if one["of"] == 3)
    assert point["mean"]["n"] in (0, 3)
    problem(desk.get("/v1/trends/signals", params={"signal": "no.such"}), 422, "input")
    problem(desk.get("/v1/trends/phrases", params={"q": "channel:chat"}), 422, "input")
    problem(desk.get("/v1/trends/phrases", params={"q": "refund", "every": "day", "from": "2020-01-01"}), 422, "input")
    problem(desk.get("/v1/trends/topics"), 404, "not_found")


def test_the_journey_of_a_customer(desk: Any, problem: Problem) -> None:
    found = until(lambda: desk.get("/v1/customers/ann/journey").json(), lambda told: len(told.get("steps", ())) == 2)
    first, second = found["steps"]
    assert (first["interaction"], second["interaction"], found["channels"]) == ("s-1", "s-2", ["chat"])
    assert (second["repeats"], first["repeated_by"], second["hours_since"]) == (["s-1"], "s-2", 72)
    (promise,) = first["promises"]
    assert (promise["status"], promise["told_in"], found["promises"]) == ("broken", "s-2", {"broken": 1})
    assert second["says_broken"] is True
    assert [one["status"] for one in first["scores"]] == ["draft"]
    for one in first["scores"]:
        assert one["score"] == desk.json(f"/v1/scorecards/{one['scorecard']}")["score"]
    problem(desk.get("/v1/customers/nobody/journey"), 404, "not_found")


def test_promises_by_team(desk: Any) -> None:
    found = desk.json("/v1/promises/figures")
    assert (found["total"]["broken"], found["teams"][0]["team"], found["total"]["kept_share"]["n"]) == (1, "billing", 1)
    assert desk.json("/v1/promises/figures?from=2030-01-01")["total"]["promises"] == 0
