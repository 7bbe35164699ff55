"""Recognition: how far the words of a recording can be believed."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean

from qa_service.analysis.base import Material, unmeasured
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit


class Recognition:
    """Share of suspect words, and mean confidence; unmeasured where nothing was recognised (an imported transcript)."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="speech.suspect_share", unit=Unit.SHARE, channels=(Channel.PHONE,),
            method="Words in turns that the recogniser probably invented (they are kept, but are nobody's talk and no evidence), over all "
            "recognised words.",
        ),
        SignalSpec(
            name="speech.confidence", unit=Unit.SHARE, channels=(Channel.PHONE,),
            method="Mean of the recogniser's own probability of each word (where one channel holds both parties, times how sure it is "
            "whose word it is), suspect turns included.",
        ),
    )  # fmt: skip
    queries: tuple[Query, ...] = ()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Both, over everything that was recognised."""
        turns = [(index, turn) for index, turn in enumerate(material.transcript.turns) if turn.words]
        if not material.aloud or not turns:
            return [unmeasured(spec.name) for spec in self.specs]
        doubted = [(index, turn) for index, turn in turns if turn.suspect]
        share = sum(material.words(index) for index, _ in doubted) / max(1, sum(material.words(index) for index, _ in turns))
        return [
            Signal(name="speech.suspect_share", value=share, places=tuple([Place(turn=index) for index, _ in doubted])),
            Signal(name="speech.confidence", value=fmean(word.confidence for _, turn in turns for word in turn.words)),
        ]
