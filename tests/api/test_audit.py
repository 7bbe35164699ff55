"""Audit: the ledger in pages, its chain checked, and tampering told."""

from __future__ import annotations

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
    assert api.json("/v1/audit/verify") == {"valid": True, "entries": len(seen), "first_bad": None, "message": None}


@pytest.mark.parametrize("cursor", ["x", "W10", "Wy0xXQ", "WzFd====", "é", "WyIyMDI2IiwgImEiXQ", "W10K", "%00"])
def test_forged_cursors(api: Any, problem: Problem, cursor: str) -> None:
    for path in ("/v1/audit", "/v1/jobs", "/v1/interactions", "/v1/scorecards", "/v1/agents", "/v1/batches"):
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
