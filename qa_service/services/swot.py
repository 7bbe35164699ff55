"""SWOT of agents and teams."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from qa_service.domain.interaction import Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.profile import CriterionStanding, Peers, SkillStanding, Span
from qa_service.domain.remark import worded
from qa_service.domain.standing import Standing
from qa_service.domain.swot import ByTopic, Came, Swot, inside, outside, remarks
from qa_service.services.profiles import Profiles
from qa_service.services.teams import Teams
from qa_service.settings import Settings
from qa_service.store.session import Database
from qa_service.store.unit import Unit


class Swots:
    """What to build on and what to look out for."""

    def __init__(self, *, database: Database, profiles: Profiles, teams: Teams, settings: Settings) -> None:
        self._database = database
        self._profiles = profiles
        self._teams = teams
        self._window = timedelta(days=settings.repeat_days)

    def agent(
        self, agent: str, *, since: datetime | None = None, until: datetime | None = None, purpose: Purpose = Purpose.LIVE,
        within: Scope | None = None, reader: str | None = None,
    ) -> Swot:
        """Of an agent, beside others of the same team, or of the house where there are too few; ``reader``, and raises, as
        :meth:`Profiles.profile`."""
        told = self._profiles.profile(agent, since=since, until=until, purpose=purpose, within=within, reader=reader)
        return self._swot(
            agent, told.period, told.past, told.peers, told.criteria, told.skills, purpose=purpose, within=within, mine={"agent": agent},
            others={"but": agent, "team": told.peers.team},
        )

    def team(
        self, team: str, *, since: datetime | None = None, until: datetime | None = None, purpose: Purpose = Purpose.LIVE,
        within: Scope | None = None, reader: str | None = None,
    ) -> Swot:
        """Of a team, beside all others; ``reader``, and raises, as :meth:`Teams.profile`."""
        told = self._teams.profile(team, since=since, until=until, purpose=purpose, within=within, reader=reader)
        return self._swot(
            team, told.period, told.past, told.peers, told.criteria, told.skills, purpose=purpose, within=within, mine={"team": team},
            others={"but_team": team},
        )

    def _swot(
        self, subject: str, period: Span, past: Span | None, peers: Peers, criteria: tuple[CriterionStanding, ...],
        skills: tuple[SkillStanding, ...], *, purpose: Purpose, within: Scope | None, mine: Mapping[str, Any], others: Mapping[str, Any],
    ) -> Swot:
        with self._database.reading() as unit:
            titles, under = _topics(unit)
            now = self._came(unit, period, under, purpose=purpose, within=within, **mine)
            before = None if past is None else self._came(unit, past, under, purpose=purpose, within=within, **mine)
            beside = self._came(unit, period, under, purpose=purpose, **others)
        found = remarks(now, beside, before, titles)
        good, bad = outside(now, beside, before, titles=titles)
        return Swot(
            subject=subject, period=period, peers=peers, strengths=inside(criteria, skills, Standing.STRENGTH),
            weaknesses=inside(criteria, skills, Standing.WEAKNESS), opportunities=good, threats=bad,
            notes=worded(found), remarks=found,
        )

    def _came(self, unit: Unit, span: Span, under: Mapping[str, str], **chosen: Any) -> ByTopic:
        """Contacts by topic, those of topics counted under another with that."""
        horizon = unit.contacts.horizon()
        if horizon is None:
            return {}
        found: dict[str | None, Came] = {}
        counted = unit.reasons.came(window=self._window, horizon=horizon, since=span.since, until=span.until, **chosen)
        for topic, one in counted.items():
            place = None if topic is None else under.get(topic)
            found[place] = found.get(place, Came()).plus(one)
        return found


def _topics(unit: Unit) -> tuple[dict[str, str], Mapping[str, str]]:
    """What topics are called, and under which each is counted; nothing before the first build."""
    found = unit.topics.active()
    if found is None:
        return {}, {}
    counted = found.counted
    return {one.id: one.called for one in found.topics if counted[one.id] == one.id}, counted
