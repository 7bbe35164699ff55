"""Volume: how many turns and words each party contributes."""

from __future__ import annotations

from collections.abc import Iterable

from qa_service.analysis.base import Material
from qa_service.domain.finding import Query
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

_SPECS = (
    ("turns.agent", "Turns of the agent that hold a word."),
    ("turns.customer", "Turns of the customer that hold a word."),
    ("words.agent", "Words of the agent."),
    ("words.customer", "Words of the customer."),
)


class Volume:
    """Counts of turns and words."""

    specs: tuple[SignalSpec, ...] = tuple(SignalSpec(name=name, unit=Unit.COUNT, method=method) for name, method in _SPECS)
    queries: tuple[Query, ...] = ()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``; turns that were probably invented do not count."""
        people = (Speaker.AGENT, Speaker.CUSTOMER)
        turns = {speaker: [i for i, turn in material.spoken if turn.speaker is speaker and not turn.suspect] for speaker in people}
        yield from [Signal(name=f"turns.{speaker}", value=len(mine)) for speaker, mine in turns.items()]
        yield from [Signal(name=f"words.{speaker}", value=sum(map(material.words, mine))) for speaker, mine in turns.items()]
