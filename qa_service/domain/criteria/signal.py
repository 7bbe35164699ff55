"""``signal``: a comparison on a measurement, ``{name: silence.longest, at_most: 10s}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from qa_service.domain.base import Refusal, refuse
from qa_service.domain.criteria.base import Detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome, Verdict, undecided
from qa_service.domain.duration import DURATION_PATTERN, parse_duration
from qa_service.domain.evidence import Evidence
from qa_service.domain.signal import Place

#: No measurement comes near it.
_HUGE = 1e15
_PERCENT = re.compile(r"^[0-9]{1,9}(\.[0-9]{1,3})? ?%$")
_TIME = re.compile(DURATION_PATTERN)


def _bound(raw: object) -> float:
    """A number, a percentage (``40%``) or a duration in seconds (``10s``)."""
    if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < _HUGE:
        return float(raw)
    text = raw.strip() if isinstance(raw, str) else ""
    if _PERCENT.match(text):
        return float(Fraction(text[:-1].strip()) / 100)
    if _TIME.match(text):
        return parse_duration(text) / 1000
    raise ValueError(f"{raw!r} is no bound: write a number, 40% or 10s")


Bound = Annotated[
    float, BeforeValidator(_bound),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,3})? ?(%|ms|s|m|h)$"}]}),
]


class SignalTest(Detection):
    """Yes when the signal is within every bound given."""

    kind: ClassVar[str] = "signal"
    #: Dotted name, as in the catalogue.
    name: str
    #: Value may be this or less.
    at_most: Bound | None = None
    #: Value must be this or more.
    at_least: Bound | None = None
    #: Value must be less.
    below: Bound | None = None
    #: Value must be more.
    above: Bound | None = None
    #: Whether the interaction carries the signal at all.
    measured: bool | None = Field(default=None, strict=True)

    @model_validator(mode="after")
    def _bounded(self) -> SignalTest:
        bounds = [bound for bound in ("at_most", "at_least", "below", "above") if getattr(self, bound) is not None]
        if not bounds and self.measured is None:
            raise ValueError("say what to compare with: at_most, at_least, below, above or measured")
        if bounds and self.measured is not None:
            message = f"'measured' stands alone, and {bounds[0]!r} is there too"
            refuse("SignalTest", [Refusal(("measured",), message, "write two signals, under all")])
        low = max((bound for bound in (self.at_least, self.above) if bound is not None), default=None)
        high = min((bound for bound in (self.at_most, self.below) if bound is not None), default=None)
        strict = self.above == low or self.below == high
        if low is not None and high is not None and (low > high or (low == high and strict)):
            raise ValueError(f"nothing is both over {low:g} and under {high:g}: this can never be yes")
        return self

    def signals(self) -> Iterator[str]:
        """The one it reads."""
        yield self.name

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Undecided when the interaction does not carry the signal, unless that is the question."""
        signal = case.signals.get(self.name)
        known = signal is not None and signal.value is not None
        if self.measured is not None:
            return Outcome(Verdict.YES if known is self.measured else Verdict.NO, 1.0, f"{self.name} is {'' if known else 'not '}measured")
        return decide(case, name=self.name, holds=self._holds, rule=f"{rule}.{self.kind}")

    def _holds(self, value: float) -> bool:
        return (
            (self.at_most is None or value <= self.at_most)
            and (self.at_least is None or value >= self.at_least)
            and (self.below is None or value < self.below)
            and (self.above is None or value > self.above)
        )


def decide(case: Case, *, name: str, holds: Callable[[float], bool], rule: str) -> Outcome:
    """Yes or no by the signal's value, with the places it was seen at; undecided where it cannot be measured."""
    signal = case.signals.get(name)
    if signal is None or signal.value is None:
        return undecided(f"{name} cannot be measured here")
    verdict = Verdict.YES if holds(signal.value) else Verdict.NO
    if not signal.places:
        return Outcome(verdict, signal.confidence, f"{name} = {signal.value:g}")
    evidence = tuple([_piece(case, place, signal.confidence, rule) for place in signal.places[:3]])
    first = min([(place.turn, place.start or 0) for place in signal.places if place.turn is not None], default=None)
    return Outcome(verdict, signal.confidence, f"{name} = {signal.value:g}", evidence, first if verdict is Verdict.YES else None)


def _piece(case: Case, place: Place, confidence: float, rule: str) -> Evidence:
    if place.turn is None:
        return Evidence(start_ms=place.start_ms, end_ms=place.end_ms, rule=rule, confidence=confidence)
    turn = case.transcript.turns[place.turn]
    end = len(turn.text) if place.end is None else place.end
    piece = Evidence.quoting(turn, index=place.turn, start=place.start or 0, end=end, rule=rule, confidence=confidence)
    if place.start_ms is None:
        return piece
    return piece.model_copy(update={"start_ms": place.start_ms, "end_ms": place.end_ms})
