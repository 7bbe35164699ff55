"""Figures that estimates are made of: kept up with what changed, told for any period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import chain
from typing import NamedTuple, TypedDict
from zoneinfo import ZoneInfo

from qa_service.domain.case_mix import Stratum
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.moments import Cell, Item, Moments
from qa_service.domain.period import Period, PeriodKind
from qa_service.domain.permission import Scope
from qa_service.errors import InputError
from qa_service.services.workflow import Workflows
from qa_service.settings import Settings
from qa_service.store.facts import Counter
from qa_service.store.session import Database

#: Changes in one transaction, which others wait for on SQLite; at most so many while a reader waits, and from time to time.
_AT_ONCE, _WAITING, _ATTENDING = 1000, 3000, 20_000


class _Chosen(TypedDict):
    agents: frozenset[str] | None
    team: str | None
    channel: Channel | None
    rubric: str | None
    purpose: Purpose | None
    within: Scope | None
    by: tuple[str, ...]


class _Whole(NamedTuple):
    """Whole months, ``None`` for no bound, and what sticks out of them."""

    first: str | None
    last: str | None
    edges: tuple[tuple[datetime, datetime], ...]


class Rollups:
    """Cells of moments; every reader has what changed counted first."""

    def __init__(self, *, database: Database, settings: Settings, workflows: Workflows) -> None:
        self._database = database
        self._zone: tzinfo = UTC if settings.time_zone == "UTC" else ZoneInfo(settings.time_zone)
        self._counter = Counter(self.month_of)
        self._zone_name = settings.time_zone
        self._zone_kept = False
        workflows.attend(self._attend)

    def month_of(self, moment: datetime) -> str:
        """The name of the month that a moment lies in, in the service's time zone."""
        return moment.astimezone(self._zone).strftime("%Y-%m")

    def refresh(self, *, most: int = _WAITING) -> int:
        """Count what changed, at most so many changes; how many it were. Costs one look at an index where nothing did.

        A reader waits for a few thousand changes at most: after an import of more, figures lag for as long as those take that are counted
        from time to time (see :meth:`behind`).
        """
        self._keep_zone()
        with self._database.reading() as unit:
            if not unit.rollups.waiting():
                return 0
        folded = 0
        while folded < most:
            with self._database.unit() as unit:
                count = unit.rollups.fold(self._counter, most=min(_AT_ONCE, most - folded))
            folded += count
            if count < _AT_ONCE:
                break
        return folded

    def behind(self) -> int:
        """Changes that were not counted yet."""
        with self._database.reading() as unit:
            return unit.rollups.backlog()

    def cells(
        self, *, agents: Iterable[str] | None = None, team: str | None = None, since: datetime | None = None,
        until: datetime | None = None, months: Iterable[str] | None = None, channel: Channel | None = None, rubric: str | None = None,
        purpose: Purpose | None = Purpose.LIVE, within: Scope | None = None, by: Iterable[str] = ("agent",), refresh: bool = True,
        reader: str | None = None,
    ) -> tuple[Cell, ...]:
        """Moments by item and by what ``by`` names (agent, team, channel, month), of months (``2026-11``) or of any period (``since <=
        contact < until``): whole months from their sums, what sticks out at both ends from the facts. In an agent's own scope, of finished
        scorecards alone. ``reader``: without what that user is to answer blind in a calibration session, which the difference of two
        periods would tell. See :meth:`qa_service.store.rollups.Rollups.cells`.

        Raises :class:`InputError` for a period that ends before it starts, a month that is none, and both told together.
        """
        named = None if months is None else self._months(months, since, until)
        if since is not None and until is not None and until <= since:
            raise InputError("the period ends before it starts", field="until")
        if refresh:
            self.refresh()
        chosen: _Chosen = {
            "agents": None if agents is None else frozenset(agents), "team": team, "channel": channel, "rubric": rubric,
            "purpose": purpose, "within": within, "by": tuple(by),
        }
        with self._database.reading() as unit:
            # Sums do not know which scorecards they are made of.
            apart = reader if reader is not None and unit.calibrations.answering(reader) else None
            if apart is not None or (within is not None and within.agent is not None):
                return unit.rollups.exact(since=since, until=until, months=named, reader=apart, **chosen)
            if named is not None:
                return unit.rollups.cells(months=named, **chosen)
            whole = self._whole(since, until)
            if whole is None:
                return unit.rollups.exact(since=since, until=until, **chosen)
            found = [unit.rollups.cells(first=whole.first, last=whole.last, **chosen)]
            found += [unit.rollups.exact(since=start, until=end, **chosen) for start, end in whole.edges]
        return _together(found)

    def _months(self, names: Iterable[str], since: datetime | None, until: datetime | None) -> list[str]:
        if since is not None or until is not None:
            raise InputError("months and a period are told together", field="months", hint="tell one of both")
        return [Period.named(name, PeriodKind.MONTH, zone=self._zone).name for name in names]

    def strata(
        self, *, agents: Iterable[str] | None = None, team: str | None = None, since: datetime | None = None,
        until: datetime | None = None, rubric: str | None = None, purpose: Purpose | None = Purpose.LIVE, within: Scope | None = None,
    ) -> Mapping[Item, Mapping[Stratum, Moments]]:
        """Moments by contacts that are alike, for :mod:`qa_service.domain.case_mix`; see :meth:`qa_service.store.strata.Strata.of`."""
        self.refresh()
        with self._database.reading() as unit:
            return unit.strata.of(agents=agents, team=team, since=since, until=until, rubric=rubric, purpose=purpose, within=within)

    def rebuild(self) -> int:
        """Work everything out again from the scorecards, while readers go on with what there is; how many scorecards were counted."""
        with self._database.unit() as unit:
            unit.rollups.note_all()
        count = sum(iter(self.refresh, 0))
        with self._database.reading() as unit:
            months = unit.rollups.months()
        for month in months:
            with self._database.unit() as unit:
                unit.rollups.sum_up(month)
        return count

    def check(self) -> tuple[str, ...]:
        """What is not as it would be worked out from the scorecards now, a line each; empty where all is well."""
        while self.refresh():
            pass
        with self._database.reading() as unit:
            strays = [key for month in unit.rollups.months() for key in unit.rollups.strays(month)]
            wrong = tuple(unit.rollups.wrong(self._counter))
        sums = (f"the sums of agent {one.agent or 'nobody'!r} in {one.month} ({one.purpose}, {one.channel}) are off" for one in strays)
        return (*sums, *(f"scorecard {one!r} is counted otherwise than it should be" for one in wrong))

    def _whole(self, since: datetime | None, until: datetime | None) -> _Whole | None:
        """The first and the last whole month of a period, and what sticks out; ``None`` where there is no whole month."""
        first = None if since is None else Period.of(since, PeriodKind.MONTH, zone=self._zone)
        if first is not None and first.since != since:
            first = Period.of(first.until, PeriodKind.MONTH, zone=self._zone)
        after = None if until is None else Period.of(until, PeriodKind.MONTH, zone=self._zone)
        if first is not None and after is not None and first.since >= after.since:
            return None
        edges = [(since, first.since)] if since is not None and first is not None and since < first.since else []
        edges += [(after.since, until)] if until is not None and after is not None and after.since < until else []
        return _Whole(None if first is None else first.name, None if after is None else after.before(zone=self._zone).name, tuple(edges))

    def _keep_zone(self) -> None:
        """Months that were cut in another time zone are cut again."""
        if self._zone_kept:
            return
        with self._database.reading() as unit:
            self._zone_kept = unit.rollups.zone() == self._zone_name
        if self._zone_kept:
            return
        with self._database.unit() as unit:
            if unit.rollups.zone() not in (None, self._zone_name):
                unit.rollups.note_all()
            unit.rollups.cut_in(self._zone_name)
        self._zone_kept = True

    def _attend(self) -> None:
        """For some seconds, so that readers seldom have to wait."""
        self.refresh(most=_ATTENDING)


def _together(parts: Sequence[tuple[Cell, ...]]) -> tuple[Cell, ...]:
    """Cells of several parts of a period."""
    if len(parts) == 1:
        return parts[0]
    found: dict[tuple[object, ...], Cell] = {}
    for cell in chain.from_iterable(parts):
        key = (cell.item, cell.agent, cell.team, cell.channel, cell.month)
        before = found.get(key)
        found[key] = cell if before is None else cell._replace(moments=before.moments.plus(cell.moments))
    return tuple(found.values())
