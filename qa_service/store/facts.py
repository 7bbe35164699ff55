"""Facts: what each scorecard that counts gives to the figures, in one compact row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.moments import Item, ItemKind
from qa_service.domain.outcomes import Figures, items, pack_seen, pack_told, seen, told
from qa_service.domain.permission import Scope
from qa_service.domain.rubric import Rubric
from qa_service.store.calibrations import to_answer
from qa_service.store.queue import Queue, Weight
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.reviews import FINISHED
from qa_service.store.rubrics import Rubrics
from qa_service.store.scopes import open_to_figures
from qa_service.store.tables import AgentRow, FactRow, FigureFormRow, InteractionRow, ScorecardCriterionRow, ScorecardRow, core

_FACTS, _FORMS, _CARDS, _CRITERIA, _IT, _AGENTS = (
    core(row).c for row in (FactRow, FigureFormRow, ScorecardRow, ScorecardCriterionRow, InteractionRow, AgentRow)
)
#: What a scorecard counts as: the machine's suggestions alone, people's answers, what the service finalised itself.
DRAFT, PEOPLE, AUTOMATIC = "draft", "people", "automatic"


def of_teams(columns: sa.ColumnCollection[str, sa.Column[Any]], teams: Sequence[str]) -> sa.ColumnElement[bool]:
    """Facts or sums of teams: the one at the time, or the agent's of now where none was told."""
    now = sa.select(_AGENTS.id).where(_AGENTS.team.in_(teams))
    return columns.team.in_(teams) | ((columns.team == "") & columns.agent_id.in_(now))


def facts_within(scope: Scope | None) -> tuple[sa.ColumnElement[bool], ...]:
    """Facts within reach: of teams, or of one agent and finished."""
    if scope is None or scope.whole:
        return ()
    if scope.agent is None:
        return (of_teams(_FACTS, sorted(scope.teams or ())),)
    return (_FACTS.agent_id == scope.agent, _FACTS.basis != DRAFT)


def unread_by(reader: str) -> sa.ColumnElement[bool]:
    """Facts but those that a user is to answer blind in a calibration session."""
    return _FACTS.scorecard_id.not_in(sa.select(_CARDS.id).where(_CARDS.interaction_id.in_(to_answer(reader))))


def of_rubric(columns: sa.ColumnCollection[str, sa.Column[Any]]) -> Callable[[str], sa.ColumnElement[bool]]:
    """Facts or sums of all versions of a rubric."""
    return lambda rubric: columns.form.in_(sa.select(_FORMS.number).where(_FORMS.rubric_id == rubric))


class Form(NamedTuple):
    """A version of a rubric, and what its scorecards are estimated by."""

    rubric: Rubric
    items: tuple[Item, ...]


class Fact(NamedTuple):
    """The columns of :class:`~qa_service.store.tables.FactRow`, in order."""

    scorecard: str
    agent: str
    team: str
    channel: str
    language: str | None
    queue: str | None
    month: str
    happened_at: datetime
    purpose: str
    form: int
    basis: str
    weight: float
    reviewer: str | None
    score: int | None
    outcomes: bytes


class Counter:
    """Works facts out of scorecards; kept between units of work, because forms take long to read and answers repeat.

    ``month_of``: the name of the month that a moment lies in.
    """

    #: Kept answers of the machine, in all.
    _MOST = 200_000

    def __init__(self, month_of: Callable[[datetime], str]) -> None:
        self.month_of = month_of
        #: Numbers of forms that are stored for good, and the items of each number.
        self.numbers: dict[str, int] = {}
        self.items: dict[int, tuple[Item, ...]] = {}
        self._forms: dict[str, Form] = {}
        self._packed: dict[tuple[str, tuple[str | None, ...]], bytes] = {}

    def form(self, fingerprint: str, read: Callable[[str], Rubric]) -> Form:
        """The form of that fingerprint."""
        found = self._forms.get(fingerprint)
        if found is None:
            rubric = read(fingerprint)
            found = self._forms[fingerprint] = Form(rubric, items(rubric))
        return found

    def packed(self, fingerprint: str, form: Form, answers: Mapping[str, str | None], figures: Figures | None) -> bytes:
        """Its outcomes, packed, from the machine's answers and, where people finished it, its figures."""
        key = (fingerprint, tuple(answers.values()))
        machine = self._packed.get(key)
        if machine is None:
            if len(self._packed) >= self._MOST:
                self._packed.clear()
            machine = self._packed[key] = pack_seen(seen(form.rubric, answers))
        return machine if figures is None else machine + pack_told(told(form.rubric, figures))


