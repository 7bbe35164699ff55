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
        (resource,) = (resource for resource in ROUTERS if resource.tag == one["tags"][0])
        assert bool(one.get("security")) is not resource.open
        # Signing in is open, and may fail.
        assert "401" in one["responses"] or resource.open


def test_operation_ids_are_stable(document: dict[str, Any]) -> None:
    """Generated clients carry these names: change one and they break."""
    assert sorted(one["operationId"] for one in operations(document)) == [
        "acknowledge_alert",
        "acknowledge_coaching_plan",
        "acknowledge_coaching_session",
        "acknowledge_scorecard",
        "add_calibration_note",
        "add_report_schedule",
        "add_sampling_plan",
        "add_saved_search",
        "add_webhook",
        "agree_calibration",
        "announce_recognition",
        "answer_scorecard",
        "assign_queue",
        "begin_oidc_sign_in",
        "cancel_batch",
        "cancel_job",
        "cancel_recording_import",
        "change_report_schedule",
        "change_webhook",
        "claim_scorecard",
        "close_calibration",
        "close_coaching_plan",
        "create_calibration",
        "create_coaching_plan",
        "create_report",
        "create_user",
        "decide_dispute",
        "decide_retirement",
        "decide_rubric_proposal",
        "delete_interaction_original",
        "delete_report",
        "delete_saved_search",
        "diff_rubric",
        "end_current_session",
        "end_session",
        "end_sessions",
        "end_user_sessions",
        "erase_customer",
        "erase_interaction",
        "export_batch_results",
        "export_figures",
        "finalize_automatically",
        "finalize_scorecard",
        "finish_oidc_sign_in",
        "get_accuracy",
        "get_agent",
        "get_agent_profile",
        "get_agent_swot",
        "get_alert",
        "get_announcement",
        "get_batch",
        "get_calibration",
        "get_calibration_answers",
        "get_calibration_results",
        "get_churn",
        "get_coaching_effect",
        "get_coaching_plan",
        "get_coaching_priorities",
        "get_coaching_session",
        "get_coaching_summary",
        "get_contact",
        "get_contact_figures",
        "get_csat_model",
        "get_current_session",
        "get_customer_journey",
        "get_dispute",
        "get_dispute_outcomes",
        "get_effort",
        "get_example_consent",
        "get_figures",
        "get_health",
        "get_hold",
        "get_interaction",
        "get_interaction_audio",
        "get_interaction_channels",
        "get_interaction_original",
        "get_interaction_original_audio",
        "get_interaction_scorecards",
        "get_interaction_signals",
        "get_interaction_transcript",
        "get_job",
        "get_learned",
        "get_ledger_head",
        "get_liveness",
        "get_me",
        "get_metrics",
        "get_needed_answers",
        "get_phrase_trend",
        "get_policy",
        "get_predicted_satisfaction",
        "get_promise_figures",
        "get_queue_figures",
        "get_queue_item",
        "get_readiness",
        "get_recognition",
        "get_recording_import",
        "get_report",
        "get_report_content",
        "get_report_schedule",
        "get_reviewer",
        "get_reviewer_severity",
        "get_rubric",
        "get_rubric_source",
        "get_rubric_version",
        "get_sampling_plan",
        "get_sampling_run",
        "get_satisfaction",
        "get_saved_search",
        "get_scorecard",
        "get_scorecard_versions",
        "get_search_coverage",
        "get_signal_trend",
        "get_targets",
        "get_team_profile",
        "get_team_swot",
        "get_topic_trend",
        "get_user",
        "get_validity",
        "get_webhook",
        "head_interaction_audio",
        "hold_coaching_session",
        "hold_interaction",
        "import_call_details",
        "import_recordings",
        "import_surveys",
        "ingest_batch",
        "ingest_conversations",
        "ingest_emails",
        "ingest_recording",
        "issue_key",
        "lint_rubric",
        "list_agents",
        "list_alerts",
        "list_announcements",
        "list_batch_items",
        "list_batches",
        "list_breaches",
        "list_calibrations",
        "list_coaching_examples",
        "list_coaching_plans",
        "list_coaching_sessions",
        "list_csat_models",
        "list_disputes",
        "list_indicators",
        "list_interactions",
        "list_jobs",
        "list_keys",
        "list_learned",
        "list_ledger_entries",
        "list_policy_versions",
        "list_promises",
        "list_queue",
        "list_recording_import_items",
        "list_recording_imports",
        "list_report_schedules",
        "list_reports",
        "list_retirements",
        "list_reviewers",
        "list_rubric_proposals",
        "list_rubric_versions",
        "list_rubrics",
        "list_sampling_plans",
        "list_sampling_runs",
        "list_saved_search_hits",
        "list_saved_searches",
        "list_scorecards",
        "list_sessions",
        "list_signals",
        "list_sources",
        "list_target_versions",
        "list_teams",
        "list_topics",
        "list_users",
        "list_webhook_deliveries",
        "list_webhooks",
        "list_work_queues",
        "next_queue_item",
        "open_dispute",
        "patch_coaching_plan",
        "patch_coaching_session",
        "patch_sampling_plan",
        "patch_saved_search",
        "patch_topic",
        "patch_user",
        "ping_webhook",
        "propose_rubric_wording",
        "publish_rubric_version",
        "put_calibration_answers",
        "put_example_consent",
        "put_interaction_channels",
        "put_interaction_purpose",
        "put_password",
        "put_policy",
        "put_targets",
        "put_work_queue",
        "read_rubric_form",
        "redo_scorecard",
        "release_interaction",
        "release_scorecard",
        "remove_report_schedule",
        "remove_webhook",
        "renew_webhook_secret",
        "reopen_scorecard",
        "repeat_webhook_delivery",
        "replay_scorecard",
        "reset_user_password",
        "retire_criterion",
        "retry_batch",
        "retry_job",
        "retry_jobs",
        "reveal_calibration",
        "revoke_key",
        "route_dispute",
        "run_sampling_plan",
        "search_turns",
        "sign_in",
        "skip_queue_item",
        "start_coaching_plan",
        "submit_calibration_answers",
        "train_csat_model",
        "train_learned",
        "undo_scorecard",
        "use_csat_model",
        "use_learned",
        "verify_ledger",
        "withdraw_dispute",
        "withdraw_queue_item",
        "write_calibration_gold",
        "write_rubric_form",
    ]


