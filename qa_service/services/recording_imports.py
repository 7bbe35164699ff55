"""Recording imports: the calls of a table with their recordings, fetched from addresses and folders by durable workflows."""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from qa_service.channels import Header
from qa_service.channels.records.call_details import ReadCallDetail, missing_column, read_call_details
from qa_service.channels.records.row import RecordOptions
from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.permission import Actor, Right
from qa_service.domain.recording_import import FetchState, ImportWishes, RecordingImport
from qa_service.errors import AudioError, ConflictError, InputError, ProcessingError, QaError, TableError
from qa_service.services.allowed_folders import opened_below
from qa_service.services.assumed import Assumed
from qa_service.services.call_details import CallDetailImports
from qa_service.services.clock import Clock
from qa_service.services.fetching import ending_of, fetch, shown
from qa_service.services.importing import ImportReport, Source, named
from qa_service.services.ingest import Ingested, Ingestion, JobOptions
from qa_service.services.ingest import Source as Origin
from qa_service.services.outside import checked_address
from qa_service.services.sources import CHANNELS
from qa_service.services.workflow import OUTSIDE, Workflows
from qa_service.settings import Settings
from qa_service.speech.audio import probe
from qa_service.store.faults import Fault
from qa_service.store.jobs import Urgency
from qa_service.store.pages import Page
from qa_service.store.recording_imports import Due, ImportItem
from qa_service.store.scratch import Scratch
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_LOG = logging.getLogger(__name__)
_WORKFLOW = "fetch_recordings"
#: Recordings fetched at once, by all processes; the other places of the queue are for messages.
_LANES = 2
#: Recordings that one workflow fetches before it makes room for another.
_TURN = 200
#: Tries of what may pass, and the wait before the second; each further one is four times as long.
_TRIES, _WAIT = 6, timedelta(seconds=30)
#: Seconds for which one name in the queue stands.
_SLOT = 5
#: Rows stored at once.
_PIECE = 1000
_LONGEST_PLACE = 2000
_SCHEMES = ("http", "https")


class RecordingImportView(RecordingImport):
    """A table of calls, and how far their recordings are."""

    #: Calls by state: ``waiting``, ``taken``, ``failed``.
    counts: dict[FetchState, int]
    #: Whether none is waited for any more.
    done: bool


class RecordingImportReport(Record):
    """What became of a table."""

    #: What the table tells of its calls: which rows could be read, which were new.
    call_details: ImportReport
    #: Its recordings, which are fetched from now on.
    recordings: RecordingImportView
    #: Rows without a recording.
    without: int


