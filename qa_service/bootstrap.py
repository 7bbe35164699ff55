"""The composition root: settings in, everything wired out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypedDict

from qa_service.analysis.analysis import Analysis, Judging, Learned
from qa_service.analysis.concepts import Concepts, shipped_directions
from qa_service.analysis.encoder import SentenceEncoder
from qa_service.analysis.encoder_weights import SOURCE
from qa_service.analysis.meaning import Meanings
from qa_service.analysis.redaction.named_entities import named_entities
from qa_service.analysis.topics import VectorSpace
from qa_service.analysis.vectors import LayeredCache, MemoryCache, TextVectors
from qa_service.services.accuracy import AccuracyDesk
from qa_service.services.audit import Audit
from qa_service.services.authentication import Authentication
from qa_service.services.automation import Automating
from qa_service.services.backup import Backups
from qa_service.services.batch import Batches
from qa_service.services.batch_results import BatchResults
from qa_service.services.batch_runs import BatchRuns
from qa_service.services.calibrate import Calibrating
from qa_service.services.calibrated_gold import CalibratedGold
from qa_service.services.call_details import CallDetailImports
from qa_service.services.channels import ChannelMaps
from qa_service.services.churn import ChurnDesk
from qa_service.services.clock import Clock, utc_now
from qa_service.services.coaching_effects import CoachingEffects
from qa_service.services.coaching_plans import CoachingPlans
from qa_service.services.coaching_sessions import CoachingSessions
from qa_service.services.coaching_suggestions import Suggestions
from qa_service.services.consents import Consents
from qa_service.services.dispute import Disputes
from qa_service.services.elsewhere import Elsewhere
from qa_service.services.engines import Engines
from qa_service.services.erasure_preview import ErasurePreviews
from qa_service.services.exports import FigureExports
from qa_service.services.gold_desk import GoldDesk
from qa_service.services.health import Doctor
from qa_service.services.history import History
from qa_service.services.indicators import IndicatorDesk
from qa_service.services.ingest import Ingestion
from qa_service.services.intake import Intake
from qa_service.services.interactions import InteractionShelf
from qa_service.services.jobs import JobShelf
from qa_service.services.journeys import Journeys
from qa_service.services.keys import Keys
from qa_service.services.learned import LearnedShelf, ShippedModels
from qa_service.services.learning.versions import Learning
from qa_service.services.metrics import Metrics
from qa_service.services.month import MonthDesk, MonthSources
from qa_service.services.originals import OriginalShelf, vault_keys
from qa_service.services.passwords import Passwords
from qa_service.services.peaks import Peaks
from qa_service.services.policy import PolicyShelf
from qa_service.services.pressure import Pressure
from qa_service.services.process import Processing
from qa_service.services.profiles import Profiles
from qa_service.services.proposals import Proposals
from qa_service.services.publishing import Publishing
from qa_service.services.purposes import Purposes
from qa_service.services.queue import ReviewQueue
from qa_service.services.recognition import Recognitions
from qa_service.services.recording_imports import RecordingImports
from qa_service.services.recording_places import Area, gold_folder, kept_blobs, recording_files, sealed_blobs
from qa_service.services.redaction import Redactor
from qa_service.services.replay import Replaying
from qa_service.services.replies import Replies
from qa_service.services.report import Reports
from qa_service.services.report_schedules import ReportSchedules
from qa_service.services.reporting.desk import ReportDesk, ReportSources
from qa_service.services.restore import Restoring
from qa_service.services.retain import Retaining
from qa_service.services.review import Reviewing
from qa_service.services.rollups import Rollups
from qa_service.services.rubrics import RubricShelf
from qa_service.services.sample import Sampling
from qa_service.services.satisfaction import SatisfactionDesk
from qa_service.services.satisfaction_learning import SatisfactionLearning
from qa_service.services.saved_searches import SavedSearching
from qa_service.services.scorecards import ScorecardShelf
from qa_service.services.search import Search
from qa_service.services.search_index import Indexing
from qa_service.services.search_meaning import Meaning
from qa_service.services.sessions import Sessions
from qa_service.services.severity import SeverityDesk
from qa_service.services.sources import SourceDesk
from qa_service.services.staged_before import StagedBefore
from qa_service.services.staging import Staging
from qa_service.services.submission import Submissions
from qa_service.services.surveys import SurveyImports
from qa_service.services.sweep import Sweeping
from qa_service.services.swot import Swots
from qa_service.services.targets import Targets
from qa_service.services.teams import Teams
from qa_service.services.topics import Topics
from qa_service.services.tracing import Tracing, tracing
from qa_service.services.trends import Trends
from qa_service.services.tries import Tries
from qa_service.services.upkeep import Upkeep
from qa_service.services.users import Users
from qa_service.services.validity import ValidityDesk
from qa_service.services.webhooks import Webhooks
from qa_service.services.work_queues import WorkDesk, regimes
from qa_service.services.workflow import Workflows
from qa_service.services.workload import Workloads
from qa_service.settings import Settings
from qa_service.store.recordings import RecordingFiles
from qa_service.store.report_files import ReportFiles
from qa_service.store.scratch import Scratch
from qa_service.store.session import Database
from qa_service.store.staged_files import StagedFiles
from qa_service.store.turns import turns
from qa_service.store.vault import Vault
from qa_service.store.vectors import VectorFile

if TYPE_CHECKING:
    from qa_service.services.oidc import ProviderSignIn

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
    staged_before: StagedBefore
    staging: Staging
    batch_runs: BatchRuns
    batch_results: BatchResults
    sources: SourceDesk
    intake: Intake
    interactions: InteractionShelf
    peaks: Peaks
    history: History
    topics: Topics
    channels: ChannelMaps
    purposes: Purposes
    originals: OriginalShelf
    redactor: Redactor
    incoming: Scratch
    jobs: JobShelf
    work: WorkDesk
    scorecards: ScorecardShelf
    rollups: Rollups
    exports: FigureExports
    rubrics: RubricShelf
    publishing: Publishing
    gold: GoldDesk
    reviewing: Reviewing
    sampling: Sampling
    queue: ReviewQueue
    workloads: Workloads
    disputes: Disputes
    calibrating: Calibrating
    calibrated_gold: CalibratedGold
    severities: SeverityDesk
    proposals: Proposals
    profiles: Profiles
    teams: Teams
    swots: Swots
    coaching_plans: CoachingPlans
    coaching_sessions: CoachingSessions
    coaching_effects: CoachingEffects
    consents: Consents
    recognitions: Recognitions
    indicators: IndicatorDesk
    targets: Targets
    call_details: CallDetailImports
    recording_imports: RecordingImports
    surveys: SurveyImports
    policies: PolicyShelf
    accuracies: AccuracyDesk
    automating: Automating
    authentication: Authentication
    users: Users
    passwords: Passwords
    sessions: Sessions
    keys: Keys
    oidc: ProviderSignIn | None
    audit: Audit
    replies: Replies
    doctor: Doctor
    learning: Learning
    satisfaction: SatisfactionDesk
    satisfaction_learning: SatisfactionLearning
    validities: ValidityDesk
    churns: ChurnDesk
    retaining: Retaining
    sweeping: Sweeping
    elsewhere: Elsewhere
    erasure_previews: ErasurePreviews
    reports: Reports
    report_schedules: ReportSchedules
    replaying: Replaying
    indexing: Indexing
    meaning: Meaning
    search: Search
    saved_searches: SavedSearching
    trends: Trends
    month: MonthDesk
    journeys: Journeys
    webhooks: Webhooks
    upkeep: Upkeep
    backups: Backups
    restoring: Restoring
    metrics: Metrics
    tracing: Tracing
    clock: Clock


def rubrics_dir(settings: Settings) -> Path:
    """The operator's rubrics, else those in the wheel, else those of the checkout."""
    if settings.rubrics_dir is not None:
        return settings.rubrics_dir
    packaged = _PACKAGE / "rubrics"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "rubrics"


