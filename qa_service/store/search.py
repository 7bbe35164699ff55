"""The search index: which interactions are in it, the folded words of their turns, their signals, and the vectors of their passages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from qa_service.domain.search import Facet
from qa_service.store.interactions import State
from qa_service.store.repository import Repository, chunks
from qa_service.store.search_words import facet, refaced, speaker_of, vector, written
from qa_service.store.tables import (
    InteractionRow,
    SearchInteractionRow,
    SearchPassageRow,
    SearchSignalRow,
    SearchTurnRow,
    core,
)

_IT, _TURNS, _PASSAGES = core(SearchInteractionRow).c, core(SearchTurnRow).c, core(SearchPassageRow).c
_INTERACTIONS = core(InteractionRow).c
#: Bits of a turn's id that number it within its interaction, and of a key that number interactions of one second.
TURN_BITS, SAME_BITS = 13, 15
MOST_TURNS = (1 << TURN_BITS) - 1
_SAME = (1 << SAME_BITS) - 1
#: Written into statements: a bound number would be as long as what it shifts, which PostgreSQL cannot.
_SHIFT: sa.ColumnElement[int] = sa.literal_column(str(TURN_BITS), sa.Integer)
_FAR = 1 << 34
#: Any number; the same in all processes that share a PostgreSQL database: one writer of the index at a time.
_LOCK = 7_406_202_402
#: Pages that one step of merging writes at most, so that nobody waits long for the database.
_STEP = 2000


class NewTurn(NamedTuple):
    """A turn to be found."""

    #: Its number in the transcript, from 0.
    turn: int
    speaker: str
    #: Folded by the rules of its language.
    words: Sequence[str]


class NewEntry(NamedTuple):
    """An interaction to be found."""

    interaction: str
    #: When it took place.
    at: datetime
    channel: str
    language: str | None
    agent: str | None
    #: As told at the time.
    team: str | None
    queue: str | None
    turns: Sequence[NewTurn]
    #: What was measured, by signal.
    signals: Mapping[str, float]


class Passages(NamedTuple):
    """The vectors of an interaction's passages."""

    interaction: str
    #: First and last turn of each.
    places: Sequence[tuple[int, int]]
    #: One byte a number, row by row.
    data: bytes


class Coverage(NamedTuple):
    """How much of what can be found is in the index."""

    #: Interactions that are scored.
    interactions: int
    #: Those of them whose words are in it.
    words: int
    #: Those of them whose vectors are in it, by the encoder asked about.
    vectors: int


