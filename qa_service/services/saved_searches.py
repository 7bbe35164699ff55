"""Saved searches: kept by users or shared by leads, looked at again for whatever comes to the index, each interaction once."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from qa_service.domain.base import Record
from qa_service.domain.estimation import wilson
from qa_service.domain.period import Period
from qa_service.domain.permission import Actor, Right
from qa_service.domain.saved_search import Alert, AlertState, SavedSearch, SearchSpec
from qa_service.domain.search import Facet, Filters, Node
from qa_service.errors import PermissionDeniedError, QaError, StaleVersionError
from qa_service.services.clock import Clock
from qa_service.services.search_terms import asked_of, read_query
from qa_service.services.workflow import BATCH, Workflows
from qa_service.settings import Settings
from qa_service.store.pages import Page
from qa_service.store.search_filters import Asked
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_LOG = logging.getLogger(__name__)
_WORKFLOW = "run_saved_searches"
#: Interactions that a search looks at in one unit of work, and searches that one user may keep.
_PIECE, _MOST = 1000, 200
#: Facets of turns, which say nothing of interactions as a whole.
_OF_TURNS = frozenset({Facet.SPEAKER})


class FoundInteraction(Record):
    """An interaction that a saved search found."""

    #: Its id.
    interaction: str
    #: When it took place.
    at: datetime
    #: When the search found it.
    found_at: datetime


class _Look(NamedTuple):
    """One saved search, ready to look."""

    stored: SavedSearch
    node: Node | None
    asked: Asked
    #: The same without words: what shares are of.
    base: Asked


class SavedSearching:
    """Manages saved searches and runs them; the acting person has the right, or is refused."""

    def __init__(
        self, *, database: Database, signals: frozenset[str], settings: Settings, clock: Clock, workflows: Workflows
    ) -> None:
        """``signals``: names of the catalogue."""
        self._database = database
        self._signals = signals
        self._clock = clock
        self._workflows = workflows
        # A machine without a time zone database still knows UTC.
        self._zone: tzinfo = UTC if settings.time_zone == "UTC" else ZoneInfo(settings.time_zone)
        workflows.register(_WORKFLOW, self._work)
        workflows.attend(self._attend)

    def add(self, search: SearchSpec, *, by: Actor) -> SavedSearch:
        """A new one, for interactions that come to the index from now on.

        Raises :class:`InputError` for a query that cannot be read, :class:`PermissionDeniedError` for sharing without the right to.
        """
        self._check(search, by)
        at = self._clock()
        with self._database.unit() as unit:
            self._ready(unit, search, by)
            last = unit.search_index.last()
            made = SavedSearch(
                id=uuid.uuid4().hex, owner=by.id, search=search, active=True, revision=1, created_at=at, changed_at=at, since_seq=last,
                seen_seq=last,
            )
            unit.saved_searches.add(made)
            _note(unit, made, "added", by=by, at=at)
        return made

    def change(
        self, saved: str, *, by: Actor, to: SearchSpec | None = None, active: bool | None = None, expected: int | None = None
    ) -> SavedSearch:
        """Its next revision; only its owner, and leads where it is shared, may. With another query it begins with what comes from now on.

        Raises :class:`NotFoundError`, :class:`InputError`, :class:`PermissionDeniedError` and :class:`StaleVersionError`.
        """
        with self._database.unit() as unit:
            before = self._mine(unit, saved, by)
            if expected is not None and expected != before.revision:
                hint = "read it again and repeat the change"
                raise StaleVersionError("this saved search was changed meanwhile", field="If-Match", hint=hint)
            search = before.search if to is None else to
            self._check(search, by)
            if to is not None:
                self._ready(unit, search, by)
            at, last = self._clock(), unit.search_index.last()
            anew = search.query != before.search.query or (bool(active) and not before.active)
            changes = {"since_seq": last, "seen_seq": last} if anew else {}
            after = before.model_copy(
                update={
                    "search": search, "active": before.active if active is None else active, "revision": before.revision + 1,
                    "changed_at": at, **changes,
                }
            )
            unit.saved_searches.save(after)
            _note(unit, after, "changed", by=by, at=at)
        return after

    def drop(self, saved: str, *, by: Actor) -> None:
        """Forget it, what it found, and its alerts; raises as :meth:`change`."""
        with self._database.unit() as unit:
            before = self._mine(unit, saved, by)
            unit.saved_searches.drop(saved)
            _note(unit, before, "dropped", by=by, at=self._clock())

    def get(self, saved: str, *, by: Actor) -> SavedSearch:
        """One's own, or a shared one; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.saved_searches.get(saved, reader=by.id, whole=_whole(by))

    def list(self, *, by: Actor, cursor: str | None = None, limit: int = 50) -> Page[SavedSearch]:
        """One's own and shared ones, the last made first."""
        with self._database.reading() as unit:
            return unit.saved_searches.list(reader=by.id, whole=_whole(by), cursor=cursor, limit=limit)

    def hits(self, saved: str, *, by: Actor, cursor: str | None = None, limit: int = 50) -> Page[FoundInteraction]:
        """What it found so far of what lies within the reader's reach, the newest first; raises :class:`NotFoundError`."""
        scope = by.scope(Right.SAVE_SEARCHES)
        with self._database.reading() as unit:
            stored = unit.saved_searches.get(saved, reader=by.id, whole=_whole(by))
            telling = read_query(stored.search.query)[0].filters.tells_figures
            page = unit.saved_searches.hits(saved, within=scope, reader=by.id, telling=telling, cursor=cursor, limit=limit)
        return page.of(lambda some: [FoundInteraction(interaction=one, at=when, found_at=found) for one, when, found in some])

    def counts(self, saved: Sequence[SavedSearch], *, by: Actor, since: Mapping[str, datetime]) -> dict[str, tuple[int, int]]:
        """Of each: what it found within the reader's reach, and how much of that after a moment; without one, all of it."""
        scope = by.scope(Right.SAVE_SEARCHES)
        found: dict[str, tuple[int, int]] = {}
        with self._database.reading() as unit:
            for one in saved:
                telling = read_query(one.search.query)[0].filters.tells_figures
                after = since.get(one.id, one.created_at)
                found[one.id] = unit.saved_searches.counted(one.id, within=scope, reader=by.id, telling=telling, after=after)
        return found

    def alerts(
        self, *, by: Actor, state: AlertState | None = None, saved: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Alert]:
        """Those of one's own searches and of shared ones, the last raised first."""
        with self._database.reading() as unit:
            return unit.alerts.list(reader=by.id, whole=_whole(by), state=state, search=saved, cursor=cursor, limit=limit)

    def alert(self, alert: str, *, by: Actor) -> Alert:
        """One; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.alerts.get(alert, reader=by.id, whole=_whole(by))

    def acknowledge(self, alert: str, *, by: Actor) -> Alert:
        """Say that one has seen it; said before, nothing changes. Raises :class:`NotFoundError`."""
        by.check(Right.SAVE_SEARCHES)
        at = self._clock()
        with self._database.unit() as unit:
            found = unit.alerts.get(alert, reader=by.id, whole=_whole(by))
            if unit.alerts.acknowledge(alert, by=by.id, at=at):
                content = {"saved_search": found.saved_search, "period": found.period}
                unit.ledger.append(at=at, actor=by.id, action="alert.acknowledged", subject=f"alert/{alert}", content=content)
            return unit.alerts.get(alert, reader=by.id, whole=_whole(by))

    def run_due(self) -> int:
        """Step, safe to repeat: every active search looks at what came since it last did; how many interactions they found."""
        with self._database.reading() as unit:
            due = unit.saved_searches.active(behind=unit.search_index.last())
        found = 0
        for stored in due:
            try:
                found += self._run(stored)
            except QaError:
                # The others go on; this one is tried again at the next look. A signal or criterion may have gone since it was saved.
                _LOG.exception("saved search %s could not look", stored.id)
        return found

    def _run(self, stored: SavedSearch) -> int:
        found, seen = 0, stored.seen_seq
        while True:
            with self._database.unit() as unit:
                last = unit.search_index.last()
                owner = unit.users.find(stored.owner)
                if owner is None or not owner.active or not owner.actor().may(Right.SAVE_SEARCHES) or seen >= last:
                    return found
                look = self._look(unit, stored, owner.actor())
                to = min(last, seen + _PIECE)
                hits = unit.search_hits.among(look.node, look.asked, after=seen, to=to)
                fresh = unit.saved_searches.found(stored.id, hits, seen=to, at=self._clock())
                self._tell(unit, look, fresh)
            found, seen = found + len(fresh), to

    def _tell(self, unit: Unit, look: _Look, fresh: dict[str, datetime]) -> None:
        """Raise the alerts of the period that runs and of the one before: what an archive brings of older times alarms nobody."""
        threshold = look.stored.search.threshold
        if threshold is None or not fresh:
            return
        now = self._clock()
        runs = Period.of(now, threshold.every, zone=self._zone)
        raised = unit.alerts.raised(look.stored.id)
        for period in (runs.before(zone=self._zone), runs):
            if period.name in raised or not any(period.since <= when < period.until for when in fresh.values()):
                continue
            found = unit.saved_searches.count(look.stored.id, since=period.since, until=period.until)
            of = max(found, unit.search_hits.came(_within(look.base, period), after=look.stored.since_seq))
            if threshold.reached(found, of):
                self._raise(unit, look.stored, period, found, of)

    def _raise(self, unit: Unit, stored: SavedSearch, period: Period, found: int, of: int) -> None:
        threshold = stored.search.threshold
        assert threshold is not None
        alert = Alert(
            id=uuid.uuid4().hex, saved_search=stored.id, name=stored.search.name, owner=stored.owner, period=period.name,
            since=period.since, until=period.until, threshold=threshold, found=found, of=of, share=wilson(found, of),
            state=AlertState.OPEN, raised_at=self._clock(),
        )
        if unit.alerts.add(alert):
            content = {
                "saved_search": stored.id, "name": stored.search.name, "owner": stored.owner, "period": period.name, "found": found,
                "of": of, "share": alert.share.value,
            }
            unit.ledger.append(at=alert.raised_at, actor="system", action="alert.raised", subject=f"alert/{alert.id}", content=content)

    def _look(self, unit: Unit, stored: SavedSearch, owner: Actor) -> _Look:
        node, asked = self._ready(unit, stored.search, owner)
        # Of a search without words, everything in reach is what shares are of.
        choices = tuple(one for one in asked.filters.choices if one.facet not in _OF_TURNS)
        base = asked.filters.model_copy(update={"choices": choices}) if node is not None else Filters()
        return _Look(stored, node, asked, asked._replace(filters=base))

    def _ready(self, unit: Unit, search: SearchSpec, by: Actor) -> tuple[Node | None, Asked]:
        query, node = read_query(search.query)
        scope = by.scope(Right.SAVE_SEARCHES)
        return node, asked_of(unit, query.filters, within=scope, reader=by.id, signals=self._signals)

    def _check(self, search: SearchSpec, by: Actor) -> None:
        by.check(Right.SAVE_SEARCHES)
        if search.shared:
            by.check(Right.SHARE_SEARCHES)

    def _mine(self, unit: Unit, saved: str, by: Actor) -> SavedSearch:
        by.check(Right.SAVE_SEARCHES)
        found = unit.saved_searches.get(saved, reader=by.id, whole=_whole(by))
        if found.owner != by.id and not by.may(Right.SHARE_SEARCHES):
            raise PermissionDeniedError("this saved search is somebody else's", field="saved_search", hint="save one of your own")
        return found

    def _attend(self) -> None:
        """Called every few seconds while workflows run: queues a run when something came, once for all processes."""
        with self._database.reading() as unit:
            last = unit.search_index.last()
            due = unit.saved_searches.active(behind=last)
        if due:
            slot = int(self._clock().timestamp() // 10)
            self._workflows.enqueue(BATCH, _WORKFLOW, workflow_id=f"saved-searches-{slot}-{last}", arguments=[])

    def _work(self) -> None:
        self._workflows.step("search", self.run_due)


def _whole(by: Actor) -> bool:
    return by.scope(Right.SAVE_SEARCHES).whole


def _within(asked: Asked, period: Period) -> Asked:
    since = max(period.since, asked.filters.since or period.since)
    until = min(period.until, asked.filters.until or period.until)
    return asked._replace(filters=asked.filters.model_copy(update={"since": since, "until": until}))


def _note(unit: Unit, one: SavedSearch, action: str, *, by: Actor, at: datetime) -> None:
    content = {"search": one.search.model_dump(mode="json"), "active": one.active, "revision": one.revision}
    unit.ledger.append(at=at, actor=by.id, action=f"saved_search.{action}", subject=f"saved_search/{one.id}", content=content)
