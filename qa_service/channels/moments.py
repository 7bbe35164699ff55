"""When a contact took place: times that every zone can tell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

#: No contact is older than machines that note it; what is far ahead is a mistake, and near the end of the calendar no zone can tell it.
_FIRST, _LAST = 1900, 2999


def plausible(moment: datetime) -> datetime:
    """The same in UTC; raises :class:`ValueError` for what is no time of a contact."""
    if not _FIRST <= moment.year <= _LAST:
        raise ValueError(f"the year should be between {_FIRST} and {_LAST}")
    return moment.astimezone(UTC)


#: A time of a contact as files and calls tell it, in UTC.
Moment = Annotated[AwareDatetime, AfterValidator(plausible)]
