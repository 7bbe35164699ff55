"""How well answers agree with people's on cases that were left out of the learning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from qa_service.domain.agreement import agreement
from qa_service.domain.base import Record
from qa_service.domain.reliability import reliability
from qa_service.domain.rubric import UNDECIDED


class Judged(NamedTuple):
    """One answer beside a person's."""

    #: What the person answered.
    person: str
    #: What the machine answered; may be ``undecided``.
    machine: str
    #: How sure the machine was.
    confidence: float


class HeldOut(Record):
    """Answers of the machine against people's; shares from 0 to 1."""

    #: Answers.
    n: int
    #: Share of the decided that agree; ``None`` without any.
    agreement: float | None
    #: Cohen's kappa of the decided; ``None`` where chance alone explains everything.
    kappa: float | None
    #: Share left undecided.
    abstention: float
    #: Expected calibration error of the decided; ``None`` without any.
    calibration_error: float | None

    @classmethod
    def of(cls, answers: Sequence[Judged]) -> HeldOut:
        """Measured on those answers."""
        found = agreement("", [(one.person, one.machine) for one in answers])
        decided = [(one.confidence, one.machine == one.person) for one in answers if one.machine != UNDECIDED]
        return cls(
            n=found.n, agreement=found.agreement.value, kappa=found.kappa, abstention=found.abstention,
            calibration_error=reliability(decided).error,
        )
