"""Talk: who speaks how much on a call, and how fast.

Two rates, as phonetics parts them (Laver 1994, "Principles of phonetics"): pace counts words over talk with its short pauses, the
articulation rate counts syllables over voiced time alone, pauses of 0.2 s or longer cut out. Syllables make languages comparable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from qa_service.analysis.base import Material, unmeasured, word_count
from qa_service.analysis.floor import Floor, Party
from qa_service.analysis.spans import total
from qa_service.analysis.spoken import SpokenAnalyzer, call_specs
from qa_service.analysis.syllables import syllables, syllables_hidden
from qa_service.domain.redaction import PLACEHOLDER
from qa_service.domain.signal import Signal, Unit
from qa_service.domain.speaker import Speaker

#: With less voice than this, a rate says little of how somebody speaks.
_ENOUGH_MS = 3000
#: English spelling shows its syllables; Persian and Arabic are estimated from the consonants.
_SURE, _ESTIMATED = 0.9, 0.7

_ARTICULATION = "syllables, by how they are written, over the own voiced time, pauses of 0.2 s or longer cut out; needs 3 s of voice"
_OF_BOTH = (
    "over the speech time of both parties, overlaps counted for both (by voice activity, else the times of words or turns; pauses of up to "
    "0.7 s count as speech)"
)
_SPECS = (
    ("talk.agent_share", Unit.SHARE, f"Agent's speech time {_OF_BOTH}."),
    ("talk.customer_share", Unit.SHARE, f"Customer's speech time {_OF_BOTH}."),
    ("pace.agent", Unit.WORDS_PER_MINUTE, "Agent's words over the agent's own speech time."),
    ("pace.customer", Unit.WORDS_PER_MINUTE, "Customer's words over the customer's own speech time."),
    ("articulation.agent", Unit.SYLLABLES_PER_SECOND, f"Agent's {_ARTICULATION}."),
    ("articulation.customer", Unit.SYLLABLES_PER_SECOND, f"Customer's {_ARTICULATION}."),
)


class Talk(SpokenAnalyzer):
    """Shares of talk, pace and articulation rate."""

    specs = call_specs(*_SPECS)

    def measure(self, material: Material, floor: Floor) -> Iterable[Signal]:
        """Everything of ``specs``."""
        return _signals(material, floor)


def _signals(material: Material, floor: Floor) -> Iterator[Signal]:
    parties = ((Speaker.AGENT, floor.agent), (Speaker.CUSTOMER, floor.customer))
    talk = {speaker: sum(stretch.end - stretch.start for stretch in party.stretches) for speaker, party in parties}
    both = sum(talk.values())
    for speaker, _ in parties:
        yield Signal(name=f"talk.{speaker}_share", value=talk[speaker] / both if both else None, confidence=floor.trust)
    for speaker, party in parties:
        words = sum(word_count(one.text) for one in party.said) + sum(map(material.hidden, {one.turn for one in party.said}))
        yield Signal(name=f"pace.{speaker}", value=words * 60_000 / talk[speaker] if talk[speaker] else None, confidence=floor.trust)
    for speaker, party in parties:
        yield _articulation(material, speaker, party, floor.trust)


def _articulation(material: Material, speaker: Speaker, party: Party, trust: float) -> Signal:
    name, voiced = f"articulation.{speaker}", total(party.pieces)
    languages = [material.language(one.turn) for one in party.said]
    counts = [syllables(PLACEHOLDER.sub("", one.text), language) for one, language in zip(party.said, languages, strict=True)]
    known = [count for count in counts if count is not None]
    hidden = sum(syllables_hidden(_hidden(material, index), material.language(index)) for index in {one.turn for one in party.said})
    if not party.pauses_known or voiced < _ENOUGH_MS or not known or len(known) < len(counts):
        return unmeasured(name)
    sure = _SURE if set(languages) == {"en"} else _ESTIMATED
    return Signal(name=name, value=round((sum(known) + hidden) * 1000 / voiced, 2), confidence=sure * trust)


def _hidden(material: Material, index: int) -> int:
    """Words behind the placeholders of a turn."""
    text = material.transcript.turns[index].text
    return material.hidden(index) + len(PLACEHOLDER.findall(text)) if "[" in text else 0
