"""``manual``: only a person can answer."""

from __future__ import annotations

from typing import ClassVar

from qa_service.domain.criteria.base import Detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome, undecided


class Manual(Detection):
    """Always undecided."""

    kind: ClassVar[str] = "manual"

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Leaves it to the reviewer."""
        del case, rule
        return undecided("for a person to decide")
