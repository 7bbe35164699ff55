"""Channels: whether the parties look turned round, the agent on the customer's channel and the other way about."""

from __future__ import annotations

from collections.abc import Iterable

from qa_service.analysis.base import Material, unmeasured
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel
from qa_service.domain.roles import DOUBTED, Line, swap_suspected
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

_NAME = "channels.swapped"
#: Turns of each party without which nothing is suspected.
_FEWEST = 3
_METHOD = (
    "1 where the customer talks like an agent and the agent like a customer (offers of help, questions for names and numbers, "
    f"announced waits, your and my), {DOUBTED:g} sure or more: look at the channel map. "
    "Unmeasured where the parties were guessed from these words."
)


class Channels:
    """Doubts about who is who."""

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """One flag."""
        return (SignalSpec(name=_NAME, unit=Unit.FLAG, method=_METHOD, channels=(Channel.PHONE,)),)

    @property
    def queries(self) -> tuple[Query, ...]:
        """Nothing: whole turns are read."""
        return ()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """The flag of ``specs``."""
        people = [Line(int(turn.speaker is Speaker.CUSTOMER), turn.text) for _, turn in material.spoken if not turn.suspect]
        told = material.interaction.channel is Channel.PHONE and material.transcript.speakers_known
        if not told or min(sum(line.party == party for line in people) for party in (0, 1)) < _FEWEST:
            return (unmeasured(_NAME),)
        suspicion = swap_suspected(people, 0)
        swapped = suspicion >= DOUBTED
        return (Signal(name=_NAME, value=float(swapped), confidence=suspicion if swapped else 1 - suspicion),)