def learned_dir() -> Path:
    """Where the shipped learned models are, in the wheel or the checkout; they serve a copied rubric as far as it was not changed."""
    packaged = _PACKAGE / "rubrics"
    return (packaged if packaged.is_dir() else _PACKAGE.parent / "rubrics") / "learned"


def wired_analysis(
    settings: Settings, *, clock: Clock = utc_now, learned: Learned | None = None, vectors: TextVectors | None = None
) -> Analysis:
    """The analysis as the service runs it; ``learned``: the shipped models unless told, for commands that need no database."""
    vectors = vectors or _vectors(settings)
    directions = None if vectors is None else shipped_directions()
    return Analysis(
        meanings=None if vectors is None else Meanings(vectors), judges=_judges(settings, clock),
        learned=(learned or ShippedModels(learned_dir())) if settings.learned else None,
        concepts=None if vectors is None or directions is None else Concepts(vectors, directions=directions),
    )


def build(settings: Settings, *, clock: Clock = utc_now) -> Services:
    """Wire everything; nothing is opened or started yet."""
    database = Database(settings.database)
    files = recording_files(settings)
    redactor = Redactor.of(settings, names=named_entities())
    incoming = Scratch(settings.data_dir.resolve() / "incoming")
    vault = Vault(vault_keys(settings), blobs=kept_blobs(settings, scratch=incoming, area=Area.VAULT), scratch=incoming)
    learned = LearnedShelf(database=database, shipped=ShippedModels(learned_dir()), now=monotonic)
    vectors = _vectors(settings)
    engines, analysis = Engines(settings), wired_analysis(settings, clock=clock, learned=learned, vectors=vectors)
    topics = Topics(database=database, vectors=_request_space(vectors), clock=clock)
    history = History(database=database, topics=topics, settings=settings, clock=clock)
    spans = tracing(settings)
    workflows = Workflows(
        url=settings.workflow_database, lock_dir=settings.data_dir.resolve() / "executors", executor=settings.executor_id,
        concurrency=settings.concurrency, work=settings.work, attempts=settings.step_attempts, regimes=partial(regimes, database),
        tracing=spans,
    )
    indexing = Indexing(database=database, workflows=workflows, clock=clock)
    meaning = Meaning(
        database=database, vectors=vectors, folder=settings.data_dir.resolve() / "search", workflows=workflows, clock=clock
    )
    processing = Processing(
        database=database, files=files, engines=engines, analysis=analysis, redactor=redactor, vault=vault, settings=settings, clock=clock,
        workflows=workflows, remember=history.remember_jobs, index=indexing.index_jobs,
    )
    ingestion = Ingestion(
        database=database, files=files, engines=engines, analysis=analysis.version_for, redactor=redactor, vault=vault,
        pressure=Pressure(database=database, most=settings.max_waiting, going=lambda: workflows.running), settings=settings, clock=clock,
        dispatch=processing.dispatch,
    )
    batches = Batches(database=database, ingestion=ingestion, own=settings.data_dir, clock=clock)
    staged = StagedFiles(sealed_blobs(settings, scratch=incoming, area=Area.BATCHES), scratch=incoming)
    submissions = Submissions(
        database=database, batches=batches, ingestion=ingestion, workflows=workflows, files=staged, clock=clock
    )
    staging = Staging(
        database=database, submissions=submissions, ingestion=ingestion, workflows=workflows, files=staged, clock=clock
    )
    batch_runs = BatchRuns(database=database, submissions=submissions, clock=clock, dispatch=processing.dispatch)
    exported = Scratch(settings.data_dir.resolve() / "exports")
    batch_results = BatchResults(database=database, runs=batch_runs, scratch=exported, clock=clock)
    call_details = CallDetailImports(database=database, settings=settings, clock=clock)
    sources = SourceDesk(
        database=database, batches=batches, ingestion=ingestion, settings=settings, scratch=incoming,
        turns=turns(settings.database, settings.data_dir.resolve() / "turns"), clock=clock,
    )
    interactions = InteractionShelf(database=database, files=files)
    learning = Learning(
        database=database, shelf=learned, analysis=analysis, workflows=workflows, settings=settings, clock=clock,
    )
    reports = ReportFiles(sealed_blobs(settings, scratch=incoming, area=Area.REPORTS), scratch=incoming)
    gold = gold_folder(settings, scratch=incoming)
    retaining = Retaining(
        database=database, files=files, vault=vault, vectors=_vector_file(settings), staged=staged, reports=reports,
        gold=gold, settings=settings, clock=clock, workflows=workflows, tidy=meaning.tidy,
    )
    sweeping = Sweeping(
        database=database, files=files, areas={one: kept_blobs(settings, scratch=incoming, area=one) for one in Area}, clock=clock
    )
    rollups = Rollups(database=database, settings=settings, workflows=workflows)
    profiles = Profiles(database=database, rollups=rollups, settings=settings)
    teams = Teams(database=database, rollups=rollups, settings=settings)
    trends = Trends(database=database, signals=frozenset(analysis.catalogue), settings=settings, clock=clock)
    made_reports = Reports(
        database=database, desk=_report_desk(database, settings, clock, rollups=rollups, topics=topics, analysis=analysis),
        files=reports, settings=settings, clock=clock, workflows=workflows,
    )
    return Services(
        **_outcomes(database, settings, clock, workflows),
        indexing=indexing, meaning=meaning, search=Search(database=database, meaning=meaning, signals=analysis.catalogue),
        saved_searches=SavedSearching(
            database=database, signals=frozenset(analysis.catalogue), settings=settings, clock=clock, workflows=workflows
        ),
        trends=trends, month=_month(database, rollups, history, trends, settings, clock),
        journeys=Journeys(database=database, history=history, topics=topics),
        replaying=Replaying(database=database, analysis=analysis, processing=processing), retaining=retaining,
        sweeping=sweeping,
        elsewhere=Elsewhere(database=database, gold=gold, settings=settings, workflows=workflows, clock=clock),
        erasure_previews=ErasurePreviews(database=database), learning=learning,
        settings=settings, database=database, files=files, engines=engines, analysis=analysis, workflows=workflows, processing=processing,
        ingestion=ingestion, batches=batches, submissions=submissions, staging=staging,
        staged_before=StagedBefore(
            database=database, files=staged, turns=files, folder=settings.data_dir.resolve() / Area.BATCHES, scratch=incoming, clock=clock
        ),
        batch_runs=batch_runs,
        batch_results=batch_results,
        sources=sources, intake=Intake(ingestion=ingestion),
        interactions=interactions, peaks=Peaks(interactions=interactions, max_seconds=settings.max_audio_seconds), history=history,
        topics=topics,
        channels=ChannelMaps(database=database, files=files, settings=settings, clock=clock, dispatch=processing.dispatch),
        purposes=Purposes(database=database, clock=clock),
        originals=OriginalShelf(database=database, vault=vault, clock=clock), redactor=redactor,
        incoming=incoming, jobs=JobShelf(database=database, clock=clock, dispatch=processing.dispatch),
        work=WorkDesk(database=database, workflows=workflows, settings=settings, clock=clock),
        scorecards=ScorecardShelf(database=database), audit=Audit(database=database, clock=clock),
        replies=Replies(database=database, clock=clock),
        doctor=Doctor(database=database, workflows=workflows, engines=engines),
        rubrics=RubricShelf(
            database=database, folder=rubrics_dir(settings), catalogue=analysis.catalogue, clock=clock, judge=bool(settings.judge_url)
        ),
        publishing=Publishing(database=database, folder=rubrics_dir(settings), catalogue=analysis.catalogue, clock=clock),
        gold=GoldDesk(folder=settings.gold, analysis=analysis, decide_at=settings.decide_at, judged=bool(settings.judge_url)),
        calibrating=Calibrating(database=database, clock=clock),
        calibrated_gold=CalibratedGold(database=database, folder=gold, clock=clock),
        severities=SeverityDesk(database=database), proposals=Proposals(database=database, clock=clock),
        disputes=Disputes(database=database, settings=settings, clock=clock),
        sampling=Sampling(database=database, settings=settings, clock=clock, workflows=workflows),
        queue=ReviewQueue(database=database, clock=clock, workflows=workflows), workloads=Workloads(database=database, clock=clock),
        rollups=rollups, exports=FigureExports(database=database, rollups=rollups, scratch=exported, clock=clock),
        reviewing=Reviewing(database=database, clock=clock), profiles=profiles, teams=teams,
        swots=Swots(database=database, profiles=profiles, teams=teams, settings=settings),
        indicators=IndicatorDesk(database=database, settings=settings, clock=clock), targets=Targets(database=database, clock=clock),
        call_details=call_details,
        recording_imports=RecordingImports(
            database=database, call_details=call_details, ingestion=ingestion, workflows=workflows, settings=settings, scratch=incoming,
            clock=clock,
        ),
        surveys=SurveyImports(database=database, redactor=redactor, settings=settings, clock=clock),
        policies=PolicyShelf(database=database, clock=clock),
        webhooks=Webhooks(database=database, workflows=workflows, settings=settings, clock=clock),
        accuracies=AccuracyDesk(database=database, analysis=analysis.version_for, clock=clock),
        automating=Automating(database=database, workflows=workflows, settings=settings, clock=clock),
        reports=made_reports,
        report_schedules=ReportSchedules(
            database=database, reports=made_reports, workflows=workflows, settings=settings, clock=clock,
        ),
        metrics=Metrics(database=database, workflows=workflows, data_dir=settings.data_dir.resolve(), clock=clock), tracing=spans,
        upkeep=Upkeep(database=database, files=files, sweeping=sweeping, settings=settings),
        backups=Backups(database=database, settings=settings, clock=clock),
        restoring=Restoring(database=database, settings=settings, clock=clock),
        **_people(database, settings, clock), **_coaching(database, rollups, settings, clock), clock=clock,
    )


