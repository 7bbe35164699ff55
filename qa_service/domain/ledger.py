"""The audit ledger: append-only entries, each sealed with the hash of the one before, whose content can be erased and only so.

``hash = SHA-256(previous hash + canonical JSON of the entry)``; the first entry follows sixty-four zeros. Entries of the second kind of
seal hold ``digest = SHA-256(salt + canonical JSON of the content)`` in the place of their content, which lies beside with its salt and may
go: without the salt nobody can try contents against the digest. Entries of the first kind hash their content itself.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.errors import InputError, LedgerError

GENESIS = "0" * 64
#: Ends the names of acts that emptied entries; their own content stays for ever.
ERASED = ".erased"
_FIRST, _SALTED = 1, 2
_BROKEN = "the chain is broken here: an entry was changed, removed or moved"
_ANCHOR = re.compile(r"(0|[1-9][0-9]{0,17}):([0-9a-f]{64})")
_quoted = json.JSONEncoder(ensure_ascii=False).encode


class Link(NamedTuple):
    """An entry as it is stored: its content is text, so that nothing needs to be parsed to check it."""

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    interaction: str | None
    content: str | None
    salt: str | None
    digest: str | None
    seal: int
    previous: str
    hash: str


class LedgerEntry(Record):
    """One act."""

    #: From 1, without gaps.
    sequence: int = Field(ge=1)
    #: When, UTC.
    at: AwareDatetime
    #: Who: ``system``, a user or a key.
    actor: str
    #: What: ``interaction.ingested``, ``scorecard.finalized`` ...
    action: str
    #: What it was done to: ``scorecard/ID``.
    subject: str
    #: The interaction that it tells about, with which its content is erased; null where it tells about none.
    interaction: str | None = None
    #: Canonical content of the change, with the versions that made it; null once it was erased.
    content: dict[str, Any] | None
    #: 32 hex digits, random; null once the content was erased, and in entries of the first kind.
    salt: str | None = None
    #: SHA-256, hex, of the salt's letters and the canonical content; null in entries of the first kind.
    digest: str | None = None
    #: Kind of seal: 1 hashes the content, 2 its digest.
    seal: int = Field(default=_FIRST, ge=_FIRST, le=_SALTED)
    #: Hash of the entry before.
    previous: str
    #: Hash of this entry.
    hash: str

    @property
    def link(self) -> Link:
        """As it is stored."""
        values = {name: getattr(self, name) for name in Link._fields}
        return Link(**{**values, "content": None if self.content is None else canonical(self.content)})

    @classmethod
    def of(cls, link: Link) -> LedgerEntry:
        """From what is stored."""
        return cls(**{**link._asdict(), "content": None if link.content is None else json.loads(link.content)})


class Head(Record):
    """The last entry of a chain at some time; kept elsewhere, it tells later whether the chain still holds it."""

    #: Sequence of the entry; 0 of an empty chain.
    sequence: int = Field(ge=0)
    #: Its hash.
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def read(cls, text: str) -> Head:
        """From ``SEQUENCE:HASH``; raises :class:`InputError`."""
        found = _ANCHOR.fullmatch(text.strip().lower())
        if found is None:
            hint = "SEQUENCE:HASH, as 'qa-service audit head' prints it"
            raise InputError(f"{text[:90]!r} is no head of a ledger", field="head", hint=hint)
        return cls(sequence=int(found[1]), hash=found[2])


class Chain(NamedTuple):
    """A chain that verified."""

    #: How many entries it has.
    entries: int
    #: How many of them are empty, by acts that the chain tells about.
    emptied: int
    #: Its end.
    head: Head


def canonical(value: Any) -> str:
    """JSON with sorted keys, no blanks, no escapes beyond need: equal values give equal text (``5.0`` is ``5``, as databases have it)."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def digest_of(content: str, *, salt: str) -> str:
    """SHA-256, hex, of a salt, as the text it is, and a canonical content behind it."""
    return hashlib.sha256((salt + content).encode()).hexdigest()


def seal(
    *, sequence: int, at: datetime, actor: str, action: str, subject: str, content: str, previous: str, salt: str | None,
    interaction: str | None = None,
) -> Link:
    """An entry with its hash, which does not depend on the time zone that ``at`` is told in; ``content``: canonical JSON.

    ``salt``: hex digits, fresh and random; ``None`` makes an entry of the first kind, as older versions wrote them. Raises
    ``ValueError`` for a time without a zone.
    """
    if at.tzinfo is None:
        raise ValueError("an entry needs a time with its zone")
    kind, digest = (_FIRST, None) if salt is None else (_SALTED, digest_of(content, salt=salt))
    link = Link(sequence, at, actor, action, subject, interaction, content, salt, digest, kind, previous, "")
    return link._replace(hash=_hash(link))


def rest_of(link: Link) -> str:
    """SHA-256, hex, of everything but the content of an entry of the first kind: kept by the act that empties it, whose hash then stands
    for the one that nobody can work out any more."""
    text = _told(link, f'"hash":{_quoted(link.hash)},"previous":{_quoted(link.previous)}')
    return hashlib.sha256(text.encode()).hexdigest()


def account(emptied: Iterable[Link]) -> dict[str, Any]:
    """What the content of an act must hold that empties these entries (:data:`ERASED`), for the chain to verify without them."""
    links = sorted(emptied)
    old = {str(one.sequence): rest_of(one) for one in links if one.seal == _FIRST}
    return {"emptied": [one.sequence for one in links], **({"rests": old} if old else {})}


