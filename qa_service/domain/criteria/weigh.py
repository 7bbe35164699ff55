"""``weigh``: several weak cues for and against, added up to how likely a yes is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field, field_validator

from qa_service.domain.base import Path, Record
from qa_service.domain.criteria.base import AnyDetection, Detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome, Verdict

#: Quotes kept.
_QUOTES = 3


class Cue(Record):
    """One cue and what it adds."""

    #: Points for a yes (below 0: for a no) where the cue is there.
    add: float = Field(ge=-10, le=10)
    #: The cue.
    when: AnyDetection

    @field_validator("add")
    @classmethod
    def _matters(cls, points: float) -> float:
        if points == 0:
            raise ValueError("0 points change nothing")
        return points


class Weigh(Detection):
    """Yes when the cues that are there add up to more than 0; the sum tells how likely that is, and near 0 it stays undecided.

    The points are logits: 0 is one chance in two, 1 is 73 %, 2 is 88 %, 3 is 95 %. A cue that is itself undecided adds nothing.
    """

    kind: ClassVar[str] = "weigh"
    #: Points before any cue.
    start: float = Field(default=0.0, ge=-10, le=10)
    #: Least chance, 0.5 to 1, at which it is decided.
    sure: float = Field(default=0.6, ge=0.5, lt=1)
    #: The cues.
    cues: tuple[Cue, ...] = Field(min_length=1)

    def branches(self) -> Iterator[tuple[Path, Detection]]:
        """The cues."""
        yield from ((("cues", index, "when"), cue.when) for index, cue in enumerate(self.cues))

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Adds up; the evidence is that of the cues on the winning side, the heaviest first."""
        seen = [(cue.add, outcome) for cue in self.cues if (outcome := cue.when.evaluate(case, rule)).verdict is Verdict.YES]
        points = self.start + sum(add for add, _ in seen)
        chance = 1 / (1 + math.exp(-abs(points)))
        verdict = Verdict.YES if points > 0 else Verdict.NO
        told = sorted((one for one in seen if (one[0] > 0) == (points > 0)), key=lambda one: -abs(one[0]))
        why = f"{points:+.1f} points: " + ("; ".join(f"{add:+g} {outcome.why}" for add, outcome in sorted(seen, key=lambda one: -abs(one[0]))) or "no cue")
        evidence = tuple(dict.fromkeys(piece for _, outcome in told for piece in outcome.evidence))[:_QUOTES]
        place = min((outcome.place for _, outcome in told if outcome.place is not None), default=None)
        if chance < self.sure:
            return Outcome(Verdict.UNDECIDED, chance, why, evidence)
        return Outcome(verdict, chance, why, evidence, place if verdict is Verdict.YES else None)
