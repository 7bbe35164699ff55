"""Identity: whether the agent asks who the customer is, the customer says it, and where account data are first used.

A detail that proves is more than a name: a number, a date of birth, an address, a reference. It may be asked for or come unasked; what
the agent reads from the caller's number and the customer only agrees to proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from qa_service.analysis.among import Among
from qa_service.analysis.base import Material, unmeasured, word_count
from qa_service.analysis.fold import fold, fold_characters
from qa_service.analysis.lexicon import Lexicon, merged
from qa_service.analysis.sentences import sentence_at, sentences
from qa_service.domain.finding import Hit, Query
from qa_service.domain.redaction import PLACEHOLDER, Kind
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: An agent's words of this length that name a detail ask for it: "surname", "order number please".
_TERSE_WORDS = 7
#: A longer sentence without a mark of a question must hold a request near the detail, in characters.
_NEAR = 60
#: Turns of the customer in which short numbers are details even if nobody asked and nothing introduces them.
_OPENING_TURNS = 2
#: Turns of people after a question in which its answer stands.
_ANSWER_TURNS = 3
_QUESTION = re.compile(r"[?؟]")
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}+@[\w-]+(?:\.\w+)+")
#: Numbers and references as people write them, after folding: 4 figures or more, letters mixed with figures.
_REFERENCE = re.compile(
    r"\b(?=[\w-]{0,60}\d)[a-z0-9]+(?:-[a-z0-9]+)+\b|\b(?=[a-z]*\d[a-z]*\d)(?=\d*[a-z])[a-z0-9]{5,}\b"
    r"|(?<![.,\d])\d(?:[ -]?\d){3,}(?![.,]\d)"
)
#: Numbers that are no reference: years, times, amounts.
_AMOUNT = re.compile(
    r"(?:[$£€]|usd|eur|rs\.?)\s?\d[\d,. ]*"
    r"|(?<!\d)\d[\d,.]{0,30}+\s?(?:%|usd|eur|gbp|dollars?|pounds?|euros?|rupees?|ریال|تومان|تومن|جنیه|درهم|دینار|kg|km|gb|mb)"
    r"|\b(?:19|20)\d\d\b|(?<!\d)\d++(?:st|nd|rd|th|am|pm|h|hrs?)\b"
)
_CODE = re.compile(r"\b(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{5,}\b")
_LONG = re.compile(r"(?<![.,\d])\d(?:[ -]?\d){6,}(?![.,]\d)")
_FIGURES = re.compile(r"\d\d+")
#: Number words spoken one after another.
_SPOKEN_DIGITS = re.compile(
    r"(?: (?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple|صفر|یک|دو|سه|چهار|چار|پنج|شش|شیش|هفت|هشت|نه"
    r"|واحد|اثنین|ثلاثه|اربعه|خمسه|سته|سبعه|ثمانیه|تسعه)){4,} "
)


class Answers(NamedTuple):
    """What the customer says about who they are."""

    #: Turns that hold a detail that proves.
    given: list[Hit]
    #: Turns that answer a request for a name alone.
    named: list[Hit]


class Identity:
    """Asking, giving and using."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="identity.asked", unit=Unit.COUNT,
            method="Turns in which the agent asks for an identifying detail (name, number, date of birth, postcode ...), by lexicon.",
        ),
        SignalSpec(
            name="identity.given", unit=Unit.COUNT,
            method="Turns in which the customer gives an identifying detail, asked or unasked; a name alone is none.",
        ),
        SignalSpec(
            name="identity.named", unit=Unit.COUNT,
            method="Turns in which the customer answers a request for a name, and for nothing else.",
        ),
        SignalSpec(
            name="disclosure.agent", unit=Unit.FLAG,
            method=(
                "The agent tells or changes account data or acts on the account, by lexicon, or names a number that the customer never "
                "said and asks whether it is theirs; the first place tells where it begins."
            ),
        ),
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("identity")
        self._questions = Lexicon("questions")

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon, and how questions open."""
        return (*self._lexicon.queries, *self._questions.queries)

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        if not material.covered:
            yield from (unmeasured(spec.name) for spec in self.specs)
            return
        asked, given, named = self.asked(material), self.given(material), self._answers(material).named
        used = self.used(material)
        trust = material.covered
        yield Signal(name="identity.asked", value=len({hit.turn for hit in asked}), places=_places(asked), confidence=0.9 * trust)
        yield Signal(name="identity.given", value=len({hit.turn for hit in given}), places=_places(given), confidence=0.85 * trust)
        yield Signal(name="identity.named", value=len({hit.turn for hit in named}), places=_places(named), confidence=0.85 * trust)
        yield Signal(name="disclosure.agent", value=float(bool(used)), places=_places(used[:5]), confidence=(0.8 if used else 0.65) * trust)

    def touched(self, material: Material) -> list[Hit]:
        """Places where identity is asked or given, in order."""
        return sorted([*self.asked(material), *self.given(material)])

    def asked(self, material: Material) -> list[Hit]:
        """Details that the agent asks for."""
        return material.once("identity.asked", self._asked)

    def given(self, material: Material) -> list[Hit]:
        """Customer turns that hold a detail that proves, in order."""
        return self._answers(material).given

    def used(self, material: Material) -> list[Hit]:
        """Where the agent uses account data, in order."""
        asked = Among(self.asked(material))
        told = [hit for hit in self._lexicon.hits(material, "disclosure", by=Speaker.AGENT) if not _same_sentence(material, hit, asked)]
        return sorted([*told, *self._read_out(material)])

    def _read_out(self, material: Material) -> Iterator[Hit]:
        """Questions that only ask for a yes about what stands on the agent's screen: a detail, or a number that the customer never said."""
        said: set[str] = set()
        openings = Among(self._questions.hits(material, "interrogative", by=Speaker.AGENT))
        details = Among(self._lexicon.hits(material, "detail", by=Speaker.AGENT))
        for index, turn in material.spoken:
            if turn.speaker is Speaker.CUSTOMER:
                said |= _figures(turn.reading or turn.text)
                continue
            for start, end in sentences(turn.text) if _QUESTION.search(turn.text) else ():
                if not _QUESTION.search(turn.text, start, end) or openings.begins(index, start, end):
                    continue
                words = fold(turn.text[start:end], material.language(index)).text
                seen = self._lexicon.seen(words, material.language(index))
                tagged = details.begins(index, start, end) and "_is_it" in seen and "_request" not in seen
                if (tagged or _figures(turn.text[start:end]) - said) and "_restates" not in seen:
                    yield Hit(index, start, end, 1.0)

    def _only_confirms(self, material: Material, index: int, start: int, end: int) -> bool:
        """Whether a question asks for a yes and for nothing else."""
        text, language = material.transcript.turns[index].text, material.language(index)
        seen = self._lexicon.seen(fold(text[start:end], language).text, language)
        return "_is_it" in seen and "_request" not in seen

    def _asked(self, material: Material) -> list[Hit]:
        named = [hit for hit in self._lexicon.hits(material, "detail", by=Speaker.AGENT) if self.requested(material, hit)]
        return merged(named, [hit for hit in self._lexicon.hits(material, "asking", by=Speaker.AGENT) if self.requested(material, hit)])

    def requested(self, material: Material, hit: Hit) -> bool:
        """Whether the sentence around a detail asks for it: by a mark or a request, or by being nothing but the detail."""
        text = material.transcript.turns[hit.turn].text
        spans = sentences(text)
        start, end = spans[sentence_at(spans, hit.start)]
        # What is asked of the whole sentence is worked out once for all details in it.
        here = f"{hit.turn}.{start}"
        if material.once(f"identity.mark.{here}", lambda _: max(text.rfind(mark, start, end) for mark in "?؟")) >= hit.end:
            return not material.once(f"identity.confirms.{here}", lambda read: self._only_confirms(read, hit.turn, start, end))
        language = material.language(hit.turn)
        near = fold(text[max(start, hit.start - _NEAR) : min(end, hit.end + _NEAR)], language).text
        if "_request" in self._lexicon.seen(near, language):
            return True
        if not material.once(f"identity.terse.{here}", lambda _: word_count(text[start:end]) <= _TERSE_WORDS):
            return False
        told = material.once("identity.told", lambda read: Among(self._lexicon.hits(read, "disclosure", by=Speaker.AGENT)))
        return not told.begins(hit.turn, start, end)

    def _answers(self, material: Material) -> Answers:
        return material.once("identity.answers", self._answered)

    def _answered(self, material: Material) -> Answers:
        questions = {hit.turn for hit in self.asked(material)}
        wonders = self._questions.turns(material, "interrogative", by=Speaker.CUSTOMER)
        introduced = self._lexicon.turns(material, "detail", by=Speaker.CUSTOMER)
        found = Answers([], [])
        seen = 0
        for at, (index, turn) in enumerate(material.spoken):
            if turn.speaker is not Speaker.CUSTOMER or turn.suspect:
                continue
            seen += 1
            before = [i for i, _ in material.spoken[max(0, at - _ANSWER_TURNS) : at]]
            asked = [i for i in before if i in questions]
            hit = Hit(index, 0, len(turn.text), 1.0)
            if _holds_detail(material, index, asked=bool(asked), short=seen <= _OPENING_TURNS or index in introduced):
                found.given.append(hit)
            elif asked and before[-1] == asked[-1] and index not in wonders and self._replies(material, index):
                (found.given if self._beyond_name(material, asked[-1]) else found.named).append(hit)
        return found

    def _replies(self, material: Material, index: int) -> bool:
        """Whether a turn after a question can be its answer: it asks nothing and does not say that it is not known."""
        if _QUESTION.search(material.transcript.turns[index].text):
            return False
        return "_unknown" not in self._lexicon.seen(material.folded(index).text, material.language(index))

    def _beyond_name(self, material: Material, index: int) -> bool:
        return "_beyond_name" in self._lexicon.seen(material.folded(index).text, material.language(index))


