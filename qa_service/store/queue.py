"""The review queue: in the order in which people should work, each item taken by one person only.

Whether an item is done follows from its scorecard: the one that counts for its interaction and rubric. What is found done is marked so
(:meth:`Queue.settle`), so that the order's index holds what is open.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from qa_service.domain.interaction import Channel
from qa_service.domain.pick_reason import PickCode, PickReason
from qa_service.domain.priority import Priority
from qa_service.domain.queue import ItemState, Lane, QueueItem, Skip, SkipReason
from qa_service.domain.scorecard import Status
from qa_service.errors import NotFoundError
from qa_service.store.calibrations import to_answer
from qa_service.store.pages import Page, check_limit, decode_rank, encode_rank
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.tables import QueueItemRow, QueueSkipRow, ScorecardRow, core

_ITEMS, _SKIPS, _CARDS = core(QueueItemRow).c, core(QueueSkipRow).c, core(ScorecardRow).c
_FINISHED = (Status.FINAL.value, Status.DISPUTED.value)
_SAME = (_CARDS.interaction_id == _ITEMS.interaction_id) & (_CARDS.rubric_id == _ITEMS.rubric_id)
_BOTH = core(QueueItemRow).outerjoin(core(ScorecardRow), _SAME & _CARDS.is_latest)
_OPEN = ItemState.OPEN.value
_DONE = (_ITEMS.state == ItemState.DONE.value) | ((_ITEMS.state == _OPEN) & _CARDS.status.in_(_FINISHED))
_UNDONE = (_ITEMS.state == _OPEN) & (_CARDS.status.is_(None) | _CARDS.status.not_in(_FINISHED))
#: Not just being reviewed blindly.
_SHOWN = ~(_UNDONE & (_ITEMS.lane == Lane.BLIND.value))
_STATES: Mapping[str, sa.ColumnElement[bool]] = {
    ItemState.OPEN: _UNDONE, ItemState.DONE: _DONE, ItemState.WITHDRAWN: _ITEMS.state == ItemState.WITHDRAWN.value,
}
_ORDER = (_ITEMS.due_at, _ITEMS.rank, _ITEMS.id)
#: Before the highest priority, which is 100.
_FIRST = -101.0


class NewItem(NamedTuple):
    """What a run puts into the queue."""

    id: str
    interaction: str
    rubric: str
    scorecard: str
    agent: str | None
    team: str | None
    channel: str
    language: str | None
    plan: str
    run: str
    reasons: tuple[str, ...]
    priority: Priority
    probability: float
    blind_share: float
    lane: Lane
    due_at: datetime
    #: The reasons as codes with values.
    why: tuple[PickReason, ...] = ()


class Weight(NamedTuple):
    """With what probability a scorecard was reviewed at all, and blindly."""

    probability: float
    blind: float


class Ended(NamedTuple):
    """Items with nothing left to do, whose rows do not say so yet."""

    #: Their scorecards are final.
    done: tuple[str, ...]
    #: Nothing is left to be reviewed.
    erased: tuple[str, ...]


class Queue(Repository):
    """Items by id."""

    def add_many(self, items: Sequence[NewItem], *, at: datetime) -> tuple[str, ...]:
        """Put them in; the ids of those that were not there yet for their interaction and rubric."""
        for some in chunks(items):
            self._insert_new(QueueItemRow, [_values(one, at) for one in some])
        asked = (sa.select(_ITEMS.id).where(_ITEMS.id.in_(ids)) for ids in chunks(one.id for one in items))
        return tuple(item for chosen in asked for item in self._session.scalars(chosen))

    def get(self, item: str) -> QueueItem:
        """One; raises :class:`NotFoundError`."""
        found = self._read(_ITEMS.id == item)
        if not found:
            raise NotFoundError(f"nothing in the queue is called {item!r}", field="item")
        return found[0]

    def some(self, items: Iterable[str]) -> dict[str, QueueItem]:
        """Those of the items that are there."""
        return {one.id: one for ids in chunks(items) for one in self._read(_ITEMS.id.in_(ids))}

    def list(
        self, *, state: ItemState | None = ItemState.OPEN, assigned_to: str | None = None, unassigned: bool = False,
        language: str | None = None, channel: Channel | None = None, team: str | None = None, agent: str | None = None,
        lane: Lane | None = None, plan: str | None = None, due_before: datetime | None = None, for_lead: bool | None = None,
        because: PickCode | None = None, cursor: str | None = None, limit: int = 50,
    ) -> Page[QueueItem]:
        """What is due first comes first, then what has the highest priority. Filters by plan and by reason leave out what is being reviewed
        blindly: they would tell what the plan saw."""
        where = given(
            (state, _STATES.__getitem__), (assigned_to, _ITEMS.assigned_to.__eq__),
            (unassigned or None, lambda _: _ITEMS.assigned_to.is_(None)),
            (language, _ITEMS.language.__eq__), (channel, _ITEMS.channel.__eq__), (team, _ITEMS.team.__eq__),
            (agent, _ITEMS.agent_id.__eq__), (lane, _ITEMS.lane.__eq__), (plan, _of_plan), (because, _picked_because),
            (due_before, _ITEMS.due_at.__lt__), (for_lead, _ITEMS.for_lead.is_),
            (cursor, lambda told: sa.tuple_(*_ORDER) > decode_rank(told)),
        )
        found = self._read(*where, limit=check_limit(limit) + 1)
        items = found[:limit]
        last = items[-1] if len(found) > limit else None
        return Page(items=items, next=None if last is None else encode_rank(last.due_at, _rank(last.lane, last.priority), last.id))

    def held_by(self, reviewer: str, *, at: datetime) -> str | None:
        """The first item whose scorecard that reviewer holds."""
        held = (_CARDS.reviewer == reviewer) & (_CARDS.status == Status.IN_REVIEW.value) & (_CARDS.claim_expires_at > at)
        # In two steps: few scorecards are held, and many items are open; planners tend to begin with the many.
        cards = self._session.execute(sa.select(_CARDS.interaction_id, _CARDS.rubric_id).where(held, _CARDS.is_latest)).all()
        same = sa.tuple_(_ITEMS.interaction_id, _ITEMS.rubric_id).in_([tuple(card) for card in cards])
        # As in the unique index, word for word: SQLite compares the text.
        kept = sa.text("queue_items.state <> 'withdrawn'")
        chosen = sa.select(_ITEMS.id).where(same, kept, _ITEMS.state == _OPEN).order_by(*_ORDER).limit(1)
        return self._session.scalars(chosen).first() if cards else None

    def take(
        self, *, reviewer: str, agent: str | None, languages: Iterable[str], lead: bool, at: datetime, assigned: bool,
    ) -> str | None:
        """The best item that the reviewer may work on now, locked until the unit of work ends: of those given to the reviewer
        (``assigned``), or of those given to nobody. What they are to answer blind in a calibration session waits until that is over."""
        skipped = sa.select(_SKIPS.item_id).where(_SKIPS.item_id == _ITEMS.id, _SKIPS.user_id == reviewer).exists()
        # Drafts that nobody holds; a claim that ran out is nobody's.
        free = _CARDS.status.not_in(_FINISHED) & ~_CARDS.erased & (_CARDS.claim_expires_at.is_(None) | (_CARDS.claim_expires_at <= at))
        spoken = sorted(languages)
        where = (
            _ITEMS.state == _OPEN, _ITEMS.assigned_to == reviewer if assigned else _ITEMS.assigned_to.is_(None), free, ~skipped,
            _ITEMS.interaction_id.not_in(to_answer(reviewer)),
            *given(
                (agent, lambda own: _ITEMS.agent_id.is_(None) | (_ITEMS.agent_id != own)),
                (None if assigned else spoken or None, lambda some: _ITEMS.language.is_(None) | _ITEMS.language.in_(some)),
                (None if lead or assigned else True, lambda _: ~_ITEMS.for_lead),
            ),
        )
        inner = core(QueueItemRow).join(core(ScorecardRow), _SAME & _CARDS.is_latest)
        chosen = sa.select(_ITEMS.id).select_from(inner).where(*where).order_by(*_ORDER).limit(1)
        return self._session.scalars(chosen.with_for_update(skip_locked=True)).first()

    def assign(self, items: Mapping[str, tuple[str | None, str | None]], *, at: datetime) -> None:
        """Give items to somebody (or to nobody, and say why)."""
        groups: dict[tuple[str | None, str | None], list[str]] = {}
        for item, told in items.items():
            groups.setdefault(told, []).append(item)
        for (reviewer, because), ids in groups.items():
            values = {"assigned_to": reviewer, "unassigned_because": because, "updated_at": at}
            for some in chunks(ids):
                self._update(QueueItemRow, _ITEMS.id.in_(some), values=values)

    def skip(self, item: str, skip: Skip, *, for_lead: bool) -> None:
        """Do not offer it to that person again, and give it to nobody for now."""
        values = {"item_id": item, "user_id": skip.by, "reason": skip.reason.value, "words": skip.words, "at": skip.at}
        self._replace(QueueSkipRow, [values])
        changed = {"assigned_to": None, "unassigned_because": "skipped", "for_lead": for_lead, "updated_at": skip.at}
        self._update(QueueItemRow, _ITEMS.id == item, values=changed)

    def give_back(self, reviewer: str, *, because: str, at: datetime) -> int:
        """What was given to somebody who can do it no more is nobody's again; how many items."""
        values = {"assigned_to": None, "unassigned_because": because, "updated_at": at}
        return self._update(QueueItemRow, _ITEMS.assigned_to == reviewer, _ITEMS.state == _OPEN, values=values)

    def withdraw(self, items: Iterable[str], *, at: datetime) -> None:
        """Take them out."""
        for some in chunks(items):
            self._update(QueueItemRow, _ITEMS.id.in_(some), values={"state": ItemState.WITHDRAWN.value, "updated_at": at})

    def ended(self, *, limit: int = 1000) -> Ended:
        """Items that are open by their rows alone."""
        over = _CARDS.status.in_(_FINISHED) | _CARDS.erased
        chosen = sa.select(_ITEMS.id, _CARDS.status.in_(_FINISHED)).select_from(_BOTH).where(_ITEMS.state == _OPEN, over).limit(limit)
        found = self._session.execute(chosen).all()
        return Ended(tuple(item for item, done in found if done), tuple(item for item, done in found if not done))

    def settle(self, items: Iterable[str]) -> None:
        """Mark what is done, so that nobody looks through it any more."""
        for some in chunks(items):
            self._update(QueueItemRow, _ITEMS.id.in_(some), _ITEMS.state == _OPEN, values={"state": ItemState.DONE.value})

    def loads(self) -> dict[str, int]:
        """Open items of each reviewer."""
        chosen = sa.select(_ITEMS.assigned_to, sa.func.count()).select_from(_BOTH).where(_UNDONE, _ITEMS.assigned_to.is_not(None))
        return {row[0]: row[1] for row in self._session.execute(chosen.group_by(_ITEMS.assigned_to))}

    def weights(self, scorecards: Iterable[str]) -> dict[str, Weight]:
        """With what probability each of the scorecards was to be reviewed; those that no plan picked are missing."""
        found: dict[str, Weight] = {}
        for ids in chunks(scorecards):
            joined = core(ScorecardRow).join(core(QueueItemRow), _SAME & (_ITEMS.state != ItemState.WITHDRAWN.value))
            chosen = sa.select(_CARDS.id, _ITEMS.probability, _ITEMS.blind_share).select_from(joined).where(_CARDS.id.in_(ids))
            found.update((card, Weight(one, one * share)) for card, one, share in self._session.execute(chosen))
        return found

    def _read(self, *where: sa.ColumnElement[bool], limit: int | None = None) -> tuple[QueueItem, ...]:
        columns = (*core(QueueItemRow).columns, _CARDS.id.label("card"), _CARDS.status, _CARDS.reviewer, _CARDS.finalized_at)
        rows = self._session.execute(sa.select(*columns).select_from(_BOTH).where(*where).order_by(*_ORDER).limit(limit)).all()
        skips = self._skips(row.id for row in rows)
        return tuple(_item(row, skips.get(row.id, ())) for row in rows)

    def _skips(self, items: Iterable[str]) -> dict[str, tuple[Skip, ...]]:
        found: dict[str, tuple[Skip, ...]] = {}
        for ids in chunks(items):
            chosen = sa.select(core(QueueSkipRow)).where(_SKIPS.item_id.in_(ids)).order_by(_SKIPS.at, _SKIPS.user_id)
            for row in self._session.execute(chosen):
                told = Skip(by=row.user_id, reason=SkipReason(row.reason), words=row.words, at=row.at)
                found[row.item_id] = (*found.get(row.item_id, ()), told)
        return found


