"""Words: which columns of which tables hold any of an interaction, and which rows hang on it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from qa_service.store.interactions import State
from qa_service.store.tables import (
    BatchItemRow,
    CalibrationAgreedRow,
    CalibrationNoteRow,
    CalibrationReviewRow,
    CallDetailRow,
    ContactRow,
    CsatPredictionRow,
    DisputeItemRow,
    DisputeRow,
    InteractionRow,
    JobRow,
    OriginalRow,
    PromiseRow,
    QueueSkipRow,
    RecordingImportItemRow,
    Row,
    SaveRow,
    ScorecardCriterionRow,
    ScorecardRow,
    SearchHitRow,
    SearchInteractionRow,
    SearchPassageRow,
    SearchSignalRow,
    SurveyAnswerRow,
    TranscriptRow,
    core,
)

_NOTHING = "[]"

#: Columns that hold words of or about an interaction, and what takes their place. Every other text column of every table that hangs on
#: interactions holds ids, names of versions, figures or times: a test lists them, so that a new one is not forgotten.
WORDS: Mapping[type[Row], Mapping[str, Any]] = MappingProxyType(
    {
        BatchItemRow: {"file": "", "error": None, "manifest": None},
        CalibrationAgreedRow: {"why": None},
        CalibrationNoteRow: {"text": ""},
        CalibrationReviewRow: {"words": None},
        CallDetailRow: {"customer_id": None},
        ContactRow: {"customer_id": None, "request": None, "says_repeat": None, "says_broken": None, "says_kept": None},
        DisputeItemRow: {"reason": "", "words": None},
        DisputeRow: {"note": None, "closed_because": None},
        InteractionRow: {
            "customer_id": None, "subject": None, "metadata_json": "{}", "source_name": None, "recording_sha256": None, "error": None,
            "state": State.ERASED.value,
        },
        JobRow: {"error": None},
        PromiseRow: {"customer_id": None, "what": ""},
        QueueSkipRow: {"words": None},
        RecordingImportItemRow: {"place": "", "header": None, "error": None},
        ScorecardCriterionRow: {
            "suggestion_why": "", "suggestion_evidence": _NOTHING, "reason": None, "answer_evidence": _NOTHING, "comment": None,
            "note": None,
        },
        ScorecardRow: {"comment": None, "note": None, "erased": True},
        SurveyAnswerRow: {"customer_id": None, "comment": None},
    }
)
#: Tables whose rows of an interaction are nothing but words (or tell what words those were).
GONE: tuple[type[Row], ...] = (
    CsatPredictionRow, OriginalRow, SaveRow, SearchHitRow, SearchInteractionRow, SearchPassageRow, SearchSignalRow, TranscriptRow,
)  # fmt: skip
#: Columns of JSON that holds words among other things, and the keys of those.
PARTLY: Mapping[type[Row], Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        DisputeRow: {"attribution": {"reason": "", "words": None}},
        PromiseRow: {"verdict": {"quote": None}},
        ScorecardRow: {"acknowledged": {"comment": None}},
    }
)


def of_interaction(row: type[Row], interaction: str) -> sa.ColumnElement[bool]:
    """The condition of the rows that hang on an interaction, over however many tables."""
    return _of(core(row), interaction)


def _of(table: sa.Table, interaction: str) -> sa.ColumnElement[bool]:
    if table is core(InteractionRow):
        return table.c.id == interaction
    if "interaction_id" in table.c:
        return table.c.interaction_id == interaction
    key = next(key for key in sorted(table.foreign_keys, key=lambda one: one.parent.name) if leads(key.column.table))
    return key.parent.in_(sa.select(key.column).where(_of(key.column.table, interaction)))


def leads(table: sa.Table) -> bool:
    """Whether a table hangs on interactions, over however many others."""
    if table is core(InteractionRow) or "interaction_id" in table.c:
        return True
    return any(leads(key.column.table) for key in table.foreign_keys if key.column.table is not table)
