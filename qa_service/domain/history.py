"""History: what the contacts of one customer tell about each other: repeats, first-contact resolution, promises kept or broken.

Pure rules over the contacts of one customer in any order; the same contacts always give the same answer. Nothing is claimed about time
that nobody has seen: whether a contact was the first is unknown where contacts before it may be missing, and whether it resolved the
matter is unknown until the window behind it has passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel, Direction
from qa_service.domain.promise import Commitment, Verdict
from qa_service.domain.signal import Signal, SignalSpec, Unit

SAYS_REPEAT, SAYS_BROKEN, SAYS_KEPT = "contact.says_repeat", "contact.says_broken", "contact.says_kept"
REPEAT, EARLIER, FIRST_RESOLVED = "contact.repeat", "contact.earlier", "contact.first_resolved"
#: Signals of an interaction that rest on others, and may change when those arrive; rubrics cannot use them.
SPECS: tuple[SignalSpec, ...] = (
    SignalSpec(
        name=REPEAT, unit=Unit.FLAG,
        method=(
            "The same customer was in contact for the same reason within the window before, on any channel, or says so; unmeasured without "
            "a customer id or a start, and where contacts before it may be missing."
        ),
    ),
    SignalSpec(
        name=EARLIER, unit=Unit.COUNT, method="Contacts of the same customer for the same reason within the window before this one.",
    ),
    SignalSpec(
        name=FIRST_RESOLVED, unit=Unit.FLAG,
        method=(
            "A first contact after which the customer did not come back for the same reason within the window; unmeasured for repeats, for "
            "contacts that the company started, and until the window has passed."
        ),
    ),
)


class Said(Record):
    """Words of the customer."""

    #: Turn, from 0.
    turn: int = Field(ge=0)
    #: The words.
    text: str


class Contact(Record):
    """What the other contacts of a customer need to know of one."""

    #: The interaction.
    interaction: str
    #: Start.
    at: AwareDatetime
    #: The channel.
    channel: Channel
    #: Who started it.
    direction: Direction
    #: Why the customer is in contact, in the customer's masked words; null where nothing tells.
    request: str | None = None
    #: Language of the request.
    language: str | None = None
    #: Contact reason; null for "other" and where no topics were built.
    topic: str | None = None
    #: The customer says that it is not the first contact.
    says_repeat: Said | None = None
    #: The customer says that something awaited did not happen.
    says_broken: Said | None = None
    #: The customer says that it did.
    says_kept: Said | None = None

    @property
    def inbound(self) -> bool:
        """Whether the customer started it."""
        return self.direction is Direction.INBOUND


class Link(NamedTuple):
    """How a contact hangs together with others of its customer."""

    #: Contacts before it for the same reason within the window, the nearest first.
    earlier: tuple[str, ...] = ()
    #: The next contact for the same reason within the window.
    later: str | None = None


class Horizon(NamedTuple):
    """From when until when contacts are known at all."""

    first: datetime
    last: datetime


class Pledge(NamedTuple):
    """A promise, and where it was made."""

    interaction: str
    made_at: datetime
    commitment: Commitment


#: Whether two contacts are about the same thing.
Alike = Callable[[Contact, Contact], bool]


def links(contacts: Iterable[Contact], *, window: timedelta, alike: Alike) -> Mapping[str, Link]:
    """How the contacts of one customer hang together; those that the company started are no repeats and are not repeated.

    A customer who says "I called yesterday" is linked to the last contact within the window even where the reasons do not look alike.
    """
    known = sorted((one for one in contacts if one.inbound), key=lambda one: (one.at, one.interaction))
    earlier: dict[str, tuple[str, ...]] = {}
    later: dict[str, str] = {}
    for index, one in enumerate(known):
        near = [other for other in reversed(known[:index]) if one.at - other.at <= window]
        found = [other for other in near if alike(other, one)] or (near[:1] if one.says_repeat is not None else [])
        earlier[one.interaction] = tuple(other.interaction for other in found)
        for other in found:
            later.setdefault(other.interaction, one.interaction)
    return {one.interaction: Link(earlier[one.interaction], later.get(one.interaction)) for one in known}


def is_repeat(link: Link, *, says: bool, at: datetime, window: timedelta, horizon: Horizon) -> bool | None:
    """Whether a contact is a repeat; ``None`` where contacts before it may be missing."""
    if link.earlier or says:
        return True
    return False if at - window >= horizon.first else None


def is_first_resolved(link: Link, *, says: bool, at: datetime, window: timedelta, horizon: Horizon) -> bool | None:
    """Whether a first contact stayed the only one; ``None`` for repeats, and while that cannot be known."""
    if is_repeat(link, says=says, at=at, window=window, horizon=horizon) is not False:
        return None
    if link.later is not None:
        return False
    return True if at + window <= horizon.last else None


def history_signals(
    link: Link | None, *, says: bool, at: datetime | None, window: timedelta, horizon: Horizon | None
) -> tuple[Signal, ...]:
    """The signals of ``SPECS``; all unmeasured without a link (no customer, no start, or the company's own contact)."""
    if link is None or at is None or horizon is None:
        return tuple(Signal(name=spec.name, value=None, confidence=0.0) for spec in SPECS)
    repeat = is_repeat(link, says=says, at=at, window=window, horizon=horizon)
    resolved = is_first_resolved(link, says=says, at=at, window=window, horizon=horizon)
    count = None if repeat is None else float(len(link.earlier))
    return tuple(
        Signal(name=name, value=value, confidence=0.0 if value is None else confidence)
        for name, value, confidence in (
            (REPEAT, None if repeat is None else float(repeat), 0.9 if says and link.earlier else 0.75),
            (EARLIER, count, 0.75), (FIRST_RESOLVED, None if resolved is None else float(resolved), 0.7),
        )
    )


def settle(pledge: Pledge, contacts: Sequence[Contact], *, patience: timedelta, alike: Alike) -> Verdict | None:
    """What later contacts of the same customer tell about a promise; the first that tells decides, ``None`` where none does.

    A promise to be in touch is kept by a contact of the company before its time. Whatever was promised, the customer may say that it
    happened or did not; coming back for the same reason after its time speaks, less surely, against it. Contacts more than ``patience``
    after its time tell nothing.
    """
    limit = (pledge.commitment.due_until or pledge.made_at) + patience
    origin = next((one for one in contacts if one.interaction == pledge.interaction), None)
    for one in sorted(contacts, key=lambda one: (one.at, one.interaction)):
        if one.interaction == pledge.interaction or not pledge.made_at < one.at <= limit:
            continue
        same = origin is not None and alike(origin, one)
        verdict = _told(pledge.commitment, one, same=same) if one.inbound else _called(pledge.commitment, one)
        if verdict is not None:
            return verdict
    return None


def _called(promise: Commitment, one: Contact) -> Verdict | None:
    """A contact that the company started."""
    if not promise.contact:
        return None
    if promise.due_until is None or one.at <= promise.due_until:
        return Verdict(kept=True, why="contacted_in_time", confidence=0.8 if promise.due_until else 0.6, interaction=one.interaction)
    return Verdict(kept=False, why="contacted_late", confidence=0.6, interaction=one.interaction)


def _told(promise: Commitment, one: Contact, *, same: bool) -> Verdict | None:
    """A contact that the customer started."""
    over = promise.due_until is None or one.at > promise.due_until
    if one.says_broken is not None and over:
        sure = (0.85 if same else 0.65) - (0.15 if promise.due_until is None else 0.0)
        return _quoted(one, one.says_broken, kept=False, why="customer_complains", confidence=sure)
    if one.says_kept is not None:
        return _quoted(one, one.says_kept, kept=True, why="customer_confirms", confidence=0.8 if same else 0.6)
    if promise.due_until is not None and over and same:
        return Verdict(kept=False, why="asked_again", confidence=0.5, interaction=one.interaction)
    return None


def _quoted(one: Contact, said: Said, *, kept: bool, why: str, confidence: float) -> Verdict:
    return Verdict(
        kept=kept, why=why, confidence=round(confidence, 2), interaction=one.interaction, turn=said.turn, quote=said.text,
    )
