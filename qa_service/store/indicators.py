"""Indicators: what contact-centre figures count, added up by the database from call details, interactions, surveys and history.

Each contact counts once: an interaction that a call-detail row tells of counts as that row, with what was measured of it; so do surveys.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import sqlalchemy as sa

from qa_service.domain.call_detail import ContactOutcome
from qa_service.domain.estimation import Z95
from qa_service.domain.history import Horizon
from qa_service.domain.indicator import FigureKind, IndicatorSource, Tally
from qa_service.domain.indicators import INDICATORS
from qa_service.domain.interaction import Channel, Direction, Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.survey_answer import DETRACTOR, FROM_ZERO, PROMOTER, TOP_BOX
from qa_service.store.contacts import known_of
from qa_service.store.repository import Repository, given
from qa_service.store.scopes import figures_within
from qa_service.store.tables import CallDetailRow, ContactRow, InteractionRow, MeasureRow, SurveyAnswerRow, core

_CALLS, _IT, _MEASURES = core(CallDetailRow).c, core(InteractionRow).c, core(MeasureRow).c
_SURVEYS, _HISTORY = core(SurveyAnswerRow).c, core(ContactRow).c
_Columns = Any
_Bool = sa.ColumnElement[bool]
#: From here on of the way to the best answer it was easy: 5 to 7 of 7.
_EASY = 2 / 3
#: Shares of scales are compared with some slack for the rounding of floats.
_SLACK = 1e-9


class Place(NamedTuple):
    """Whose figures; ``None``: anybody's."""

    agent: str | None = None
    team: str | None = None
    channel: Channel | None = None
    queue: str | None = None


class IndicatorCell(NamedTuple):
    """What was counted in one group; what it is not made by is ``None``."""

    place: Place
    #: By indicator.
    tallies: Mapping[str, Tally]


class Rules(NamedTuple):
    """What figures depend on besides the contacts."""

    #: Answered within so many seconds counts for the service level.
    answer_within: float
    #: Abandoned within so many seconds counts nowhere.
    short_abandon: float
    #: Coming back for the same reason within this makes a repeat.
    window: timedelta
    #: First and last contact of all; ``None`` without any.
    horizon: Horizon | None


class Choice(NamedTuple):
    """Which contacts; ``since <= contact < until``."""

    since: datetime | None = None
    until: datetime | None = None
    place: Place = Place()
    purpose: Purpose | None = Purpose.LIVE
    within: Scope | None = None


