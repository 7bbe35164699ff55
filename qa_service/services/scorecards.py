"""Scorecards as read by people; :mod:`.review` changes them."""

from __future__ import annotations

from datetime import datetime

from qa_service.domain.interaction import Channel
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.store.pages import Page
from qa_service.store.session import Database


class ScorecardShelf:
    """Reads scorecards."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def list(
        self, *, status: Status | None = None, channel: Channel | None = None, agent: str | None = None, team: str | None = None,
        rubric: str | None = None, reviewer: str | None = None, min_score: float | None = None, max_score: float | None = None,
        undecided: bool | None = None, since: datetime | None = None, until: datetime | None = None, cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Scorecard]:
        """Those that count, the last made first; scores in percent, both bounds included; ``since <= contact < until``."""
        with self._database.reading() as unit:
            return unit.scorecards.list(
                status=status, channel=channel, agent=agent, team=team, rubric=rubric, reviewer=reviewer, min_score=min_score,
                max_score=max_score, undecided=undecided, since=since, until=until, cursor=cursor, limit=limit,
            )

    def get(self, scorecard: str) -> Scorecard:
        """One scorecard; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.scorecards.get(scorecard)
