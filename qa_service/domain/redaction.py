"""Redaction: kinds of personal data, where they stand in a conversation, and the placeholders that take their place."""

from __future__ import annotations

import re
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


#: Any placeholder; its first group is the kind.
PLACEHOLDER = re.compile(rf"\[({'|'.join(Kind)})\]")


class Span(NamedTuple):
    """Characters ``start:end`` of a turn's text that hold personal data."""

    #: Index of the turn.
    turn: int
    start: int
    end: int
    kind: Kind
    #: 0 to 1: a right check digit is sure, a number that only answers a question is less.
    confidence: float
