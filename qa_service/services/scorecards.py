"""Scorecards as read by people; :mod:`.review` changes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from qa_service.domain.agent import FINISHED
from qa_service.domain.disclosure import veiled
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit


class ScorecardShelf:
    """Reads scorecards."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def list(
        self, *, status: Status | None = None, channel: Channel | None = None, agent: str | None = None, team: str | None = None,
        rubric: str | None = None, reviewer: str | None = None, min_score: float | None = None, max_score: float | None = None,
        undecided: bool | None = None, since: datetime | None = None, until: datetime | None = None, purpose: Purpose | None = None,
        within: Scope | None = None, reader: str | None = None, cursor: str | None = None, limit: int = 50,
    ) -> Page[Scorecard]:
        """Those that count, the last made first; scores in percent, both bounds included; ``since <= contact < until``. Filters by figures
        leave out what the ``reader`` must not know them of."""
        with self._database.reading() as unit:
            page = unit.scorecards.list(
                status=status, channel=channel, agent=agent, team=team, rubric=rubric, reviewer=reviewer, min_score=min_score,
                max_score=max_score, undecided=undecided, since=since, until=until, purpose=purpose, within=within, reader=reader,
                cursor=cursor, limit=limit,
            )
            return page.of(lambda cards: as_read(unit, cards))

    def get(self, scorecard: str, *, within: Scope | None = None) -> Scorecard:
        """One scorecard; raises :class:`NotFoundError`, for one outside ``within``, too."""
        with self._database.reading() as unit:
            (card,) = as_read(unit, [unit.scorecards.get(scorecard, within=within)])
            return card


def as_read(unit: Unit, cards: Sequence[Scorecard]) -> tuple[Scorecard, ...]:
    """Scorecards as they may be handed out: drafts beside one that is reviewed blindly are blind, too."""
    return veiled(cards, unit.scorecards.reviewed_blindly(card.interaction.id for card in cards if card.status not in FINISHED))
