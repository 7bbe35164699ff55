"""Severity of reviewers in everyday work, where nobody got the same interactions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.domain.scoring import score
from qa_service.domain.severity import SeverityReport
from qa_service.statistics.severity import Scored, severity
from qa_service.store.pages import MOST
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Most scorecards that are compared: the last made.
MOST_CARDS = 10_000


class SeverityDesk:
    """Who is lenient, who severe."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def compare(
        self, *, rubric: str | None = None, team: str | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> SeverityReport:
        """Reviewers by their scores before critical misses take effect, each scorecard as it was first finalised; ``since <= contact <
        until``. Adjusted for the interaction where several scored it, for what the machine's suggestions alone would have given, and for
        rubric, language and team."""
        with self._database.reading() as unit:
            cards = [
                card
                for status in (Status.FINAL, Status.DISPUTED)
                for card in _cards(unit, status, rubric=rubric, team=team, since=since, until=until)
                if card.version == 1 and not card.automatic and card.reviewer is not None and card.raw_score is not None
            ][:MOST_CARDS]
            teams = {
                name: one.interaction.agent.team or "" if one.interaction.agent is not None else ""
                for name, one in unit.interactions.some({card.interaction.id for card in cards}).items()
            }
            forms = lru_cache(maxsize=64)(unit.rubrics.by_fingerprint)
            scores = [_scored(card, forms(card.rubric.fingerprint), teams[card.interaction.id]) for card in cards]
        return severity(scores)


def _scored(card: Scorecard, form: Rubric, team: str) -> Scored:
    assert card.raw_score is not None
    suggested = tuple(one.model_copy(update={"answer": None, "answered": None}) for one in card.criteria)
    machine = score(card.model_copy(update={"criteria": suggested}), form).raw_score
    return Scored(
        str(card.reviewer), f"{card.interaction.id} {card.rubric.id}", card.raw_score / 1000, None if machine is None else machine / 1000,
        {"rubric": card.rubric.id, "language": card.interaction.language or "", "team": team},
    )


def _cards(
    unit: Unit, status: Status, *, rubric: str | None, team: str | None, since: datetime | None, until: datetime | None
) -> Iterator[Scorecard]:
    cursor: str | None = None
    for _ in range(MOST_CARDS // MOST):
        page = unit.scorecards.list(
            status=status, rubric=rubric, team=team, since=since, until=until, counted=None, cursor=cursor, limit=MOST
        )
        yield from page.items
        cursor = page.next
        if cursor is None:
            return
