"""What an analyzer is: it reads the material of one interaction and yields signals that its specs describe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, NamedTuple, Protocol, TypeVar

from qa_service.analysis.fold import Folded, fold
from qa_service.analysis.language import LANGUAGES
from qa_service.domain.finding import Findings, Hit, Query
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.judgement import NO_JUDGEMENTS, Judgements
from qa_service.domain.learned.model import LearnedModel
from qa_service.domain.redaction import PLACEHOLDER
from qa_service.domain.signal import Place, Signal, SignalSpec
from qa_service.domain.transcript import Speaker, Transcript, Turn

#: Marks of transcribers and engines for what is no word: ``[noise]``, ``<unk>``; placeholders of personal data are words.
_TAGS = re.compile(rf"(?!{PLACEHOLDER.pattern})\[[^\]]*\]|<[^<>]*>")
_OPENED = re.compile(r"[\[<]")

_T = TypeVar("_T")


class Material:
    """What analyzers read: the interaction, its transcript with languages, and all findings. Folding is done once."""

    def __init__(self, *, interaction: Interaction, transcript: Transcript, findings: Findings) -> None:
        self.interaction = interaction
        self.transcript = transcript
        self.findings = findings
        self._once: dict[str, Any] = {}
        self._folded: dict[int, Folded] = {}
        self._words: dict[int, int] = {}

    def once(self, name: str, make: Callable[[Material], _T]) -> _T:
        """What several analyzers read of the same interaction, worked out the first time."""
        if name not in self._once:
            self._once[name] = make(self)
        found: _T = self._once[name]
        return found

    def folded(self, index: int) -> Folded:
        """A turn's folded words."""
        if index not in self._folded:
            self._folded[index] = fold(self.transcript.turns[index].text, self.language(index))
        return self._folded[index]

    def words(self, index: int) -> int:
        """Words of a turn as people count them; a placeholder stands for as many as it hides."""
        if index not in self._words:
            self._words[index] = word_count(self.transcript.turns[index].text) + self.hidden(index)
        return self._words[index]

    def hidden(self, index: int) -> int:
        """Words that the placeholders of a turn hide, less one for each placeholder."""
        return self._hidden.get(index, 0)

    @cached_property
    def _hidden(self) -> Mapping[int, int]:
        found: dict[int, int] = {}
        for one in self.transcript.redactions or ():
            found[one.turn] = found.get(one.turn, 0) + one.words - 1
        return found

    def language(self, index: int) -> str:
        """A turn's language, else that of the whole; ``xx`` where neither is known."""
        return self.transcript.turns[index].language or self.transcript.language or "xx"

    def by(self, speaker: Speaker) -> Iterator[tuple[int, Turn]]:
        """Turns of a party with their indexes."""
        return ((index, turn) for index, turn in enumerate(self.transcript.turns) if turn.speaker is speaker)

    @cached_property
    def heard(self) -> tuple[Speaker | None, ...]:
        """Who each turn is by; ``None`` for suspect turns, in which nothing counts."""
        return tuple([None if turn.suspect else turn.speaker for turn in self.transcript.turns])

    @cached_property
    def spoken(self) -> tuple[tuple[int, Turn], ...]:
        """Turns of agent and customer that hold a word, with their indexes."""
        people = (Speaker.AGENT, Speaker.CUSTOMER)
        return tuple((i, turn) for i, turn in enumerate(self.transcript.turns) if turn.speaker in people and says_something(turn.text))

    @cached_property
    def aloud(self) -> bool:
        """Whether these are spoken turns with times."""
        turns = self.transcript.turns
        timed = all(turn.end_ms is not None and turn.sent_at is None for turn in turns)
        return self.interaction.channel is Channel.PHONE and bool(turns) and timed

    @cached_property
    def covered(self) -> float:
        """Share of the people's turns in a language that the lexicons know; none where the language was only guessed."""
        if not self.transcript.language_known:
            return 0.0
        main = self.transcript.language
        known = sum((turn.language or main) in LANGUAGES for _, turn in self.spoken)
        return known / len(self.spoken) if self.spoken else 0.0

    def hits(self, key: str, *, by: Speaker | None = None) -> tuple[Hit, ...]:
        """Where a lexicon's phrases stand, of one party or of all; suspect turns never count."""
        return tuple(self.kept(self.findings.get(key, ()), by))

    def kept(self, hits: Iterable[Hit], by: Speaker | None) -> list[Hit]:
        """Those of one party, or of all; in suspect turns, none."""
        heard = self.heard
        if by is None:
            return [hit for hit in hits if heard[hit[0]] is not None]
        return [hit for hit in hits if heard[hit[0]] is by]


def says_something(text: str) -> bool:
    """Whether a text holds a letter or digit outside of transcribers' tags."""
    return any(map(str.isalnum, without_tags(text)))


def word_count(text: str) -> int:
    """Words as people count them: what blanks part, without tags."""
    return len(without_tags(text).split())


def without_tags(text: str) -> str:
    """The text with a blank for each mark of a transcriber; placeholders of personal data stay."""
    if "[" not in text and "<" not in text:
        return text
    return _TAGS.sub(" ", text) if text.rfind("[") < text.rfind("]") or "[" not in text else "".join(_untagged(text))


def _untagged(text: str) -> Iterator[str]:
    """The same where a bracket is never closed: its end is not looked for again behind each of them."""
    closed, at = text.rfind("]"), 0
    for mark in _OPENED.finditer(text):
        place = mark.start()
        tag = _TAGS.match(text, place) if place >= at and (mark[0] == "<" or place < closed) else None
        if tag is not None:
            yield text[at:place]
            yield " "
            at = tag.end()
    yield text[at:]


def counted(name: str, hits: Sequence[Hit], *, confidence: float = 1.0) -> Signal:
    """A count whose places are the hits."""
    return Signal.counted(name, places_of(hits), confidence=confidence)


def places_of(hits: Iterable[Hit]) -> tuple[Place, ...]:
    """Where the hits stand."""
    return tuple([Place.at(turn, start, end) for turn, start, end, _ in hits])


@cache
def unmeasured(name: str) -> Signal:
    """A signal that the interaction does not carry."""
    return Signal(name=name, value=None, confidence=0.0)


class Analyzer(Protocol):
    """One family of signals; stateless after construction."""

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """The signals it yields, one spec each."""

    @property
    def queries(self) -> tuple[Query, ...]:
        """Lexicons to look up, under keys that start with ``lexicon.``."""

    def analyze(self, material: Material) -> Iterable[Signal]:
        """One signal for every spec; ``value=None`` where it cannot be measured."""


class Reading(NamedTuple):
    """Everything the analysis says about one interaction."""

    #: The transcript with languages filled in.
    transcript: Transcript
    #: Signals by name.
    signals: Mapping[str, Signal]
    #: Where the rubric's phrases and patterns stand.
    findings: Findings
    #: What a language model answered.
    judgements: Judgements = NO_JUDGEMENTS
    #: What was learned for the rubric, where that fits this analysis.
    learned: LearnedModel | None = None
