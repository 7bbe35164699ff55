"""Moments: the sums that every estimate of a share is made of; sums of two parts are the sums of the whole."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from qa_service.domain.interaction import Channel

#: Share of its points that a criterion is expected to earn where the machine abstains. Any fixed number is right: what people answer
#: corrects it, and where the machine always abstains it carries no weight.
ABSTAINED = 0.5


class ItemKind(StrEnum):
    """What of a scorecard is estimated."""

    TOTAL = "total"
    SECTION = "section"
    CRITERION = "criterion"


class Item(NamedTuple):
    """One thing that scorecards of a rubric (all its versions together) tell about."""

    rubric: str
    kind: ItemKind
    #: Of the section or criterion; empty for the total.
    id: str = ""


class Outcome(NamedTuple):
    """One scorecard on one item, by the machine and, where people finished it, by them."""

    #: Share of the points that the machine's answer earns, 0 to 1; 0 where it sees no opportunity, :data:`ABSTAINED` where it abstains.
    expected: float
    #: Whether the machine sees an opportunity, 1 or 0; 1 where it abstains.
    open: float
    #: Whether the machine abstains, 1 or 0.
    abstains: float = 0.0
    #: Share of the points that people's answer earns, 0 to 1; 0 where there was no opportunity, ``None`` unless people finished it.
    met: float | None = None
    #: Whether there was an opportunity, by people, 1 or 0.
    asked: float = 0.0
    #: Contacts that it stands for among those people finished: 1 / the probability with which it was drawn; 1 for what was chosen.
    weight: float = 1.0


class Moments(NamedTuple):
    """Sums over scorecards, for the ratio of points earned to points at stake (``met / asked``).

    ``g``: :attr:`Outcome.expected`, ``b``: ``open``, of every scorecard; ``u``: ``met``, ``a``: ``asked``, ``w``: ``weight``, of those that
    people finished. ``a`` and ``b`` are 0 or 1 and ``u <= a``, ``g <= b``, so that ``a*a = a``, ``u*a = u``, ``b*b = b``, ``g*b = g`` need
    no sum of their own.
    """

    #: Scorecards; then sums over all of them.
    all: float = 0.0
    g: float = 0.0
    b: float = 0.0
    gg: float = 0.0
    #: Those on which the machine abstains.
    abstained: float = 0.0
    #: Scorecards that people finished; then sums over those, each counted once.
    people: float = 0.0
    a: float = 0.0
    u: float = 0.0
    uu: float = 0.0
    #: Weighted sums.
    w: float = 0.0
    wa: float = 0.0
    wu: float = 0.0
    wb: float = 0.0
    wg: float = 0.0
    #: Sums weighted by the squares of the weights.
    ww: float = 0.0
    wwa: float = 0.0
    wwu: float = 0.0
    wwb: float = 0.0
    wwg: float = 0.0
    wwuu: float = 0.0
    wwgg: float = 0.0
    wwab: float = 0.0
    wwag: float = 0.0
    wwub: float = 0.0
    wwug: float = 0.0

    def plus(self, other: Moments) -> Moments:
        """The sums of both parts."""
        return Moments(*(one + another for one, another in zip(self, other, strict=True)))

    def less(self, part: Moments) -> Moments:
        """The sums of what is left without a part of it."""
        return Moments(*(one - another for one, another in zip(self, part, strict=True)))

    @classmethod
    def of(cls, outcome: Outcome) -> Moments:
        """The sums of one scorecard."""
        g, b = outcome.expected, outcome.open
        if outcome.met is None:
            return cls(1.0, g, b, g * g, outcome.abstains)
        u, a, w = outcome.met, outcome.asked, outcome.weight
        ww = w * w
        return cls(
            1.0, g, b, g * g, outcome.abstains, 1.0, a, u, u * u, w, w * a, w * u, w * b, w * g, ww, ww * a, ww * u, ww * b, ww * g,
            ww * u * u, ww * g * g, ww * a * b, ww * a * g, ww * u * b, ww * u * g,
        )  # fmt: skip


class Cell(NamedTuple):
    """What was found of one item in one group of scorecards; what a group is not made by is ``None``."""

    item: Item
    moments: Moments
    agent: str | None = None
    team: str | None = None
    channel: Channel | None = None
    #: ``2026-11``, in the service's time zone.
    month: str | None = None
