"""All tables; importing this package fills the metadata that migrations are compared with."""

from __future__ import annotations

from qa_service.store.tables.accuracies import AccuracyRow
from qa_service.store.tables.agents import AgentRow
from qa_service.store.tables.base import Row, core
from qa_service.store.tables.batches import BatchItemRow, BatchRow
from qa_service.store.tables.calibrations import (
    CalibrationAgreedRow,
    CalibrationInteractionRow,
    CalibrationMemberRow,
    CalibrationNoteRow,
    CalibrationReviewRow,
    CalibrationRow,
)
from qa_service.store.tables.call_details import CallDetailRow
from qa_service.store.tables.coaching import (
    AnnouncementRow,
    CoachingPlanRow,
    CoachingPriorityRow,
    CoachingSessionRow,
    ConsentRow,
)
from qa_service.store.tables.contacts import ContactRow
from qa_service.store.tables.disputes import DisputeItemRow, DisputeRow
from qa_service.store.tables.erasures import DeletionRow, HoldRow
from qa_service.store.tables.facts import FactRow, FigureChangeRow, FigureFormRow, FigureStateRow, RollupRow
from qa_service.store.tables.idempotency import IdempotencyRow
from qa_service.store.tables.identities import IdentityRow, ReturnRow
from qa_service.store.tables.interactions import InteractionRow
from qa_service.store.tables.jobs import JobRow
from qa_service.store.tables.keys import ApiKeyRow
from qa_service.store.tables.learned import LearnedRow
from qa_service.store.tables.ledger import LedgerRow
from qa_service.store.tables.measures import MeasureRow
from qa_service.store.tables.originals import OriginalRow
from qa_service.store.tables.policies import PolicyRow
from qa_service.store.tables.promises import PromiseRow
from qa_service.store.tables.proposals import ProposalRow
from qa_service.store.tables.publications import PublicationRow
from qa_service.store.tables.queue import QueueItemRow, QueueSkipRow
from qa_service.store.tables.readings import ReadingRow, ReadingSumRow
from qa_service.store.tables.recording_imports import RecordingImportItemRow, RecordingImportRow
from qa_service.store.tables.recordings import RecordingRow
from qa_service.store.tables.report_schedules import ReportScheduleRow
from qa_service.store.tables.reports import ReportQuoteRow, ReportRow
from qa_service.store.tables.retirements import RetirementRow
from qa_service.store.tables.risks import RiskRow
from qa_service.store.tables.rubrics import RubricRow
from qa_service.store.tables.sampling import SamplingPlanRow, SamplingRunRow
from qa_service.store.tables.satisfaction import CsatModelRow, CsatPredictionRow
from qa_service.store.tables.saved_searches import SavedSearchRow, SearchAlertRow, SearchHitRow
from qa_service.store.tables.saves import SaveRow
from qa_service.store.tables.scorecards import ScorecardCriterionRow, ScorecardRow
from qa_service.store.tables.search import SearchInteractionRow, SearchPassageRow, SearchSignalRow, SearchTurnRow
from qa_service.store.tables.sources import SourceFileRow, SourceRow
from qa_service.store.tables.staged import StagedBatchRow, StagedFileRow
from qa_service.store.tables.surveys import SurveyAnswerRow
from qa_service.store.tables.targets import TargetSetRow
from qa_service.store.tables.topics import TopicSetRow
from qa_service.store.tables.transcripts import SignalSetRow, TranscriptRow
from qa_service.store.tables.users import PasswordRow, SessionRow, SignInRow, UserRow
from qa_service.store.tables.webhooks import WebhookDeliveryRow, WebhookRow
from qa_service.store.tables.work_queues import WorkQueueRow

__all__ = [
    "AccuracyRow",
    "AgentRow",
    "AnnouncementRow",
    "ApiKeyRow",
    "BatchItemRow",
    "BatchRow",
    "CalibrationAgreedRow",
    "CalibrationInteractionRow",
    "CalibrationMemberRow",
    "CalibrationNoteRow",
    "CalibrationReviewRow",
    "CalibrationRow",
    "CallDetailRow",
    "CoachingPlanRow",
    "CoachingPriorityRow",
    "CoachingSessionRow",
    "ConsentRow",
    "ContactRow",
    "CsatModelRow",
    "CsatPredictionRow",
    "DeletionRow",
    "DisputeItemRow",
    "DisputeRow",
    "FactRow",
    "FigureChangeRow",
    "FigureFormRow",
    "FigureStateRow",
    "HoldRow",
    "IdempotencyRow",
    "IdentityRow",
    "InteractionRow",
    "JobRow",
    "LearnedRow",
    "LedgerRow",
    "MeasureRow",
    "OriginalRow",
    "PasswordRow",
    "PolicyRow",
    "PromiseRow",
    "ProposalRow",
    "PublicationRow",
    "QueueItemRow",
    "QueueSkipRow",
    "ReadingRow",
    "ReadingSumRow",
    "RecordingImportItemRow",
    "RecordingImportRow",
    "RecordingRow",
    "ReportQuoteRow",
    "ReportRow",
    "ReportScheduleRow",
    "RetirementRow",
    "ReturnRow",
    "RiskRow",
    "RollupRow",
    "Row",
    "RubricRow",
    "SamplingPlanRow",
    "SamplingRunRow",
    "SaveRow",
    "SavedSearchRow",
    "ScorecardCriterionRow",
    "ScorecardRow",
    "SearchAlertRow",
    "SearchHitRow",
    "SearchInteractionRow",
    "SearchPassageRow",
    "SearchSignalRow",
    "SearchTurnRow",
    "SessionRow",
    "SignInRow",
    "SignalSetRow",
    "SourceFileRow",
    "SourceRow",
    "StagedBatchRow",
    "StagedFileRow",
    "SurveyAnswerRow",
    "TargetSetRow",
    "TopicSetRow",
    "TranscriptRow",
    "UserRow",
    "WebhookDeliveryRow",
    "WebhookRow",
    "WorkQueueRow",
    "core",
]
