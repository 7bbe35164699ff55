"""History: what the contacts of a customer tell about each other, worked out again whenever one more is analysed, in whatever order."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from qa_service.analysis.commitments import commitments
from qa_service.analysis.request import about_the_same, request_of
from qa_service.analysis.topics import Statement, cosine
from qa_service.domain.control import QUEUE_WAIT, SHOWN
from qa_service.domain.history import SAYS_BROKEN, SAYS_KEPT, SAYS_REPEAT, Alike, Contact, Pledge, Said, history_signals, links, settle
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.period import Period, PeriodKind
from qa_service.domain.permission import Scope
from qa_service.domain.promise import PromiseStatus, status
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Transcript
from qa_service.services.clock import Clock
from qa_service.services.topics import Topics
from qa_service.settings import Settings
from qa_service.store.contacts import Counted, NewContact, StoredContact
from qa_service.store.interactions import State, StoredInteraction
from qa_service.store.pages import Page
from qa_service.store.promises import StoredPromise
from qa_service.store.readings import Reading
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Interactions read again in one unit of work.
_PIECE = 200


class Remembered(NamedTuple):
    """What one interaction adds to the history."""

    contact: NewContact
    promises: tuple[StoredPromise, ...]
    reading: Reading


class History:
    """Remembers interactions, links those of one customer, and follows promises."""

    def __init__(self, *, database: Database, topics: Topics, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._topics = topics
        self._clock = clock
        self._window = timedelta(days=settings.repeat_days)
        self._patience = timedelta(days=settings.promise_days)
        # A machine without a time zone database still knows UTC.
        self._zone: tzinfo = UTC if settings.time_zone == "UTC" else ZoneInfo(settings.time_zone)
        self._weekend = settings.days_off

    def remember_jobs(self, jobs: Sequence[str]) -> int:
        """Step: remember what jobs have scored; how many interactions that were. May be repeated."""
        with self._database.reading() as unit:
            found = [job.interaction for job in unit.jobs.some(jobs) if job.interaction is not None]
        return self.remember(found)

    def remember(self, interactions: Iterable[str]) -> int:
        """Remember analysed interactions, and work out again what they change for others of their customers; how many there were."""
        with self._database.reading() as unit:
            remembered = [
                self._remembered(stored, unit.transcripts.get(key), {one.name: one for one in unit.signals.get(key)})
                for key, stored in sorted(unit.interactions.some(set(interactions)).items())
                if stored.state is State.SCORED
            ]
        if not remembered:
            return 0
        contacts = [one.contact for one in remembered]
        customers = {one.customer for one in contacts if one.customer is not None}
        told = {one.interaction: Statement(one.request, one.language) for one in contacts if one.request is not None}
        assigned = self._topics.assigned(told)
        self._warm(customers, contacts)
        with self._database.unit() as unit:
            unit.contacts.lock(customers)
            unit.contacts.save_many(contacts, at=self._clock())
            unit.readings.save_many(one.reading for one in remembered)
            unit.promises.replace([one.interaction for one in contacts], [promise for one in remembered for promise in one.promises])
            assigned.write(unit)
            self._link(unit, customers)
        return len(remembered)

    def remember_all(self, watch: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Remember every scored interaction anew (after a change of settings, or of a version); how many there are."""
        keys: list[str] = []
        with self._database.reading() as unit:
            page = unit.interactions.list(state=State.SCORED, limit=500)
            keys += [one.interaction.id for one in page.items]
            while page.next is not None:
                page = unit.interactions.list(state=State.SCORED, cursor=page.next, limit=500)
                keys += [one.interaction.id for one in page.items]
        for start in range(0, len(keys), _PIECE):
            self.remember(keys[start : start + _PIECE])
            watch(min(start + _PIECE, len(keys)), len(keys))
        return len(keys)

    def link_all(self) -> int:
        """Work out again how the contacts of every customer hang together (after topics were built or merged); how many customers."""
        with self._database.reading() as unit:
            customers = unit.contacts.customers()
        for start in range(0, len(customers), _PIECE):
            piece = customers[start : start + _PIECE]
            self._warm(piece, ())
            with self._database.unit() as unit:
                unit.contacts.lock(piece)
                self._link(unit, piece)
        return len(customers)

    def signals(self, interaction: str) -> tuple[Signal, ...]:
        """What other contacts tell about this one, as known now; unmeasured where nothing does."""
        with self._database.reading() as unit:
            found = unit.contacts.some([interaction]).get(interaction)
            horizon = unit.contacts.horizon()
        says = found is not None and found.says_repeat is not None
        return history_signals(
            None if found is None else found.link, says=says, at=None if found is None else found.started_at, window=self._window,
            horizon=horizon,
        )

    def contact(self, interaction: str, *, within: Scope | None = None) -> StoredContact:
        """How an interaction hangs together with others, as far as those lie within reach.

        Raises :class:`NotFoundError` while it was not analysed, and for one outside ``within``.
        """
        with self._database.reading() as unit:
            unit.interactions.get(interaction, within=within)
            found = unit.contacts.get(interaction)
            linked = {*found.earlier, *([] if found.later is None else [found.later])}
            seen = unit.interactions.some(linked, within=within)
        later = found.later if found.later in seen else None
        return found.model_copy(update={"earlier": tuple(one for one in found.earlier if one in seen), "later": later})

    def figures(
        self, *, since: datetime | None = None, until: datetime | None = None, channel: Channel | None = None, agent: str | None = None,
        team: str | None = None, topic: str | None = None, purpose: Purpose = Purpose.LIVE, within: Scope | None = None,
    ) -> tuple[Counted, ...]:
        """Repeats and first-contact resolution by channel, with their denominators; empty without any contact."""
        topics = None if topic is None else self._merged(topic)
        with self._database.reading() as unit:
            horizon = unit.contacts.horizon()
            if horizon is None:
                return ()
            return unit.contacts.counted(
                window=self._window, horizon=horizon, since=since, until=until, channel=channel, agent=agent, team=team, topics=topics,
                purpose=purpose, within=within,
            )

    def promises(
        self, *, status: PromiseStatus | None = None, due_before: datetime | None = None, agent: str | None = None, team: str | None = None,
        customer: str | None = None, within: Scope | None = None, cursor: str | None = None, limit: int = 50,
    ) -> Page[tuple[StoredPromise, PromiseStatus]]:
        """Promises with what became of them as known now, the last made first; the contact that tells it, where it lies within reach."""
        now = self._clock()
        with self._database.reading() as unit:
            page = unit.promises.list(
                now=now, patience=self._patience, status=status, due_before=due_before, agent=agent, team=team, customer=customer,
                within=within, cursor=cursor, limit=limit,
            )
            seen = unit.interactions.some({one.verdict.interaction for one in page.items if one.verdict is not None}, within=within)
        return page.of(lambda some: [(_as_seen(one, seen), self._status(one, now)) for one in some])

    def promise_counts(
        self, *, since: datetime | None = None, until: datetime | None = None, agent: str | None = None, team: str | None = None,
        within: Scope | None = None,
    ) -> dict[str | None, dict[PromiseStatus, int]]:
        """Promises that were made in a period, by team and by what became of them as known now."""
        with self._database.reading() as unit:
            return unit.promises.counted(
                now=self._clock(), patience=self._patience, since=since, until=until, agent=agent, team=team, within=within
            )

    def _status(self, one: StoredPromise, now: datetime) -> PromiseStatus:
        return status(one.due_until, one.verdict, now=now, patience=self._patience)

    def _merged(self, topic: str) -> tuple[str, ...]:
        """The topic and all that are counted under it; raises :class:`NotFoundError`."""
        topics = self._topics.get()
        topics.get(topic)
        return tuple(one for one, under in topics.counted.items() if under == topic)

    def _remembered(self, stored: StoredInteraction, transcript: Transcript, signals: Mapping[str, Signal]) -> Remembered:
        it = stored.interaction
        started = it.started_at or next((turn.sent_at for turn in transcript.turns if turn.sent_at is not None), None)
        request = request_of(transcript, subject=it.subject)
        customer = it.customer.id if it.customer else None
        agent, team = (it.agent.id, it.agent.team) if it.agent else (None, None)
        contact = NewContact(
            interaction=it.id, customer=customer, started_at=started, channel=it.channel, direction=it.direction, agent=agent, team=team,
            language=transcript.language if request is None else request.language, request=None if request is None else request.text,
            says_repeat=_quote(transcript, signals.get(SAYS_REPEAT)), says_broken=_quote(transcript, signals.get(SAYS_BROKEN)),
            says_kept=_quote(transcript, signals.get(SAYS_KEPT)),
        )
        made = commitments(transcript, signals, started_at=started, zone=self._zone, weekend=self._weekend)
        promises = tuple(
            StoredPromise(
                **dict(one), id=f"{it.id}.{one.position}", interaction=it.id, customer=customer, agent=agent, team=team, channel=it.channel,
                made_at=started or stored.received_at,
            )
            for one in made
        )
        month = Period.of(started or stored.received_at, PeriodKind.MONTH, zone=self._zone).name
        values = {name: one.value for name in SHOWN if (one := signals.get(name)) is not None and one.value is not None}
        if it.wait_seconds is not None:
            values[QUEUE_WAIT] = it.wait_seconds
        return Remembered(contact, promises, Reading(it.id, agent, team, it.channel, month, it.purpose, values))

    def _warm(self, customers: Iterable[str], new: Sequence[NewContact]) -> None:
        """Work out the vectors that linking will ask for, so that no unit of work waits for the encoder."""
        space = self._topics.vectors
        if space is None:
            return
        with self._database.reading() as unit:
            known = unit.contacts.of_customers(customers)
        by_customer: dict[str, dict[str, NewContact]] = {key: {one.interaction: one for one in some} for key, some in known.items()}
        for one in new:
            by_customer.setdefault(one.customer or "", {})[one.interaction] = one
        several = [one for some in by_customer.values() if len(some) > 1 for one in some.values()]
        told = [Statement(one.request, one.language) for one in several if one.request is not None and one.customer is not None]
        if told:
            space.rows(told)

    def _link(self, unit: Unit, customers: Iterable[str]) -> None:
        """Links and promises of those customers, from all that is known of them now."""
        topics, alike = unit.topics.active(), self._alike()
        counted = {} if topics is None else topics.counted
        contacts, promises = unit.contacts.of_customers(customers), unit.promises.of_customers(customers)
        for customer, stored in contacts.items():
            known = [one for row in stored if (one := row.as_contact(counted.get(row.topic or ""))) is not None]
            unit.contacts.link_many(links(known, window=self._window, alike=alike))
            pledges = {one.id: Pledge(one.interaction, one.made_at, one.commitment) for one in promises.get(customer, ())}
            unit.promises.settle_many({key: settle(one, known, patience=self._patience, alike=alike) for key, one in pledges.items()})

    def _alike(self) -> Alike:
        """Whether two contacts have one reason: the same topic, or requests that are near to each other."""
        space = self._topics.vectors

        def alike(one: Contact, other: Contact) -> bool:
            if one.topic is not None and one.topic == other.topic:
                return True
            if one.request is None or other.request is None:
                return False
            if space is None:
                return about_the_same((one.request, one.language), (other.request, other.language))
            rows = space.rows([Statement(one.request, one.language), Statement(other.request, other.language)])
            return cosine(rows) >= space.tuning.same

        return alike


def _quote(transcript: Transcript, signal: Signal | None) -> Said | None:
    """The first words that a signal points at."""
    place = next(iter(signal.places), None) if signal is not None and signal.value else None
    if place is None or place.turn is None:
        return None
    return Said(turn=place.turn, text=transcript.turns[place.turn].text[place.start : place.end])


def _as_seen(promise: StoredPromise, seen: Container[str]) -> StoredPromise:
    """Without the contact that tells what became of it, where it is out of sight."""
    verdict = promise.verdict
    return promise if verdict is None or verdict.interaction in seen else promise.model_copy(update={"verdict": None})
