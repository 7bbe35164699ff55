"""The OpenAPI document: whole, precise and stable."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from qa_service.api import ROUTERS


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [one | {"path": path, "method": method} for path, item in document["paths"].items() for method, one in item.items()]


def strings(value: Any, key: str) -> list[Any]:
    if isinstance(value, dict):
        return [found for name, inner in value.items() for found in ([inner] if name == key else strings(inner, key))]
    return [found for inner in value for found in strings(inner, key)] if isinstance(value, list) else []


def test_version_and_tags(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert [tag["name"] for tag in document["tags"]] == [one.tag for one in ROUTERS]
    assert all(len(tag["description"]) > 20 for tag in document["tags"])


def test_every_reference_leads_somewhere_and_every_schema_is_used(document: dict[str, Any]) -> None:
    references = {reference for reference in strings(document, "$ref") if isinstance(reference, str)}
    targets = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references == targets


def test_every_schema_is_a_schema(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert re.fullmatch(r"[A-Z][A-Za-z]+", name), name
        assert schema.get("description") or "enum" in schema, name


def test_operations_are_named_described_and_answer_with_problems(document: dict[str, Any]) -> None:
    found = operations(document)
    ids = [one["operationId"] for one in found]
    assert len(set(ids)) == len(ids)
    for one in found:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", one["operationId"])
        assert 5 < len(one["summary"]) < 60
        assert len(one["description"]) > 20
        assert len(one["tags"]) == 1
        assert "application/problem+json" in one["responses"]["default"]["content"]
        assert all(response["description"] for response in one["responses"].values())
        guarded = one["tags"] != ["health"]
        assert bool(one.get("security")) is guarded
        assert ("401" in one["responses"]) is guarded


def test_operation_ids_are_stable(document: dict[str, Any]) -> None:
    """Generated clients carry these names: change one and they break."""
    assert sorted(one["operationId"] for one in operations(document)) == [
        "answer_scorecard",
        "claim_scorecard",
        "finalize_scorecard",
        "get_agent",
        "get_agent_profile",
        "get_batch",
        "get_health",
        "get_interaction",
        "get_interaction_audio",
        "get_interaction_channels",
        "get_interaction_scorecards",
        "get_interaction_signals",
        "get_interaction_transcript",
        "get_job",
        "get_liveness",
        "get_readiness",
        "get_rubric",
        "get_rubric_version",
        "get_scorecard",
        "head_interaction_audio",
        "ingest_batch",
        "ingest_conversations",
        "ingest_emails",
        "ingest_recording",
        "lint_rubric",
        "list_agents",
        "list_batch_items",
        "list_batches",
        "list_interactions",
        "list_jobs",
        "list_ledger_entries",
        "list_rubrics",
        "list_scorecards",
        "list_signals",
        "put_interaction_channels",
        "release_scorecard",
        "verify_ledger",
    ]


def test_posts_take_an_idempotency_key(document: dict[str, Any]) -> None:
    for one in operations(document):
        names = {parameter["name"] for parameter in one.get("parameters", [])}
        assert ("Idempotency-Key" in names) is (one["method"] == "post" and one["operationId"] != "lint_rubric")


def test_what_cannot_be_null_is_not_said_to_be(document: dict[str, Any]) -> None:
    for one in operations(document):
        assert all("anyOf" not in parameter["schema"] for parameter in one.get("parameters", [])), one["operationId"]


def test_fields_are_explained(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    fields = [(name, field, inner) for name, schema in schemas.items() for field, inner in schema.get("properties", {}).items()]
    explained = [one for one in fields if "description" in one[2]]
    assert len(explained) / len(fields) > 0.85
    assert schemas["ScoredCriterion"]["properties"]["answered"]["description"] == "Who gave that answer, when and why."
    assert "seconds" in schemas["ConversationTurn"]["properties"]["start"]["description"]
    assert not [one for one in explained if "``" in one[2]["description"] or ":class:" in one[2]["description"]]


def test_examples_of_bodies_fit_their_schemas(document: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/Conversation", "components": document["components"]}
    content = document["paths"]["/v1/conversations"]["post"]["requestBody"]["content"]["application/json"]
    Draft202012Validator(schema).validate(content["examples"]["one"]["value"])
    for name in ("AnswersIn", "Problem"):
        own = document["components"]["schemas"][name]
        Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]}).validate(own["example"])
