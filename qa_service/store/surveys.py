"""Surveys: what customers answered after their contacts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.call_detail import CustomerFacts
from qa_service.domain.interaction import AgentRef, Channel, CustomerRef
from qa_service.domain.permission import Scope
from qa_service.domain.survey_answer import SurveyAnswer
from qa_service.errors import NotFoundError
from qa_service.store.imports import Imported, TakenRow
from qa_service.store.repository import given
from qa_service.store.scopes import figures_within
from qa_service.store.tables import SurveyAnswerRow, core

_IT = core(SurveyAnswerRow).c
#: Rows read from the database at once.
_PIECE = 1000
_PLAIN = ("language", "csat", "csat_scale", "nps", "ease", "ease_scale", "resolved", "comment")
_FACTS = tuple(CustomerFacts.model_fields)


class StoredSurveyAnswer(Record):
    """The answers of one customer, and where they are from."""

    answer: SurveyAnswer
    #: The interaction that they are about, once that is known here.
    interaction: str | None
    #: SHA-256 of what was told.
    content_sha256: str
    #: The import that it came with last.
    import_id: str
    #: Line there.
    line: int
    imported_at: AwareDatetime


class Surveys(Imported):
    """Survey answers by id."""

    def save_many(self, rows: Sequence[StoredSurveyAnswer]) -> tuple[TakenRow, ...]:
        """Take them in, in order; the same again changes nothing, another row of the same id takes the place of the old one."""
        return self._take(SurveyAnswerRow, [_values(one) for one in rows])

    def get(self, identifier: str, *, within: Scope | None = None) -> StoredSurveyAnswer:
        """One; raises :class:`NotFoundError`, for one out of reach, too."""
        row = self._first(SurveyAnswerRow, _IT.id == identifier, *_within(within))
        if row is None:
            raise NotFoundError(f"no survey answer {identifier!r}", field="survey")
        return _stored(row)

    def iterate(
        self, *, since: datetime | None = None, until: datetime | None = None, agent: str | None = None, team: str | None = None,
        channel: Channel | None = None, queue: str | None = None, customer: str | None = None, linked: bool | None = None,
        within: Scope | None = None,
    ) -> Iterator[StoredSurveyAnswer]:
        """Answers in order of time, ``since <= answered < until``; read piece by piece, in bounded memory.

        ``linked``: those whose interaction is known here, or those without. What customers answered in the header of an interaction (its
        ``survey``) is not among them: :meth:`qa_service.store.indicators.Indicators` counts both, each contact once.
        """
        where = given(
            (since, _IT.answered_at.__ge__), (until, _IT.answered_at.__lt__), (agent, _IT.agent_id.__eq__), (team, _IT.team.__eq__),
            (channel, _IT.channel.__eq__), (queue, _IT.queue.__eq__), (customer, _IT.customer_id.__eq__),
            (linked, lambda yes: _IT.interaction_id.is_not(None) if yes else _IT.interaction_id.is_(None)),
        )
        chosen = sa.select(core(SurveyAnswerRow)).where(*where, *_within(within)).order_by(_IT.answered_at, _IT.id)
        yield from map(_stored, self._session.execute(chosen, execution_options={"yield_per": _PIECE}))

    def adopt(self, interactions: Sequence[str]) -> int:
        """Link answers that came before their interaction, by its id; how many there were."""
        return self._adopt(SurveyAnswerRow, interactions)

    def apart_of(self, customer: str) -> int:
        """How many of a customer are of contacts that are no interactions here."""
        mine = (_IT.customer_id == customer, _IT.interaction_id.is_(None))
        return int(self._session.scalar(sa.select(sa.func.count()).select_from(core(SurveyAnswerRow)).where(*mine)) or 0)

    def forget_customer(self, customer: str) -> int:
        """Forget whose answers they were, and what they wrote; the figures stay.

        Only of contacts that are no interactions here: the others go with theirs, which may be held. How many there were.
        """
        values = {"customer_id": None, "comment": None}
        return self._update(SurveyAnswerRow, _IT.customer_id == customer, _IT.interaction_id.is_(None), values=values)


def _within(scope: Scope | None) -> tuple[sa.ColumnElement[bool], ...]:
    return figures_within(scope, agent=_IT.agent_id, team=_IT.team)


def _values(one: StoredSurveyAnswer) -> dict[str, Any]:
    it = one.answer
    return {
        "id": it.id, "contact_id": it.contact, "interaction_id": one.interaction, "channel": it.channel and it.channel.value,
        "answered_at": it.answered_at, "agent_id": it.agent and it.agent.id, "team": it.agent and it.agent.team, "queue": it.queue,
        "customer_id": it.customer and it.customer.id, **{name: getattr(it, name) for name in _PLAIN},
        **{name: getattr(it.facts, name) for name in _FACTS},
        "content_sha256": one.content_sha256, "import_id": one.import_id, "line": one.line, "imported_at": one.imported_at,
    }


def _stored(row: Any) -> StoredSurveyAnswer:
    answer = SurveyAnswer(
        id=row.id, contact=row.contact_id, channel=Channel(row.channel) if row.channel else None, answered_at=row.answered_at,
        agent=AgentRef(id=row.agent_id, team=row.team) if row.agent_id else None, queue=row.queue,
        customer=CustomerRef(id=row.customer_id) if row.customer_id else None, **{name: getattr(row, name) for name in _PLAIN},
        facts=CustomerFacts(**{name: getattr(row, name) for name in _FACTS}),
    )
    return StoredSurveyAnswer(
        answer=answer, interaction=row.interaction_id, content_sha256=row.content_sha256, import_id=row.import_id, line=row.line,
        imported_at=row.imported_at,
    )