class Facts(Repository):
    """Facts by scorecard."""

    def some(self, cards: Iterable[str]) -> dict[str, Fact]:
        """Those that are there."""
        connection = self._session.connection()
        found = (connection.execute(_STORED, {"cards": ids}).all() for ids in chunks(cards))
        return {row[0]: Fact(*row) for rows in found for row in rows}

    def made(self, cards: Sequence[str], counter: Counter) -> dict[str, Fact]:
        """What the scorecards give as they are now; those that do not count, or are just being reviewed blindly, are missing."""
        connection = self._session.connection()
        found = [row for ids in chunks(cards) for row in connection.execute(_COUNTED, {"cards": ids}).all()]
        criteria = self._criteria([row.id for row in found])
        weights = Queue(self._session).weights([row.id for row in found if _basis(row) == PEOPLE])
        numbers = self._numbers({row.rubric_fingerprint for row in found}, counter)
        facts: dict[str, Fact] = {}
        for row in found:
            answered, basis = criteria.get(row.id, ()), _basis(row)
            packed = counter.packed(
                row.rubric_fingerprint, counter.form(row.rubric_fingerprint, self._rubric),
                {name: suggestion for _, name, _, _, suggestion in answered}, _figures(row, answered) if basis == PEOPLE else None,
            )
            facts[row.id] = Fact(
                row.id, row.agent_id or "", row.team or "", row.channel, row.language, row.queue, counter.month_of(row.happened_at),
                row.happened_at, row.purpose, numbers[row.rubric_fingerprint], basis,
                _stands_for(weights.get(row.id)), row.reviewer if basis == PEOPLE else None, row.score,
                packed,
            )
        return facts

    def of_month(self, month: str, *, at_once: int = 5000) -> Iterator[list[Fact]]:
        """All facts of a month, piece by piece, in order of agent and scorecard."""
        chosen, order = sa.select(core(FactRow)).where(_FACTS.month == month), (_FACTS.agent_id, _FACTS.scorecard_id)
        yield from ([Fact(*row) for row in rows] for rows in self._pieces(chosen, order, at_once))

    def told(
        self, *, since: datetime | None = None, until: datetime | None = None, team: str | None = None, channel: Channel | None = None,
        rubric: str | None = None, purpose: Purpose | None = None, reader: str | None = None, at_once: int = 20_000,
    ) -> Iterator[list[tuple[Fact, str | None]]]:
        """Facts with the interaction that each is about, piece by piece, the earliest contact first; ``since <= contact < until``;
        ``reader``: none that this user is to answer blind."""
        where = given(
            (since, _FACTS.happened_at.__ge__), (until, _FACTS.happened_at.__lt__), (team, lambda one: of_teams(_FACTS, [one])),
            (channel, _FACTS.channel.__eq__), (rubric, of_rubric(_FACTS)), (purpose, _FACTS.purpose.__eq__), (reader, unread_by),
        )
        both = core(FactRow).outerjoin(core(ScorecardRow), _CARDS.id == _FACTS.scorecard_id)
        chosen = sa.select(core(FactRow), _CARDS.interaction_id).select_from(both).where(*where)
        for rows in self._pieces(chosen, (_FACTS.happened_at, _FACTS.scorecard_id), at_once):
            yield [(Fact(*row[:-1]), row[-1]) for row in rows]

    def _pieces(
        self, chosen: sa.Select[Any], order: tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]], at_once: int
    ) -> Iterator[Sequence[Any]]:
        names = [column.name for column in order]
        piece = chosen.order_by(*order).limit(at_once)
        rows = self._session.execute(piece).all()
        while rows:
            yield rows
            after = sa.tuple_(*order) > tuple(getattr(rows[-1], name) for name in names)
            rows = self._session.execute(piece.where(after)).all() if len(rows) == at_once else []

    def keep(self, facts: Iterable[Fact]) -> None:
        """Those of the same scorecards are replaced."""
        names = [column.name for column in core(FactRow).columns]
        self._replace(FactRow, [dict(zip(names, one, strict=True)) for one in facts])

    def drop(self, cards: Iterable[str]) -> None:
        """They count no more."""
        for ids in chunks(cards):
            self._execute(sa.delete(core(FactRow)).where(_FACTS.scorecard_id.in_(ids)))

    def forms(self) -> dict[int, tuple[Item, ...]]:
        """The items of every form that was counted."""
        return {row.number: _items(row.rubric_id, row.items) for row in self._session.execute(sa.select(core(FigureFormRow)))}

    def _numbers(self, fingerprints: set[str], counter: Counter) -> Mapping[str, int]:
        """Numbers of forms; those that were never counted get the next ones."""
        if fingerprints <= counter.numbers.keys():
            return counter.numbers
        known = {}
        for row in self._session.execute(sa.select(core(FigureFormRow))).all():
            known[row.fingerprint] = row.number
            counter.items[row.number] = _items(row.rubric_id, row.items)
        # What is stored from here on may be taken back with this unit of work.
        counter.numbers.update(known)
        for fingerprint in sorted(fingerprints - known.keys()):
            form = counter.form(fingerprint, self._rubric)
            number = known[fingerprint] = len(known) + 1
            told_ = json.dumps([(one.kind.value, one.id) for one in form.items])
            self._insert(
                FigureFormRow, [{"number": number, "fingerprint": fingerprint, "rubric_id": form.rubric.rubric, "items": told_}]
            )
            counter.items[number] = form.items
        return known

    def _rubric(self, fingerprint: str) -> Rubric:
        return Rubrics(self._session).by_fingerprint(fingerprint)

    def _criteria(self, cards: Sequence[str]) -> dict[str, list[Any]]:
        connection = self._session.connection()
        found: dict[str, list[Any]] = {}
        for ids in chunks(cards):
            for row in connection.execute(_ANSWERS, {"cards": ids}).all():
                found.setdefault(row[0], []).append(row)
        return found


