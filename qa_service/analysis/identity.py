"""Identity: whether the agent asks who the customer is, the customer says it, and where account data are first used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from qa_service.analysis.base import Material, unmeasured, word_count
from qa_service.analysis.fold import fold, fold_characters
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.sentences import sentence_at, sentences
from qa_service.domain.finding import Hit, Query
from qa_service.domain.redaction import PLACEHOLDER, Kind
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: An agent's words of this length that name a detail ask for it: "surname", "order number please".
_TERSE_WORDS = 8
#: A longer sentence without a mark of a question must hold a request near the detail, in characters.
_NEAR = 60
#: Turns of the customer in which details come unasked.
_OPENING_TURNS = 2
#: Turns of people after a question in which its answer stands.
_ANSWER_TURNS = 3
_QUESTION = re.compile(r"[?؟]")
#: Numbers and references as people write them, after folding: 4 figures or more, letters mixed with figures, addresses of e-mail.
_REFERENCE = re.compile(
    r"[\w.+-]+@[\w-]+\.\w+|\b(?=[\w-]*\d)[a-z0-9]+(?:-[a-z0-9]+)+\b|\b(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{5,}\b"
    r"|(?<![.,\d])\d(?:[ -]?\d){3,}(?![.,]\d)"
)
#: Numbers that are no reference: years, times, amounts.
_AMOUNT = re.compile(
    r"(?:[$£€]|usd|eur|rs\.?)\s?\d[\d,. ]*"
    r"|\d[\d,.]*\s?(?:%|usd|eur|gbp|dollars?|pounds?|euros?|rupees?|ریال|تومان|تومن|جنیه|درهم|دینار|kg|km|gb|mb)"
    r"|\b(?:19|20)\d\d\b|\d+(?:st|nd|rd|th|am|pm|h|hrs?)\b"
)
#: Number words spoken one after another.
_SPOKEN_DIGITS = re.compile(
    r"(?: (?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple|صفر|یک|دو|سه|چهار|چار|پنج|شش|شیش|هفت|هشت|نه"
    r"|واحد|اثنین|ثلاثه|اربعه|خمسه|سته|سبعه|ثمانیه|تسعه)){4,} "
)


class Identity:
    """Asking, giving and using."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="identity.asked", unit=Unit.COUNT,
            method="Turns in which the agent asks for an identifying detail (name, number, date of birth, postcode ...), by lexicon.",
        ),
        SignalSpec(
            name="identity.given", unit=Unit.COUNT,
            method="Turns in which the customer gives an identifying detail: when asked, or a reference in the first two turns.",
        ),
        SignalSpec(
            name="disclosure.agent", unit=Unit.FLAG,
            method="The agent tells or changes account data or acts on the account, by lexicon; the first place tells where it begins.",
        ),
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("identity")

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        if not material.covered:
            yield from (unmeasured(spec.name) for spec in self.specs)
            return
        asked, given = self.asked(material), self.given(material)
        used = self._lexicon.hits(material, "disclosure", by=Speaker.AGENT)
        trust = material.covered
        yield Signal(name="identity.asked", value=len({hit.turn for hit in asked}), places=_places(asked), confidence=0.9 * trust)
        yield Signal(name="identity.given", value=len({hit.turn for hit in given}), places=_places(given), confidence=0.85 * trust)
        yield Signal(name="disclosure.agent", value=float(bool(used)), places=_places(used[:5]), confidence=(0.8 if used else 0.65) * trust)

    def touched(self, material: Material) -> list[Hit]:
        """Places where identity is asked or given, in order."""
        return sorted([*self.asked(material), *self.given(material)])

    def asked(self, material: Material) -> list[Hit]:
        """Details that the agent asks for."""
        return material.once("identity.asked", self._asked)

    def given(self, material: Material) -> list[Hit]:
        """Customer turns that answer such a question, or hold a reference at the start."""
        return material.once("identity.given", self._given)

    def _asked(self, material: Material) -> list[Hit]:
        return [hit for hit in self._lexicon.hits(material, "detail", by=Speaker.AGENT) if self.requested(material, hit)]

    def requested(self, material: Material, hit: Hit) -> bool:
        """Whether the sentence around a detail asks for it."""
        text = material.transcript.turns[hit.turn].text
        spans = sentences(text)
        start, end = spans[sentence_at(spans, hit.start)]
        if word_count(text[start:end]) <= _TERSE_WORDS or _QUESTION.search(text, hit.end, end):
            return True
        language = material.language(hit.turn)
        near = fold(text[max(start, hit.start - _NEAR) : min(end, hit.end + _NEAR)], language).text
        return "_request" in self._lexicon.seen(near, language)

    def _given(self, material: Material) -> list[Hit]:
        questions = {hit.turn for hit in self.asked(material)}
        found: list[Hit] = []
        seen = 0
        for at, (index, turn) in enumerate(material.spoken):
            if turn.speaker is not Speaker.CUSTOMER or turn.suspect:
                continue
            seen += 1
            before = [i for i, _ in material.spoken[max(0, at - _ANSWER_TURNS) : at]]
            if any(i in questions for i in before):
                if _holds_detail(material, index) or (before[-1] in questions and not _QUESTION.search(turn.text)):
                    found.append(Hit(index, 0, len(turn.text), 1.0))
            elif seen <= _OPENING_TURNS and _holds_detail(material, index):
                found.append(Hit(index, 0, len(turn.text), 1.0))
        return found


def _holds_detail(material: Material, index: int) -> bool:
    text = material.transcript.turns[index].text
    if any(kind != Kind.NAME for kind in PLACEHOLDER.findall(text)):
        return True
    folded = _AMOUNT.sub(" ", fold_characters(text))
    return bool(_REFERENCE.search(folded) or _SPOKEN_DIGITS.search(material.folded(index).text))


def _places(hits: Sequence[Hit]) -> tuple[Place, ...]:
    return tuple(Place(turn=hit.turn, start=hit.start, end=hit.end) for hit in hits)