def first_key(moment: datetime) -> int:
    """The smallest key of a contact at or after the second of that moment."""
    seconds = int(moment.timestamp() // 1)
    return max(-_FAR, min(_FAR, seconds)) << SAME_BITS


class SearchIndex(Repository):
    """Writes the index; what is written again replaces what was there."""

    def save_many(self, entries: Sequence[NewEntry], *, folding: str, at: datetime) -> int:
        """Put interactions in, with all their turns; how many turns those are. Interactions that were erased meanwhile are left out."""
        if not entries:
            return 0
        self._lock()
        self.drop(one.interaction for one in entries)
        there = self._there(one.interaction for one in entries)
        fresh = sorted((one for one in entries if one.interaction in there), key=lambda one: (one.at, one.interaction))
        keys, seq = self._keys(fresh), self.last() + 1
        rows = [_entry(one, keys[one.interaction], seq + place, folding, at) for place, one in enumerate(fresh)]
        self._insert(SearchInteractionRow, rows)
        told = [{"interaction_id": one.interaction, "data": json.dumps(one.signals, separators=(",", ":"))} for one in fresh]
        self._insert(SearchSignalRow, told)
        # FTS5 writes rows quickest in the order of their numbers.
        turns = sorted(self._turn_rows(fresh, keys), key=lambda row: row["id"])
        self._put_turns(turns)
        return len(turns)

    def drop(self, interactions: Iterable[str]) -> bool:
        """Take interactions out, their vectors too; whether any was in it."""
        found = False
        for ids in chunks(interactions):
            for key in self._session.scalars(sa.select(_IT.key).where(_IT.interaction_id.in_(ids))).all():
                self._drop_turns(key)
                found = True
            for row in (SearchInteractionRow, SearchSignalRow, SearchPassageRow):
                self._execute(sa.delete(core(row)).where(core(row).c.interaction_id.in_(ids)))
        return found

    def move(self, interaction: str, *, agent: str | None, team: str | None) -> None:
        """Find it as that agent's from now on."""
        row = self._first(SearchInteractionRow, _IT.interaction_id == interaction)
        if row is None:
            return
        self._update(SearchInteractionRow, _IT.interaction_id == interaction, values={"agent_id": agent, "team": team})
        rest = {Facet.CHANNEL: row.channel, Facet.LANGUAGE: row.language, Facet.AGENT: agent, Facet.TEAM: team, Facet.QUEUE: row.queue}
        facets = [facet(kind, value) for kind, value in rest.items()]
        old = self._session.execute(sa.select(_TURNS.id, _TURNS.words).where(_of(row.key)).order_by(_TURNS.id)).all()
        self._drop_turns(row.key)
        speakers = {one.id: speaker_of(one.words) or "" for one in old}
        self._put_turns([_turn_row(one.id, refaced(one.words, [facet(Facet.SPEAKER, speakers[one.id][1:]), *facets])) for one in old])

    def last(self) -> int:
        """Number of the interaction that came last; 0 before the first."""
        return int(self._session.scalar(sa.select(sa.func.max(_IT.seq))) or 0)

    def missing(self, *, folding: str, most: int) -> tuple[str, ...]:
        """Scored interactions that are not in the index, or are by other folding, the newest first."""
        there = sa.select(_IT.key).where(_IT.interaction_id == _INTERACTIONS.id, _IT.folding == folding).exists()
        chosen = sa.select(_INTERACTIONS.id).where(_INTERACTIONS.state == State.SCORED.value, ~there)
        return tuple(self._session.scalars(chosen.order_by(_INTERACTIONS.happened_at.desc(), _INTERACTIONS.id).limit(most)))

    def without_vectors(self, *, encoder: str, most: int) -> tuple[str, ...]:
        """Interactions in the index that have no vectors by that encoder, the newest first."""
        there = sa.select(_PASSAGES.key).where(_PASSAGES.interaction_id == _IT.interaction_id, _PASSAGES.encoder == encoder).exists()
        return tuple(self._session.scalars(sa.select(_IT.interaction_id).where(~there).order_by(_IT.key.desc()).limit(most)))

    def save_vectors(self, passages: Sequence[Passages], *, encoder: str) -> None:
        """Keep the vectors of interactions that are still in the index."""
        self._lock()
        keys = self.keys(one.interaction for one in passages)
        seq = int(self._session.scalar(sa.select(sa.func.max(_PASSAGES.seq))) or 0) + 1
        rows = [
            {
                "interaction_id": one.interaction, "key": keys[one.interaction], "encoder": encoder, "seq": seq + place,
                "places": json.dumps([list(pair) for pair in one.places]), "data": one.data,
            }
            for place, one in enumerate(passages) if one.interaction in keys
        ]
        self._replace(SearchPassageRow, rows)

    def keys(self, interactions: Iterable[str]) -> dict[str, int]:
        """The key of each of the interactions that are in the index."""
        pieces = (sa.select(_IT.interaction_id, _IT.key).where(_IT.interaction_id.in_(ids)) for ids in chunks(sorted(set(interactions))))
        return {interaction: key for piece in pieces for interaction, key in self._session.execute(piece)}

    def coverage(self, *, encoder: str | None) -> Coverage:
        """How much is in it."""
        scored = sa.select(sa.func.count()).select_from(core(InteractionRow)).where(_INTERACTIONS.state == State.SCORED.value)
        words = sa.select(sa.func.count()).select_from(core(SearchInteractionRow))
        vectors = sa.select(sa.func.count()).select_from(core(SearchPassageRow)).where(_PASSAGES.encoder == (encoder or ""))
        return Coverage(*(int(self._session.scalar(one) or 0) for one in (scored, words, vectors)))

    def clear(self) -> None:
        """Forget everything that is in it."""
        self._lock()
        for row in (SearchPassageRow, SearchSignalRow, SearchInteractionRow):
            self._execute(sa.delete(core(row)))
        if self._dialect == "sqlite":
            self._session.connection().exec_driver_sql("DELETE FROM search_turns")
            self._session.connection().exec_driver_sql("INSERT INTO search_words (search_words) VALUES ('rebuild')")
        else:
            self._execute(sa.delete(core(SearchTurnRow)))

    def faults(self) -> tuple[str, ...]:
        """What does not fit together in the index, one line each."""
        found: list[str] = []
        orphans = sa.select(sa.func.count()).select_from(core(SearchTurnRow))
        known = sa.select(_IT.key).where(_IT.key == _TURNS.id.op(">>")(_SHIFT)).exists()
        lost = int(self._session.scalar(orphans.where(~known)) or 0)
        if lost:
            found.append(f"{lost} turns belong to no interaction of the index")
        told, there = self._session.scalar(sa.select(sa.func.sum(_IT.turns))) or 0, self._session.scalar(orphans) or 0
        if int(told) != int(there):
            found.append(f"{told} turns should be in the index, {there} are")
        joined = core(SearchInteractionRow).join(core(InteractionRow), _INTERACTIONS.id == _IT.interaction_id)
        gone = sa.select(sa.func.count()).select_from(joined)
        erased = int(self._session.scalar(gone.where(_INTERACTIONS.state == State.ERASED.value)) or 0)
        return (*found, *([f"{erased} erased interactions are in the index"] if erased else []))

    def merge(self) -> bool:
        """SQLite: one step of writing the index of words anew, which leaves nothing of what was taken out; whether all is done."""
        if self._dialect != "sqlite":
            return True
        connection = self._session.connection()
        before = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
        # https://www.sqlite.org/fts5.html#the_merge_command: negative, it goes on until one piece is left.
        connection.exec_driver_sql("INSERT INTO search_words (search_words, rank) VALUES ('merge', ?)", (-_STEP,))
        return int(connection.exec_driver_sql("SELECT total_changes()").scalar_one() - before) < 2

    def _lock(self) -> None:
        if self._dialect == "postgresql":
            self._session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))

    def _there(self, interactions: Iterable[str]) -> frozenset[str]:
        alive = _INTERACTIONS.state != State.ERASED.value
        # Locked, so that none is erased before this is committed.
        chosen = sa.select(_INTERACTIONS.id).order_by(_INTERACTIONS.id).with_for_update(read=True)
        pieces = (chosen.where(_INTERACTIONS.id.in_(ids), alive) for ids in chunks(interactions))
        return frozenset(one for piece in pieces for one in self._session.scalars(piece))

    def _keys(self, entries: Sequence[NewEntry]) -> dict[str, int]:
        """A free key for each, the first of its second; where thousands share one, they borrow of the next."""
        found: dict[str, int] = {}
        taken = -(1 << 62)
        for one in entries:
            wanted = max(first_key(one.at), taken + 1)
            taken = wanted if wanted & _SAME and taken + 1 == wanted else self._free(wanted)
            found[one.interaction] = taken
        return found

    def _free(self, wanted: int) -> int:
        """The first key from there on with nothing behind it in its second."""
        while True:
            end = wanted | _SAME
            last = self._session.scalar(sa.select(sa.func.max(_IT.key)).where(_IT.key.between(wanted, end)))
            if last is None or last < end:
                return wanted if last is None else int(last) + 1
            wanted = end + 1

    def _turn_rows(self, entries: Sequence[NewEntry], keys: Mapping[str, int]) -> Iterable[dict[str, Any]]:
        for one in entries:
            facets = _facets(one)
            for turn in one.turns[:MOST_TURNS]:
                kept = written(turn.words, (facet(Facet.SPEAKER, turn.speaker), *facets))
                yield _turn_row((keys[one.interaction] << TURN_BITS) | turn.turn, kept)

    def _put_turns(self, rows: Sequence[dict[str, Any]]) -> None:
        if not rows:
            return
        if self._dialect == "sqlite":
            self._insert(SearchTurnRow, rows)
            self._execute(sa.text("INSERT INTO search_words (rowid, words) VALUES (:id, :words)"), rows)
            return
        self._execute(_PUT, [{**row, "made": vector(row["words"])} for row in rows])

    def _drop_turns(self, key: int) -> None:
        if self._dialect == "sqlite":
            places = {"first": key << TURN_BITS, "last": (key << TURN_BITS) | MOST_TURNS}
            self._execute(_TAKE, [places])
        self._execute(sa.delete(core(SearchTurnRow)).where(_of(key)))


