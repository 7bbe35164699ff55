"""Interactions as read by people: what came in, what was said, what was measured, and the recording."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from qa_service.domain.interaction import Channel
from qa_service.domain.parties import Speakers, how_known
from qa_service.domain.recording import Recording
from qa_service.domain.scorecard import Scorecard
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Transcript
from qa_service.errors import NotFoundError
from qa_service.store.interactions import State, StoredInteraction
from qa_service.store.pages import Page
from qa_service.store.recordings import RecordingFiles
from qa_service.store.session import Database


class InteractionShelf:
    """Reads interactions; every method raises :class:`NotFoundError` for one nobody knows."""

    def __init__(self, *, database: Database, files: RecordingFiles) -> None:
        self._database = database
        self._files = files

    def list(
        self, *, channel: Channel | None = None, agent: str | None = None, team: str | None = None, state: State | None = None,
        queue: str | None = None, customer: str | None = None, since: datetime | None = None, until: datetime | None = None,
        asks: bool | None = None, cursor: str | None = None, limit: int = 50,
    ) -> Page[StoredInteraction]:
        """The last taken in first; ``since <= contact < until``; ``asks``: only those that ask which channel is the agent's."""
        with self._database.reading() as unit:
            return unit.interactions.list(
                channel=channel, agent=agent, team=team, state=state, queue=queue, customer=customer, since=since, until=until,
                asks=asks, cursor=cursor, limit=limit,
            )

    def speakers(self, stored: Sequence[StoredInteraction]) -> dict[str, Speakers]:
        """How far it is known who says what, by interaction; those without a transcript are missing."""
        with self._database.reading() as unit:
            known = unit.transcripts.speakers_known(one.interaction.id for one in stored)
            recordings = unit.recordings.some(one.recording_sha256 for one in stored if one.recording_sha256 is not None)
        sources = {one.interaction.id: recordings.get(one.recording_sha256 or "") for one in stored}
        return {interaction: how_known(knows, sources[interaction]) for interaction, knows in known.items()}

    def get(self, interaction: str) -> StoredInteraction:
        """One interaction."""
        with self._database.reading() as unit:
            return unit.interactions.get(interaction)

    def transcript(self, interaction: str) -> Transcript:
        """What was said, by the last engine; raises :class:`NotFoundError` while there is none."""
        with self._database.reading() as unit:
            unit.interactions.get(interaction)
            return unit.transcripts.get(interaction)

    def signals(self, interaction: str) -> tuple[Signal, ...]:
        """What was measured, by the last analysis; raises :class:`NotFoundError` while there is nothing."""
        with self._database.reading() as unit:
            unit.interactions.get(interaction)
            return unit.signals.get(interaction)

    def scorecards(self, interaction: str) -> tuple[Scorecard, ...]:
        """All its scorecards, the last made first."""
        with self._database.reading() as unit:
            unit.interactions.get(interaction)
            return unit.scorecards.for_interaction(interaction)

    def recording(self, interaction: str) -> tuple[Recording, Path]:
        """Its recording and where the bytes lie; raises :class:`NotFoundError` for a written contact."""
        with self._database.reading() as unit:
            stored = unit.interactions.get(interaction)
            if stored.recording_sha256 is None:
                raise NotFoundError(f"interaction {interaction!r} has no recording", field="interaction")
            recording = unit.recordings.get(stored.recording_sha256)
        return recording, self._files.path(recording.sha256)
