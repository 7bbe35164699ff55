"""Accuracy: how often the machine answers as people do who have not seen its answer.

Only blind answers tell: whoever is shown a suggestion leaves wrong ones standing too. The share of suggestions that were left as they were
("not overridden") is worked out beside it, and is never called accuracy. What counts together has the same wording
(:mod:`qa_service.domain.wording`) and was suggested by the same engines; after a change of either nothing is known yet.

Weights: a contact that was sampled with the probability ``p`` stands for ``1 / p`` contacts. The estimate is Hajek's ratio
``sum(w * right) / sum(w)`` (Hajek 1971). Its interval is Wilson's with an effective sample size, the smaller of two: Kish's (1965)
``sum(w)**2 / sum(w**2)``, which takes all contacts to be equally hard, and ``p * (1 - p) / v`` with the linearised variance
``v = sum(w**2 * (right - p)**2) / sum(w)**2`` (Dean and Pagano 2015), which does not. Where nobody knows the probability a contact stands
for itself alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from qa_service.domain.asking import asked
from qa_service.domain.base import Record
from qa_service.domain.criteria.outcome import Verdict as Asked
from qa_service.domain.estimation import score_interval
from qa_service.domain.policy import Policy
from qa_service.domain.reliability import Reliability, reliability
from qa_service.domain.rubric import UNDECIDED, Rubric


class Beside(NamedTuple):
    """A person's answer beside the machine's."""

    criterion: str
    #: Option id, ``not_applicable`` or ``undecided``.
    suggestion: str
    #: Of the suggestion, 0 to 1.
    confidence: float
    #: Option id or ``not_applicable``.
    answer: str
    #: Language of the interaction.
    language: str | None = None
    #: Contacts that this one stands for.
    weight: float = 1.0

    @property
    def decided(self) -> bool:
        """Whether the machine did not abstain."""
        return self.suggestion != UNDECIDED

    @property
    def alike(self) -> bool:
        """Whether both say the same."""
        return self.suggestion == self.answer


class Sums(NamedTuple):
    """What an estimate is made of; sums of two parts are the sums of the whole."""

    #: Answers of people.
    answers: int = 0
    #: Those of them that the machine decided, and those in which it said the same.
    decided: int = 0
    alike: int = 0
    #: Over the decided ones, weights and their squares; then the same over those that are alike.
    weight: float = 0.0
    squares: float = 0.0
    weight_alike: float = 0.0
    squares_alike: float = 0.0

    @classmethod
    def of(cls, answers: Iterable[Beside]) -> Sums:
        """Of these answers."""
        found = list(answers)
        decided = [one for one in found if one.decided]
        alike = [one for one in decided if one.alike]
        weights = (value for some in (decided, alike) for power in (1, 2) for value in [math.fsum(one.weight**power for one in some)])
        return cls(len(found), len(decided), len(alike), *weights)

    @property
    def estimate(self) -> Estimate:
        """The weighted share of decided answers that are alike."""
        return estimate(self)

    @property
    def unweighted(self) -> Estimate:
        """The same, each contact counted once."""
        return estimate(Sums(self.answers, self.decided, self.alike, self.decided, self.decided, self.alike, self.alike))


class Estimate(Record):
    """A share of answers with the 95 % interval that its sample allows."""

    #: Answers.
    n: int
    #: As many equally weighted answers tell as much; ``n`` where all weigh alike.
    effective: float
    #: The share, 0 to 1; ``None`` without answers.
    value: float | None
    #: Lower bound.
    low: float
    #: Upper bound.
    high: float


class AnswerAccuracy(Record):
    """Accuracy where the machine gave one answer: its precision."""

    #: The machine's answer.
    suggestion: str
    accuracy: Estimate


class LanguageAccuracy(Record):
    """Accuracy in one language."""

    #: Code; ``None``: nobody knows it.
    language: str | None
    #: Answers on which the machine abstained.
    abstained: int
    accuracy: Estimate


class Acceptance(StrEnum):
    """What follows from an audited accuracy."""

    #: Suggestions that a reviewer leaves as they are count as the reviewer's answers.
    ACCEPTED = "accepted"
    #: Each needs a person's own answer.
    NEEDS_A_PERSON = "needs_a_person"
    #: Nothing can be said yet; treated as accepted, and never finalised without a person.
    TOO_FEW = "too_few"


class Audited(Record):
    """What blind answers to one criterion under one wording tell of the machine."""

    #: Blind answers.
    answers: int
    #: Those of them on which the machine abstained.
    abstained: int
    #: Of those it decided: the share in which it says what the person says, weighted by what each contact stands for.
    accuracy: Estimate
    #: The same, each contact counted once.
    unweighted: Estimate
    #: By the machine's answer, the most frequent first.
    by_answer: tuple[AnswerAccuracy, ...] = ()
    #: By language, the most frequent first.
    by_language: tuple[LanguageAccuracy, ...] = ()
    #: Whether its confidence can be trusted.
    reliability: Reliability


def asked_answers(rubric: Rubric, answers: Sequence[Beside]) -> Iterator[Beside]:
    """The answers of one scorecard that count: those to criteria which the person's other answers do not leave unasked (there the answer
    is a consequence and no judgement, and would be right as often as the other one)."""
    conditions = {one.id: one.asked_when for one in rubric.criteria}
    given = {**dict.fromkeys(conditions, UNDECIDED), **{one.criterion: one.answer for one in answers}}
    for one in answers:
        if one.criterion in conditions and asked(conditions[one.criterion], given) is not Asked.NO:
            yield one


def estimate(sums: Sums) -> Estimate:
    """The share of decided answers that are alike, with its interval."""
    if sums.decided == 0:
        return Estimate(n=0, effective=0.0, value=None, low=0.0, high=1.0)
    share, effective = min(1.0, sums.weight_alike / sums.weight), sums.weight**2 / sums.squares
    spread = sums.squares_alike * (1 - share) ** 2 + (sums.squares - sums.squares_alike) * share**2
    if 0 < sums.alike < sums.decided:
        effective = min(effective, share * (1 - share) * sums.weight**2 / spread)
    low, high = score_interval(share, effective)
    return Estimate(n=sums.decided, effective=round(effective, 3), value=round(share, 6), low=low, high=high)


def audit(answers: Sequence[Beside]) -> Audited:
    """What blind answers tell."""
    sums = Sums.of(answers)
    decided = [one for one in answers if one.decided]
    return Audited(
        answers=sums.answers, abstained=sums.answers - sums.decided, accuracy=sums.estimate, unweighted=sums.unweighted,
        by_answer=tuple(
            AnswerAccuracy(suggestion=name, accuracy=Sums.of(some).estimate)
            for name, some in _parted([(one.suggestion, one) for one in decided])
        ),
        by_language=tuple(_in_language(name or None, some) for name, some in _parted([(one.language or "", one) for one in answers])),
        reliability=reliability([(one.confidence, one.alike) for one in decided]),
    )


def _in_language(language: str | None, answers: Sequence[Beside]) -> LanguageAccuracy:
    sums = Sums.of(answers)
    return LanguageAccuracy(language=language, abstained=sums.answers - sums.decided, accuracy=sums.estimate)


def _parted(answers: Iterable[tuple[str, Beside]]) -> list[tuple[str, list[Beside]]]:
    parts: dict[str, list[Beside]] = {}
    for name, one in answers:
        parts.setdefault(name, []).append(one)
    return sorted(parts.items(), key=lambda part: (-len(part[1]), part[0]))


def verdict(accuracy: Estimate, policy: Policy) -> Acceptance:
    """What the policy makes of an audited accuracy."""
    if accuracy.value is None or accuracy.n < policy.accept_least:
        return Acceptance.TOO_FEW
    return Acceptance.ACCEPTED if accuracy.value >= policy.accept_at else Acceptance.NEEDS_A_PERSON


def refusal(accuracy: Estimate, policy: Policy) -> str | None:
    """Why a suggestion is not accepted without a person's own answer; ``None`` where it is."""
    if accuracy.value is None or verdict(accuracy, policy) is not Acceptance.NEEDS_A_PERSON:
        return None
    value, bound = _apart(accuracy.value, policy.accept_at)
    interval = f"{short(accuracy.low)} to {short(accuracy.high)}"
    return f"audited accuracy {value} ({interval}) on {accuracy.n} blind answer{'' if accuracy.n == 1 else 's'} is below {bound}"


