"""``reached``: the interaction got as far as a phase, ``{reached: closing}``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import model_serializer

from qa_service.domain.criteria.base import Detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome
from qa_service.domain.criteria.signal import SignalTest

PhaseName = Literal["greeting", "identity", "hold", "closing"]


class Reached(Detection):
    """Yes when the analysis saw the phase (signal ``phase.NAME``)."""

    kind: ClassVar[str] = "reached"
    phase: PhaseName

    @classmethod
    def from_body(cls, body: Any) -> Detection:
        """A bare phase name."""
        return cls.model_validate({"phase": body})

    @model_serializer(mode="plain")
    def _as_written(self) -> dict[str, Any]:
        return {self.kind: self.phase}

    def signals(self) -> Iterator[str]:
        """The phase's signal."""
        yield f"phase.{self.phase}"

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Reads the phase's signal."""
        outcome = SignalTest(name=f"phase.{self.phase}", above=0).evaluate(case, rule)
        return outcome._replace(why=f"{'reached' if outcome.verdict == 'yes' else 'not reached'}: {self.phase}") if outcome.confidence else outcome
