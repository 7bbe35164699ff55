"""Trouble: whether the customer voices a fault, loss, delay, worry or anger, wants to go higher, or to leave."""

from __future__ import annotations

from collections.abc import Iterable

from qa_service.analysis.base import Material, counted, unmeasured
from qa_service.analysis.lexicon import Lexicon, merged
from qa_service.domain.finding import Hit, Query
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: By number of places: a single word ("delay", "wrong") is as often part of a plain request as it is a complaint.
_TRUST = (0.7, 0.48, 0.75, 0.9)
#: Ways to go higher, or away.
_HIGHER = ("superior", "complaint", "threat", "leaving")
#: Several words that belong together say more than one.
_PHRASE = 0.6


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
        SignalSpec(name="complaint.customer", unit=Unit.COUNT, method="Of these, formal complaints, made or announced, by lexicon."),
        SignalSpec(
            name="churn.customer", unit=Unit.COUNT,
            method="Of these, places where the customer leaves or says so: contract, account, custom, another company; by lexicon.",
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
        trust = _TRUST[min(len(trouble), 3)]
        if len(trouble) == 1 and _words(material, trouble[0]) > 1:
            trust = _PHRASE
        yield counted("trouble.customer", echoed, confidence=material.covered * trust)
        higher = {meaning: self._lexicon.hits(material, meaning, by=Speaker.CUSTOMER) for meaning in _HIGHER}
        told = {"escalation": merged(*higher.values()), "complaint": higher["complaint"], "churn": higher["leaving"]}
        for name, found in told.items():
            yield counted(f"{name}.customer", found, confidence=material.covered * (0.85 if found else 0.9))


def _words(material: Material, hit: Hit) -> int:
    return len(material.transcript.turns[hit.turn].text[hit.start : hit.end].split())
