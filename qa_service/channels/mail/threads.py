"""Threads: which mails belong together, by the ids they answer and, lacking these, by subject and people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from qa_service.channels.mail.message import Head

_T = TypeVar("_T")
#: A reply without ids joins a thread of its subject when it shares this many addresses with it: the two parties.
_SHARED = 2
_LAST = datetime.max.replace(tzinfo=UTC)


def threads(items: Sequence[_T], *, head: Callable[[_T], Head]) -> list[list[_T]]:
    """``items`` as threads, each in time order, threads in order of their first item; a mail that is there twice once.

    A mail without Date stands behind the one it answers, else where it stood in the input.
    """
    heads = [head(item) for item in items]
    kept = _once(heads)
    groups = _Groups()
    for index in kept:
        groups.join(*(("id", one) for one in (heads[index].id, *heads[index].references) if one), ("mail", index))
    _join_by_subject(heads, kept, groups)
    found: dict[Hashable, list[int]] = defaultdict(list)
    for index in kept:
        found[groups.root(("mail", index))].append(index)
    return [[items[index] for index in _ordered(group, heads)] for group in found.values()]


class _Groups:
    """Disjoint sets."""

    def __init__(self) -> None:
        self._above: dict[Hashable, Hashable] = {}

    def root(self, one: Hashable) -> Hashable:
        """The set's representative."""
        while (above := self._above.get(one, one)) != one:
            self._above[one] = self._above.get(above, above)
            one = above
        return one

    def join(self, *ones: Hashable) -> None:
        """Makes one set of the sets of ``ones``."""
        for one in ones[1:]:
            self._above[self.root(one)] = self.root(ones[0])


def _once(heads: Sequence[Head]) -> list[int]:
    seen: dict[str, int] = {}
    for index, one in enumerate(heads):
        seen.setdefault(one.id or f"\0{index}", index)
    return list(seen.values())


def _join_by_subject(heads: Sequence[Head], kept: Sequence[int], groups: _Groups) -> None:
    """Replies whose mailer gave no ids; two customers who both write about "Refund" stay apart."""
    earlier: dict[str, list[int]] = defaultdict(list)
    for index in sorted(kept, key=lambda one: heads[one].sent_at or _LAST):
        own = heads[index]
        subject = own.subject.casefold()
        if own.is_reply and not own.references and subject:
            match = next((one for one in reversed(earlier[subject]) if len(_people(heads[one]) & _people(own)) >= _SHARED), None)
            if match is not None:
                groups.join(("mail", match), ("mail", index))
        earlier[subject].append(index)


def _people(head: Head) -> set[str]:
    return {head.sender, *head.recipients}


def _ordered(group: Sequence[int], heads: Sequence[Head]) -> list[int]:
    dates = {one.id: one.sent_at for index in group if (one := heads[index]).id and one.sent_at}
    keys: dict[int, datetime] = {}
    before: datetime | None = None
    for index in group:
        own = heads[index]
        answered = [dates[one] for one in own.references if one in dates]
        before = own.sent_at or (max(answered) if answered else before)
        keys[index] = before or datetime.min.replace(tzinfo=UTC)
    return sorted(group, key=lambda index: (keys[index], heads[index].sent_at is None))