def _picked_because(code: str) -> sa.ColumnElement[bool]:
    """Quotes within values are escaped, so that nothing but a code reads so."""
    return _ITEMS.reasons.contains(f'"code": "{code}"', autoescape=True) & _SHOWN


def _of_plan(plan: str) -> sa.ColumnElement[bool]:
    return (_ITEMS.plan_id == plan) & _SHOWN


def _rank(lane: Lane, priority: Priority | None) -> float:
    """The smaller, the sooner. Blind ones come first of what is due together, all alike: place and cursor would tell the priority."""
    if lane is Lane.BLIND:
        return _FIRST
    return -priority.value if priority is not None else 0.0


def _values(one: NewItem, at: datetime) -> dict[str, Any]:
    return {
        "id": one.id, "interaction_id": one.interaction, "rubric_id": one.rubric, "scorecard_id": one.scorecard, "agent_id": one.agent,
        "team": one.team, "channel": one.channel, "language": one.language, "plan_id": one.plan, "run_id": one.run,
        "reasons": _reasons(one), "priority": one.priority.model_dump_json(),
        "rank": _rank(one.lane, one.priority), "probability": one.probability, "blind_share": one.blind_share,
        "lane": one.lane.value, "assigned_to": None,
        "unassigned_because": None, "due_at": one.due_at, "state": _OPEN, "for_lead": False, "created_at": at, "updated_at": at,
    }