def verify(links: Iterable[Link], *, kept: Head | None = None) -> Chain:
    """Check a whole chain, read once; raises :class:`LedgerError` naming the first entry that is not as it was written.

    Changed, removed and moved entries; contents that are gone without an act after them that tells so, or are back after one; and with
    ``kept``, a head noted earlier, an end that was cut off or written anew. What is remembered on the way grows by nothing but erased
    contents whose act is yet to come.
    """
    check = _Check(kept)
    reading = iter(links)
    for link in reading:
        fault = check.take(link)
        if fault is not None:
            raise _first(fault, check.unaccounted(chain([link], reading)))
    fault = check.end()
    if fault is not None:
        raise _error(fault)
    return Chain(check.count, check.emptied, Head(sequence=check.count, hash=check.previous))


class _Fault(NamedTuple):
    """What is wrong with an entry."""

    sequence: int
    message: str
    hint: str | None = None


class _Check:
    """How far a chain is read."""

    def __init__(self, kept: Head | None) -> None:
        self.previous, self.count, self.emptied = GENESIS, 0, 0
        self._kept = kept
        #: Emptied entries that no act has told about yet: the interaction, and of the first kind what is left.
        self._open: dict[int, tuple[str | None, str | None]] = {}

    def take(self, link: Link) -> _Fault | None:
        """The next entry; what is wrong."""
        if link.sequence != self.count + 1 or link.previous != self.previous or not _sealed(link):
            return _Fault(link.sequence, _BROKEN)
        self.count, self.previous = link.sequence, link.hash
        if self._kept is not None and self._kept.sequence == link.sequence and self._kept.hash != link.hash:
            return _Fault(link.sequence, "the chain was written anew: at the time of the kept head, this entry had another hash")
        return self._contents(link)

    def _contents(self, link: Link) -> _Fault | None:
        if link.content is None:
            if link.salt is not None or link.action.endswith(ERASED):
                return _Fault(link.sequence, "a part of this entry is gone that no act erases")
            self.emptied += 1
            self._open[link.sequence] = (link.interaction, rest_of(link) if link.seal == _FIRST else None)
            return None
        if link.seal == _SALTED and (link.salt is None or digest_of(link.content, salt=link.salt) != link.digest):
            return _Fault(link.sequence, "its content was changed: it does not match its digest")
        return min((fault for fault in self._account(link) if fault is not None), default=None)

    def _account(self, link: Link) -> Iterator[_Fault | None]:
        """Entries that an act says it has emptied."""
        for sequence, rest in _accounted(link):
            empty = self._open.pop(sequence, None)
            if empty is None:
                yield _Fault(min(sequence, link.sequence), f"entry {link.sequence} tells that its content was erased, and it is here")
            elif empty != (link.interaction if rest is None else empty[0], rest):
                yield _changed(sequence, link)

    def unaccounted(self, rest: Iterable[Link]) -> _Fault | None:
        """The first emptied entry before a fault that nothing tells about rightly, from the fault on neither."""
        faults: list[_Fault] = []
        for link in rest:
            for sequence, kept in _accounted(link) if _legible(link.content) else ():
                _, left = self._open.pop(sequence, (None, kept))
                if left != kept:
                    faults.append(_changed(sequence, link))
        return min([*faults, *map(_unaccounted, self._open)], default=None)

    def end(self) -> _Fault | None:
        """What is wrong when no more entries come."""
        if self._open:
            return _unaccounted(min(self._open))
        if self._kept is None or self._kept.sequence <= self.count:
            return None
        message = f"the end was cut off: the chain stops at {self.count}, and once it held {self._kept.sequence}"
        return _Fault(self.count + 1, message)


def _sealed(link: Link) -> bool:
    """Whether an entry has the hash of what stands in it; one of the first kind that was emptied is told by the act that did it."""
    if link.seal == _FIRST:
        return (link.salt, link.digest, link.interaction) == (None, None, None) and (link.content is None or link.hash == _hash(link))
    return link.seal == _SALTED and link.digest is not None and link.hash == _hash(link)


def _hash(link: Link) -> str:
    if link.seal == _FIRST:
        text = _told(link, f'"content":{link.content}')
    else:
        interaction = "null" if link.interaction is None else _quoted(link.interaction)
        text = _told(link, f'"digest":{_quoted(link.digest)},"interaction":{interaction},"seal":{link.seal}')
    return hashlib.sha256((link.previous + text).encode()).hexdigest()


def _told(link: Link, middle: str) -> str:
    """Canonical JSON of an entry, as :func:`canonical` has it, and quicker; ``middle``: its keys between ``at`` and ``sequence``."""
    at = link.at.astimezone(UTC).isoformat()
    head = f'"action":{_quoted(link.action)},"actor":{_quoted(link.actor)},"at":"{at}"'
    return f'{{{head},{middle},"sequence":{link.sequence},"subject":{_quoted(link.subject)}}}'


def _accounted(link: Link) -> Iterator[tuple[int, str | None]]:
    """Sequences that an act says it has emptied, with what is left of those of the first kind."""
    if not link.action.endswith(ERASED) or link.content is None:
        return
    told: Mapping[str, Any] = json.loads(link.content)
    for sequence in told.get("emptied", ()):
        yield sequence, told.get("rests", {}).get(str(sequence))


def _legible(content: str | None) -> bool:
    """Whether a content that may have been changed can still be read."""
    try:
        return isinstance(json.loads(content or "{}"), dict)
    except ValueError:
        return False


def _changed(sequence: int, act: Link) -> _Fault:
    return _Fault(sequence, f"this entry was changed since entry {act.sequence} erased its content")


def _unaccounted(sequence: int) -> _Fault:
    return _Fault(sequence, "its content is gone, and no later entry tells that it was erased")


def _first(fault: _Fault, other: _Fault | None) -> LedgerError:
    return _error(fault if other is None else min(fault, other))


def _error(fault: _Fault) -> LedgerError:
    return LedgerError(fault.message, field=f"entry {fault.sequence}", hint=fault.hint)
