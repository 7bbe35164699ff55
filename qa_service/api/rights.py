"""Which right each operation of the API takes; an operation that is not in the table cannot be called (a test holds it to be whole)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from qa_service.domain.permission import Right

_BY_RIGHT: Mapping[Right, tuple[str, ...]] = {
    Right.READ_INTERACTIONS: (
        "list_interactions", "get_interaction", "get_interaction_transcript", "get_interaction_signals", "get_interaction_audio",
        "head_interaction_audio", "get_interaction_channels", "search_turns", "get_search_coverage",
    ),
    Right.INGEST: ("ingest_recording", "ingest_conversations", "ingest_emails", "ingest_batch", "import_call_details", "import_surveys",
                   "import_recordings", "cancel_recording_import",
                   "retry_batch", "cancel_batch", "retry_job", "retry_jobs", "cancel_job"),
    Right.CORRECT_INTERACTIONS: ("put_interaction_channels", "put_interaction_purpose",),
    Right.ERASE: ("erase_interaction", "erase_customer", "get_hold", "hold_interaction", "release_interaction"),
    Right.READ_ORIGINALS: ("get_interaction_original", "get_interaction_original_audio", "delete_interaction_original"),
    Right.READ_JOBS: (
        "list_work_queues", "list_jobs", "get_job", "list_batches", "get_batch", "list_batch_items", "list_sources",
        "list_recording_imports", "get_recording_import", "list_recording_import_items",
    ),
    Right.SAVE_SEARCHES: (
        "list_saved_searches", "add_saved_search", "get_saved_search", "patch_saved_search", "delete_saved_search",
        "list_saved_search_hits", "list_alerts", "get_alert", "acknowledge_alert",
    ),
    Right.READ_HISTORY: ("get_phrase_trend", "get_signal_trend", "get_topic_trend", "get_customer_journey", "get_promise_figures",
        "list_topics", "list_promises", "get_contact", "get_contact_figures"),
    Right.EDIT_TOPICS: ("patch_topic",),
    Right.READ_RUBRICS: (
        "list_rubrics", "get_rubric", "get_rubric_version", "list_rubric_versions", "get_rubric_source", "list_signals",
    ),
    Right.WRITE_RUBRICS: (
        "lint_rubric", "diff_rubric", "publish_rubric_version", "write_rubric_form", "read_rubric_form", "decide_rubric_proposal",
        "get_validity", "retire_criterion", "list_retirements", "decide_retirement",
    ),
    Right.LEARN: (
        "list_learned", "get_learned", "train_learned", "use_learned", "list_csat_models", "get_csat_model", "train_csat_model",
        "use_csat_model",
    ),
    Right.READ_OUTCOMES: ("get_satisfaction", "get_predicted_satisfaction", "get_churn", "get_effort"),
    Right.READ_SCORECARDS: ("list_scorecards", "get_scorecard", "get_scorecard_versions", "get_interaction_scorecards"),
    Right.REVIEW: (
        "claim_scorecard", "release_scorecard", "answer_scorecard", "undo_scorecard", "redo_scorecard", "get_needed_answers",
        "finalize_scorecard",
    ),
    Right.REOPEN: ("reopen_scorecard",),
    Right.ACKNOWLEDGE: ("acknowledge_scorecard",),
    Right.DISPUTE: ("open_dispute", "withdraw_dispute"),
    Right.READ_DISPUTES: ("list_disputes", "get_dispute"),
    Right.DECIDE_DISPUTES: ("decide_dispute",),
    Right.MANAGE_DISPUTES: ("route_dispute", "get_dispute_outcomes"),
    Right.WORK_QUEUE: ("list_queue", "get_queue_item", "next_queue_item", "skip_queue_item", "list_reviewers", "get_reviewer"),
    Right.MANAGE_SAMPLING: (
        "get_queue_figures", "assign_queue", "withdraw_queue_item", "list_sampling_plans", "add_sampling_plan", "get_sampling_plan",
        "patch_sampling_plan", "list_sampling_runs", "run_sampling_plan", "get_sampling_run",
    ),
    Right.READ_AUDIT_LANE: ("get_accuracy", "get_reviewer_severity"),
    Right.READ_POLICY: ("get_policy",),
    Right.MANAGE_POLICY: ("put_policy", "list_policy_versions", "finalize_automatically"),
    Right.CALIBRATE: (
        "list_calibrations", "get_calibration", "get_calibration_answers", "put_calibration_answers", "submit_calibration_answers",
        "get_calibration_results", "add_calibration_note", "propose_rubric_wording", "list_rubric_proposals",
    ),
    Right.MANAGE_CALIBRATIONS: (
        "create_calibration", "reveal_calibration", "agree_calibration", "close_calibration", "write_calibration_gold",
    ),
    Right.READ_FIGURES: ("get_figures", "list_indicators", "list_breaches", "get_targets"),
    Right.EXPORT_FIGURES: ("export_figures", "export_batch_results"),
    Right.MANAGE_TARGETS: ("put_targets", "list_target_versions"),
    Right.READ_AGENTS: (
        "list_agents", "get_agent", "get_agent_profile", "get_agent_swot", "list_teams", "get_team_profile", "get_team_swot",
    ),
    Right.READ_COACHING: (
        "list_coaching_plans", "get_coaching_plan", "list_coaching_examples", "get_coaching_effect", "list_coaching_sessions",
        "get_coaching_session", "get_example_consent", "list_announcements", "get_announcement",
    ),
    Right.COACH: (
        "get_coaching_priorities", "create_coaching_plan", "patch_coaching_plan", "start_coaching_plan", "close_coaching_plan",
        "hold_coaching_session", "patch_coaching_session", "get_coaching_summary", "get_recognition",
    ),
    Right.ACKNOWLEDGE_COACHING: ("acknowledge_coaching_plan", "acknowledge_coaching_session", "put_example_consent"),
    Right.RECOGNISE: ("announce_recognition",),
    Right.MANAGE_USERS: ("list_users", "create_user", "get_user", "patch_user", "reset_user_password", "end_user_sessions"),
    Right.SELF: (
        "get_me", "put_password", "list_sessions", "get_current_session", "end_current_session", "end_session", "end_sessions",
        "list_keys", "issue_key", "revoke_key",
    ),
    Right.MANAGE_WEBHOOKS: (
        "list_webhooks", "add_webhook", "get_webhook", "change_webhook", "remove_webhook", "renew_webhook_secret", "ping_webhook",
        "list_webhook_deliveries", "repeat_webhook_delivery",
    ),
    Right.MAKE_REPORTS: (
        "create_report", "list_reports", "get_report", "get_report_content", "delete_report", "list_report_schedules",
        "add_report_schedule", "get_report_schedule", "change_report_schedule", "remove_report_schedule",
    ),
    Right.MANAGE_WORK: ("put_work_queue",),
    Right.READ_METRICS: ("get_metrics",),
    Right.READ_LEDGER: ("list_ledger_entries", "get_ledger_head", "verify_ledger", "replay_scorecard"),
}

#: Operation id to right.
RIGHTS: Mapping[str, Right] = MappingProxyType({operation: right for right, operations in _BY_RIGHT.items() for operation in operations})