_TAKE = sa.text(
    "INSERT INTO search_words (search_words, rowid, words) SELECT 'delete', id, words FROM search_turns WHERE id BETWEEN :first AND :last"
)
_PUT = sa.text("INSERT INTO search_turns (id, words, vector) VALUES (:id, :words, CAST(:made AS tsvector))")


def _of(key: int) -> sa.ColumnElement[bool]:
    return _TURNS.id.between(key << TURN_BITS, (key << TURN_BITS) | MOST_TURNS)


def _facets(one: NewEntry) -> tuple[str, ...]:
    told = {Facet.CHANNEL: one.channel, Facet.LANGUAGE: one.language, Facet.AGENT: one.agent, Facet.TEAM: one.team, Facet.QUEUE: one.queue}
    return tuple(facet(kind, value) for kind, value in told.items())


def _turn_row(identifier: int, words: str) -> dict[str, Any]:
    return {"id": identifier, "words": words}


def _entry(one: NewEntry, key: int, seq: int, folding: str, at: datetime) -> dict[str, Any]:
    return {
        "key": key, "interaction_id": one.interaction, "channel": one.channel, "language": one.language, "agent_id": one.agent,
        "team": one.team, "queue": one.queue, "turns": len(one.turns[:MOST_TURNS]), "folding": folding, "seq": seq, "indexed_at": at,
    }
