"""Coefficients of agreement between several answerers, as numbers that tell how far to trust them or why they are none."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from qa_service.domain.base import Record


class Untold(StrEnum):
    """Why a coefficient, or its interval, cannot be told."""

    #: No interaction has answers of two reviewers.
    NO_PAIRS = "no_pairs"
    #: All answers are the same: whether more than chance is at work cannot be told.
    ONE_ANSWER = "one_answer"
    #: Too few interactions with two answers to draw again from them.
    FEW_INTERACTIONS = "few_interactions"
    #: Nearly all interactions have the same main answer: how people agree on another one was hardly seen, and draws cannot show it.
    RARE_ANSWER = "rare_answer"
    #: In most draws of the interactions the coefficient does not exist.
    UNSTABLE = "unstable"


class Coefficient(Record):
    """A coefficient with its 95 % interval."""

    #: Interactions that two reviewers or more answered.
    n: int = Field(ge=0)
    #: Estimate, at most 1; null where it cannot be told.
    value: float | None = None
    #: Lower bound; null where it cannot be told.
    low: float | None = None
    #: Upper bound.
    high: float | None = None
    #: Why the estimate, or only its bounds, cannot be told; null where they can.
    untold: Untold | None = None


class PairAgreement(Record):
    """How two people agree."""

    #: User id.
    first: str
    #: User id.
    second: str
    #: Share of the interactions that both answered alike.
    agreement: Coefficient
    #: Cohen's kappa (of several criteria: pooled).
    kappa: Coefficient
    #: Cohen's kappa with quadratic weights by the options' values; null where options are no scale.
    weighted_kappa: Coefficient | None = None


class CriterionAgreement(Record):
    """How all reviewers agree on one criterion."""

    #: Criterion id.
    criterion: str
    #: Whether its options are a scale: three different values or more.
    scaled: bool
    #: Answers that came in.
    answers: int
    #: How often each was given, ``not_applicable`` among them.
    counts: dict[str, int]
    #: Mean share of pairs of reviewers that agree on an interaction.
    agreement: Coefficient
    #: Mean of Cohen's kappas of all pairs of reviewers.
    kappa: Coefficient
    #: Fleiss' kappa.
    fleiss: Coefficient
    #: Gwet's AC1.
    ac1: Coefficient
    #: Krippendorff's alpha, nominal.
    alpha: Coefficient
    #: Mean of Cohen's kappas with quadratic weights; null where options are no scale, as what follows. Those take ``not_applicable``, which
    #: is on no scale, as no answer.
    weighted_kappa: Coefficient | None = None
    #: Gwet's AC2 with quadratic weights by the options' values.
    ac2: Coefficient | None = None
    #: Krippendorff's alpha, ordinal.
    alpha_ordinal: Coefficient | None = None
    #: Every two reviewers.
    pairs: tuple[PairAgreement, ...] = ()
