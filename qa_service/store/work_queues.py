"""Work queues: what people set for them, which every process keeps to."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.store.repository import Repository
from qa_service.store.tables import WorkQueueRow


class Regulation(Record):
    """How fast a queue of work goes."""

    #: Whether nothing of it is begun; what is under way ends.
    paused: bool = False
    #: Most pieces that one process works on at once; ``None``: as its settings say.
    at_once: int | None = Field(default=None, ge=1, le=1000)
    #: Most pieces that all processes together work on; ``None``: any number.
    together: int | None = Field(default=None, ge=1, le=100_000)
    #: Most pieces that are begun within any minute; ``None``: any number.
    per_minute: int | None = Field(default=None, ge=1, le=1_000_000)


class Regulated(Record):
    """What somebody set for a queue."""

    regulation: Regulation
    #: User id.
    by: str
    #: When.
    at: AwareDatetime


class WorkQueues(Repository):
    """Queues that somebody set something for, by name."""

    def all(self) -> dict[str, Regulated]:
        """What was set last, by queue."""
        return {row.name: _regulated(row) for row in self._all(WorkQueueRow)}

    def set(self, name: str, regulation: Regulation, *, by: str, at: datetime) -> None:
        """From now on."""
        self._replace(WorkQueueRow, [{"name": name, **regulation.model_dump(), "changed_by": by, "changed_at": at}])


def _regulated(row: WorkQueueRow) -> Regulated:
    told = Regulation(paused=row.paused, at_once=row.at_once, together=row.together, per_minute=row.per_minute)
    return Regulated(regulation=told, by=row.changed_by, at=row.changed_at)
