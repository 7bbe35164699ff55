"""Redaction: kinds of personal data, where they stand in a conversation, and the placeholders that take their place."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import Field

from qa_service.domain.base import Record


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


class Redaction(Record):
    """Personal data that was masked: where its placeholder stands in the text, and when it was said."""

    #: What it was.
    kind: Kind
    #: Index of the turn, from 0.
    turn: int = Field(ge=0)
    #: First character of the placeholder in the turn's text.
    start: int = Field(ge=0)
    #: One past its last character.
    end: int = Field(ge=0)
    #: Start, ms; null without times.
    start_ms: int | None = Field(default=None, ge=0)
    #: End, ms.
    end_ms: int | None = Field(default=None, ge=0)
    #: Words that the placeholder stands for.
    words: int = Field(default=1, ge=0)
    #: How sure it is that this was personal data, 0 to 1.
    confidence: float = Field(default=1.0, ge=0, le=1)


class Taken(Redaction):
    """What masking took out in one place."""

    #: What was said or written there.
    text: str


class Originals(Record):
    """What masking took out of a contact; only a vault keeps it, encrypted."""

    #: In the order of the transcript's ``redactions``.
    taken: tuple[Taken, ...] = ()
    #: The subject line, where it held personal data.
    subject: str | None = None
    #: The metadata, where they held personal data.
    metadata: dict[str, Any] | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was taken out."""
        return not self.taken and self.subject is None and self.metadata is None
