"""Questions: how many each party asks, and which of the customer's the agent leaves unanswered.

Whether an answer answers cannot be read from words alone: a question counts as unanswered only where nothing follows, where what
follows holds nothing that was asked for (a time, an amount, a reason), is a known way of passing a question by, or the customer says so.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from qa_service.analysis.base import Material, counted, places_of, unmeasured
from qa_service.analysis.fold import fold
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.quoted import is_own
from qa_service.analysis.sentences import sentences
from qa_service.domain.finding import Hit, Query
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

_MARK = re.compile(r"[?؟]")
#: A link may hold a question mark.
_LINK = re.compile(r"https?://\S+")
#: Openings closer than this, in characters, are one question.
_APART = 18
#: A question of so few words wants no answer of its own unless it names what it wants.
_SHORT = 2
#: Words up to which an answer may be nothing but "okay", or pass by.
_HEARD_WORDS, _DEFLECTION_WORDS = 4, 14
_ACK_WORDS = 3
_TYPES = {"_asks_time": "_time", "_asks_amount": "_number", "_asks_reason": "_reason"}

_MARKS = "sentences with a question mark; in turns without any, openings of questions by lexicon."
_REASON_ONLY = frozenset({"_asks_reason"})
#: Words of an answer to "why" that can explain.
_EXPLAINS = 8


class Open(NamedTuple):
    """A question without an answer."""

    #: Where it stands.
    hit: Hit
    #: How sure that is.
    confidence: float


class _Answer(NamedTuple):
    """What follows a question."""

    #: Turns of the agent that can answer.
    turns: list[int]
    #: Where the customer's next words of substance stand.
    after: int | None
    #: The folded words of those turns, and how many.
    words: str
    length: int


class Questions:
    """Counts of questions, and the unanswered ones."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(name="questions.agent", unit=Unit.COUNT, method=f"The agent's {_MARKS}"),
        SignalSpec(name="questions.customer", unit=Unit.COUNT, method=f"The customer's {_MARKS}"),
        SignalSpec(
            name="questions.unanswered", unit=Unit.COUNT,
            method="Customer questions after which the agent says nothing that was asked for, or passes by, or the customer says so.",
        ),
        SignalSpec(
            name="questions.answered_share", unit=Unit.SHARE,
            method="Completeness of the answers: share of the customer's questions that want an answer and are not unanswered.",
        ),
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("questions")
        self._times = Lexicon("promises")

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        if not material.covered:
            yield from (unmeasured(spec.name) for spec in self.specs)
            return
        opened: dict[int, list[Hit]] = {}
        for hit in self._lexicon.hits(material, "interrogative"):
            opened.setdefault(hit.turn, []).append(hit)
        asked: dict[Speaker, list[Hit]] = {Speaker.AGENT: [], Speaker.CUSTOMER: []}
        for index, turn in material.spoken:
            written = _in_turn(turn.text, index, opened.get(index, ()))
            asked[turn.speaker].extend(hit for hit in written if is_own(turn.text, hit.start, hit.end))
        trust = 0.95 * material.covered
        yield counted("questions.agent", asked[Speaker.AGENT], confidence=trust)
        yield counted("questions.customer", asked[Speaker.CUSTOMER], confidence=trust)
        wanted = [self._wanted(material, hit) for hit in asked[Speaker.CUSTOMER]]
        open_ = list(self._unanswered(material, asked[Speaker.CUSTOMER], wanted))
        trust = max((one.confidence for one in open_), default=0.65) * material.covered
        yield counted("questions.unanswered", [one.hit for one in open_], confidence=trust)
        real = sum(kinds is not None for kinds in wanted)
        share, missed = (real - len(open_)) / real if real else None, places_of(one.hit for one in open_)
        yield Signal(name="questions.answered_share", value=share, confidence=trust if real else 0.0, places=missed)

    def _unanswered(self, material: Material, asked: Sequence[Hit], wanted: Sequence[frozenset[str] | None]) -> Iterator[Open]:
        complained = self._lexicon.turns(material, "unanswered", by=Speaker.CUSTOMER) if asked else set()
        last = {kind: hit.turn for hit, kinds in zip(asked, wanted, strict=True) for kind in kinds or ()}
        for hit, kinds in zip(asked, wanted, strict=True):
            if kinds is None:
                continue
            if any(last[kind] > hit.turn for kind in kinds):
                continue  # asked again: the last time decides
            confidence = self._open(material, hit, kinds, complained)
            if confidence:
                yield Open(hit, confidence)

    def _wanted(self, material: Material, hit: Hit) -> frozenset[str] | None:
        """The kinds of thing that are asked for; ``None`` for a question that wants no answer."""
        language = material.language(hit.turn)
        words = fold(material.transcript.turns[hit.turn].text[hit.start : hit.end], language).text
        seen = self._lexicon.seen(words, language)
        kinds = seen & _TYPES.keys()
        count = len(words.split())
        if kinds:
            return kinds
        if count <= _SHORT:
            return None
        return None if "_phatic" in seen and self._phatic(words, language) else kinds

    def _phatic(self, words: str, language: str) -> bool:
        """Whether a question is nothing but "are you there" or the like."""
        found = self._lexicon.pattern("_phatic", language).search(words)
        length = len(found.group(0).split()) if found else 0
        return len(words.split()) <= length + (length > _SHORT)

    def _open(self, material: Material, hit: Hit, wanted: frozenset[str], complained: set[int]) -> float:
        """How sure a question is unanswered; 0 where it seems answered."""
        answer, after, words, count = material.once(f"questions.answer.{hit.turn}", lambda read: _answer(read, hit.turn))
        if not answer:
            return 0.75
        if after in complained:
            return 0.75
        language = material.language(answer[0])
        seen = self._lexicon.seen(words, language)
        if wanted and any(self._holds(kind, seen, words, language) for kind in wanted):
            return 0.0
        if wanted and "_not_known" in seen and count <= _DEFLECTION_WORDS:
            return 0.0  # told that nobody knows: an answer, if no welcome one
        if wanted == _REASON_ONLY and sum(map(material.words, answer)) >= _EXPLAINS:
            return 0.0  # a reason is often told without a word such as "because"
        if wanted or (count <= _DEFLECTION_WORDS and "_deflection" in seen):
            return 0.7
        return 0.5 if not count or (count <= _HEARD_WORDS and "_ack" in seen) else 0.0

    def _holds(self, kind: str, seen: frozenset[str], words: str, language: str) -> bool:
        if kind == "_asks_time":
            return "_number" in seen or "_time" in self._times.seen(words, language)
        return _TYPES[kind] in seen


