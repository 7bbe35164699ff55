"""Reasons: contacts of an agent or a team by topic, with those who came back and those who may leave."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from qa_service.domain.history import Horizon
from qa_service.domain.interaction import Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.swot import Came
from qa_service.store.contacts import Counted, known_of
from qa_service.store.repository import Repository, given
from qa_service.store.scopes import rows_within
from qa_service.store.tables import ContactRow, InteractionRow, RiskRow, core

_IT, _RISKS, _TOLD = core(ContactRow).c, core(RiskRow).c, core(InteractionRow).c
_KNOWN, _REPEATS = Counted._fields.index("repeat_known") - 1, Counted._fields.index("repeats") - 1


class Reasons(Repository):
    """Counts by topic."""

    def came(
        self, *, window: timedelta, horizon: Horizon, agent: str | None = None, but: str | None = None, team: str | None = None,
        but_team: str | None = None, since: datetime | None = None, until: datetime | None = None, purpose: Purpose = Purpose.LIVE,
        within: Scope | None = None,
    ) -> dict[str | None, Came]:
        """``since <= start < until``; ``but``, ``but_team``: of everybody but those. ``None`` gathers what is in no topic."""
        columns = known_of(window, horizon)
        sums = (sa.true(), columns[_KNOWN], columns[_REPEATS], sa.func.coalesce(_RISKS.churn, 0) > 0)
        where = given(
            (agent, _IT.agent_id.__eq__), (but, _IT.agent_id.__ne__), (team, _IT.team.__eq__), (but_team, _IT.team.__ne__),
            (since, _IT.started_at.__ge__), (until, _IT.started_at.__lt__),
        )
        told = sa.select(_TOLD.id).where(_TOLD.id == _IT.interaction_id, _TOLD.purpose == purpose.value).exists()
        mine = rows_within(within, interaction=_IT.interaction_id, agent=_IT.agent_id, team=_IT.team)
        chosen = (
            sa.select(_IT.topic, *(sa.func.sum(sa.case((one, 1), else_=0)) for one in sums))
            .join_from(core(ContactRow), core(RiskRow), _RISKS.interaction_id == _IT.interaction_id, isouter=True)
            .where(*where, told, *mine).group_by(_IT.topic)
        )
        return {topic: Came(*(int(one or 0) for one in counts)) for topic, *counts in self._session.connection().execute(chosen)}
