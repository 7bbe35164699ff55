"""A model of satisfaction: what predicts the answer of a contact whose customer never answered, with its error on what it has not seen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import Mean, Share

#: Parts that each contact is put in one of, by its customer; it is predicted by what was learned from the other parts.
FOLDS = 5
#: Answers that it takes, in all and of each kind (satisfied, not).
LEAST_ANSWERS, LEAST_OF_EACH = 100, 20
#: Answers of a channel below which its contacts are not predicted, and of a group below which it gets no error of its own.
LEAST_OF_GROUP = 30
#: Signals that a contact is judged by; those that fill up later (whether the customer came back) are none of them.
SIGNALS = (
    "apology.agent", "churn.customer", "complaint.customer", "conduct.blame", "conduct.curt", "conduct.dismissal", "contact.repeat",
    "contact.says_broken", "contact.says_kept", "contact.says_repeat", "courtesy.agent", "dead_air.seconds", "effort.customer",
    "empathy.agent", "empathy.reaction", "ending.broken_off", "ending.content", "ending.more_offered", "ending.polite", "ending.unhappy",
    "escalation.customer", "hold.count", "hold.longest", "hold.seconds", "interruptions.agent", "objection.customer", "outcome.done",
    "outcome.evasive", "outcome.next", "profanity.customer", "promise.count", "promise.incomplete", "questions.answered_share",
    "questions.unanswered", "response.first", "response.longest", "response.median", "sentiment.change", "sentiment.customer",
    "sentiment.end", "sentiment.lowest", "sentiment.negative_share", "sentiment.recovered", "sentiment.start", "silence.longest",
    "silence.share", "talk.agent_share", "thanks.customer", "trouble.customer", "turns.customer", "unprofessional.agent",
)  # fmt: skip
#: Known of the contact itself.
WAIT = "wait_seconds"
#: What is put before rubric and criterion: ``criterion:phone-support.empathy``.
CRITERION = "criterion:"


class Contact(NamedTuple):
    """What one contact is judged by."""

    interaction: str
    #: The customer, or the interaction where nobody told: all of one group are predicted from the others.
    group: str
    #: Measured ones; what was not measured is not there.
    numbers: Mapping[str, float]
    #: ``channel``, ``language``, ``queue``: those that are known.
    words: Mapping[str, str] = MappingProxyType({})
    #: The answer as a share of the way from the worst to the best; ``None`` without one.
    level: float | None = None


def fold_of(group: str) -> int:
    """Which part a group is in; the same for ever."""
    return hashlib.sha256(f"satisfaction {group}".encode()).digest()[0] % FOLDS


class CsatColumn(Record):
    """One column of what is weighed."""

    #: Of a number; or the kind of word.
    name: str
    #: The word that counts as 1; null for a number.
    word: str | None = None
    #: 1 where the number is missing, instead of the number.
    missing: bool = False
    #: Whether ``log(1 + number)`` is taken.
    log: bool = False
    #: What is taken off.
    centre: float = 0.0
    #: What is then divided by.
    spread: float = 1.0


class CsatWeights(Record):
    """What was learned from all parts but one."""

    #: Constant, then one for each column: log odds of a satisfied answer.
    satisfied: tuple[float, ...]
    #: What makes these chances what they say (Platt 1999): constant.
    constant: float
    #: And slope of the log odds.
    slope: float
    #: The same columns for the answer's level, 0 to 1.
    level: tuple[float, ...]
    #: The same columns for whether the customer answers at all.
    answering: tuple[float, ...]


class ChanceBand(Record):
    """Contacts whose predicted chances are near each other."""

    #: Mean of what was predicted.
    predicted: float
    #: What was answered.
    observed: Share


class ErrorTold(Record):
    """How far predictions are off, on answers that were not learned from."""

    #: Which: ``all``, ``channel=chat``, ``language=fa``.
    group: str
    #: Answers.
    n: int = Field(ge=0)
    #: Share that was satisfied.
    base: float
    #: Mean of what was predicted.
    predicted: float
    #: Chance that of a satisfied and another one, the satisfied has the higher prediction; 0.5 tells nothing. Null where one kind is rare.
    auc: float | None
    #: Lower bound of it, 95 % (Hanley and McNeil 1982).
    auc_low: float | None = None
    #: Upper bound.
    auc_high: float | None = None
    #: Mean squared error of the chance.
    brier: float
    #: The same if everybody got the base rate.
    brier_base: float
    #: Mean absolute error of the answer's level (0 worst to 1 best).
    level_error: float
    #: The same if everybody got the mean.
    level_error_base: float
    #: 1: chances are what they say; below 1: too sure of themselves. Null where there is too little to tell.
    calibration_slope: float | None
    #: Log odds that chances are too low by in all.
    calibration_constant: float | None
    #: Mean distance of predicted from observed share over the bands.
    calibration_error: float


class CsatVerdict(StrEnum):
    """What came of learning."""

    USABLE = "usable"
    #: Predictions are no better than the base rate as far as can be seen: nothing is predicted.
    NO_BETTER = "no_better_than_base_rate"


class CsatModel(Record):
    """One version; never changed."""

    #: From 1.
    version: int = Field(ge=1)
    #: When it was learned.
    at: AwareDatetime
    #: Answers that it was learned from.
    answers: int
    #: Contacts, answered or not.
    contacts: int
    #: Contacts that each unanswered one stands for; more than 1 where there are too many to look at all.
    drawn: float = 1.0
    #: What is weighed.
    columns: tuple[CsatColumn, ...]
    #: One for each part.
    folds: tuple[CsatWeights, ...]
    #: The ridge that did best inside.
    penalty: float
    #: Channels in which enough customers answer; contacts of others are not predicted.
    channels: tuple[str, ...]
    #: Share of satisfied answers.
    base: float
    #: What came of it.
    told: CsatVerdict
    #: By how much a prediction tells more than the base rate, nats a contact, on answers that were not learned from.
    gain: Mean
    #: The error of all, then of each channel and language with enough answers.
    errors: tuple[ErrorTold, ...]
    #: Groups with too few answers for an error of their own, with how many they have.
    too_few: dict[str, int] = Field(default_factory=dict)
    #: By predicted chance, lowest first.
    bands: tuple[ChanceBand, ...]
    #: As ``errors``, of whether a customer answers: an AUC near 0.5 says that those who answer look like the others.
    answering_auc: float | None = None

    @property
    def usable(self) -> bool:
        """Whether it predicts."""
        return self.told is CsatVerdict.USABLE


class PredictionReason(Record):
    """What moved a prediction."""

    #: Signal, criterion or property of the contact.
    name: str
    #: What was measured; null where that it is missing was what counted.
    value: float | None
    #: The same for most contacts.
    usual: float | None
    #: Log odds that it moved the prediction by, from the usual one.
    moved: float
    #: The same in words.
    words: str


class Prediction(Record):
    """How satisfied the customer of one contact probably is."""

    #: The contact.
    interaction: str
    #: Version of the model.
    version: int
    #: Chance of a satisfied answer, 0 to 1.
    chance: float
    #: Expected answer, 0 worst to 1 best.
    level: float
    #: Chance that such a contact is answered at all.
    answering: float


class ReasonedPrediction(Prediction):
    """The same, explained."""

    #: When it was made.
    at: AwareDatetime
    #: The error of such predictions: of the channel, else of all.
    error: ErrorTold
    #: Share of satisfied answers in all, to compare with.
    base: float
    #: What moved it most, the strongest first.
    reasons: tuple[PredictionReason, ...] = ()
    #: What the customer answered, 0 worst to 1 best, where there is an answer after all.
    answered: float | None = None


class Lack(Record):
    """Why nothing can be learned yet."""

    #: Answers there are.
    answers: int
    #: Of the rarer kind.
    rarer: int
    #: How many more it takes of any kind.
    more: int
    #: How many more of the rarer kind.
    more_of_rarer: int
    #: Of which kind there are too few: ``satisfied`` or ``unsatisfied``; null where there are enough of both.
    rarer_kind: str | None = None


def lack(satisfied: int, unsatisfied: int) -> Lack | None:
    """What is missing to learn; ``None`` where there is enough."""
    answers, rarer = satisfied + unsatisfied, min(satisfied, unsatisfied)
    more, more_of_rarer = max(0, LEAST_ANSWERS - answers), max(0, LEAST_OF_EACH - rarer)
    if not more and not more_of_rarer:
        return None
    kind = None if not more_of_rarer else "satisfied" if satisfied < unsatisfied else "unsatisfied"
    return Lack(answers=answers, rarer=rarer, more=more, more_of_rarer=more_of_rarer, rarer_kind=kind)
