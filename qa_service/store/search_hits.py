"""Searching: turns that hold the words, newest first, as far as a bounded look reaches; and how many interactions hold them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from qa_service.domain.search import Node
from qa_service.store.repository import Repository, chunks
from qa_service.store.search import TURN_BITS, first_key
from qa_service.store.search_filters import Asked, columns, conditions, facets, signal_value
from qa_service.store.search_words import fts5, tsquery, words_of
from qa_service.store.tables import (
    InteractionRow,
    ScorecardCriterionRow,
    ScorecardRow,
    SearchInteractionRow,
    SearchPassageRow,
    SearchSignalRow,
    SearchTurnRow,
    TranscriptRow,
    core,
)

_IT, _TURNS, _TRANSCRIPTS = core(SearchInteractionRow).c, core(SearchTurnRow).c, core(TranscriptRow).c
_PASSAGES, _CARDS, _CRITERIA = core(SearchPassageRow).c, core(ScorecardRow).c, core(ScorecardCriterionRow).c
_SIGNALS, _INTERACTIONS = core(SearchSignalRow).c, core(InteractionRow).c
#: Written into statements: a bound number would be as long as what it shifts, which PostgreSQL cannot.
_SHIFT: sa.ColumnElement[int] = sa.literal_column(str(TURN_BITS), sa.Integer)
_LOW, _HIGH = -(1 << 62), (1 << 62) - 1
_SQLITE = (
    "SELECT rowid AS id FROM search_words WHERE search_words MATCH :match AND rowid BETWEEN :low AND :high ORDER BY rowid DESC LIMIT :scan"
)
#: PostgreSQL goes backwards through all turns for what is common, and through the index of words (sorting by what no index has) for what
#: is not. Left to itself it often takes the first way for words that it knows nothing of, and reads everything.
_POSTGRESQL = (
    "SELECT id FROM search_turns WHERE vector @@ CAST(:match AS tsquery) AND id BETWEEN :low AND :high ORDER BY id DESC LIMIT :scan"
)
_BY_WORD = _POSTGRESQL.replace("ORDER BY id", "ORDER BY id + 0")
#: How common a query is, is told by so many of the newest turns.
_SAMPLE = 2000
_SAMPLED = sa.text(
    "SELECT count(*) FROM (SELECT vector FROM search_turns WHERE id BETWEEN :low AND :high ORDER BY id DESC LIMIT :sample) AS newest "
    "WHERE vector @@ CAST(:match AS tsquery)"
)
_TURNS_IN_ALL = sa.text("SELECT greatest(reltuples, 1) FROM pg_class WHERE oid = CAST('search_turns' AS regclass)")


class Found(NamedTuple):
    """Hits by the id of their turn (without words: of the first turn), the newest first."""

    ids: tuple[int, ...]
    #: The oldest that was looked at, where the look ended before the index did.
    looked_to: int | None


class Place(NamedTuple):
    """Where an interaction of the index is found."""

    interaction: str
    channel: str
    language: str | None
    agent: str | None
    team: str | None
    queue: str | None
    at: datetime


class SearchHits(Repository):
    """Reads the index."""

    def newest(
        self, node: Node | None, asked: Asked, *, below: int | None = None, most: int, scan: int
    ) -> Found:
        """Up to ``most`` hits before the turn ``below``; where filters have to be looked up, of at most ``scan`` turns with the words."""
        low, high = window(asked)
        high = high if below is None else min(high, below - 1)
        looked_up = conditions(asked, dialect=self._dialect)
        inner = self._candidates(node, asked, low=low, high=high, scan=scan if looked_up else most)
        chosen = sa.select(inner.c.id)
        if looked_up:
            known = sa.select(_IT.key).where(_IT.key == inner.c.id.op(">>")(_SHIFT), *looked_up)
            # With an offset, PostgreSQL looks each of them up; without, it may look at all interactions there are.
            chosen = chosen.where((known if self._dialect == "sqlite" else known.offset(0)).exists())
        # SQLite goes through the inner query in its order, and may stop early; PostgreSQL promises no order without being asked.
        ordered = chosen if self._dialect == "sqlite" else chosen.order_by(inner.c.id.desc())
        ids = sorted(self._session.scalars(ordered.limit(most)), reverse=True)
        looked_to = self._looked_to(inner, scan) if looked_up and len(ids) < most else None
        return Found(tuple(ids), looked_to)

    def interactions(self, node: Node | None, asked: Asked) -> int:
        """Interactions with a hit; all of the index are looked at."""
        low, high = window(asked)
        inner = self._candidates(node, asked, low=low, high=high, scan=_HIGH)
        keys = sa.select(inner.c.id.op(">>")(_SHIFT).label("key")).distinct().subquery()
        looked_up = conditions(asked, dialect=self._dialect)
        chosen = sa.select(sa.func.count()).select_from(keys)
        if looked_up:
            chosen = chosen.where(sa.select(_IT.key).where(_IT.key == keys.c.key, *looked_up).exists())
        return int(self._session.scalar(chosen) or 0)

    def all(self, asked: Asked) -> int:
        """Interactions that the filters leave, whatever their words."""
        return self.interactions(None, asked)

    def among(self, node: Node | None, asked: Asked, *, after: int, to: int) -> tuple[str, ...]:
        """Interactions with a hit among those that came to the index after a number, up to another."""
        low, high = window(asked)
        told = facets(asked)
        new = (_IT.seq > after, _IT.seq <= to, _IT.key.between(low >> TURN_BITS, high >> TURN_BITS))
        looked_up = conditions(asked, dialect=self._dialect)
        if node is None:
            chosen = sa.select(_IT.interaction_id).where(*new, *columns(asked), *looked_up)
            return tuple(self._session.scalars(chosen.order_by(_IT.key)))
        match = fts5(node, *told) if self._dialect == "sqlite" else tsquery(node, *told)
        found: list[str] = []
        came = sa.select(_IT.key, _IT.interaction_id).where(*new, *looked_up).order_by(_IT.key)
        for key, interaction in self._session.execute(came).all():
            places = {"match": match, "low": key << TURN_BITS, "high": (key << TURN_BITS) | ((1 << TURN_BITS) - 1), "scan": 1}
            # Among the turns of one interaction, going through them is quickest.
            if self._session.execute(sa.text(_SQLITE if self._dialect == "sqlite" else _POSTGRESQL), places).first() is not None:
                found.append(interaction)
        return tuple(found)

    def came(self, asked: Asked, *, after: int) -> int:
        """Interactions that the filters leave of those that came to the index after a number."""
        low, high = window(asked)
        where = (_IT.key.between(low >> TURN_BITS, high >> TURN_BITS), *columns(asked), *conditions(asked, dialect=self._dialect))
        came = sa.select(sa.func.count()).select_from(core(SearchInteractionRow)).where(_IT.seq > after, *where)
        return int(self._session.scalar(came) or 0)

    def words(self, ids: Iterable[int]) -> dict[int, str]:
        """Folded words of turns, by id."""
        pieces = (sa.select(_TURNS.id, _TURNS.words).where(_TURNS.id.in_(some)) for some in chunks(ids))
        return {identifier: words_of(kept) for piece in pieces for identifier, kept in self._session.execute(piece)}

    def places(self, keys: Iterable[int]) -> dict[int, Place]:
        """Interactions by their key."""
        joined = core(SearchInteractionRow).join(core(InteractionRow), _INTERACTIONS.id == _IT.interaction_id)
        columns_ = (_IT.key, _IT.interaction_id, _IT.channel, _IT.language, _IT.agent_id, _IT.team, _IT.queue, _INTERACTIONS.happened_at)
        pieces = (sa.select(*columns_).select_from(joined).where(_IT.key.in_(some)) for some in chunks(sorted(set(keys))))
        return {row[0]: Place(*row[1:]) for piece in pieces for row in self._session.execute(piece)}

    def turns(self, interactions: Iterable[str]) -> dict[str, Sequence[Any]]:
        """The turns of the last saved transcript of interactions, as plain data: only what is shown is worth checking."""
        oldest = (_TRANSCRIPTS.saved_at, _TRANSCRIPTS.engine.desc())
        columns_ = (_TRANSCRIPTS.interaction_id, _TRANSCRIPTS.language, _TRANSCRIPTS.turns)
        chosen = sa.select(*columns_).order_by(*oldest)
        pieces = (chosen.where(_TRANSCRIPTS.interaction_id.in_(some)) for some in chunks(sorted(set(interactions))))
        found = {row.interaction_id: row for piece in pieces for row in self._session.execute(piece)}
        return {key: [{"language": row.language} | one for one in json.loads(row.turns)] for key, row in found.items()}

    def signal(self, name: str, asked: Asked) -> tuple[int, float, float]:
        """Interactions in which a signal was measured, its sum and the sum of its squares; of those that the filters leave."""
        low, high = window(asked)
        value = signal_value(name, self._dialect)
        where = (_IT.key.between(low >> TURN_BITS, high >> TURN_BITS), *columns(asked), *conditions(asked, dialect=self._dialect))
        chosen = sa.select(value.label("value")).select_from(
            core(SearchInteractionRow).join(core(SearchSignalRow), _SIGNALS.interaction_id == _IT.interaction_id)
        ).where(*where).subquery()  # fmt: skip
        real = chosen.c.value
        sums = sa.select(sa.func.count(real), sa.func.sum(real), sa.func.sum(real * real))
        n, total, squares = self._session.execute(sums).one()
        return int(n), float(total or 0.0), float(squares or 0.0)

    def owns(self, agent: str) -> bool:
        """Whether all finished scorecards of an agent that count are of interactions that the index has as theirs."""
        finished = (_CARDS.agent_id == agent, _CARDS.is_latest, _CARDS.status.in_(["final", "disputed"]))
        theirs = sa.select(_IT.key).where(_IT.interaction_id == _CARDS.interaction_id, _IT.agent_id == agent).exists()
        return self._session.execute(sa.select(_CARDS.id).where(*finished, ~theirs).limit(1)).first() is None

    def was_asked(self, criterion: str, *, section: str | None) -> bool:
        """Whether any scorecard has that criterion."""
        told = (_CRITERIA.criterion_id == criterion, *(() if section is None else (_CRITERIA.section_id == section,)))
        return self._session.execute(sa.select(_CRITERIA.scorecard_id).where(*told).limit(1)).first() is not None

    def passages(self, asked: Asked, *, encoder: str) -> frozenset[int]:
        """Rows of vectors that the filters leave."""
        low, high = window(asked)
        where = (_IT.key.between(low >> TURN_BITS, high >> TURN_BITS), *columns(asked), *conditions(asked, dialect=self._dialect))
        joined = core(SearchPassageRow).join(core(SearchInteractionRow), _IT.interaction_id == _PASSAGES.interaction_id)
        chosen = sa.select(_PASSAGES.seq).select_from(joined).where(_PASSAGES.encoder == encoder, *where)
        return frozenset(self._session.scalars(chosen))

    def alive(self, seqs: Iterable[int]) -> dict[int, int]:
        """Key by row, of those rows of vectors that are there."""
        pieces = (sa.select(_PASSAGES.seq, _PASSAGES.key).where(_PASSAGES.seq.in_(some)) for some in chunks(seqs))
        return {seq: key for piece in pieces for seq, key in self._session.execute(piece)}

    def seqs(self, *, encoder: str) -> frozenset[int]:
        """All rows of vectors by an encoder."""
        return frozenset(self._session.scalars(sa.select(_PASSAGES.seq).where(_PASSAGES.encoder == encoder)))

    def vectors(self, *, encoder: str, after: int, most: int) -> Sequence[Any]:
        """Rows of vectors behind a number, in their order."""
        chosen = sa.select(_PASSAGES.seq, _PASSAGES.key, _PASSAGES.places, _PASSAGES.data)
        return self._session.execute(
            chosen.where(_PASSAGES.encoder == encoder, _PASSAGES.seq > after).order_by(_PASSAGES.seq).limit(most)
        ).all()

    def waits(self, *, encoder: str, before: datetime) -> bool:
        """Whether an interaction that came to the index before a moment has no vectors by that encoder."""
        there = sa.select(_PASSAGES.key).where(_PASSAGES.interaction_id == _IT.interaction_id, _PASSAGES.encoder == encoder).exists()
        return self._session.execute(sa.select(_IT.key).where(_IT.indexed_at < before, ~there).limit(1)).first() is not None

    def _candidates(self, node: Node | None, asked: Asked, *, low: int, high: int, scan: int) -> sa.Subquery:
        """Ids of turns with the words and the facets that the index knows, the newest first."""
        if node is None:
            keys = (_IT.key.between(low >> TURN_BITS, high >> TURN_BITS), *columns(asked))
            first = _IT.key.op("<<")(_SHIFT).label("id")
            return sa.select(first).where(*keys).order_by(_IT.key.desc()).limit(scan).subquery()
        told = facets(asked)
        sqlite = self._dialect == "sqlite"
        match = fts5(node, *told) if sqlite else tsquery(node, *told)
        way = _SQLITE if sqlite else self._way(match, low, high, scan)
        text = sa.text(way).bindparams(match=match, low=low, high=high, scan=scan)
        return text.columns(sa.column("id", sa.BigInteger)).subquery()

    def _way(self, match: str, low: int, high: int, wanted: int) -> str:
        """Whichever reads fewer turns: backwards until there are enough (``wanted / share``), or all that there are (``share * all``)."""
        sample = {"match": match, "low": low, "high": high, "sample": _SAMPLE}
        share = int(self._session.execute(_SAMPLED, sample).scalar_one()) / _SAMPLE
        return _POSTGRESQL if share and wanted / share < share * float(self._session.execute(_TURNS_IN_ALL).scalar_one()) else _BY_WORD

    def _looked_to(self, inner: sa.Subquery, scan: int) -> int | None:
        """The oldest candidate, where the look was cut short."""
        number, oldest = self._session.execute(sa.select(sa.func.count(), sa.func.min(inner.c.id))).one()
        return int(oldest) if number >= scan else None


def window(asked: Asked) -> tuple[int, int]:
    """First and last id of a turn that the period of a search leaves."""
    since, until = asked.filters.since, asked.filters.until
    low = _LOW if since is None else first_key(since) << TURN_BITS
    return low, _HIGH if until is None else (first_key(until) << TURN_BITS) - 1
