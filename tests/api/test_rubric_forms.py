"""Forms of other products over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

Problem = Callable[..., dict[str, Any]]
URL = "/v1/rubric-forms"


@pytest.mark.parametrize(("kind", "member"), [("amazon-connect", "Items"), ("genesys", "questionGroups")])
def test_out_and_in_again(api: Any, kind: str, member: str) -> None:
    made = api.json(f"{URL}/{kind}/chat-small?language=fa")
    assert len(made["form"][member]) == 1
    assert {note["fidelity"] for note in made["notes"]} <= {"lost", "changed"}
    assert made["notes"]
    read = api.post(f"{URL}/{kind}?channel=chat&id=back&language=fa", json=made["form"])
    assert read.status_code == 200, read.text
    rubric = yaml.safe_load(read.json()["yaml"])
    assert (rubric["rubric"], rubric["channel"]) == ("back", "chat")
    assert len(rubric["sections"][0]["criteria"]) == 3
    lint = api.post("/v1/rubrics/lint", content=read.json()["yaml"].encode(), headers={"Content-Type": "application/yaml"})
    assert lint.json()["valid"], lint.text


def test_bad_input_is_told(api: Any, problem: Problem) -> None:
    assert problem(api.get(f"{URL}/excel/chat-small"), 422, "input")["field"] == "kind"
    assert problem(api.get(f"{URL}/genesys/nobody"), 404, "not_found")["field"] == "rubric"
    json = {"Content-Type": "application/json"}
    broken = problem(api.post(f"{URL}/genesys?channel=chat", content=b'{"name":\n', headers=json), 422, "input")
    assert broken["line"] == 2
    assert problem(api.post(f"{URL}/genesys?channel=chat", content=b"{}", headers=json), 422, "input")["field"] == "name"
    assert problem(api.post(f"{URL}/genesys?channel=fax", content=b"{}", headers=json), 422, "invalid_request")
    plain = api.post(f"{URL}/genesys?channel=chat", content=b"{}", headers={"Content-Type": "text/plain"})
    assert problem(plain, 415, "unsupported_media_type")