class Indicators(Repository):
    """Tallies of indicators, by what is asked."""

    def tally(self, wanted: Collection[str], choice: Choice, *, rules: Rules, by: Sequence[str] = ()) -> tuple[IndicatorCell, ...]:
        """One cell for each group by what ``by`` names (agent, team, channel, queue) that has anything; without groups, one cell."""
        found: dict[Place, dict[str, Tally]] = {} if by else {Place(): {}}
        for kind, count in _COUNTERS.items():
            names = [one for one in wanted if kind in (INDICATORS[one].source, _SAME.get(INDICATORS[one].source))]
            if names:
                for place, tallies in count(self, names, choice, rules, tuple(by)):
                    found.setdefault(place, {}).update(tallies)
        return tuple(IndicatorCell(place, found[place]) for place in sorted(found, key=_order))

    def _contacts(self, names: Sequence[str], choice: Choice, rules: Rules, by: Sequence[str]) -> Iterable[_Found]:
        table = _all_contacts(choice).subquery()
        yield from self._sums(table.c, [one for one in names if one in _OF_CONTACTS], _OF_CONTACTS, rules, by)
        for name in names:
            if INDICATORS[name].figure is FigureKind.MEDIAN:
                yield from self._medians(name, table.c, by)

    def _answers(self, names: Sequence[str], choice: Choice, rules: Rules, by: Sequence[str]) -> Iterable[_Found]:
        yield from self._sums(_all_answers(choice).subquery().c, names, _OF_ANSWERS, rules, by)

    def _sums(
        self, it: _Columns, names: Sequence[str], counted: Mapping[str, _Counted], rules: Rules, by: Sequence[str]
    ) -> Iterable[_Found]:
        if not names:
            return
        columns: list[sa.ColumnElement[Any]] = []
        for name in names:
            value, among = counted[name](it, rules)
            known = among & value.is_not(None)
            columns += [
                _count(known), sa.func.sum(sa.case((known, value))), sa.func.sum(sa.case((known, value * value))),
                _count(among & value.is_(None)),
            ]
        keys = [it[one] for one in by]
        for row in self._session.execute(sa.select(*keys, *columns).group_by(*keys)):
            parts = [row[len(keys) + 4 * index :][:4] for index in range(len(names))]
            yield _place(by, row), {
                name: Tally(int(n or 0), float(total or 0), float(squares or 0), int(unknown or 0))
                for name, (n, total, squares, unknown) in zip(names, parts, strict=True)
            }

    def _medians(self, name: str, it: _Columns, by: Sequence[str]) -> Iterable[_Found]:
        """Middle and bounds by rank: those within ``1 + z * sqrt(n)`` of twice the middle's rank (Conover 1999, 3.2)."""
        value, keys = it[_MEDIANS[name]], [it[one] for one in by]
        rank = sa.func.row_number().over(partition_by=keys, order_by=value)
        number = sa.func.count().over(partition_by=keys)
        ranked = sa.select(*keys, value.label("value"), rank.label("rank"), number.label("n")).where(value.is_not(None)).subquery()
        one = ranked.c
        off = sa.func.abs(2 * one.rank - (one.n + 1))
        near = (off <= 1) | ((off - 1) * (off - 1) <= Z95 * Z95 * one.n)
        middle = sa.func.avg(sa.case((off <= 1, one.value)))
        low, high = sa.func.min(sa.case((near, one.value))), sa.func.max(sa.case((near, one.value)))
        groups = [one[key] for key in by]
        for row in self._session.execute(sa.select(*groups, sa.func.max(one.n), middle, low, high).group_by(*groups)):
            n, middle_, low_, high_ = row[len(by) :]
            if n:
                yield _place(by, row), {name: Tally(int(n), middle=float(middle_), low=float(low_), high=float(high_))}

    def _history(self, names: Sequence[str], choice: Choice, rules: Rules, by: Sequence[str]) -> Iterable[_Found]:
        if rules.horizon is None:
            return
        inbound = _HISTORY.direction == Direction.INBOUND.value
        _, _, _, repeat_known, repeats, first_known, first_resolved = known_of(rules.window, rules.horizon)
        counted = {
            "repeat_contact": (repeat_known, repeats, inbound), "fcr": (first_known, first_resolved, inbound & ~repeats),
        }
        tables = core(ContactRow).join(core(InteractionRow), _IT.id == _HISTORY.interaction_id)
        dims = {"agent": _HISTORY.agent_id, "team": _HISTORY.team, "channel": _HISTORY.channel, "queue": _IT.queue}
        where = (*_chosen(choice, dims, _HISTORY.started_at), *given((choice.purpose, _IT.purpose.__eq__)))
        keys = [dims[one] for one in by]
        columns = [_count(one) for name in names for one in counted[name]]
        for row in self._session.execute(sa.select(*keys, *columns).select_from(tables).where(*where).group_by(*keys)):
            parts = [row[len(keys) + 3 * index :][:3] for index in range(len(names))]
            yield _place(by, row), {
                name: Tally(int(n or 0), float(total or 0), float(total or 0), int(among or 0) - int(n or 0))
                for name, (n, total, among) in zip(names, parts, strict=True)
            }

    def _customers(self, names: Sequence[str], choice: Choice, rules: Rules, by: Sequence[str]) -> Iterable[_Found]:
        del rules
        told = sa.union_all(*(_standings(one, moment, choice) for one, moment in ((_CALLS, "started_at"), (_SURVEYS, "answered_at"))))
        it = told.subquery().c
        keys = [it[one] for one in by]
        known = sa.func.count(sa.distinct(sa.case((it.churned.is_not(None), it.customer))))
        left = sa.func.count(sa.distinct(sa.case((it.churned, it.customer))))
        everybody = sa.func.count(sa.distinct(it.customer))
        for row in self._session.execute(sa.select(*keys, known, left, everybody).group_by(*keys)):
            n, total, all_ = map(int, row[len(keys) :])
            yield _place(by, row), {name: Tally(n, total, total, all_ - n) for name in names}


