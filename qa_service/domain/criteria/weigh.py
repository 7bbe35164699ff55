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

    The points are logits: 0 is one chance in two, 1 is 73 %, 2 is 88 %, 3 is 95 %. A cue that is itself undecided
    counts against the rest: it is decided only if it would be whatever that cue turned out to be.
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
        """Adds up; the evidence is that of the cues on the winning side, the heaviest first. No surer than it is who speaks."""
        outcomes = [(cue.add, cue.when.evaluate(case, f"{rule}.{self.kind}")) for cue in self.cues]
        seen = sorted((one for one in outcomes if one[1].verdict is Verdict.YES), key=lambda one: -abs(one[0]))
        points = self.start + sum(add for add, _ in seen)
        unknown = [add for add, outcome in outcomes if outcome.verdict is Verdict.UNDECIDED]
        # What is unknown counts against whatever the rest says.
        safe = points + sum(add for add in unknown if (add > 0) != (points > 0))
        chance = 1 / (1 + math.exp(-abs(safe))) if safe * points > 0 else 0.5
        told = [outcome for add, outcome in seen if (add > 0) == (points > 0)]
        why = f"{points:+.1f} points: " + ("; ".join(f"{add:+g} {outcome.why}" for add, outcome in seen) or "no cue")
        evidence = tuple(dict.fromkeys(piece for outcome in told for piece in outcome.evidence))[:_QUOTES]
        if chance < self.sure:
            return Outcome(Verdict.UNDECIDED, chance, why, evidence)
        if points < 0:
            return Outcome(Verdict.NO, chance * case.parties, why, evidence)
        place = min((outcome.place for outcome in told if outcome.place is not None), default=None)
        return Outcome(Verdict.YES, chance * case.parties, why, evidence, place)
