"""Runs of batches: what each file became, how long the rest takes; what failed tried again, what has not begun stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from qa_service.domain.base import Record
from qa_service.domain.permission import Actor
from qa_service.domain.scorecard import Scorecard
from qa_service.errors import ConflictError
from qa_service.services.clock import Clock
from qa_service.services.jobs import CANCELLED, copy_of
from qa_service.services.pace import FEWEST, WINDOW, Pace, pace
from qa_service.services.scorecards import as_read
from qa_service.services.submission import BatchView, Submissions
from qa_service.store.batches import BatchItem, Cause
from qa_service.store.faults import Fault
from qa_service.store.interactions import State
from qa_service.store.jobs import Job, JobState
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Jobs that ended last, by which the pace is told.
_LOOKED_AT = 30
#: Files of one page while all of them are walked through.
_PIECE = 500


class FileOutcome(Record):
    """One file of a batch and what it became."""

    #: The file.
    item: BatchItem
    #: Its scorecard, the last one made.
    card: Scorecard | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it can be tried again as it is: it was taken in, and its job failed."""
        return self.item.state is JobState.FAILED and self.item.job is not None


class BatchRun(Record):
    """A batch as a whole."""

    #: The batch and its counts.
    batch: BatchView
    #: Files taken in so far, while it is being taken in.
    taken: int
    #: Files that can be tried again as they are.
    repeatable: int = 0
    #: ``None`` while too little was done to tell, and at the end.
    pace: Pace | None = None


class BatchProgress(BatchView):
    """A batch, how far it is, and how fast."""

    #: Files taken in so far; `total` says about how many there are until all were.
    taken: int
    #: Files that can be tried again as they are.
    repeatable: int
    #: Files by why they are worked on (``new``, ``missing``, ``rubric``, ``engine``) or not (``there``, ``outdated``).
    causes: dict[Cause, int]
    #: Null while too little was done to tell, and at the end.
    pace: Pace | None


class BatchChanged(Record):
    """What became of an act on a batch."""

    #: Jobs that were made anew, or stopped.
    jobs: tuple[str, ...]


