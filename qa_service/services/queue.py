"""The review queue: what is to be reviewed, taken by one person at a time, skipped with a reason, and given out by leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from qa_service.domain.assignment import Assigned, Work, assign
from qa_service.domain.base import Record
from qa_service.domain.disclosure import shown_to
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Right
from qa_service.domain.pick_reason import PickCode
from qa_service.domain.queue import SKIPS_TO_LEAD, ItemState, Lane, QueueItem, Skip, SkipReason
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.domain.user import User
from qa_service.errors import ClaimError, ConflictError, InputError, NotFoundError, OwnReviewError
from qa_service.services.clock import Clock
from qa_service.services.desks import reviewers
from qa_service.services.review import claimed
from qa_service.services.versions import noted
from qa_service.services.workflow import Workflows
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_TIDY = timedelta(minutes=1)


class QueueOffer(Record):
    """What to review next: held for whoever asked."""

    item: QueueItem
    #: As whoever reviews it may see it.
    scorecard: Scorecard


class ReviewQueue:
    """Reads and works the queue; every method refuses actors without the right."""

    def __init__(self, *, database: Database, clock: Clock, workflows: Workflows) -> None:
        self._database = database
        self._clock = clock
        self._settle_at: datetime | None = None
        workflows.attend(self._tidy)

    def list(
        self, *, by: Actor, state: ItemState | None = ItemState.OPEN, mine: bool = False, assigned_to: str | None = None,
        unassigned: bool = False, language: str | None = None, channel: Channel | None = None, team: str | None = None,
        agent: str | None = None, lane: Lane | None = None, plan: str | None = None, due_before: datetime | None = None,
        for_lead: bool | None = None, because: PickCode | None = None, cursor: str | None = None, limit: int = 50,
    ) -> Page[QueueItem]:
        """What is due first comes first, then what has the highest priority; of what is reviewed blindly, nothing that tells what the
        machine thinks. Filters by plan and by reason leave those out that are open."""
        by.check(Right.WORK_QUEUE)
        with self._database.reading() as unit:
            page = unit.queue.list(
                state=state, assigned_to=by.id if mine else assigned_to, unassigned=unassigned, language=language, channel=channel,
                team=team, agent=agent, lane=lane, plan=plan, due_before=due_before,
                for_lead=for_lead, because=because, cursor=cursor, limit=limit,
            )
        return page.of(lambda items: [one.shown() for one in items])

    def get(self, item: str, *, by: Actor) -> QueueItem:
        """One item; raises :class:`NotFoundError`."""
        by.check(Right.WORK_QUEUE)
        with self._database.reading() as unit:
            return unit.queue.get(item).shown()

    def next(self, *, by: Actor) -> QueueOffer | None:
        """The best item for this reviewer, its scorecard claimed; ``None`` when there is nothing.

        What the reviewer holds comes first, then what was given to the reviewer, then what was given to nobody and is in one of the
        reviewer's languages; never a contact of one's own, never what one has skipped. Two people never get the same.
        """
        by.check(Right.WORK_QUEUE)
        at = self._clock()
        with self._database.unit() as unit:
            held = unit.queue.held_by(by.id, at=at)
            found = held if held is not None else self._take(unit, by, at)
            if found is None:
                return None
            item = unit.queue.get(found)
            card = self._claim(unit, item, by=by, at=at)
            return QueueOffer(item=unit.queue.get(found).shown(), scorecard=shown_to(card, by))

    def skip(self, item: str, *, reason: SkipReason, words: str | None = None, by: Actor) -> QueueItem:
        """Rather not: it is given to somebody else, or after :data:`SKIPS_TO_LEAD` people to leads; a claim of one's own is given back.

        Raises :class:`NotFoundError`, :class:`InputError` where the reason needs words, :class:`ConflictError` when it is not open, and
        :class:`ClaimError` when somebody else holds it or was given it.
        """
        by.check(Right.WORK_QUEUE)
        told = (words or "").strip() or None
        if reason is SkipReason.OTHER and told is None:
            raise InputError("say in words why", field="words", hint="or name one of the other reasons")
        at = self._clock()
        with self._database.unit() as unit:
            before = _open(unit.queue.get(item))
            _check_hands_off(before, by, at, unit)
            if before.scorecard is not None and before.reviewer == by.id and before.status is Status.IN_REVIEW:
                card = unit.scorecards.release(before.scorecard, reviewer=by.id, at=at)
                noted(unit, card, "released", by=by, at=at, content={})
            people = {one.by for one in before.skips} | {by.id}
            skip = Skip(by=by.id, reason=reason, words=told, at=at)
            unit.queue.skip(item, skip, for_lead=len(people) >= SKIPS_TO_LEAD)
            given = Assigned(None, "skipped by several people: it is the leads' now") if len(people) >= SKIPS_TO_LEAD else None
            given = given or self._give(unit, [before], without=people)[item]
            unit.queue.assign({item: (given.reviewer, given.reason)}, at=at)
            content = {"reason": reason.value, "words": told, "for_lead": len(people) >= SKIPS_TO_LEAD, "assigned_to": given.reviewer}
            _note(unit, before, at=at, by=by, action="skipped", content=content)
            return unit.queue.get(item).shown()

    def assign(self, items: Sequence[str] | None, *, to: str | None, by: Actor) -> tuple[QueueItem, ...]:
        """Give items to somebody, or to nobody (``None``), all or none.

        Raises :class:`NotFoundError`, :class:`OwnReviewError` for a contact of one's own, :class:`InputError` for a person who reviews
        nothing, and :class:`ConflictError` for an item that is not open or that the person has skipped.
        """
        by.check(Right.MANAGE_SAMPLING)
        if not items:
            raise InputError("name the items", field="items", hint="or give them out automatically")
        at = self._clock()
        with self._database.unit() as unit:
            user = None if to is None else _reviewing(unit.users.get(to))
            found = _all(unit, items)
            for one in found:
                _check_fit(one, user)
            because = None if to is not None else "given to nobody"
            self._write(unit, found, {one.id: Assigned(to, because) for one in found}, at=at, by=by)
            return _again(unit, items)

    def distribute(self, items: Sequence[str] | None, *, by: Actor, to: str | None = None) -> tuple[QueueItem, ...]:
        """Give items (the first 500 that nobody was given, unless told) out by language and load; what cannot be given tells why.

        Raises :class:`NotFoundError`, :class:`ConflictError` for one that is not open, and :class:`InputError` where somebody is named.
        """
        by.check(Right.MANAGE_SAMPLING)
        if to is not None:
            raise InputError("either somebody or automatically", field="to", hint="leave one out")
        at = self._clock()
        with self._database.unit() as unit:
            found = unit.queue.list(unassigned=True, for_lead=False, limit=500).items if items is None else _all(unit, items)
            self._write(unit, found, self._give(unit, found), at=at, by=by)
            return _again(unit, [one.id for one in found])

    def withdraw(self, item: str, *, reason: str, by: Actor) -> QueueItem:
        """Take an item out; its scorecard stays. Raises :class:`NotFoundError`, and :class:`ConflictError` when it is not open."""
        by.check(Right.MANAGE_SAMPLING)
        at = self._clock()
        with self._database.unit() as unit:
            before = _open(unit.queue.get(item))
            unit.queue.withdraw([item], at=at)
            _note(unit, before, at=at, by=by, action="withdrawn", content={"reason": reason})
            return unit.queue.get(item).shown()

    def settle(self) -> None:
        """Mark what is done, so that the index of what is open stays small, and take out what was erased; nothing depends on when that
        happens."""
        with self._database.reading() as unit:
            ended = unit.queue.ended()
        if any(ended):
            with self._database.unit() as unit:
                unit.queue.settle(ended.done)
                unit.queue.withdraw(ended.erased, at=self._clock())

    def _tidy(self) -> None:
        """Called every few seconds while workflows run: a look a minute is enough."""
        now = self._clock()
        if self._settle_at is None or now >= self._settle_at:
            self._settle_at = now + _TIDY
            self.settle()

    def _take(self, unit: Unit, by: Actor, at: datetime) -> str | None:
        lead = by.may(Right.MANAGE_SAMPLING)
        for assigned in (True, False):
            found = unit.queue.take(reviewer=by.id, agent=by.agent, languages=by.languages, lead=lead, at=at, assigned=assigned)
            if found is not None:
                return found
        return None

    def _claim(self, unit: Unit, item: QueueItem, *, by: Actor, at: datetime) -> Scorecard:
        assert item.scorecard is not None, "what is offered has a scorecard"
        if item.lane is Lane.BLIND:
            # A draft that was made anew since it was picked does not know of it.
            unit.scorecards.make_blind([item.scorecard])
        return claimed(unit, item.scorecard, by=by, at=at)

    def _give(self, unit: Unit, items: Iterable[QueueItem], *, without: Iterable[str] = ()) -> dict[str, Assigned]:
        """By language and load, each to somebody who has not skipped it."""
        days = unit.policies.current().due_days
        given: dict[str, Assigned] = {}
        plain = []
        for one in items:
            skipped = {*without, *(skip.by for skip in one.skips)}
            if skipped:
                people = [person for person in reviewers(unit, days=days) if person.id not in skipped]
                given |= assign([_work(one)], people)
            else:
                plain.append(_work(one))
        return given | assign(plain, reviewers(unit, days=days))

    def _write(self, unit: Unit, items: Iterable[QueueItem], given: dict[str, Assigned], *, at: datetime, by: Actor) -> None:
        changed = {one.id: one for one in items if given[one.id].reviewer != one.assigned_to}
        unit.queue.assign({item: (one.reviewer, one.reason) for item, one in given.items()}, at=at)
        for one in changed.values():
            content = {"before": one.assigned_to, "after": given[one.id].reviewer}
            _note(unit, one, at=at, by=by, action="assigned", content=content)


def _open(item: QueueItem) -> QueueItem:
    if item.state is not ItemState.OPEN:
        raise ConflictError(f"item {item.id!r} is {item.state.value}", field="item")
    return item


def _all(unit: Unit, items: Sequence[str]) -> tuple[QueueItem, ...]:
    """In the order they were named, each open."""
    found = unit.queue.some(items)
    for item in items:
        if item not in found:
            raise NotFoundError(f"nothing in the queue is called {item!r}", field="items")
    return tuple(_open(found[item]) for item in dict.fromkeys(items))


def _again(unit: Unit, items: Sequence[str]) -> tuple[QueueItem, ...]:
    found = unit.queue.some(items)
    return tuple(found[item].shown() for item in dict.fromkeys(items))


def _reviewing(user: User) -> User:
    if not user.active or not user.actor().may(Right.REVIEW):
        why = "is not active" if not user.active else f"is {user.role.value}, and reviews nothing"
        raise InputError(f"user {user.id!r} {why}", field="to", hint="name a reviewer or a lead")
    return user


def _check_fit(item: QueueItem, user: User | None) -> None:
    if user is None:
        return
    if user.agent is not None and user.agent == item.agent:
        raise OwnReviewError(f"{user.id!r} is the agent of item {item.id!r}", field="to", hint="nobody reviews oneself")
    if any(one.by == user.id for one in item.skips):
        raise ConflictError(f"{user.id!r} has skipped item {item.id!r}", field="to", hint="give it to somebody else")


def _check_hands_off(item: QueueItem, by: Actor, at: datetime, unit: Unit) -> None:
    """Raises where it is somebody else's."""
    claim = unit.scorecards.claim_of(item.scorecard) if item.scorecard is not None else None
    if claim is not None and claim.reviewer != by.id and claim.expires_at is not None and claim.expires_at > at:
        raise ClaimError(f"item {item.id!r} is held by {claim.reviewer!r}", field="item")
    if item.assigned_to not in (None, by.id) and not by.may(Right.MANAGE_SAMPLING):
        raise ClaimError(f"item {item.id!r} was given to {item.assigned_to!r}", field="item", hint="skip what is yours or nobody's")


def _work(one: QueueItem) -> Work:
    return Work(one.id, one.agent, one.language, one.priority.value if one.priority is not None else 0.0)


def _note(unit: Unit, item: QueueItem, *, at: datetime, by: Actor, action: str, content: Mapping[str, object]) -> None:
    unit.ledger.append(
        at=at, actor=by.id, action=f"queue.{action}", subject=f"queue_item/{item.id}", content=content, interaction=item.interaction
    )
