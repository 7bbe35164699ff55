"""Acts: the names of everything that the ledger can tell of, by what they have to do with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _named(start: str, *ends: str) -> tuple[str, ...]:
    return tuple(f"{start}.{end}" for end in ends)


#: In the order in which things go their way through the house.
ACTS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "contacts": (
        *_named(
            "interaction", "ingested", "transcribed", "failed", "marked", "channels_told", "reattributed", "original_read",
            "original_deleted", "held", "released", "readmitted", "erasure_refused", "erased",
        ),
        "customer.erased", *_named("batch", "retried", "cancelled", "exported"), *_named("job", "retried", "cancelled"),
        "call_details.imported", "surveys.imported",
        *_named("recording_import", "begun", "cancelled"),
    ),
    "reviews": (
        *_named(
            "scorecard", "suggested", "claimed", "released", "answered", "undone", "redone", "finalized", "acknowledged", "reopened",
            "opened", "superseded",
        ),
        *_named("queue", "picked", "assigned", "skipped", "withdrawn"), *_named("sampling_plan", "added", "changed"), "sampling.run",
    ),
    "disputes": _named("dispute", "opened", "routed", "decided", "withdrawn"),
    "calibrations": _named(
        "calibration", "created", "answered", "submitted", "revealed", "answers_revealed", "noted", "agreed", "closed", "gold_written"
    ),
    "coaching": (
        *_named(
            "coaching", "planned", "changed", "started", "acknowledged", "session_held", "session_changed", "session_acknowledged", "closed"
        ),
        *_named("consent", "given", "withdrawn"), "recognition.announced",
    ),
    "forms": _named(
        "rubric", "published", "in_force", "retired", "proposed", "proposal_accepted", "proposal_declined", "retirement_proposed",
        "retirement_accepted", "retirement_declined",
    ),
    "searches": (
        *_named("saved_search", "added", "changed", "dropped"), *_named("alert", "raised", "acknowledged"), "search.rebuilt",
        *_named("topics", "built", "edited"),
    ),
    "machine": (
        *_named("learned", "trained", "activated"), *_named("csat_model", "trained", "used"), "accuracy.rebuilt", "policy.changed",
        "targets.changed",
    ),
    "outside": (
        *_named("report", "made", "ready", "failed", "deleted"), *_named("report_schedule", "added", "changed", "removed", "failed"),
        "figures.exported", "ledger.exported", *_named("webhook", "added", "changed", "renewed", "removed", "stopped"),
    ),
    "people": (
        *_named("user", "created", "changed", "linked"), *_named("password", "changed", "reset"),
        *_named("key", "issued", "renewed", "revoked"), *_named("session", "opened", "ended", "refused"), "sessions.ended",
        *_named("database", "backed_up", "restored", "swept"), "work.regulated",
    ),
})  # fmt: skip
#: All of them.
KNOWN: frozenset[str] = frozenset(act for acts in ACTS.values() for act in acts)
