"""Recognition: who stands out in a month, by a rule that is fair to sample size and opportunity, with its working for every candidate.

Totals are adjusted for what kind of contacts one had (indirect standardisation by form, and so by channel: observed less expected), and
drawn towards the group as far as so few reviewed contacts are luck. What decides is neither the mean, which a small sample wins by luck,
nor a lower bound, which it never wins: it is the probability of being the best of all who could win. Improvement is counted from what the
three months before lead one to expect, their luck taken out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import Z95
from qa_service.domain.levels import Level, group_of, level_of, pooled, unit_of
from qa_service.domain.moments import Moments
from qa_service.domain.powered import Figure, figure

#: Reviewed contacts of the month (and, for improvement, of the months before) that it takes to be a candidate.
LEAST_REVIEWED = 10
#: Months that an improvement is counted from.
PAST_MONTHS = 3
#: Whoever is the best with this part of the leader's probability or more shares the award.
TIED = 0.75
#: More than this are no award but a good team.
MOST_SHARING = 3
#: The leader is the best this many times likelier than by an even chance, or with :data:`LIKELY` where that is less.
ABOVE_CHANCE, LIKELY = 2.0, 0.6
#: Probability of having improved at all that the award for improvement takes.
SURE = 0.9
_STEPS, _REACH = 240, 6.0


class Ineligible(StrEnum):
    """Why somebody cannot win."""

    #: Fewer than :data:`LEAST_REVIEWED` reviewed contacts.
    TOO_FEW = "too_few"
    #: A critical miss that a person confirmed.
    CRITICAL_MISS = "critical_miss"
    #: Not here any more.
    LEFT = "left"


class NoAward(StrEnum):
    """Why there is no award."""

    #: Nobody was eligible.
    NOBODY_ELIGIBLE = "nobody_eligible"
    #: One alone: there is nobody to compare with.
    ALONE = "alone"
    #: Nobody stands out.
    TOO_CLOSE = "too_close"


class Contestant(NamedTuple):
    """Somebody who took contacts in the month."""

    agent: str
    #: Total of the month, by form.
    now: Mapping[str, Moments]
    #: The same of the months before.
    past: Mapping[str, Moments]
    #: Reviewed contacts with a critical miss that a person confirmed; those whose scorecard is in dispute are told apart.
    critical: int = 0
    disputed: int = 0
    #: Whether they are still here.
    here: bool = True


class Prospect(Record):
    """One prize, one candidate; figures 0 to 1."""

    #: Drawn towards the group; of the improvement: of the change.
    value: float
    #: Its 95 % interval.
    low: float
    #: Upper bound.
    high: float
    #: Probability of being the best of all who could win.
    best: float = Field(ge=0, le=1)


class Showing(Record):
    """The working for one candidate."""

    #: The agent; null where the reader is not told who it is.
    agent: str | None
    #: Reviewed contacts of the month.
    reviewed: int = Field(ge=0)
    #: All scored contacts of the month.
    contacts: int = Field(ge=0)
    #: Mean share of the points as observed, 0 to 1; null without any.
    observed: float | None = None
    #: What everybody together reached on such contacts; null without any.
    expected: float | None = None
    #: Observed less expected, plus the mean of all: adjusted for the kind of contacts.
    adjusted: float | None = None
    #: Reviewed contacts of the months before.
    reviewed_before: int = Field(default=0, ge=0)
    #: Reviewed contacts with a confirmed critical miss.
    critical: int = 0
    #: Those whose critical miss is in dispute: not counted as confirmed.
    disputed: int = 0
    #: Why they cannot win; empty: they can.
    reasons: tuple[Ineligible, ...] = ()
    #: In the contest of the month; null for who cannot win.
    month: Prospect | None = None
    #: In the contest of improvement; null for who cannot win, or has too little past.
    improvement: Prospect | None = None


class Award(Record):
    """One prize."""

    #: Who won, one or up to three who cannot be told apart; empty: nobody.
    winners: tuple[str, ...] = ()
    #: Candidates who could win.
    eligible: int = Field(ge=0)
    #: Probability that the leader is the best; null without two candidates.
    best: float | None = None
    #: The same by an even chance.
    even: float | None = None
    #: Why nobody won.
    untold: NoAward | None = None


class Recognition(Record):
    """Both prizes of a month."""

    #: ``2026-11``.
    month: str
    #: Of one team; null: of the whole house.
    team: str | None = None
    #: Agent of the month, against peers.
    best: Award
    #: Most improved, against the own past.
    improved: Award
    #: Most likely best first, then who could not win.
    showings: tuple[Showing, ...] = ()


class Announcement(Record):
    """A recognition as it was announced: its working stays as it was then."""

    #: Id.
    id: str
    #: What was worked out.
    recognition: Recognition
    #: User id of the lead who announced it.
    by: str
    #: When.
    at: AwareDatetime
    #: What was said.
    words: str | None = None


def recognise(month: str, contestants: Iterable[Contestant], *, team: str | None = None) -> Recognition:
    """Work a month out; nothing is drawn by lot."""
    people = sorted(contestants, key=lambda one: one.agent)
    rates, rates_before = _rates([one.now for one in people]), _rates([one.past for one in people])
    shown = {one.agent: _showing(one, rates) for one in people}
    able = {one.agent: one for one in people if not shown[one.agent].reasons}
    month_won, standings = _month(shown, able)
    improved, changes = _improvement(shown, able, rates, rates_before)
    made = [one.model_copy(update={"month": standings.get(name), "improvement": changes.get(name)}) for name, one in shown.items()]
    made.sort(key=lambda one: (one.month is None, -(one.month.best if one.month else 0), one.agent))
    return Recognition(month=month, team=team, best=month_won, improved=improved, showings=tuple(made))


def contest(levels: Mapping[str, Level]) -> Mapping[str, Prospect]:
    """Everybody drawn towards the group, with the probability of being the best; ``levels``: at least one."""
    group = group_of(list(levels.values()))
    drawn = {name: group.expected(one) for name, one in levels.items()}
    chances = _chances(list(drawn.values()))
    return {
        name: Prospect(
            value=round(one.value, 4), low=round(one.value - Z95 * one.deviation, 4), high=round(one.value + Z95 * one.deviation, 4),
            best=round(chance, 4),
        )
        for (name, one), chance in zip(drawn.items(), chances, strict=True)
    }


def award(standings: Mapping[str, Prospect]) -> Award:
    """Who won: the likeliest, and whoever is nearly as likely; nobody where the likeliest hardly is."""
    if len(standings) < 2:
        return Award(eligible=len(standings), untold=NoAward.ALONE if standings else NoAward.NOBODY_ELIGIBLE)
    ranked = sorted(standings, key=lambda name: (-standings[name].best, name))
    leader, even = standings[ranked[0]].best, 1 / len(standings)
    tied = tuple(name for name in ranked if standings[name].best >= TIED * leader)
    # Those who share it are told from the rest by what they have together.
    together = sum(standings[name].best for name in tied)
    close = len(tied) > MOST_SHARING or together < min(ABOVE_CHANCE * even * len(tied), LIKELY)
    told = {"eligible": len(standings), "best": leader, "even": round(even, 4)}
    return Award(**told, untold=NoAward.TOO_CLOSE) if close else Award(**told, winners=tied)


def _month(shown: Mapping[str, Showing], able: Mapping[str, Contestant]) -> tuple[Award, Mapping[str, Prospect]]:
    totals = {name: figure(_sum(one.now)) for name, one in able.items()}
    if not totals:
        return award({}), {}
    unit = unit_of(list(totals.values()))
    levels = {name: _moved(level_of(one, unit), shown[name].adjusted) for name, one in totals.items()}
    standings = contest(levels)
    return award(standings), standings


def _improvement(
    shown: Mapping[str, Showing], able: Mapping[str, Contestant], rates: Mapping[str, float], rates_before: Mapping[str, float]
) -> tuple[Award, Mapping[str, Prospect]]:
    pairs = {name: (figure(_sum(one.past)), figure(_sum(one.now))) for name, one in able.items() if _reviewed(one.past) >= LEAST_REVIEWED}
    if len(pairs) < 2:
        return award({}) if not pairs else Award(eligible=1, untold=NoAward.ALONE), {}
    unit_before, unit = unit_of([one for one, _ in pairs.values()]), unit_of([one for _, one in pairs.values()])
    firsts = {
        name: _moved(level_of(one, unit_before), _adjusted(one, able[name].past, rates_before)) for name, (one, _) in pairs.items()
    }
    group = group_of(list(firsts.values()))
    gaps = {}
    for name, (_, last) in pairs.items():
        expected, now = group.expected(firsts[name]), _moved(level_of(last, unit), shown[name].adjusted)
        gaps[name] = Level(now.value - expected.value, now.variance + expected.variance)
    drift, _ = pooled(list(gaps.values()))
    standings = contest(gaps)
    made = award(standings)
    sure = [name for name in made.winners if _above(standings[name], max(0.0, drift.value)) >= SURE]
    if made.winners and len(sure) < len(made.winners):
        return made.model_copy(update={"winners": (), "untold": NoAward.TOO_CLOSE}), standings
    return made, standings


def _above(one: Prospect, bound: float) -> float:
    deviation = (one.high - one.low) / 2 / Z95
    if deviation <= 0:
        return float(one.value > bound)
    return 0.5 * math.erfc((bound - one.value) / deviation / math.sqrt(2))


def _showing(one: Contestant, rates: Mapping[str, float]) -> Showing:
    total = _sum(one.now)
    found = figure(total)
    reviewed = round(total.people)
    reasons = (
        (reviewed < LEAST_REVIEWED or found.value is None, Ineligible.TOO_FEW), (one.critical > 0, Ineligible.CRITICAL_MISS),
        (not one.here, Ineligible.LEFT),
    )
    expected, adjusted = _expected(one.now, rates), _adjusted(found, one.now, rates)
    return Showing(
        agent=one.agent, reviewed=reviewed, contacts=round(total.all), observed=_rounded(found.value), expected=_rounded(expected),
        adjusted=_rounded(adjusted), reviewed_before=_reviewed(one.past), critical=one.critical, disputed=one.disputed,
        reasons=tuple(reason for holds, reason in reasons if holds),
    )


def _rates(everyone: Sequence[Mapping[str, Moments]]) -> dict[str, float]:
    """What everybody together reached, by form; the mean over all under the empty name."""
    sums: dict[str, Moments] = {}
    for one in everyone:
        for form, moments in one.items():
            for name in (form, ""):
                sums[name] = sums.get(name, Moments()).plus(moments)
    return {form: moments.wu / moments.wa for form, moments in sums.items() if moments.wa > 0}


def _expected(forms: Mapping[str, Moments], rates: Mapping[str, float]) -> float | None:
    """What everybody together would have reached on the same kinds of contacts."""
    asked = math.fsum(one.wa for one in forms.values())
    return math.fsum(one.wa * rates.get(form, 0.0) for form, one in forms.items()) / asked if asked > 0 else None


def _adjusted(found: Figure, forms: Mapping[str, Moments], rates: Mapping[str, float]) -> float | None:
    expected = _expected(forms, rates)
    return None if found.value is None or expected is None else found.value - expected + rates[""]


def _moved(level: Level, value: float | None) -> Level:
    return level if value is None else Level(value, level.variance)


def _sum(forms: Mapping[str, Moments]) -> Moments:
    total = Moments()
    for one in forms.values():
        total = total.plus(one)
    return total


def _reviewed(forms: Mapping[str, Moments]) -> int:
    return round(_sum(forms).people)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _chances(levels: Sequence[Level]) -> list[float]:
    """Probability of each of independent normal variables to be the greatest, by integration; equal ones share it."""
    deviations = [max(one.deviation, 1e-6) for one in levels]
    low = max(one.value - _REACH * deviation for one, deviation in zip(levels, deviations, strict=True))
    high = max(one.value + _REACH * deviation for one, deviation in zip(levels, deviations, strict=True))
    found = [0.0] * len(levels)
    for step in range(_STEPS + 1):
        point = low + (high - low) * step / _STEPS
        scaled = [(point - one.value) / deviation for one, deviation in zip(levels, deviations, strict=True)]
        below = [max(0.5 * math.erfc(-z / math.sqrt(2)), 1e-300) for z in scaled]
        together = math.fsum(map(math.log, below))
        for place, (z, own) in enumerate(zip(scaled, below, strict=True)):
            found[place] += math.exp(-z * z / 2 + together - math.log(own)) / deviations[place]
    total = math.fsum(found)
    return [one / total for one in found] if total > 0 else [1 / len(levels)] * len(levels)


def seen_by(found: Recognition, known: frozenset[str] | None) -> Recognition:
    """As a reader sees it who is told these names (``None``: all) and those of the winners; figures of everybody else bear none."""
    if known is None:
        return found
    named = known.union(found.best.winners, found.improved.winners)
    showings = tuple(one if one.agent in named else one.model_copy(update={"agent": None}) for one in found.showings)
    return found.model_copy(update={"showings": showings})
