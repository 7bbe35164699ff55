"""A saved search: a query that is looked at again for whatever comes, and when somebody wants to be told."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field, model_validator

from qa_service.domain.base import Record
from qa_service.domain.estimation import Share
from qa_service.domain.period import PeriodKind
from qa_service.domain.search import LONGEST

#: Interactions of a period below which a share says nothing.
LEAST = 20


class Threshold(Record):
    """How much in one period raises an alert, once for each period."""

    #: The period that is counted in.
    every: PeriodKind = PeriodKind.DAY
    #: From this number of interactions on.
    count: int | None = Field(default=None, ge=1, le=1_000_000)
    #: From this share on of all interactions of the period that the filters leave; told from 20 interactions on.
    share: float | None = Field(default=None, gt=0, le=1)

    @model_validator(mode="after")
    def _told(self) -> Threshold:
        if (self.count is None) == (self.share is None):
            raise ValueError("give a count or a share, one of both")
        return self

    def reached(self, found: int, of: int) -> bool:
        """Whether it is."""
        if self.count is not None:
            return found >= self.count
        return of >= LEAST and self.share is not None and found >= self.share * of


class SearchSpec(Record):
    """What is searched, and who is told."""

    #: What people call it.
    name: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$")
    #: In the language of queries.
    query: str = Field(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*$")
    #: Without one, hits are kept and nobody is told.
    threshold: Threshold | None = None
    #: Whether all who see every team's interactions see it and its alerts.
    shared: bool = False


class SavedSearch(Record):
    """A saved search, and whose it is."""

    #: Unique id.
    id: str
    #: Whose: it finds what they may find.
    owner: str
    #: What is searched.
    search: SearchSpec
    #: Whether it looks at what comes.
    active: bool
    #: Goes up with every change.
    revision: int
    #: When it was saved.
    created_at: AwareDatetime
    #: When it was changed last.
    changed_at: AwareDatetime
    #: Interactions come to the index in an order: it looks at those behind this one.
    since_seq: int = Field(ge=0)
    #: Up to this one it has looked.
    seen_seq: int = Field(ge=0)


class AlertState(StrEnum):
    """What became of an alert."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"


class Alert(Record):
    """That a saved search found as much as somebody wants to be told of."""

    #: Unique id.
    id: str
    #: The saved search.
    saved_search: str
    #: Its name then.
    name: str
    #: Its owner.
    owner: str
    #: Name of the period: `2026-11-22`, `2026-W47` or `2026-11`.
    period: str
    #: Begin of the period.
    since: AwareDatetime
    #: Its end.
    until: AwareDatetime
    #: What was to be reached.
    threshold: Threshold
    #: Interactions of the period that were found when it was raised.
    found: int = Field(ge=0)
    #: Those that the filters left, of those that came since the search was saved.
    of: int = Field(ge=0)
    #: `found` of `of`, with its 95 % interval.
    share: Share
    #: What became of it.
    state: AlertState
    #: When it was raised.
    raised_at: AwareDatetime
    #: Who has seen it.
    acknowledged_by: str | None = None
    #: When that was.
    acknowledged_at: AwareDatetime | None = None
