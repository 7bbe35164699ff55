"""The opening: whether the agent's first words name a company and the agent.

Names cannot be listed, so both are found by what surrounds them. The company is what is left of the first words without greetings, function
words, offers of help, departments and people's names; the agent's name is known from the interaction, or stands in a fixed frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import NamedTuple

import re2
import spacy
from rapidfuzz import fuzz

from qa_service.analysis.base import Material
from qa_service.analysis.fold import Folded, fold
from qa_service.analysis.lexicon import Lexicon
from qa_service.domain.finding import Query
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: Turns of the agent that can hold the introduction, and words of them that are read for a company.
_TURNS, _WORDS = 3, 24
#: Words that a customer says before business begins.
_HELLO = 2
#: Similarity at which a misheard word still is the agent's known name.
_ALIKE = 84
#: Shorter names must be heard exactly.
_LONG = 4
_SPECS = (
    SignalSpec(
        name="opening.company", unit=Unit.FLAG,
        method="The agent's first words name a company: they hold words that are no greeting, function word, department or person.",
    ),
    SignalSpec(
        name="opening.agent_name", unit=Unit.FLAG,
        method="The agent's first words hold the agent's name as the interaction tells it, or a name in a frame such as 'my name is'.",
    ),
)
#: Frames that hold a name wherever they stand; the name is the first group, over folded words with a blank before and after each.
_SURE = {
    "en": (r" (?:my name is|my name s|my names|you are (?:speaking|talking|chatting) (?:to|with)|i am called) (\S+)",),
    "fa": (r" (?:اسم من|اسمم|نام من) (\S+)",),
    "ar": (r" (?:اسمی|محدثک|محدثتک|محدثکم|یحدثک|یکلمک) (\S+)",),
}
#: Frames that hold a name only in the very first words.
_FIRST = {
    "en": (
        r" (?:name is|name s|speaking (?:to|with)|you have got) (\S+)",
        r" (?:this is|it s|i am|here is) ((?:(?:mr|mrs|ms|miss|mister|doctor|dr) )?\S+)(?: \S+)?"
        r" (?:from|at|with|of|in|on|here|speaking|calling|how|what|and i|and how|may i|can i)",
        r" (?:this is|i am) (\S+) $", r"^ (?:\S+ ){0,6}(\S+) (?:speaking|here|on the line|at your service)",
        r"^ (?:\S+ ){0,2}(\S+) (?:from|at|with) \S+",
    ),
    "fa": (
        r" (?:بنده|اینجانب) (\S+)",
        r" (\S+) (?:هستم|هستن|صحبت میکنم|صحبت میکنه|در خدمتم|در خدمتتونم|درخدمتم|در خدمتتون هستم|در خدمت شما هستم)",
        r" من (\S+)(?: \S+)? (?:هستم|ام|از)",
    ),
    "ar": (
        r" (?:مع حضرتک|مع حضرتکم|معک|معاک|معکم|معاکم|معاکی|معاکو|ویاک|ویاکم|تحدثک|تکلمک) (?:اخوک |اختک |موظف |استاذ )?(\S+)",
        r" (?:انا|انی) (\S+) (?:من|فی|مع|بخدمت\S*|کیف|ازای)",
        r" (\S+) (?:معک|معاک|معکم|معاکم|ویاک|یتحدث|یتکلم|تتحدث|بخدمتک)",
    ),
}


class _Span(NamedTuple):
    """A piece of a turn, in characters."""

    turn: int
    start: int
    end: int


class Opening:
    """Whether company and agent are named when the contact begins."""

    def __init__(self) -> None:
        self._lexicon = Lexicon("opening")
        self._plain = self._lexicon.words("plain")
        self._nameless = self._lexicon.words("nameless")
        self._sure = {language: [re2.compile(frame) for frame in frames] for language, frames in _SURE.items()}
        self._first = {language: [re2.compile(frame) for frame in frames] for language, frames in _FIRST.items()}

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """Two flags."""
        return _SPECS

    @property
    def queries(self) -> tuple[Query, ...]:
        """Nothing: the words left over matter, not the words found."""
        return ()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Both flags; unknown without words of the agent, or in a language without lists or only guessed."""
        turns = list(islice((index for index, turn in material.spoken if turn.speaker is Speaker.AGENT), _TURNS))
        known = [index for index in turns if _language(material, index) in self._plain]
        if not known or not material.transcript.language_known:
            yield from (Signal(name=spec.name, value=None) for spec in _SPECS)
            return
        first = _before_customer(material, known)
        names = [span for index in known for span in self._names(material, index, first=index in first)]
        yield _flag("opening.agent_name", names, 0.9)
        left = [span for index in first for span in self._company(material, index, names)]
        yield _flag("opening.company", left, 0.9 if len(left) > 1 else 0.75)

    def _names(self, material: Material, index: int, *, first: bool) -> Iterator[_Span]:
        folded = material.folded(index)
        language = _language(material, index)
        told = material.interaction.agent.name if material.interaction.agent else None
        if told:
            yield from _alike(folded, fold(told, language).words, index)
        for frame in (*self._sure[language], *(self._first[language] if first else ())):
            match = frame.search(folded.text)
            if match and not self._is_plain(match[1].split()[-1], language) and match[1] not in self._nameless[language]:
                yield _Span(index, *folded.original(match.start(1), match.end(1)))

    def _company(self, material: Material, index: int, names: list[_Span]) -> Iterator[_Span]:
        folded = material.folded(index)
        language = _language(material, index)
        title = False
        for word, (start, end) in islice(zip(folded.words, folded.spans, strict=True), _WORDS):
            person = title or any(name.turn == index and name.start < end and start < name.end for name in names)
            title = word in _TITLES
            if not person and not self._is_plain(word, language):
                yield _Span(index, start, end)

    def _is_plain(self, word: str, language: str) -> bool:
        return len(word) < 2 or word.isdigit() or word in self._plain[language] or word in _stop_words(language)


_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "mister", "sir", "doctor", "dr", "اقای", "خانم", "خانوم", "جناب", "استاذ", "استاذه", "سید", "سیده"}
)


@cache
def _stop_words(language: str) -> frozenset[str]:
    return frozenset(word for stop in spacy.blank(language).Defaults.stop_words for word in fold(stop, language).words)


def _language(material: Material, index: int) -> str:
    return material.transcript.turns[index].language or material.transcript.language or "xx"


def _before_customer(material: Material, turns: list[int]) -> list[int]:
    """The agent's turns up to the first sentence of the customer that follows them; a bare hello is none."""
    spoken = [i for i, turn in material.spoken if turn.speaker is Speaker.CUSTOMER and i > turns[0] and material.words(i) > _HELLO]
    return [index for index in turns if not spoken or index < spoken[0]]


def _alike(folded: Folded, name: tuple[str, ...], index: int) -> Iterator[_Span]:
    """Words of the turn that are, or were misheard for, a part of the name; Persian writes the verb onto it."""
    for word, (start, end) in zip(folded.words, folded.spans, strict=True):
        for part in name:
            long = len(part) >= _LONG
            if word == part or (long and (fuzz.ratio(word, part) >= _ALIKE or word in (f"{part}م", f"{part}ام"))):
                yield _Span(index, start, end)


def _flag(name: str, spans: list[_Span], confidence: float) -> Signal:
    places = tuple(Place(turn=span.turn, start=span.start, end=span.end) for span in spans)
    return Signal(name=name, value=float(bool(spans)), places=places, confidence=confidence)
