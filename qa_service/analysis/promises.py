"""Promises: what the agent commits to, and whether it says who does what by when.

A promise is a future act of the agent or the company. What is done at once, offers that wait for the customer, questions, refusals and
what the customer says are none; nor is an act of which the agent then says that it is done. The act names who and what; the time may
stand in the same or the next sentence, in the sentence before, in the agent's next turn when that follows at once or the customer asked
when, or with what the sentence only spells out ("he will ring before he comes").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from qa_service.analysis.base import Material, unmeasured
from qa_service.analysis.fold import fold
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.sentences import sentence_at, sentences
from qa_service.domain.finding import Query
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: Speech without punctuation is read in windows of this many characters on both sides of the act.
_WINDOW = 140
_LONG = 320
_QUESTION_MARKS = ("?", "؟")
#: Turns of the agent within which a step is done, and within which a promise is spelt out.
_DONE_WITHIN, _MORE_WITHIN = 2, 3
#: Persian present verbs of the first person, which stand for the future: می‌رسونم, می‌فرستیم; not those of knowing, wanting and saying.
_PERSIAN_ACT = re.compile(
    r" می(?!خوا|دون|دان|تون|توان|گم|گیم|بین|شناس|فهم|ترس|گرد|پرس|بخش|دار|داش|شم|شیم|مون|مان|گوی|پذیر|کوش|ایم)\S{2,}(?:م|یم)(?= )"
)
_COMMAS = (",", "،", ";", "؛")


class Promise(NamedTuple):
    """One commitment."""

    #: Turn of the agent.
    turn: int
    #: Character range of the sentence.
    start: int
    end: int
    #: Says by when.
    timed: bool


class Promises:
    """Counts promises, and those without a time."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="promise.count", unit=Unit.COUNT,
            method="Sentences in which the agent commits the company to a future act, by lexicon; offers and acts done at once are none.",
        ),
        SignalSpec(
            name="promise.incomplete", unit=Unit.COUNT,
            method="Promises without a time (a clock time, day, date or span) in or beside the sentence; 'soon' is no time.",
        ),
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("promises")
        self._outcome = Lexicon("outcome")

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicons of acts and of what is done; times are looked for only where an act was found."""
        return (*self._lexicon.queries, *self._outcome.queries)

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Both signals."""
        if not material.covered:
            yield from (unmeasured(spec.name) for spec in self.specs)
            return
        found = list(self.promises(material))
        open_ = [promise for promise in found if not promise.timed]
        trust = material.covered * (0.85 if found else 0.65)
        yield Signal(name="promise.count", value=len(found), places=_places(found), confidence=trust)
        yield Signal(name="promise.incomplete", value=len(open_), places=_places(open_), confidence=trust)

    def promises(self, material: Material) -> Iterator[Promise]:
        """All promises of the agent in order of the text, one a sentence."""
        acts: dict[tuple[int, int, int], tuple[int, bool]] = {}
        for sure, meaning in ((False, "soft"), (True, "promise")):
            for hit in self._lexicon.hits(material, meaning, by=Speaker.AGENT):
                start, end = _sentence(material, hit.turn, hit.start)
                if hit.end <= end:
                    acts[hit.turn, start, end] = (hit.start, sure)
        for turn, start, end, act in _conjugated(material):
            acts.setdefault((turn, start, end), (act, False))
        done = sorted(self._outcome.turns(material, "done", by=Speaker.AGENT))
        timed: list[Promise] = []
        for (turn, start, end), (act, sure) in sorted(acts.items()):
            promise = self._promise(material, Promise(turn, start, end, timed=True), act=act, sure=sure)
            if promise is None or (not promise.timed and self._done_next(material, promise, done)):
                continue
            if not promise.timed and self._spells_out(material, promise, timed):
                promise = promise._replace(timed=True)
            timed.extend([promise] if promise.timed else [])
            yield promise

    def _done_next(self, material: Material, promise: Promise, done: Sequence[int]) -> bool:
        """Whether the agent's next turn but one at the latest says that what the agent was about to do is done."""
        words = self._words(material, promise)
        seen = self._lexicon.seen(words, material.language(promise.turn))
        if "_own_step" not in seen or "_vague" in seen:
            return False
        later = [index for index, _ in material.by(Speaker.AGENT) if index > promise.turn][:_DONE_WITHIN]
        return any(index in later for index in done)

    def _spells_out(self, material: Material, promise: Promise, timed: Sequence[Promise]) -> bool:
        """Whether a sentence only says more of what was just promised with a time: its subject is a pronoun."""
        if not timed or "_more_of_it" not in self._lexicon.seen(self._words(material, promise), material.language(promise.turn)):
            return False
        between = sum(timed[-1].turn < index < promise.turn for index, _ in material.by(Speaker.AGENT))
        return between < _MORE_WITHIN

    def _words(self, material: Material, promise: Promise) -> str:
        text = material.transcript.turns[promise.turn].text[promise.start : promise.end]
        return fold(text, material.language(promise.turn)).text

    def _promise(self, material: Material, found: Promise, *, act: int, sure: bool) -> Promise | None:
        """What a sentence with an act amounts to; ``None`` when it is no commitment."""
        text, language = material.transcript.turns[found.turn].text, material.language(found.turn)
        if text[found.start : found.end].rstrip(" \"'”»)").endswith(_QUESTION_MARKS):
            return None
        words = fold(text[found.start : found.end], language).text
        seen = self._lexicon.seen(words, language)
        vague = "_vague" in seen
        if "_offer" in seen:
            return None
        if "_unsure" in seen:
            return found._replace(timed=False) if sure else None
        if timed(self._lexicon, words, language, seen):
            return found._replace(timed=not vague or self._timed_clause(text, found, act, language))
        if "_if_another" in seen or (not vague and (not sure or "_at_once" in seen or "://" in text[found.start : found.end])):
            return None
        return found._replace(timed=self._timed_nearby(material, found.turn, found.start, vague=vague))

    def _timed_clause(self, text: str, found: Promise, act: int, language: str) -> bool:
        """Whether the time is the act's, in a sentence that also says "soon": its own clause decides."""
        start = max(text.rfind(comma, found.start, act) for comma in _COMMAS) + 1 or found.start
        ends = [at for comma in _COMMAS if (at := text.find(comma, act, found.end)) >= 0]
        words = fold(text[start : min(ends, default=found.end)], language).text
        seen = self._lexicon.seen(words, language)
        return "_vague" not in seen or timed(self._lexicon, words, language, seen)

    def _timed_nearby(self, material: Material, turn: int, start: int, *, vague: bool) -> bool:
        """Whether a neighbouring sentence says when; what came before cannot mend a vague time."""
        text, language = material.transcript.turns[turn].text, material.language(turn)
        spans = sentences(text)
        at = sentence_at(spans, start)
        near = [*spans[at + 1 : at + 2], *([] if vague else spans[max(0, at - 1) : at])]
        if any(self._timed(fold(text[first:last], language).text, language) for first, last in near):
            return True
        return at == len(spans) - 1 and self._timed_next(material, turn)

    def _timed_next(self, material: Material, turn: int) -> bool:
        """Whether the agent goes on with a time, or answers the customer's 'when?' with one."""
        asked = True
        for index, other in material.spoken:
            if index <= turn:
                continue
            words, language = material.folded(index).text, material.language(index)
            if other.speaker is Speaker.AGENT:
                return asked and not other.text.rstrip().endswith(_QUESTION_MARKS) and self._timed(words, language)
            asked = "_when" in self._lexicon.seen(words, language)
        return False

    def _timed(self, words: str, language: str) -> bool:
        return timed(self._lexicon, words, language, self._lexicon.seen(words, language))


