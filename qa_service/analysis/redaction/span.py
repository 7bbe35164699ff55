"""Spans: stretches of turns that hold personal data, each of a kind."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """Kinds of personal data; the value is what stands in its place, in brackets."""

    CARD = "CARD"
    CVV = "CVV"
    IBAN = "IBAN"
    NATIONAL_ID = "NATIONAL_ID"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    NAME = "NAME"
    ADDRESS = "ADDRESS"
    BIRTH_DATE = "BIRTH_DATE"

    @property
    def placeholder(self) -> str:
        """What is written instead: ``[CARD]``."""
        return f"[{self.value}]"


class Span(NamedTuple):
    """Characters ``start:end`` of a turn's text that hold personal data."""

    #: Index of the turn.
    turn: int
    start: int
    end: int
    kind: Kind
    #: 0 to 1: a right check digit is sure, a number that only answers a question is less.
    confidence: float


def apart(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, none over another: of those that overlap the first in the given order counts, cut back to what is left."""
    kept: list[Span] = []
    for span in spans:
        if span.start < span.end and not any(
            span.turn == other.turn and span.start < other.end and other.start < span.end for other in kept
        ):
            kept.append(span)
    return tuple(sorted(kept))
