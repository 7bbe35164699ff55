"""``reached``: the interaction got as far as a phase, ``{reached: closing}``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from qa_service.domain.criteria.base import Detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome, Verdict
from qa_service.domain.criteria.signal import decide

PhaseName = Literal["greeting", "identity", "hold", "closing"]


class Reached(Detection):
    """Yes when the analysis saw the phase (signal ``phase.NAME``)."""

    kind: ClassVar[str] = "reached"
    #: The phase.
    phase: PhaseName

    @classmethod
    def from_body(cls, body: Any) -> Detection:
        """A bare phase name."""
        return cls.model_validate({"phase": body})

    @classmethod
    def body_schema(cls, schema: dict[str, Any]) -> dict[str, Any]:
        """The phase's name alone."""
        return {**schema["properties"]["phase"], "description": schema["description"]}

    def _body(self, told: dict[str, Any]) -> Any:
        return told["phase"]

    def signals(self) -> Iterator[str]:
        """The phase's signal."""
        yield f"phase.{self.phase}"

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Reads the phase's signal."""
        outcome = decide(case, name=f"phase.{self.phase}", holds=lambda value: value > 0, rule=f"{rule}.{self.kind}")
        if outcome.verdict is Verdict.UNDECIDED:
            return outcome
        return outcome._replace(why=f"{'reached' if outcome.verdict is Verdict.YES else 'not reached'}: {self.phase}")