_Found = tuple[Place, Mapping[str, Tally]]
_Counter = Callable[[Indicators, Sequence[str], Choice, Rules, Sequence[str]], Iterable[_Found]]
_Counted = Callable[[_Columns, Rules], tuple[sa.ColumnElement[Any], _Bool]]
_COUNTERS: Mapping[IndicatorSource, _Counter] = MappingProxyType(
    {
        IndicatorSource.CONTACTS: Indicators._contacts, IndicatorSource.SURVEYS: Indicators._answers,
        IndicatorSource.HISTORY: Indicators._history, IndicatorSource.CUSTOMERS: Indicators._customers,
    }
)
#: Call details are counted where all contacts are.
_SAME = {IndicatorSource.CALL_DETAILS: IndicatorSource.CONTACTS}
_ANSWERED, _ABANDONED = ContactOutcome.ANSWERED.value, ContactOutcome.ABANDONED.value


def _served(it: _Columns) -> _Bool:
    return sa.and_(it.inbound, it.outcome.in_([_ANSWERED, _ABANDONED]))


def _offered(it: _Columns, rules: Rules) -> _Bool:
    """Those that count for the queue: all that were told, but short abandons."""
    short = (it.outcome == _ABANDONED) & (sa.func.coalesce(it.wait, rules.short_abandon + 1) <= rules.short_abandon)
    return sa.and_(it.told, _served(it), ~short)


def _within(it: _Columns, rules: Rules) -> sa.ColumnElement[Any]:
    """Whether it was answered in time; an abandoned one never was, however long it waited."""
    return sa.case((it.outcome == _ABANDONED, 0.0), (it.wait <= rules.answer_within, 1.0), (it.wait.is_not(None), 0.0))


def _flag(condition: _Bool) -> sa.ColumnElement[Any]:
    return sa.case((condition, 1.0), (~condition, 0.0))


#: Value and population of each mean and share of contacts: a value that is NULL within the population is unknown.
_OF_CONTACTS: Mapping[str, _Counted] = MappingProxyType(
    {
        "queue_time": lambda it, rules: (it.wait, _served(it)),
        "asa": lambda it, rules: (it.wait, it.inbound & (it.outcome == _ANSWERED)),
        "service_level": lambda it, rules: (_within(it, rules), _offered(it, rules)),
        "abandonment": lambda it, rules: (_flag(it.outcome == _ABANDONED), _offered(it, rules)),
        "aht": lambda it, rules: (it.handle, it.outcome == _ANSWERED),
        "talk_time": lambda it, rules: (it.talk, it.outcome == _ANSWERED),
        "hold_time": lambda it, rules: (
            it.hold, (it.outcome == _ANSWERED) & ((it.channel == Channel.PHONE.value) | it.hold.is_not(None)),
        ),
        "wrap_time": lambda it, rules: (it.wrap, it.outcome == _ANSWERED),
        "recording_length": lambda it, rules: (it.length, it.length.is_not(None)),
        "transfer_rate": lambda it, rules: (_flag(it.transferred), it.told & (it.outcome == _ANSWERED)),
        "first_response_mean": lambda it, rules: (it.first_response, it.first_response.is_not(None)),
        "silence_share": lambda it, rules: (it.silence, it.silence.is_not(None)),
        "overtalk_share": lambda it, rules: (it.overtalk, it.overtalk.is_not(None)),
    }
)
#: Columns that the medians are of.
_MEDIANS: Mapping[str, str] = MappingProxyType({"first_response": "first_response", "response_time": "typical_response"})
#: As :data:`_OF_CONTACTS`, of survey answers; a question that was not answered is not unknown.
_OF_ANSWERS: Mapping[str, _Counted] = MappingProxyType(
    {
        "csat": lambda it, rules: (_flag(it.satisfaction >= TOP_BOX - _SLACK), it.satisfaction.is_not(None)),
        "csat_mean": lambda it, rules: (100.0 * it.satisfaction, it.satisfaction.is_not(None)),
        "nps": lambda it, rules: (
            sa.case((it.nps >= PROMOTER, 1.0), (it.nps <= DETRACTOR, -1.0), (it.nps.is_not(None), 0.0)), it.nps.is_not(None),
        ),
        "ces": lambda it, rules: (1.0 + 6.0 * it.ease, it.ease.is_not(None)),
        "ces_easy": lambda it, rules: (_flag(it.ease >= _EASY - _SLACK), it.ease.is_not(None)),
        "fcr_survey": lambda it, rules: (_flag(it.resolved), it.resolved.is_not(None)),
    }
)
#: What the tables above tell how to count, for the test that holds them to :data:`qa_service.domain.indicators.INDICATORS`.
COUNTED = frozenset({*_OF_CONTACTS, *_MEDIANS, *_OF_ANSWERS, "repeat_contact", "fcr", "churn_rate"})


