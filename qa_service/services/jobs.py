"""Jobs as read by whoever waits for them."""

from __future__ import annotations

from qa_service.store.jobs import Job, JobState
from qa_service.store.pages import Page
from qa_service.store.session import Database


class JobShelf:
    """Reads jobs."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def list(
        self, *, state: JobState | None = None, interaction: str | None = None, batch: str | None = None, cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        """The last asked for first."""
        with self._database.reading() as unit:
            return unit.jobs.list(state=state, interaction=interaction, batch=batch, cursor=cursor, limit=limit)

    def get(self, job: str) -> Job:
        """One job; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.jobs.get(job)
