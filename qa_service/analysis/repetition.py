"""Pasted answers: the agent sends the same text again."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from qa_service.analysis.base import Material
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: Likeness, 0 to 100, from which an answer is the same text again.
_SAME = 92
#: Words that a text needs: two "thank you" are no paste.
_WORDS = 4


class Repetition:
    """Signal ``repetition.agent``."""

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """One signal of written channels (spoken words repeat themselves)."""
        return (
            SignalSpec(
                name="repetition.agent", unit=Unit.COUNT, channels=(Channel.CHAT, Channel.EMAIL, Channel.SOCIAL),
                method=f"Agent turns of {_WORDS} words or more that repeat an earlier one almost letter by letter",
            ),
        )

    @property
    def queries(self) -> tuple[Query, ...]:
        """None."""
        return ()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Zero when every answer is its own."""
        if material.interaction.channel is Channel.PHONE:
            return [Signal(name="repetition.agent", value=None)]
        earlier: list[str] = []
        places: list[Place] = []
        for index, turn in material.by(Speaker.AGENT):
            text = material.folded(index).text
            enough = len(material.folded(index).words) >= _WORDS
            if enough and process.extractOne(text, earlier, scorer=fuzz.ratio, score_cutoff=_SAME) is not None:
                places.append(Place(turn=index, start=0, end=len(turn.text)))
            earlier.append(text)
        return [Signal(name="repetition.agent", value=len(places), places=tuple(places))]