class BatchRuns:
    """Tells how far batches are, and repeats or stops parts of them; every method raises :class:`NotFoundError` for an unknown one."""

    def __init__(
        self, *, database: Database, submissions: Submissions, clock: Clock, dispatch: Callable[[Sequence[Job]], None]
    ) -> None:
        self._database = database
        self._submissions = submissions
        self._clock = clock
        self._dispatch = dispatch

    def get(self, batch: str) -> BatchRun:
        """How far it is."""
        view = self._submissions.get(batch)
        with self._database.reading() as unit:
            taken = sum(view.counts.values())
            repeatable = unit.batches.repeatable(batch)
            left = max(view.total, taken) - view.counts[JobState.DONE] - view.counts[JobState.FAILED]
            waiting = left if view.state in (JobState.QUEUED, JobState.RUNNING) else 0
            told = self._paced(unit, view, waiting)
        return BatchRun(batch=view, taken=taken, repeatable=repeatable, pace=told)

    def progress(self, batch: str) -> BatchProgress:
        """The same as one record, with why its files are worked on or not."""
        run = self.get(batch)
        with self._database.reading() as unit:
            causes = unit.batches.causes(batch)
        known = {name: getattr(run.batch, name) for name in BatchView.model_fields}
        return BatchProgress(**known, taken=run.taken, repeatable=run.repeatable, causes=dict(causes), pace=run.pace)

    def _paced(self, unit: Unit, view: BatchView, waiting: int) -> Pace | None:
        """By the jobs that ended last, or by all of the last minute where those are more: texts end many at a time."""
        if not waiting:
            return None
        now = self._clock()
        seconds = min(WINDOW, (now - view.created_at).total_seconds())
        recent = unit.batches.ended_since(view.id, now - timedelta(seconds=seconds))
        if recent > _LOOKED_AT:
            return pace(recent, seconds=seconds, waiting=waiting)
        return _pace(unit.jobs.ended(view.id, limit=_LOOKED_AT), waiting, now=now)

    def outcomes(
        self, batch: str, *, state: JobState | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[FileOutcome]:
        """Its files in order, with their scorecards."""
        with self._database.reading() as unit:
            unit.batches.get(batch)
            page = unit.batches.outcomes(batch, state=state, cursor=cursor, limit=limit)
            wanted = {one.interaction for one in page.items if one.state is JobState.DONE and one.interaction is not None}
            last = [found[0] for found in unit.scorecards.for_interactions(wanted).values()]
            cards = {card.interaction.id: card for card in as_read(unit, last)}
        return page.of(lambda items: [FileOutcome(item=one, card=cards.get(one.interaction or "")) for one in items])

    def retry(self, batch: str, *, by: Actor, position: int | None = None) -> BatchChanged:
        """Try what failed again, or only the file in that place; a file that could not be read at all is to be sent anew, mended.

        A batch that could not be taken in is taken in anew. Raises :class:`ConflictError` where there is nothing to try.
        """
        if position is None and self._submissions.again(batch):
            with self._database.unit() as unit:
                unit.ledger.append(at=self._clock(), actor=by.id, action="batch.retried", subject=f"batch/{batch}", content={"jobs": []})
            return BatchChanged(jobs=())
        with self._database.unit() as unit:
            unit.batches.get(batch)
            failed = [one for one in _failed(unit, batch) if position in (None, one.position)]
            jobs = self._again(unit, batch, failed)
            if not jobs:
                raise ConflictError("nothing of this batch can be tried again", field="batch", hint="mend the files and send them anew")
            unit.batches.set_state(batch, JobState.RUNNING)
            content = {"jobs": [job.id for job in jobs]}
            unit.ledger.append(at=self._clock(), actor=by.id, action="batch.retried", subject=f"batch/{batch}", content=content)
        self._dispatch(jobs)
        return BatchChanged(jobs=tuple(job.id for job in jobs))

    def cancel(self, batch: str, *, by: Actor) -> BatchChanged:
        """Stop what nothing has begun; what is under way ends as it would. Raises :class:`ConflictError` where nothing waits."""
        at = self._clock()
        fault = Fault(code=CANCELLED, message=f"{by.id} stopped the batch before this was begun", hint="try it again")
        with self._database.unit() as unit:
            untaken = unit.batches.get(batch).state is JobState.QUEUED
            jobs = unit.jobs.cancel(batch, fault, at=at)
            if not jobs and not untaken:
                raise ConflictError("nothing of this batch waits any more", field="batch")
            unit.interactions.set_states([job.interaction for job in jobs if job.interaction is not None], State.FAILED, error=fault)
            if untaken:
                unit.batches.set_state(batch, JobState.FAILED)
            unit.ledger.append(
                at=at, actor=by.id, action="batch.cancelled", subject=f"batch/{batch}", content={"jobs": [job.id for job in jobs]}
            )
        if untaken:
            self._submissions.forget(batch)
        return BatchChanged(jobs=tuple(job.id for job in jobs))

    def _again(self, unit: Unit, batch: str, failed: Sequence[BatchItem]) -> list[Job]:
        """A new job for each interaction of those files that is still there."""
        old = {job.id: job for job in unit.jobs.some(one.job for one in failed if one.job is not None)}
        stored = unit.interactions.some(job.interaction for job in old.values() if job.interaction is not None)
        made: dict[str, Job] = {}
        places: dict[int, str] = {}
        for item in failed:
            before = old.get(item.job or "")
            if before is None or before.interaction is None or stored[before.interaction].state is State.ERASED:
                continue
            job = made.setdefault(before.interaction, copy_of(before, at=self._clock(), batch=batch))
            places[item.position] = job.id
        unit.jobs.add_many(list(made.values()))
        for place, anew in places.items():
            unit.batches.set_item(batch, place, state=JobState.QUEUED, job=anew)
        unit.interactions.set_states(list(made), State.RECEIVED)
        return list(made.values())


def _failed(unit: Unit, batch: str) -> list[BatchItem]:
    found: list[BatchItem] = []
    cursor: str | None = None
    while True:
        page = unit.batches.outcomes(batch, state=JobState.FAILED, cursor=cursor, limit=_PIECE)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def _pace(ended: Sequence[Job], waiting: int, *, now: datetime) -> Pace | None:
    """By the jobs that ended last: what was done long ago tells little of the rest."""
    if waiting == 0 or len(ended) < FEWEST:
        return None
    full = len(ended) == _LOOKED_AT
    moments = [one.finished_at if full else one.started_at or one.created_at for one in ended]
    since = min(one for one in moments if one is not None)
    return pace(len(ended), seconds=(now - since).total_seconds(), waiting=waiting)
