"""The form of a search: what is chosen beside the words is written into the query, in its own language."""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple

from fastapi import Depends, Query

from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.search import LONGEST, Relation
from qa_service.domain.speaker import Speaker
from qa_service.errors import InputError
from qa_service.rendering.locale import Locale
from qa_service.services.search import By, Order
from qa_service.web.filters import Day, OneOf, Wanted, begin

#: What a query reads as the end of a value in quotes.
_QUOTES = re.compile('["“”„«»‟]')
Word = Annotated[str, Query(max_length=100, pattern=r"^[\w.\-]*$")]
Number = Annotated[str, Query(max_length=15, pattern=r"^(-?[0-9]+(\.[0-9]+)?)?$")]


class Sought(NamedTuple):
    """A form as it was sent; empty fields ask for nothing."""

    #: Words, and whatever filters somebody writes by hand.
    q: str
    #: Filters of the form ``name:value``.
    named: dict[str, str]
    #: Days, first and last.
    first: str
    last: str
    least: str
    below: str
    signal: str
    relation: str
    value: str
    by: By
    order: Order

    @property
    def fields(self) -> dict[str, str]:
        """What an address tells of it."""
        told = {
            "q": self.q, **self.named, "from": self.first, "to": self.last, "least": self.least, "below": self.below, "signal": self.signal,
            "relation": self.relation if self.signal else "", "value": self.value if self.signal else "",
            "by": "" if self.by is By.WORDS else self.by.value, "order": "" if self.order is Order.RELEVANCE else self.order.value,
        }
        return {name: value for name, value in told.items() if value}

    @property
    def filtered(self) -> bool:
        """Whether anything stands beside the words."""
        return bool(set(self.fields) - {"q", "by", "order"})

    def query(self, locale: Locale) -> str:
        """In the language of queries: the words come first, so that places in them stay. Raises :class:`InputError`."""
        parts = [self.q]
        for name, value in self.named.items():
            if _QUOTES.search(value):
                raise InputError("a quotation mark cannot stand in a filter", field=name, hint="leave it out of the filter")
            parts += [f'{name}:"{value}"' if re.search(r"[\s,()\"]", value) else f"{name}:{value}"] if value else []
        parts += [f"{name}:{told}" for name, told in (("from", self._from(locale)), ("to", self._to(locale))) if told]
        parts += [f"score>={self.least}"] if self.least else []
        parts += [f"score<{self.below}"] if self.below else []
        parts += [f"{self.signal}{self.relation}{self.value}"] if self.signal else []
        return " ".join(part for part in parts if part.strip())

    def _from(self, locale: Locale) -> str:
        at = begin(self.first, field="from", locale=locale)
        return "" if at is None else _moment(at.isoformat())

    def _to(self, locale: Locale) -> str:
        at = begin(self.last, field="to", locale=locale, after=1)
        return "" if at is None else _moment(at.isoformat())


def sought(
    q: Annotated[str, Query(max_length=LONGEST * 2, pattern=r"^[^\x00]*$")] = "",
    channel: OneOf[Channel] = "",
    language: Annotated[str, Query(pattern="^([a-z]{2,3})?$")] = "", speaker: OneOf[Speaker] = "",
    purpose: OneOf[Purpose] = "", topic: Wanted = "", team: Wanted = "", agent: Wanted = "",
    queue: Wanted = "", critical: Annotated[str, Query(pattern="^(yes|no)?$")] = "", first: Annotated[Day, Query(alias="from")] = "",
    last: Annotated[Day, Query(alias="to")] = "", least: Number = "", below: Number = "", signal: Word = "",
    relation: Annotated[Relation, Query()] = Relation.MORE, value: Number = "", by: Annotated[By, Query()] = By.WORDS,
    order: Annotated[Order, Query()] = Order.RELEVANCE,
) -> Sought:
    """What somebody asks for."""
    told = {"channel": channel, "language": language, "speaker": speaker, "purpose": purpose}
    named = {name: one.value if isinstance(one, Channel | Speaker | Purpose) else str(one) for name, one in told.items()}
    named |= {"team": team.strip(), "agent": agent.strip(), "queue": queue.strip(), "topic": topic.strip(), "critical": critical}
    return Sought(q, named, first, last, least, below, signal, relation.value, value, by, order)


SoughtDep = Annotated[Sought, Depends(sought)]


def _moment(told: str) -> str:
    """A midnight of UTC is told by its day."""
    return told.removesuffix("T00:00:00+00:00")