def _month(
    database: Database, rollups: Rollups, history: History, trends: Trends, settings: Settings, clock: Clock
) -> MonthDesk:
    """The month at a glance."""
    sources = MonthSources(
        rollups=rollups, indicators=IndicatorDesk(database=database, settings=settings, clock=clock), history=history, trends=trends,
        satisfaction=SatisfactionDesk(database=database),
    )
    return MonthDesk(database=database, sources=sources)


class _Coaching(TypedDict):
    coaching_plans: CoachingPlans
    coaching_sessions: CoachingSessions
    coaching_effects: CoachingEffects
    consents: Consents
    recognitions: Recognitions


def _coaching(database: Database, rollups: Rollups, settings: Settings, clock: Clock) -> _Coaching:
    """What agents practise with whom, what came of it, and who stands out."""
    suggestions = Suggestions(database=database, rollups=rollups, settings=settings, clock=clock)
    plans = CoachingPlans(database=database, suggestions=suggestions, settings=settings, clock=clock)
    return {
        "coaching_plans": plans, "coaching_sessions": CoachingSessions(database=database, plans=plans, clock=clock),
        "coaching_effects": CoachingEffects(database=database, rollups=rollups, settings=settings, clock=clock),
        "consents": Consents(database=database, clock=clock),
        "recognitions": Recognitions(database=database, rollups=rollups, settings=settings, clock=clock),
    }


