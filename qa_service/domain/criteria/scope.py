"""Scope words: who must have said it (``by``) and in which part of the interaction (``within``)."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from qa_service.domain.base import Record
from qa_service.domain.duration import Duration, format_duration, parse_duration

_PART = re.compile(r"^(?P<side>first|last) (?P<amount>[0-9]{1,9}(?:\.[0-9]{1,3})?) ?(?P<unit>%|turns?|ms|s|m|h)$")
_RELATIVE = re.compile(r"^(?P<side>before|after) (?P<criterion>[a-z][a-z0-9_]*)$")
WITHIN_PATTERN = r"^((first|last) [0-9]{1,9}(\.[0-9]{1,3})? ?(%|turns?|ms|s|m|h)|(before|after) [a-z][a-z0-9_]*)$"


class By(StrEnum):
    """Whose turns count."""

    AGENT = "agent"
    CUSTOMER = "customer"
    ANY = "any"


class Within(Record):
    """A part of the interaction."""

    side: Literal["first", "last", "before", "after"]
    #: Share (0 to 1) of the interaction.
    share: float | None = None
    #: Number of turns of the party in ``by``.
    turns: int | None = None
    #: Milliseconds from the first, or up to the last, spoken word.
    span_ms: Duration | None = None
    #: Criterion whose first evidence is the border.
    criterion: str | None = None

    def __str__(self) -> str:
        if self.criterion is not None:
            return f"{self.side} {self.criterion}"
        if self.turns is not None:
            return f"{self.side} {self.turns} turns"
        if self.share is not None:
            return f"{self.side} {round(self.share * 100, 3):.6g}%"
        return f"{self.side} {format_duration(self.span_ms or 0)}"


def parse_within(text: object) -> Within:
    """``first 30s``, ``last 20%``, ``first 3 turns``, ``before ID`` or ``after ID``."""
    if isinstance(text, Within):
        return text
    words = " ".join(str(text).split())
    relative = _RELATIVE.match(words)
    if relative:
        return Within.model_validate(relative.groupdict())
    part = _PART.match(words)
    if part is None:
        raise ValueError(f"{words!r} is no part: write 'first 30s', 'last 20%', 'first 3 turns', 'before ID' or 'after ID'")
    return _part(part["side"], part["amount"], part["unit"])


def _part(side: str, amount: str, unit: str) -> Within:
    if unit == "%":
        share = round(float(amount) / 100, 5)
        if not 0 < share <= 1:
            raise ValueError(f"{amount}% is not between 0 and 100")
        return Within.model_validate({"side": side, "share": share})
    if unit.startswith("turn"):
        if not amount.isdigit() or int(amount) == 0:
            raise ValueError(f"{amount} is no number of turns")
        return Within.model_validate({"side": side, "turns": int(amount)})
    span = parse_duration(amount + unit)
    if span == 0:
        raise ValueError(f"{amount}{unit} is no stretch of time")
    return Within.model_validate({"side": side, "span_ms": span})


WithinField = Annotated[
    Within, BeforeValidator(parse_within), PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": WITHIN_PATTERN, "examples": ["first 30s", "last 20%", "first 3 turns", "after ID"]}),
]