def _all_contacts(choice: Choice) -> sa.CompoundSelect[Any]:
    """Call details, with what was measured of their interactions; and the interactions that none tells of."""
    c, i, m = _CALLS, _IT, _MEASURES
    dims = {"agent": c.agent_id, "team": c.team, "channel": c.channel, "queue": c.queue}
    details = (
        sa.select(
            *_labelled(dims), (c.direction == Direction.INBOUND.value).label("inbound"), sa.true().label("told"),
            c.outcome.label("outcome"),
            sa.func.coalesce(c.wait_seconds, i.wait_seconds).label("wait"), c.talk_seconds.label("talk"),
            sa.func.coalesce(c.hold_seconds, m.hold_seconds).label("hold"), c.wrap_seconds.label("wrap"),
            c.handle_seconds.label("handle"), c.transferred.label("transferred"),
            sa.func.coalesce(m.response_first, c.first_response_seconds).label("first_response"), *_measured(),
        )
        .select_from(core(CallDetailRow).outerjoin(core(InteractionRow), i.id == c.interaction_id)
                     .outerjoin(core(MeasureRow), m.interaction_id == c.interaction_id))
        .where(*_chosen(choice, dims, c.started_at), *_for(choice.purpose, sa.func.coalesce(i.purpose, Purpose.LIVE.value)))
    )  # fmt: skip
    dims = {"agent": i.agent_id, "team": i.agent_team, "channel": i.channel, "queue": i.queue}
    told = sa.select(c.id).where(c.interaction_id == i.id).exists()
    nothing = sa.cast(sa.null(), sa.Float())
    others = (
        sa.select(
            *_labelled(dims), (i.direction == Direction.INBOUND.value).label("inbound"), sa.false().label("told"),
            sa.literal(_ANSWERED).label("outcome"), i.wait_seconds.label("wait"), nothing.label("talk"), m.hold_seconds.label("hold"),
            nothing.label("wrap"), nothing.label("handle"), sa.cast(sa.null(), sa.Boolean()).label("transferred"),
            m.response_first.label("first_response"), *_measured(),
        )
        .select_from(core(InteractionRow).outerjoin(core(MeasureRow), m.interaction_id == i.id))
        .where(*_chosen(choice, dims, i.happened_at), *_for(choice.purpose, i.purpose), ~told)
    )  # fmt: skip
    return sa.union_all(details, others)


def _measured() -> tuple[sa.Label[Any], ...]:
    m = _MEASURES
    return (
        m.response_median.label("typical_response"), m.duration.label("length"), m.silence_share.label("silence"),
        m.overtalk_share.label("overtalk"),
    )  # fmt: skip


