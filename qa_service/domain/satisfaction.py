"""Satisfaction: what survey answers say on any scale, and the share of satisfied contacts among all, with those who never answered."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import Z95, Share, score_interval, student95, wilson
from qa_service.domain.survey_answer import TOP_BOX, normalised

#: Fewer answers tell no share of all contacts.
LEAST_ANSWERS = 10
#: Bounds of the chance of answering that a contact is weighted by; 1 / chance, so that no single answer stands for more than 50.
LEAST_ANSWERING = 0.02


def level(csat: float, scale: int) -> float | None:
    """An answer as a share of the way from the worst to the best, 0 to 1; ``None`` for one beyond its scale, which nobody gave."""
    return normalised(csat, scale) if 0 <= csat <= scale else None


def satisfied(level: float) -> bool:
    """Whether such an answer counts as satisfied."""
    return level >= TOP_BOX - 1e-9


class Guess(NamedTuple):
    """What is known of one contact's satisfaction."""

    #: The machine's chance that the customer is satisfied, made without this contact's own answer.
    expected: float
    #: 1 satisfied, 0 not; ``None`` without an answer.
    answer: float | None = None
    #: Contacts that an answer stands for: 1 / the chance of answering; 1 where all are as likely to answer.
    weight: float = 1.0


class Sums(NamedTuple):
    """Sums over contacts; sums of two parts are the sums of the whole. ``f``: expected, ``y``: answer, ``w``: weight."""

    #: All contacts.
    all: float = 0.0
    f: float = 0.0
    ff: float = 0.0
    #: Those that were answered; then weighted sums over them.
    n: float = 0.0
    y: float = 0.0
    w: float = 0.0
    wf: float = 0.0
    wy: float = 0.0
    wff: float = 0.0
    wfy: float = 0.0
    #: Sums weighted by the squares of the weights.
    ww: float = 0.0
    wwf: float = 0.0
    wwy: float = 0.0
    wwff: float = 0.0
    wwfy: float = 0.0
    wwyy: float = 0.0

    def plus(self, other: Sums) -> Sums:
        """The sums of both parts."""
        return Sums(*(one + another for one, another in zip(self, other, strict=True)))

    @classmethod
    def of(cls, guess: Guess) -> Sums:
        """The sums of one contact."""
        f = guess.expected
        if guess.answer is None:
            return cls(1.0, f, f * f)
        y, w = guess.answer, guess.weight
        ww = w * w
        return cls(
            1.0, f, f * f, 1.0, y, w, w * f, w * y, w * f * f, w * f * y, ww, ww * f, ww * y, ww * f * f, ww * f * y, ww * y * y
        )  # fmt: skip


def summed(guesses: Iterable[Guess]) -> Sums:
    """The sums of many."""
    total = [0.0] * len(Sums())
    for guess in guesses:
        for place, value in enumerate(Sums.of(guess)):
            total[place] += value
    return Sums(*total)


class ShareEstimate(Record):
    """A share of all contacts, with its 95 % interval."""

    #: ShareEstimate, 0 to 1; null where there are too few answers.
    value: float | None
    #: Lower bound; 0 where nothing is told.
    low: float = 0.0
    #: Upper bound; 1 where nothing is told.
    high: float = 1.0
    #: Plain answers that would tell as much.
    effective: float = Field(default=0.0, ge=0)
    #: How far the machine's predictions were relied on, 0 (answers alone) to 1: as far as it made the interval narrower.
    reliance: float = Field(default=0.0, ge=0, le=1)


class Caveat(StrEnum):
    """What to keep in mind."""

    #: Too few answers to tell anything.
    FEW_ANSWERS = "few_answers"
    #: Nothing predicts the answers here, or nothing was learned yet: answers alone.
    ANSWERS_ALONE = "answers_alone"
    #: Who is more likely to answer is satisfied otherwise: the two estimates of all contacts differ by more than chance.
    ANSWERERS_DIFFER = "answerers_differ"
    #: Some contacts are of channels where (almost) nobody answers; they are in no figure.
    UNASKED_CHANNELS = "unasked_channels"


