"""Folding: sums of moments by agent, team, channel, month, purpose and form, kept up with the scorecards by folding what changed.

Writers only leave a note (a trigger's insert). A fold takes what a changed scorecard had given from its sums, and adds what it gives now,
in one transaction with the deletion of the note; only one fold runs at a time, in however many processes. A note that is left while a fold
reads is not among those it took, and is folded next time; to fold one twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import sqlalchemy as sa

from qa_service.domain.moments import Item
from qa_service.store.facts import Counter, Fact, Facts
from qa_service.store.moment_sums import Array, added, close, of_outcomes, packed, settled
from qa_service.store.repository import Repository, chunks
from qa_service.store.tables import FactRow, FigureChangeRow, FigureStateRow, RollupRow, ScorecardRow, core

_CHANGES, _SUMS, _FACTS, _STATE = (core(row).c for row in (FigureChangeRow, RollupRow, FactRow, FigureStateRow))
_ZONE = "time_zone"
#: Any number; the same in all processes that share a PostgreSQL database.
_FOLD_LOCK = 7_406_202_418
# Ready statements: putting them together takes longer than running them for the one scorecard that has changed most often.
_NOTES = sa.select(_CHANGES.id, _CHANGES.scorecard_id).order_by(_CHANGES.id).limit(sa.bindparam("most"))
_TAKEN = sa.delete(core(FigureChangeRow)).where(_CHANGES.id.in_(sa.bindparam("notes", expanding=True)))
_OF_MONTH = sa.select(core(RollupRow)).where(
    _SUMS.month == sa.bindparam("month"), _SUMS.agent_id.in_(sa.bindparam("agents", expanding=True))
)
_ALONE = sa.select(sa.func.pg_advisory_xact_lock(_FOLD_LOCK))


class Key(NamedTuple):
    """What a rollup is the sum of; the primary key of its table, in order."""

    agent: str
    month: str
    purpose: str
    channel: str
    team: str
    form: int

    @classmethod
    def of(cls, fact: Fact) -> Key:
        """Where a fact is counted."""
        return cls(fact.agent, fact.month, fact.purpose, fact.channel, fact.team, fact.form)


class Folding(Repository):
    """Keeps rollups up."""

    def waiting(self) -> bool:
        """Whether any change is noted that was not folded; one look at an index."""
        return self._session.connection().execute(_NOTES, {"most": 1}).first() is not None

    def backlog(self) -> int:
        """How many notes wait."""
        return int(self._session.scalar(sa.select(sa.func.count()).select_from(core(FigureChangeRow))) or 0)

    def fold(self, counter: Counter, *, most: int = 1000) -> int:
        """Count what changed, the first noted first; how many notes that were."""
        self.alone()
        connection = self._session.connection()
        notes = connection.execute(_NOTES, {"most": most}).all()
        if notes:
            self._count(sorted({note.scorecard_id for note in notes}), counter)
        for ids in chunks(note.id for note in notes):
            connection.execute(_TAKEN, {"notes": ids})
        return len(notes)

    def note_all(self) -> None:
        """Have every scorecard counted anew, and every fact whose scorecard counts no more dropped."""
        cards = core(ScorecardRow).c
        counted = sa.select(cards.id).where(cards.is_latest).union(sa.select(_FACTS.scorecard_id))
        self._execute(sa.insert(core(FigureChangeRow)).from_select(["scorecard_id"], counted))

    def zone(self) -> str | None:
        """The time zone that months were cut in."""
        return self._session.scalar(sa.select(_STATE.value).where(_STATE.name == _ZONE))

    def cut_in(self, zone: str) -> None:
        """Remember that."""
        self._replace(FigureStateRow, [{"name": _ZONE, "value": zone}])

    def months(self) -> tuple[str, ...]:
        """Months that have any facts or sums."""
        found = sa.select(_FACTS.month).union(sa.select(_SUMS.month))
        return tuple(sorted(self._session.scalars(found)))

    def sum_up(self, month: str) -> None:
        """Work the sums of a month out again from its facts."""
        self.alone()
        self._execute(sa.delete(core(RollupRow)).where(_SUMS.month == month))
        sums = self._of_facts(month)
        rows = ({**_key_values(key), "scorecards": count, "sums": packed(settled(some))} for key, (count, some) in sorted(sums.items()))
        for some in chunks(rows):
            self._insert(RollupRow, some)

    def strays(self, month: str) -> tuple[Key, ...]:
        """Sums of a month that are not what its facts add up to, but for rounding."""
        wanted = self._of_facts(month)
        rows = self._session.execute(sa.select(core(RollupRow)).where(_SUMS.month == month))
        found = {Key(*row[:6]): (row.scorecards, row.sums) for row in rows}
        return tuple(key for key in sorted(wanted.keys() | found.keys()) if not _alike(wanted.get(key), found.get(key)))

    def wrong(self, counter: Counter, *, at_once: int = 1000) -> Iterator[str]:
        """Scorecards whose facts are not what they give, are missing, or should not be there."""
        cards = core(ScorecardRow).c
        chosen = sa.select(cards.id).where(cards.is_latest).union(sa.select(_FACTS.scorecard_id)).subquery()
        ids = tuple(self._session.scalars(sa.select(chosen.c.id).order_by(chosen.c.id)))
        facts = Facts(self._session)
        for some in (ids[start : start + at_once] for start in range(0, len(ids), at_once)):
            found, wanted = facts.some(some), facts.made(some, counter)
            yield from (one for one in some if found.get(one) != wanted.get(one))

    def _of_facts(self, month: str) -> dict[Key, tuple[int, Array]]:
        forms = Facts(self._session).forms()
        found: dict[Key, tuple[int, Array]] = {}
        for facts in Facts(self._session).of_month(month):
            for key, (count, sums) in _differences([], facts, forms).items():
                before = found.get(key)
                found[key] = (count, sums) if before is None else (before[0] + count, before[1] + sums)
        return found

    def alone(self) -> None:
        """Make other folds wait until this unit of work ends (SQLite has one writer anyway)."""
        if self._dialect == "postgresql":
            self._session.connection().execute(_ALONE)

    def _count(self, cards: Sequence[str], counter: Counter) -> None:
        facts = Facts(self._session)
        before, now = facts.some(cards), facts.made(cards, counter)
        changed = [card for card in cards if before.get(card) != now.get(card)]
        taken, given_ = ([some[card] for card in changed if card in some] for some in (before, now))
        facts.drop(card for card in changed if card not in now)
        facts.keep(given_)
        forms = counter.items
        if any(one.form not in forms for one in taken):
            forms.update(facts.forms())
        self._apply(_differences(taken, given_, forms))

    def _apply(self, changes: Mapping[Key, tuple[int, Array]]) -> None:
        before = self._rows(changes)
        kept, gone = [], []
        for key in sorted(changes):
            count, sums = changes[key]
            if key in before:
                count, sums = before[key][0] + count, added([before[key][1]], sums.shape[0]) + sums
            if count:
                kept.append({**_key_values(key), "scorecards": count, "sums": packed(settled(sums))})
            elif key in before:
                gone.append(key)
        self._replace(RollupRow, kept)
        for key in gone:
            self._execute(sa.delete(core(RollupRow)).where(*(_SUMS[name] == value for name, value in _key_values(key).items())))

    def _rows(self, keys: Iterable[Key]) -> dict[Key, tuple[int, bytes]]:
        """Stored sums, by key."""
        months: dict[str, set[str]] = {}
        for key in keys:
            months.setdefault(key.month, set()).add(key.agent)
        connection = self._session.connection()
        found: dict[Key, tuple[int, bytes]] = {}
        for month in sorted(months):
            for agents in chunks(sorted(months[month])):
                rows = connection.execute(_OF_MONTH, {"month": month, "agents": agents}).all()
                found.update((Key(*row[:6]), (row.scorecards, row.sums)) for row in rows)
        return found


def _differences(
    taken: Sequence[Fact], given_: Sequence[Fact], forms: Mapping[int, Sequence[Item]]
) -> dict[Key, tuple[int, Array]]:
    """What is to be added to the sums: scorecards and moments."""
    signed = [*((Key.of(one), one, -1) for one in taken), *((Key.of(one), one, 1) for one in given_)]
    signed.sort(key=lambda one: (one[0].form, one[0], one[1].scorecard, one[2]))
    changes: dict[Key, tuple[int, Array]] = {}
    for form, group in groupby(signed, key=lambda one: one[0].form):
        some = list(group)
        moments = of_outcomes([fact.outcomes for _, fact, _ in some], [fact.weight for _, fact, _ in some], len(forms[form]))
        start = 0
        for key, members in groupby(some, key=lambda one: one[0]):
            signs = [sign for _, _, sign in members]
            part = moments[start : start + len(signs)]
            start += len(signs)
            changes[key] = (sum(signs), sum(sign * one for sign, one in zip(signs, part, strict=True)))
    return changes


def _alike(wanted: tuple[int, Array] | None, found: tuple[int, bytes] | None) -> bool:
    if wanted is None or found is None or wanted[0] != found[0]:
        return False
    return close(wanted[1], added([found[1]], wanted[1].shape[0]))


def _key_values(key: Key) -> dict[str, str | int]:
    return dict(zip(("agent_id", "month", "purpose", "channel", "team", "form"), key, strict=True))
