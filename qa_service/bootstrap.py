"""The composition root: settings in, everything wired out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.encoder import SentenceEncoder
from qa_service.analysis.encoder_weights import SOURCE
from qa_service.analysis.meaning import Meanings
from qa_service.analysis.vectors import TextVectors
from qa_service.services.audit import Audit
from qa_service.services.batch import Batches
from qa_service.services.channels import ChannelMaps
from qa_service.services.clock import Clock, utc_now
from qa_service.services.coach import Coaching
from qa_service.services.engines import Engines
from qa_service.services.health import Doctor
from qa_service.services.ingest import Ingestion
from qa_service.services.intake import Intake
from qa_service.services.interactions import InteractionShelf
from qa_service.services.jobs import JobShelf
from qa_service.services.keys import Keys
from qa_service.services.process import Processing
from qa_service.services.replies import Replies
from qa_service.services.review import Reviewing
from qa_service.services.rubrics import RubricShelf
from qa_service.services.scorecards import ScorecardShelf
from qa_service.services.submission import Submissions
from qa_service.services.workflow import Workflows
from qa_service.settings import Settings
from qa_service.store.recordings import RecordingFiles
from qa_service.store.session import Database

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything that a shell (API, command line, pages) calls."""

    settings: Settings
    database: Database
    files: RecordingFiles
    engines: Engines
    analysis: Analysis
    workflows: Workflows
    processing: Processing
    ingestion: Ingestion
    batches: Batches
    submissions: Submissions
    intake: Intake
    interactions: InteractionShelf
    channels: ChannelMaps
    jobs: JobShelf
    scorecards: ScorecardShelf
    rubrics: RubricShelf
    reviewing: Reviewing
    coaching: Coaching
    keys: Keys
    audit: Audit
    replies: Replies
    doctor: Doctor
    clock: Clock


def rubrics_dir(settings: Settings) -> Path:
    """The operator's rubrics, else those in the wheel, else those of the checkout."""
    if settings.rubrics_dir is not None:
        return settings.rubrics_dir
    packaged = _PACKAGE / "rubrics"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "rubrics"


def build(settings: Settings, *, clock: Clock = utc_now) -> Services:
    """Wire everything; nothing is opened or started yet."""
    database = Database(settings.database)
    files = RecordingFiles(settings.data_dir.resolve() / "recordings")
    engines, analysis = Engines(settings), Analysis(meanings=_meanings(settings))
    workflows = Workflows(
        url=settings.workflow_database, lock_dir=settings.data_dir.resolve() / "executors", executor=settings.executor_id,
        concurrency=settings.concurrency,
    )
    processing = Processing(
        database=database, files=files, engines=engines, analysis=analysis, settings=settings, clock=clock, workflows=workflows
    )
    ingestion = Ingestion(
        database=database, files=files, engines=engines, analysis=analysis.version, settings=settings, clock=clock,
        dispatch=processing.dispatch,
    )
    batches = Batches(database=database, ingestion=ingestion, own=settings.data_dir, clock=clock)
    submissions = Submissions(
        database=database, batches=batches, ingestion=ingestion, workflows=workflows, folder=settings.data_dir.resolve() / "batches",
        clock=clock,
    )
    return Services(
        settings=settings, database=database, files=files, engines=engines, analysis=analysis, workflows=workflows, processing=processing,
        ingestion=ingestion, batches=batches, submissions=submissions, intake=Intake(ingestion=ingestion),
        interactions=InteractionShelf(database=database, files=files),
        channels=ChannelMaps(database=database, files=files, settings=settings, clock=clock, dispatch=processing.dispatch),
        jobs=JobShelf(database=database),
        scorecards=ScorecardShelf(database=database), audit=Audit(database=database), replies=Replies(database=database, clock=clock),
        doctor=Doctor(database=database, workflows=workflows, engines=engines),
        rubrics=RubricShelf(database=database, folder=rubrics_dir(settings), catalogue=analysis.catalogue, clock=clock),
        reviewing=Reviewing(database=database, clock=clock), coaching=Coaching(database=database),
        keys=Keys(database=database, settings=settings, clock=clock), clock=clock,
    )


def _meanings(settings: Settings) -> Meanings | None:
    """What answers ``means``, where the encoder is installed; without it such criteria stay undecided, for people."""
    if not SOURCE.installed:
        return None
    return Meanings(TextVectors(SentenceEncoder(cache_dir=settings.data_dir / "models", threads=settings.threads)))


@contextmanager
def opened(settings: Settings, *, clock: Clock = utc_now) -> Iterator[Services]:
    """Services with an up-to-date database, for looking and for short acts; closes it at the end."""
    services = build(settings, clock=clock)
    try:
        services.database.upgrade()
        yield services
    finally:
        services.database.close()


@contextmanager
def running(settings: Settings, *, clock: Clock = utc_now) -> Iterator[Services]:
    """Services with an up-to-date database, rubrics in force and workflows running; stops them at the end."""
    with opened(settings, clock=clock) as services:
        services.rubrics.sync()
        with services.workflows:
            services.processing.resume()
            services.submissions.resume()
            yield services