def _report_desk(
    database: Database, settings: Settings, clock: Clock, *, rollups: Rollups, topics: Topics, analysis: Analysis
) -> ReportDesk:
    """What reports are put together from."""
    profiles = Profiles(database=database, rollups=rollups, settings=settings)
    teams = Teams(database=database, rollups=rollups, settings=settings)
    sources = ReportSources(
        profiles=profiles, rollups=rollups, topics=topics, teams=teams,
        swots=Swots(database=database, profiles=profiles, teams=teams, settings=settings),
        plans=_coaching(database, rollups, settings, clock)["coaching_plans"],
        indicators=IndicatorDesk(database=database, settings=settings, clock=clock),
        calibrating=Calibrating(database=database, clock=clock), audit=Audit(database=database, clock=clock),
        severities=SeverityDesk(database=database),
        accuracies=AccuracyDesk(database=database, analysis=analysis.version_for, clock=clock),
        disputes=Disputes(database=database, settings=settings, clock=clock),
    )
    return ReportDesk(database=database, sources=sources, settings=settings, clock=clock)


class _Outcomes(TypedDict):
    satisfaction: SatisfactionDesk
    satisfaction_learning: SatisfactionLearning
    validities: ValidityDesk
    churns: ChurnDesk


def _outcomes(database: Database, settings: Settings, clock: Clock, workflows: Workflows) -> _Outcomes:
    """What customers say and do afterwards."""
    return {
        "satisfaction": SatisfactionDesk(database=database),
        "satisfaction_learning": SatisfactionLearning(database=database, settings=settings, clock=clock, workflows=workflows),
        "validities": ValidityDesk(database=database, settings=settings, clock=clock),
        "churns": ChurnDesk(database=database, settings=settings),
    }


