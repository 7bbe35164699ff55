"""The outcome: what the agent says was done or comes next, what passes the matter by, and how the customer takes it in the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from qa_service.analysis.base import Material, counted, unmeasured
from qa_service.analysis.lexicon import Lexicon, merged, outside
from qa_service.analysis.quoted import is_own
from qa_service.analysis.sentences import sentence_at, sentences
from qa_service.domain.finding import Hit, Query
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: Last turns of the customer that tell how they leave.
_LAST = 2
_QUESTION_MARKS = ("?", "؟")


class Outcome:
    """Counts of the agent's statements, and of the customer's last words."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="outcome.done", unit=Unit.COUNT,
            method="Statements of the agent, no questions, that something was done, found or settled, by lexicon.",
        ),
        SignalSpec(
            name="outcome.next", unit=Unit.COUNT,
            method="Statements of the agent of what somebody does next, or the customer is to do, by lexicon; broader than promises.",
        ),
        SignalSpec(
            name="outcome.evasive", unit=Unit.COUNT,
            method="Statements of the agent that pass the matter by: not known, not possible, not our job; by lexicon.",
        ),
        SignalSpec(name="ending.content", unit=Unit.COUNT, method=f"Words of content or thanks in the customer's last {_LAST} turns."),
        SignalSpec(
            name="ending.unhappy", unit=Unit.COUNT,
            method=f"Words of anger or of being left without an answer in the customer's last {_LAST} turns.",
        ),
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("outcome")

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        if not material.covered:
            yield from (unmeasured(spec.name) for spec in self.specs)
            return
        for meaning in ("done", "next", "evasive"):
            found = self._stated(material, meaning)
            yield counted(f"outcome.{meaning}", found, confidence=(0.85 if found else 0.7) * material.covered)
        customer = [index for index, turn in material.spoken if turn.speaker is Speaker.CUSTOMER]
        last = customer[-_LAST:] if len(customer) > _LAST else customer[1:]
        for meaning in ("content", "unhappy"):
            yield counted(f"ending.{meaning}", list(self._last_words(material, meaning, last)), confidence=0.8 * material.covered)

    def _last_words(self, material: Material, meaning: str, turns: Sequence[int]) -> Iterator[Hit]:
        """Where a meaning that is looked for in these turns only was expressed, outside of quoted lines."""
        for index in turns:
            turn, language = material.transcript.turns[index], material.language(index)
            if turn.suspect or f"_{meaning}" not in self._lexicon.seen(material.folded(index).text, language):
                continue
            hits = [hit for hit in self._found(material, f"_{meaning}", index) if is_own(turn.text, hit.start, hit.start + 1)]
            yield from merged(outside(hits, self._found(material, f"_{meaning}.not", index)))

    def _found(self, material: Material, meaning: str, index: int) -> list[Hit]:
        folded = material.folded(index)
        matches = self._lexicon.pattern(meaning, material.language(index)).finditer(folded.text)
        return [Hit(index, *place, 1.0) for place in folded.originals([match.span() for match in matches])]

    def _stated(self, material: Material, meaning: str) -> list[Hit]:
        """Hits of the agent after the customer's first words that do not stand in a question."""
        first = next((index for index, turn in material.spoken if turn.speaker is Speaker.CUSTOMER), -1)
        hits = [hit for hit in self._lexicon.hits(material, meaning, by=Speaker.AGENT) if hit.turn > first]
        return [hit for hit in merged(hits) if not _asks(material, hit)]


def _asks(material: Material, hit: Hit) -> bool:
    text = material.transcript.turns[hit.turn].text
    spans: Sequence[tuple[int, int]] = sentences(text)
    start, end = spans[sentence_at(spans, hit.start)]
    return text[start:end].rstrip(" \n\"'”»)").endswith(_QUESTION_MARKS)