def _conjugated(material: Material) -> Iterator[tuple[int, int, int, int]]:
    """Sentences of the agent with such a Persian verb: turn, range, and where it stands; with a time they are promises."""
    for index, turn in material.by(Speaker.AGENT):
        if turn.suspect or material.language(index) != "fa":
            continue
        folded = material.folded(index)
        for at, _ in folded.originals([match.span() for match in _PERSIAN_ACT.finditer(folded.text)]):
            start, end = _sentence(material, index, at)
            yield index, start, end, at


def timed(lexicon: Lexicon, words: str, language: str, seen: frozenset[str]) -> bool:
    """Whether folded words say when something will be: a time that is not part of a past one."""
    if "_time" not in seen or "_past" not in seen:
        return "_time" in seen
    rest = lexicon.pattern("_past", language).sub(" ", words)
    return bool(lexicon.pattern("_time", language).search(rest))


def _sentence(material: Material, turn: int, position: int) -> tuple[int, int]:
    text = material.transcript.turns[turn].text
    spans = sentences(text)
    start, end = spans[sentence_at(spans, position)]
    if end - start <= _LONG:
        return start, end
    first, last = text.rfind(" ", start, max(start, position - _WINDOW) + 1), text.find(" ", min(end, position + _WINDOW), end)
    return (start if first < 0 else first + 1), (end if last < 0 else last)


def _places(found: Iterable[Promise]) -> tuple[Place, ...]:
    return tuple(Place(turn=promise.turn, start=promise.start, end=promise.end) for promise in found)