class _People(TypedDict):
    authentication: Authentication
    users: Users
    passwords: Passwords
    sessions: Sessions
    keys: Keys
    oidc: ProviderSignIn | None


def _people(database: Database, settings: Settings, clock: Clock) -> _People:
    """Who may come in, and how they show it."""
    authentication = Authentication(database=database, settings=settings, clock=clock)
    tries, users = Tries(settings=settings), Users(database=database, authentication=authentication, clock=clock)
    passwords = Passwords(database=database, tries=tries, authentication=authentication, clock=clock)
    sessions = Sessions(
        database=database, passwords=passwords, tries=tries, authentication=authentication, settings=settings, clock=clock
    )
    return {
        "authentication": authentication, "users": users, "passwords": passwords, "sessions": sessions,
        "oidc": _provider(database, users, sessions, tries, settings, clock),
        "keys": Keys(
            database=database, users=users, passwords=passwords, authentication=authentication, settings=settings, clock=clock
        ),
    }


def _provider(
    database: Database, users: Users, sessions: Sessions, tries: Tries, settings: Settings, clock: Clock
) -> ProviderSignIn | None:
    """What signs people in elsewhere, where a provider is named."""
    if not settings.oidc_issuer:
        return None
    from qa_service.services.oidc import ProviderSignIn  # the client of a provider, which most installations never need

    return ProviderSignIn(database=database, users=users, sessions=sessions, tries=tries, settings=settings, clock=clock)


