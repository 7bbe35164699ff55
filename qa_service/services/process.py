"""Processing: transcribe, analyse and pre-score an interaction, as durable steps that are safe to repeat."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
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
from qa_service.errors import ConfigurationError, ProcessingError, QaError
from qa_service.services.clock import Clock
from qa_service.services.engines import Engines
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
#: Engine name of a transcript that came as words, not as sound.
_SPEECH_WORKFLOW, _TEXT_WORKFLOW = "process_interaction", "process_texts"


class Scored(NamedTuple):
    """What one interaction gave."""

    job: Job
    transcript: Transcript
    signals: tuple[Signal, ...]
    card: Scorecard
    rubric: Rubric


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
        texts = [job.id for job in jobs if job.kind == TEXT]
        for job in jobs:
            if job.kind == SPEECH:
                self._workflows.enqueue(SPEECH, _SPEECH_WORKFLOW, workflow_id=f"job-{job.id}", arguments=[job.id])
        for start in range(0, len(texts), self._settings.text_chunk):
            chunk = texts[start : start + self._settings.text_chunk]
            name = hashlib.sha256("".join(chunk).encode()).hexdigest()[:32]
            self._workflows.enqueue(TEXT, _TEXT_WORKFLOW, workflow_id=f"chunk-{name}", arguments=[chunk])

    def resume(self) -> int:
        """Queue again what was stored but never queued (a crash between the two); how many there were."""
        open_: list[Job] = []
        with self._database.reading() as unit:
            for state in (JobState.QUEUED, JobState.RUNNING):
                cursor: str | None = None
                while True:
                    page = unit.jobs.list(state=state, cursor=cursor, limit=500)
                    open_ += page.items
                    cursor = page.next
                    if cursor is None:
                        break
        self.dispatch(open_)
        return len(open_)

    def _process_interaction(self, job: str) -> None:
        if self._workflows.step("transcribe", self.transcribe, job):
            self._workflows.step("score", self.score, [job])

    def _process_texts(self, jobs: list[str]) -> None:
        self._workflows.step("score", self.score, jobs)

    def transcribe(self, job_id: str) -> bool:
        """Step: the transcript of a recording; done at once where the engine's is there. False when the job failed."""
        with self._database.unit() as unit:
            job = unit.jobs.get(job_id)
            if job.state in (JobState.DONE, JobState.FAILED):
                return False
            unit.jobs.start(job_id, at=self._clock())
            unit.jobs.step(job_id, "transcribe")
            stored = unit.interactions.get(job.interaction or "")
            unit.interactions.set_state(stored.interaction.id, State.PROCESSING)
        if stored.recording_sha256 is None:
            return True
        try:
            self._transcribe(job, stored)
        except Exception as error:  # noqa: BLE001 - the edge of a step: whatever it was, it is told and the batch goes on
            self._failed([job], error, stored.source_name)
            return False
        return True

    def _transcribe(self, job: Job, stored: StoredInteraction) -> None:
        assert stored.recording_sha256 is not None
        engine = self._engines.get(job.options.get("engine"))
        interaction = stored.interaction
        with self._database.reading() as unit:
            if unit.transcripts.has(interaction.id, engine=engine.version):
                return
            recording = unit.recordings.get(stored.recording_sha256)
        transcript = transcribe(
            self._files.path(recording.sha256), engine=engine, channel_map=recording.channel_map,
            language=interaction.language or self._settings.language or None, max_seconds=self._settings.max_audio_seconds,
        )
        with self._database.unit() as unit:
            unit.transcripts.save(interaction.id, transcript, at=self._clock())
            content = {"engine": transcript.engine, "turns": len(transcript.turns), "language": transcript.language}
            unit.ledger.append(
                at=self._clock(), actor="system", action="interaction.transcribed", subject=f"interaction/{interaction.id}", content=content
            )

    def score(self, job_ids: list[str]) -> int:
        """Step: signals and draft scorecards of many interactions, stored in one transaction; how many were scored."""
        with self._database.reading() as unit:
            jobs = [job for job in (unit.jobs.get(one) for one in job_ids) if job.state not in (JobState.DONE, JobState.FAILED)]
            work = [(job, unit.interactions.get(job.interaction or ""), self._transcript(unit, job)) for job in jobs]
            rubrics = {rubric.channel: rubric for rubric in unit.rubrics.list(active=True)}
            named = {name: unit.rubrics.get(name) for name in {job.options.get("rubric") for job in jobs} if name}
        scored: list[Scored] = []
        failed: list[tuple[Job, Exception, str | None]] = []
        for job, stored, transcript in work:
            try:
                rubric = named.get(job.options.get("rubric", "")) or rubrics.get(stored.interaction.channel)
                scored.append(self._scored(job, stored, transcript, rubric))
            except Exception as error:  # noqa: BLE001 - the edge of a step: one bad interaction must not stop the others
                failed.append((job, error, stored.source_name))
        self._save(scored)
        for job, error, name in failed:
            self._failed([job], error, name)
        return len(scored)

    def _transcript(self, unit: Unit, job: Job) -> Transcript:
        engine = self._engines.get(job.options.get("engine")).version if job.kind == SPEECH else None
        interaction = job.interaction or ""
        wanted = engine if engine is not None and unit.transcripts.has(interaction, engine=engine) else None
        return unit.transcripts.get(interaction, engine=wanted)

    def _scored(self, job: Job, stored: StoredInteraction, transcript: Transcript, rubric: Rubric | None) -> Scored:
        interaction = stored.interaction
        if rubric is None:
            raise ConfigurationError(f"no rubric is active for channel {interaction.channel.value}", field="rubric")
        if rubric.channel is not interaction.channel:
            raise ConfigurationError(
                f"rubric {rubric.rubric!r} judges {rubric.channel.value}, not {interaction.channel.value}", field="rubric"
            )
        reading = self._analysis.read(interaction, transcript, rubric=rubric)
        suggestions = pre_score(
            rubric, transcript=reading.transcript, signals=reading.signals, findings=reading.findings, decide_at=self._settings.decide_at
        )
        versions = EngineVersions(speech=None if stored.recording_sha256 is None else transcript.engine, analysis=self._analysis.version)
        reference = InteractionRef.of(interaction, language=reading.transcript.language)
        card = draft(rubric, interaction=reference, engine=versions, suggestions=suggestions).model_copy(update={"id": uuid.uuid4().hex})
        return Scored(job, reading.transcript, tuple(reading.signals.values()), card, rubric)

    def _save(self, scored: Sequence[Scored]) -> None:
        at = self._clock()
        by_rubric: dict[str, list[Scored]] = defaultdict(list)
        for one in scored:
            by_rubric[one.rubric.fingerprint].append(one)
        with self._database.unit() as unit:
            unit.transcripts.save_many([(one.card.interaction.id, one.transcript) for one in scored], at=at)
            unit.signals.save_many([(one.card.interaction.id, one.signals) for one in scored], analysis=self._analysis.version, at=at)
            stored = unit.scorecards.add_many([one.card for one in scored], at=at)
            fresh = [card for card, one in zip(stored, scored, strict=True) if card.id == one.card.id]
            unit.ledger.append_many(_suggested(card, at) for card in fresh)
            unit.interactions.set_states([one.card.interaction.id for one in scored], State.SCORED)
            unit.jobs.finish_many([one.job.id for one in scored], at=at)

    def _failed(self, jobs: Iterable[Job], error: Exception, name: str | None) -> None:
        """Keep what stopped a job, with the name the user knows the file by."""
        if not isinstance(error, QaError):
            _LOG.exception("processing failed", exc_info=error)
            error = ProcessingError(f"{type(error).__name__}: {error}", file=name)
        fault = Fault.of(error).model_copy(update={"file": name or error.file})
        with self._database.unit() as unit:
            for job in jobs:
                unit.jobs.fail(job.id, fault, at=self._clock())
                unit.interactions.set_state(job.interaction or "", State.FAILED, error=fault)
                unit.ledger.append(
                    at=self._clock(), actor="system", action="interaction.failed", subject=f"interaction/{job.interaction}",
                    content=fault.model_dump(exclude_none=True),
                )


def _suggested(card: Scorecard, at: datetime) -> Act:
    content = {
        "interaction": card.interaction.id, "rubric": card.rubric.model_dump(), "engine": card.engine.model_dump(),
        "score": card.score, "suggestions": {one.id: one.suggestion.answer for one in card.criteria if one.suggestion is not None},
    }
    return Act(at=at, actor="system", action="scorecard.suggested", subject=f"scorecard/{card.id}", content=content)


