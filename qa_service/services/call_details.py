"""Call details: files of them taken in, each row linked with its interaction where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_service.channels.records.call_details import ReadCallDetail, read_call_details
from qa_service.channels.records.row import RecordOptions
from qa_service.domain.permission import Actor
from qa_service.errors import TableError
from qa_service.services.clock import Clock
from qa_service.services.importing import Given, Importing, ImportReport, Kind, Link, Source, named, new_import
from qa_service.settings import Settings
from qa_service.store.call_details import StoredCallDetail
from qa_service.store.imports import TakenRow
from qa_service.store.session import Database
from qa_service.store.unit import Unit


class CallDetailImports:
    """Takes files of call details in."""

    def __init__(self, *, database: Database, settings: Settings, clock: Clock) -> None:
        self._importing = Importing(database=database, settings=settings, clock=clock)
        self._clock = clock

    def take(self, source: Source, *, options: RecordOptions, by: Actor) -> ImportReport:
        """Take a file in: each good row counts in the figures, each faulty one is told.

        The same file again adds nothing; a corrected row takes the place of the one with its id. Raises :class:`TableError` for what is no
        such table, :class:`PermissionDeniedError`.
        """
        number = new_import()
        with named(source):
            found = read_call_details(source.path, options=options)
        return self._importing.run(
            _KIND, source, self._stored(found.rows, number), columns=found.columns, told=(found.encoding, found.delimiter),
            row=StoredCallDetail, number=number, by=by,
        )

    def _stored(self, rows: Iterator[ReadCallDetail | TableError], number: str) -> Iterator[StoredCallDetail | TableError]:
        at = self._clock()
        for one in rows:
            if isinstance(one, TableError):
                yield one
                continue
            yield StoredCallDetail(
                detail=one.detail, interaction=None, content_sha256=one.content_sha256, import_id=number, line=one.line, imported_at=at
            )


def _given(one: StoredCallDetail) -> Given:
    it = one.detail
    return Given(
        id=it.id, contact=it.contact, agent=it.agent, customer=it.customer, queue=it.queue, channel=it.channel, started_at=it.started_at
    )


def _linked(one: StoredCallDetail, link: Link) -> StoredCallDetail:
    detail = one.detail.model_copy(update={"agent": link.agent, "customer": link.customer, "queue": link.queue})
    return one.model_copy(update={"detail": detail, "interaction": link.interaction})


def _save(unit: Unit, rows: Sequence[StoredCallDetail]) -> tuple[TakenRow, ...]:
    return unit.call_details.save_many(rows)


_KIND = Kind(name="call_details", given=_given, linked=_linked, save=_save, by_call=False)
