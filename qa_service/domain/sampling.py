"""Sampling: the scorecards of a period that people review, each with the reasons and the probability that it was to be picked.

Every draw follows from the plan's seed (:mod:`qa_service.domain.draw`), so that a sample can be drawn again and does not depend on the
order in which candidates come. Candidates are walked through several times and never held: only what is picked is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from math import floor, sqrt
from typing import NamedTuple

from pydantic import Field

from qa_service.domain.allocation import allocate, rounded
from qa_service.domain.base import Record
from qa_service.domain.draw import Draw
from qa_service.domain.heap import Smallest
from qa_service.domain.pick_reason import PickCode, PickReason
from qa_service.domain.risk import WORDS, Risk, Told, strengths
from qa_service.domain.sampling_plan import QuotaRule, RandomRule, RiskRule, Rule, StratifiedRule

#: Name of a group: what its candidates have in common.
Group = tuple[tuple[str, str | None], ...]


class Candidate(NamedTuple):
    """A draft that may be picked, as bare as it can be: there are very many."""

    scorecard: str
    interaction: str
    rubric: str
    agent: str | None
    team: str | None
    channel: str
    language: str | None
    queue: str | None
    topic: str | None
    #: Whether a critical miss is suspected.
    critical: bool
    #: How unsure the machine is, 0 to 1.
    doubt: float
    told: Told


class Pick(NamedTuple):
    """A candidate that was picked."""

    candidate: Candidate
    why: tuple[PickReason, ...]
    #: That it was to be picked, over all seeds.
    probability: float

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why, in English."""
        return tuple(one.words for one in self.why)


class GroupFigures(Record):
    """What a group was due, and got."""

    #: What its scorecards have in common, by name; empty: all together.
    group: dict[str, str | None]
    eligible: int
    #: On average over all seeds.
    expected: float
    picked: int


class AgentFairness(Record):
    """Whether an agent is looked at as much as planned."""

    #: ``None``: the contacts whose agent nobody told.
    agent: str | None
    eligible: int
    picked: int
    #: Of the eligible.
    share: float = Field(ge=0, le=1)
    #: Picks that the plan means for the agent (by risk: as many as an even draw of the same size would give).
    expected: float
    #: Picked less expected.
    deviation: float
    #: ``fair``, ``over`` or ``under``: beyond one, and beyond what chance explains (two standard deviations of the draw).
    verdict: str


class Sample(Record):
    """What was picked of a period."""

    eligible: int
    picks: tuple[Pick, ...]
    groups: tuple[GroupFigures, ...]
    fairness: tuple[AgentFairness, ...]


def sample(rule: Rule, candidates: Iterable[Candidate], *, draw: Draw) -> Sample:
    """What the rule picks; ``candidates`` are walked through two or three times and must be the same each time, in whatever order."""
    if isinstance(rule, RiskRule):
        return _by_risk(rule, candidates, draw)
    return _by_groups(rule, candidates, draw)


def group_of(rule: RandomRule | StratifiedRule | QuotaRule, one: Candidate) -> Group:
    """What the rule tells it apart from others by."""
    if isinstance(rule, StratifiedRule):
        return tuple((name.value, getattr(one, name.value)) for name in rule.by)
    return () if isinstance(rule, RandomRule) and rule.per == "all" else (("agent", one.agent),)


