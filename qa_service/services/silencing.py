"""Silencing: a recording is kept with the personal data in it silent, and what it took the place of is deleted."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from qa_service.domain.recording import Muted, Muting, Recording
from qa_service.domain.silencing import silenced, united
from qa_service.domain.speaker import Speaker
from qa_service.domain.transcript import Transcript
from qa_service.services.redaction import Redactor
from qa_service.settings import Settings
from qa_service.speech.flac import SUFFIX
from qa_service.speech.muting import mute
from qa_service.speech.placing import likely_channel
from qa_service.speech.weights import file_sha256
from qa_service.store.recordings import RecordingFiles
from qa_service.store.session import Database
from qa_service.store.vault import Vault

_SIDECAR = ".json"


class Silenced(NamedTuple):
    """A recording, silenced as far as files go; the caller notes it."""

    #: As it is noted now.
    recording: Recording
    #: To be noted, in one transaction with the transcript; ``None`` where redaction is off.
    muting: Muting | None


class Silencing:
    """Makes silenced files; every step may be repeated.

    The order keeps a crash harmless: the sealed original; a note that a silenced file is in the making; that file; then (by the caller,
    together with the transcript) the note that it is the one to keep; then the end of what it replaces, and of what others left half made.
    """

    def __init__(self, *, database: Database, files: RecordingFiles, redactor: Redactor, vault: Vault, settings: Settings) -> None:
        self._database = database
        self._files = files
        self._redactor = redactor
        self._vault = vault
        self._settings = settings

    def silence(self, recording: Recording, transcript: Transcript) -> Silenced:
        """Silence what is masked in a new transcript of a recording; raises :class:`AudioError`."""
        if not self._redactor.on:
            return Silenced(recording, None if not recording.stretches else recording.muting)
        with self._files.named(recording.kept_sha256, recording.kept_name) as path:
            agent = self._agent(path, recording, transcript)
            stretches = united((*recording.stretches, *silenced(transcript, channels=recording.channels, agent=agent)))
            if stretches == recording.stretches:
                self._mask_sidecar(recording.kept_sha256, recording.kept_sha256)
                return Silenced(recording, _settled(recording.muting or Muting(), recording.kept_sha256))
            if self._vault.on and recording.kept_sha256 == recording.sha256:
                self._vault.seal_file(path, sha256=recording.sha256)
            return self._written(path, recording, transcript, stretches)

    def finish(self, recording: Recording) -> None:
        """Delete what the kept file took the place of; called again, it does the rest."""
        for sha256 in recording.muting.replaced if recording.muting is not None else ():
            if sha256 != recording.kept_sha256:
                self._files.delete(sha256)

    def _written(self, path: Path, recording: Recording, transcript: Transcript, stretches: tuple[Muted, ...]) -> Silenced:
        before = recording.muting or Muting()
        with tempfile.TemporaryDirectory(prefix="muting-", dir=self._files.scratch.folder) as folder:
            target = Path(folder) / f"muted{SUFFIX}"
            mute(path, target, stretches)
            sha256 = file_sha256(target)
            planned = before.model_copy(update={"making": tuple(dict.fromkeys((*before.making, sha256)))})
            with self._database.unit() as unit:
                now = unit.recordings.get(recording.sha256)
                if now.muting == recording.muting:
                    unit.recordings.mute(recording.sha256, planned)
            if now.muting != recording.muting:
                return self.silence(now, transcript)
            with target.open("rb") as stream:
                self._files.put(stream)
        self._mask_sidecar(recording.kept_sha256, sha256)
        replaced = (*before.replaced, recording.kept_sha256)
        made = planned.model_copy(update={"stretches": stretches, "file_sha256": sha256, "replaced": replaced})
        return Silenced(recording.model_copy(update={"muting": planned}), _settled(made, sha256))

    def _mask_sidecar(self, source: str, target: str) -> None:
        """A reference transcript beside the recording stays, without the personal data in it."""
        told = self._files.attached(source, _SIDECAR)
        if told is not None:
            self._files.attach(target, _SIDECAR, self._redactor.sidecar(told))

    def _agent(self, path: Path, recording: Recording, transcript: Transcript) -> int | None:
        """The agent's channel; ``None`` where that cannot be told, or both parties are on every channel."""
        if recording.channels == 1 or not transcript.redactions:
            return None
        if recording.channel_map.known:
            return (0 if recording.channel_map.left is Speaker.AGENT else 1) if transcript.speakers_known else None
        return likely_channel(path, transcript, max_seconds=self._settings.max_audio_seconds)


def _settled(muting: Muting, kept: str) -> Muting:
    """With nothing in the making any more: whatever is not the file that is kept, goes."""
    gone = tuple(one for one in dict.fromkeys((*muting.replaced, *muting.making)) if one != kept)
    return muting.model_copy(update={"done": True, "replaced": gone, "making": ()})
