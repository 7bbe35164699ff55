"""Processing: transcribe, analyse and pre-score an interaction, as durable steps that are safe to repeat."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from qa_service.analysis.analysis import Analysis
from qa_service.domain.pre_score import pre_score
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Engines as EngineVersions
from qa_service.domain.scorecard import InteractionRef, Scorecard
from qa_service.domain.scoring import draft
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Transcript
from qa_service.errors import ProcessingError, QaError
from qa_service.services.clock import Clock
from qa_service.services.engines import Engines
from qa_service.services.forms import Forms
from qa_service.services.workflow import SPEECH, TEXT, Workflows
from qa_service.settings import Settings
from qa_service.speech.transcribe import transcribe
from qa_service.store.faults import Fault
from qa_service.store.interactions import State, StoredInteraction
from qa_service.store.jobs import Job, JobState
from qa_service.store.ledger import Act
from qa_service.store.recordings import RecordingFiles
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_LOG = logging.getLogger(__name__)
_SPEECH_WORKFLOW, _TEXT_WORKFLOW = "process_interaction", "process_texts"
_OPEN = (JobState.QUEUED, JobState.RUNNING)


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


class Failure(NamedTuple):
    """What stopped a job."""

    job: Job
    fault: Fault


class Processing:
    """Turns jobs into draft scorecards; the workflows call its steps, and every step may be repeated."""

    def __init__(
        self, *, database: Database, files: RecordingFiles, engines: Engines, analysis: Analysis, settings: Settings, clock: Clock,
        workflows: Workflows,
    ) -> None:
        self._database = database
        self._files = files
        self._engines = engines
        self._analysis = analysis
        self._settings = settings
        self._clock = clock
        self._workflows = workflows
        workflows.register(_SPEECH_WORKFLOW, self._process_interaction)
        workflows.register(_TEXT_WORKFLOW, self._process_texts)

    def dispatch(self, jobs: Sequence[Job]) -> None:
        """Queue jobs: each recording by itself, texts in chunks (a workflow costs more than a short text)."""
        for queue, name, workflow, arguments in self._workflows_of(jobs):
            self._workflows.enqueue(queue, name, workflow_id=workflow, arguments=arguments)

    def resume(self) -> int:
        """Queue again every open job that no workflow holds (a crash between storing and queueing, or a workflow that gave up); how many
        there were."""
        open_ = self._open_jobs()
        held = {job for (jobs,) in self._workflows.open_arguments(_TEXT_WORKFLOW) for job in jobs}
        held |= {job for (job,) in self._workflows.open_arguments(_SPEECH_WORKFLOW)}
        left = [job for job in open_ if job.id not in held]
        for queue, name, workflow, arguments in self._workflows_of(left):
            self._workflows.enqueue_again(queue, name, workflow_id=workflow, arguments=arguments)
        return len(left)

    def _workflows_of(self, jobs: Sequence[Job]) -> Iterator[tuple[str, str, str, list[object]]]:
        """Queue, name, id and arguments; equal jobs give equal ids."""
        for job in jobs:
            if job.kind == SPEECH:
                yield SPEECH, _SPEECH_WORKFLOW, f"job-{job.id}", [job.id]
        texts = [job.id for job in jobs if job.kind == TEXT]
        for start in range(0, len(texts), self._settings.text_chunk):
            chunk = texts[start : start + self._settings.text_chunk]
            yield TEXT, _TEXT_WORKFLOW, f"chunk-{hashlib.sha256(''.join(chunk).encode()).hexdigest()[:32]}", [chunk]

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
            if self._workflows.step("transcribe", self.transcribe, job):
                self._workflows.step("score", self.score, [job])

    def _process_texts(self, jobs: list[str]) -> None:
        with self._told(jobs):
            self._workflows.step("score", self.score, jobs)

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
        interaction = stored.interaction
        engine = self._engines.get(job.options.get("engine"), queue=interaction.queue)
        with self._database.reading() as unit:
            if unit.transcripts.has(interaction.id, engine=engine.version):
                return
            recording = unit.recordings.get(stored.recording_sha256)
        with self._files.named(recording.sha256, recording.file_name) as path:
            transcript = transcribe(
                path, engine=engine, channel_map=recording.channel_map, language=interaction.language,
                max_seconds=self._settings.max_audio_seconds, ear=self._engines.ear,
            )
        with self._database.unit() as unit:
            unit.transcripts.save(interaction.id, transcript, at=self._clock())
            content = {"engine": transcript.engine, "turns": len(transcript.turns), "language": transcript.language}
            unit.ledger.append(
                at=self._clock(), actor="system", action="interaction.transcribed", subject=f"interaction/{interaction.id}", content=content
            )

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
        if stored.recording_sha256 is None:
            return unit.transcripts.get(stored.interaction.id, engine=None)
        engine = self._engines.get(job.options.get("engine"), queue=stored.interaction.queue)
        return unit.transcripts.get(stored.interaction.id, engine=engine.version)

    def _scored(self, work: Work) -> Scored:
        interaction, rubric = work.stored.interaction, work.rubric
        reading = self._analysis.read(interaction, work.transcript, rubric=rubric)
        suggestions = pre_score(
            rubric, transcript=reading.transcript, signals=reading.signals, findings=reading.findings, decide_at=self._settings.decide_at
        )
        speech = None if work.stored.recording_sha256 is None else work.transcript.engine
        versions = EngineVersions(speech=speech, analysis=self._analysis.version)
        reference = InteractionRef.of(interaction, language=reading.transcript.language)
        card = draft(rubric, interaction=reference, engine=versions, suggestions=suggestions).model_copy(update={"id": uuid.uuid4().hex})
        return Scored(work.job, reading.transcript, tuple(reading.signals.values()), card)

    def _save(self, scored: Sequence[Scored]) -> None:
        if not scored:
            return
        at = self._clock()
        with self._database.unit() as unit:
            unit.transcripts.save_many([(one.card.interaction.id, one.transcript) for one in scored], at=at)
            unit.signals.save_many([(one.card.interaction.id, one.signals) for one in scored], analysis=self._analysis.version, at=at)
            stored = unit.scorecards.add_many([one.card for one in scored], at=at)
            fresh = [card for card, one in zip(stored, scored, strict=True) if card.id == one.card.id]
            unit.ledger.append_many(_suggested(card, at) for card in fresh)
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


@contextmanager
def _spared(failures: list[Failure], job: Job, stored: StoredInteraction, kind: type[Exception] = Exception) -> Iterator[None]:
    """The edge of a job: whatever stops it is told, and the others go on."""
    try:
        yield
    except kind as error:
        failures.append(_failure(job, stored, error))


def _failure(job: Job, stored: StoredInteraction, error: Exception) -> Failure:
    """With the name the user knows the file by."""
    if not isinstance(error, QaError):
        _LOG.error("processing failed", exc_info=error)
        error = ProcessingError(f"{type(error).__name__}: {error}")
    fault = Fault.of(error)
    return Failure(job, fault.model_copy(update={"file": stored.source_name or fault.file}))


def _suggested(card: Scorecard, at: datetime) -> Act:
    content = {
        "interaction": card.interaction.id, "rubric": card.rubric.model_dump(), "engine": card.engine.model_dump(),
        "score": card.score, "suggestions": {one.id: one.suggestion.answer for one in card.criteria if one.suggestion is not None},
    }
    return Act(at=at, actor="system", action="scorecard.suggested", subject=f"scorecard/{card.id}", content=content)
