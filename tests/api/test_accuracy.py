"""Audited accuracies over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def audited(api: Any, client: Any) -> Any:
    """One chat, reviewed blindly: every suggestion is contradicted but that of the greeting."""
    card = api.chat("blind-1")
    with client.app.state.services.database.unit() as unit:
        assert unit.scorecards.make_blind([card]) == (card,)
    claimed = api.post(f"/v1/scorecards/{card}/claim").json()
    answers = [{"criterion": one["id"], "answer": "yes" if one["id"] == "greeting" else "no"} for one in claimed["criteria"]]
    saved = api.call("PATCH", f"/v1/scorecards/{card}/answers", json={"answers": answers}, headers={"If-Match": "*"})
    assert saved.status_code == 200, saved.text
    assert api.post(f"/v1/scorecards/{card}/finalize").status_code == 200
    return api


def test_criteria_with_intervals_and_verdicts(audited: Any) -> None:
    report = audited.json("/v1/accuracy")
    assert (report["policy"], report["accept_at"], report["accept_least"], report["auto_at"]) == (1, 0.9, 20, 0.95)
    greeting = next(one for one in report["items"] if one["criterion"] == "greeting" and one["audited"]["answers"])
    assert greeting["audited"]["accuracy"] == {"n": 1, "effective": 1.0, "value": 1.0, "low": 0.206549, "high": 1.0}
    assert (greeting["verdict"], greeting["why"], greeting["automatic"], greeting["in_force"]) == ("too_few", None, False, True)
    assert greeting["anchoring"]["told"] == "nobody has reviewed with it in sight"
    assert greeting["audited"]["by_language"][0]["language"] == "en"
    assert {one["rubric"] for one in report["items"]} > {greeting["rubric"]}


def test_one_rubric_and_history(audited: Any, problem: Problem) -> None:
    (name,) = {one["rubric"] for one in audited.json("/v1/accuracy")["items"] if one["audited"]["answers"]}
    for query in ("", "&in_force=false"):
        assert {one["rubric"] for one in audited.json(f"/v1/accuracy?rubric={name}{query}")["items"]} == {name}
    problem(audited.get("/v1/accuracy?rubric=nothing"), 404, "not_found")
    problem(audited.get("/v1/accuracy?in_force=perhaps"), 422, "invalid_request")


def test_only_who_calls_with_a_key_may_know(client: Any, problem: Problem) -> None:
    problem(client.get("/v1/accuracy"), 401, "authentication")
