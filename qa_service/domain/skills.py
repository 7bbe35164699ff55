"""Skills: what the criteria of one skill tell together, however much they go together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist

from qa_service.domain.comparison import LEAST_ANSWERS, MATTERS, Comparison, Reason
from qa_service.domain.estimation import Z95
from qa_service.domain.false_discovery import adjusted
from qa_service.domain.profile import SkillStanding, Versus
from qa_service.domain.rubric import Skill
from qa_service.domain.standing import Standing

#: More reviews than this are no answer to "how many more?".
_MOST_MORE = 1000
_LEVEL = 0.05


def skills(compared: Iterable[tuple[Skill, Comparison]]) -> tuple[SkillStanding, ...]:
    """One for each skill, in the order of :class:`Skill`, from the criteria of each against the peers.

    Effects are weighed by people's answers. Answers of one scorecard go together, nobody knows how far, so that the widths of the intervals
    are added up, each side for itself, as if they went together wholly: none claims too much (the triangle inequality for standard
    deviations). False discoveries are controlled over the skills (Benjamini and Hochberg 1995); one with fewer than :data:`LEAST_ANSWERS`
    answers to every criterion is not looked at.
    """
    by_skill: dict[Skill, list[Comparison]] = {}
    for skill, one in compared:
        by_skill.setdefault(skill, []).append(one)
    found = {skill: _together(by_skill[skill]) for skill in Skill if skill in by_skill}
    chances = {skill: _chance(one) for skill, one in found.items() if one.effect is not None and _answers(by_skill[skill]) >= LEAST_ANSWERS}
    qs = dict(zip(chances, adjusted(tuple(chances.values())), strict=True))
    return tuple(_told(skill, by_skill[skill], one, qs) for skill, one in found.items())


def _answers(some: Sequence[Comparison]) -> int:
    return max((one.figure.n for one in some), default=0)


def _together(some: Sequence[Comparison]) -> Versus:
    known = [one for one in some if one.effect is not None and one.low is not None and one.high is not None and one.figure.n]
    whole = sum(one.figure.n for one in known)
    if not whole:
        return Versus.trusted(
            other=None, others=0, effect=None, low=None, high=None, q=None, standing=Standing.CANNOT_TELL, more=None,
            reason=Reason.NO_PEERS if any(one.figure.n for one in some) else Reason.NO_OPPORTUNITY,
        )
    effect, other, low, high = (
        math.fsum(one.figure.n * part for one, part in zip(known, parts, strict=True)) / whole
        for parts in (
            [one.effect or 0.0 for one in known], [one.other or 0.0 for one in known], [one.low or 0.0 for one in known],
            [one.high or 0.0 for one in known],
        )
    )
    return Versus.trusted(
        other=other, others=max(one.peers for one in known), effect=effect, low=low, high=high,
        q=None, standing=Standing.CANNOT_TELL, reason=Reason.NO_DIFFERENCE_SEEN, more=None,
    )


def _chance(one: Versus) -> float:
    effect, half = one.effect or 0.0, _half(one)
    if half <= 0:
        return 1.0 if effect == 0 else 0.0
    return 2 * (1 - NormalDist().cdf(abs(effect) * Z95 / half))


def _half(one: Versus) -> float:
    """Width of the interval on the side of no difference."""
    effect, low, high = one.effect or 0.0, one.low or 0.0, one.high or 0.0
    return effect - low if effect > 0 else high - effect


def _told(skill: Skill, some: Sequence[Comparison], one: Versus, qs: Mapping[Skill, float]) -> SkillStanding:
    answered = [each for each in some if each.figure.value is not None and each.figure.n]
    whole = sum(each.figure.n for each in answered)
    value = math.fsum(each.figure.n * (each.figure.value or 0.0) for each in answered) / whole if whole else None
    return SkillStanding.trusted(
        skill=skill, criteria=tuple(f"{each.item.rubric}.{each.item.id}" for each in some), value=value,
        n=_answers(some), peers=_judged(one, qs.get(skill), _answers(some)),
    )


def _judged(one: Versus, q: float | None, n: int) -> Versus:
    if one.effect is None or one.low is None or one.high is None:
        return one
    if q is None:
        return one.model_copy(update={"reason": Reason.TOO_FEW, "more": LEAST_ANSWERS - n})
    if q <= _LEVEL and abs(one.effect) >= MATTERS:
        standing = Standing.STRENGTH if one.effect > 0 else Standing.WEAKNESS
        return one.model_copy(update={"q": q, "standing": standing, "reason": None})
    small = max(abs(one.low), abs(one.high)) < MATTERS or (q <= _LEVEL and abs(one.effect) < MATTERS)
    return one.model_copy(update={"q": q, "reason": Reason.TOO_SMALL if small else Reason.NO_DIFFERENCE_SEEN, "more": _more(one, n)})


def _more(one: Versus, n: int) -> int | None:
    """Reviews until an interval of the same effect would leave out zero: widths shrink with the root of their number."""
    if one.effect is None or abs(one.effect) < MATTERS or one.low is None or one.high is None:
        return None
    more = math.ceil(n * ((_half(one) / abs(one.effect)) ** 2 - 1))
    return max(1, more) if more <= _MOST_MORE else None
