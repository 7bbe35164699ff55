"""Manner: how the agent treats the customer, told by the grammar of sentences rather than by bad words.

Blame ("you should have ..."), bare brush-offs, mockery, talk about oneself, the tone of friends, curt turns, and a customer who minds.
No single sign makes language unprofessional: rubrics add the counts up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from qa_service.analysis.base import Material, counted, unmeasured
from qa_service.analysis.fold import fold
from qa_service.analysis.lexicon import Lexicon, merged
from qa_service.analysis.quoted import own_lines
from qa_service.analysis.sentences import sentence_at, sentences
from qa_service.domain.finding import Hit, Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: Words up to which an answer is short; a mail has more to say.
_SHORT, _SHORT_MAIL = 4, 25
_QUESTION_MARKS = ("?", "؟")
_TRUST = 0.75


class Manner:
    """Signals ``conduct.*`` and ``objection.customer``."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="conduct.blame", unit=Unit.COUNT,
            method="Statements of the agent that lay the fault on the customer: should have, did not, because you ..., by lexicon.",
        ),
        SignalSpec(
            name="conduct.dismissal", unit=Unit.COUNT,
            method="Refusals and brush-offs of the agent without a softening word in or beside their sentence, by lexicon.",
        ),
        SignalSpec(
            name="conduct.mockery", unit=Unit.COUNT,
            method="Laughter, sneers and talk of what 'people' do, by the agent, unless the customer laughed before; by lexicon.",
        ),
        SignalSpec(
            name="conduct.private", unit=Unit.COUNT,
            method="Words of the agent about their own kin, pay, mood or the troubles of the firm, by lexicon.",
        ),
        SignalSpec(
            name="conduct.familiarity", unit=Unit.COUNT,
            method="Pet names, and in Persian the second person singular, in the agent's turns, by lexicon.",
        ),
        SignalSpec(
            name="conduct.curt", unit=Unit.SHARE,
            method=f"Share of the agent's answers of at most {_SHORT} words (mails: {_SHORT_MAIL}) that hold no polite word.",
        ),
        SignalSpec(name="objection.customer", unit=Unit.COUNT, method="Places where the customer minds how they are answered, by lexicon."),
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("manner")

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        if not material.covered:
            yield from (unmeasured(spec.name) for spec in self.specs)
            return
        trust = material.covered * _TRUST
        yield counted("conduct.blame", [hit for hit in self._of(material, "blame") if not _asks(material, hit)], confidence=trust)
        yield counted("conduct.dismissal", list(self._bare(material)), confidence=trust)
        yield counted("conduct.mockery", list(self._mocking(material)), confidence=trust)
        yield counted("conduct.private", self._of(material, "private"), confidence=trust)
        yield counted("conduct.familiarity", self._of(material, "familiar"), confidence=trust)
        yield self._curt(material)
        first = min((index for index, turn in material.spoken if turn.speaker is Speaker.AGENT), default=0)
        minded = [hit for hit in self._lexicon.hits(material, "objection", by=Speaker.CUSTOMER) if hit.turn > first]
        yield counted("objection.customer", minded, confidence=trust)

    def _of(self, material: Material, meaning: str) -> list[Hit]:
        return merged(self._lexicon.hits(material, meaning, by=Speaker.AGENT))

    def _bare(self, material: Material) -> Iterator[Hit]:
        """Brush-offs that nothing in their sentence, or the next, softens."""
        for hit in self._of(material, "dismissal"):
            text, language = material.transcript.turns[hit.turn].text, material.language(hit.turn)
            spans = sentences(text)
            at = sentence_at(spans, hit.start)
            around = text[spans[max(at - 1, 0)][0] : spans[min(at + 1, len(spans) - 1)][1]]
            if "_softened" not in self._lexicon.seen(fold(around, language).text, language) and not _asks(material, hit):
                yield hit

    def _mocking(self, material: Material) -> Iterator[Hit]:
        """The agent's, until the customer joins in."""
        laughed = min(self._lexicon.turns(material, "mockery", by=Speaker.CUSTOMER), default=len(material.transcript.turns))
        yield from (hit for hit in self._of(material, "mockery") if hit.turn < laughed)

    def _curt(self, material: Material) -> Signal:
        """Greetings that open and goodbyes that close are no answers."""
        most = _SHORT_MAIL if material.interaction.channel is Channel.EMAIL else _SHORT
        answers = _answers(material)
        short = [index for index in answers if _length(material, index) <= most and not self._polite(material, index)]
        share = len(short) / len(answers) if answers else 0.0
        places = tuple(Place(turn=index) for index in short)
        return Signal(name="conduct.curt", value=share, places=places, confidence=material.covered * _TRUST)

    def _polite(self, material: Material, index: int) -> bool:
        return "_polite" in self._lexicon.seen(material.folded(index).text, material.language(index))


def _answers(material: Material) -> Sequence[int]:
    """Turns of the agent after the customer's first words."""
    first = next((index for index, turn in material.spoken if turn.speaker is Speaker.CUSTOMER), None)
    return [index for index, turn in material.spoken if turn.speaker is Speaker.AGENT and first is not None and index > first]


def _length(material: Material, index: int) -> int:
    return sum(line.words for line in own_lines(material.transcript.turns[index].text)) + material.hidden(index)


def _asks(material: Material, hit: Hit) -> bool:
    """Whether the sentence is a question."""
    text = material.transcript.turns[hit.turn].text
    spans = sentences(text)
    start, end = spans[sentence_at(spans, hit.start)]
    return text[start:end].rstrip(" \n\"'”»)").endswith(_QUESTION_MARKS)
