"""Draws: numbers that follow from a seed and a name, so that whoever has both can draw again; nothing here is random."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import NamedTuple

_BITS = 256


class Draw(NamedTuple):
    """Gives every scorecard a number that depends on nothing but these and its id: not on the others, nor on the order of arrival."""

    seed: str
    #: Plan id.
    plan: str
    #: Name of the period.
    period: str

    def order(self, key: str, *, use: str = "") -> int:
        """SHA-256 of ``seed|plan|period|key`` as a number of 256 bits; ``use`` gives independent numbers of one key."""
        text = "|".join((self.seed, self.plan, self.period, key, *([use] if use else [])))
        return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), "big")

    def uniform(self, key: str, *, use: str = "") -> Fraction:
        """The same, even in [0, 1)."""
        return Fraction(self.order(key, use=use), 1 << _BITS)
