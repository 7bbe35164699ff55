"""Spoken: what all analyzers of calls have in common that measure who holds the floor."""

from __future__ import annotations

from collections.abc import Iterable

from qa_service.analysis.base import Material, unmeasured
from qa_service.analysis.floor import Floor, Floors
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Signal, SignalSpec, Unit


def call_specs(*rows: tuple[str, Unit, str]) -> tuple[SignalSpec, ...]:
    """Specs of signals that only calls carry: name, unit, method."""
    return tuple(SignalSpec(name=name, unit=unit, method=method, channels=(Channel.PHONE,)) for name, unit, method in rows)


class SpokenAnalyzer:
    """An analyzer of calls; a subclass gives ``specs`` and measures a floor."""

    specs: tuple[SignalSpec, ...] = ()
    queries: tuple[Query, ...] = ()

    def __init__(self) -> None:
        self._floors = Floors()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``; unmeasured in what was not spoken."""
        if not material.aloud:
            return [unmeasured(spec.name) for spec in self.specs]
        return self.measure(material, self._floors.of(material))

    def measure(self, material: Material, floor: Floor) -> Iterable[Signal]:
        """One signal for every spec."""
        raise NotImplementedError
