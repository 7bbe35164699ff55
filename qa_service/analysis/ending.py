"""The ending: whether the contact came to an end at all, or the customer hung up, left or was lost."""

from __future__ import annotations

from collections.abc import Iterable

from qa_service.analysis.base import Material, says_something
from qa_service.analysis.lexicon import Lexicon
from qa_service.domain.finding import Query
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker, Turn

_SPEC = SignalSpec(
    name="ending.broken_off", unit=Unit.FLAG,
    method="The last words are the customer's and no goodbye, thanks or agreement, or the customer left: the agent had no chance to close.",
)
#: Turns of the agent in which a goodbye can stand.
_LAST = 2


class Ending:
    """Whether the customer broke the contact off."""

    def __init__(self) -> None:
        self._lexicon = Lexicon("ending")

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """One flag."""
        return (_SPEC,)

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """The flag; unknown without turns of both, or in a language without a lexicon."""
        turns = [(index, turn) for index, turn in enumerate(material.transcript.turns) if _counts(material, turn)]
        agents = [index for index, turn in turns if turn.speaker is Speaker.AGENT]
        if not agents or not material.covered or len(agents) == len(turns):
            yield Signal(name=_SPEC.name, value=None)
            return
        last, turn = turns[-1]
        goodbye = self._lexicon.turns(material, "farewell", by=Speaker.AGENT) & set(agents[-_LAST:])
        closed = bool(goodbye) or self._noted(material, "closed", after=last)
        left = self._left(material, after=last)
        polite = last in self._lexicon.turns(material, "polite") | self._lexicon.turns(material, "farewell")
        broken = not closed and (left or (turn.speaker is Speaker.CUSTOMER and not polite))
        places = (Place(turn=last),) if broken else ()
        yield Signal(name=_SPEC.name, value=float(broken), places=places, confidence=0.9 if left or not broken else 0.75)

    def _left(self, material: Material, *, after: int) -> bool:
        """A note of the system that the customer has gone."""
        return self._noted(material, "left", after=after) and material.transcript.turns[after].speaker is Speaker.CUSTOMER

    def _noted(self, material: Material, meaning: str, *, after: int) -> bool:
        notes = self._lexicon.turns(material, meaning, by=Speaker.SYSTEM) | self._lexicon.turns(material, meaning, by=Speaker.BOT)
        return any(index > after for index in notes)


def _counts(material: Material, turn: Turn) -> bool:
    """Words of a party; in writing a thumb is an answer too."""
    if turn.speaker not in (Speaker.AGENT, Speaker.CUSTOMER):
        return False
    return says_something(turn.text) or (not material.aloud and bool(turn.text.strip()))
