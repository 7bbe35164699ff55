"""Levels: figures of many agents as a group: what lies behind them, and how much of each is luck (normal empirical Bayes)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from qa_service.domain.powered import Figure


class Level(NamedTuple):
    """A figure and the variance of its estimate."""

    value: float
    variance: float

    @property
    def deviation(self) -> float:
        """The root of the variance."""
        return math.sqrt(self.variance)


class Group(NamedTuple):
    """Mean and variance of the underlying rates of a group, and how many it is told from."""

    mean: float
    spread: float
    members: int

    def own(self, level: Level) -> float:
        """How much of a figure is the agent's own, 0 to 1; the rest is luck."""
        return self.spread / (self.spread + level.variance)

    def expected(self, level: Level) -> Level:
        """A level without its luck, and how far it may be off (Efron and Morris 1975)."""
        own = self.own(level)
        return Level(self.mean + own * (level.value - self.mean), own * level.variance)


def unit_of(figures: Sequence[Figure]) -> float:
    """Variance of one answer, as it is on average: with each agent's own, the high ones would seem surer than the low ones."""
    return math.fsum(map(own_unit, figures)) / len(figures)


def own_unit(one: Figure) -> float:
    """The same of one agent, with two successes and two failures added (Agresti and Coull 1998)."""
    assert one.value is not None
    share = (one.value * one.effective + 2) / (one.effective + 4)
    return share * (1 - share)


def level_of(one: Figure, unit: float) -> Level:
    """A figure with the variance that its number of answers leaves."""
    assert one.value is not None
    return Level(one.value, unit / one.effective)


def group_of(levels: Sequence[Level]) -> Group:
    """The group behind some levels, at least one."""
    spread = spread_of(levels)
    return Group(_mean(levels, spread), max(spread, 1e-9), len(levels))


def pooled(levels: Sequence[Level]) -> tuple[Level, float]:
    """Their mean with its variance, and the variance of what lies behind them."""
    spread = spread_of(levels)
    return Level(_mean(levels, spread), 1 / math.fsum(1 / (one.variance + spread) for one in levels)), spread


def spread_of(levels: Sequence[Level]) -> float:
    """Variance of what lies behind, by moments (DerSimonian and Laird 1986); 0 where the levels differ by no more than luck."""
    if len(levels) < 2:
        return 0.0
    weights = [1 / one.variance for one in levels]
    total = math.fsum(weights)
    centre = math.fsum(weight * one.value for weight, one in zip(weights, levels, strict=True)) / total
    scatter = math.fsum(weight * (one.value - centre) ** 2 for weight, one in zip(weights, levels, strict=True))
    return max(0.0, (scatter - (len(levels) - 1)) / (total - math.fsum(weight * weight for weight in weights) / total))


def _mean(levels: Sequence[Level], spread: float) -> float:
    weights = [1 / (one.variance + spread) for one in levels]
    return math.fsum(weight * one.value for weight, one in zip(weights, levels, strict=True)) / math.fsum(weights)
