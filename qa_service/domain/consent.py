"""Consent: that an agent lets colleagues learn from places of their own conversations; theirs to give, and to take back at any time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.redaction import Kind
from qa_service.errors import PermissionDeniedError

#: Shorter parts of a name are left: they would hide ordinary words.
_LEAST_LETTERS = 2
#: Letters that the same name is written with on Arabic and Persian keyboards.
_ALIKE = {"ي": "[یيى]", "ی": "[یيى]", "ى": "[یيى]", "ك": "[کك]", "ک": "[کك]", "أ": "[اأإآ]", "إ": "[اأإآ]", "آ": "[اأإآ]", "ا": "[اأإآ]"}


class Consent(Record):
    """Whether quotes of an agent's own conversations may be shown to colleagues, masked and without the agent's name."""

    #: The agent.
    agent: str
    #: Whether it is given at present; without it nothing of the agent is shown to any colleague.
    given: bool = False
    #: User id of whoever gave or took it back last: the agent; null where nobody ever did.
    by: str | None = None
    #: When.
    at: AwareDatetime | None = None
    #: Goes up with every change.
    revision: int = Field(default=1, ge=1)


def decided(before: Consent, *, given: bool, by: str, own: str | None, at: datetime) -> Consent:
    """Given or taken back by the agent; raises :class:`PermissionDeniedError` for anybody else (``own``: the agent that the user is)."""
    if own != before.agent:
        raise PermissionDeniedError("only the agent can agree to this, or take it back", field="agent", hint="ask the agent")
    return before.model_copy(update={"given": given, "by": by, "at": at})


def nameless(quote: str, names: Iterable[str | None]) -> str:
    """A quote with each part of those names, as a word of its own, hidden as masking hides names."""
    parts = {part for name in names if name for part in re.split(r"[\s.,_\-\u200c]+", name) if len(part) >= _LEAST_LETTERS}
    for part in sorted(parts, key=lambda one: (-len(one), one)):
        letters = "".join(_ALIKE.get(letter, re.escape(letter)) for letter in part)
        quote = re.sub(rf"(?<!\w){letters}(?!\w)", Kind.NAME.placeholder, quote, flags=re.IGNORECASE)
    return quote
