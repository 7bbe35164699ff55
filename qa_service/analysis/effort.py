"""Effort: how hard the customer says it was to get here (Dixon, Freeman, Toman 2010: it makes disloyal more than delight keeps)."""

from __future__ import annotations

from collections.abc import Iterable

from qa_service.analysis.base import Material, counted, unmeasured
from qa_service.analysis.lexicon import Lexicon, merged
from qa_service.domain.finding import Query
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

_MEANINGS = ("repeating", "passed_around", "waiting", "hard")


class Effort:
    """Signal ``effort.customer``."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="effort.customer", unit=Unit.COUNT,
            method="Places where the customer tells of effort: saying it again, being passed around, waiting, finding it hard; by lexicon. "
            "Earlier contacts are counted by contact.says_repeat.",
        ),
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("effort")

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        if not material.covered:
            yield unmeasured("effort.customer")
            return
        found = merged(*(self._lexicon.hits(material, meaning, by=Speaker.CUSTOMER) for meaning in _MEANINGS))
        yield counted("effort.customer", found, confidence=material.covered * (0.85 if found else 0.75))
