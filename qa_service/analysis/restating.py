"""Restating: details of the customer that the agent says back, and questions by which the agent makes sure what is meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import dropwhile
from typing import NamedTuple

import re2

from qa_service.analysis.among import Among
from qa_service.analysis.base import Material
from qa_service.analysis.content import content_word, content_words, is_number, numbers_in
from qa_service.analysis.fold import fold
from qa_service.analysis.lexicon import Lexicon
from qa_service.domain.finding import Query
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

_SPECS = (
    SignalSpec(
        name="echo.details", unit=Unit.COUNT,
        method=(
            "Agent's turns that say back what the customer said (numbers, days, names, things) or ask whether it was understood, "
            "before or while acting."
        ),
    ),
    SignalSpec(
        name="questions.clarifying", unit=Unit.COUNT,
        method="Agent's questions about the request itself: no offer of help, no request for identity, no 'anything else'.",
    ),
)
#: Words of the agent that a turn must have to be a summary rather than a reply.
_SUMMARY_WORDS = 4
#: Numbers in a turn that the customer agrees to, whoever said them first.
_FACTS = 2
#: Things said back, and their share of the turn, that make it an echo: without a number among them, and with one.
_ECHOED, _MOSTLY, _PARTLY = 2, 0.6, 0.4
#: Figures of a number that nobody says by chance.
_LONG_NUMBER = 4
#: Shorter questions ask for a word to be repeated.
_QUESTION_WORDS = 3
#: Share of the people's turns after which a question clarifies nothing any more.
_LATE = 0.85


class _Turn(NamedTuple):
    """One turn of the agent with what is needed to judge it."""

    at: int
    #: Folded words.
    words: tuple[str, ...]
    #: Content words of it that the customer had used before.
    echoed: frozenset[str]
    #: Content words of the customer's last two turns.
    latest: frozenset[str]
    #: Content words in it.
    content: int
    #: Numbers in it.
    facts: int
    #: It ends in a question mark or a tag such as "right".
    asks: bool
    #: The customer's next words agree.
    affirmed: bool


class Restating:
    """Echoed details and clarifying questions."""

    def __init__(self) -> None:
        self._lexicon = Lexicon("restating")
        self._fillers = self._lexicon.words("filler")
        self._leads = self._lexicon.words("sums_up")
        self._when = self._lexicon.words("when")

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """Two counts."""
        return _SPECS

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Both counts; unknown in languages without a lexicon."""
        if not material.covered:
            yield from (Signal(name=spec.name, value=None) for spec in _SPECS)
            return
        turns = list(self._turns(material))
        asking = {turn.at for turn in turns if turn.asks or turn.affirmed}
        confirms = self._lexicon.turns(material, "confirm", by=Speaker.AGENT)
        confirms |= self._lexicon.turns(material, "agrees", by=Speaker.AGENT) & asking
        done = self._lexicon.turns(material, "done", by=Speaker.AGENT)
        echoes = [(t.at, sure) for t in turns if (sure := self._echo(material, t, t.at in confirms, t.at in done))]
        yield _count("echo.details", echoes, none=0.75)
        yield _count("questions.clarifying", list(self._clarifying(material, turns, confirms)), none=0.8)

    def _turns(self, material: Material) -> Iterator[_Turn]:
        said: set[str] = set()
        recent = [frozenset[str](), frozenset[str]()]
        spoken = material.spoken
        tags, affirms = (self._lexicon.hits(material, name) for name in ("tag", "affirm"))
        ends = {hit.turn for hit in tags if hit.end > _words_between(material.transcript.turns[hit.turn].text)[1]}
        starts = {hit.turn for hit in affirms if hit.start <= _words_between(material.transcript.turns[hit.turn].text)[0]}
        for at, (index, turn) in enumerate(spoken):
            content = content_words(material.folded(index), _language(material, index))
            if turn.speaker is Speaker.CUSTOMER:
                recent.append(content - _names(material.folded(index).text))
                said |= recent[-1]
                continue
            reply = next((i for i, other in spoken[at + 1 : at + 3] if other.speaker is Speaker.CUSTOMER), None)
            asks = "?" in turn.text or "؟" in turn.text or index in ends
            facts = numbers_in(content)
            words, latest = material.folded(index).words, recent[-1] | recent[-2]
            yield _Turn(index, words, frozenset(content & said), latest, len(content), facts, asks, reply in starts)

    def _echo(self, material: Material, turn: _Turn, confirms: bool, done: bool) -> float:
        """How sure it is that a turn says details back; 0 where it does not."""
        if confirms and (turn.asks or turn.affirmed or turn.echoed):
            return 0.95
        if self._echoes_first(material, turn):
            return 0.85
        if _said_number(turn):
            return 0.8
        if done and not turn.asks:
            return 0.0
        if not _open(turn) and (summary := self._summary(material, turn)):
            return summary
        if turn.affirmed and turn.facts >= _FACTS and not _open(turn):
            return 0.7 if turn.asks and turn.echoed else 0.45  # a check; or news that the customer agrees to: even
        return self._mostly(turn)

    def _mostly(self, turn: _Turn) -> float:
        """A turn that holds little but what the customer just said; with a number less will do."""
        back = turn.echoed & turn.latest
        numbers = numbers_in(back)
        if numbers >= _FACTS and len(turn.words) >= _SUMMARY_WORDS:
            return 0.6
        share = len(back) / max(1, turn.content)
        if numbers and len(back) >= _ECHOED + 1 and share >= _PARTLY:
            return 0.7
        return 0.6 if len(back) >= 2 * _ECHOED and share >= _MOSTLY and not _open(turn) else 0.0

    def _summary(self, material: Material, turn: _Turn) -> float:
        """How sure it is that a turn sums up: its beginning, what it repeats, and that it asks or is agreed to."""
        if len(turn.words) < _SUMMARY_WORDS or not (turn.asks or turn.affirmed):
            return 0.0
        leads = self._leads_in(material, turn)
        if len(turn.echoed) >= 2 and (leads or (turn.asks and turn.affirmed and not self._diagnoses(material, turn))):
            return 0.85
        if leads and turn.asks and turn.affirmed and turn.echoed:
            return 0.8
        return 0.75 if leads and turn.asks and turn.facts >= 2 else 0.0

    def _echoes_first(self, material: Material, turn: _Turn) -> bool:
        """A number, or two things in a row of several or in a question, said back before anything else."""
        language = _language(material, turn.at)
        fillers = self._fillers.get(language, frozenset())
        rest = list(dropwhile(lambda word: word in fillers, turn.words))
        first = [word if (word := content_word(each, language)) in turn.echoed else None for each in rest[:2]]
        if len(first) == 2 and all(first):
            counts = turn.asks or turn.affirmed or len(turn.echoed) >= 2 * _ECHOED
            when = self._when.get(language, frozenset())
            return counts or any(is_number(word) or word in when for word in turn.echoed)
        return bool(first and first[0] and is_number(first[0]) and len(first[0]) >= 2)

    def _diagnoses(self, material: Material, turn: _Turn) -> bool:
        """A question such as "is the light red" asks for news; it says nothing back."""
        pattern = _INTERROGATIVE.get(_language(material, turn.at))
        return bool(pattern and pattern.search(material.folded(turn.at).text))

    def _leads_in(self, material: Material, turn: _Turn) -> bool:
        text = " ".join(turn.words)
        return any(text.startswith(f"{lead} ") for lead in self._leads.get(_language(material, turn.at), ()))

    def _clarifying(self, material: Material, turns: list[_Turn], confirms: set[int]) -> Iterator[tuple[int, float]]:
        """Turns that hold a question about the request, after the customer's first words and before the end."""
        late = len(material.transcript.turns) * _LATE
        first = next((i for i, turn in material.spoken if turn.speaker is Speaker.CUSTOMER), None)
        others = Among(self._lexicon.hits(material, "no_clarifying", by=Speaker.AGENT))
        for turn in turns:
            if first is None or not first < turn.at < late:
                continue
            if turn.at in confirms and (turn.asks or turn.echoed):
                yield turn.at, 0.9
            elif any(not others.touches(turn.at, *span) or _chooses(material, turn, span) for span in _questions(material, turn)):
                yield turn.at, 0.85


