"""Adjusting: total scores as they would be with everybody's contacts, and with everybody's reviewers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from qa_service.domain.case_mix import Adjusted, Stratum, adjusted, without_reviewers
from qa_service.domain.interaction import Purpose
from qa_service.domain.moments import Moments
from qa_service.domain.permission import Scope
from qa_service.domain.powered import Figure
from qa_service.domain.severity import ReviewerEffect
from qa_service.statistics.severity import Scored, severity
from qa_service.store.finals import Final
from qa_service.store.unit import Unit


class Both(NamedTuple):
    """A total adjusted in two ways."""

    case_mix: Adjusted
    reviewers: Adjusted


def adjust(
    unit: Unit, agent: str, *, team: str | None, since: datetime | None, until: datetime | None, purpose: Purpose, within: Scope | None,
    figures: Mapping[str, Figure], reader: str | None = None,
) -> dict[str, Both]:
    """By rubric, from the newest scores (1000 of the agent, 500 of the peers: of the ``team``, or (``None``) of the house), without what
    the ``reader`` is to answer blind."""
    blind = frozenset[str]() if reader is None else unit.calibrations.answering(reader)
    mine = [one for one in unit.finals.of(agent, since=since, until=until, purpose=purpose, within=within) if one.interaction not in blind]
    others = unit.finals.of_others(agent, team=team, since=since, until=until, purpose=purpose) if mine else []
    others = [one for one in others if one.interaction not in blind]
    effects = _effects([*mine, *others])
    return {rubric: _both(rubric, found, mine, others, effects) for rubric, found in figures.items()}


def _both(rubric: str, found: Figure, mine: Sequence[Final], others: Sequence[Final], effects: Iterable[ReviewerEffect]) -> Both:
    own = [one for one in mine if one.rubric == rubric]
    everyone = [*own, *(one for one in others if one.rubric == rubric)]
    finals = Counter(one.reviewer for one in own if one.reviewer is not None)
    return Both(
        case_mix=adjusted(_strata(own), _strata(everyone)),
        reviewers=without_reviewers(found, effects=effects, finals={who: float(count) for who, count in finals.items()}),
    )


def _effects(finals: Sequence[Final]) -> tuple[ReviewerEffect, ...]:
    """How lenient or severe those are who gave the scores; nothing with one reviewer."""
    if len({one.reviewer for one in finals}) < 2:
        return ()
    return severity([_scored(one) for one in finals if one.reviewer is not None]).effects


def _scored(one: Final) -> Scored:
    mix = {"rubric": one.rubric, "language": one.stratum.language or "", "reason": one.stratum.reason or ""}
    return Scored(str(one.reviewer), f"{one.interaction} {one.rubric}", one.score * 100, None, mix)


def _strata(finals: Iterable[Final]) -> dict[Stratum, Moments]:
    groups: dict[Stratum, list[tuple[float, float]]] = {}
    for one in finals:
        groups.setdefault(one.stratum, []).append((one.score, one.weight))
    return {stratum: _moments(some) for stratum, some in groups.items()}


def _moments(some: Sequence[tuple[float, float]]) -> Moments:
    """Sums over scores with their weights, all of them by people; summed here, since one by one takes ten times as long."""
    n = float(len(some))
    u, uu = math.fsum(score for score, _ in some), math.fsum(score * score for score, _ in some)
    w, wu = math.fsum(weight for _, weight in some), math.fsum(weight * score for score, weight in some)
    ww, wwu = math.fsum(weight * weight for _, weight in some), math.fsum(weight * weight * score for score, weight in some)
    wwuu = math.fsum((weight * score) ** 2 for score, weight in some)
    return Moments(all=n, people=n, a=n, u=u, uu=uu, w=w, wa=w, wu=wu, ww=ww, wwa=ww, wwu=wwu, wwuu=wwuu)
