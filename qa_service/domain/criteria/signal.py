"""``signal``: a comparison on a measurement, ``{name: silence.longest, at_most: 10s}``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from qa_service.domain.criteria.base import Detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome, Verdict, undecided
from qa_service.domain.duration import parse_duration
from qa_service.domain.evidence import Evidence
from qa_service.domain.signal import Place, Signal


def _bound(raw: object) -> float:
    """A number, a percentage (``40%``) or a duration in seconds (``10s``)."""
    if isinstance(raw, bool):
        return float(raw)
    if isinstance(raw, int | float):
        return float(raw)
    text = str(raw).strip()
    if text.endswith("%"):
        return float(text[:-1]) / 100
    return parse_duration(text) / 1000


Bound = Annotated[
    float, BeforeValidator(_bound),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[0-9.]+ ?(%|ms|s|m|h)$"}]}),
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
    measured: bool | None = None

    @model_validator(mode="after")
    def _bounded(self) -> SignalTest:
        if all(getattr(self, bound) is None for bound in ("at_most", "at_least", "below", "above", "measured")):
            raise ValueError("say what to compare with: at_most, at_least, below, above or measured")
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
        if signal is None or signal.value is None:
            return undecided(f"{self.name} cannot be measured here")
        verdict = Verdict.YES if self._holds(signal.value) else Verdict.NO
        return Outcome(verdict, signal.confidence, f"{self.name} = {signal.value:g}", self._evidence(case, signal, rule))

    def _holds(self, value: float) -> bool:
        return (
            (self.at_most is None or value <= self.at_most)
            and (self.at_least is None or value >= self.at_least)
            and (self.below is None or value < self.below)
            and (self.above is None or value > self.above)
        )

    def _evidence(self, case: Case, signal: Signal, rule: str) -> tuple[Evidence, ...]:
        return tuple(_piece(case, place, signal.confidence, f"{rule}.{self.kind}") for place in signal.places[:3])


def _piece(case: Case, place: Place, confidence: float, rule: str) -> Evidence:
    if place.turn is None:
        return Evidence(start_ms=place.start_ms, end_ms=place.end_ms, rule=rule, confidence=confidence)
    turn = case.transcript.turns[place.turn]
    values: dict[str, Any] = {"start": place.start or 0, "end": len(turn.text) if place.end is None else place.end}
    piece = Evidence.quoting(turn, index=place.turn, rule=rule, confidence=confidence, **values)
    if place.start_ms is None:
        return piece
    return piece.model_copy(update={"start_ms": place.start_ms, "end_ms": place.end_ms})
