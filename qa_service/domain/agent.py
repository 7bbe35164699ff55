"""Agents: on what basis anything is said of them, and when a figure alone carries a claim."""

from __future__ import annotations

from enum import StrEnum

from qa_service.domain.chance import binomial_tail
from qa_service.domain.estimation import Share, score_interval
from qa_service.domain.scorecard import Status
from qa_service.domain.standing import Standing as Standing

#: Share of met criteria that is expected of everyone.
TARGET = 0.8
#: Fewer observations carry no claim.
LEAST = 3
#: What luck alone does less often is told; with more observations than these Wilson's interval says so itself.
_UNLIKELY, _MANY = 0.025, 200


#: Scorecards that a person finalised; a disputed one counts as it was finalised until the dispute ends.
FINISHED = (Status.FINAL, Status.DISPUTED)


class Basis(StrEnum):
    """Which scorecards count."""

    #: Those that a person finalised; none that the service finalised itself.
    FINAL = "final"
    #: Drafts too, with the machine's suggestions, and what the service finalised itself: provisional.
    ALL = "all"


def standing(share: Share) -> Standing:
    """What a figure carries against :data:`TARGET`, compared with nobody: a claim only where the whole interval carries it.

    Weakness: even the upper bound misses the target. Strength: even the lower bound is above it. Wilson's interval claims too much of a
    handful: it must be as unlikely by the binomial distribution itself (2.5 %). Under :data:`LEAST` observations nothing is claimed.
    """
    if share.value is None:
        return Standing.CANNOT_TELL
    return _standing(share.value, share.n, share.low, share.high)


def more_for(share: Share) -> int | None:
    """About how many more observations like those at hand would carry a claim; ``None`` where it takes over :data:`MOST_MORE`, as for a
    figure that is just at the target, and without any observation."""
    if share.value is None or standing(share) is not Standing.CANNOT_TELL:
        return None
    for more in _STEPS:
        n = share.n + more
        if _standing(share.value, n, *score_interval(share.value, n)) is not Standing.CANNOT_TELL:
            return more
    return None


#: More observations than this are no answer to "how many more?".
MOST_MORE = 500
#: What is tried; told with "about".
_STEPS: tuple[int, ...] = (*range(1, 10), *range(10, 50, 5), *range(50, MOST_MORE + 1, 25))


def _standing(value: float, n: int, low: float, high: float) -> Standing:
    if n < LEAST or low <= TARGET <= high:
        return Standing.CANNOT_TELL
    if n <= _MANY and binomial_tail(value * n, n, TARGET) > _UNLIKELY:
        return Standing.CANNOT_TELL
    return Standing.WEAKNESS if high < TARGET else Standing.STRENGTH