def _reasons(one: NewItem) -> str:
    """With their codes where they have any; a reason in words alone stands as it is."""
    coded = [reason.model_dump(mode="json", exclude_defaults=True) for reason in one.why]
    return json.dumps(coded or one.reasons, ensure_ascii=False)


def _item(row: Any, skips: tuple[Skip, ...]) -> QueueItem:
    told = json.loads(row.reasons)
    done = row.state == ItemState.DONE or (row.state == _OPEN and row.status in _FINISHED)
    return QueueItem(
        id=row.id, interaction=row.interaction_id, rubric=row.rubric_id, scorecard=row.card, agent=row.agent_id, team=row.team,
        channel=Channel(row.channel), language=row.language, plan=row.plan_id, run=row.run_id,
        reasons=tuple(one if isinstance(one, str) else one["words"] for one in told),
        why=tuple(PickReason.model_validate(one) for one in told if not isinstance(one, str)),
        priority=Priority.model_validate_json(row.priority), probability=row.probability, lane=Lane(row.lane), assigned_to=row.assigned_to,
        unassigned_because=row.unassigned_because, due_at=row.due_at, state=ItemState.DONE if done else ItemState(row.state),
        status=None if row.status is None else Status(row.status), reviewer=row.reviewer, done_at=row.finalized_at if done else None,
        for_lead=row.for_lead, skips=skips, created_at=row.created_at,
    )
