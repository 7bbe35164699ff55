"""Where a social thread goes on: how many of the agent's turns everybody can read, and how many only the customer."""

from __future__ import annotations

from collections.abc import Iterable

from qa_service.analysis.base import Material
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

_NAMES = {True: "visibility.agent_public", False: "visibility.agent_private"}


class Visibility:
    """Signals ``visibility.agent_public`` and ``visibility.agent_private``."""

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """Two counts, for social threads."""
        social = (Channel.SOCIAL,)
        return (
            SignalSpec(name=_NAMES[True], unit=Unit.COUNT, channels=social, method="Turns of the agent that everybody can read"),
            SignalSpec(name=_NAMES[False], unit=Unit.COUNT, channels=social, method="Turns of the agent that only the customer can read"),
        )

    @property
    def queries(self) -> tuple[Query, ...]:
        """None."""
        return ()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Nothing can be measured where turns do not say who can read them."""
        turns = list(material.by(Speaker.AGENT))
        if material.interaction.channel is not Channel.SOCIAL or any(turn.public is None for _, turn in turns):
            return [Signal(name=name, value=None) for name in _NAMES.values()]
        places = {public: tuple(Place(turn=index) for index, turn in turns if turn.public is public) for public in _NAMES}
        return [Signal(name=_NAMES[public], value=len(found), places=found) for public, found in places.items()]
