"""Filters of a search as conditions on interactions of the index, within the reader's reach, telling nothing that they must not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSON

from qa_service.domain.permission import Scope
from qa_service.domain.scorecard import thousandths
from qa_service.domain.search import AnswerIs, Bound, Facet, Filters, Relation
from qa_service.store.calibrations import to_answer
from qa_service.store.scopes import open_to_figures, rows_within, scorecards_within
from qa_service.store.search_words import INDEXED, facet
from qa_service.store.tables import (
    ContactRow,
    InteractionRow,
    ScorecardCriterionRow,
    ScorecardRow,
    SearchInteractionRow,
    SearchSignalRow,
    core,
)

_IT, _INTERACTIONS, _CONTACTS = core(SearchInteractionRow).c, core(InteractionRow).c, core(ContactRow).c
_CARDS, _CRITERIA, _SIGNALS = core(ScorecardRow).c, core(ScorecardCriterionRow).c, core(SearchSignalRow).c
_COLUMNS = {
    Facet.CHANNEL: _IT.channel, Facet.LANGUAGE: _IT.language, Facet.AGENT: _IT.agent_id, Facet.TEAM: _IT.team, Facet.QUEUE: _IT.queue,
}  # fmt: skip
_in_force = sa.func.coalesce(_CRITERIA.answer, _CRITERIA.suggestion_answer, "undecided")
Conditions = tuple[sa.ColumnElement[bool], ...]


class Asked(NamedTuple):
    """What a search asks besides its words, and for whom."""

    filters: Filters
    #: Whose interactions.
    within: Scope | None = None
    #: Who reads: nothing is told of what they are to answer blind.
    reader: str | None = None
    #: Version of the topics in force, and those of them that are asked for (``None``: far from all of them).
    topics: tuple[int, Sequence[str | None]] | None = None
    #: Whether all that the one agent in reach may see is theirs by the index, too.
    own: bool = False


class Facets(NamedTuple):
    """Facets as words of the index."""

    #: One of each group.
    wanted: tuple[tuple[str, ...], ...]
    unwanted: tuple[str, ...]


def facets(asked: Asked) -> Facets:
    """What of it the index of words can tell."""
    choices = [one for one in asked.filters.choices if one.facet in INDEXED]
    wanted = [tuple(facet(one.facet, value) for value in one.values) for one in choices if not one.negated]
    unwanted = [facet(one.facet, value) for one in choices if one.negated for value in one.values]
    scope = asked.within
    if scope is not None and scope.teams is not None:
        # Where nobody told the team, that of now counts, which the index does not know.
        wanted.append((*(facet(Facet.TEAM, team) for team in sorted(scope.teams)), facet(Facet.TEAM, None)))
    if scope is not None and scope.agent is not None and asked.own:
        wanted.append((facet(Facet.AGENT, scope.agent),))
    return Facets(tuple(wanted), tuple(unwanted))


def columns(asked: Asked) -> Conditions:
    """The same as conditions on the table of interactions, for a search without words."""
    found: list[sa.ColumnElement[bool]] = []
    for one in asked.filters.choices:
        column = _COLUMNS.get(one.facet)
        if column is not None:
            found.append((column.not_in(one.values) | column.is_(None)) if one.negated else column.in_(one.values))
    return tuple(found)


def conditions(asked: Asked, *, dialect: str) -> Conditions:
    """What has to be looked up for an interaction of the index."""
    filters = asked.filters
    found = list(rows_within(asked.within, interaction=_IT.interaction_id, agent=_IT.agent_id, team=_IT.team))
    purpose, topic = filters.choice(Facet.PURPOSE), filters.choice(Facet.TOPIC)
    if purpose is not None:
        meant = sa.select(_INTERACTIONS.id).where(_INTERACTIONS.id == _IT.interaction_id, _INTERACTIONS.purpose.in_(purpose.values))
        found.append(~meant.exists() if purpose.negated else meant.exists())
    if topic is not None and asked.topics is not None:
        found.append(_about(asked.topics, negated=topic.negated))
    found += [_measured(one, dialect) for one in filters.bounds if one.signal is not None]
    scores = [one for one in filters.bounds if one.signal is None]
    if scores or filters.critical is not None:
        missed = given_critical(filters.critical)
        bounds = (_compared(_CARDS.score, one.relation, thousandths(one.value)) for one in scores)
        found.append(_cards(asked).where(*bounds, *missed).exists())
    found += [_answered(asked, one).exists() for one in filters.answers]
    return tuple(found)


def given_critical(critical: bool | None) -> Conditions:
    """Scorecards with a critical miss, without, or all."""
    if critical is None:
        return ()
    return (_CARDS.critical_misses != "[]",) if critical else (_CARDS.critical_misses == "[]",)


def _about(topics: tuple[int, Sequence[str | None]], *, negated: bool) -> sa.ColumnElement[bool]:
    version, names = topics
    named = [one for one in names if one is not None]
    meant = _CONTACTS.topic.in_(named) | (_CONTACTS.topic.is_(None) if None in names else sa.false())
    chosen = sa.select(_CONTACTS.interaction_id).where(
        _CONTACTS.interaction_id == _IT.interaction_id, _CONTACTS.topic_version == version, ~meant if negated else meant
    )
    return chosen.exists()


def _measured(bound: Bound, dialect: str) -> sa.ColumnElement[bool]:
    value = signal_value(str(bound.signal), dialect)
    # The value of one interaction, so that no database looks at those of all.
    told = sa.select(value).where(_SIGNALS.interaction_id == _IT.interaction_id).scalar_subquery()
    return _compared(told, bound.relation, bound.value)


def signal_value(signal: str, dialect: str) -> sa.ColumnElement[Any]:
    """The value of a signal in the table of those; NULL where it was not measured."""
    if dialect == "sqlite":
        return sa.func.json_extract(_SIGNALS.data, f'$."{signal}"')
    return sa.cast(sa.cast(_SIGNALS.data, JSON).op("->>")(signal), sa.Float)


def _cards(asked: Asked) -> sa.Select[Any]:
    """Scorecards that count and whose figures this reader may know."""
    unread = () if asked.reader is None else (_CARDS.interaction_id.not_in(to_answer(asked.reader)),)
    told = (_CARDS.interaction_id == _IT.interaction_id, _CARDS.is_latest, open_to_figures())
    return sa.select(_CARDS.id).where(*told, *unread, *scorecards_within(asked.within))


def _answered(asked: Asked, one: AnswerIs) -> sa.Select[Any]:
    meant = _in_force != one.answer if one.negated else _in_force == one.answer
    section = () if one.section is None else (_CRITERIA.section_id == one.section,)
    criterion = sa.select(_CRITERIA.scorecard_id).where(
        _CRITERIA.scorecard_id == _CARDS.id, _CRITERIA.criterion_id == one.criterion, meant, *section
    )
    return _cards(asked).where(criterion.exists())


def _compared(value: sa.ColumnElement[Any], relation: Relation, bound: float) -> sa.ColumnElement[bool]:
    return {
        Relation.LESS: value < bound, Relation.MOST: value <= bound, Relation.MORE: value > bound, Relation.LEAST: value >= bound,
        Relation.EQUAL: value == bound,
    }[relation]