def short(share: float, digits: int = 2) -> str:
    """``.82``; 1 is ``1.00``."""
    return f"{share:.{digits}f}".removeprefix("0")


def _apart(value: float, bound: float) -> tuple[str, str]:
    """Two numbers that differ, with as many digits as it takes to see it."""
    digits = next((some for some in range(2, 6) if short(value, some) != short(bound, some)), 6)
    return short(value, digits), short(bound, 2 if float(f"{bound:.2f}") == bound else digits)


class Anchoring(Record):
    """How much people lean on what they are shown."""

    #: Share of suggestions that reviewers who saw them left as they were.
    untouched: Estimate
    #: That less the audited accuracy; ``None`` where one of the two is unknown.
    difference: float | None
    #: Lower bound of its 95 % interval.
    low: float | None
    #: Upper bound.
    high: float | None
    #: What that means.
    told: str


def anchoring(accuracy: Estimate, untouched: Estimate) -> Anchoring:
    """The two figures compared; the interval of their difference is Newcombe's (1998, method 10), from the bounds of both."""
    if accuracy.value is None or untouched.value is None:
        told = "without blind answers nobody knows how right it is" if accuracy.value is None else "nobody has reviewed with it in sight"
        return Anchoring(untouched=untouched, difference=None, low=None, high=None, told=told)
    difference = untouched.value - accuracy.value
    low = difference - math.hypot(untouched.value - untouched.low, accuracy.high - accuracy.value)
    high = difference + math.hypot(untouched.high - untouched.value, accuracy.value - accuracy.low)
    told = f"{_percent(untouched.value)} of the suggestions that people saw were left as they were; {_percent(accuracy.value)} are what "
    told += f"people answer who do not see them: {_meaning(difference, low, high)}"
    return Anchoring(untouched=untouched, difference=round(difference, 6), low=round(low, 6), high=round(high, 6), told=told)


def _meaning(difference: float, low: float, high: float) -> str:
    points = f"{abs(difference) * 100:.0f} points"
    if low > 0:
        return f"{points} are people leaning on what they are shown"
    if high < 0:
        return f"{points} less, so people override what is right"
    return "no difference beyond chance"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def reliable(accuracy: Estimate | None, policy: Policy) -> bool:
    """Whether nobody need look: even the lower bound reaches what the policy asks for, on answers enough, and on as many if a few of them
    stand for most contacts."""
    return accuracy is not None and accuracy.effective >= policy.accept_least and accuracy.low >= policy.auto_at


def refusals(accuracies: Mapping[str, Estimate], policy: Policy) -> dict[str, str]:
    """Criteria whose suggestions need a person's own answer, and why."""
    found = {criterion: refusal(one, policy) for criterion, one in accuracies.items()}
    return {criterion: why for criterion, why in found.items() if why is not None}
