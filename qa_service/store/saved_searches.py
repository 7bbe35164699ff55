"""Saved searches, the interactions that they found, and the alerts that they raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from qa_service.domain.permission import Scope
from qa_service.domain.saved_search import Alert, AlertState, SavedSearch, SearchSpec
from qa_service.errors import NotFoundError, StaleVersionError
from qa_service.store.calibrations import to_answer
from qa_service.store.pages import Page, check_limit, decode, encode
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.scopes import interactions_within, open_to_figures
from qa_service.store.tables import InteractionRow, SavedSearchRow, ScorecardRow, SearchAlertRow, SearchHitRow, core

_IT, _HITS, _ALERTS, _INTERACTIONS = core(SavedSearchRow).c, core(SearchHitRow).c, core(SearchAlertRow).c, core(InteractionRow).c
_WITH_INTERACTIONS = core(SearchHitRow).join(core(InteractionRow), _INTERACTIONS.id == _HITS.interaction_id)


class SavedSearches(Repository):
    """Saved searches by id; ``reader``: only their own and, where they see everybody's interactions (``whole``), shared ones."""

    def add(self, one: SavedSearch) -> None:
        """Keep a new one."""
        self._insert(SavedSearchRow, [_values(one)])

    def save(self, one: SavedSearch) -> None:
        """Its next revision; raises :class:`StaleVersionError` unless the one before is stored."""
        if not self._update(SavedSearchRow, _IT.id == one.id, _IT.revision == one.revision - 1, values=_values(one)):
            raise StaleVersionError("this saved search was changed meanwhile", field="If-Match", hint="read it again and repeat the change")

    def drop(self, search: str) -> None:
        """Forget it, with what it found."""
        for row in (SearchHitRow, SearchAlertRow):
            self._execute(sa.delete(core(row)).where(core(row).c.search_id == search))
        self._execute(sa.delete(core(SavedSearchRow)).where(_IT.id == search))

    def get(self, search: str, *, reader: str, whole: bool) -> SavedSearch:
        """One; raises :class:`NotFoundError`, for somebody else's, too."""
        row = self._first(SavedSearchRow, _IT.id == search, _seen_by(reader, whole))
        if row is None:
            raise NotFoundError(f"no saved search {search!r}", field="saved_search")
        return _stored(row)

    def list(self, *, reader: str, whole: bool, cursor: str | None = None, limit: int = 50) -> Page[SavedSearch]:
        """The last made first."""
        page = self._page(SavedSearchRow, _seen_by(reader, whole), by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_stored(row) for row in rows])

    def active(self, *, behind: int | None = None) -> tuple[SavedSearch, ...]:
        """Those that look at what comes; ``behind``: and have not looked so far yet."""
        where = given((behind, _IT.seen_seq.__lt__))
        rows = self._session.scalars(sa.select(SavedSearchRow).where(_IT.active.is_(True), *where).order_by(_IT.created_at, _IT.id))
        return tuple(map(_stored, rows))

    def found(self, search: str, interactions: Iterable[str], *, seen: int, at: datetime) -> dict[str, datetime]:
        """Keep what it found, each interaction once, and how far it has looked; those that are new to it, with their time."""
        fresh: dict[str, datetime] = {}
        for ids in chunks(sorted(set(interactions))):
            known = sa.select(_HITS.interaction_id).where(_HITS.search_id == search, _HITS.interaction_id.in_(ids))
            there = frozenset(self._session.scalars(known))
            told = sa.select(_INTERACTIONS.id, _INTERACTIONS.happened_at).where(_INTERACTIONS.id.in_(ids))
            fresh.update((one, when) for one, when in self._session.execute(told) if one not in there)
        rows = [{"search_id": search, "interaction_id": one, "happened_at": when, "found_at": at} for one, when in sorted(fresh.items())]
        self._insert_new(SearchHitRow, rows)
        self._update(SavedSearchRow, _IT.id == search, values={"seen_seq": seen})
        return fresh

    def count(self, search: str, *, since: datetime, until: datetime) -> int:
        """Interactions of a period that it found."""
        where = (_HITS.search_id == search, _HITS.happened_at >= since, _HITS.happened_at < until)
        return int(self._session.scalar(sa.select(sa.func.count()).select_from(core(SearchHitRow)).where(*where)) or 0)

    def hits(
        self, search: str, *, within: Scope | None, reader: str, telling: bool, cursor: str | None = None, limit: int = 50
    ) -> Page[tuple[str, datetime, datetime]]:
        """Interactions that it found, when they took place and when they were found, the newest first; ``telling``: that it found one tells
        what the machine thinks, so that those are left out of which the reader must not know that."""
        after = () if cursor is None else (sa.tuple_(_HITS.happened_at, _HITS.interaction_id) < decode(cursor),)
        chosen = sa.select(_HITS.interaction_id, _HITS.happened_at, _HITS.found_at).select_from(_WITH_INTERACTIONS)
        chosen = chosen.where(*_found_for(search, within, reader, telling), *after)
        newest = (_HITS.happened_at.desc(), _HITS.interaction_id.desc())
        rows = [tuple(row) for row in self._session.execute(chosen.order_by(*newest).limit(check_limit(limit) + 1))]
        last = rows[limit - 1] if len(rows) > limit else None
        return Page(items=tuple(rows[:limit]), next=None if last is None else encode(last[1], last[0]))

    def counted(self, search: str, *, within: Scope | None, reader: str, telling: bool, after: datetime) -> tuple[int, int]:
        """Of the same: how many there are, and how many of them were found after a moment."""
        fresh = sa.func.sum(sa.case((_HITS.found_at > after, 1), else_=0))
        chosen = sa.select(sa.func.count(), fresh).select_from(_WITH_INTERACTIONS)
        number, new = self._session.execute(chosen.where(*_found_for(search, within, reader, telling))).one()
        return int(number), int(new or 0)


