"""Whether the agent's first answer takes up what the customer wrote, in private and in public."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from qa_service.analysis.base import Material
from qa_service.analysis.lexicon import Lexicon
from qa_service.domain.finding import Hit, Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: An acknowledgement opens an answer: it stands in its first words.
_OPENING = 70
#: A word echoes another that shares this many first letters.
_STEM = 4
_WRITTEN = (Channel.CHAT, Channel.EMAIL, Channel.SOCIAL)


class Acknowledgement:
    """Signals ``acknowledgement.first_reply``, ``acknowledgement.public`` and ``acknowledgement.echoed``."""

    def __init__(self) -> None:
        self._own = Lexicon("acknowledgement")
        self._courtesy = Lexicon("courtesy")
        self._everyday = self._own.words("everyday")

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """Three signals of written channels."""
        return (
            SignalSpec(
                name="acknowledgement.first_reply", unit=Unit.COUNT, channels=_WRITTEN,
                method=f"Words among the first {_OPENING} of the agent's first answer that thank for writing or take up the issue",
            ),
            SignalSpec(
                name="acknowledgement.public", unit=Unit.COUNT, channels=(Channel.SOCIAL,),
                method="Words of the agent's first public answer that take up the issue: apology, empathy, 'thanks for flagging' ...",
            ),
            SignalSpec(
                name="acknowledgement.echoed", unit=Unit.COUNT, channels=(Channel.SOCIAL,),
                method="Content words of the customer's earlier posts that come back in the agent's first public answer",
            ),
        )

    @property
    def queries(self) -> tuple[Query, ...]:
        """Acknowledging words, with the courtesy lexicon's apologies and empathy."""
        wanted = (".apology", ".apology.not", ".empathy", ".empathy.not")
        own = (query for query in self._own.queries if not query.key.endswith(".everyday"))
        return (*own, *(query for query in self._courtesy.queries if query.key.endswith(wanted)))

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Nothing can be measured without an agent; a thread without any public answer acknowledged nothing in public."""
        channel, answers = material.interaction.channel, list(material.by(Speaker.AGENT))
        if channel is Channel.PHONE or not answers:
            return [Signal(name=spec.name, value=None) for spec in self.specs]
        public = next((index for index, turn in answers if turn.public is not False), None)
        opening = _opening(answers[0][1].text)
        first = [hit for hit in self._hits(material, ("issue", "receipt")) if hit.turn == answers[0][0] and hit.start < opening]
        if channel is not Channel.SOCIAL:
            return [_count("acknowledgement.first_reply", first), *(Signal(name=spec.name, value=None) for spec in self.specs[1:])]
        shown = [hit for hit in self._hits(material, ("issue",)) if hit.turn == public]
        return [_count("acknowledgement.first_reply", first), _count("acknowledgement.public", shown), self._echoed(material, public)]

    def _hits(self, material: Material, meanings: Iterable[str]) -> list[Hit]:
        own = [hit for meaning in meanings for hit in self._own.hits(material, meaning, by=Speaker.AGENT)]
        polite = [hit for meaning in ("empathy", "apology") for hit in self._courtesy.hits(material, meaning, by=Speaker.AGENT)]
        return sorted((*own, *polite), key=lambda hit: (hit.turn, hit.start))

    def _echoed(self, material: Material, first: int | None) -> Signal:
        if first is None:
            return Signal(name="acknowledgement.echoed", value=0, confidence=0.9)
        asked = {
            word[:_STEM]
            for index, turn in material.by(Speaker.CUSTOMER)
            if index < first and turn.public is not False
            for word in self._content(material, index)
        }
        folded, content = material.folded(first), self._content(material, first)
        seen: dict[str, Place] = {}
        for word, (start, end) in zip(folded.words, folded.spans, strict=True):
            if word in content and word[:_STEM] in asked:
                seen.setdefault(word[:_STEM], Place(turn=first, start=start, end=end))
        return Signal(name="acknowledgement.echoed", value=len(seen), places=tuple(seen.values()), confidence=0.75)

    def _content(self, material: Material, index: int) -> frozenset[str]:
        """Folded words that say what it is about: of four letters or more, and none of the everyday ones."""
        language = material.transcript.turns[index].language or material.transcript.language or "en"
        everyday = self._everyday.get(language, frozenset())
        return frozenset(word for word in material.folded(index).words if len(word) >= _STEM and word not in everyday)


def _opening(text: str) -> int:
    """Where the first words of a text end."""
    words = list(re.finditer(r"\S+", text))
    return len(text) if len(words) <= _OPENING else words[_OPENING].start()


def _count(name: str, hits: Sequence[Hit]) -> Signal:
    places = tuple(Place(turn=hit.turn, start=hit.start, end=hit.end) for hit in hits)
    return Signal(name=name, value=len(hits), places=places, confidence=0.9 if hits else 0.7)