def _in_turn(text: str, index: int, opened: Sequence[Hit]) -> Iterator[Hit]:
    """Sentences with a question mark; without any, stretches from one opening to the next."""
    if _MARK.search(text):
        clean = _LINK.sub(lambda link: "." * len(link[0]), text)
        yield from (Hit(index, start, end, 1.0) for start, end in sentences(text) if _MARK.search(clean, start, end))
        return
    last = -_APART
    for hit in opened:
        if hit.start - last >= _APART:
            spans = sentences(text)
            at = bisect_right(spans, hit.start, key=itemgetter(1))
            end = spans[at][1] if at < len(spans) else len(text)
            yield Hit(index, hit.start, max(end, hit.end), 0.8)
        last = hit.end


def _answer(material: Material, asked: int) -> _Answer:
    found, after = _answering(material, asked)
    words = " ".join(material.folded(index).text for index in found)
    return _Answer(found, after, words, len(words.split()))


def _answering(material: Material, asked: int) -> tuple[list[int], int | None]:
    """Turns of the agent that can answer, up to the customer's next words of substance; and where those stand."""
    found: list[int] = []
    for index, turn in material.spoken:
        if index <= asked:
            continue
        if turn.speaker is Speaker.AGENT:
            found.append(index)
        elif found and (material.words(index) > _ACK_WORDS or _MARK.search(turn.text)):
            return found, index
    return found, None
