"""A shown example: a place to learn from, as whoever may read the plan sees it."""

from __future__ import annotations

from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.coaching_plan import ExampleKind
from qa_service.domain.interaction import Channel


class ShownExample(Record):
    """A place of one's own with where to find it, or a colleague's as a bare quote: masked, and without the name."""

    #: Rubric of the priority that it belongs to.
    rubric: str
    #: Its criterion.
    criterion: str
    #: Whose it is, and what it shows.
    kind: ExampleKind
    #: How people answered there.
    answer: str
    #: What was said, masked; null where there is nothing to quote (what was missed is seldom said).
    quote: str | None = None
    #: Where it was said.
    channel: Channel
    #: Interaction to look at; null for a colleague's.
    interaction: str | None = None
    #: Its scorecard; null for a colleague's.
    scorecard: str | None = None
    #: When the contact took place; null for a colleague's.
    at: AwareDatetime | None = None
    #: Turn, from 0; null where that is not known, and for a colleague's.
    turn: int | None = None
    #: Where the quote starts in the recording, ms; null as the turn.
    start_ms: int | None = None
    #: Where it ends.
    end_ms: int | None = None
