"""Importing: files of call details and surveys, read row by row; what is good goes in at once, what is not is told one by one."""

from __future__ import annotations

import tempfile
import uuid
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel

from qa_service.channels.records.columns import Columns
from qa_service.domain.base import Record
from qa_service.domain.interaction import AgentRef, Channel, CustomerRef
from qa_service.domain.permission import Actor, Right
from qa_service.errors import TableError, UnknownAgentError
from qa_service.services.clock import Clock
from qa_service.settings import Settings
from qa_service.store.call_details import StoredCallDetail
from qa_service.store.faults import Fault
from qa_service.store.imports import Taken, TakenRow
from qa_service.store.interactions import Nearby, State, StoredInteraction
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Faults and corrections that one report lists; it counts all of them.
MOST_TOLD = 1000
#: Clocks of telephony and of recordings differ by so much at most.
TOLERANCE = timedelta(seconds=90)
#: Rows worked on at once.
_PIECE = 500

S = TypeVar("S", bound=BaseModel)


class CorrectedRow(Record):
    """A row that took the place of one with the same id."""

    #: Its id.
    id: str
    #: Its line.
    line: int
    #: What says something else than before.
    changed: tuple[str, ...]


class ImportReport(Record):
    """What became of a file, row by row where something is to be said."""

    #: Id of this import, as it stands in the ledger.
    id: str
    #: ``call_details`` or ``surveys``.
    kind: str
    #: The file, as its sender named it.
    file: str
    #: Its encoding.
    encoding: str
    #: What parts cells; `json` for JSON Lines.
    delimiter: str
    #: Field to the column that was read as it.
    columns: dict[str, str]
    #: Columns that were not read.
    unread: tuple[str, ...]
    #: Rows: ``added + replaced + unchanged + faulty``.
    rows: int
    #: Rows that were new.
    added: int
    #: Rows that took the place of one with the same id that said something else.
    replaced: int
    #: Rows that were there already.
    unchanged: int
    #: Rows that could not be read, and were left out.
    faulty: int
    #: Rows whose interaction is known here.
    linked: int
    #: What was wrong with them, the first thousand.
    faults: tuple[Fault, ...]
    #: What was replaced, the first thousand.
    corrections: tuple[CorrectedRow, ...]


class Given(NamedTuple):
    """A row on its way in."""

    id: str
    #: Id of the contact in the source system.
    contact: str | None
    agent: AgentRef | None
    customer: CustomerRef | None
    queue: str | None
    channel: Channel | None
    #: When the contact began; ``None`` where nobody told.
    started_at: datetime | None


class Link(NamedTuple):
    """What is known here of a row's contact."""

    interaction: str | None
    #: Its content was erased: no word of it comes in again.
    erased: bool
    agent: AgentRef | None
    customer: CustomerRef | None
    queue: str | None
    channel: Channel | None


class Kind(NamedTuple, Generic[S]):
    """How one kind of record is imported."""

    #: ``call_details`` or ``surveys``.
    name: str
    #: What stands in a row that links it.
    given: Callable[[S], Given]
    #: The row with what is known of its contact.
    linked: Callable[[S, Link], S]
    #: Stores rows.
    save: Callable[[Unit, Sequence[S]], tuple[TakenRow, ...]]
    #: Whether contacts are looked up among call details, too.
    by_call: bool


class Source(NamedTuple):
    """A file."""

    path: Path
    #: As its sender named it.
    name: str


