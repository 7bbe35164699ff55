"""Reports: those that were asked for, until they go, and the interactions that they quote."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from qa_service.domain.permission import Actor
from qa_service.domain.report import ReportKind
from qa_service.domain.report_order import ReportState, ReportWanted, StoredReport
from qa_service.errors import ConflictError, NotFoundError
from qa_service.store.interactions import State
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.tables import InteractionRow, ReportQuoteRow, ReportRow, core

_IT, _QUOTES = core(ReportRow).c, core(ReportQuoteRow).c


class Made(NamedTuple):
    """The file of a report."""

    sha256: str
    size: int
    #: Interactions that it quotes.
    interactions: tuple[str, ...]


class Reports(Repository):
    """Reports by id."""

    def add(self, report: StoredReport, *, by: Actor) -> bool:
        """Keep one that is to be made; false where one of that id is there."""
        return self._insert_new(ReportRow, [{
            "id": report.id, "kind": report.wanted.kind.value, "wanted": report.wanted.model_dump_json(), "owner": report.owner,
            "actor": by.model_dump_json(), "state": report.state.value, "error": None, "file_name": report.file_name, "sha256": None,
            "size": None, "created_at": report.created_at, "done_at": None, "expires_at": report.expires_at,
        }])  # fmt: skip

    def get(self, report: str) -> StoredReport:
        """Raises :class:`NotFoundError`."""
        return _report(self._row(report))

    def actor(self, report: str) -> Actor:
        """Whoever asked for it, with the rights they had then; raises :class:`NotFoundError`."""
        return Actor.model_validate_json(self._row(report).actor)

    def list(
        self, *, owner: str | None = None, kind: ReportKind | None = None, state: ReportState | None = None, cursor: str | None = None,
        limit: int = 50,
    ) -> Page[StoredReport]:
        """The last asked for first."""
        where = given((owner, _IT.owner.__eq__), (kind, _IT.kind.__eq__), (state, _IT.state.__eq__))
        page = self._page(ReportRow, *where, by="created_at", cursor=cursor, limit=limit)
        return Page(items=tuple(map(_report, page.items)), next=page.next)

    def finish(self, report: str, made: Made, *, at: datetime) -> None:
        """Its file is there. Raises :class:`NotFoundError` where it was deleted meanwhile, and :class:`ConflictError` where one of the
        interactions that it quotes was erased meanwhile: it has to be made again, without."""
        if not self._update(ReportRow, _IT.id == report, values={
            "state": ReportState.READY.value, "sha256": made.sha256, "size": made.size, "done_at": at, "error": None,
        }):  # fmt: skip
            raise NotFoundError(f"no report {report!r}", field="report")
        # Before the look at their state: an erasure that is under way is waited for here.
        self._insert_new(ReportQuoteRow, [{"report_id": report, "interaction_id": one} for one in made.interactions])
        for some in chunks(made.interactions):
            it = core(InteractionRow).c
            if self._session.scalar(sa.select(it.id).where(it.id.in_(some), it.state == State.ERASED.value).limit(1)) is not None:
                raise ConflictError("an interaction that it quotes was erased meanwhile", field="report")

    def fail(self, report: str, error: str, *, at: datetime) -> None:
        """It could not be made."""
        self._update(ReportRow, _IT.id == report, values={"state": ReportState.FAILED.value, "error": error, "done_at": at})

    def delete(self, report: str) -> bool:
        """Forget it; false where it was not there."""
        self._execute(sa.delete(core(ReportQuoteRow)).where(_QUOTES.report_id == report))
        return self._execute(sa.delete(core(ReportRow)).where(_IT.id == report)) > 0

    def quoting(self, interaction: str) -> tuple[StoredReport, ...]:
        """Those that quote an interaction."""
        chosen = sa.select(_QUOTES.report_id).where(_QUOTES.interaction_id == interaction)
        return tuple(map(_report, self._all(ReportRow, _IT.id.in_(chosen))))

    def expired(self, *, now: datetime, most: int = 200) -> tuple[StoredReport, ...]:
        """Those whose time is over, the oldest first."""
        chosen = sa.select(ReportRow).where(_IT.expires_at <= now).order_by(_IT.expires_at, _IT.id).limit(most)
        return tuple(map(_report, self._session.scalars(chosen)))

    def open(self) -> tuple[str, ...]:
        """Ids of those that are to be made."""
        return tuple(self._session.scalars(sa.select(_IT.id).where(_IT.state == ReportState.QUEUED.value).order_by(_IT.created_at)))

    def _row(self, report: str) -> ReportRow:
        row = self._first(ReportRow, _IT.id == report)
        if row is None:
            raise NotFoundError(f"no report {report!r}", field="report")
        return row


def file_of(report: StoredReport) -> str:
    """Name of its file in the folder of reports."""
    return f"{report.id}.{report.wanted.format.value}"




def _report(row: ReportRow) -> StoredReport:
    return StoredReport(
        id=row.id, wanted=ReportWanted.model_validate_json(row.wanted), owner=row.owner, state=ReportState(row.state), error=row.error,
        file_name=row.file_name, sha256=row.sha256, size=row.size, created_at=row.created_at, done_at=row.done_at,
        expires_at=row.expires_at,
    )
