"""The unit of work: every repository, in one transaction."""

from __future__ import annotations

from sqlalchemy.orm import Session

from qa_service.store.accuracies import Accuracies
from qa_service.store.agents import Agents
from qa_service.store.announcements import Announcements
from qa_service.store.attention import Attention
from qa_service.store.attributions import Attributions
from qa_service.store.automation import Automation
from qa_service.store.batches import Batches
from qa_service.store.calibrations import Calibrations
from qa_service.store.call_details import CallDetails
from qa_service.store.coaching_plans import CoachingPlans
from qa_service.store.coaching_sessions import CoachingSessions
from qa_service.store.consents import Consents
from qa_service.store.contacts import Contacts
from qa_service.store.csat_models import CsatModels
from qa_service.store.disputes import Disputes
from qa_service.store.erasures import Erasures
from qa_service.store.facts import Facts
from qa_service.store.finals import Finals
from qa_service.store.gauges import Gauges
from qa_service.store.idempotency import IdempotencyKeys
from qa_service.store.identities import Identities
from qa_service.store.indicators import Indicators
from qa_service.store.interactions import Interactions
from qa_service.store.jobs import Jobs
from qa_service.store.keys import ApiKeys
from qa_service.store.learned import LearnedModels
from qa_service.store.ledger import Ledger
from qa_service.store.measures import Measures
from qa_service.store.needed import NeededFiles
from qa_service.store.originals import SealedOriginals
from qa_service.store.outcomes import Outcomes
from qa_service.store.passwords import Passwords
from qa_service.store.places import Places
from qa_service.store.playlist import Playlists
from qa_service.store.policies import Policies
from qa_service.store.promises import Promises
from qa_service.store.proposals import Proposals
from qa_service.store.publications import Publications
from qa_service.store.queue import Queue
from qa_service.store.readings import Readings
from qa_service.store.reasons import Reasons
from qa_service.store.recording_imports import RecordingImports
from qa_service.store.recordings import Recordings
from qa_service.store.report_schedules import ReportSchedules
from qa_service.store.reports import Reports
from qa_service.store.results import Results
from qa_service.store.retirements import Retirements
from qa_service.store.rollups import Rollups
from qa_service.store.rubrics import Rubrics
from qa_service.store.sampling import SamplingFrame, SamplingPlans, SamplingRuns
from qa_service.store.saved_searches import Alerts, SavedSearches
from qa_service.store.saves import Saves
from qa_service.store.scorecards import Scorecards
from qa_service.store.search import SearchIndex
from qa_service.store.search_hits import SearchHits
from qa_service.store.sessions import Sessions
from qa_service.store.sign_ins import SignIns
from qa_service.store.sources import Sources
from qa_service.store.staged import StagedBatches
from qa_service.store.strata import Strata
from qa_service.store.surveys import Surveys
from qa_service.store.targets import TargetSets
from qa_service.store.topics import TopicSets
from qa_service.store.transcripts import Signals, Transcripts
from qa_service.store.users import Users
from qa_service.store.webhooks import Webhooks
from qa_service.store.work_queues import WorkQueues
from qa_service.store.workload import Workload


class Unit:
    """What one request, step or command does to the store; :class:`qa_service.store.session.Database` opens and commits it."""

    def __init__(self, session: Session) -> None:
        self.accuracies = Accuracies(session)
        self.agents = Agents(session)
        self.announcements = Announcements(session)
        self.attention = Attention(session)
        self.attributions = Attributions(session)
        self.automation = Automation(session)
        self.batches = Batches(session)
        self.calibrations = Calibrations(session)
        self.call_details = CallDetails(session)
        self.coaching_plans = CoachingPlans(session)
        self.coaching_sessions = CoachingSessions(session)
        self.consents = Consents(session)
        self.contacts = Contacts(session)
        self.csat_models = CsatModels(session)
        self.disputes = Disputes(session)
        self.erasures = Erasures(session)
        self.finals = Finals(session)
        self.facts = Facts(session)
        self.gauges = Gauges(session)
        self.idempotency = IdempotencyKeys(session)
        self.identities = Identities(session)
        self.indicators = Indicators(session)
        self.interactions = Interactions(session)
        self.jobs = Jobs(session)
        self.keys = ApiKeys(session)
        self.learned = LearnedModels(session)
        self.ledger = Ledger(session)
        self.measures = Measures(session)
        self.needed_files = NeededFiles(session)
        self.originals = SealedOriginals(session)
        self.outcomes = Outcomes(session)
        self.passwords = Passwords(session)
        self.places = Places(session)
        self.playlists = Playlists(session)
        self.policies = Policies(session)
        self.promises = Promises(session)
        self.proposals = Proposals(session)
        self.publications = Publications(session)
        self.queue = Queue(session)
        self.readings = Readings(session)
        self.reasons = Reasons(session)
        self.recording_imports = RecordingImports(session)
        self.recordings = Recordings(session)
        self.report_schedules = ReportSchedules(session)
        self.reports = Reports(session)
        self.results = Results(session)
        self.rollups = Rollups(session)
        self.retirements = Retirements(session)
        self.rubrics = Rubrics(session)
        self.alerts = Alerts(session)
        self.saved_searches = SavedSearches(session)
        self.saves = Saves(session)
        self.sampling_frame = SamplingFrame(session)
        self.sampling_plans = SamplingPlans(session)
        self.sampling_runs = SamplingRuns(session)
        self.scorecards = Scorecards(session)
        self.search_hits = SearchHits(session)
        self.search_index = SearchIndex(session)
        self.sessions = Sessions(session)
        self.sign_ins = SignIns(session)
        self.signals = Signals(session)
        self.staged = StagedBatches(session)
        self.sources = Sources(session)
        self.strata = Strata(session)
        self.surveys = Surveys(session)
        self.target_sets = TargetSets(session)
        self.topics = TopicSets(session)
        self.transcripts = Transcripts(session)
        self.users = Users(session)
        self.webhooks = Webhooks(session)
        self.work_queues = WorkQueues(session)
        self.workload = Workload(session)
