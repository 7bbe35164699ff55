"""Finals: scores that people gave, with what each contact was like, for figures that are adjusted for it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from qa_service.domain.case_mix import Stratum
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.permission import Scope
from qa_service.store.newest import newest
from qa_service.store.repository import Repository
from qa_service.store.reviews import FINISHED
from qa_service.store.scopes import scorecards_within
from qa_service.store.tables import ContactRow, FactRow, ScorecardRow, core

_CARDS, _FACTS, _CONTACTS = core(ScorecardRow).c, core(FactRow).c, core(ContactRow).c


class Final(NamedTuple):
    """One scorecard that people finished and that has a score."""

    agent: str | None
    rubric: str
    stratum: Stratum
    interaction: str
    #: Who gave it.
    reviewer: str | None
    #: Share of all points, 0 to 1.
    score: float
    #: Contacts that it stands for.
    weight: float


class Finals(Repository):
    """Scores by scorecard."""

    def of(
        self, agent: str, *, since: datetime | None = None, until: datetime | None = None, purpose: Purpose = Purpose.LIVE,
        within: Scope | None = None, most: int = 1000,
    ) -> list[Final]:
        """Of one agent, the newest ``most``, newest first."""
        shape = _Shape(True, False, since is not None, until is not None, purpose, within)
        return self._some(shape, {"agent": agent, "since": since, "until": until, "most": most})

    def of_others(
        self, agent: str, *, team: str | None, since: datetime | None = None, until: datetime | None = None,
        purpose: Purpose = Purpose.LIVE, most: int = 500,
    ) -> list[Final]:
        """Of everybody else of the team, or (``None``) of the house, the newest ``most``, newest first."""
        shape = _Shape(False, team is not None, since is not None, until is not None, purpose, None)
        return self._some(shape, {"agent": agent, "team": team, "since": since, "until": until, "most": most})

    def _some(self, shape: _Shape, told: dict[str, Any]) -> list[Final]:
        found = self._session.connection().execute(_chosen(shape), told).all()
        return [
            Final(agent, rubric, Stratum(Channel(channel), queue, topic, language), interaction, reviewer, score / 100_000, weight)
            for agent, rubric, channel, queue, topic, language, interaction, reviewer, score, weight in found
        ]


class _Shape(NamedTuple):
    """What makes one statement differ from another."""

    mine: bool
    team: bool
    since: bool
    until: bool
    purpose: Purpose
    within: Scope | None


@lru_cache(maxsize=256)
def _chosen(shape: _Shape) -> sa.Select[Any]:
    """Kept, since putting it together takes longer than running it."""
    who = _CARDS.agent_id == sa.bindparam("agent") if shape.mine else _CARDS.agent_id != sa.bindparam("agent")
    where = (
        who, *((_CARDS.team == sa.bindparam("team"),) if shape.team else ()),
        *((_CARDS.happened_at >= sa.bindparam("since"),) if shape.since else ()),
        *((_CARDS.happened_at < sa.bindparam("until"),) if shape.until else ()), *scorecards_within(shape.within),
        ~_CARDS.automatic, _CARDS.is_latest, _CARDS.score.is_not(None), _CARDS.purpose == shape.purpose.value,
    )
    columns = (
        _CARDS.id, _CARDS.agent_id, _CARDS.rubric_id, _CARDS.interaction_id, _CARDS.channel, _CARDS.reviewer, _CARDS.score,
        _CARDS.happened_at,
    )
    cards = newest(columns, where, FINISHED, most=sa.bindparam("most"))
    return (
        sa.select(
            cards.c.agent_id, cards.c.rubric_id, cards.c.channel, _FACTS.queue, _CONTACTS.topic, _FACTS.language,
            cards.c.interaction_id, cards.c.reviewer, cards.c.score, sa.func.coalesce(_FACTS.weight, 1.0),
        )
        .join_from(cards, core(FactRow), _FACTS.scorecard_id == cards.c.id, isouter=True)
        .join(core(ContactRow), _CONTACTS.interaction_id == cards.c.interaction_id, isouter=True)
        .order_by(cards.c.happened_at.desc(), cards.c.id)
    )
