"""Surveys: files of answers taken in, comments masked, each row linked with its contact where that is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import AwareDatetime

from qa_service.channels.records.row import RecordOptions
from qa_service.channels.records.surveys import ReadSurveyAnswer, read_surveys
from qa_service.domain.permission import Actor
from qa_service.errors import TableError
from qa_service.services.clock import Clock
from qa_service.services.importing import Given, Importing, ImportReport, Kind, Link, Source, named, new_import
from qa_service.services.redaction import Redactor
from qa_service.settings import Settings
from qa_service.store.imports import TakenRow
from qa_service.store.session import Database
from qa_service.store.surveys import StoredSurveyAnswer
from qa_service.store.unit import Unit


class _Spooled(StoredSurveyAnswer):
    """An answer on its way in."""

    #: When the contact was that it is about, where the survey tells.
    contact_at: AwareDatetime | None = None


class SurveyImports:
    """Takes files of survey answers in."""

    def __init__(self, *, database: Database, redactor: Redactor, settings: Settings, clock: Clock) -> None:
        self._importing = Importing(database=database, settings=settings, clock=clock)
        self._redactor = redactor
        self._clock = clock

    def take(self, source: Source, *, options: RecordOptions, by: Actor) -> ImportReport:
        """Take a file in: each good row counts in the figures, each faulty one is told; comments are masked before they are stored.

        The same file again adds nothing; a corrected row takes the place of the one with its id. Raises :class:`TableError` for what is no
        such table, :class:`PermissionDeniedError`.
        """
        number = new_import()
        with named(source):
            found = read_surveys(source.path, options=options)
        return self._importing.run(
            _KIND, source, self._stored(found.rows, number), columns=found.columns, told=(found.encoding, found.delimiter),
            row=_Spooled, number=number, by=by,
        )

    def _stored(self, rows: Iterator[ReadSurveyAnswer | TableError], number: str) -> Iterator[_Spooled | TableError]:
        at = self._clock()
        for one in rows:
            if isinstance(one, TableError):
                yield one
                continue
            comment = one.answer.comment
            masked = None if comment is None else self._redactor.text(comment, language=one.answer.language)
            yield _Spooled(
                answer=one.answer.model_copy(update={"comment": masked}), interaction=None, content_sha256=one.content_sha256,
                import_id=number, line=one.line, imported_at=at, contact_at=one.contact_at,
            )


def _given(one: _Spooled) -> Given:
    it = one.answer
    return Given(
        id=it.id, contact=it.contact, agent=it.agent, customer=it.customer, queue=it.queue, channel=it.channel, started_at=one.contact_at
    )


def _linked(one: _Spooled, link: Link) -> _Spooled:
    told = {"agent": link.agent, "customer": link.customer, "queue": link.queue, "channel": link.channel}
    # Nobody asks for words of a contact again that was erased.
    answer = one.answer.model_copy(update=told | ({"comment": None} if link.erased else {}))
    return one.model_copy(update={"answer": answer, "interaction": link.interaction})


def _save(unit: Unit, rows: Sequence[_Spooled]) -> tuple[TakenRow, ...]:
    return unit.surveys.save_many(rows)


_KIND = Kind(name="surveys", given=_given, linked=_linked, save=_save, by_call=True)
