"""Phases: whether a contact had a greeting, an identity check, a hold, and whether it came to an end of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qa_service.analysis.base import Material, unmeasured
from qa_service.analysis.hold import Hold
from qa_service.analysis.identity import Identity
from qa_service.analysis.lexicon import Lexicon
from qa_service.domain.finding import Hit, Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: Turns of people in which a greeting opens, and in which an end can be seen.
_OPENING, _END = 4, 3
#: Last words of a customer that agree to the end are short.
_ASSENT_WORDS = 6


class Phases:
    """One flag for every phase."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(name="phase.greeting", unit=Unit.FLAG, method="The agent greets in the first four turns, by lexicon."),
        SignalSpec(name="phase.identity", unit=Unit.FLAG, method="The agent asks for, or the customer gives, an identifying detail."),
        SignalSpec(name="phase.hold", unit=Unit.FLAG, method="The agent makes the customer wait 8 s or more.", channels=(Channel.PHONE,)),
        SignalSpec(
            name="phase.closing", unit=Unit.FLAG,
            method="The contact ends of itself (goodbye, thanks, the agent's last word); not when the customer breaks off or is lost.",
        ),
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("phases")
        self._hold = Hold()
        self._identity = Identity()

    @property
    def queries(self) -> tuple[Query, ...]:
        """Own lexicon and those of the hold and identity analyzers, which are looked up once all the same."""
        return (*self._lexicon.queries, *self._hold.queries, *self._identity.queries)

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        covered = bool(material.covered)
        yield self._greeting(material) if covered else unmeasured("phase.greeting")
        yield _first("phase.identity", self._identity.touched(material), 0.85) if covered else unmeasured("phase.identity")
        yield self._waited(material) if material.aloud else unmeasured("phase.hold")
        yield self._closing(material) if covered and len(material.spoken) > 1 else unmeasured("phase.closing")

    def _greeting(self, material: Material) -> Signal:
        opening = {index for index, _ in material.spoken[:_OPENING]}
        greetings = self._lexicon.hits(material, "greeting", by=Speaker.AGENT)
        return _first("phase.greeting", [hit for hit in greetings if hit.turn in opening], 0.9)

    def _waited(self, material: Material) -> Signal:
        waits = self._hold.waits(material)
        return Signal(
            name="phase.hold", value=float(bool(waits)), confidence=0.85,
            places=tuple(Place(start_ms=wait.start, end_ms=wait.end) for wait in waits[:1]),
        )

    def _closing(self, material: Material) -> Signal:
        last, turn = material.spoken[-1]
        end = {index for index, _ in material.spoken[-_END:]}
        farewells = [hit for hit in self._lexicon.hits(material, "farewell") if hit.turn in end]
        if turn.speaker is Speaker.AGENT:
            reached, confidence = True, 0.9 if farewells else 0.75
        elif self._gone(material, last) or last in self._lexicon.turns(material, "broken", by=Speaker.CUSTOMER):
            turns = material.transcript.turns
            reached, confidence = any(turns[hit.turn].speaker is Speaker.AGENT for hit in farewells), 0.85
        else:
            own = [hit for hit in farewells if hit.turn == last]
            assent = material.words(last) <= _ASSENT_WORDS and "?" not in turn.text and "؟" not in turn.text
            reached = bool(own) or (assent and bool(farewells))
            confidence = 0.9 if own else 0.7
        said = tuple(Place(turn=hit.turn, start=hit.start, end=hit.end) for hit in farewells[-1:])
        places = (said or (Place(turn=last),)) if reached else ()
        return Signal(name="phase.closing", value=float(reached), places=places, confidence=confidence * material.covered)

    def _gone(self, material: Material, last: int) -> bool:
        """A note after the last words that the customer has left or the line went dead."""
        notes = self._lexicon.turns(material, "gone", by=Speaker.SYSTEM) | self._lexicon.turns(material, "gone", by=Speaker.BOT)
        return any(index > last for index in notes)


def _first(name: str, hits: Sequence[Hit], trust: float) -> Signal:
    places = tuple(Place(turn=hit.turn, start=hit.start, end=hit.end) for hit in hits[:3])
    return Signal(name=name, value=float(bool(hits)), places=places, confidence=trust)