def _all_answers(choice: Choice) -> sa.CompoundSelect[Any]:
    """Survey answers; and those in the headers of interactions that none tells of."""
    s, i = _SURVEYS, _IT
    dims = {"agent": s.agent_id, "team": s.team, "channel": s.channel, "queue": s.queue}
    answers = (
        sa.select(
            *_labelled(dims), _normalised(s.csat, sa.func.coalesce(s.csat_scale, 5)).label("satisfaction"), s.nps.label("nps"),
            _normalised(s.ease, sa.func.coalesce(s.ease_scale, 7)).label("ease"), s.resolved.label("resolved"),
        )
        .select_from(core(SurveyAnswerRow).outerjoin(core(InteractionRow), i.id == s.interaction_id))
        .where(*_chosen(choice, dims, s.answered_at), *_for(choice.purpose, sa.func.coalesce(i.purpose, Purpose.LIVE.value)))
    )  # fmt: skip
    dims = {"agent": i.agent_id, "team": i.agent_team, "channel": i.channel, "queue": i.queue}
    told = sa.select(s.id).where(s.interaction_id == i.id, s.csat.is_not(None)).exists()
    headers = sa.select(
        *_labelled(dims), _normalised(i.csat, sa.func.coalesce(i.csat_scale, 5)).label("satisfaction"),
        sa.cast(sa.null(), sa.Integer()).label("nps"), sa.cast(sa.null(), sa.Float()).label("ease"),
        sa.cast(sa.null(), sa.Boolean()).label("resolved"),
    ).where(i.csat.is_not(None), *_chosen(choice, dims, i.happened_at), *_for(choice.purpose, i.purpose), ~told)  # fmt: skip
    return sa.union_all(answers, headers)


def _normalised(answer: sa.ColumnElement[Any], scale: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """As :func:`qa_service.domain.survey_answer.normalised`."""
    one = sa.case((answer < 1, 1.0), else_=answer)
    return sa.case((scale >= FROM_ZERO, answer / (scale * 1.0)), else_=(one - 1) / (scale - 1.0))


def _standings(it: _Columns, moment: str, choice: Choice) -> sa.Select[Any]:
    dims = {"agent": it.agent_id, "team": it.team, "channel": it.channel, "queue": it.queue}
    interaction = sa.select(_IT.purpose).where(_IT.id == it.interaction_id).scalar_subquery()
    where = _for(choice.purpose, sa.func.coalesce(interaction, Purpose.LIVE.value))
    return sa.select(*_labelled(dims), it.customer_id.label("customer"), it.churned.label("churned")).where(
        it.customer_id.is_not(None), *_chosen(choice, dims, it[moment]), *where
    )


def _labelled(dims: Mapping[str, sa.ColumnElement[Any]]) -> tuple[sa.Label[Any], ...]:
    return tuple(column.label(name) for name, column in dims.items())


def _chosen(choice: Choice, dims: Mapping[str, sa.ColumnElement[Any]], moment: sa.ColumnElement[Any]) -> tuple[_Bool, ...]:
    where = given(
        (choice.since, moment.__ge__), (choice.until, moment.__lt__), *((value, dims[name].__eq__) for name, value in
                                                                      zip(Place._fields, choice.place, strict=True)),
    )  # fmt: skip
    return (*where, *figures_within(choice.within, agent=dims["agent"], team=dims["team"]))


def _for(purpose: Purpose | None, column: sa.ColumnElement[Any]) -> tuple[_Bool, ...]:
    return () if purpose is None else (column == purpose.value,)


def _count(condition: _Bool) -> sa.ColumnElement[Any]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _place(by: Sequence[str], row: Sequence[Any]) -> Place:
    told = dict(zip(by, row, strict=False))
    if told.get("channel") is not None:
        told["channel"] = Channel(told["channel"])
    return Place(**told)


def _order(place: Place) -> tuple[tuple[bool, str], ...]:
    return tuple((one is None, one or "") for one in place)
