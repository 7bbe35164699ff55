"""Processing: transcribe, analyse and pre-score an interaction, as durable steps that are safe to repeat."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.base import Reading
from qa_service.domain.interaction import Interaction
from qa_service.domain.judgement import Call
from qa_service.domain.measure import Measured, measured
from qa_service.domain.pre_score import calls_of, pre_score
from qa_service.domain.redaction import Originals
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Engines as EngineVersions
from qa_service.domain.scorecard import InteractionRef, Scorecard
from qa_service.domain.scoring import draft
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Transcript
from qa_service.errors import ErasedError, ProcessingError, QaError, StorageError
from qa_service.services.clock import Clock
from qa_service.services.engines import Engines
from qa_service.services.forms import Forms
from qa_service.services.originals import sealed
from qa_service.services.redaction import Masked, Redactor
from qa_service.services.silencing import Silencing
from qa_service.services.workflow import SPEECH, TEXT, Workflows
from qa_service.settings import Settings
from qa_service.speech.base import Engine, Reader
from qa_service.speech.transcribe import transcribe
from qa_service.store.faults import Fault
from qa_service.store.interactions import State, StoredInteraction
from qa_service.store.jobs import Job, JobState, Urgency
from qa_service.store.ledger import Act
from qa_service.store.recordings import RecordingFiles
from qa_service.store.session import Database
from qa_service.store.unit import Unit
from qa_service.store.vault import Vault

_LOG = logging.getLogger(__name__)
_SPEECH_WORKFLOW, _TEXT_WORKFLOW = "process_interaction", "process_texts"
_OPEN = (JobState.QUEUED, JobState.RUNNING)
#: What goes first has the lower number.
_URGENCY = {Urgency.URGENT: 1, Urgency.NORMAL: 5, Urgency.LOW: 9}
#: How old a job is before it is missed where no workflow holds it, and how many of a priority are looked at.
_STRAY_AFTER, _STRAYS_AT_ONCE = timedelta(minutes=1), 100
#: Starts after which one of many jobs is suspected of killing the process.
_SUSPECT = 3


class _Piece(NamedTuple):
    """A workflow to queue."""

    queue: str
    name: str
    id: str
    #: A job, or several.
    argument: str | list[str]
    priority: int


class Work(NamedTuple):
    """One interaction to score."""

    job: Job
    stored: StoredInteraction
    transcript: Transcript
    rubric: Rubric


class Scored(NamedTuple):
    """What one interaction gave."""

    job: Job
    transcript: Transcript
    signals: tuple[Signal, ...]
    card: Scorecard
    #: What a language model was asked, by criterion.
    calls: Mapping[str, tuple[Call, ...]]


class Failure(NamedTuple):
    """What stopped a job."""

    job: Job
    fault: Fault


class Processing:
    """Turns jobs into draft scorecards; the workflows call its steps, and every step may be repeated."""

    def __init__(
        self, *, database: Database, files: RecordingFiles, engines: Engines, analysis: Analysis, redactor: Redactor, vault: Vault,
        settings: Settings, clock: Clock, workflows: Workflows, remember: Callable[[Sequence[str]], int],
        index: Callable[[Sequence[str]], int],
    ) -> None:
        """``remember`` and ``index``: what is done with jobs behind their scoring, for history and for search."""
        self._database = database
        self._files = files
        self._engines = engines
        self._analysis = analysis
        self._redactor = redactor
        self._vault = vault
        self._silencing = Silencing(database=database, files=files, redactor=redactor, vault=vault, settings=settings)
        self._settings = settings
        self._clock = clock
        self._workflows = workflows
        self._remember = remember
        self._index = index
        workflows.register(_SPEECH_WORKFLOW, self._process_interaction)
        workflows.register(_TEXT_WORKFLOW, self._process_texts)
        self._tended: datetime | None = None
        workflows.attend(self.tend)

    def dispatch(self, jobs: Sequence[Job]) -> None:
        """Queue jobs: each recording by itself, texts in chunks (a workflow costs more than a short text)."""
        for one in self._workflows_of(jobs):
            self._workflows.enqueue(one.queue, one.name, workflow_id=one.id, arguments=[one.argument], priority=one.priority)

    def resume(self) -> int:
        """Queue again every open job that no workflow holds (a crash between storing and queueing, or a workflow that gave up); how many
        there were."""
        open_ = self._open_jobs()
        held = {job for (jobs,) in self._workflows.open_arguments(_TEXT_WORKFLOW) for job in jobs}
        held |= {job for (job,) in self._workflows.open_arguments(_SPEECH_WORKFLOW)}
        left = [job for job in open_ if job.id not in held]
        for one in self._workflows_of(left):
            self._workflows.enqueue_again(one.queue, one.name, workflow_id=one.id, arguments=[one.argument], priority=one.priority)
        return len(left)

    def tend(self) -> None:
        """Queue again what no workflow holds, once it is a minute old: its process died between storing and queueing, or a workflow gave up
        while the database was away. The oldest of each priority, once a minute; quick, and safe in several processes."""
        now = self._clock()
        if self._tended is not None and now - self._tended < _STRAY_AFTER:
            return
        self._tended = now
        with self._database.reading() as unit:
            old = [job for one in Urgency for job in unit.jobs.oldest(priority=one, before=now - _STRAY_AFTER, limit=_STRAYS_AT_ONCE)]
        chunks = any(job.kind == TEXT for job in old)
        held = {job for (jobs,) in self._workflows.open_arguments(_TEXT_WORKFLOW) for job in jobs} if chunks else set()
        held |= {job.id for job in old if job.kind == SPEECH and self._workflows.holds(f"job-{job.id}")}
        for one in self._workflows_of([job for job in old if job.id not in held]):
            self._workflows.enqueue_again(one.queue, one.name, workflow_id=one.id, arguments=[one.argument], priority=one.priority)

    def _workflows_of(self, jobs: Sequence[Job]) -> Iterator[_Piece]:
        """Equal jobs give equal ids."""
        for job in jobs:
            if job.kind == SPEECH:
                yield _Piece(SPEECH, _SPEECH_WORKFLOW, f"job-{job.id}", job.id, _URGENCY[job.priority])
        for priority, rank in _URGENCY.items():
            texts = [job.id for job in jobs if job.kind == TEXT and job.priority is priority]
            for start in range(0, len(texts), self._settings.text_chunk):
                chunk = texts[start : start + self._settings.text_chunk]
                yield _Piece(TEXT, _TEXT_WORKFLOW, f"chunk-{hashlib.sha256(''.join(chunk).encode()).hexdigest()[:32]}", chunk, rank)

    def _open_jobs(self) -> list[Job]:
        """The first asked for first."""
        found: list[Job] = []
        with self._database.reading() as unit:
            for state in _OPEN:
                page = unit.jobs.list(state=state, limit=500)
                found += page.items
                while page.next is not None:
                    page = unit.jobs.list(state=state, cursor=page.next, limit=500)
                    found += page.items
        return sorted(found, key=lambda job: (job.created_at, job.id))

    def _process_interaction(self, job: str) -> None:
        with self._told([job]):
            if self._workflows.insist("begin", self._begin, [job]) and self._workflows.step("transcribe", self.transcribe, job):
                self._finish([job])

    def _process_texts(self, jobs: list[str]) -> None:
        with self._told(jobs):
            if self._workflows.insist("begin", self._begin, jobs):
                self._finish(jobs)

    def _finish(self, jobs: list[str]) -> None:
        """What is scored already is not scored again, and the rest may be repeated: nothing of it needs to be written down."""
        self._workflows.insist("score", self.score, jobs)
        self._workflows.insist("remember", self._remember, jobs)
        self._workflows.insist("index", self._index, jobs)

    def _begin(self, job_ids: list[str]) -> bool:
        """Count that a process begins them; whether it should. What kills every process that works on it is given up, and where that is
        one of many, each goes by itself. No step: it is done anew each time, which is what counts."""
        with self._database.unit() as unit:
            jobs = unit.jobs.begin(job_ids, at=self._clock())
            stored = unit.interactions.some(job.interaction for job in jobs if job.interaction is not None)
        deadly = [job for job in jobs if job.starts > self._settings.job_starts]
        if len(job_ids) > 1 and any(job.starts > _SUSPECT for job in jobs):
            for job in jobs:
                name = f"single-{job.id}"
                self._workflows.enqueue(TEXT, _TEXT_WORKFLOW, workflow_id=name, arguments=[[job.id]], priority=_URGENCY[Urgency.LOW])
            return False
        self._fail([_failure(job, stored[job.interaction or ""], _died(job.starts - 1)) for job in deadly])
        return not deadly

    @contextmanager
    def _told(self, jobs: list[str]) -> Iterator[None]:
        """A step that gives up for good fails its jobs, so that nobody waits for them for ever."""
        try:
            yield
        except Exception as error:
            if not self._workflows.running:
                raise  # stopped in the middle: the step is done again at the next start
            _LOG.exception("a step gave up")
            self._workflows.step("give_up", self.give_up, jobs, f"{type(error).__name__}: {error}")

    def transcribe(self, job_id: str) -> bool:
        """Step: the transcript of a recording; done at once where the engine's is there. False when the job failed."""
        with self._database.unit() as unit:
            job = unit.jobs.get(job_id)
            if job.state not in _OPEN:
                return False
            unit.jobs.start(job_id, at=self._clock())
            unit.jobs.step(job_id, "transcribe")
            stored = unit.interactions.get(job.interaction or "")
            unit.interactions.set_state(stored.interaction.id, State.PROCESSING)
        failures: list[Failure] = []
        with _spared(failures, job, stored):
            self._transcribe(job, stored)
        self._fail(failures)
        return not failures

    def _transcribe(self, job: Job, stored: StoredInteraction) -> None:
        if stored.recording_sha256 is None:
            return
        engine = self._engines.get(job.options.get("engine"), queue=stored.interaction.queue)
        # One at a time: whoever is done first takes the upload away.
        with self._files.alone(stored.recording_sha256, purpose="hearing"):
            self._hear(stored.interaction, stored.recording_sha256, engine)

    def _hear(self, interaction: Interaction, sha256: str, engine: Engine | Reader) -> None:
        with self._database.reading() as unit:
            known = unit.transcripts.has(interaction.id, engine=engine.version)
            recording = unit.recordings.get(sha256)
        # A crash may have come before what was replaced was deleted.
        self._silencing.finish(recording)
        if known:
            return
        with self._files.named(recording.kept_sha256, recording.kept_name) as path:
            transcript = transcribe(
                path, engine=engine, channel_map=recording.channel_map, language=interaction.language,
                max_seconds=self._settings.max_audio_seconds, ear=self._engines.ear,
            )
        self._keep(interaction.id, sha256, self._redactor.transcript(transcript, interaction))

    def _keep(self, interaction: str, sha256: str, masked: Masked) -> None:
        """Store the masked transcript together with the recording that is silent where it is masked; the upload goes."""
        with self._database.reading() as unit:
            # As it is now: the words of another engine may have silenced it meanwhile.
            recording = unit.recordings.get(sha256)
        planned, muting = self._silencing.silence(recording, masked.transcript)
        transcript, at = masked.transcript, self._clock()
        with self._database.unit() as unit:
            current = unit.recordings.get(sha256).muting == planned.muting
            if current:
                unit.recordings.mute(sha256, muting)
                unit.transcripts.save(interaction, transcript, at=at)
                originals = Originals(taken=masked.taken)
                unit.originals.save_many(sealed(self._vault, interaction, transcript.engine, originals), at=at)
                content = {
                    "engine": transcript.engine, "turns": len(transcript.turns), "language": transcript.language,
                    "masked": dict(Counter(one.kind.value for one in transcript.redactions or ())),
                }
                unit.ledger.append(
                    at=at, actor="system", action="interaction.transcribed", subject=f"interaction/{interaction}", content=content
                )
        if current:
            self._silencing.finish(recording.model_copy(update={"muting": muting}))
        else:
            self._keep(interaction, sha256, masked)

    def score(self, job_ids: list[str]) -> int:
        """Step: signals and draft scorecards of many interactions, stored in one transaction; how many were scored."""
        failures: list[Failure] = []
        scored: list[Scored] = []
        for work in self._work(job_ids, failures):
            with _spared(failures, work.job, work.stored):
                scored.append(self._scored(work))
        self._save(scored)
        self._fail(failures)
        return len(scored)

    def give_up(self, job_ids: list[str], message: str) -> int:
        """Step: jobs whose step gave up for good are failed; how many there were."""
        with self._database.reading() as unit:
            jobs = [job for job in unit.jobs.some(job_ids) if job.state in _OPEN]
            stored = unit.interactions.some(job.interaction for job in jobs if job.interaction is not None)
        error = ProcessingError(message, hint="score it again")
        self._fail([_failure(job, stored[job.interaction or ""], error) for job in jobs])
        return len(jobs)

    def _work(self, job_ids: Sequence[str], failures: list[Failure]) -> list[Work]:
        """Everything that scoring needs, read at one moment; what cannot be scored becomes a failure."""
        found: list[Work] = []
        with self._database.reading() as unit:
            jobs = {job.id: job for job in unit.jobs.some(job_ids) if job.state in _OPEN}
            stored = unit.interactions.some(job.interaction for job in jobs.values() if job.interaction is not None)
            forms = Forms(unit.rubrics.list(active=True))
            for job in (jobs[one] for one in job_ids if one in jobs):
                place = stored[job.interaction or ""]
                with _spared(failures, job, place, QaError):
                    rubric = forms.choose(place.interaction.channel, job.options.get("rubric"))
                    found.append(Work(job, place, self._transcript(unit, job, place), rubric))
        return found

    def _transcript(self, unit: Unit, job: Job, stored: StoredInteraction) -> Transcript:
        if stored.state is State.ERASED:
            raise ErasedError(f"interaction {stored.interaction.id!r} was erased: nothing of it can be scored", field="interaction")
        if stored.recording_sha256 is None:
            return unit.transcripts.get(stored.interaction.id, engine=None)
        engine = self._engines.get(job.options.get("engine"), queue=stored.interaction.queue)
        return unit.transcripts.get(stored.interaction.id, engine=engine.version)

    def judged(self, stored: StoredInteraction, transcript: Transcript, rubric: Rubric) -> tuple[Reading, Scorecard]:
        """What a transcript gives by a rubric, and its scorecard, which has no id yet; nothing is stored."""
        interaction = stored.interaction
        reading = self._analysis.read(interaction, transcript, rubric=rubric)
        suggestions = pre_score(
            rubric, transcript=reading.transcript, signals=reading.signals, findings=reading.findings, judgements=reading.judgements,
            learned=reading.learned, decide_at=self._settings.decide_at,
        )
        speech = None if stored.recording_sha256 is None else transcript.engine
        versions = EngineVersions(speech=speech, analysis=self._analysis.version_with(reading.learned))
        reference = InteractionRef.of(interaction, language=reading.transcript.language)
        return reading, draft(rubric, interaction=reference, engine=versions, suggestions=suggestions)

    def _scored(self, work: Work) -> Scored:
        reading, made = self.judged(work.stored, work.transcript, work.rubric)
        card = made.model_copy(update={"id": uuid.uuid4().hex})
        return Scored(work.job, reading.transcript, tuple(reading.signals.values()), card, calls_of(work.rubric, reading.judgements))

    def _save(self, scored: Sequence[Scored]) -> None:
        if not scored:
            return
        at = self._clock()
        with self._database.unit() as unit:
            unit.transcripts.save_many([(one.card.interaction.id, one.transcript) for one in scored], at=at)
            unit.signals.save_many([(one.card.interaction.id, one.signals) for one in scored], analysis=self._analysis.version, at=at)
            unit.measures.save_many({one.card.interaction.id: _measured(one) for one in scored})
            for shelf in (unit.call_details, unit.surveys):
                shelf.adopt([one.card.interaction.id for one in scored])
            stored = unit.scorecards.add_many([one.card for one in scored], at=at)
            fresh = [(card, one.calls) for card, one in zip(stored, scored, strict=True) if card.id == one.card.id]
            unit.ledger.append_many(_suggested(card, calls, at) for card, calls in fresh)
            unit.interactions.set_states([one.card.interaction.id for one in scored], State.SCORED)
            unit.jobs.finish_many([one.job.id for one in scored], at=at)

    def _fail(self, failures: Sequence[Failure]) -> None:
        """Keep what stopped jobs; one that another process finished meanwhile stays finished."""
        if not failures:
            return
        at = self._clock()
        with self._database.unit() as unit:
            open_ = {job.id for job in unit.jobs.some(failure.job.id for failure in failures) if job.state in _OPEN}
            for job, fault in failures:
                if job.id not in open_:
                    continue
                unit.jobs.fail(job.id, fault, at=at)
                unit.interactions.set_state(job.interaction or "", State.FAILED, error=fault)
                unit.ledger.append(
                    at=at, actor="system", action="interaction.failed", subject=f"interaction/{job.interaction}",
                    content=fault.model_dump(exclude_none=True),
                )