class Importing:
    """Takes files in: either all good rows of a file are stored, with its report in the ledger, or none."""

    def __init__(self, *, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    def run(
        self, kind: Kind[S], source: Source, rows: Iterable[S | TableError], *, columns: Columns, told: tuple[str, str], row: type[S],
        number: str, by: Actor,
    ) -> ImportReport:
        """Read every row, then store the good ones in one unit of work. ``told``: encoding and delimiter; ``number``: id of the import.

        Raises :class:`TableError` for a file without any row.
        """
        by.check(Right.INGEST)
        tally = _Tally(source.name)
        with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
            for one in rows:
                if isinstance(one, TableError):
                    tally.fault(one)
                else:
                    spool.write(one.model_dump_json() + "\n")
                    tally.good += 1
            if not tally.good and not tally.faulty:
                raise TableError("there is no row below the header", file=source.name, line=1)
            spool.seek(0)
            with self._database.unit() as unit:
                for piece in _pieces(row.model_validate_json(line) for line in spool):
                    self._store(unit, kind, piece, tally)
                report = tally.report(kind.name, number, columns, told)
                content = report.model_dump(mode="json", exclude={"id", "kind", "faults", "corrections", "columns", "unread"})
                unit.ledger.append(
                    at=self._clock(), actor=by.id, action=f"{kind.name}.imported", subject=f"import/{number}", content=content
                )
        return report

    def _store(self, unit: Unit, kind: Kind[S], piece: Sequence[S], tally: _Tally) -> None:
        given = [kind.given(one) for one in piece]
        refused = self._refused(unit, given)
        links = _Linking(unit, by_call=kind.by_call).links([one for one in given if one.agent is None or one.agent.id not in refused])
        kept: list[S] = []
        for one, place in zip(piece, given, strict=True):
            if place.agent is not None and place.agent.id in refused:
                tally.unknown_agent(place.agent.id, getattr(one, "line", None))
            else:
                kept.append(kind.linked(one, links[place.id]))
        agents = [one.agent for one in given if one.agent is not None and one.agent.id not in refused]
        unit.agents.upsert_many(agents, at=self._clock())
        tally.take(kind.save(unit, kept), linked=sum(links[kind.given(one).id].interaction is not None for one in kept))

    def _refused(self, unit: Unit, given: Iterable[Given]) -> set[str]:
        """Agents nobody knows, where those are refused."""
        if self._settings.unknown_agents == "create":
            return set()
        return {one.agent.id for one in given if one.agent is not None and not unit.agents.exists(one.agent.id)}


class _Tally:
    """Counts what becomes of rows."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._faults: list[Fault] = []
        self._corrections: list[CorrectedRow] = []
        self._taken = dict.fromkeys(Taken, 0)
        self._linked = 0
        self.good = 0
        self.faulty = 0

    def fault(self, error: TableError | UnknownAgentError) -> None:
        """A row that is left out."""
        self.faulty += 1
        if len(self._faults) < MOST_TOLD:
            self._faults.append(Fault.of(error).model_copy(update={"file": self._file}))

    def unknown_agent(self, agent: str, line: int | None) -> None:
        """A row whose agent nobody registered."""
        self.good -= 1
        hint = "QA_UNKNOWN_AGENTS=create takes new agents in"
        self.fault(UnknownAgentError(f"nobody registered agent {agent!r}", line=line, field="agent", hint=hint))

    def take(self, rows: Iterable[TakenRow], *, linked: int) -> None:
        """What the store made of rows."""
        self._linked += linked
        for one in rows:
            if one.what is Taken.TWICE:
                told = f"id {one.id!r} stands in line {one.first} already, with something else"
                self.fault(TableError(told, line=one.line, field="id", hint="keep the row that is right"))
                continue
            self._taken[one.what] += 1
            if one.what is Taken.REPLACED and len(self._corrections) < MOST_TOLD:
                self._corrections.append(CorrectedRow(id=one.id, line=one.line, changed=one.changed))

    def report(self, kind: str, number: str, columns: Columns, told: tuple[str, str]) -> ImportReport:
        """All of it."""
        taken = self._taken
        unchanged = taken[Taken.UNCHANGED] + taken[Taken.LINKED]
        return ImportReport(
            id=number, kind=kind, file=self._file, encoding=told[0], delimiter=told[1],
            columns={field: one.name for field, one in columns.fields.items()}, unread=columns.unread,
            rows=taken[Taken.ADDED] + taken[Taken.REPLACED] + unchanged + self.faulty, added=taken[Taken.ADDED],
            replaced=taken[Taken.REPLACED], unchanged=unchanged, faulty=self.faulty, linked=self._linked, faults=tuple(self._faults),
            corrections=tuple(self._corrections),
        )


class _Linking:
    """Finds the interactions that rows are about: by id, else by who and when."""

    def __init__(self, unit: Unit, *, by_call: bool) -> None:
        self._unit = unit
        self._by_call = by_call

    def links(self, rows: Sequence[Given]) -> dict[str, Link]:
        """What is known of the contact of each row, by the row's id."""
        calls = self._unit.call_details.some(one.contact for one in rows if one.contact is not None) if self._by_call else {}
        rows = [_filled(one, calls[one.contact or ""]) if one.contact in calls else one for one in rows]
        through = {one.id: calls[one.contact].interaction for one in rows if one.contact in calls}
        keys = {name for one in rows for name in (one.contact, one.id, through.get(one.id)) if name is not None}
        by_id = self._unit.interactions.some(keys)
        found = {one.id: next((by_id[key] for key in (one.contact, through.get(one.id), one.id) if key in by_id), None) for one in rows}
        near = self._near([one for one in rows if found[one.id] is None])
        some = self._unit.interactions.some(set(near.values()))
        agents = self._unit.agents.some(one.agent.id for one in rows if one.agent is not None and one.agent.team is None)
        teams = {agent.id: agent.team for agent in agents.values()}
        return {one.id: _link(one, found[one.id] or some.get(near.get(one.id, "")), teams) for one in rows}

    def _near(self, rows: Sequence[Given]) -> dict[str, str]:
        """Row to interaction, where agent or customer agree, nothing disagrees, and no other is as near in time."""
        told = sorted((one for one in rows if one.started_at and (one.agent or one.customer)), key=lambda one: str(one.started_at))
        found: dict[str, str] = {}
        taken: set[str] = set()
        for run in _runs(told):
            moments = [one.started_at for one in run if one.started_at is not None]
            known = self._unit.interactions.nearby(min(moments) - TOLERANCE, max(moments) + TOLERANCE)
            for one, moment in zip(run, moments, strict=True):
                first = bisect_left(known, moment - TOLERANCE, key=_start)
                last = bisect_right(known, moment + TOLERANCE, key=_start)
                best = _nearest(one, moment, [other for other in known[first:last] if other.id not in taken])
                if best is not None:
                    found[one.id] = best
                    taken.add(best)
        return found


def _filled(one: Given, call: StoredCallDetail) -> Given:
    """With what the call-detail row of its contact tells and it does not."""
    it = call.detail
    return one._replace(
        agent=one.agent or it.agent, customer=one.customer or it.customer, queue=one.queue or it.queue, channel=one.channel or it.channel,
        started_at=one.started_at or it.started_at,
    )


def _start(one: Nearby) -> datetime:
    return one.started_at


def _nearest(one: Given, moment: datetime, known: Iterable[Nearby]) -> str | None:
    ranked = sorted((abs(other.started_at - moment), other.id) for other in known if _agree(one, other))
    if not ranked or (len(ranked) > 1 and ranked[1][0] == ranked[0][0]):
        return None
    return ranked[0][1]


def _agree(one: Given, other: Nearby) -> bool:
    """Whether agent and customer are the same as far as both sides tell them, and at least one of them is."""
    pairs = ((one.agent and one.agent.id, other.agent), (one.customer and one.customer.id, other.customer))
    both = [mine == theirs for mine, theirs in pairs if mine is not None and theirs is not None]
    return bool(both) and all(both) and one.channel in (None, other.channel)


def _link(one: Given, found: StoredInteraction | None, teams: Mapping[str, str | None]) -> Link:
    it = None if found is None else found.interaction
    agent = one.agent or (None if it is None else it.agent)
    if agent is not None and agent.team is None:
        same = it is not None and it.agent is not None and it.agent.id == agent.id
        team = (it.agent.team if same and it is not None and it.agent is not None else None) or teams.get(agent.id)
        agent = agent.model_copy(update={"team": team})
    erased = found is not None and found.state is State.ERASED
    return Link(
        interaction=None if it is None else it.id, erased=erased, agent=agent,
        customer=None if erased else one.customer or (None if it is None else it.customer),
        queue=one.queue or (None if it is None else it.queue), channel=one.channel or (None if it is None else it.channel),
    )


def _runs(rows: Sequence[Given]) -> Iterator[list[Given]]:
    """Rows in order of time, parted where nothing happens for long."""
    run: list[Given] = []
    for one in rows:
        last = run[-1].started_at if run else None
        if last is not None and one.started_at is not None and one.started_at - last > 10 * TOLERANCE:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _pieces(rows: Iterable[S]) -> Iterator[list[S]]:
    rest = iter(rows)
    while piece := list(islice(rest, _PIECE)):
        yield piece


@contextmanager
def named(source: Source) -> Iterator[None]:
    """Faults of a file tell its name as its sender knows it."""
    try:
        yield
    except TableError as error:
        error.file = source.name
        raise


def new_import() -> str:
    """Id of an import."""
    return uuid.uuid4().hex