_OF_CARD = (
    _CARDS.id, _CARDS.agent_id, _CARDS.team, _CARDS.channel, _CARDS.language, _CARDS.happened_at, _CARDS.purpose, _CARDS.reviewer,
    _CARDS.rubric_fingerprint, _CARDS.status, _CARDS.automatic, _CARDS.score, _CARDS.sections, _IT.queue,
)  # fmt: skip
_NAMED: sa.BindParameter[Any] = sa.bindparam("cards", expanding=True)
# Ready statements: putting them together takes longer than running them for the one scorecard that has changed most often.
_STORED = sa.select(core(FactRow)).where(_FACTS.scorecard_id.in_(_NAMED))
_COUNTED = (
    sa.select(*_OF_CARD).join_from(core(ScorecardRow), core(InteractionRow), _IT.id == _CARDS.interaction_id)
    .where(_CARDS.is_latest, open_to_figures(), _CARDS.id.in_(_NAMED))
)  # fmt: skip
_ANSWERS = (
    sa.select(_CRITERIA.scorecard_id, _CRITERIA.criterion_id, _CRITERIA.weight, _CRITERIA.points, _CRITERIA.suggestion_answer)
    .where(_CRITERIA.scorecard_id.in_(_NAMED)).order_by(_CRITERIA.scorecard_id, _CRITERIA.position)
)  # fmt: skip
_FINISHED = tuple(status.value for status in FINISHED)


def _basis(row: Any) -> str:
    return DRAFT if row.status not in _FINISHED else AUTOMATIC if row.automatic else PEOPLE


def _stands_for(drawn: Weight | None) -> float:
    """Contacts: one where it was picked by hand, or could not have been drawn."""
    return 1.0 / drawn.probability if drawn is not None and drawn.probability > 0 else 1.0


def _figures(row: Any, criteria: Sequence[Any]) -> Figures:
    return Figures(row.score, dict(json.loads(row.sections)), {name: (points, weight) for _, name, weight, points, _ in criteria})


def _items(rubric: str, text: str) -> tuple[Item, ...]:
    return tuple(Item(rubric, ItemKind(kind), name) for kind, name in json.loads(text))
