"""Transcripts and the signals measured on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from qa_service.domain.acoustics import Acoustics
from qa_service.domain.redaction import Redaction
from qa_service.domain.risk import Told
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Transcript, Turn
from qa_service.errors import NotFoundError
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.risks import Risks
from qa_service.store.tables import SignalSetRow, TranscriptRow, core

_TRANSCRIPTS, _SIGNALS = core(TranscriptRow).c, core(SignalSetRow).c
_TURNS = TypeAdapter(tuple[Turn, ...])
_REDACTIONS = TypeAdapter(tuple[Redaction, ...])
_SIGNAL_SET = TypeAdapter(tuple[Signal, ...])
#: What depends on who says what.
_RELABELLED = ("turns", "acoustics", "speakers_known")


class Transcripts(Repository):
    """Transcripts by interaction and engine."""

    def save(self, interaction: str, transcript: Transcript, *, at: datetime) -> None:
        """Keep it; one by the same engine is replaced, those by others stay beside it."""
        self.save_many([(interaction, transcript)], at=at)

    def save_many(self, transcripts: Iterable[tuple[str, Transcript]], *, at: datetime) -> None:
        """As :meth:`save`."""
        self._replace(TranscriptRow, [_values(interaction, transcript, at=at) for interaction, transcript in transcripts])

    def has(self, interaction: str, *, engine: str) -> bool:
        """Whether one by that engine is there."""
        chosen = sa.select(_TRANSCRIPTS.engine).where(_TRANSCRIPTS.interaction_id == interaction, _TRANSCRIPTS.engine == engine)
        return self._session.scalar(chosen) is not None

    def get(self, interaction: str, *, engine: str | None = None) -> Transcript:
        """The one by that engine, else the last saved; raises :class:`NotFoundError`."""
        where = (_TRANSCRIPTS.interaction_id == interaction, *given((engine, _TRANSCRIPTS.engine.__eq__)))
        newest = (_TRANSCRIPTS.saved_at.desc(), _TRANSCRIPTS.engine)
        row = self._session.scalars(sa.select(TranscriptRow).where(*where).order_by(*newest)).first()
        if row is None:
            raise NotFoundError(f"interaction {interaction!r} has no transcript" + (f" by {engine}" if engine else ""), field="transcript")
        return _transcript(row)

    def all(self, interaction: str) -> tuple[Transcript, ...]:
        """Those of all engines, the last saved first."""
        newest = (_TRANSCRIPTS.saved_at.desc(), _TRANSCRIPTS.engine)
        rows = self._session.scalars(sa.select(TranscriptRow).where(_TRANSCRIPTS.interaction_id == interaction).order_by(*newest))
        return tuple(_transcript(row) for row in rows)

    def relabel(self, interaction: str, transcript: Transcript) -> None:
        """Other speakers for what the same engine made of it; its place among the others stays. Raises :class:`NotFoundError`."""
        changed = {name: value for name, value in _values(interaction, transcript, at=None).items() if name in _RELABELLED}
        if not self._update(TranscriptRow, *_place(interaction, transcript.engine), values=changed):
            raise NotFoundError(f"interaction {interaction!r} has no transcript by {transcript.engine}", field="transcript")

    def drop(self, interaction: str, *, engine: str) -> None:
        """Forget what an engine made of it, so that it is made again."""
        self._execute(sa.delete(core(TranscriptRow)).where(*_place(interaction, engine)))

    def speakers_known(self, interactions: Iterable[str]) -> dict[str, bool]:
        """Whether the last saved transcript of each interaction that has one knows who says what."""
        columns = (_TRANSCRIPTS.interaction_id, _TRANSCRIPTS.speakers_known)
        oldest = (_TRANSCRIPTS.saved_at, _TRANSCRIPTS.engine.desc())
        found: dict[str, bool] = {}
        for ids in chunks(interactions):
            chosen = sa.select(*columns).where(_TRANSCRIPTS.interaction_id.in_(ids)).order_by(*oldest)
            found.update((interaction, known) for interaction, known in self._session.execute(chosen))
        return found


class Signals(Repository):
    """Signals by interaction and version of the analysis."""

    def save(self, interaction: str, signals: tuple[Signal, ...], *, analysis: str, at: datetime) -> None:
        """Keep all signals; those by the same version are replaced."""
        self.save_many([(interaction, signals)], analysis=analysis, at=at)

    def save_many(self, signals: Iterable[tuple[str, tuple[Signal, ...]]], *, analysis: str, at: datetime) -> None:
        """As :meth:`save`; what makes a risk is kept apart, so that samples need not read all signals."""
        told = list(signals)
        rows = [
            {"interaction_id": interaction, "analysis": analysis, "data": _SIGNAL_SET.dump_json(some).decode(), "saved_at": at}
            for interaction, some in told
        ]
        self._replace(SignalSetRow, rows)
        Risks(self._session).save_many({interaction: Told.of(some) for interaction, some in told})

    def get(self, interaction: str, *, analysis: str | None = None) -> tuple[Signal, ...]:
        """Those by that version, else the last saved; raises :class:`NotFoundError`."""
        where = (_SIGNALS.interaction_id == interaction, *given((analysis, _SIGNALS.analysis.__eq__)))
        newest = (_SIGNALS.saved_at.desc(), _SIGNALS.analysis)
        row = self._session.scalars(sa.select(SignalSetRow).where(*where).order_by(*newest)).first()
        if row is None:
            raise NotFoundError(f"interaction {interaction!r} has no signals" + (f" by {analysis}" if analysis else ""), field="signals")
        return _SIGNAL_SET.validate_json(row.data)


def _place(interaction: str, engine: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _TRANSCRIPTS.interaction_id == interaction, _TRANSCRIPTS.engine == engine


def _transcript(row: TranscriptRow) -> Transcript:
    return Transcript(
        turns=_TURNS.validate_json(row.turns), language=row.language, language_confidence=row.language_confidence,
        duration_ms=row.duration_ms, engine=row.engine, speakers_known=row.speakers_known,
        acoustics=None if row.acoustics is None else Acoustics.model_validate_json(row.acoustics),
        redactions=None if row.redactions is None else _REDACTIONS.validate_json(row.redactions),
    )


def _values(interaction: str, transcript: Transcript, *, at: datetime | None) -> dict[str, Any]:
    return {
        "interaction_id": interaction, "engine": transcript.engine, "language": transcript.language,
        "language_confidence": transcript.language_confidence, "duration_ms": transcript.duration_ms,
        "speakers_known": transcript.speakers_known, "saved_at": at,
        "turns": _TURNS.dump_json(transcript.turns, exclude_none=True).decode(),
        "acoustics": None if transcript.acoustics is None else transcript.acoustics.model_dump_json(exclude_none=True),
        "redactions": None if transcript.redactions is None else _REDACTIONS.dump_json(transcript.redactions, exclude_none=True).decode(),
    }
