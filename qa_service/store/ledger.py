"""The audit ledger: acts are noted in a unit of work and sealed, one after the other, when it commits."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlalchemy.orm import Session

from qa_service.domain.base import Record
from qa_service.domain.ledger import ERASED, GENESIS, Chain, Head, LedgerEntry, Link, account, canonical, seal, verify
from qa_service.errors import LedgerError
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.tables import LedgerRow, ScorecardRow, core

_LEDGER = core(LedgerRow).c
#: Ready, because every act that is noted asks for it.
_LAST = sa.select(_LEDGER.sequence, _LEDGER.hash).order_by(_LEDGER.sequence.desc()).limit(1)
_COLUMNS = tuple(_LEDGER[name] for name in Link._fields)
#: Any number; the same in all processes that share a PostgreSQL database.
_HEAD_LOCK = 7_406_202_402
#: Entries read at once: to be looked at, to be checked.
_PIECE, _MANY = 500, 2000
_SALT_BYTES = 16
_OF_INTERACTION = "interaction/"


class Act(Record):
    """What is to be noted; its place in the chain is found at the end."""

    #: When.
    at: AwareDatetime
    #: Who: ``system``, a user or a key.
    actor: str
    #: What: ``scorecard.finalized`` ...
    action: str
    #: What it was done to: ``scorecard/ID``.
    subject: str
    #: Plain JSON data of the change.
    content: dict[str, Any]
    #: The interaction that it tells about, so that it can be forgotten with it; that of the subject unless told.
    interaction: str | None = None

    @property
    def about(self) -> str | None:
        """The interaction that it tells about."""
        told = self.subject.removeprefix(_OF_INTERACTION) if self.subject.startswith(_OF_INTERACTION) else None
        return self.interaction or told


class Happened(NamedTuple):
    """An act without its content."""

    sequence: int
    at: datetime
    action: str
    subject: str
    interaction: str | None


class ActCount(NamedTuple):
    """How often somebody did something."""

    action: str
    actor: str
    times: int


class Sought(Record):
    """Which entries are looked for; ``None`` leaves nothing out."""

    #: Exactly this thing: ``scorecard/ID``.
    subject: str | None = None
    #: Exactly this actor.
    actor: str | None = None
    #: Acts whose name begins so: ``scorecard.`` ...
    action: str | None = None
    #: Everything about this interaction, its scorecards included.
    interaction: str | None = None
    #: From this moment on.
    since: AwareDatetime | None = None
    #: Before this moment.
    until: AwareDatetime | None = None


class Ledger(Repository):
    """The chain. The lock on its head is taken last, so that writers wait for each other only while sealing."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._noted: list[tuple[Act, str]] = []

    def append(
        self, *, at: datetime, actor: str, action: str, subject: str, content: Mapping[str, Any], interaction: str | None = None
    ) -> None:
        """Note an act; raises ``TypeError`` or ``ValueError`` for content that is no JSON. ``interaction``: whose content it tells."""
        self.append_many([Act(at=at, actor=actor, action=action, subject=subject, content=dict(content), interaction=interaction)])

    def append_many(self, acts: Iterable[Act]) -> None:
        """Note many, in order."""
        # Written out at once: what the caller changes afterwards is not what happened.
        self._noted.extend((act, canonical(act.content)) for act in acts)

    def flush(self) -> tuple[LedgerEntry, ...]:
        """Seal and store what was noted; the unit of work does so when it commits. From here on other writers wait."""
        noted, self._noted = self._noted, []
        if not noted:
            return ()
        self._lock()
        sequence, previous = self.head()
        links: list[Link] = []
        for number, (act, content) in enumerate(noted, start=sequence + 1):
            link = seal(
                sequence=number, at=act.at.astimezone(UTC), actor=act.actor, action=act.action, subject=act.subject,
                interaction=act.about, content=content, salt=secrets.token_hex(_SALT_BYTES), previous=previous,
            )
            links.append(link)
            previous = link.hash
        self._insert(LedgerRow, [link._asdict() for link in links])
        return tuple(map(LedgerEntry.of, links))

    def head(self) -> tuple[int, str]:
        """Sequence and hash of the last stored entry; 0 and the genesis hash when there is none."""
        found = self._session.connection().execute(_LAST).first()
        return (0, GENESIS) if found is None else (found.sequence, found.hash)

    def entries(self, sought: Sought | None = None, *, start: int = 1, subject: str | None = None) -> Iterator[LedgerEntry]:
        """Stored entries in order, a few at a time; those noted in this unit come after :meth:`flush` only."""
        where = _where(sought or Sought(subject=subject))
        return map(_entry, self._links(*where, start=start, piece=_PIECE))

    def latest(self, sought: Sought | None = None, *, before: int | None = None, limit: int) -> tuple[LedgerEntry, ...]:
        """Stored entries, the newest first, from the one before ``before`` on; raises :class:`LedgerError` for what cannot be read."""
        where = (*_where(sought or Sought()), *given((before, _LEDGER.sequence.__lt__)))
        found = self._read(sa.select(*_COLUMNS).where(*where).order_by(_LEDGER.sequence.desc()).limit(limit))
        return tuple(map(_entry, found))

    def emptied(self, sequences: Iterable[int]) -> frozenset[int]:
        """Those of these entries whose content is gone."""
        found = sa.select(_LEDGER.sequence).where(_LEDGER.sequence.in_(tuple(sequences)), _LEDGER.content.is_(None))
        return frozenset(self._session.scalars(found))

    def happened(self, actions: Iterable[str], *, after: int, until: int) -> tuple[Happened, ...]:
        """Acts of these names behind the entry ``after``, up to ``until`` and with it, in order."""
        columns = (_LEDGER.sequence, _LEDGER.at, _LEDGER.action, _LEDGER.subject, _LEDGER.interaction)
        where = (_LEDGER.sequence > after, _LEDGER.sequence <= until, _LEDGER.action.in_(sorted(actions)))
        return tuple(Happened(*row) for row in self._session.execute(sa.select(*columns).where(*where).order_by(_LEDGER.sequence)))

    def counts(self, sought: Sought | None = None) -> tuple[ActCount, ...]:
        """How often who did what, by act and actor."""
        columns = (_LEDGER.action, _LEDGER.actor, sa.func.count())
        chosen = sa.select(*columns).where(*_where(sought or Sought())).group_by(_LEDGER.action, _LEDGER.actor)
        return tuple(ActCount(*row) for row in self._session.execute(chosen.order_by(_LEDGER.action, _LEDGER.actor)))

    def links(self) -> Iterator[Link]:
        """All entries in order as they are stored; raises :class:`LedgerError` for one that cannot be read."""
        return self._links(start=1, piece=_MANY)

    def verify(self, *, kept: Head | None = None) -> Chain:
        """Check all of it; raises :class:`qa_service.errors.LedgerError` naming the first bad entry."""
        return verify(self.links(), kept=kept)

    def empty(self, interaction: str) -> dict[str, Any]:
        """Erase the contents of all stored entries about an interaction; what the act that does so must tell (see
        :func:`qa_service.domain.ledger.account`). Entries about erasures stay."""
        found = list(self._about(interaction))
        for sequences in chunks(link.sequence for link in found):
            self._update(LedgerRow, _LEDGER.sequence.in_(sequences), values={"content": None, "salt": None})
        return account(found)

    def _about(self, interaction: str) -> Iterator[Link]:
        """Those that are not empty. Entries of the first kind have no column that tells: their subject does, or their content."""
        full = (_LEDGER.content.is_not(None), ~_LEDGER.action.endswith(ERASED, autoescape=True))
        yield from self._links(*full, _LEDGER.interaction == interaction, start=1, piece=_PIECE)
        subjects = frozenset(str(one) for one in self._session.scalars(_subjects(interaction)))
        named = canonical({"interaction": interaction})[1:-1]
        # They stand before all others, so that a ledger that began with the second kind is not searched.
        newer = self._session.scalar(sa.select(_LEDGER.sequence).where(_LEDGER.seal != 1).order_by(_LEDGER.sequence).limit(1))
        before = (_LEDGER.seal == 1, *given((newer, _LEDGER.sequence.__lt__)))
        # SQLite looks past capitals, so what was found is looked at again.
        told = _LEDGER.subject.in_(subjects) | _LEDGER.content.contains(named, autoescape=True)
        found = self._links(*full, *before, told, start=1, piece=_PIECE)
        yield from (link for link in found if link.subject in subjects or named in (link.content or ""))

    def _links(self, *where: sa.ColumnElement[bool], start: int, piece: int) -> Iterator[Link]:
        # Piece by piece instead of one open cursor, which a reader that stops early would leave behind.
        chosen = sa.select(*_COLUMNS).where(*where).order_by(_LEDGER.sequence).limit(piece)
        while rows := self._read(chosen.where(_LEDGER.sequence >= start)):
            yield from rows
            start = rows[-1].sequence + 1

    def _read(self, chosen: sa.Select[Any]) -> list[Link]:
        try:
            return [Link(*row) for row in self._session.execute(chosen)]
        except ValueError:
            # Somebody wrote what is no time, say: one by one, to name the entry.
            return [self._one(sequence) for sequence in self._session.scalars(chosen.with_only_columns(_LEDGER.sequence))]

    def _one(self, sequence: int) -> Link:
        try:
            return Link(*self._session.execute(sa.select(*_COLUMNS).where(_LEDGER.sequence == sequence)).one())
        except ValueError as error:
            raise LedgerError("this entry holds something that no entry can hold", field=f"entry {sequence}") from error

    def _lock(self) -> None:
        # SQLite's unit of work holds the write lock already.
        if self._dialect == "postgresql":
            self._session.execute(sa.select(sa.func.pg_advisory_xact_lock(_HEAD_LOCK)))


def _entry(link: Link) -> LedgerEntry:
    try:
        return LedgerEntry.of(link)
    except ValueError as error:
        raise LedgerError("this entry holds something that no entry can hold", field=f"entry {link.sequence}") from error


def _subjects(interaction: str) -> sa.Select[Any]:
    """The interaction and its scorecards, as subjects of acts."""
    cards = core(ScorecardRow).c
    own = sa.select(sa.literal(f"{_OF_INTERACTION}{interaction}", sa.String).label("subject"))
    return sa.select(own.union_all(sa.select("scorecard/" + cards.id).where(cards.interaction_id == interaction)).subquery().c.subject)


def _where(sought: Sought) -> tuple[sa.ColumnElement[bool], ...]:
    return given(
        (sought.subject, _LEDGER.subject.__eq__), (sought.actor, _LEDGER.actor.__eq__),
        (sought.action, lambda start: sa.func.substr(_LEDGER.action, 1, len(start)) == start),
        (sought.interaction, lambda one: (_LEDGER.interaction == one) | ((_LEDGER.seal == 1) & _LEDGER.subject.in_(_subjects(one)))),
        (sought.since, _LEDGER.at.__ge__), (sought.until, _LEDGER.at.__lt__),
    )