#: How questions begin that are written without a question mark.
_INTERROGATIVE = {
    "en": re2.compile(
        r"^(?: (?:okay|so|and|right|thanks|thank you|sure|well|um|uh|got it|alright|yes|but|or|great))*"
        r" (?:which|what|where|who|is (?:it|that|this|the|your|there)|are you|was it|did|do you|does|has|have you"
        r"|when (?:did|was|is|will|were|do)|how (?:many|much|long|often|far)) "
    ),
    "fa": re2.compile(r"^(?: \S+){0,3} (?:کدوم\S*|کدام\S*|چند تا|چندتا|ایا|منظورتون\S*|منظورتان\S*) "),
    "ar": re2.compile(r"^(?: \S+){0,2} (?:هل|ایش|شو|وش|متی|امتی|وین|فین|کم|مین|تقصد\S*) "),
}
#: One thing or another.
_CHOICE = {
    "en": re2.compile(r" or (?:is|was|are|were|did|do|does|has|the|a|an|just|your|from|on|in|at|by|with|for|to|only|did|have)? ?\S+"),
    "fa": re2.compile(r" یا (?:\S+ ){1,}"),
    "ar": re2.compile(r" (?:ولا|والا|ام|او|لو) \S+ "),
}
#: Words of an offer of more help, or of a choice that is none.
_MORE = re2.compile(
    r" (?:anything|something else|help|assist|or not|or what|or else|کمک|سوال|سوالی|امر|امری|کاری|یا نه"
    r"|ولا لا|ولا ایه|مساعده|اساعدک|خدمه|استفسار|ثانی|تانی) "
)
_MARKED = re2.compile(r"[^.!?؟\n]+[?؟]")
_NAME = re2.compile(r" (?:name is|name s|this is|باسم|اسمی|به اسم|اسمم|به نام) (\S+(?: \S+)?)")
_OPEN = re2.compile(r"^(?: \S+){0,3} (?:what|which|when|where|who|how|چه|کدوم|کدام|کی|چند|شو|وش|ایش|متی|وین|کم|این) ")


