"""Playlist: the places to listen to, best and worst of each criterion, with the way to the recording."""

from __future__ import annotations

from pydantic import AwareDatetime, computed_field

from qa_service.domain.base import Record
from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel

#: Played before the words, since a quote without its beginning is hard to follow.
LEAD_IN_MS = 2_000
#: Where clients find what is stored.
_ROOT = "/v1"


class Clip(Record):
    """A place to listen to or to read."""

    #: Interaction and scorecard it is from.
    interaction: str
    #: The scorecard.
    scorecard: str
    #: Its channel.
    channel: Channel
    #: When the contact took place.
    at: AwareDatetime
    #: The answer it led to.
    answer: str
    #: Share of the points that the answer earned, 0 to 1.
    earned: float
    #: The quote with its turn and its times; ``None`` for an answer that nothing can be quoted for (what was not said).
    evidence: Evidence | None = None
    #: Whether there is a recording.
    recorded: bool = False

    @computed_field  # type: ignore[prop-decorator]
    @property
    def audio(self) -> str | None:
        """Where to listen, from two seconds before the words to their end (W3C Media Fragments: seconds); null without a recording."""
        if not self.recorded:
            return None
        piece = self.evidence
        times = "" if piece is None or piece.start_ms is None else f"#t={max(0, piece.start_ms - LEAD_IN_MS) / 1000:g}"
        end = "" if not times or piece is None or piece.end_ms is None else f",{piece.end_ms / 1000:g}"
        return f"{_ROOT}/interactions/{self.interaction}/audio{times}{end}"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def card(self) -> str:
        """Where the whole scorecard is."""
        return f"{_ROOT}/scorecards/{self.scorecard}"


class Playlist(Record):
    """The best and the worst places of one criterion, the most telling first."""

    #: Where it went best.
    best: tuple[Clip, ...] = ()
    #: Where it went worst.
    worst: tuple[Clip, ...] = ()