def due(rule: RandomRule | StratifiedRule | QuotaRule, sizes: dict[Group, int]) -> dict[Group, Fraction]:
    """What each group is due."""
    if isinstance(rule, RandomRule):
        share = None if rule.share is None else Fraction(str(rule.share))
        return {group: Fraction(min(rule.n or 0, size)) if share is None else size * share for group, size in sizes.items()}
    even = isinstance(rule, QuotaRule) and rule.spread == "equal"
    minimum = rule.minimum
    if isinstance(rule, QuotaRule) and sizes:
        minimum = min(minimum, rule.n // len(sizes))
    return allocate(sizes, total=rule.n, weights=None if even else sizes, minimum=minimum)


def _by_groups(rule: RandomRule | StratifiedRule | QuotaRule, candidates: Iterable[Candidate], draw: Draw) -> Sample:
    cells = Counter((group_of(rule, one), one.agent) for one in candidates)
    sizes: Counter[Group] = Counter()
    for (group, _), count in cells.items():
        sizes[group] += count
    ordered = {group: sizes[group] for group in sorted(sizes, key=lambda group: draw.order(repr(group), use="round"))}
    expected = due(rule, ordered)
    counts = rounded(expected, start=draw.uniform("", use="round"))
    heaps: dict[Group, Smallest[Candidate]] = {group: Smallest(count) for group, count in counts.items()}
    for one in candidates:
        heaps[group_of(rule, one)].offer(draw.order(one.scorecard), one)
    picks = tuple(
        Pick(one, (_why(rule, group, counts[group], sizes[group]),), float(expected[group] / sizes[group]))
        for group in sorted(heaps, key=repr) for one in heaps[group].found
    )
    groups = tuple(
        GroupFigures(group=dict(group), eligible=sizes[group], expected=round(float(expected[group]), 6), picked=counts[group])
        for group in sorted(sizes, key=repr)
    )
    meant, spread = _meant(cells, sizes, expected, counts)
    return Sample(eligible=sizes.total(), picks=picks, groups=groups, fairness=_fairness(_agents(cells), picks, meant, spread))


def _by_risk(rule: RiskRule, candidates: Iterable[Candidate], draw: Draw) -> Sample:
    weights = rule.weighed
    agents: Counter[str | None] = Counter()
    risky = 0
    for one in candidates:
        agents[one.agent] += 1
        risky += _danger(one, weights) > 0
    eligible = agents.total()
    # Rounded half up, and at least one: a number that was drawn would be a second chance, which probabilities had to tell of.
    wanted = rule.n if rule.n is not None else max(1, floor(Fraction(str(rule.share)) * eligible + Fraction(1, 2)))
    top: Smallest[Candidate] = Smallest(min(wanted, risky))
    for one in candidates:
        if (danger := _danger(one, weights)) > 0:
            top.offer((-danger, draw.order(one.scorecard, use="tie")), one)
    chosen = {one.scorecard for one in top.found}
    rest = eligible - len(chosen)
    mean = Fraction(min(rule.random, rest)) if rule.random is not None else Fraction(str(rule.random_share)) * rest
    remainder: Smallest[Candidate] = Smallest(_one(mean, draw, "remainder"))
    cut = min((_danger(one, weights) for one in top.found), default=0.0)
    ties = 0
    for one in candidates:
        ties += bool(chosen) and _danger(one, weights) == cut
        if one.scorecard not in chosen:
            remainder.offer(draw.order(one.scorecard), one)
    even = float(mean / rest) if rest else 0.0
    places = sum(_danger(one, weights) == cut for one in top.found)
    tied = places / ties if ties else 0.0

    def probability(one: Candidate) -> float:
        danger = _danger(one, weights)
        if not chosen or danger < cut:
            return even
        return 1.0 if danger > cut else tied + (1 - tied) * even

    picks = tuple(Pick(one, _risks(one, weights), probability(one)) for one in top.found)
    drawn = len(remainder.found)
    why = (PickReason(code=PickCode.REMAINDER, words=f"random remainder: {drawn} of {rest}", n=drawn, of=rest),)
    picks += tuple(Pick(one, why, probability(one)) for one in remainder.found)
    share = len(picks) / eligible if eligible else 0.0
    groups = (
        GroupFigures(group={"by": "risk"}, eligible=eligible, expected=len(chosen), picked=len(chosen)),
        GroupFigures(group={"by": "random remainder"}, eligible=rest, expected=round(float(mean), 6), picked=len(remainder.found)),
    )
    meant = {agent: count * share for agent, count in agents.items()}
    spread = {agent: variance(count, eligible, len(picks)) for agent, count in agents.items()}
    return Sample(eligible=eligible, picks=picks, groups=groups, fairness=_fairness(agents, picks, meant, spread))


def danger(one: Candidate, weights: dict[Risk, float]) -> dict[Risk, float]:
    """What each risk of a candidate counts for: its weight times its strength."""
    told = strengths(critical=one.critical, doubt=one.doubt, told=one.told)
    return {risk: weights[risk] * strength for risk, strength in told.items() if weights[risk]}


def _danger(one: Candidate, weights: dict[Risk, float]) -> float:
    """The sum of these, without a word of it: asked several times for each of very many."""
    told = one.told
    return (
        weights[Risk.CRITICAL_MISS] * one.critical + weights[Risk.LOW_CONFIDENCE] * one.doubt
        + weights[Risk.COMPLAINT] * (told.complaint > 0) + weights[Risk.CHURN] * (told.churn > 0)
        + weights[Risk.ESCALATION] * (told.escalation > 0)
    )


def _risks(one: Candidate, weights: dict[Risk, float]) -> tuple[PickReason, ...]:
    counted = sorted(danger(one, weights).items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(
        PickReason(code=PickCode(risk.value), words=f"{WORDS[risk]} ({value:.2f})", weight=round(value, 6)) for risk, value in counted
    )


def _why(rule: RandomRule | StratifiedRule | QuotaRule, group: Group, count: int, size: int) -> PickReason:
    place = ", ".join(f"{name} {value if value is not None else 'unknown'}" for name, value in group)
    words = {"random": "drawn at random", "stratified": "drawn from its stratum", "quota": "drawn for the quota"}
    told = f"{words[rule.kind]}: {count} of {size}" + (f" ({place})" if place else "")
    return PickReason(code=PickCode(rule.kind), words=told, n=count, of=size, group=dict(group))


def _one(mean: Fraction, draw: Draw, use: str) -> int:
    return rounded({"": mean}, start=draw.uniform("", use=use))[""]


def _agents(cells: Counter[tuple[Group, str | None]]) -> Counter[str | None]:
    agents: Counter[str | None] = Counter()
    for (_, agent), count in cells.items():
        agents[agent] += count
    return agents


def _meant(
    cells: Counter[tuple[Group, str | None]], sizes: Counter[Group], expected: dict[Group, Fraction], counts: dict[Group, int]
) -> tuple[dict[str | None, float], dict[str | None, float]]:
    """Expected picks of each agent, and their variance as the groups' draws leave it to chance."""
    meant: dict[str | None, float] = {}
    spread: dict[str | None, float] = {}
    for (group, agent), count in cells.items():
        meant[agent] = meant.get(agent, 0.0) + float(expected[group] * count / sizes[group])
        spread[agent] = spread.get(agent, 0.0) + variance(count, sizes[group], counts[group])
    return meant, spread


def variance(own: int, size: int, drawn: int) -> float:
    """Of the hypergeometric distribution: how many of ``own`` are among ``drawn`` of ``size``."""
    if size < 2:
        return 0.0
    return drawn * (own / size) * (1 - own / size) * (size - drawn) / (size - 1)


def _fairness(
    agents: Counter[str | None], picks: Iterable[Pick], meant: dict[str | None, float], spread: dict[str | None, float]
) -> tuple[AgentFairness, ...]:
    picked = Counter(one.candidate.agent for one in picks)
    return tuple(
        fairness(agent, eligible=agents[agent], picked=picked[agent], expected=meant[agent], variance=spread[agent])
        for agent in sorted(agents, key=lambda agent: (agent is None, agent or ""))
    )


def fairness(agent: str | None, *, eligible: int, picked: int, expected: float, variance: float = 0.0) -> AgentFairness:
    """One row of the table."""
    deviation = round(picked - expected, 6)
    bound = max(1.0, 2 * sqrt(variance))
    verdict = "fair" if abs(deviation) <= bound else "over" if deviation > 0 else "under"
    return AgentFairness(
        agent=agent, eligible=eligible, picked=picked, share=round(picked / eligible, 6) if eligible else 0.0, expected=round(expected, 6),
        deviation=deviation, verdict=verdict,
    )
