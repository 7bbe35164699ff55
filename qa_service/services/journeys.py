"""Journeys: all contacts of one customer in the order of time, across channels, with what was promised and what became of it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import AwareDatetime, Field

from qa_service.domain.agent import FINISHED
from qa_service.domain.base import Record
from qa_service.domain.disclosure import shown_to
from qa_service.domain.history import SAYS_BROKEN
from qa_service.domain.interaction import Channel, Direction, Purpose
from qa_service.domain.permission import Actor, Right
from qa_service.domain.promise import Promiser, PromiseStatus
from qa_service.domain.scorecard import Scorecard, Status, Thousandths
from qa_service.domain.signal import Signal
from qa_service.domain.topic import TopicRef
from qa_service.errors import NotFoundError
from qa_service.services.history import History
from qa_service.services.scorecards import as_read
from qa_service.services.topics import Topics
from qa_service.store.contacts import StoredContact
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Contacts of one journey at most, the newest.
_MOST = 200


class JourneyScore(Record):
    """A scorecard of a contact, as far as its reader may see it."""

    #: Its id.
    scorecard: str
    #: The form.
    rubric: str
    #: How far it is.
    status: Status
    #: Percent; null where nothing is decided, or nothing may be told yet.
    score: Thousandths | None
    #: Criteria with a critical miss.
    critical_misses: tuple[str, ...]


class JourneyPromise(Record):
    """A promise that was made in a contact."""

    #: Unique id.
    id: str
    #: Whom it binds.
    who: Promiser
    #: The clause, masked.
    what: str
    #: Not after; null where no time was told.
    due_until: AwareDatetime | None
    #: What became of it, as known now.
    status: PromiseStatus
    #: The contact that tells what became of it; null while none does, and where it is out of reach.
    told_in: str | None


class Step(Record):
    """One contact."""

    #: Its id.
    interaction: str
    #: When it began.
    at: AwareDatetime
    #: The channel.
    channel: Channel
    #: Who started it.
    direction: Direction
    #: What it took place for.
    purpose: Purpose
    #: The agent.
    agent: str | None
    #: The agent's team at the time.
    team: str | None
    #: Queue or line that it came through.
    queue: str | None
    #: Hours since the contact before.
    hours_since: float | None
    #: The topic; null where it was not assigned.
    reason: TopicRef | None
    #: Why the customer is in contact, in their masked words.
    request: str | None
    #: Earlier contacts for the same reason, the nearest first.
    repeats: tuple[str, ...]
    #: The next contact for the same reason.
    repeated_by: str | None
    #: Mood of the customer in the beginning, -1 to 1.
    sentiment_start: float | None
    #: Mood of the customer at the end, -1 to 1.
    sentiment_end: float | None
    #: Whether the customer says that something awaited did not happen.
    says_broken: bool
    #: Finished scorecards first.
    scores: tuple[JourneyScore, ...]
    #: Promises that were made in it.
    promises: tuple[JourneyPromise, ...]


class Journey(Record):
    """All contacts of a customer that lie within reach, the first first."""

    #: Pseudonymous id.
    customer: str
    #: Whether there are more, before these.
    more: bool
    #: Channels in the order of the contacts, each change of them once.
    channels: tuple[Channel, ...]
    #: Promises by what became of them.
    promises: dict[PromiseStatus, int] = Field(default_factory=dict)
    #: The contacts, the first first.
    steps: tuple[Step, ...]


class Journeys:
    """Reads journeys."""

    def __init__(self, *, database: Database, history: History, topics: Topics) -> None:
        self._database = database
        self._history = history
        self._topics = topics

    def read(self, customer: str, *, by: Actor) -> Journey:
        """The journey of a customer; raises :class:`NotFoundError` where no contact lies within reach."""
        scope = by.scope(Right.READ_HISTORY)
        with self._database.reading() as unit:
            contacts = unit.contacts.of_customers([customer]).get(customer, [])
            seen = unit.interactions.some((one.interaction for one in contacts), within=scope)
            mine = [one for one in contacts if one.interaction in seen][-_MOST:]
            if not mine:
                raise NotFoundError("no contact of this customer is known, or lies within your reach", field="customer")
            cards = {one.interaction: self._scores(unit, one.interaction, by) for one in mine}
            signals = {one.interaction: _signals(unit, one.interaction) for one in mine}
        reasons = self._topics.of(one.interaction for one in mine)
        promises = self._promises(customer, by)
        steps: list[Step] = []
        for one in mine:
            stored = seen[one.interaction].interaction
            before = steps[-1].at if steps else None
            assert one.started_at is not None  # contacts of a customer come with their start
            steps.append(
                Step(
                    interaction=one.interaction, at=one.started_at, channel=one.channel, direction=one.direction, purpose=stored.purpose,
                    agent=one.agent, team=one.team, queue=stored.queue, reason=reasons.get(one.interaction), request=one.request,
                    hours_since=None if before is None else round((one.started_at - before).total_seconds() / 3600, 2),
                    **_linked(one, seen), **_moods(signals[one.interaction]), scores=cards[one.interaction],
                    promises=promises.get(one.interaction, ()),
                )
            )
        total = [promise for step in steps for promise in step.promises]
        counts = {status: number for status in PromiseStatus if (number := sum(one.status is status for one in total))}
        channels = tuple(one.channel for at, one in enumerate(steps) if at == 0 or steps[at - 1].channel is not one.channel)
        return Journey(
            customer=customer, more=sum(one.interaction in seen for one in contacts) > len(mine), channels=channels, promises=counts,
            steps=tuple(steps),
        )

    def _scores(self, unit: Unit, interaction: str, by: Actor) -> tuple[JourneyScore, ...]:
        """As the reader may see them: nothing of what is reviewed blindly, or is for them to answer blind."""
        scope = by.scope(Right.READ_SCORECARDS)
        cards = as_read(unit, unit.scorecards.for_interaction(interaction, within=scope))
        calibrating = unit.calibrations.answering(by.id)
        shown = [shown_to(card, by, calibrating=calibrating) for card in _counted(cards)]
        return tuple(
            JourneyScore(
                scorecard=str(card.id), rubric=card.rubric.id, status=card.status, score=card.score, critical_misses=card.critical_misses,
            )
            for card in sorted(shown, key=lambda card: card.status not in FINISHED)
        )

    def _promises(self, customer: str, by: Actor) -> Mapping[str, tuple[JourneyPromise, ...]]:
        found: dict[str, tuple[JourneyPromise, ...]] = {}
        cursor: str | None = None
        while True:
            page = self._history.promises(customer=customer, within=by.scope(Right.READ_HISTORY), cursor=cursor, limit=500)
            for one, state in page.items:
                told = JourneyPromise(
                    id=one.id, who=one.who, what=one.what, due_until=one.due_until, status=state,
                    told_in=None if one.verdict is None else one.verdict.interaction,
                )
                found[one.interaction] = (told, *found.get(one.interaction, ()))
            if page.next is None:
                return found
            cursor = page.next


def _counted(cards: tuple[Scorecard, ...]) -> list[Scorecard]:
    """The last of each rubric; the last made come first."""
    found: dict[str, Scorecard] = {}
    for card in cards:
        found.setdefault(card.rubric.id, card)
    return list(found.values())


def _signals(unit: Unit, interaction: str) -> dict[str, Signal]:
    return {one.name: one for one in unit.signals.get(interaction)}


def _moods(signals: Mapping[str, Signal]) -> dict[str, object]:
    values = {name: signals[name].value if name in signals else None for name in ("sentiment.start", "sentiment.end", SAYS_BROKEN)}
    return {
        "sentiment_start": values["sentiment.start"], "sentiment_end": values["sentiment.end"], "says_broken": bool(values[SAYS_BROKEN]),
    }


def _linked(one: StoredContact, seen: Mapping[str, object]) -> dict[str, object]:
    return {
        "repeats": tuple(other for other in one.earlier if other in seen), "repeated_by": one.later if one.later in seen else None,
    }
