"""Strata: moments by contacts that are alike (channel, queue, reason, language), for comparing agents who get different contacts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from qa_service.domain.case_mix import Stratum
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.moments import Item, Moments
from qa_service.domain.permission import Scope
from qa_service.domain.topic import OTHER
from qa_service.store.facts import Facts, facts_within, of_rubric, of_teams
from qa_service.store.moment_sums import as_moments, of_outcomes
from qa_service.store.repository import Repository, given
from qa_service.store.tables import ContactRow, FactRow, ScorecardRow, core
from qa_service.store.topics import TopicSets

_FACTS, _CARDS, _CONTACTS = core(FactRow).c, core(ScorecardRow).c, core(ContactRow).c
_BOTH = (
    core(FactRow).outerjoin(core(ScorecardRow), _CARDS.id == _FACTS.scorecard_id)
    .outerjoin(core(ContactRow), _CONTACTS.interaction_id == _CARDS.interaction_id)
)  # fmt: skip


class Strata(Repository):
    """Facts by stratum; reasons are those of the topics in force, as people have merged them."""

    def of(
        self, *, agents: Iterable[str] | None = None, team: str | None = None, since: datetime | None = None,
        until: datetime | None = None, channel: Channel | None = None, rubric: str | None = None,
        purpose: Purpose | None = Purpose.LIVE, within: Scope | None = None,
    ) -> dict[Item, dict[Stratum, Moments]]:
        """Moments by item and stratum, of contacts with ``since <= contact < until``; a million of them take some ten seconds, an agent's a
        few milliseconds. Sums over strata are those of :meth:`qa_service.store.rollups.Rollups.exact`."""
        where = given(
            (channel, _FACTS.channel.__eq__), (purpose, _FACTS.purpose.__eq__), (team, lambda one: of_teams(_FACTS, [one])),
            (rubric, of_rubric(_FACTS)), (agents, lambda some: _FACTS.agent_id.in_(sorted(set(some)))), (since, _FACTS.happened_at.__ge__),
            (until, _FACTS.happened_at.__lt__),
        )
        topics = TopicSets(self._session).active()
        merged = {} if topics is None else topics.counted
        version = None if topics is None else topics.version
        columns = (_FACTS.form, _FACTS.channel, _FACTS.queue, _FACTS.language, _CONTACTS.topic_version, _CONTACTS.topic, _FACTS.weight)
        chosen = sa.select(*columns, _FACTS.outcomes).select_from(_BOTH).where(*where, *facts_within(within))
        groups: dict[tuple[int, Stratum], tuple[list[bytes], list[float]]] = {}
        for form, place, queue, language, told, topic, weight, outcomes in self._session.execute(chosen.order_by(_FACTS.scorecard_id)):
            reason = None if told is None or told != version else OTHER if topic is None else merged.get(topic, topic)
            packed, weights = groups.setdefault((form, Stratum(Channel(place), queue, reason, language)), ([], []))
            packed.append(outcomes)
            weights.append(weight)
        return self._summed(groups)

    def _summed(self, groups: dict[tuple[int, Stratum], Any]) -> dict[Item, dict[Stratum, Moments]]:
        forms = Facts(self._session).forms()
        found: dict[Item, dict[Stratum, Moments]] = {}
        for (form, stratum), (packed, weights) in groups.items():
            sums = as_moments(of_outcomes(packed, weights, len(forms[form])).sum(axis=0))
            for item, moments in zip(forms[form], sums, strict=True):
                strata = found.setdefault(item, {})
                strata[stratum] = strata[stratum].plus(moments) if stratum in strata else moments
        return found
