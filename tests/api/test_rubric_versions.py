"""Versions of rubrics: listed, read as they were written, and published by leads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]
URL = "/v1/rubrics/email-small/versions"
EMAIL = "# ours\n" + (Path(__file__).parent / "rubrics" / "email.yaml").read_text(encoding="utf-8")
YAML = {"Content-Type": "application/yaml"}


def test_a_version_is_published(api: Any, problem: Problem) -> None:
    seen = api.get("/v1/rubrics/email-small").headers["etag"]
    text = EMAIL.replace("version: 1", "version: 2").replace("weight: 5", "weight: 6", 1)
    assert text != EMAIL
    answer = api.post(f"{URL}?words=heavier", content=text.encode(), headers={**YAML, "If-Match": seen, "Idempotency-Key": "p-1"})
    assert answer.status_code == 201, answer.text
    assert (answer.json()["version"], answer.json()["words"], answer.json()["in_force"]) == (2, "heavier", True)
    assert answer.headers["etag"] == api.get("/v1/rubrics/email-small").headers["etag"] != seen
    again = api.post(f"{URL}?words=heavier", content=text.encode(), headers={**YAML, "If-Match": seen, "Idempotency-Key": "p-1"})
    assert again.headers["idempotency-replayed"] == "true"
    assert [one["version"] for one in api.json(URL)["items"]] == [2, 1]
    source = api.get(f"{URL}/2/source")
    assert source.headers["content-type"] == "application/yaml; charset=utf-8"
    assert source.text == text
    later = text.replace("version: 2", "version: 3").replace("weight: 6", "weight: 7", 1)
    told = problem(api.post(URL, content=later.encode(), headers={**YAML, "If-Match": seen}), 412, "stale_version")
    assert "version 2 came meanwhile" in told["detail"]
    changed = text.replace("weight: 6", "weight: 8", 1)
    assert problem(api.post(URL, content=changed.encode(), headers=YAML), 409, "conflict")["field"] == "version"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"- 1", YAML, 422, "rubric"), (b"a: \xff", YAML, 422, "input"), (b"{}", {"Content-Type": "application/json"}, 415, None),
        (b"a: 1", {**YAML, "If-Match": "2"}, 422, "input"), (b"a: 1", {**YAML, "If-Match": '"a", "b"'}, 422, "input"),
    ],
)
def test_what_is_no_version(api: Any, problem: Problem, body: bytes, headers: dict[str, str], status: int, code: str | None) -> None:
    problem(api.post(URL, content=body, headers=headers), status, code or "unsupported_media_type")


def test_one_interaction_by_both(api: Any, problem: Problem) -> None:
    api.chat("diff-one")
    chat = (Path(__file__).parent / "rubrics" / "chat.yaml").read_text(encoding="utf-8")
    text = chat.replace("version: 1", "version: 2").replace("en: [hello]", "en: [welcome]")
    found = api.post("/v1/rubrics/diff?interaction=diff-one", content=text.encode(), headers=YAML).json()
    assert [one["interaction"] for one in found["rescoring"]["moved"]] == ["diff-one"]
    assert found["rescoring"]["interactions"] == 1
    problem(api.post("/v1/rubrics/diff?interaction=nobody", content=text.encode(), headers=YAML), 404, "not_found")


@pytest.mark.parametrize("path", ["/v1/rubrics/nobody/versions", f"{URL}/99/source"])
def test_what_is_not_there(api: Any, problem: Problem, path: str) -> None:
    problem(api.get(path), 404, "not_found")
