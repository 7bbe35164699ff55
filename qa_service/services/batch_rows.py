"""Rows of a batch: what became of each conversation and recording, read piece by piece, however many there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from qa_service.domain.base import Record
from qa_service.domain.scorecard import Scorecard
from qa_service.services.ingest import Ingestion, JobOptions
from qa_service.store.batches import BatchItem, Cause
from qa_service.store.jobs import JobState
from qa_service.store.scorecards import Made
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Rows read together.
_PIECE = 200


class Ending(StrEnum):
    """What became of a file."""

    SCORED = "scored"
    FAILED = "failed"


class BatchRow(Record):
    """One conversation or recording of a batch."""

    #: The file, as the user named it.
    file: str
    #: How it ended.
    status: Ending
    #: What stopped it, in words.
    error: str | None = None
    #: The draft scorecard.
    scorecard: Scorecard | None = None
    #: The manifest that lists it.
    manifest: str | None = None
    #: Line it starts on: in the manifest, else in its file, where that holds several.
    line: int | None = None
    #: Why it was worked on, or why not; ``None`` for what could not be taken in.
    cause: Cause | None = None


class BatchRows:
    """All rows in order; read from the database again each time somebody goes through them."""

    def __init__(self, *, database: Database, ingestion: Ingestion, batch: str, options: JobOptions) -> None:
        self._database = database
        self._ingestion = ingestion
        #: Id of the batch.
        self.batch = batch
        self._options = options
        with database.reading() as unit:
            self._total = unit.batches.get(batch).total
            #: How many were worked on, or not, by why.
            self.causes: Mapping[Cause, int] = unit.batches.causes(batch)
            #: How many failed.
            self.failed: int = unit.batches.tallies([batch])[batch][JobState.FAILED]

    def __len__(self) -> int:
        return self._total

    def __iter__(self) -> Iterator[BatchRow]:
        return self._through(None)

    def _through(self, state: JobState | None) -> Iterator[BatchRow]:
        cursor: str | None = None
        while True:
            with self._database.reading() as unit:
                page = unit.batches.outcomes(self.batch, state=state, cursor=cursor, limit=_PIECE)
                rows = self._rows(unit, page.items)
            yield from rows
            cursor = page.next
            if cursor is None:
                return

    def failures(self) -> Iterator[BatchRow]:
        """Those that failed, in order."""
        return self._through(JobState.FAILED)

    def _rows(self, unit: Unit, items: Sequence[BatchItem]) -> list[BatchRow]:
        ids = {item.interaction for item in items if item.interaction is not None}
        cards = unit.scorecards.for_interactions(ids)
        wanted = self._ingestion.wanted(unit, unit.interactions.some(ids), self._options)
        return [_row(item, cards.get(item.interaction or "", ()), wanted.get(item.interaction or "")) for item in items]


def _row(item: BatchItem, cards: Sequence[Scorecard], wanted: Made | None) -> BatchRow:
    if item.error is not None or item.interaction is None:
        return BatchRow(
            file=item.file, status=Ending.FAILED, error=str(item.error), manifest=item.manifest, line=item.line, cause=item.cause
        )
    # The one that was asked for, which another rubric or engine may have followed; else the last by its rubric, else the last.
    like = (card for card in cards if wanted is not None and card.rubric.id == wanted.rubric_id)
    card = next((card for card in cards if Made.of(card) == wanted), None) or next(like, next(iter(cards), None))
    return BatchRow(
        file=item.file, status=Ending.SCORED, scorecard=card, manifest=item.manifest, line=item.line, cause=item.cause
    )
