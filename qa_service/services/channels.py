"""Channel maps: somebody tells which channel is the agent's, and everything that was made from a guess or a mistake follows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence

from qa_service.domain.base import Record
from qa_service.domain.parties import Speakers, exchanged, how_known
from qa_service.domain.permission import Scope
from qa_service.domain.recording import ChannelMap, Recording
from qa_service.domain.transcript import Speaker, Transcript
from qa_service.errors import AudioError, ConflictError, NotFoundError
from qa_service.services.clock import Clock
from qa_service.services.ingest import told_as
from qa_service.services.workflow import SPEECH
from qa_service.settings import Settings
from qa_service.speech.placing import agent_channel
from qa_service.store.interactions import StoredInteraction
from qa_service.store.jobs import Job, JobState
from qa_service.store.recordings import RecordingFiles
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_OPEN = (JobState.QUEUED, JobState.RUNNING)


class ChannelsView(Record):
    """Who is on which channel of a recording."""

    #: Party on channel 0; null while nobody told.
    left: Speaker | None
    #: Party on channel 1; null while nobody told.
    right: Speaker | None
    #: Whether both parties share one channel.
    mono: bool
    #: Channels of the recording: 1 or 2.
    channels: int
    #: How far it is known who says what; null until there is a transcript.
    speakers: Speakers | None


class ChannelsChanged(ChannelsView):
    """What followed from telling it."""

    #: Jobs that score again; none when nothing changed.
    jobs: tuple[str, ...] = ()
    #: Draft scorecards that were taken back, because nobody had worked on them.
    withdrawn: tuple[str, ...] = ()
    #: Scorecards that stay as they are, because somebody had: answered, claimed or final.
    kept: tuple[str, ...] = ()


class ChannelMaps:
    """Reads and corrects channel maps; every method raises :class:`NotFoundError` for an unknown interaction or one without a recording."""

    def __init__(
        self, *, database: Database, files: RecordingFiles, settings: Settings, clock: Clock, dispatch: Callable[[Sequence[Job]], None]
    ) -> None:
        self._database = database
        self._files = files
        self._settings = settings
        self._clock = clock
        self._dispatch = dispatch

    def get(self, interaction: str, *, within: Scope | None = None) -> ChannelsView:
        """The map as it is; raises :class:`NotFoundError` for an interaction outside ``within``, too."""
        with self._database.reading() as unit:
            unit.interactions.get(interaction, within=within)
            _, recording = _recorded(unit, interaction)
            return _view(recording, unit.transcripts.speakers_known([interaction]).get(interaction))

    def put(self, interaction: str, told: ChannelMap, *, actor: str) -> ChannelsChanged:
        """Tell it: transcripts get their parties without being recognised again, drafts that nobody touched are made anew.

        ``told`` names both parties. Raises :class:`AudioError` for a recording whose channels cannot be parties, and
        :class:`ConflictError` while a job works on it.
        """
        with self._database.reading() as unit:
            stored, recording = _recorded(unit, interaction)
            _check(unit, stored, recording)
            transcripts = unit.transcripts.all(interaction)
        if recording.channel_map == told and all(one.speakers_known for one in transcripts):
            return self._unchanged(interaction)
        turned = {one.engine: self._relabelled(stored, recording, one, told) for one in transcripts}
        jobs, changed = self._store(stored, recording, told, turned, actor=actor)
        self._dispatch(jobs)
        return changed

    def _unchanged(self, interaction: str) -> ChannelsChanged:
        return ChannelsChanged(**dict(self.get(interaction)))

    def _relabelled(self, stored: StoredInteraction, recording: Recording, transcript: Transcript, told: ChannelMap) -> Transcript | None:
        """The transcript with its parties as told; ``None`` where only recognising it again will do."""
        agent = 0 if told.left is Speaker.AGENT else 1
        if recording.channel_map.known:
            if not transcript.speakers_known:
                message = "both channels hold the same sound, so neither is the agent's"
                raise AudioError(message, file=stored.source_name, field="channels")
            before: int | None = 0 if recording.channel_map.left is Speaker.AGENT else 1
        else:
            with told_as(stored.source_name or recording.file_name), self._files.named(recording.kept_sha256, recording.kept_name) as path:
                before = agent_channel(path, transcript, max_seconds=self._settings.max_audio_seconds)
        if before is None:
            return None
        right = transcript if before == agent else exchanged(transcript)
        return right.model_copy(update={"speakers_known": True})

    def _store(
        self, stored: StoredInteraction, recording: Recording, told: ChannelMap, turned: Mapping[str, Transcript | None], *, actor: str
    ) -> tuple[list[Job], ChannelsChanged]:
        interaction, at = stored.interaction.id, self._clock()
        with self._database.unit() as unit:
            _, now = _recorded(unit, interaction)
            _check(unit, stored, now)
            if now.channel_map != recording.channel_map:
                raise ConflictError("somebody else told the channels meanwhile", field="channels", hint="read them again")
            unit.recordings.remap(recording.sha256, told)
            for engine, transcript in turned.items():
                if transcript is None:
                    unit.transcripts.drop(interaction, engine=engine)
                else:
                    unit.transcripts.relabel(interaction, transcript)
            withdrawn = unit.scorecards.withdraw_drafts(interaction)
            kept = tuple(str(card.id) for card in unit.scorecards.for_interaction(interaction))
            jobs = [
                Job(id=uuid.uuid4().hex, kind=SPEECH, interaction=interaction, created_at=at, options=options)
                for options in _asked_for(unit, interaction)
            ]
            unit.jobs.add_many(jobs)
            content = {
                "before": recording.channel_map.model_dump(mode="json"), "channels": told.model_dump(mode="json"),
                "transcripts": {engine: "recognised again" if one is None else "relabelled" for engine, one in turned.items()},
                "withdrawn": list(withdrawn), "kept": list(kept), "jobs": [job.id for job in jobs],
            }
            subject = f"interaction/{interaction}"
            unit.ledger.append(at=at, actor=actor, action="interaction.channels_told", subject=subject, content=content)
            known = unit.transcripts.speakers_known([interaction]).get(interaction)
        view = _view(recording.model_copy(update={"channel_map": told}), known)
        return jobs, ChannelsChanged(**dict(view), jobs=tuple(job.id for job in jobs), withdrawn=withdrawn, kept=kept)


def _recorded(unit: Unit, interaction: str) -> tuple[StoredInteraction, Recording]:
    stored = unit.interactions.get(interaction)
    if stored.recording_sha256 is None:
        raise NotFoundError(f"interaction {interaction!r} has no recording", field="interaction")
    return stored, unit.recordings.get(stored.recording_sha256)


def _check(unit: Unit, stored: StoredInteraction, recording: Recording) -> None:
    if recording.channels == 1:
        raise AudioError("the recording has one channel, so no channel is the agent's", file=stored.source_name, field="channels")
    job = unit.jobs.last_for([stored.interaction.id]).get(stored.interaction.id)
    if job is not None and job.state in _OPEN:
        raise ConflictError(f"job {job.id} works on this interaction", field="interaction", hint="tell it when the job is done")


def _asked_for(unit: Unit, interaction: str) -> list[dict[str, str]]:
    """The different wishes (rubric, engine) of its jobs so far: each is done again once."""
    page = unit.jobs.list(interaction=interaction, limit=500)
    wishes = {tuple(sorted(job.options.items())): job.options for job in reversed(page.items)}
    return list(wishes.values()) or [{}]


def _view(recording: Recording, known: bool | None) -> ChannelsView:
    told = recording.channel_map
    speakers = None if known is None else how_known(known, recording)
    return ChannelsView(left=told.left, right=told.right, mono=told.mono, channels=recording.channels, speakers=speakers)