def _questions(material: Material, turn: _Turn) -> Iterator[tuple[int, int]]:
    """Ranges of the questions in a turn: sentences with a mark, else the whole turn if it begins like a question."""
    text = material.transcript.turns[turn.at].text
    marked = [match.span() for match in _MARKED.finditer(text)]
    pattern = _INTERROGATIVE.get(_language(material, turn.at))
    if not marked and pattern and pattern.search(material.folded(turn.at).text):
        marked = [(0, len(text))]
    return (span for span in marked if len(text[span[0] : span[1]].split()) >= _QUESTION_WORDS)


def _chooses(material: Material, turn: _Turn, span: tuple[int, int]) -> bool:
    """Whether a question puts one thing or another about the request, whatever else it names; an offer of more help does not."""
    language = _language(material, turn.at)
    pattern = _CHOICE.get(language)
    words = fold(material.transcript.turns[turn.at].text[span[0] : span[1]], language).text
    return bool(pattern and pattern.search(words) and not _MORE.search(words))


@lru_cache(maxsize=256)
def _words_between(text: str) -> tuple[int, int]:
    """The first letter or figure of a text, and the last; without any, one past its end and one before its beginning."""
    first = next((at for at, letter in enumerate(text) if letter.isalnum()), len(text))
    return first, next((at for at in range(len(text) - 1, -1, -1) if text[at].isalnum()), -1)


def _said_number(turn: _Turn) -> bool:
    """Whether a long number that the customer just said stands in a turn."""
    return any(word.isdigit() and len(word) >= _LONG_NUMBER for word in turn.echoed & turn.latest)


def _open(turn: _Turn) -> bool:
    return bool(_OPEN.search(f" {' '.join(turn.words)} "))


def _names(text: str) -> frozenset[str]:
    """Words by which a customer gives a name: saying it back is a courtesy."""
    return frozenset(word for match in _NAME.finditer(text) for word in match[1].split())


def _language(material: Material, index: int) -> str:
    return material.transcript.turns[index].language or material.transcript.language or "xx"


def _count(name: str, turns: list[tuple[int, float]], *, none: float) -> Signal:
    best = sorted(turns, key=lambda one: -one[1])
    places = tuple(Place(turn=index) for index, _ in best)
    return Signal(name=name, value=len(turns), places=places, confidence=best[0][1] if best else none)