def test_posts_take_an_idempotency_key(document: dict[str, Any]) -> None:
    for one in operations(document):
        names = {parameter["name"] for parameter in one.get("parameters", [])}
        stores_nothing = one["operationId"] in ("lint_rubric", "diff_rubric", "read_rubric_form")
        # What was answered is kept for a retry; secrets are not.
        tells_a_secret = one["operationId"] in ("sign_in", "issue_key", "reset_user_password", "add_webhook", "renew_webhook_secret")
        assert ("Idempotency-Key" in names) is (one["method"] == "post" and not stores_nothing and not tells_a_secret)


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


#: Strings that reach no column as they are: looked up in a form or transcript, folded, parsed, or cleaned when they are read.
LOOKED_UP = {
    "AgentRef", "Conversation", "ConversationTurn", "ConversationWord", "GivenAnswerIn.answer", "GivenAnswerIn.criterion",
    "GivenEvidence.quote", "ProposalIn.criterion", "RunIn.period", "SignInBody.login", "UserIn.login",
}  # fmt: skip


def free_strings(document: dict[str, Any], schema: dict[str, Any], at: str, seen: set[str]) -> set[str]:
    """Places of strings that may hold any character."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        known, _ = name in seen, seen.add(name)
        return set() if known else free_strings(document, document["components"]["schemas"][name], name, seen)
    inner = [(one, at) for key in ("anyOf", "oneOf", "allOf", "prefixItems") for one in schema.get(key, [])]
    inner += [(schema[key], at) for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    inner += [(one, f"{at}.{name}") for name, one in schema.get("properties", {}).items()]
    free = schema.get("type") == "string" and not {"pattern", "enum", "const", "format", "contentMediaType"} & set(schema)
    return ({at} if free else set()).union(*(free_strings(document, one, where, seen) for one, where in inner))


def test_words_that_are_stored_hold_no_nul(document: dict[str, Any]) -> None:
    """PostgreSQL refuses it, and nobody means it: what people write has a pattern."""
    bodies = [one["requestBody"]["content"] for one in operations(document) if "requestBody" in one]
    schemas = [content["application/json"]["schema"] for content in bodies if "application/json" in content]
    seen: set[str] = set()
    found = set().union(*(free_strings(document, one, "body", seen) for one in schemas))
    assert {one for one in found if one not in LOOKED_UP and one.split(".")[0] not in LOOKED_UP} == set()
