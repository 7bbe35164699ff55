"""Interactions as read by people: what came in, what was said, what was measured, and the recording."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.parties import Speakers, how_known
from qa_service.domain.permission import Scope
from qa_service.domain.recording import Recording
from qa_service.domain.scorecard import Scorecard
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Transcript
from qa_service.errors import ConflictError, ErasedError, NotFoundError
from qa_service.services.scorecards import as_read
from qa_service.store.blobs import Blob
from qa_service.store.interactions import State, StoredInteraction
from qa_service.store.pages import Page
from qa_service.store.recordings import RecordingFiles
from qa_service.store.session import Database


class InteractionShelf:
    """Reads interactions; every method raises :class:`NotFoundError` for one nobody knows, and for one outside ``within``."""

    def __init__(self, *, database: Database, files: RecordingFiles) -> None:
        self._database = database
        self._files = files

    def list(
        self, *, channel: Channel | None = None, agent: str | None = None, team: str | None = None, state: State | None = None,
        queue: str | None = None, customer: str | None = None, since: datetime | None = None, until: datetime | None = None,
        asks: bool | None = None, purpose: Purpose | None = None, within: Scope | None = None, cursor: str | None = None, limit: int = 50,
    ) -> Page[StoredInteraction]:
        """The last taken in first; ``since <= contact < until``; ``asks``: only those that ask which channel is the agent's."""
        with self._database.reading() as unit:
            return unit.interactions.list(
                channel=channel, agent=agent, team=team, state=state, queue=queue, customer=customer, since=since, until=until,
                asks=asks, purpose=purpose, within=within, cursor=cursor, limit=limit,
            )

    def speakers(self, stored: Sequence[StoredInteraction]) -> dict[str, Speakers]:
        """How far it is known who says what, by interaction; those without a transcript are missing."""
        with self._database.reading() as unit:
            known = unit.transcripts.speakers_known(one.interaction.id for one in stored)
            recordings = unit.recordings.some(one.recording_sha256 for one in stored if one.recording_sha256 is not None)
        sources = {one.interaction.id: recordings.get(one.recording_sha256 or "") for one in stored}
        return {interaction: how_known(knows, sources[interaction]) for interaction, knows in known.items()}

    def get(self, interaction: str, *, within: Scope | None = None) -> StoredInteraction:
        """One interaction."""
        with self._database.reading() as unit:
            return unit.interactions.get(interaction, within=within)

    def transcript(self, interaction: str, *, within: Scope | None = None) -> Transcript:
        """What was said, by the last engine; raises :class:`NotFoundError` while there is none."""
        with self._database.reading() as unit:
            _present(unit.interactions.get(interaction, within=within))
            return unit.transcripts.get(interaction)

    def signals(self, interaction: str, *, within: Scope | None = None) -> tuple[Signal, ...]:
        """What was measured, by the last analysis; raises :class:`NotFoundError` while there is nothing."""
        with self._database.reading() as unit:
            unit.interactions.get(interaction, within=within)
            return unit.signals.get(interaction)

    def scorecards(self, interaction: str, *, within: Scope | None = None) -> tuple[Scorecard, ...]:
        """All its scorecards, the last made first."""
        with self._database.reading() as unit:
            unit.interactions.get(interaction, within=within)
            return as_read(unit, unit.scorecards.for_interaction(interaction, within=within))

    def recording(self, interaction: str, *, within: Scope | None = None) -> tuple[Recording, Blob]:
        """Its recording, and the bytes that are kept.

        Raises :class:`NotFoundError` for a written contact, and :class:`ConflictError` while the personal data in it are not silenced.
        """
        with self._database.reading() as unit:
            stored = _present(unit.interactions.get(interaction, within=within))
            if stored.recording_sha256 is None:
                raise NotFoundError(f"interaction {interaction!r} has no recording", field="interaction")
            recording = unit.recordings.get(stored.recording_sha256)
        if not recording.may_be_heard:
            message = "personal data in this recording are not silenced yet"
            raise ConflictError(message, field="interaction", hint="it may be heard when its words are known: wait for its job")
        return recording, self._files.get(recording.kept_sha256)


def _present(stored: StoredInteraction) -> StoredInteraction:
    """Raises :class:`ErasedError` for one whose words are gone."""
    if stored.state is State.ERASED:
        raise ErasedError(f"interaction {stored.interaction.id!r} was erased: its figures are all that is left", field="interaction")
    return stored
