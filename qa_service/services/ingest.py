"""Ingestion: an upload or file becomes an interaction with a job; the same content twice becomes one."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import Field

from qa_service.channels import Conversation, Header, Pair
from qa_service.domain.base import Record
from qa_service.domain.ledger import canonical
from qa_service.domain.recording import ChannelMap, Muting, Recording
from qa_service.domain.rubric import Rubric
from qa_service.errors import AudioError, DuplicateError, QaError, UnknownAgentError
from qa_service.services.clock import Clock
from qa_service.services.engines import Engines
from qa_service.services.forms import Forms
from qa_service.services.originals import HEADER, sealed
from qa_service.services.pairs import content_of, joined, named_as, note
from qa_service.services.pressure import Pressure
from qa_service.services.redaction import MaskedConversation, Redactor
from qa_service.services.workflow import SPEECH, TEXT
from qa_service.settings import Settings
from qa_service.speech.audio import probe
from qa_service.speech.joining import probe_half
from qa_service.store.batches import Cause
from qa_service.store.interactions import Added, NewInteraction, State, StoredInteraction, erased_before
from qa_service.store.jobs import Job, JobState, Urgency
from qa_service.store.ledger import Act
from qa_service.store.originals import SealedOriginal
from qa_service.store.recordings import RecordingFiles
from qa_service.store.scorecards import Made
from qa_service.store.session import Database
from qa_service.store.unit import Unit
from qa_service.store.vault import Vault

#: Begins the name of the note that a recording is being taken in.
_TAKING = "taking-"
#: Starts jobs; called after they are stored.
Dispatch = Callable[[Sequence[Job]], None]


class JobOptions(Record):
    """What whoever asks for the work wants differently."""

    #: Rubric id instead of the channel's active one.
    rubric: str | None = None
    #: Speech engine instead of the one in the settings.
    engine: str | None = None
    #: How urgent it is; ``None``: batches wait for what comes by itself.
    priority: Urgency | None = None
    #: What was scored by an earlier version of rubric or engine is scored again; ``None``: batches leave it, what comes by itself does not.
    rescore: bool | None = None

    @property
    def wishes(self) -> dict[str, str]:
        """What is done differently, however urgent it is."""
        return self.model_dump(exclude_none=True, exclude={"priority", "rescore"})


class Ingested(Record):
    """What became of an upload."""

    #: Id of the interaction that holds this content.
    interaction: str
    #: Job that processes it.
    job: str
    #: False when the same content was there before.
    created: bool
    #: Why it is worked on, or why not.
    cause: Cause = Cause.NEW


class Source(Record):
    """Where something comes from."""

    #: File or upload name, for messages.
    name: str
    #: Who brings it.
    actor: str
    #: Batch it belongs to.
    batch: str | None = None
    #: What the ledger keeps besides.
    notes: dict[str, Any] = Field(default_factory=dict)


class Ingestion:
    """Takes things in, stores them, and starts their jobs."""

    def __init__(
        self, *, database: Database, files: RecordingFiles, engines: Engines, analysis: Callable[[Rubric], str], redactor: Redactor,
        vault: Vault, pressure: Pressure, settings: Settings, clock: Clock, dispatch: Dispatch,
    ) -> None:
        self._database = database
        self._files = files
        self._engines = engines
        self._analysis = analysis
        self._redactor = redactor
        self._vault = vault
        self._pressure = pressure
        self._settings = settings
        self._clock = clock
        self._dispatch = dispatch

    def check(self, options: JobOptions) -> None:
        """Raises :class:`InputError` for a rubric or engine that this installation does not have."""
        if options.engine is not None:
            self._engines.check(options.engine)
        if options.rubric is not None:
            with self._database.reading() as unit:
                _forms(unit).named(options.rubric)

    def wanted(self, unit: Unit, stored: Mapping[str, StoredInteraction], options: JobOptions) -> dict[str, Made | None]:
        """What their scorecards are to be made with; ``None`` while no rubric can be chosen."""
        forms = _forms(unit)
        return {interaction: self._wanted(forms, one, options) for interaction, one in stored.items()}

    def conversation(self, conversation: Conversation, *, source: Source, options: JobOptions | None = None) -> Ingested:
        """Take one conversation in; raises :class:`DuplicateError` and :class:`UnknownAgentError`."""
        (result,) = self.conversations([(conversation, source)], options=options)
        if isinstance(result, QaError):
            raise result
        return result

    def conversations(
        self, items: Sequence[tuple[Conversation, Source]], *, options: JobOptions | None = None
    ) -> tuple[Ingested | QaError, ...]:
        """Take many in, in one transaction; a refused one is an error in its place and the others go on. Personal data are masked first.

        Raises :class:`BusyError`, as all that take something in, where too much waits for work; what comes in a batch waits for room.
        """
        for _, source in items:
            self._room(source)
        contents = [_content(one) for one, _ in items]
        with self._database.reading() as unit:
            known = unit.interactions.known_contents(contents)
        # What is there already is not stored again, and so need not be read for personal data but for its header.
        masked = [self._masked(one, whole=content not in known) for (one, _), content in zip(items, contents, strict=True)]
        new = [
            NewInteraction(interaction=one.conversation.interaction, content_sha256=content, source_name=source.name)
            for one, content, (_, source) in zip(masked, contents, items, strict=True)
        ]
        with self._database.unit() as unit:
            refused = self._refused(unit, new)
            kept = [one for one, error in zip(new, refused, strict=True) if error is None]
            added = iter(unit.interactions.add_many(kept, at=self._clock()))
            results = [next(added) if error is None else error for error in refused]
            fresh = [
                one if content not in known else self._masked(whole, whole=True)
                for one, content, (whole, _), result in zip(masked, contents, items, results, strict=True)
                if isinstance(result, Added) and result.created
            ]
            unit.transcripts.save_many([(one.conversation.interaction.id, one.conversation.transcript) for one in fresh], at=self._clock())
            unit.originals.save_many([kept for one in fresh for kept in self._sealed(one)], at=self._clock())
            jobs, ingested = self._jobs(unit, [(r, s) for r, (_, s) in zip(results, items, strict=True)], options or JobOptions())
        self._dispatch(jobs)
        return tuple(ingested)

    def _room(self, source: Source) -> None:
        if source.batch is None:
            self._pressure.check()
        else:
            self._pressure.wait()

    def _masked(self, conversation: Conversation, *, whole: bool) -> MaskedConversation:
        """``whole=False``: its header only."""
        if whole:
            return self._redactor.conversation(conversation)
        interaction, originals = self._redactor.interaction(conversation.interaction)
        return MaskedConversation(conversation.model_copy(update={"interaction": interaction}), originals)

    def _sealed(self, masked: MaskedConversation) -> tuple[SealedOriginal, ...]:
        one = masked.conversation
        return sealed(self._vault, one.interaction.id, one.transcript.engine, masked.originals)

    def recording(
        self, path: Path, header: Header, *, source: Source, options: JobOptions | None = None, reference: bytes | None = None
    ) -> Ingested:
        """Take a recording in, with its side-car's bytes as ``reference`` where an engine reads them.

        Raises :class:`AudioError` for anything that cannot be heard, :class:`DuplicateError`, :class:`UnknownAgentError`.
        """
        self._room(source)
        with told_as(source.name):
            found = probe(path, channel_map=header.channel_map)
            _check(found, self._settings)
        recording = found.model_copy(update={"file_name": Path(source.name).name})
        return self._recording(path, recording, header, content=found.sha256, source=source, options=options, reference=reference)

    def pair(
        self, pair: Pair, header: Header, *, source: Source, names: Mapping[Path, str], options: JobOptions | None = None,
        reference: bytes | None = None,
    ) -> Ingested:
        """Take two mono files in as one recording; ``names``: what the user calls them. Otherwise as :meth:`recording`.

        The same two files again are the same content, whatever they are called; the other way round, :class:`DuplicateError`.
        """
        self._room(source)
        with named_as(names):
            halves = probe_half(pair.left), probe_half(pair.right)
        content, turned = content_of(*halves), content_of(*reversed(halves))
        with self._database.reading() as unit:
            known, other = unit.interactions.by_content(content), unit.interactions.by_content(turned)
            stored = None if known is None or known.recording_sha256 is None else unit.recordings.get(known.recording_sha256)
        if known is None and other is not None:
            hint = f"PUT /v1/interactions/{other.interaction.id}/channels turns it round"
            raise DuplicateError("this pair is stored with its channels the other way round", file=source.name, hint=hint)
        if stored is not None:
            again = stored.model_copy(update={"channel_map": header.channel_map})
            return self._recording(None, again, header, content=content, source=source, options=options, reference=reference)
        folder = self._files.scratch.folder
        with named_as(names), joined(pair, max_seconds=self._settings.max_audio_seconds, folder=folder) as (path, how):
            found = probe(path, channel_map=header.channel_map)
            with told_as(source.name):
                _check(found, self._settings)
            recording = found.model_copy(update={"file_name": f"{pair.stem}{path.suffix}"})
            noted = source.model_copy(update={"notes": note(pair, halves, names, how)})
            return self._recording(path, recording, header, content=content, source=noted, options=options, reference=reference)

    def _recording(
        self, path: Path | None, recording: Recording, header: Header, *, content: str, source: Source, options: JobOptions | None,
        reference: bytes | None,
    ) -> Ingested:
        """``path`` is ``None`` where the bytes are known to be kept."""
        interaction = header.interaction
        if not header.id_given:
            interaction = interaction.model_copy(update={"id": f"{interaction.id}-{content[:8]}"})
        interaction, originals = self._redactor.interaction(interaction)
        recording = recording.model_copy(update={"muting": Muting() if self._redactor.on else None})
        new = NewInteraction(
            interaction=interaction, content_sha256=content, source_name=source.name, recording_sha256=recording.sha256
        )
        with self._database.reading() as unit:
            (error,) = self._refused(unit, [new])
            known = unit.interactions.by_content(content)
            if error is None and known is None and interaction.id in unit.interactions.some([interaction.id]):
                error = _taken(new)
            if error is None and known is not None and known.state is State.ERASED:
                error = erased_before(new, known)
        if error is not None:
            raise error
        with self._taking(recording.sha256):
            if known is None and path is not None:
                # A file that we made ourselves may be larger than what came: only uploads are measured.
                limit = self._settings.max_upload_bytes if content == recording.sha256 else None
                with path.open("rb") as stream:
                    self._files.put(stream, name=source.name, limit=limit)
            if reference is not None:
                self._attach(recording.sha256, reference)
            with self._database.unit() as unit:
                if not unit.recordings.add(recording):
                    _remap(unit, recording, known, source)
                (added,) = unit.interactions.add_many([new], at=self._clock())
                if isinstance(added, DuplicateError):
                    raise added
                if added.created:
                    unit.originals.save_many(sealed(self._vault, interaction.id, HEADER, originals), at=self._clock())
                jobs, (ingested,) = self._jobs(unit, [(added, source)], options or JobOptions())
        self._dispatch(jobs)
        if isinstance(ingested, QaError):
            raise ingested
        return ingested

    @contextmanager
    def _taking(self, sha256: str) -> Iterator[None]:
        """An upload that does not become a stored recording goes again, whether it is refused or the process dies (:meth:`tidy`)."""
        marker = self._files.scratch.folder / f"{_TAKING}{sha256}"
        with self._files.alone(sha256, purpose="taking"):
            marker.touch()
            try:
                yield
            finally:
                self._forget_unstored(sha256)
                marker.unlink(missing_ok=True)

    def tidy(self, folder: Path) -> None:
        """Finish what a process that died has left in its scratch folder."""
        for marker in folder.glob(f"{_TAKING}*"):
            self._forget_unstored(marker.name.removeprefix(_TAKING))

    def _forget_unstored(self, sha256: str) -> None:
        with self._database.reading() as unit:
            stored = unit.recordings.some([sha256])
        if not stored:
            self._files.delete(sha256)

    def _attach(self, sha256: str, reference: bytes) -> None:
        """A side-car as it came lies beside an upload whose words are not known yet; beside a silenced recording it is masked."""
        with self._database.reading() as unit:
            stored = unit.recordings.some([sha256]).get(sha256)
        done = stored is not None and stored.muting is not None and stored.may_be_heard
        kept = stored.kept_sha256 if stored is not None else sha256
        self._files.attach(kept, ".json", self._redactor.sidecar(reference) if done else reference)

    def _refused(self, unit: Unit, new: Sequence[NewInteraction]) -> list[QaError | None]:
        if self._settings.unknown_agents == "create":
            return [None] * len(new)
        return [_unknown_agent(unit, one) for one in new]

    def _jobs(
        self, unit: Unit, results: Sequence[tuple[Added | QaError, Source]], options: JobOptions
    ) -> tuple[list[Job], list[Ingested | QaError]]:
        """A job for everything that has none yet for these options, and notes in the ledger."""
        if options.rescore is None:
            options = options.model_copy(update={"rescore": all(source.batch is None for _, source in results)})
        before = [result.stored for result, _ in results if isinstance(result, Added) and not result.created]
        causes, settled = self._settled(unit, before, options)
        jobs: list[Job] = []
        out: list[Ingested | QaError] = []
        acts: list[Act] = []
        for result, source in results:
            if isinstance(result, QaError):
                out.append(type(result)(result.message, file=source.name, field=result.field, hint=result.hint))
                continue
            known = settled.get(result.stored.interaction.id)
            if known is not None:
                cause = causes.get(result.stored.interaction.id, Cause.THERE)
                out.append(Ingested(interaction=result.stored.interaction.id, job=known.id, created=False, cause=cause))
                continue
            job = self._job(result.stored, source, options)
            jobs.append(job)
            settled[result.stored.interaction.id] = job
            # Another one with this content in what follows finds the job there.
            cause = causes.pop(result.stored.interaction.id, Cause.NEW)
            if result.created:
                acts.append(_act(result.stored, job, source))
            out.append(Ingested(interaction=result.stored.interaction.id, job=job.id, created=result.created, cause=cause))
        unit.jobs.add_many(jobs)
        unit.ledger.append_many(acts)
        return jobs, out

    def _settled(
        self, unit: Unit, stored: Sequence[StoredInteraction], options: JobOptions
    ) -> tuple[dict[str, Cause], dict[str, Job]]:
        """Why each is worked on or not; and jobs of those that are not."""
        ids = [one.interaction.id for one in stored]
        if not ids:
            return {}, {}
        made, last, forms = unit.scorecards.made_for(ids), unit.jobs.last_for(ids), _forms(unit)
        causes = {
            one.interaction.id: self._cause(forms, one, options, last.get(one.interaction.id), made.get(one.interaction.id, ()))
            for one in stored
        }
        return causes, {one: last[one] for one, cause in causes.items() if cause in (Cause.THERE, Cause.OUTDATED)}

    def _cause(
        self, forms: Forms, stored: StoredInteraction, options: JobOptions, job: Job | None, made: Sequence[Made]
    ) -> Cause:
        """A job that is under way, or a scorecard by the same rubric version, analysis and speech engine, does what is asked for."""
        if job is not None and job.state in (JobState.QUEUED, JobState.RUNNING) and job.options == options.wishes:
            return Cause.THERE
        wanted = self._wanted(forms, stored, options)
        if job is None or job.state is not JobState.DONE or wanted is None:
            return Cause.MISSING
        if wanted in made:
            return Cause.THERE
        like = [one for one in made if one.rubric_id == wanted.rubric_id and (options.engine is None or _family(one) == _family(wanted))]
        if not like:
            return Cause.MISSING
        if not options.rescore:
            return Cause.OUTDATED
        return Cause.ENGINE if any(one.rubric == wanted.rubric for one in like) else Cause.RUBRIC

    def _wanted(self, forms: Forms, stored: StoredInteraction, options: JobOptions) -> Made | None:
        spoken = stored.recording_sha256 is not None
        speech = self._engines.get(options.engine, queue=stored.interaction.queue).version if spoken else None
        fitting = forms.fitting(stored.interaction.channel, options.rubric)
        if len(fitting) != 1:
            return None
        return Made(fitting[0].fingerprint, speech, self._analysis(fitting[0]), fitting[0].rubric)

    def _job(self, stored: StoredInteraction, source: Source, options: JobOptions) -> Job:
        return Job(
            id=uuid.uuid4().hex, kind=TEXT if stored.recording_sha256 is None else SPEECH, interaction=stored.interaction.id,
            batch=source.batch, created_at=self._clock(), options=options.wishes,
            priority=options.priority or (Urgency.NORMAL if source.batch is None else Urgency.LOW),
        )


def _check(recording: Recording, settings: Settings) -> None:
    if recording.duration_ms == 0:
        raise AudioError("the recording is 0 s long")
    if recording.duration_ms > settings.max_audio_seconds * 1000:
        raise AudioError(
            f"the recording is {recording.duration_ms / 1000:.0f} s long; the limit is {settings.max_audio_seconds:.0f} s",
            hint="raise QA_MAX_AUDIO_SECONDS to take it",
        )
    if recording.channel_map.known and recording.channels == 1:
        raise AudioError(
            "the channel map names a left and a right party, but the recording has one channel", field="channels", hint='say "mono"'
        )


@contextmanager
def told_as(name: str) -> Iterator[None]:
    """Errors name the file as the user knows it, not where it lies for the moment."""
    try:
        yield
    except QaError as error:
        error.file = name
        raise


def _family(made: Made) -> str | None:
    """The speech engine, whatever its version: versions begin with its name."""
    return None if made.speech is None else made.speech.partition(" ")[0]


def _forms(unit: Unit) -> Forms:
    return Forms(unit.rubrics.list(active=True))


def _taken(new: NewInteraction) -> DuplicateError:
    return DuplicateError(
        f"interaction {new.interaction.id!r} is stored with other content", file=new.source_name, field="id",
        hint="give it another id; stored interactions are never overwritten",
    )


def _remap(unit: Unit, recording: Recording, known: StoredInteraction | None, source: Source) -> None:
    """Another channel map for a stored recording: taken where the first one led to nothing, refused where something was made with it."""
    told = recording.channel_map
    if told == ChannelMap() or unit.recordings.get(recording.sha256).channel_map == told:
        return
    if known is None or known.state is not State.FAILED:
        raise DuplicateError("this recording is stored with other parties on its channels", file=source.name, field="channels")
    unit.recordings.remap(recording.sha256, told)


def _content(conversation: Conversation) -> str:
    return hashlib.sha256(canonical(conversation.model_dump(mode="json", exclude_none=True)).encode()).hexdigest()


def _unknown_agent(unit: Unit, new: NewInteraction) -> QaError | None:
    agent = new.interaction.agent
    if agent is not None and unit.agents.exists(agent.id):
        return None
    who = "no agent is named" if agent is None else f"nobody knows agent {agent.id!r}"
    return UnknownAgentError(who, file=new.source_name, field="agent.id", hint="register the agent, or set QA_UNKNOWN_AGENTS=create")


def _act(stored: StoredInteraction, job: Job, source: Source) -> Act:
    content = {
        "content_sha256": stored.content_sha256, "source": source.name, "channel": stored.interaction.channel.value,
        "agent": stored.interaction.agent.id if stored.interaction.agent else None, "job": job.id, **source.notes,
    }
    subject = f"interaction/{stored.interaction.id}"
    return Act(at=job.created_at, actor=source.actor, action="interaction.ingested", subject=subject, content=content)