class Satisfaction(Record):
    """The share of satisfied contacts.

    Satisfied: an answer of at least three quarters of the way from the worst to the best (4 of 5, 8 of 10). Denominator: all live
    contacts of the channels in which customers answer, whether they answered or not.
    """

    #: Contacts in the denominator.
    contacts: int = Field(ge=0)
    #: Live contacts that are not, since (almost) nobody answers in their channel or nothing was predicted for them.
    left_out: int = Field(ge=0)
    #: Contacts with an answer, of all.
    answered: int = Field(ge=0)
    #: Share of the answers that are satisfied: of those who answered, not of all.
    answers: Share
    #: Of all contacts, if those who answer are like the others.
    alike: ShareEstimate
    #: Of all contacts, with answers weighted by how seldom such contacts are answered. What makes people answer and is not seen in the
    #: contact remains.
    weighted: ShareEstimate
    #: What to keep in mind.
    caveats: tuple[Caveat, ...] = ()


def estimate(sums: Sums) -> ShareEstimate:
    """The share of all contacts, prediction-powered (Angelopoulos et al. 2023), relying on the predictions as far as that helps
    (Angelopoulos, Duchi and Zrnic 2023, "PPI++"), with weighted answers (Hájek 1971; doubly robust: Robins, Rotnitzky and Zhao 1994).

    ``value = mean(y) + r * (mean of f over all - mean(f))``, weighted means of those who answered. Right whatever the errors of ``f``, as
    long as no answer went into its own ``f``. The interval is Wilson's, for as many answers as the variance is worth, widened by
    Student's quantile for those there are.
    """
    if sums.n < LEAST_ANSWERS or sums.w <= 0:
        return ShareEstimate(value=None)
    mean_f, mean_y = sums.wf / sums.w, sums.wy / sums.w
    own = sums.w * sums.w / sums.ww
    aa, ab, bb = _squares(sums, mean_f, mean_y)
    reliance = min(1.0, max(0.0, -ab / aa)) if aa > 1e-15 else 0.0
    value = mean_y + reliance * (sums.f / sums.all - mean_f)
    widen = student95(max(1, int(own) - 1)) / Z95
    variance = (reliance * reliance * aa + 2 * reliance * ab + bb) * own / max(own - 1, 1.0) * widen * widen
    kept = min(1.0, max(0.0, value))
    spread = kept * (1 - kept)
    effective = spread / variance if variance > 1e-15 and spread > 1e-9 else own
    low, high = score_interval(kept, effective)
    return ShareEstimate(value=round(kept, 6), low=low, high=high, effective=round(effective, 2), reliance=round(reliance, 4))


def _squares(sums: Sums, mean_f: float, mean_y: float) -> tuple[float, float, float]:
    """Sums of squares and products of each contact's part in the predictions' term and in the answers' term."""
    n, w = sums.all, sums.w
    over_all = (sums.ff - sums.f * sums.f / n) / (n * n)
    answered_f = (sums.wff - sums.wf * sums.wf / w) / (n * w)
    answered_fy = (sums.wfy - sums.wf * sums.wy / w) / (n * w)
    ff = (sums.wwff - 2 * mean_f * sums.wwf + mean_f * mean_f * sums.ww) / (w * w)
    fy = (sums.wwfy - mean_f * sums.wwy - mean_y * sums.wwf + mean_f * mean_y * sums.ww) / (w * w)
    yy = (sums.wwyy - 2 * mean_y * sums.wwy + mean_y * mean_y * sums.ww) / (w * w)
    return max(0.0, over_all - 2 * answered_f + ff), answered_fy - fy, max(0.0, yy)


def satisfaction(alike: Sums, weighted: Sums, *, left_out: int, predicted: bool, unasked: bool = False) -> Satisfaction:
    """Both estimates of the same contacts; ``predicted``: whether anything predicts the answers."""
    answers = wilson(alike.y, int(alike.n))
    plain, corrected = estimate(alike), estimate(weighted)
    told = {
        Caveat.FEW_ANSWERS: plain.value is None, Caveat.ANSWERS_ALONE: not predicted, Caveat.ANSWERERS_DIFFER: _differ(plain, corrected),
        Caveat.UNASKED_CHANNELS: unasked,
    }
    return Satisfaction(
        contacts=int(alike.all), left_out=left_out, answered=int(alike.n), answers=answers, alike=plain, weighted=corrected,
        caveats=tuple(caveat for caveat, holds in told.items() if holds),
    )


def _differ(plain: ShareEstimate, weighted: ShareEstimate) -> bool:
    """Whether the two are further apart than the wider one's half interval; they share their answers, so that this is cautious."""
    if plain.value is None or weighted.value is None:
        return False
    return math.fabs(plain.value - weighted.value) > (weighted.high - weighted.low) / 2
