"""Rubrics: read by id and version, and linted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]
URL = "/v1/rubrics"
CHAT = (Path(__file__).parent / "rubrics" / "chat.yaml").read_text(encoding="utf-8")
YAML = {"Content-Type": "application/yaml"}


def test_the_rubrics_in_force(api: Any) -> None:
    found = {one["rubric"]: one for one in api.json(URL)["items"]}
    assert set(found) == {"chat-small", "phone-small", "email-small"}
    assert (found["chat-small"]["criteria"], found["chat-small"]["title"]["fa"]) == (3, "فرم کوچک گفت‌وگو")


def test_a_whole_rubric(api: Any) -> None:
    answer = api.get(f"{URL}/chat-small")
    body = answer.json()
    assert answer.headers["etag"] == f'"{body["fingerprint"]}"'
    greeting, tone, apology = body["sections"][0]["criteria"]
    assert greeting["detect"] == {"said": {"by": "agent", "phrases": {"en": ["hello"], "fa": ["سلام"], "ar": ["مرحبا"]}}}
    assert [option["id"] for option in tone["options"]] == ["yes", "no"]
    assert apology["severity"] == "customer"
    assert apology["applies_when"] is not None
    assert api.json(f"{URL}/chat-small/versions/1") == body
    assert api.get(f"{URL}/chat-small/versions/1", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/nobody", "/chat-small/versions/2", "/nobody/versions/1"])
def test_what_is_not_there(api: Any, problem: Problem, path: str) -> None:
    assert problem(api.get(URL + path), 404, "not_found")["field"] == "rubric"


@pytest.mark.parametrize("version", ["0", "-1", "x", "9" * 40, "1.5"])
def test_versions_that_are_none(api: Any, problem: Problem, version: str) -> None:
    assert problem(api.get(f"{URL}/chat-small/versions/{version}"), 422, "invalid_request")["field"] == "version"


def test_lint_of_a_good_one(api: Any) -> None:
    found = api.post(f"{URL}/lint", content=CHAT.encode(), headers=YAML).json()
    assert found["valid"] is True
    assert all(one["level"] == "warning" for one in found["faults"])


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("weight: 5", "wieght: 5", 13, "wieght"),
        ("detect: manual", "detect: {signal: {name: silence.longets, at_most: 5s}}", 19, "silence.longets"),
        ("id: tone", "id: greeting", 16, "twice"),
        ("version: 1", "version: yes", 3, "version"),
    ],
)
def test_lint_names_line_and_fault(api: Any, old: str, new: str, line: int, said: str) -> None:
    assert old in CHAT
    found = api.post(f"{URL}/lint", content=CHAT.replace(old, new, 1).encode(), headers=YAML).json()
    assert found["valid"] is False
    faults = [one for one in found["faults"] if one["level"] == "error"]
    assert line in [one["line"] for one in faults], faults
    assert any(said in f"{one['path']} {one['message']}" for one in faults)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\t", b"- 1", b"a: &a [*a]", b"\x00", b"!!python/object:os.system {}", b"[" * 5000, b"a: b: c"]
)
def test_lint_survives_everything(api: Any, body: bytes) -> None:
    answer = api.post(f"{URL}/lint", content=body, headers=YAML)
    assert answer.status_code == 200
    assert answer.json()["valid"] is False
    assert answer.json()["faults"]


def test_lint_of_what_is_no_text(api: Any, problem: Problem) -> None:
    assert problem(api.post(f"{URL}/lint", content=b"a: 1\nb: \xff", headers=YAML), 422, "input")["line"] == 2
    problem(api.post(f"{URL}/lint", json={}), 415, "unsupported_media_type")


def test_what_a_new_version_would_change(api: Any) -> None:
    """Greeting and apology weigh 5 each and the tone is for people: 10 of 10 becomes 5 of 10 where "hello" is no greeting any more."""
    api.chat("diff-1")
    changed = CHAT.replace("version: 1", "version: 2").replace("en: [hello]", "en: [welcome]")
    found = api.post(f"{URL}/diff?last=50", content=changed.encode(), headers=YAML).json()
    assert [change["place"] for change in found["diff"]["changes"]] == ["opening.greeting.detect"]
    assert (found["diff"]["weight"], found["diff"]["old"]["version"], found["diff"]["new"]["version"]) == ("detection", 1, 2)
    (one,) = (one for one in found["rescoring"]["moved"] if one["interaction"] == "diff-1")
    assert (one["agent"], one["old"], one["new"]) == ("a17", 100.0, 50.0)
    assert [(moved["criterion"], moved["old"], moved["new"]) for moved in one["moved"]] == [("greeting", "yes", "no")]
    forms = api.post(f"{URL}/diff?last=0&version=1", content=changed.encode(), headers=YAML).json()
    assert (forms["rescoring"], forms["diff"]) == (None, found["diff"])
    assert api.json(f"{URL}/chat-small")["version"] == 1, "nothing is stored"


def test_the_version_must_be_raised(api: Any) -> None:
    changed = CHAT.replace("weight: 5", "weight: 6", 1)
    advice = api.post(f"{URL}/diff?last=0", content=changed.encode(), headers=YAML).json()["advice"]
    assert advice == "raise version to 2: opening.greeting.weight: 5.0 becomes 6.0"
    faults = api.post(f"{URL}/lint", content=changed.encode(), headers=YAML).json()["faults"]
    assert [(one["line"], one["hint"]) for one in faults if one["level"] == "error"] == [(3, "raise version to 2")]


@pytest.mark.parametrize(
    ("body", "query", "status", "code", "field"),
    [
        (CHAT.replace("chat-small", "nobody"), "", 404, "not_found", "rubric"),
        (CHAT, "?version=9", 404, "not_found", "rubric"),
        (CHAT, "?version=0", 422, "invalid_request", "version"),
        (CHAT, "?last=201", 422, "invalid_request", "last"),
        (CHAT.replace("channel: chat", "channel: phone"), "", 422, "input", "channel"),
        (CHAT.replace("weight: 5", "wieght: 5", 1), "", 422, "rubric", None),
    ],
)
def test_a_comparison_that_cannot_be(api: Any, problem: Problem, body: str, query: str, status: int, code: str, field: str | None) -> None:
    told = problem(api.post(f"{URL}/diff{query}", content=body.encode(), headers=YAML), status, code)
    assert field is None or told["field"] == field
