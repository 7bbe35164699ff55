"""Shrinkage: small samples drawn towards the group's mean, as far as the group is alike (empirical Bayes).

Agents' underlying rates are taken to be spread normally around the group's mean, and each figure around its agent's rate with the variance
``p (1 - p) / effective`` (normal-normal: Efron and Morris 1975; Morris 1983). How much the agents differ is not known either. It is
averaged over on a grid by the restricted likelihood: one best guess (DerSimonian and Laird 1986, Paule and Mandel 1982) is 0 for many a
small team, and intervals from it are too narrow. The prior lies between the one that is flat in the standard deviation (Gelman 2006) and
the one that is flat in the variance (Morris and Tang 2011), whose intervals held the truth a little too seldom and too often in
simulations, and fades out beyond a standard deviation of 15 points. The interval is that of the beta distribution with the same mean and
variance, by Wilson's formula.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from operator import mul
from typing import NamedTuple, Protocol, TypeVar

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import score_interval
from qa_service.domain.powered import Figure

_Name = TypeVar("_Name", bound=Hashable)

#: Standard deviations of agents' rates that are looked at; denser where they are small.
_NODES = tuple(0.4 * (step / 24) ** 2 for step in range(25))
_SQUARES = tuple(node * node for node in _NODES)
#: Beyond it standard deviations of agents' rates under one form become unlikely.
_USUAL = 0.15
#: Logarithms of the prior at the nodes, each of which stands for the distance between its neighbours.
_PRIOR = tuple(2 * math.log(max(step, 0.25)) - node * node / (2 * _USUAL * _USUAL) for step, node in enumerate(_NODES))
#: Nodes less likely than the likeliest by this factor, as a logarithm, do not count.
_LEAST_LOG = 12.0
#: Nobody's rate is taken to be nearer to 1 (or 0): no figure is without doubt.
_MOST = 1 - 1e-6


class Shrunk(Record):
    """One agent's figure, drawn towards the group's mean as far as it is unsure."""

    #: As it was found.
    figure: Figure
    #: Drawn towards the group, 0 to 1; ``None`` where the agent has no figure.
    value: float | None
    #: Its 95 % interval, with the uncertainty of how far to draw; ``None`` as the value.
    low: float | None
    #: Upper bound.
    high: float | None
    #: How much of it is the agent's own, 0 to 1; the rest is the group's.
    own: float = Field(ge=0, le=1)
    #: The group's mean, 0 to 1; ``None`` where nobody else has a figure, so that nothing is drawn anywhere.
    group: float | None
    #: Standard deviation of the agents' underlying rates, 0 to 1.
    spread: float
    #: Agents with a figure.
    agents: int


class Estimated(Protocol):
    """A figure, or what one is built on."""

    @property
    def value(self) -> float | None:
        """0 to 1."""

    @property
    def effective(self) -> float:
        """Answers that would tell as much."""


class Known(NamedTuple):
    """A figure as the model takes it."""

    value: float
    variance: float


class Group(NamedTuple):
    """What figures tell of the group that they are of, averaged over what its spread may be."""

    agents: int
    mean: float
    #: Of the mean.
    variance: float
    #: Standard deviation of the underlying rates.
    spread: float
    #: Weight, standard deviation, mean, and variance of the mean: of each spread that counts.
    nodes: tuple[tuple[float, float, float, float], ...]


def shrunk(figures: Mapping[_Name, Figure]) -> Mapping[_Name, Shrunk]:
    """Each agent's figure drawn towards the group's mean, in the order given; where fewer than two have one, as it is."""
    some = {agent: one for agent, one in figures.items() if one.value is not None}
    if len(some) < 2:
        return {agent: _alone(one, len(some)) for agent, one in figures.items()}
    known = dict(zip(some, knowns(list(some.values())), strict=True))
    group = Sums.of(list(known.values())).group
    return {
        agent: _drawn(one, known[agent], group, len(some)) if agent in known else _alone(one, len(some)) for agent, one in figures.items()
    }


def knowns(figures: Sequence[Estimated]) -> list[Known]:
    """The figures, all with a value, with their sampling variances; ``figures`` is not empty.

    All have the variance of a rate at the centre: each at its own value would give weight to those who happened to meet everything, and
    draw the mean up (simulated: by two points with 10 to 60 answers at .97).
    """
    answers = math.fsum(one.effective for one in figures)
    # All of a group at 1 (or 0): as far from it as half an answer more would be.
    most = 1 - 0.5 / (1 + answers)
    centre = min(most, max(1 - most, math.fsum(_value(one) * one.effective for one in figures) / answers))
    return [Known(_value(one), centre * (1 - centre) / one.effective) for one in figures]


class Sums(NamedTuple):
    """What the mean and the spread of a group are worked out from, for each spread that may be."""

    agents: int
    #: Sums of the weights, of them times the value, times its square, and of the logarithms of the weights.
    rows: tuple[tuple[float, float, float, float], ...]

    @classmethod
    def of(cls, some: Sequence[Known]) -> Sums:
        """Of these figures."""
        values, variances = [one.value for one in some], [one.variance for one in some]
        rows = []
        for square in _SQUARES:
            weights = [1 / (variance + square) for variance in variances]
            firsts = list(map(mul, weights, values))
            rows.append((sum(weights), sum(firsts), sum(map(mul, firsts, values)), sum(map(math.log, weights))))
        return cls(len(some), tuple(rows))

    def less(self, one: Known) -> Sums:
        """Without one of them."""
        rows = []
        for square, (whole, first, second, logs) in zip(_SQUARES, self.rows, strict=True):
            weight = 1 / (one.variance + square)
            rows.append((whole - weight, first - weight * one.value, second - weight * one.value**2, logs - math.log(weight)))
        return Sums(self.agents - 1, tuple(rows))

    @property
    def group(self) -> Group:
        """Mean and spread of the rates behind the figures, of which there is at least one."""
        rows = []
        for step, (whole, first, second, logs) in enumerate(self.rows):
            mean = first / whole
            log = 0.5 * (logs - math.log(whole) - max(0.0, second - mean * first)) + _PRIOR[step]
            rows.append((log, _NODES[step], mean, 1 / whole))
        best = max(row[0] for row in rows)
        likely = [(math.exp(log - best), *rest) for log, *rest in rows if log > best - _LEAST_LOG]
        total = sum([row[0] for row in likely])
        nodes = tuple((weight / total, spread, mean, variance) for weight, spread, mean, variance in likely)
        middle = sum([weight * mean for weight, _, mean, _ in nodes])
        variance = sum([weight * (variance + (mean - middle) ** 2) for weight, _, mean, variance in nodes])
        return Group(self.agents, middle, variance, sum([weight * spread for weight, spread, _, _ in nodes]), nodes)


def beta_bounds(mean: float, variance: float) -> tuple[float, float]:
    """About the 2.5 % and 97.5 % quantiles of the beta distribution with this mean and variance: Wilson's bounds are close to those of
    Jeffreys' posterior, which has half an answer more on each side (Brown, Cai and DasGupta 2001)."""
    size = max(1.5, mean * (1 - mean) / max(variance, 1e-12) - 1)
    share = min(1.0, max(0.0, (mean * size - 0.5) / (size - 1)))
    low, high = score_interval(share, size - 1)
    return min(low, mean), max(high, mean)