def _measured(one: Scored) -> Measured:
    return measured(one.signals, duration_ms=one.transcript.duration_ms)


@contextmanager
def _spared(failures: list[Failure], job: Job, stored: StoredInteraction, kind: type[Exception] = Exception) -> Iterator[None]:
    """The edge of a job: whatever stops it is told, and the others go on."""
    try:
        yield
    except StorageError:
        # That passes: the step is done again, and the job given up only when it does not.
        raise
    except kind as error:
        failures.append(_failure(job, stored, error))


def _died(times: int) -> ProcessingError:
    hint = "see the log for what it did last; a worker that was only killed from outside is no fault of it: try it again"
    return ProcessingError(f"the process that worked on it died {times} times", hint=hint)


def _failure(job: Job, stored: StoredInteraction, error: Exception) -> Failure:
    """With the name the user knows the file by."""
    if not isinstance(error, QaError):
        _LOG.error("processing failed", exc_info=error)
        error = ProcessingError(f"{type(error).__name__}: {error}")
    fault = Fault.of(error)
    return Failure(job, fault.model_copy(update={"file": stored.source_name or fault.file}))


def _suggested(card: Scorecard, calls: Mapping[str, tuple[Call, ...]], at: datetime) -> Act:
    """Of what a model was asked, hashes and figures: its words and the masked talk may hold what must be forgettable."""
    content: dict[str, object] = {
        "interaction": card.interaction.id, "rubric": card.rubric.model_dump(), "engine": card.engine.model_dump(),
        "score": card.score, "suggestions": {one.id: one.suggestion.answer for one in card.criteria if one.suggestion is not None},
    }
    if calls:
        content["judged"] = {one: [call.model_dump(exclude={"fault"}, exclude_none=True) for call in some] for one, some in calls.items()}
    subject, about = f"scorecard/{card.id}", card.interaction.id
    return Act(at=at, actor="system", action="scorecard.suggested", subject=subject, content=content, interaction=about)
