"""Rise: whether something takes a larger share of contacts than in the periods before, beyond chance and beyond its usual ups and downs.

Given how often it came in both times together, the number of the later time is binomial under "no change" (Przyborowski and Wilenski
1940, with contacts as exposure). Where the periods before scatter more than chance explains, counts are divided by the dispersion
(quasi-Poisson; Wedderburn 1974), so that a topic that always comes in waves needs a larger one to be told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import Share, wilson
from qa_service.domain.false_discovery import adjusted

#: Periods before that are compared with at least, and the occurrences in both times together that a test needs.
LEAST_PERIODS, LEAST_SEEN = 3, 10
_FALSE = 0.05


class Movement(StrEnum):
    """What the numbers carry."""

    RISING = "rising"
    FALLING = "falling"
    CANNOT_TELL = "cannot_tell"


class Rise(Record):
    """One thing now and before."""

    #: Share of contacts now, with its 95 % interval.
    now: Share
    #: The same over all periods before.
    before: Share
    #: Occurrences now.
    seen: int = Field(ge=0)
    #: Occurrences before.
    seen_before: int = Field(ge=0)
    #: Share now by share before; null where it never came before.
    ratio: float | None
    #: How much more the periods before scatter than chance explains; 1: not at all.
    dispersion: float = Field(ge=1)
    #: Chance of a difference like this without a change; null where nothing can be tested.
    p: float | None
    #: The same with regard to how many things were looked at: of those called rising or falling at 0.05, at most one in twenty is neither.
    q: float | None
    #: What the numbers carry.
    standing: Movement
    #: Why nothing can be told.
    why: str | None = None


def rises(now: Mapping[str, int], of: int, before: Sequence[tuple[Mapping[str, int], int]]) -> dict[str, Rise]:
    """What rises and falls, by name; ``of``: contacts now; ``before``: counts and contacts of each period before."""
    names = sorted({*now, *(name for counts, _ in before for name in counts)})
    periods = [(counts, number) for counts, number in before if number]
    found = {name: _rise(name, now.get(name, 0), of, periods) for name in names}
    tested = [name for name in names if found[name].p is not None]
    for name, q in zip(tested, adjusted([found[name].p or 0.0 for name in tested]), strict=True):
        found[name] = _judged(found[name], q)
    return found


def _rise(name: str, seen: int, of: int, before: Sequence[tuple[Mapping[str, int], int]]) -> Rise:
    counts = [some.get(name, 0) for some, _ in before]
    numbers = [number for _, number in before]
    earlier, base = sum(counts), sum(numbers)
    now, then = wilson(seen, of), wilson(earlier, base)
    ratio = round((seen / of) / (earlier / base), 4) if of and earlier else None
    why = _too_little(seen + earlier, of, len(before))
    dispersion = _dispersion(counts, numbers)
    p = None if why is not None else two_sided(seen / dispersion, earlier / dispersion, of / (of + base))
    return Rise(
        now=now, before=then, seen=seen, seen_before=earlier, ratio=ratio, dispersion=round(dispersion, 4), p=p, q=None,
        standing=Movement.CANNOT_TELL, why=why,
    )  # fmt: skip


def _too_little(seen: int, of: int, periods: int) -> str | None:
    if not of:
        return "no contacts in this period"
    if periods < LEAST_PERIODS:
        return f"{periods} periods before had contacts: {LEAST_PERIODS} are needed"
    return f"it came {seen} times in all: {LEAST_SEEN} are needed" if seen < LEAST_SEEN else None


def _judged(one: Rise, q: float) -> Rise:
    surely = q <= _FALSE
    standing = Movement.CANNOT_TELL
    if surely:
        standing = Movement.RISING if (one.now.value or 0) > (one.before.value or 0) else Movement.FALLING
    why = None if surely else "the difference is within what chance, and its usual ups and downs, would make"
    return one.model_copy(update={"q": q, "standing": standing, "why": why})


def _dispersion(counts: Sequence[int], numbers: Sequence[int]) -> float:
    """Pearson's chi-squared of the periods by its degrees of freedom; 1 at least."""
    if len(counts) < 2 or not sum(counts):
        return 1.0
    share = sum(counts) / sum(numbers)
    return max(1.0, math.fsum((k - n * share) ** 2 / (n * share) for k, n in zip(counts, numbers, strict=True)) / (len(counts) - 1))


def two_sided(seen: float, before: float, share: float) -> float:
    """Chance of a number at least as far from what is expected, twice the smaller tail; whole numbers are rounded towards no change."""
    expected = (seen + before) * share
    total = math.floor(seen + before)
    if seen >= expected:
        return min(1.0, 2 * _upper(min(math.floor(seen), total), total, share))
    return min(1.0, 2 * _upper(total - math.ceil(seen), total, 1 - share))


def _upper(k: int, n: int, p: float) -> float:
    """Chance of ``k`` or more of ``n``."""
    if k <= 0:
        return 1.0
    if not 0 < p < 1:
        return 1.0 if p >= 1 else 0.0
    log_p, log_q = math.log(p), math.log1p(-p)
    whole = math.lgamma(n + 1)
    # Terms fall off quickly behind the mean: the sum ends where they no longer count.
    total = 0.0
    for one in range(k, n + 1):
        term = math.exp(whole - math.lgamma(one + 1) - math.lgamma(n - one + 1) + one * log_p + (n - one) * log_q)
        total += term
        if term < total * 1e-15 and one > n * p:
            break
    return min(1.0, total)