def _drawn(found: Figure, known: Known, group: Group, agents: int) -> Shrunk:
    value, _, _ = _posterior(known, group)
    # Now that about where the agent lies is known, with the variance of a rate there.
    value, square, own = _posterior(Known(known.value, value * (1 - value) / found.effective), group)
    low, high = beta_bounds(value, square)
    return Shrunk(
        figure=found, value=value, low=low, high=high, own=min(1.0, own), group=min(1.0, max(0.0, group.mean)), spread=group.spread,
        agents=agents,
    )


def _posterior(known: Known, group: Group) -> tuple[float, float, float]:
    """Mean, variance, and how much of it is the agent's own."""
    value = own = square = 0.0
    for weight, spread, mean, variance in group.nodes:
        part = spread * spread / (spread * spread + known.variance)
        at = part * known.value + (1 - part) * mean
        value, own = value + weight * at, own + weight * part
        square += weight * (part * known.variance + (1 - part) ** 2 * variance + at * at)
    kept = min(_MOST, max(1 - _MOST, value))
    return kept, max(0.0, square - value * value), own


def _alone(found: Figure, agents: int) -> Shrunk:
    return Shrunk(
        figure=found, value=found.value, low=found.low, high=found.high, own=float(found.value is not None), group=None, spread=0.0,
        agents=agents,
    )


def _value(found: Estimated) -> float:
    return 0.0 if found.value is None else found.value
