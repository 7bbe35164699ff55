"""Courtesy: polite words, apologies, thanks and empathy, counted."""

from __future__ import annotations

from collections.abc import Iterable

from qa_service.analysis.base import Material, counted, unmeasured
from qa_service.analysis.lexicon import Lexicon
from qa_service.domain.finding import Hit, Query
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: Signal -> meaning in the lexicon, party, confidence when found and when not.
_COUNTS = {
    "courtesy.agent": ("courtesy", Speaker.AGENT, 0.95, 0.9),
    "apology.agent": ("apology", Speaker.AGENT, 0.95, 0.9),
    "apology.customer": ("apology", Speaker.CUSTOMER, 0.95, 0.9),
    "thanks.customer": ("thanks", Speaker.CUSTOMER, 0.95, 0.9),
    "empathy.agent": ("empathy", Speaker.AGENT, 0.85, 0.6),
}
_METHODS = (
    "Polite words of the agent (please, thank you, my pleasure, sir ...), by lexicon.",
    "Apologies of the agent, by lexicon; a bare 'sorry?' that asks to repeat is none.",
    "Apologies of the customer, by lexicon.",
    "Thanks of the customer, by lexicon.",
    "Words of the agent that acknowledge trouble or feeling (sorry to hear, I can imagine, no wonder ...), by lexicon.",
)


class Courtesy:
    """Counts of polite and feeling words by party."""

    specs: tuple[SignalSpec, ...] = tuple(
        SignalSpec(name=name, unit=Unit.COUNT, method=method) for name, method in zip(_COUNTS, _METHODS, strict=True)
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("courtesy")

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        for name, (meaning, speaker, found, absent) in _COUNTS.items():
            if not material.covered:
                yield unmeasured(name)
                continue
            hits = [hit for hit in self._lexicon.hits(material, meaning, by=speaker) if not _means_else(material, hit)]
            yield counted(name, hits, confidence=material.covered * (found if hits else absent))


def _means_else(material: Material, hit: Hit) -> bool:
    """A bare "sorry?" asks to repeat; Arabic "unfortunately" (للأسف) folds to "sorry": only its letters tell them apart."""
    text = material.transcript.turns[hit.turn].text
    return text.startswith(("?", "؟"), hit.end) or text[hit.start : hit.end].removeprefix("و").startswith(("للأ", "للا"))