def _holds_detail(material: Material, index: int, *, asked: bool, short: bool) -> bool:
    """A name is none, nor is an e-mail address that nobody asked for: it may be what the contact is about. Unless ``short`` numbers
    count or the detail was asked for, a number must be as long as one of a telephone."""
    turn = material.transcript.turns[index]
    none = (Kind.NAME,) if asked else (Kind.NAME, Kind.EMAIL)
    if any(kind not in none for kind in PLACEHOLDER.findall(turn.text)):
        return True
    folded = _ADDRESS.sub(" ", _AMOUNT.sub(" ", fold_characters(turn.reading or turn.text)))
    if (asked or short) and (_REFERENCE.search(folded) or _SPOKEN_DIGITS.search(material.folded(index).text)):
        return True
    if _LONG.search(folded) or _CODE.search(turn.text):
        return True
    return asked and _ADDRESS.search(fold_characters(turn.text)) is not None


def _same_sentence(material: Material, told: Hit, asked: Among) -> bool:
    """Whether what sounds like use of data is part of the question for a detail: "the number on your account"."""
    if told.turn not in asked:
        return False
    spans = sentences(material.transcript.turns[told.turn].text)
    at = sentence_at(spans, told.start)
    return asked.begins(told.turn, *spans[at])


def _figures(text: str) -> set[str]:
    """Numbers of two figures and more in a text."""
    return set(_FIGURES.findall(fold_characters(text)))


def _places(hits: Sequence[Hit]) -> tuple[Place, ...]:
    return tuple(Place(turn=hit.turn, start=hit.start, end=hit.end) for hit in hits)
