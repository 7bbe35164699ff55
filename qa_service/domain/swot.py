"""SWOT: strengths and weaknesses from what people answered, opportunities and threats from why customers come and how they leave."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import StrEnum
from statistics import NormalDist
from typing import NamedTuple

from pydantic import Field

from qa_service.domain.agent import TARGET
from qa_service.domain.base import Record
from qa_service.domain.estimation import wilson
from qa_service.domain.false_discovery import adjusted
from qa_service.domain.profile import CriterionStanding, Peers, SkillStanding, Span, Versus
from qa_service.domain.remark import Remark, RemarkCode
from qa_service.domain.standing import Standing

#: Fewer contacts on either side are compared with nothing.
LEAST = 10
_LEVEL = 0.05


class Origin(StrEnum):
    """Where an entry is from."""

    #: Final scorecards: one criterion.
    CRITERION = "criterion"
    #: Final scorecards: the criteria of one skill.
    SKILL = "skill"
    #: How often customers come for one reason (topics).
    VOLUME = "volume"
    #: Customers who came back for the same reason, or say so (linked contacts).
    REPEAT = "repeat"
    #: Customers who leave or say that they may (signal ``churn.customer``).
    CHURN = "churn"


class Beside(StrEnum):
    """What the other number is of."""

    PEERS = "peers"
    PAST = "past"
    #: The share that is expected of everyone.
    TARGET = "target"


class SwotEntry(Record):
    """One line of it."""

    #: Where it is from.
    origin: Origin
    #: ``rubric.criterion``, skill, or id of the topic; ``None``: all contacts together.
    about: str | None
    #: What people call the topic; ``None`` for what is no topic.
    title: str | None
    #: What the other number is of.
    beside: Beside
    #: Share, 0 to 1, and how many answers or contacts it is of.
    value: float
    #: Answers or contacts that it is of.
    n: int = Field(ge=0)
    #: The same of the others, or of the past; ``None`` where nothing is compared.
    other: float | None
    #: Contacts that is of; peers for criteria and skills.
    other_n: int
    #: The value less the other, with its 95 % interval.
    effect: float | None
    #: Lower bound.
    low: float | None
    #: Upper bound.
    high: float | None
    #: Chance of such a difference where there is none, after false discovery control; ``None`` against a target.
    q: float | None


class Swot(Record):
    """What to build on and what to look out for; only what the numbers carry."""

    #: Agent id or name of the team.
    subject: str
    #: The period that it is of.
    period: Span
    #: Who the others are.
    peers: Peers
    #: By people's answers.
    strengths: tuple[SwotEntry, ...]
    #: As the strengths; what harms most first.
    weaknesses: tuple[SwotEntry, ...]
    #: From contacts.
    opportunities: tuple[SwotEntry, ...]
    #: From contacts.
    threats: tuple[SwotEntry, ...]
    #: What was looked at without telling anything, and why.
    notes: tuple[str, ...] = ()
    #: The same as codes with values.
    remarks: tuple[Remark, ...] = ()


class Came(NamedTuple):
    """Contacts counted."""

    contacts: int = 0
    #: Those of which it is known whether they are repeats, and the repeats.
    repeat_known: int = 0
    repeats: int = 0
    #: Those in which the customer may leave.
    churn: int = 0

    def plus(self, other: Came) -> Came:
        """Both together."""
        return Came(*(one + another for one, another in zip(self, other, strict=True)))


#: Contacts by topic; ``None``: far from every topic, or no reason told.
ByTopic = Mapping[str | None, Came]


class _Test(NamedTuple):
    origin: Origin
    about: str | None
    beside: Beside
    hits: int
    n: int
    other_hits: int
    other_n: int


def inside(criteria: Iterable[CriterionStanding], skills: Iterable[SkillStanding], standing: Standing) -> tuple[SwotEntry, ...]:
    """Entries of those criteria and skills that carry the claim, criteria first."""
    told = [_criterion(one) for one in criteria if one.standing is standing]
    practised = [one for one in skills if one.peers.standing is standing]
    return (*told, *(_entry(Origin.SKILL, one.skill.value, one.value, one.n, one.peers) for one in practised))


def outside(
    now: ByTopic, others: ByTopic, before: ByTopic | None, *, titles: Mapping[str, str]
) -> tuple[tuple[SwotEntry, ...], tuple[SwotEntry, ...]]:
    """Opportunities and threats: less or more repeats and customers who may leave than the peers or the own past have, in all and by
    reason; and reasons that customers come for more often than before, an opportunity where the agent or team has fewer repeats in it.

    Differences of shares by the score test (Wilson 1927) with Newcombe's interval (1998, method 10); false discoveries are controlled over
    everything that was looked at. Nothing is looked at with fewer than :data:`LEAST` contacts on either side.
    """
    tests = [one for one in _tests(now, others, before, titles) if min(one.n, one.other_n) >= LEAST]
    chances = [_chance(one) for one in tests]
    told = [(one, q) for one, q in zip(tests, adjusted(chances), strict=True) if q <= _LEVEL]
    better = {one.about for one, _ in told if one.origin is Origin.REPEAT and _effect(one) < 0}
    good: list[SwotEntry] = []
    bad: list[SwotEntry] = []
    for one, q in sorted(told, key=lambda pair: (pair[1], -abs(_effect(pair[0])))):
        rises = one.origin is Origin.VOLUME
        if rises and _effect(one) < 0:
            continue
        fine = one.about in better if rises else _effect(one) < 0
        (good if fine else bad).append(_found(one, q, titles))
    return tuple(good), tuple(bad)


def _tests(now: ByTopic, others: ByTopic, before: ByTopic | None, titles: Mapping[str, str]) -> list[_Test]:
    mine, theirs = _all(now), _all(others)
    found = _pair(None, Beside.PEERS, mine, theirs)
    if before is not None:
        found += _pair(None, Beside.PAST, mine, _all(before))
    for topic in sorted(one for one in now if one is not None and one in titles):
        found += _pair(topic, Beside.PEERS, now[topic], others.get(topic, Came()))
        if before is not None:
            past = before.get(topic, Came())
            found.append(
                _Test(Origin.VOLUME, topic, Beside.PAST, now[topic].contacts, mine.contacts, past.contacts, _all(before).contacts)
            )
    return found


def _pair(about: str | None, beside: Beside, mine: Came, others: Came) -> list[_Test]:
    return [
        _Test(Origin.REPEAT, about, beside, mine.repeats, mine.repeat_known, others.repeats, others.repeat_known),
        _Test(Origin.CHURN, about, beside, mine.churn, mine.contacts, others.churn, others.contacts),
    ]


def _all(counts: ByTopic) -> Came:
    whole = Came()
    for one in counts.values():
        whole = whole.plus(one)
    return whole


def _effect(one: _Test) -> float:
    return one.hits / one.n - one.other_hits / one.other_n


def _chance(one: _Test) -> float:
    pooled = (one.hits + one.other_hits) / (one.n + one.other_n)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / one.n + 1 / one.other_n))
    return 1.0 if spread == 0 else 2 * (1 - NormalDist().cdf(abs(_effect(one)) / spread))


def _found(one: _Test, q: float, titles: Mapping[str, str]) -> SwotEntry:
    mine, other, effect = wilson(one.hits, one.n), wilson(one.other_hits, one.other_n), _effect(one)
    a, b = one.hits / one.n, one.other_hits / one.other_n
    return SwotEntry(
        origin=one.origin, about=one.about, title=None if one.about is None else titles[one.about], beside=one.beside, value=a, n=one.n,
        other=b, other_n=one.other_n, effect=effect, low=effect - math.hypot(a - mine.low, other.high - b),
        high=effect + math.hypot(mine.high - a, b - other.low), q=q,
    )


def _criterion(one: CriterionStanding) -> SwotEntry:
    name = f"{one.rubric}.{one.criterion}"
    if one.peers is not None and one.against.value == Beside.PEERS.value:
        return _entry(Origin.CRITERION, name, None if one.figure is None else one.figure.value, one.share.n, one.peers)
    return SwotEntry(
        origin=Origin.CRITERION, about=name, title=None, beside=Beside.TARGET, value=one.share.value or 0.0, n=one.share.n, other=TARGET,
        other_n=0, effect=None, low=None, high=None, q=None,
    )


def _entry(origin: Origin, about: str, value: float | None, n: int, peers: Versus) -> SwotEntry:
    return SwotEntry(
        origin=origin, about=about, title=None, beside=Beside.PEERS, value=value or 0.0, n=n, other=peers.other, other_n=peers.others,
        effect=peers.effect, low=peers.low, high=peers.high, q=peers.q,
    )


def remarks(now: ByTopic, others: ByTopic, before: ByTopic | None, titles: Mapping[str, str]) -> tuple[Remark, ...]:
    """What could not be looked at."""
    found = []
    mine = _all(now)
    if mine.contacts < LEAST:
        words = f"{mine.contacts} contacts: opportunities and threats take {LEAST} at least"
        found.append(Remark(code=RemarkCode.FEW_CONTACTS, words=words, n=mine.contacts, of=LEAST))
    elif _all(others).contacts < LEAST:
        found.append(Remark(code=RemarkCode.NOBODY_ELSE, words="nobody else has contacts enough to compare with"))
    if mine.contacts >= LEAST and mine.repeat_known < LEAST:
        words = f"of {mine.repeat_known} contacts it is known whether the customer came back: too few to tell"
        found.append(Remark(code=RemarkCode.FEW_REPEATS, words=words, n=mine.repeat_known))
    if not titles:
        words = "no contact reasons: topics were not built yet (qa-service topics build)"
        found.append(Remark(code=RemarkCode.NO_TOPICS, words=words))
    if before is None:
        words = "an open period has no period before it: give a first and a last day, or a month, to see what rises"
        found.append(Remark(code=RemarkCode.OPEN_PERIOD, words=words))
    return tuple(found)