def _judges(settings: Settings, clock: Clock) -> Judging | None:
    """What asks a language model, where a server is named."""
    if not settings.judge_url:
        return None
    from qa_service.services.judge import judges  # an HTTP client, which most installations never need

    return judges(settings, now=clock)


def _request_space(vectors: TextVectors | None) -> VectorSpace | None:
    """Where reasons for contact are compared by meaning; without it, their words are."""
    directions = None if vectors is None else shipped_directions()
    return None if vectors is None or directions is None else VectorSpace(vectors, directions)


def _vector_file(settings: Settings) -> VectorFile:
    return VectorFile(settings.data_dir.resolve() / "vectors.sqlite")


def _vectors(settings: Settings) -> TextVectors | None:
    """Sentence vectors, where the encoder is installed and wanted; without them, what needs meaning stays undecided, for people."""
    if not SOURCE.installed or not settings.meanings:
        return None
    cache = LayeredCache(MemoryCache(), _vector_file(settings))
    return TextVectors(SentenceEncoder(cache_dir=settings.data_dir / "models", threads=settings.threads), cache=cache)


@contextmanager
def opened(settings: Settings, *, clock: Clock = utc_now) -> Iterator[Services]:
    """Services with an up-to-date database, for looking and for short acts; closes it at the end."""
    services = build(settings, clock=clock)
    try:
        services.database.upgrade()
        yield services
    finally:
        services.tracing.close()
        services.database.close()


@contextmanager
def running(settings: Settings, *, clock: Clock = utc_now) -> Iterator[Services]:
    """Services with an up-to-date database, rubrics in force and workflows running; stops them at the end."""
    with opened(settings, clock=clock) as services:
        services.rubrics.sync()
        services.files.scratch.sweep(services.ingestion.tidy)
        services.incoming.sweep()
        services.exports.scratch.sweep()
        services.retaining.finish()
        with services.workflows:
            services.processing.resume()
            services.staged_before.adopt()
            services.submissions.resume()
            services.reports.resume()
            services.learning.resume()
            services.satisfaction_learning.resume()
            with services.sources:
                yield services
