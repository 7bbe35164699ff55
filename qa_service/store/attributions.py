"""Attributions: which agent an interaction, and all that was made of it and is not finished, is put down to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from qa_service.domain.base import Record
from qa_service.domain.interaction import AgentRef
from qa_service.errors import NotFoundError
from qa_service.store.readings import Readings
from qa_service.store.repository import Repository
from qa_service.store.reviews import FINISHED
from qa_service.store.search import SearchIndex
from qa_service.store.tables import (
    CallDetailRow,
    ContactRow,
    InteractionRow,
    PromiseRow,
    QueueItemRow,
    Row,
    ScorecardRow,
    SurveyAnswerRow,
    core,
)

_CARDS = core(ScorecardRow).c
#: Tables whose rows follow their interaction, whatever their state; a test holds them to be all.
FOLLOW: tuple[type[Row], ...] = (CallDetailRow, ContactRow, PromiseRow, QueueItemRow, SurveyAnswerRow)
_FINISHED = tuple(status.value for status in FINISHED)


class Moved(Record):
    """What followed from a correction."""

    #: Whose it was before.
    before: AgentRef | None
    #: Scorecards that nobody had finished: they are about the right agent now.
    drafts: tuple[str, ...]
    #: Finished ones that count: they stay as they are, for versions to be made of them.
    finals: tuple[str, ...]


class Attributions(Repository):
    """Corrects whose an interaction is."""

    def move(self, interaction: str, agent: AgentRef | None) -> Moved:
        """Put it down to an agent who is stored, with the team as told; ``None``: to nobody. Raises :class:`NotFoundError`."""
        row = self._first(InteractionRow, core(InteractionRow).c.id == interaction)
        if row is None:
            raise NotFoundError(f"no interaction {interaction!r}", field="interaction")
        before = None if row.agent_id is None else AgentRef(id=row.agent_id, name=row.agent_name, team=row.agent_team)
        who, team, name = (None, None, None) if agent is None else (agent.id, agent.team, agent.name)
        told = {"agent_id": who, "agent_name": name, "agent_team": team}
        self._update(InteractionRow, core(InteractionRow).c.id == interaction, values=told)
        drafts = self._scorecards(interaction, ~_CARDS.status.in_(_FINISHED))
        Readings(self._session).move(interaction, who, team)
        SearchIndex(self._session).move(interaction, agent=who, team=team)
        for table in FOLLOW:
            self._update(table, core(table).c.interaction_id == interaction, values={"agent_id": who, "team": team})
        self._update(ScorecardRow, _CARDS.id.in_(drafts), values={"agent_id": who, "team": team})
        return Moved(before=before, drafts=drafts, finals=self._scorecards(interaction, _CARDS.status.in_(_FINISHED), _CARDS.is_latest))

    def _scorecards(self, interaction: str, *where: sa.ColumnElement[bool]) -> tuple[str, ...]:
        chosen = sa.select(_CARDS.id).where(_CARDS.interaction_id == interaction, *where).order_by(_CARDS.id)
        found: Sequence[Any] = self._session.scalars(chosen).all()
        return tuple(found)
