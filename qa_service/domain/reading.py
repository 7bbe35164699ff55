"""Readings: what was measured of an agent's contacts, beside the peers', told apart by whose doing it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import NamedTuple

from qa_service.domain.control import HANDS, SHOWN, Better, Control, Hands
from qa_service.domain.estimation import Z95, student95
from qa_service.domain.false_discovery import adjusted
from qa_service.domain.profile import SignalStanding
from qa_service.domain.standing import Standing

_LEVEL = 0.05
_ORDER = (Control.AGENT, Control.MIXED, Control.SYSTEM)


class Summed(NamedTuple):
    """Sums over the contacts in which a signal was measured."""

    #: Contacts.
    n: int
    total: float
    #: Sum of the squares.
    squares: float

    @property
    def mean(self) -> float:
        """Mean a contact."""
        return self.total / self.n

    @property
    def error(self) -> float | None:
        """Variance of the mean; ``None`` below two contacts."""
        if self.n < 2:
            return None
        return max(0.0, self.squares - self.total * self.total / self.n) / (self.n - 1) / self.n


class _Difference(NamedTuple):
    effect: float
    half: float
    chance: float


def signals(mine: Mapping[str, Summed], others: Mapping[str, Summed]) -> tuple[SignalStanding, ...]:
    """The signals that profiles show and that were measured: the agent's own doing, mixed, then what systems and policy cause.

    Differences by Welch's (1947) test; false discoveries are controlled over all of them (Benjamini and Hochberg 1995).
    """
    shown = [name for name in SHOWN if name in mine and mine[name].n > 0]
    differences = {name: one for name in shown if (one := _difference(mine[name], others.get(name))) is not None}
    qs = dict(zip(differences, adjusted([one.chance for one in differences.values()]), strict=True))
    told = [_told(name, mine[name], others.get(name), differences.get(name), qs.get(name)) for name in shown]
    return tuple(sorted(told, key=lambda one: _ORDER.index(one.control)))


def _difference(mine: Summed, others: Summed | None) -> _Difference | None:
    if others is None or others.n < 2 or mine.error is None or others.error is None:
        return None
    effect, variance = mine.mean - others.mean, mine.error + others.error
    if variance <= 0:
        return _Difference(effect, 0.0, 1.0 if math.isclose(effect, 0.0, abs_tol=1e-12) else 0.0)
    freedom = variance**2 / (mine.error**2 / (mine.n - 1) + others.error**2 / (others.n - 1))
    half = student95(max(1, int(freedom))) * math.sqrt(variance)
    return _Difference(effect, half, 2 * (1 - NormalDist().cdf(abs(effect) * Z95 / half)))


def _told(name: str, mine: Summed, others: Summed | None, difference: _Difference | None, q: float | None) -> SignalStanding:
    hands = HANDS[name]
    half = None if mine.error is None else student95(mine.n - 1) * math.sqrt(mine.error)
    differs = _direction(difference, q)
    known = difference is not None
    return SignalStanding.trusted(
        name=name, unit=SHOWN[name].value, control=hands.control, better=hands.better, n=mine.n, value=mine.mean,
        low=None if half is None else mine.mean - half, high=None if half is None else mine.mean + half,
        others_n=0 if others is None else others.n, others=None if others is None or not others.n else others.mean,
        effect=difference.effect if difference is not None else None,
        effect_low=difference.effect - difference.half if difference is not None else None,
        effect_high=difference.effect + difference.half if difference is not None else None,
        q=q if known else None, differs=differs, standing=_standing(hands, differs),
    )


def _direction(difference: _Difference | None, q: float | None) -> Better | None:
    if difference is None or q is None or q > _LEVEL or abs(difference.effect) <= difference.half:
        return None
    return Better.HIGHER if difference.effect > 0 else Better.LOWER


def _standing(hands: Hands, differs: Better | None) -> Standing:
    if hands.control is not Control.AGENT or hands.better is Better.NEITHER or differs is None:
        return Standing.CANNOT_TELL
    return Standing.STRENGTH if differs is hands.better else Standing.WEAKNESS
