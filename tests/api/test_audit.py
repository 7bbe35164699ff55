"""Audit: the ledger in pages, its chain checked, and tampering told."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]


def test_entries_and_pages(api: Any) -> None:
    for number in range(3):
        api.chat(f"a-{number}")
    seen: list[int] = []
    page = api.json("/v1/audit?limit=2")
    while True:
        seen += [one["sequence"] for one in page["items"]]
        if page["next"] is None:
            break
        page = api.json(f"/v1/audit?limit=2&cursor={page['next']}")
    assert seen == list(range(1, len(seen) + 1))
    assert [one["action"] for one in api.json("/v1/audit?subject=interaction/a-0")["items"]] == ["interaction.ingested"]
    found = api.json("/v1/audit/verify")
    head = api.json("/v1/audit/head")
    assert head == {"sequence": len(seen), "hash": head["hash"], "anchor": f"{len(seen)}:{head['hash']}"}
    told = {"valid": True, "entries": len(seen), "emptied": 0, "head": head["anchor"], "first_bad": None, "message": None}
    assert found == told
    assert api.json(f"/v1/audit/verify?head={head['anchor']}") == told
    other = api.json(f"/v1/audit/verify?head={len(seen) + 1}:{'0' * 64}")
    assert (other["valid"], other["first_bad"]) == (False, len(seen) + 1)
    assert "cut off" in other["message"]


@pytest.mark.parametrize("head", ["x", "5", "5:abc", "-1:" + "0" * 64])
def test_what_is_no_head_is_told(api: Any, problem: Problem, head: str) -> None:
    assert problem(api.get(f"/v1/audit/verify?head={head}"), 422, "input")["field"] == "head"


def test_filters(api: Any) -> None:
    card = api.chat("filtered")
    about = api.json("/v1/audit?interaction=filtered")["items"]
    assert [one["action"] for one in about] == ["interaction.ingested", "scorecard.suggested"]
    assert {one["interaction"] for one in about} == {"filtered"}
    assert [one["subject"] for one in api.json("/v1/audit?interaction=filtered&action=scorecard.")["items"]] == [f"scorecard/{card}"]
    assert api.json("/v1/audit?interaction=filtered&actor=nobody")["items"] == []
    assert api.json("/v1/audit?interaction=filtered&to=2020-01-01")["items"] == []
    assert len(api.json("/v1/audit?interaction=filtered&from=2020-01-01")["items"]) == 2


@pytest.mark.parametrize("cursor", ["x", "W10", "Wy0xXQ", "WzFd====", "é", "WyIyMDI2IiwgImEiXQ", "W10K", "%00"])
def test_forged_cursors(api: Any, problem: Problem, cursor: str) -> None:
    for path in ("/v1/audit", "/v1/jobs", "/v1/interactions", "/v1/scorecards", "/v1/agents", "/v1/batches"):
        assert problem(api.get(f"{path}?cursor={cursor}"), 422, "input")["field"] == "cursor"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_forged_cursors_at_the_ends_of_the_calendar(api: Any, problem: Problem, moment: str) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps([moment, "x"], separators=(",", ":")).encode()).decode().rstrip("=")
    for path in ("/v1/jobs", "/v1/interactions", "/v1/scorecards", "/v1/agents", "/v1/batches", "/v1/users", "/v1/calibrations"):
        assert problem(api.get(f"{path}?cursor={cursor}"), 422, "input")["field"] == "cursor"


def test_tampering_is_told(api: Any) -> None:
    api.chat("tampered")
    with sqlite3.connect(api.data_dir / "qa_service.sqlite") as database:
        triggers = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger'")]
        assert triggers
        for name in triggers:
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE ledger SET actor = 'nobody' WHERE sequence = 2")
    database.close()
    found = api.json("/v1/audit/verify")
    assert (found["valid"], found["entries"], found["first_bad"]) == (False, 1, 2)


def test_acts_tell_nothing_of_what_is_being_reviewed_blindly(api: Any, client: Any) -> None:
    card = api.chat("blind-act")
    with client.app.state.services.database.unit() as unit:
        assert unit.scorecards.make_blind([card]) == (card,)
    path = "/v1/audit?interaction=blind-act&action=scorecard."
    assert api.post(f"/v1/scorecards/{card}/claim").status_code == 200
    answers = [{"criterion": one, "answer": "no"} for one in ("greeting", "apology", "tone")]
    saved = api.call("PATCH", f"/v1/scorecards/{card}/answers", json={"answers": answers}, headers={"If-Match": "*"})
    assert saved.status_code == 200, saved.text
    hidden = api.json(path)["items"]
    assert [one["action"] for one in hidden] == ["scorecard.suggested", "scorecard.claimed", "scorecard.answered"]
    assert all((one["content"], one["salt"]) == (None, None) and one["digest"] for one in hidden)
    # As entries of version 0.4 and before are: they name their scorecard alone.
    with client.app.state.services.database.unit() as unit:
        act = {"actor": "x", "action": "scorecard.suggested", "subject": f"scorecard/{card}", "content": {"greeting": "yes"}}
        unit.ledger.append(at=client.app.state.services.clock(), **act)
    (old,) = api.json(f"/v1/audit?subject=scorecard/{card}&actor=x")["items"]
    assert (old["interaction"], old["content"]) == (None, None)
    assert api.post(f"/v1/scorecards/{card}/finalize").status_code == 200
    told = api.json(path)["items"]
    assert all(one["content"] and one["salt"] for one in told)
    assert "suggest" in str(told[0]["content"])
