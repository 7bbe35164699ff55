"""Disputes: one open at a time for each scorecard, changed by compare-and-swap, listed with the most urgent first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.dispute import PENDING, Dispute, DisputedItem, DisputeKind, DisputeOutcome, DisputeState, Misattribution
from qa_service.domain.permission import Scope
from qa_service.domain.scorecard import Status
from qa_service.errors import ConflictError, NotFoundError, StaleVersionError
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.reviews import FINISHED
from qa_service.store.tables import AgentRow, DisputeItemRow, DisputeRow, ScorecardCriterionRow, ScorecardRow, core

_IT, _ITEMS = core(DisputeRow).c, core(DisputeItemRow).c
_CARDS, _CRITERIA = core(ScorecardRow).c, core(ScorecardCriterionRow).c
_WAITING = tuple(state.value for state in PENDING)
_FINISHED = tuple(status.value for status in FINISHED)
#: Far enough for any time a dispute closes at to lie before what waits.
_FAR, _EPOCH = datetime(9000, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)


class Ground(Record):
    """What decides whether and by whom a scorecard can be disputed."""

    #: Whom it is about.
    agent: str | None
    #: The agent's team at the time; where nobody told it, that of now.
    team: str | None
    status: Status
    #: Whether it is the one that counts.
    counts: bool
    #: ``None``: not yet.
    finalized_at: AwareDatetime | None
    #: The version that was opened behind it, if one was.
    successor: str | None


class Finals(Record):
    """Final scorecards, by who finalised them and by what they judge."""

    #: By reviewer; those without one were finalised by nobody in particular.
    reviewers: dict[str | None, int]
    #: By rubric and criterion: those in which it was answered.
    criteria: dict[tuple[str, str], int]


class Disputes(Repository):
    """Disputes by id."""

    def ground(self, scorecard: str) -> Ground:
        """Raises :class:`NotFoundError`."""
        row = self._first(ScorecardRow, _CARDS.id == scorecard)
        if row is None:
            raise NotFoundError(f"no scorecard {scorecard!r}", field="scorecard")
        successor = self._session.scalars(sa.select(_CARDS.id).where(_CARDS.replaces == scorecard)).first()
        now = self._session.scalars(sa.select(core(AgentRow).c.team).where(core(AgentRow).c.id == row.agent_id)).first()
        return Ground(
            agent=row.agent_id, team=row.team or now, status=Status(row.status), counts=row.is_latest, finalized_at=row.finalized_at,
            successor=successor,
        )

    def add(self, dispute: Dispute) -> Dispute:
        """Keep a new one; raises :class:`ConflictError` while another one over the same scorecard waits for its decision."""
        if not self._insert_new(DisputeRow, [_values(dispute)]):
            raise ConflictError("this scorecard is in dispute already", field="scorecard", hint="wait for the decision")
        self._insert(DisputeItemRow, [_item_values(dispute.id, position, one) for position, one in enumerate(dispute.items)])
        return dispute

    def get(self, dispute: str) -> Dispute:
        """Raises :class:`NotFoundError`."""
        row = self._first(DisputeRow, _IT.id == dispute)
        if row is None:
            raise NotFoundError(f"no dispute {dispute!r}", field="dispute")
        return self._disputes([row])[0]

    def save(self, dispute: Dispute) -> Dispute:
        """Keep a change of the revision that the dispute bears; the dispute as it is now, one revision on.

        Raises :class:`NotFoundError`, and :class:`StaleVersionError` when somebody else was quicker.
        """
        made = dispute.model_copy(update={"revision": dispute.revision + 1})
        where = (_IT.id == dispute.id, _IT.revision == dispute.revision)
        if not self._update(DisputeRow, *where, values=_values(made)):
            now = self.get(dispute.id).revision
            message = f"dispute {dispute.id!r} was changed meanwhile: it has revision {now}, not {dispute.revision}"
            raise StaleVersionError(message, field="If-Match", hint="read it again and repeat the change")
        for position, one in enumerate(made.items):
            place = (_ITEMS.dispute_id == made.id, _ITEMS.position == position)
            self._update(DisputeItemRow, *place, values=_item_values(made.id, position, one))
        return made

    def list(
        self, *, within: Scope | None = None, state: DisputeState | None = None, kind: DisputeKind | None = None, agent: str | None = None,
        team: str | None = None, handler: str | None = None, scorecard: str | None = None, of: str | None = None,
        overdue: bool | None = None, now: datetime, cursor: str | None = None, limit: int = 50,
    ) -> Page[Dispute]:
        """Those that wait come first, the sooner due the earlier (so the overdue before all), then the last closed first.

        ``of``: opened by that user, or given to them; ``overdue``: whether the decision is late ``now``, or was when it came.
        """
        where = given(
            (state, _IT.state.__eq__), (kind, _IT.kind.__eq__), (agent, _IT.agent_id.__eq__), (team, _IT.team.__eq__),
            (handler, _IT.handler.__eq__), (scorecard, _IT.scorecard_id.__eq__),
            (of, lambda who: (_IT.handler == who) | (_IT.opened_by == who)), (overdue, lambda late: _late(now) if late else ~_late(now)),
        )
        page = self._page(DisputeRow, *where, *_within(within), by="urgency", cursor=cursor, limit=limit)
        return page.of(self._disputes)

    def of_scorecards(self, scorecards: Iterable[str]) -> tuple[Dispute, ...]:
        """All over those scorecards, the first opened first."""
        rows = [row for ids in chunks(scorecards) for row in self._all(DisputeRow, _IT.scorecard_id.in_(ids))]
        return self._disputes(sorted(rows, key=lambda row: (row.opened_at, row.id)))

    def pending_of(self, interaction: str) -> tuple[Dispute, ...]:
        """Those over any scorecard of an interaction that wait for a decision."""
        return self._disputes(self._all(DisputeRow, _IT.interaction_id == interaction, _IT.state.in_(_WAITING)))

    def load(self) -> Mapping[str, int]:
        """How many wait for each handler."""
        waiting = sa.select(_IT.handler, sa.func.count()).where(_IT.state.in_(_WAITING), _IT.handler.is_not(None))
        return dict(iter(self._session.execute(waiting.group_by(_IT.handler))))

    def cohort(
        self, *, since: datetime | None = None, until: datetime | None = None, team: str | None = None, rubric: str | None = None
    ) -> tuple[Dispute, ...]:
        """All over scorecards that were finalised in a period (``since <= finalised < until``), the first opened first."""
        where = given(
            (since, _IT.finalized_at.__ge__), (until, _IT.finalized_at.__lt__), (team, _IT.team.__eq__), (rubric, _IT.rubric_id.__eq__)
        )
        return self._disputes(sorted(self._all(DisputeRow, *where), key=lambda row: (row.opened_at, row.id)))

    def finals(
        self, *, since: datetime | None = None, until: datetime | None = None, team: str | None = None, rubric: str | None = None
    ) -> Finals:
        """What was finalised in the same period, each version for itself."""
        period = given(
            (since, _CARDS.finalized_at.__ge__), (until, _CARDS.finalized_at.__lt__), (team, _CARDS.team.__eq__),
            (rubric, _CARDS.rubric_id.__eq__),
        )
        where = (*period, _CARDS.status.in_(_FINISHED))
        people = self._session.execute(sa.select(_CARDS.reviewer, sa.func.count()).where(*where).group_by(_CARDS.reviewer))
        both = core(ScorecardRow).join(core(ScorecardCriterionRow), _CRITERIA.scorecard_id == _CARDS.id)
        answered = sa.select(_CARDS.rubric_id, _CRITERIA.criterion_id, sa.func.count()).select_from(both)
        found = self._session.execute(
            answered.where(*where, _CRITERIA.answer.is_not(None)).group_by(_CARDS.rubric_id, _CRITERIA.criterion_id)
        )
        return Finals(reviewers=dict(iter(people)), criteria={(one, other): count for one, other, count in found})

    def _disputes(self, rows: Sequence[DisputeRow]) -> tuple[Dispute, ...]:
        items: dict[str, list[DisputedItem]] = {row.id: [] for row in rows}
        for ids in chunks(items):
            chosen = sa.select(core(DisputeItemRow)).where(_ITEMS.dispute_id.in_(ids)).order_by(_ITEMS.position)
            for one in self._session.execute(chosen):
                items[one.dispute_id].append(_item(one))
        return tuple(_dispute(row, items[row.id]) for row in rows)


def _late(now: datetime) -> sa.ColumnElement[bool]:
    late = sa.func.coalesce(_IT.closed_at, sa.literal(now, _IT.closed_at.type)) > _IT.due_at
    return late & (_IT.state != DisputeState.WITHDRAWN.value)


def _within(scope: Scope | None) -> tuple[sa.ColumnElement[bool], ...]:
    if scope is None:
        return ()
    return given((scope.agent, _IT.agent_id.__eq__), (None if scope.teams is None else sorted(scope.teams), _IT.team.in_))


def _urgency(dispute: Dispute) -> datetime:
    return _FAR - (dispute.due_at - _EPOCH) if dispute.closed_at is None else dispute.closed_at


def _values(it: Dispute) -> dict[str, Any]:
    return {
        "id": it.id, "scorecard_id": it.scorecard, "interaction_id": it.interaction, "rubric_id": it.rubric, "agent_id": it.agent,
        "team": it.team, "language": it.language, "reviewer": it.reviewer, "finalized_at": it.finalized_at, "kind": it.kind.value,
        "attribution": None if it.attribution is None else it.attribution.model_dump_json(), "opened_by": it.opened_by,
        "opened_at": it.opened_at, "due_at": it.due_at, "state": it.state.value, "handler": it.handler, "assigned_at": it.assigned_at,
        "closed_by": it.closed_by, "closed_at": it.closed_at, "closed_because": it.closed_because, "successor_id": it.successor,
        "note": it.note, "urgency": _urgency(it), "revision": it.revision,
    }


def _item_values(dispute: str, position: int, one: DisputedItem) -> dict[str, Any]:
    return {
        "dispute_id": dispute, "position": position, "criterion_id": one.criterion, "stood": one.stood, "wanted": one.wanted,
        "reason": one.reason, "outcome": None if one.outcome is None else one.outcome.value, "answer": one.answer, "words": one.words,
    }


def _item(row: Any) -> DisputedItem:
    return DisputedItem(
        criterion=row.criterion_id, stood=row.stood, wanted=row.wanted, reason=row.reason,
        outcome=None if row.outcome is None else DisputeOutcome(row.outcome), answer=row.answer, words=row.words,
    )


def _dispute(row: DisputeRow, items: Sequence[DisputedItem]) -> Dispute:
    return Dispute(
        id=row.id, scorecard=row.scorecard_id, interaction=row.interaction_id, rubric=row.rubric_id, agent=row.agent_id, team=row.team,
        language=row.language, reviewer=row.reviewer, finalized_at=row.finalized_at, kind=DisputeKind(row.kind), items=tuple(items),
        attribution=None if row.attribution is None else Misattribution.model_validate_json(row.attribution), opened_by=row.opened_by,
        opened_at=row.opened_at, due_at=row.due_at, state=DisputeState(row.state), handler=row.handler, assigned_at=row.assigned_at,
        closed_by=row.closed_by, closed_at=row.closed_at, closed_because=row.closed_because, successor=row.successor_id, note=row.note,
        revision=row.revision,
    )
