"""The ending: whether the contact came to an end at all, or the customer left or was lost, and how the agent closed it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from qa_service.analysis.base import Material, counted, says_something, unmeasured
from qa_service.analysis.content import content_words
from qa_service.analysis.fold import Folded, fold
from qa_service.analysis.lexicon import Lexicon, outside
from qa_service.analysis.sentences import sentences
from qa_service.domain.finding import Hit, Query
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker, Turn

_SPEC = SignalSpec(
    name="ending.broken_off", unit=Unit.FLAG,
    method="The last words are the customer's and no goodbye, thanks or agreement, or the customer left: the agent had no chance to close.",
)
_POLITE = SignalSpec(
    name="ending.polite", unit=Unit.FLAG,
    method=(
        "The agent's last two turns hold a wish or thanks for something, or the very last holds thanks, or a goodbye beside a courtesy; "
        "a goodbye alone, or 'you are welcome' alone, is none."
    ),
)
_MORE = SignalSpec(
    name="ending.more_offered", unit=Unit.COUNT,
    method="Questions of the agent, after the first two fifths, that ask for nothing in particular: anything, something else, a question.",
)
#: Share of the turns before which "anything?" offers help and not more help.
_EARLY = 0.4
_QUESTION_MARKS = ("?", "؟")
_CLAUSE = re.compile(r"[\w\s'’\u200c\u064b-\u0652]+")
#: Turns of the agent in which a goodbye can stand.
_LAST = 2
#: On a call, what was said longer before the end closes nothing, ms.
_CLOSE_MS = 25_000


class Ending:
    """Whether the customer broke the contact off, and how the agent closed."""

    def __init__(self) -> None:
        self._lexicon = Lexicon("ending")
        self._farewell = Lexicon("farewell")
        self._plain = self._farewell.words("_helping")

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """Two flags and a count."""
        return (_SPEC, _POLITE, _MORE)

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """All of them; unknown without turns of the agent, or in a language without a lexicon."""
        yield self._broken(material)
        yield self._polite(material)
        yield counted(_MORE.name, list(self._offers(material)), confidence=0.85) if material.covered else unmeasured(_MORE.name)

    def _offers(self, material: Material) -> Iterator[Hit]:
        """Questions in which nothing is named but "anything" and help."""
        late = len(material.transcript.turns) * _EARLY
        for index, turn in material.by(Speaker.AGENT):
            language = material.language(index)
            if turn.suspect or index < late or not any(mark in turn.text for mark in _QUESTION_MARKS):
                continue
            if "_anything" not in self._farewell.seen(material.folded(index).text, language):
                continue
            for start, end in sentences(turn.text):
                if not turn.text[start:end].rstrip(" \n\"'”»)").endswith(_QUESTION_MARKS):
                    continue
                start += _last_clause(turn.text[start:end])
                words = fold(turn.text[start:end], language)
                if "_anything" in self._farewell.seen(words.text, language) and self._names_nothing(words, language):
                    yield Hit(index, start, end, 1.0)

    def _names_nothing(self, words: Folded, language: str) -> bool:
        rest = self._farewell.pattern("_anything", language).sub(" ", words.text)
        return not content_words(fold(rest, language), language) - self._plain.get(language, frozenset())

    def _broken(self, material: Material) -> Signal:
        """Whether the contact ended before its end; unknown without turns of both."""
        turns = [(index, turn) for index, turn in enumerate(material.transcript.turns) if _counts(material, turn)]
        agents = [index for index, turn in turns if turn.speaker is Speaker.AGENT]
        if not agents or not material.covered or len(agents) == len(turns):
            return Signal(name=_SPEC.name, value=None)
        last, turn = turns[-1]
        goodbye = self._lexicon.turns(material, "farewell", by=Speaker.AGENT) & set(agents[-_LAST:])
        closed = bool(goodbye) or self._noted(material, "closed", after=last)
        left = self._left(material, after=last)
        words = self._lexicon.turns(material, "polite") | self._lexicon.turns(material, "farewell")
        polite = last in words or self._said_bye(material, last)
        broken = not closed and (left or (turn.speaker is Speaker.CUSTOMER and not polite))
        places = (Place(turn=last),) if broken else ()
        return Signal(name=_SPEC.name, value=float(broken), places=places, confidence=0.9 if left or not broken else 0.75)

    def _said_bye(self, material: Material, index: int) -> bool:
        return "_goodbye" in self._farewell.seen(material.folded(index).text, material.language(index))

    def _polite(self, material: Material) -> Signal:
        agents = [index for index, turn in material.by(Speaker.AGENT) if not turn.suspect and _counts(material, turn)]
        if not agents or not material.covered:
            return Signal(name=_POLITE.name, value=None)
        hits = [hit for index in self._closing_turns(material, agents) for hit in self._wishes(material, index)]
        hits = hits or self._last_words(material, agents[-1])
        places = tuple(Place.at(hit.turn, hit.start, hit.end) for hit in hits[-1:])
        return Signal(name=_POLITE.name, value=float(bool(hits)), places=places, confidence=0.95 if hits else 0.85)

    def _closing_turns(self, material: Material, agents: Sequence[int]) -> Sequence[int]:
        """The agent's last turns; on a call only those near the end."""
        turns, end = material.transcript.turns, max((turn.end_ms or 0 for _, turn in material.spoken), default=0)
        near = [index for index in agents[-_LAST:-1] if not material.aloud or end - (turns[index].end_ms or 0) <= _CLOSE_MS]
        return [*near, agents[-1]]

    def _wishes(self, material: Material, index: int) -> list[Hit]:
        if "_wish" not in self._farewell.seen(material.folded(index).text, material.language(index)):
            return []
        return outside(self._found(material, "_wish", index), self._found(material, "_wish.not", index))

    def _last_words(self, material: Material, last: int) -> list[Hit]:
        """Thanks, or a goodbye beside a courtesy."""
        seen = self._farewell.seen(material.folded(last).text, material.language(last))
        if "_thanks" in seen:
            return self._found(material, "_thanks", last)
        return self._found(material, "_goodbye", last) if {"_goodbye", "_courtesy"} <= seen else []

    def _found(self, material: Material, meaning: str, index: int) -> list[Hit]:
        folded = material.folded(index)
        matches = self._farewell.pattern(meaning, material.language(index)).finditer(folded.text)
        return [Hit(index, *place, 1.0) for place in folded.originals([match.span() for match in matches])]

    def _left(self, material: Material, *, after: int) -> bool:
        """A note of the system that the customer has gone or the line was lost, or an agent who calls after them in vain."""
        agent = material.transcript.turns[after].speaker is Speaker.AGENT
        if self._noted(material, "lost", after=after) or (agent and after in self._lexicon.turns(material, "calling", by=Speaker.AGENT)):
            return True
        return self._noted(material, "left", after=after) and not agent

    def _noted(self, material: Material, meaning: str, *, after: int) -> bool:
        notes = self._lexicon.turns(material, meaning, by=Speaker.SYSTEM) | self._lexicon.turns(material, meaning, by=Speaker.BOT)
        return any(index > after for index in notes)


def _last_clause(sentence: str) -> int:
    """Where the last clause of a question begins, behind commas, dashes and pictures."""
    parts = [match for match in _CLAUSE.finditer(sentence) if any(map(str.isalnum, match[0]))]
    return parts[-1].start() if parts else 0


def _counts(material: Material, turn: Turn) -> bool:
    """Words of a party; in writing a thumb is an answer too."""
    if turn.speaker not in (Speaker.AGENT, Speaker.CUSTOMER):
        return False
    return says_something(turn.text) or (not material.aloud and bool(turn.text.strip()))