class Alerts(Repository):
    """Alerts by id."""

    def add(self, alert: Alert) -> bool:
        """Keep a new one; false where its period had one already."""
        return self._insert_new(SearchAlertRow, [_alert_values(alert)])

    def raised(self, search: str) -> frozenset[str]:
        """Names of the periods that have one."""
        return frozenset(self._session.scalars(sa.select(_ALERTS.period).where(_ALERTS.search_id == search)))

    def get(self, alert: str, *, reader: str, whole: bool) -> Alert:
        """One; raises :class:`NotFoundError`, for one of somebody else's search, too."""
        row = self._first(SearchAlertRow, _ALERTS.id == alert, _of_searches(reader, whole))
        if row is None:
            raise NotFoundError(f"no alert {alert!r}", field="alert")
        return _alert(row)

    def list(
        self, *, reader: str, whole: bool, state: AlertState | None = None, search: str | None = None, cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Alert]:
        """The last raised first."""
        where = given((state, _ALERTS.state.__eq__), (search, _ALERTS.search_id.__eq__))
        page = self._page(SearchAlertRow, *where, _of_searches(reader, whole), by="raised_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_alert(row) for row in rows])

    def acknowledge(self, alert: str, *, by: str, at: datetime) -> bool:
        """Say that somebody has seen it; false where somebody did before."""
        values = {"state": AlertState.ACKNOWLEDGED.value, "acknowledged_by": by, "acknowledged_at": at}
        return self._update(SearchAlertRow, _ALERTS.id == alert, _ALERTS.state == AlertState.OPEN.value, values=values) > 0


def _found_for(search: str, within: Scope | None, reader: str, telling: bool) -> tuple[sa.ColumnElement[bool], ...]:
    """What a search found of what its reader may know of."""
    return _HITS.search_id == search, *interactions_within(within), *(_open_to(reader) if telling else ())


def _open_to(reader: str) -> tuple[sa.ColumnElement[bool], ...]:
    hidden = sa.select(core(ScorecardRow).c.id).where(core(ScorecardRow).c.interaction_id == _HITS.interaction_id, ~open_to_figures())
    return ~hidden.exists(), _HITS.interaction_id.not_in(to_answer(reader))


def _seen_by(reader: str, whole: bool) -> sa.ColumnElement[bool]:
    return (_IT.owner == reader) | _IT.shared.is_(True) if whole else _IT.owner == reader


def _of_searches(reader: str, whole: bool) -> sa.ColumnElement[bool]:
    return _ALERTS.search_id.in_(sa.select(_IT.id).where(_seen_by(reader, whole)))


def _values(one: SavedSearch) -> dict[str, Any]:
    return {
        "id": one.id, "owner": one.owner, "data": one.search.model_dump_json(), "shared": one.search.shared, "active": one.active,
        "revision": one.revision, "created_at": one.created_at, "changed_at": one.changed_at, "since_seq": one.since_seq,
        "seen_seq": one.seen_seq,
    }


def _stored(row: SavedSearchRow) -> SavedSearch:
    return SavedSearch(
        id=row.id, owner=row.owner, search=SearchSpec.model_validate_json(row.data), active=row.active, revision=row.revision,
        created_at=row.created_at, changed_at=row.changed_at, since_seq=row.since_seq, seen_seq=row.seen_seq,
    )


def _alert_values(alert: Alert) -> Mapping[str, Any]:
    return {
        "id": alert.id, "search_id": alert.saved_search, "period": alert.period,
        "data": alert.model_dump_json(exclude={"acknowledged_by", "acknowledged_at"}),
        "state": alert.state.value, "raised_at": alert.raised_at, "acknowledged_by": None, "acknowledged_at": None,
    }


def _alert(row: SearchAlertRow) -> Alert:
    told = {"acknowledged_by": row.acknowledged_by, "acknowledged_at": row.acknowledged_at}
    # What is kept is as it was raised, with what has become of it since beside it.
    return Alert.model_validate_json(row.data).model_copy(update={**told, "state": AlertState(row.state)})
