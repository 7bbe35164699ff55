"""Outcomes: what is known of contacts that may go with what customers say and do afterwards, and what they said and did."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from qa_service.domain.calibration import CalibrationState
from qa_service.domain.churn import Told
from qa_service.domain.csat_model import CRITERION, SIGNALS, WAIT, Contact
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.rubric import Rubric
from qa_service.domain.satisfaction import LEAST_ANSWERING, Guess, Sums, level, satisfied, summed
from qa_service.domain.scorecard import Status
from qa_service.domain.survey_answer import normalised
from qa_service.store.interactions import State
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.scopes import figures_within, interactions_within, open_to_figures
from qa_service.store.tables import (
    CalibrationInteractionRow,
    CalibrationRow,
    CallDetailRow,
    ContactRow,
    CsatPredictionRow,
    InteractionRow,
    ScorecardCriterionRow,
    ScorecardRow,
    SignalSetRow,
    SurveyAnswerRow,
    core,
)

_IT, _CONTACTS, _SIGNALS = core(InteractionRow).c, core(ContactRow).c, core(SignalSetRow).c
_CARDS, _CRITERIA, _SURVEYS = core(ScorecardRow).c, core(ScorecardCriterionRow).c, core(SurveyAnswerRow).c
_MADE, _CALLS = core(CsatPredictionRow).c, core(CallDetailRow).c
_PIECE = 1000
_FINISHED = (Status.FINAL.value, Status.DISPUTED.value)
_REPEAT = "contact.repeat"
#: An answer stands for at most so many times as many contacts as the mean one.
_HEAVIEST = 4.0
#: What share of the points an answer earns: rubric fingerprint, criterion, answer.
Worth = Mapping[tuple[str, str, str], float]


class Place(NamedTuple):
    """Which contacts: ``since <= contact < until``; what is ``None`` is any."""

    since: datetime | None = None
    until: datetime | None = None
    channel: Channel | None = None
    agent: str | None = None
    team: str | None = None
    queue: str | None = None
    language: str | None = None
    within: Scope | None = None


class Group(NamedTuple):
    """Sums of the contacts of one group."""

    #: With the same weight for all answers; and weighted by how seldom such contacts are answered.
    alike: Sums
    weighted: Sums
    #: Live contacts that are in neither.
    left_out: int


class Answered(NamedTuple):
    """One contact on the forms that it was scored by."""

    interaction: str
    agent: str | None
    customer: str | None
    at: datetime
    #: By rubric and criterion: share of the points.
    answers: dict[tuple[str, str], float]
    mix: dict[str, str]
    level: float | None


#: What figures can be told apart by.
BY: Mapping[str, sa.ColumnElement[Any]] = {
    "channel": _IT.channel, "team": _IT.agent_team, "queue": _IT.queue, "language": _IT.language, "agent": _IT.agent_id,
}


def worth(rubrics: Iterable[Rubric]) -> Worth:
    """What every answer of these rubrics earns, 0 to 1."""
    return {
        (rubric.fingerprint, one.id, option.id): option.value
        for rubric in rubrics for one in rubric.criteria for option in one.options
    }  # fmt: skip


class Outcomes(Repository):
    """Live, scored contacts that are not erased."""

    def surveyed(self) -> dict[str, int]:
        """Answers by channel."""
        chosen = sa.select(_IT.channel, sa.func.count()).where(*_live(Place()), _has_answer()).group_by(_IT.channel)
        return dict(iter(self._session.execute(chosen)))

    def kinds(self, *, channels: Sequence[str]) -> tuple[int, int]:
        """Satisfied answers in these channels, and the others."""
        ids = self._session.scalars(sa.select(_IT.id).where(*_live(Place()), _IT.channel.in_(channels), _has_answer())).all()
        levels = self.levels(ids).values()
        happy = sum(satisfied(one) for one in levels)
        return happy, len(levels) - happy

    def counts(self, *, channels: Sequence[str]) -> tuple[int, int]:
        """Contacts of these channels with an answer, and without."""
        where = (*_live(Place()), _IT.channel.in_(channels))
        answered, all_ = (
            int(self._session.scalar(sa.select(sa.func.count()).select_from(core(InteractionRow)).where(*where, *more)) or 0)
            for more in ((_has_answer(),), ())
        )
        return answered, all_ - answered

    def contacts(self, *, channels: Sequence[str], answered: bool, most: int, worth: Worth) -> tuple[Contact, ...]:
        """The newest contacts of these channels with an answer (or without), with all that they are judged by."""
        where = (*_live(Place()), _IT.channel.in_(channels), _has_answer() if answered else ~_has_answer())
        chosen = sa.select(_IT.id).where(*where).order_by(_IT.happened_at.desc(), _IT.id).limit(most)
        return tuple(self.described(self._session.scalars(chosen).all(), worth=worth))

    def unpredicted(self, *, channels: Sequence[str], version: int | None, most: int) -> tuple[str, ...]:
        """Contacts of these channels that no version has predicted, or (told) not that version."""
        by = () if version is None else (_MADE.version == version,)
        known = sa.select(_MADE.interaction_id).where(_MADE.interaction_id == _IT.id, *by).exists()
        where = (*_live(Place()), _IT.channel.in_(channels), ~known)
        return tuple(self._session.scalars(sa.select(_IT.id).where(*where).order_by(_IT.happened_at, _IT.id).limit(most)))

    def described(self, interactions: Iterable[str], *, worth: Worth) -> Iterator[Contact]:
        """Contacts with all that they are judged by; none of what the machine never measured."""
        for ids in chunks(interactions):
            numbers = self._signals(ids)
            for interaction, name, value in self._suggested(ids, worth):
                numbers.setdefault(interaction, {})[CRITERION + name] = value
            levels = self.levels(ids)
            repeats = self._repeats(ids)
            for row in self._session.execute(sa.select(*_HEADER).where(_IT.id.in_(ids)).order_by(_IT.id)):
                told = numbers.get(row.id, {})
                told |= {} if row.wait_seconds is None else {WAIT: row.wait_seconds}
                told |= {} if row.id not in repeats else {_REPEAT: float(repeats[row.id])}
                yield Contact(row.id, row.customer_id or row.id, told, _words(row), levels.get(row.id))

    def levels(self, interactions: Sequence[str]) -> dict[str, float]:
        """What customers answered, 0 worst to 1 best: in a survey (the last, where they answered more than once), else with the contact."""
        found: dict[str, float] = {}
        for ids in chunks(interactions):
            headers = sa.select(_IT.id, _IT.csat, _IT.csat_scale).where(_IT.id.in_(ids), _IT.csat.is_not(None))
            columns = (_SURVEYS.interaction_id, _SURVEYS.csat, _SURVEYS.csat_scale)
            surveys = sa.select(*columns).where(_SURVEYS.interaction_id.in_(ids), _SURVEYS.csat.is_not(None)).order_by(_SURVEYS.answered_at)
            for interaction, csat, scale in (*self._session.execute(headers), *self._session.execute(surveys)):
                known = level(csat, scale or 5)
                if known is not None:
                    found[interaction] = known
        return found

    def groups(self, place: Place, *, by: str | None, predicted: bool, channels: Sequence[str]) -> dict[str | None, Group]:
        """Sums by group (``None``: of nobody's), all together under ``None`` where ``by`` is; with predictions, only of predicted
        contacts, else of all in these channels."""
        key = sa.literal(None) if by is None else BY[by]
        where = _live(place)
        counted = where if predicted else (*where, _IT.channel.in_(channels))
        f, joined = _MADE.chance, sa.and_(_MADE.interaction_id == _IT.id, _MADE.in_force)
        table = core(InteractionRow).join(core(CsatPredictionRow), joined) if predicted else core(InteractionRow)
        sums = (sa.func.count(), sa.func.sum(f), sa.func.sum(f * f)) if predicted else (sa.func.count(), sa.literal(0), sa.literal(0))
        everybody = {
            group: Sums(float(n), float(total or 0), float(squares or 0))
            for group, n, total, squares in self._grouped(sa.select(key, *sums).select_from(table).where(*counted), key, by)
        }
        counts = self._grouped(sa.select(key, sa.func.count()).select_from(core(InteractionRow)).where(*where), key, by)
        in_all: dict[str | None, int] = {group: int(n) for group, n in counts}
        columns = (key.label("group"), _IT.id, f.label("f"), _MADE.answering) if predicted else (key.label("group"), _IT.id)
        answered = self._session.execute(sa.select(*columns).select_from(table).where(*counted, _has_answer())).all()
        levels = self.levels([row.id for row in answered])
        least = max(LEAST_ANSWERING, len(levels) / max(1.0, sum(one.all for one in everybody.values())) / _HEAVIEST)
        rows: dict[str | None, list[Any]] = {}
        for row in answered:
            rows.setdefault(row.group, []).append(row)
        return {
            group: _group(everybody.get(group, Sums()), rows.get(group, []), levels, least, count) for group, count in in_all.items()
        }

    def answered(self, place: Place, *, final: bool, most: int, worth: Worth) -> tuple[Answered, ...]:
        """Contacts with scorecards that count, the newest first: by people's answers alone (``final``), else by those in force."""
        told = (_CARDS.status.in_(_FINISHED), ~_CARDS.automatic) if final else ()
        where = (*_live(place), _CARDS.interaction_id == _IT.id, _CARDS.is_latest, open_to_figures(), *told)
        ids = self._session.scalars(sa.select(_IT.id).where(*where).distinct().order_by(_IT.id).limit(most)).all()
        found: list[Answered] = []
        for some in chunks(ids):
            answers = self._in_force(some, worth, final=final)
            levels = self.levels(some)
            for row in self._session.execute(sa.select(*_HEADER).where(_IT.id.in_(some)).order_by(_IT.id)):
                mix = _words(row) | ({"reason": row.topic} if row.topic else {})
                found.append(
                    Answered(row.id, row.agent_id, row.customer_id, row.happened_at, answers.get(row.id, {}), mix, levels.get(row.id))
                )
        return tuple(found)

    def customers(self) -> tuple[Told, ...]:
        """What imported rows say of customers."""
        return tuple(one for table, at in ((_SURVEYS, _SURVEYS.answered_at), (_CALLS, _CALLS.started_at)) for one in self._told(table, at))

    def of_customers(self, place: Place) -> Iterator[tuple[str, datetime, str]]:
        """Contacts whose customer is known: customer, time and interaction."""
        chosen = sa.select(_IT.customer_id, _IT.happened_at, _IT.id).where(*_live(place), _IT.customer_id.is_not(None))
        yield from (tuple(row) for row in self._session.execute(chosen.order_by(_IT.happened_at, _IT.id)).all())

    def measured(self, interactions: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, float]]:
        """Some signals of contacts, with whether they are repeats."""
        found: dict[str, dict[str, float]] = {}
        for ids in chunks(interactions):
            signals, repeats = self._signals(ids), self._repeats(ids)
            for interaction in ids:
                told = {name: value for name, value in signals.get(interaction, {}).items() if name in names}
                found[interaction] = told | ({_REPEAT: float(repeats[interaction])} if interaction in repeats else {})
        return found

    def live(self, place: Place, *, most: int) -> tuple[str, ...]:
        """The newest live contacts."""
        chosen = sa.select(_IT.id).where(*_live(place)).order_by(_IT.happened_at.desc(), _IT.id).limit(most)
        return tuple(self._session.scalars(chosen))

    def ease(self, place: Place) -> list[float]:
        """How easy customers found it, 0 hardest to 1 easiest, of the surveys answered in that time."""
        where = given(
            (place.since, _SURVEYS.answered_at.__ge__), (place.until, _SURVEYS.answered_at.__lt__),
            (place.channel, _SURVEYS.channel.__eq__), (place.agent, _SURVEYS.agent_id.__eq__), (place.team, _SURVEYS.team.__eq__),
            (place.queue, _SURVEYS.queue.__eq__), (place.language, _SURVEYS.language.__eq__),
        )
        mine = figures_within(place.within, agent=_SURVEYS.agent_id, team=_SURVEYS.team)
        chosen = sa.select(_SURVEYS.ease, _SURVEYS.ease_scale).where(_SURVEYS.ease.is_not(None), *where, *mine).order_by(_SURVEYS.id)
        return [normalised(ease, scale or 7) for ease, scale in self._session.execute(chosen)]

    def under_blind_review(self, interaction: str) -> bool:
        """Whether somebody is just answering one of its scorecards, or it in a calibration, who must not know what the machine says."""
        sessions, about = core(CalibrationRow).c, core(CalibrationInteractionRow).c
        card = sa.select(_CARDS.id).where(_CARDS.interaction_id == interaction, _CARDS.is_latest, ~open_to_figures())
        session = sa.select(sessions.id).join(core(CalibrationInteractionRow), about.session_id == sessions.id)
        session = session.where(about.interaction_id == interaction, sessions.state == CalibrationState.OPEN.value)
        return bool(self._session.scalar(sa.select(card.exists() | session.exists())))

    def _grouped(self, chosen: sa.Select[Any], key: sa.ColumnElement[Any], by: str | None) -> Iterator[tuple[Any, ...]]:
        return (tuple(row) for row in self._session.execute(chosen if by is None else chosen.group_by(key)))

    def _told(self, table: Any, at: sa.ColumnElement[Any]) -> Iterator[Told]:
        facts = (table.loyalty_months, table.value, table.churned, table.churned_at)
        known = sa.or_(*(fact.is_not(None) for fact in facts))
        chosen = sa.select(table.customer_id, at, *facts).where(table.customer_id.is_not(None), known)
        yield from (Told(*row) for row in self._session.execute(chosen))

    def _signals(self, ids: Sequence[str]) -> dict[str, dict[str, float]]:
        """By the last analysis of each."""
        chosen = sa.select(_SIGNALS.interaction_id, _SIGNALS.data).where(_SIGNALS.interaction_id.in_(ids)).order_by(_SIGNALS.saved_at)
        return {
            interaction: {
                one["name"]: float(one["value"]) for one in json.loads(data) if one["name"] in _KNOWN and one["value"] is not None
            }
            for interaction, data in self._session.execute(chosen)
        }

    def _repeats(self, ids: Sequence[str]) -> dict[str, bool]:
        """Contacts of known customers: whether they were in contact for the same reason before."""
        repeat = (_CONTACTS.earlier != "[]") | _CONTACTS.says_repeat.is_not(None)
        where = (_CONTACTS.interaction_id.in_(ids), _CONTACTS.customer_id.is_not(None), _CONTACTS.started_at.is_not(None))
        return {row[0]: bool(row[1]) for row in self._session.execute(sa.select(_CONTACTS.interaction_id, repeat).where(*where))}

    def _suggested(self, ids: Sequence[str], worth: Worth) -> Iterator[tuple[str, str, float]]:
        """What the machine answered, whoever answered since: contacts that people reviewed are judged by the same as all."""
        for interaction, rubric, fingerprint, criterion, answer in self._answers(ids, _CRITERIA.suggestion_answer):
            value = worth.get((fingerprint, criterion, answer))
            if value is not None:
                yield interaction, f"{rubric}.{criterion}", value

    def _in_force(self, ids: Sequence[str], worth: Worth, *, final: bool) -> dict[str, dict[tuple[str, str], float]]:
        finished = (_CARDS.status.in_(_FINISHED), ~_CARDS.automatic) if final else ()
        found: dict[str, dict[tuple[str, str], float]] = {}
        shown = sa.func.coalesce(_CRITERIA.answer, _CRITERIA.suggestion_answer)
        for interaction, rubric, fingerprint, criterion, answer in self._answers(ids, shown, open_to_figures(), *finished):
            value = worth.get((fingerprint, criterion, answer))
            if value is not None:
                found.setdefault(interaction, {})[rubric, criterion] = value
        return found

    def _answers(self, ids: Sequence[str], answer: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]) -> Iterator[tuple[Any, ...]]:
        chosen = sa.select(_CARDS.interaction_id, _CARDS.rubric_id, _CARDS.rubric_fingerprint, _CRITERIA.criterion_id, answer)
        both = core(ScorecardRow).join(core(ScorecardCriterionRow), _CRITERIA.scorecard_id == _CARDS.id)
        found = self._session.execute(chosen.select_from(both).where(_CARDS.interaction_id.in_(ids), _CARDS.is_latest, *where))
        return (tuple(row) for row in found)


