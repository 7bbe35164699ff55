"""Trouble: whether the customer voices a fault, loss, delay, worry or anger, or wants to go higher."""

from __future__ import annotations

from collections.abc import Iterable

from qa_service.analysis.base import Material, counted, unmeasured
from qa_service.analysis.lexicon import Lexicon
from qa_service.domain.finding import Query
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: By number of places: a single word ("delay", "wrong") is as often part of a plain request as it is a complaint.
_TRUST = (0.7, 0.48, 0.75, 0.9)


class Trouble:
    """Places where the customer expresses trouble or a wish to escalate."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="trouble.customer", unit=Unit.COUNT,
            method="Customer's words for a fault, loss, delay, worry or anger, else the agent's for them; a plain request is none.",
        ),
        SignalSpec(
            name="escalation.customer", unit=Unit.COUNT,
            method="Customer asks for a superior, complains formally, threatens law, publicity or leaving, by lexicon.",
        ),
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("trouble")

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        if not material.covered:
            yield from (unmeasured(spec.name) for spec in self.specs)
            return
        trouble = self._lexicon.hits(material, "trouble", by=Speaker.CUSTOMER)
        echoed = trouble or self._lexicon.hits(material, "echo", by=Speaker.AGENT)[:1]
        yield counted("trouble.customer", echoed, confidence=material.covered * _TRUST[min(len(trouble), 3)])
        escalation = self._lexicon.hits(material, "escalation", by=Speaker.CUSTOMER)
        yield counted("escalation.customer", escalation, confidence=material.covered * (0.85 if escalation else 0.9))
