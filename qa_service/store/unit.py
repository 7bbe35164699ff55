"""The unit of work: every repository, in one transaction."""

from __future__ import annotations

from sqlalchemy.orm import Session

from qa_service.store.agents import Agents
from qa_service.store.batches import Batches
from qa_service.store.idempotency import IdempotencyKeys
from qa_service.store.interactions import Interactions
from qa_service.store.jobs import Jobs
from qa_service.store.keys import ApiKeys
from qa_service.store.ledger import Ledger
from qa_service.store.recordings import Recordings
from qa_service.store.results import Results
from qa_service.store.rubrics import Rubrics
from qa_service.store.scorecards import Scorecards
from qa_service.store.transcripts import Signals, Transcripts


class Unit:
    """What one request, step or command does to the store; :class:`qa_service.store.session.Database` opens and commits it."""

    def __init__(self, session: Session) -> None:
        self.agents = Agents(session)
        self.batches = Batches(session)
        self.idempotency = IdempotencyKeys(session)
        self.interactions = Interactions(session)
        self.jobs = Jobs(session)
        self.keys = ApiKeys(session)
        self.ledger = Ledger(session)
        self.recordings = Recordings(session)
        self.results = Results(session)
        self.rubrics = Rubrics(session)
        self.scorecards = Scorecards(session)
        self.signals = Signals(session)
        self.transcripts = Transcripts(session)