_KNOWN = frozenset(SIGNALS)
_HEADER = (
    _IT.id, _IT.customer_id, _IT.agent_id, _IT.channel, _IT.queue, _IT.wait_seconds, _IT.happened_at,
    sa.func.coalesce(
        _IT.language, sa.select(_CONTACTS.language).where(_CONTACTS.interaction_id == _IT.id).scalar_subquery()
    ).label("language"),
    sa.select(_CONTACTS.topic).where(_CONTACTS.interaction_id == _IT.id).scalar_subquery().label("topic"),
)  # fmt: skip


def _live(place: Place) -> tuple[sa.ColumnElement[bool], ...]:
    where = given(
        (place.since, _IT.happened_at.__ge__), (place.until, _IT.happened_at.__lt__), (place.channel, _IT.channel.__eq__),
        (place.agent, _IT.agent_id.__eq__), (place.team, _IT.agent_team.__eq__), (place.queue, _IT.queue.__eq__),
        (place.language, _IT.language.__eq__),
    )
    return (_IT.purpose == Purpose.LIVE.value, _IT.state == State.SCORED.value, *where, *interactions_within(place.within))


def _has_answer() -> sa.ColumnElement[bool]:
    told = sa.select(_SURVEYS.id).where(_SURVEYS.interaction_id == _IT.id, _SURVEYS.csat.is_not(None)).exists()
    return _IT.csat.is_not(None) | told


def _words(row: Any) -> dict[str, str]:
    return {name: value for name in ("channel", "language", "queue") if (value := getattr(row, name))}


def _group(everybody: Sums, answered: Sequence[Any], levels: Mapping[str, float], least: float, in_all: int) -> Group:
    """``everybody``: the sums over all contacts, answered or not."""
    told = [row for row in answered if row.id in levels]
    alike = [Guess(getattr(row, "f", 0.0), float(satisfied(levels[row.id]))) for row in told]
    weighted = [
        Guess(one.expected, one.answer, 1 / max(least, getattr(row, "answering", 1.0))) for one, row in zip(alike, told, strict=True)
    ]
    all_, f, ff, *_ = everybody
    one, other = (summed(some)._replace(all=all_, f=f, ff=ff) for some in (alike, weighted))
    return Group(one, other, left_out=max(0, in_all - int(all_)))