class RecordingImports:
    """Takes tables in, and fetches what they name."""

    def __init__(
        self, *, database: Database, call_details: CallDetailImports, ingestion: Ingestion, workflows: Workflows, settings: Settings,
        scratch: Scratch, clock: Clock,
    ) -> None:
        self._database = database
        self._call_details = call_details
        self._ingestion = ingestion
        self._workflows = workflows
        self._settings = settings
        self._scratch = scratch
        self._clock = clock
        workflows.register(_WORKFLOW, self._work)
        workflows.attend(self.look)

    def take(self, source: Source, *, options: RecordOptions, wishes: ImportWishes, by: Actor) -> RecordingImportReport:
        """Take the call details of a table in, as :meth:`CallDetailImports.take`, and queue its recordings. The same table again fetches
        what is not here yet.

        Raises :class:`TableError` for what is no such table, :class:`InputError` for wishes that cannot be, :class:`PermissionDeniedError`.
        """
        by.check(Right.INGEST)
        self._ingestion.check(_job(wishes))
        with named(source):
            columns = read_call_details(source.path, options=options).columns
            if "audio" not in columns.fields:
                raise missing_column("audio", "the address or path of the recording", columns, file=source.path)
        report = self._call_details.take(source, options=options, by=by)
        made = RecordingImport(
            id=uuid.uuid4().hex, name=source.name, created_at=self._clock(), actor=by.id, total=0, wishes=wishes
        )
        rows = _Rows(self._settings, made)
        with self._database.unit() as unit:
            unit.recording_imports.add(made)
            found = rows.items(one for one in read_call_details(source.path, options=options).rows if isinstance(one, ReadCallDetail))
            while piece := list(islice(found, _PIECE)):
                unit.recording_imports.add_items(made.id, piece)
            unit.recording_imports.count(made.id, rows.total)
            content = {"file": made.name, "recordings": rows.total, **wishes.model_dump(exclude_none=True)}
            self._note(unit, made.id, "begun", by=by, content=content)
        return RecordingImportReport(call_details=report, recordings=self.get(made.id), without=rows.without)

    def get(self, number: str) -> RecordingImportView:
        """One; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return _view(unit.recording_imports.get(number), unit.recording_imports.tallies([number])[number])

    def list(self, *, cursor: str | None = None, limit: int = 50) -> Page[RecordingImportView]:
        """The last brought first."""
        with self._database.reading() as unit:
            page = unit.recording_imports.list(cursor=cursor, limit=limit)
            counts = unit.recording_imports.tallies([one.id for one in page.items])
        return page.of(lambda found: [_view(one, counts[one.id]) for one in found])

    def items(
        self, number: str, *, state: FetchState | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[ImportItem]:
        """What became of the recording of each call, in order; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            unit.recording_imports.get(number)
            page = unit.recording_imports.items(number, state=state, cursor=cursor, limit=limit)
        # What stands behind the path of an address is often a key.
        return page.of(lambda items: [one.model_copy(update={"place": _shown(one.place)}) for one in items])

    def cancel(self, number: str, *, by: Actor) -> RecordingImportView:
        """Fetch no more of it; what was taken stays. Raises :class:`NotFoundError`, :class:`ConflictError` where nothing is waited for."""
        by.check(Right.INGEST)
        with self._database.unit() as unit:
            unit.recording_imports.get(number)
            stopped = unit.recording_imports.cancel(number, error=Fault(code="cancelled", message="somebody cancelled it"))
            if not stopped:
                raise ConflictError("no recording of it is waited for", field="import")
            self._note(unit, number, "cancelled", by=by, content={"recordings": stopped})
        return self.get(number)

    def look(self) -> None:
        """Called every few seconds while workflows run: has due recordings fetched, a few at once. Quick, and safe in several processes."""
        at = self._clock()
        with self._database.reading() as unit:
            due = [lane for lane in range(_LANES) if unit.recording_imports.due(at=at, lane=lane, lanes=_LANES) is not None]
        if not due:
            return
        busy = {lane for (lane, *_) in self._workflows.open_arguments(_WORKFLOW)}
        for lane in due:
            if lane not in busy:
                name = f"recordings-{lane}-{int(at.timestamp()) // _SLOT}"
                self._workflows.enqueue(OUTSIDE, _WORKFLOW, workflow_id=name, arguments=[lane])

    def fetch_next(self, lane: int) -> bool:
        """Step, safe to repeat: fetch the recording of a lane that waits longest; false where none is due."""
        with self._database.reading() as unit:
            due = unit.recording_imports.due(at=self._clock(), lane=lane, lanes=_LANES)
        if due is None:
            return False
        settled = self._tried(due)
        with self._database.unit() as unit:
            unit.recording_imports.settle(due.of.id, settled)
            if settled.interaction is not None:
                unit.call_details.adopt([settled.interaction])
        return True

    def _work(self, lane: int) -> None:
        for _ in range(_TURN):
            if not self._workflows.step("fetch", self.fetch_next, lane):
                return

    def _tried(self, due: Due) -> ImportItem:
        """The call as it is after one more try."""
        item = due.item.model_copy(update={"attempts": due.item.attempts + 1, "next_at": None})
        try:
            done = self._fetched(due, Header.model_validate_json(due.header))
        except ProcessingError as error:
            again = item.attempts < _TRIES
            told: dict[str, Any] = {"error": _fault(due, error)}
            if again:
                return item.model_copy(update={**told, "next_at": self._clock() + _WAIT * 4 ** (item.attempts - 1)})
            return item.model_copy(update={**told, "state": FetchState.FAILED, "place": _shown(item.place)})
        except QaError as error:
            return item.model_copy(update={"state": FetchState.FAILED, "error": _fault(due, error), "place": _shown(item.place)})
        told = {"state": FetchState.TAKEN, "interaction": done.interaction, "job": done.job or None, "error": None}
        return item.model_copy(update={**told, "place": _shown(item.place)})

    def _fetched(self, due: Due, header: Header) -> Ingested:
        known = self._known(header.interaction.id)
        if known is not None:
            return known
        place, wishes = due.item.place, due.of.wishes
        with TemporaryDirectory(prefix="fetching-", dir=self._scratch.folder) as folder:
            path = Path(folder) / f"recording{_ending(place)}"
            self._bring(place, path)
            assumed = Assumed(language=wishes.language, channel_map=CHANNELS[wishes.channels])
            told = assumed.header(header, channels=None if wishes.channels is None else probe(path).channels)
            origin = Origin(name=_file_name(place), actor=due.of.actor, notes={"recording_import": due.of.id, "line": due.item.line})
            return self._ingestion.recording(path, told, source=origin, options=_job(wishes))

    def _known(self, interaction: str) -> Ingested | None:
        """The call, if its recording is here already: nothing is fetched twice."""
        with self._database.reading() as unit:
            stored = unit.interactions.some([interaction]).get(interaction)
            job = None if stored is None else unit.jobs.last_for([interaction]).get(interaction)
        if stored is None or stored.recording_sha256 is None:
            return None
        return Ingested(interaction=interaction, job="" if job is None else job.id, created=False)

    def _bring(self, place: str, target: Path) -> None:
        most = self._settings.max_upload_bytes
        if _is_address(place):
            fetch(place, target, own=self._settings.own_networks, most=most, longest=self._settings.fetch_seconds)
            return
        with opened_below(self._settings.folders_of_recordings, place) as stream, target.open("wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)
            if out.tell() > most:
                raise AudioError(f"more than {most} bytes", field="recording", hint="raise QA_MAX_UPLOAD_BYTES to take it")

    def _note(self, unit: Unit, number: str, what: str, *, by: Actor, content: Mapping[str, object]) -> None:
        unit.ledger.append(
            at=self._clock(), actor=by.id, action=f"recording_import.{what}", subject=f"recording_import/{number}", content=dict(content)
        )


class _Place(NamedTuple):
    """Where a call of a table stands."""

    position: int
    line: int


class _Rows:
    """Makes the calls of a table from its rows, and counts them."""

    def __init__(self, settings: Settings, of: RecordingImport) -> None:
        self._settings = settings
        self._of = of
        #: Line in which each call stands first.
        self._lines: dict[str, int] = {}
        self.total = 0
        self.without = 0

    def items(self, rows: Iterator[ReadCallDetail]) -> Iterator[tuple[ImportItem, str]]:
        """Calls that have a recording, each with the JSON of its header; what cannot be fetched has failed already."""
        for row in rows:
            if row.audio is None:
                self.without += 1
                continue
            place = _Place(self.total, row.line)
            self.total += 1
            try:
                self._check(row)
            except InputError as error:
                fault = Fault.of(error).model_copy(update={"file": self._of.name, "line": row.line})
                told = _shown(row.audio[:_LONGEST_PLACE])
                yield ImportItem(**place._asdict(), place=told, state=FetchState.FAILED, error=fault), ""
            else:
                item = ImportItem(**place._asdict(), place=row.audio, state=FetchState.WAITING, next_at=self._of.created_at)
                yield item, _header(row).model_dump_json(exclude_none=True)

    def _check(self, row: ReadCallDetail) -> None:
        """Raises :class:`InputError` for what will never be fetched."""
        audio = row.audio or ""
        if row.detail.channel is not Channel.PHONE:
            raise TableError(f"a recording of what was no call but {row.detail.channel}", field="channel")
        if len(audio) > _LONGEST_PLACE or not audio.isprintable():
            raise InputError("this is no address and no path", field="recording")
        first = self._lines.setdefault(row.detail.contact, row.line)
        if first != row.line:
            raise TableError(f"call {row.detail.contact!r} stands in line {first} already", field="id", hint="one recording a call")
        if _is_address(audio):
            checked_address(audio, own=self._settings.own_networks, field="recording")
        elif "://" in audio:
            raise InputError(f"{audio[:90]!r} is no address of the web", field="recording", hint="https://HOST/PATH, or a path")
        elif not self._settings.recording_folders:
            hint = "an operator names folders that may be read: QA_RECORDING_FOLDERS"
            raise InputError("files of this machine are not read", field="recording", hint=hint)


def _header(row: ReadCallDetail) -> Header:
    it = row.detail
    interaction = Interaction(
        id=it.contact, channel=Channel.PHONE, direction=it.direction, started_at=it.started_at, agent=it.agent, customer=it.customer,
        queue=it.queue, wait_seconds=it.wait_seconds,
    )
    return Header(interaction=interaction)


def _job(wishes: ImportWishes) -> JobOptions:
    return JobOptions(rubric=wishes.rubric, engine=wishes.engine, priority=Urgency.LOW)


def _is_address(place: str) -> bool:
    return urlsplit(place[:20]).scheme in _SCHEMES


def _shown(place: str) -> str:
    return shown(place) if _is_address(place) else place


def _ending(place: str) -> str:
    return ending_of(place) if _is_address(place) else Path(place).suffix[:10]


def _file_name(place: str) -> str:
    """As the recording is called from now on."""
    name = Path(urlsplit(place).path if _is_address(place) else place).name
    return name[:200] or "recording"


def _fault(due: Due, error: QaError) -> Fault:
    """With the place in the table."""
    return Fault.of(error).model_copy(update={"file": due.of.name, "line": due.item.line, "field": error.field or "recording"})


def _view(one: RecordingImport, counts: Mapping[FetchState, int]) -> RecordingImportView:
    known = {state: counts.get(state, 0) for state in FetchState}
    fields = {name: getattr(one, name) for name in RecordingImport.model_fields}
    return RecordingImportView(**fields, counts=known, done=not known[FetchState.WAITING])
