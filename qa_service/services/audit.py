"""Audit: the ledger read page by page or as a whole, and its chain checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.disclosure import unread
from qa_service.domain.ledger import Chain, Head, LedgerEntry
from qa_service.domain.permission import Actor
from qa_service.errors import LedgerError
from qa_service.services.clock import Clock
from qa_service.store.ledger import Sought
from qa_service.store.pages import Page, check_limit, decode_position, encode_position
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_CARD = "scorecard/"


class Verification(Record):
    """What checking the whole chain gave."""

    #: Whether no entry was changed, removed or moved, and every content that is gone was erased by an act that the chain tells about.
    valid: bool
    #: Entries that were checked; on a broken chain those before the first bad one.
    entries: int = Field(ge=0)
    #: How many of them were emptied by erasures; null on a broken chain.
    emptied: int | None = None
    #: The end of the chain, SEQUENCE:HASH; keep it elsewhere to prove later that nothing was cut off. Null on a broken chain.
    head: str | None = None
    #: Sequence of the first bad entry.
    first_bad: int | None = None
    #: What is wrong with it.
    message: str | None = None

    @classmethod
    def of(cls, chain: Chain) -> Verification:
        """Of a chain that verified."""
        return cls(valid=True, entries=chain.entries, emptied=chain.emptied, head=str(chain.head))


class LedgerHead(Head):
    """The end of the ledger, to be kept elsewhere."""

    #: Both as one text, as `verify` takes it.
    anchor: str


class Audit:
    """Reads the ledger."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def entries(
        self, sought: Sought | None = None, *, by: Actor, newest: bool = False, cursor: str | None = None, limit: int = 50
    ) -> Page[LedgerEntry]:
        """Entries in order, the oldest first or the newest; without the content of acts on what is just being reviewed blindly, or what the
        reader is to answer blind in a calibration session."""
        seen = None if cursor is None else decode_position(cursor)
        with self._database.reading() as unit:
            found = (
                unit.ledger.latest(sought, before=seen, limit=check_limit(limit) + 1) if newest
                else tuple(islice(unit.ledger.entries(sought, start=(seen or 0) + 1), check_limit(limit) + 1))
            )
            about = _about(unit, found)
            blind = unit.scorecards.reviewed_blindly(about.values())
            hidden = unit.calibrations.answering(by.id).union(interaction for interaction, _ in blind)
        shown = tuple(unread(one, about=about.get(one.sequence), hidden=hidden) for one in found[:limit])
        return Page(items=shown, next=encode_position(found[limit - 1].sequence) if len(found) > limit else None)

    def emptied(self, entries: Sequence[LedgerEntry]) -> frozenset[int]:
        """Sequences of those whose content was erased; what else has none is only kept from the reader for the time being."""
        without = [one.sequence for one in entries if one.content is None]
        with self._database.reading() as unit:
            return unit.ledger.emptied(without)

    def export(self, sought: Sought | None = None, *, by: Actor) -> Iterator[LedgerEntry]:
        """All of them in order, as they are at one moment, a few at a time; that they are taken away is an act too, the last."""
        told = {} if sought is None else sought.model_dump(mode="json", exclude_none=True)
        with self._database.unit() as unit:
            unit.ledger.append(at=self._clock(), actor=by.id, action="ledger.exported", subject="ledger", content=told)
        with self._database.reading() as unit:
            yield from unit.ledger.entries(sought)

    def head(self) -> LedgerHead:
        """The end of the chain as it is now; it is not checked."""
        with self._database.reading() as unit:
            sequence, last = unit.ledger.head()
        head = Head(sequence=sequence, hash=last)
        return LedgerHead(sequence=sequence, hash=last, anchor=str(head))

    def check(self, *, kept: str | None = None) -> Chain:
        """Check the whole chain, and that it still holds a head that was kept; raises :class:`LedgerError` and :class:`InputError`."""
        head = None if kept is None else Head.read(kept)
        with self._database.reading() as unit:
            return unit.ledger.verify(kept=head)

    def verify(self, *, kept: str | None = None) -> Verification:
        """As :meth:`check`; a broken chain is told, not raised."""
        try:
            return Verification.of(self.check(kept=kept))
        except LedgerError as error:
            bad = int((error.field or "entry 1").removeprefix("entry "))
            return Verification(valid=False, entries=max(0, bad - 1), first_bad=bad, message=error.message)


def _about(unit: Unit, entries: Sequence[LedgerEntry]) -> dict[int, str]:
    """The interaction that each entry tells about; those of the first kind name it by their scorecard at most."""
    found = {one.sequence: one.interaction for one in entries if one.interaction is not None}
    cards = {one.sequence: one.subject.removeprefix(_CARD) for one in entries if one.interaction is None and one.subject.startswith(_CARD)}
    known = unit.scorecards.interactions_of(cards.values())
    return found | {sequence: known[card] for sequence, card in cards.items() if card in known}
