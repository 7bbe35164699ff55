"""Places: where in finished scorecards a criterion was done or missed, with the quote, to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel, Purpose
from qa_service.store.consents import given_by
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.reviews import FINISHED
from qa_service.store.scorecard_rows import EVIDENCE
from qa_service.store.tables import AgentRow, ScorecardCriterionRow, ScorecardRow, core

_CARDS, _CRITERIA, _AGENTS = core(ScorecardRow).c, core(ScorecardCriterionRow).c, core(AgentRow).c
_BOTH = core(ScorecardRow).join(core(ScorecardCriterionRow), _CRITERIA.scorecard_id == _CARDS.id)
_FINISHED = tuple(status.value for status in FINISHED)
#: The person's own evidence, else the machine's where it said the same.
_SHOWN = sa.case(
    (_CRITERIA.answer_evidence != "[]", _CRITERIA.answer_evidence),
    (_CRITERIA.suggestion_answer == _CRITERIA.answer, _CRITERIA.suggestion_evidence), else_="[]",
)


class Place(Record):
    """One criterion of one finished scorecard that counts."""

    scorecard: str
    interaction: str
    channel: Channel
    #: When the contact took place.
    at: AwareDatetime
    #: Whose it is.
    agent: str | None
    #: The agent's name, if anybody told.
    name: str | None
    #: The person's answer.
    answer: str
    #: The most telling piece; ``None`` where there is nothing to quote.
    evidence: Evidence | None


class Places(Repository):
    """Places by scorecard and criterion: of live contacts, finished by people, not erased, and of no version that was replaced."""

    def of_agent(
        self, agent: str, *, rubric: str, criterion: str, answers: Iterable[str], since: datetime | None = None, limit: int = 1
    ) -> tuple[Place, ...]:
        """Of one agent with one of those answers, quoted ones first, surest and newest first."""
        where = (_CARDS.agent_id == agent, *_answered(rubric, criterion, answers, since))
        return self._found(*where, order=(sa.case((_SHOWN != "[]", 0), else_=1),), limit=limit)

    def of_colleagues(
        self, agent: str, *, among: Iterable[str] | None = None, rubric: str, criterion: str, answers: Iterable[str],
        language: str | None = None, since: datetime | None = None, limit: int = 1,
    ) -> tuple[Place, ...]:
        """Quoted places of others who agree to be shown at present (``among``: only of these); in that language first, surest and newest
        first."""
        same = sa.case((_CARDS.language == language, 0), else_=1)
        where = (_CARDS.agent_id != agent, given_by(_CARDS.agent_id), _SHOWN != "[]", *_answered(rubric, criterion, answers, since))
        pieces = [None] if among is None else [*chunks(sorted(among))]
        found = [
            place for some in pieces
            for place in self._found(*where, *given((some, _CARDS.agent_id.in_)), order=(same,), limit=limit)
        ]  # fmt: skip
        return tuple(found[:limit])

    def at(self, places: Iterable[tuple[str, str]], *, agreed: bool) -> Mapping[tuple[str, str], Place]:
        """Those that still stand, by scorecard and criterion; ``agreed``: only of agents who agree to be shown at present."""
        wanted = set(places)
        found: dict[tuple[str, str], Place] = {}
        for cards in chunks(sorted({card for card, _ in wanted})):
            where = (_CARDS.id.in_(cards), *((given_by(_CARDS.agent_id),) if agreed else ()))
            for criterion in sorted({one for card, one in wanted if card in cards}):
                some = self._found(*where, _CRITERIA.criterion_id == criterion, order=(), limit=len(cards))
                found.update(((one.scorecard, criterion), one) for one in some if (one.scorecard, criterion) in wanted)
        return found

    def language_of(self, agent: str) -> str | None:
        """The language of most of an agent's finished contacts."""
        mine = (_CARDS.agent_id == agent, _CARDS.language.is_not(None), _CARDS.is_latest, _CARDS.status.in_(_FINISHED))
        counted = sa.select(_CARDS.language).where(*mine)
        ranked = counted.group_by(_CARDS.language).order_by(sa.func.count().desc(), _CARDS.language).limit(1)
        return self._session.scalar(ranked)

    def _found(self, *where: sa.ColumnElement[bool], order: tuple[sa.ColumnElement[Any], ...], limit: int) -> tuple[Place, ...]:
        named = _BOTH.outerjoin(core(AgentRow), _AGENTS.id == _CARDS.agent_id)
        chosen = sa.select(
            _CARDS.id, _CARDS.interaction_id, _CARDS.channel, _CARDS.happened_at, _CARDS.agent_id, _AGENTS.name, _CRITERIA.answer,
            _SHOWN.label("shown"),
        ).select_from(named).where(*where, *_COUNTED)
        surest = sa.func.coalesce(_CRITERIA.suggestion_confidence, 0).desc()
        rows = self._session.execute(chosen.order_by(*order, surest, _CARDS.happened_at.desc(), _CARDS.id).limit(limit))
        return tuple(
            Place(
                scorecard=row.id, interaction=row.interaction_id, channel=Channel(row.channel), at=row.happened_at, agent=row.agent_id,
                name=row.name, answer=row.answer, evidence=next(iter(EVIDENCE.validate_json(row.shown)), None),
            )
            for row in rows
        )


_COUNTED = (
    _CARDS.is_latest, _CARDS.status.in_(_FINISHED), ~_CARDS.automatic, ~_CARDS.erased, _CARDS.purpose == Purpose.LIVE.value,
    _CRITERIA.answer.is_not(None),
)


def _answered(rubric: str, criterion: str, answers: Iterable[str], since: datetime | None) -> tuple[sa.ColumnElement[bool], ...]:
    told = (_CARDS.rubric_id == rubric, _CRITERIA.criterion_id == criterion, _CRITERIA.answer.in_(sorted(answers)))
    return (*told, *given((since, _CARDS.happened_at.__ge__)))
