"""All tables; importing this package fills the metadata that migrations are compared with."""

from __future__ import annotations

from qa_service.store.tables.agents import AgentRow
from qa_service.store.tables.base import Row, core
from qa_service.store.tables.batches import BatchItemRow, BatchRow
from qa_service.store.tables.idempotency import IdempotencyRow
from qa_service.store.tables.interactions import InteractionRow
from qa_service.store.tables.jobs import JobRow
from qa_service.store.tables.keys import ApiKeyRow
from qa_service.store.tables.ledger import LedgerRow
from qa_service.store.tables.recordings import RecordingRow
from qa_service.store.tables.rubrics import RubricRow
from qa_service.store.tables.scorecards import ScorecardCriterionRow, ScorecardRow
from qa_service.store.tables.transcripts import SignalSetRow, TranscriptRow

__all__ = [
    "AgentRow", "ApiKeyRow", "BatchItemRow", "BatchRow", "IdempotencyRow", "InteractionRow", "JobRow", "LedgerRow", "RecordingRow", "Row",
    "RubricRow", "ScorecardCriterionRow", "ScorecardRow", "SignalSetRow", "TranscriptRow", "core",
]
