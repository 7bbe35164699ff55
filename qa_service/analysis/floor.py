"""The floor: who is heard when on a call, in stretches of talk, and which of them only show that one listens.

A party's voiced time comes from voice activity where the recording has it, else from the times of its words, else from those of its
turns. Music, ringing, announcements and other line sounds, bots and suspect turns are nobody's talk. Voiced pieces with pauses of at
most 0.7 s between them make a stretch.

A backchannel (Yngve 1970, "On getting a word in edgewise") is a stretch of one to three listener's words (mhm, yes, right ...) said
in less than 1 s each while the other talks, or between two stretches of the other's talk; not right after a question of the other,
where it is an answer. Where no word was recognised, it is a stretch under 0.7 s that the other talks through.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from qa_service.analysis.base import Material, says_something
from qa_service.analysis.fold import fold
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.spans import Span, joined, total, without
from qa_service.domain.transcript import Speaker, Turn

#: Pauses of one party up to this belong to its stretch of talk.
JOIN_MS = 700
#: Pauses of one party from this are cut out of its voiced time.
PAUSE_MS = 200
#: What is left of voice beside a line sound is no talk if it is shorter: their borders are less exact.
_SCRAP_MS = 300
#: Shorter line sounds (a beep, a key) do not part a silence.
SOUND_MS = 1000
#: A word belongs to the nearest stretch, at most this far off: engines are late or early.
_NEAR_MS = 500
_BACKCHANNEL_WORDS, _WORD_MS, _UNHEARD_MS = 3, 1000, 700
_QUESTION_MARKS = ("?", "؟")


class Said(NamedTuple):
    """A word, or a whole turn where words have no times."""

    #: Start, ms.
    start: int
    #: End, ms.
    end: int
    #: As recognised.
    text: str
    #: Index of its turn.
    turn: int


class Stretch(NamedTuple):
    """Talk of one party without a longer pause."""

    #: Start, ms.
    start: int
    #: End, ms.
    end: int
    #: Its voiced time, pauses cut out.
    pieces: tuple[Span, ...]
    #: What is said in it; nothing where nothing was recognised.
    said: tuple[Said, ...]
    #: Only shows that one listens.
    backchannel: bool

    @property
    def turn(self) -> int | None:
        """Index of the first turn in it."""
        return self.said[0].turn if self.said else None


class Party(NamedTuple):
    """All talk of one party."""

    #: In order.
    stretches: tuple[Stretch, ...]
    #: Everything it says, in order; suspect turns left out.
    said: tuple[Said, ...]
    #: Whether each word has its time.
    timed_words: bool
    #: Whether pauses within its turns are known.
    pauses_known: bool

    @property
    def pieces(self) -> list[Span]:
        """Voiced time."""
        return [piece for stretch in self.stretches for piece in stretch.pieces]

    @property
    def talk(self) -> list[Stretch]:
        """Stretches that are no backchannels."""
        return [stretch for stretch in self.stretches if not stretch.backchannel]


class Floor(NamedTuple):
    """A call as who is heard when."""

    agent: Party
    customer: Party
    #: Talk of bots.
    bots: list[Span]
    #: Line sounds of a second or longer.
    sounds: list[Span]
    #: How far it can be trusted who is who, 0 to 1.
    trust: float

    @property
    def talk(self) -> list[Span]:
        """Time in which anybody is heard, bots included."""
        return joined([*self.agent.pieces, *self.customer.pieces, *self.bots])


class Floors:
    """Makes the floor of a call, once for all analyzers."""

    def __init__(self) -> None:
        self._listening = Lexicon("backchannel").words("listening")

    def of(self, material: Material) -> Floor:
        """The floor; only of calls that are :attr:`Material.aloud`."""
        return material.once("floor", self._read)

    def _read(self, material: Material) -> Floor:
        agent, customer = _party(material, Speaker.AGENT), _party(material, Speaker.CUSTOMER)
        return Floor(
            agent=agent._replace(stretches=tuple(self._marked(material, agent.stretches, customer.stretches))),
            customer=customer._replace(stretches=tuple(self._marked(material, customer.stretches, agent.stretches))),
            bots=joined(_spans(turn for turn in material.transcript.turns if turn.speaker is Speaker.BOT)),
            sounds=[span for span in joined(_sounds(material)) if span[1] - span[0] >= SOUND_MS],
            trust=1.0 if material.transcript.speakers_known else 0.4,
        )

    def _marked(self, material: Material, mine: Sequence[Stretch], theirs: Sequence[Stretch]) -> Iterator[Stretch]:
        starts = [one.start for one in theirs]
        for index, one in enumerate(mine):
            at = bisect_right(starts, one.start) - 1
            over = theirs[at] if at >= 0 and theirs[at].end > one.start else None
            if not one.said:
                heard_through = over is not None and over.end >= one.end and total(one.pieces) < _UNHEARD_MS
                yield one._replace(backchannel=heard_through)
                continue
            listens = self._is_listening(material, one) and not (at >= 0 and _after_question(theirs[at], one.start))
            yield one._replace(backchannel=listens and (over is not None or _is_between(mine, index, theirs, at)))

    def _is_listening(self, material: Material, one: Stretch) -> bool:
        """Whether it holds nothing but a few listener's words."""
        language = material.language(one.said[0].turn)
        words = [word for said in one.said for word in fold(said.text, language).words]
        if not 0 < len(words) <= _BACKCHANNEL_WORDS or total(one.pieces) >= _WORD_MS * len(words):
            return False
        return _is_made_of(words, self._listening.get(language, frozenset()))


def _is_made_of(words: Sequence[str], phrases: frozenset[str]) -> bool:
    """Whether the words are phrases, one after the other."""
    return not words or any(" ".join(words[:n]) in phrases and _is_made_of(words[n:], phrases) for n in range(1, len(words) + 1))


def _is_between(mine: Sequence[Stretch], index: int, theirs: Sequence[Stretch], at: int) -> bool:
    """Whether the other talked last before and talks next after; ``theirs[at]`` is their last to start before it."""
    if at < 0 or at + 1 >= len(theirs):
        return False
    before = index == 0 or mine[index - 1].end < theirs[at].end
    return before and (index + 1 == len(mine) or theirs[at + 1].start < mine[index + 1].start)


def _after_question(before: Stretch, time: int) -> bool:
    """Whether the last thing said in a stretch before a time is a question that had come to its end by then, or nearly."""
    said = [one for one in before.said if one.start < time]
    return bool(said) and said[-1].end <= time + _NEAR_MS and said[-1].text.rstrip().endswith(_QUESTION_MARKS)


def _party(material: Material, speaker: Speaker) -> Party:
    turns = [(index, turn) for index, turn in material.spoken if turn.speaker is speaker and not turn.suspect]
    said = tuple(sorted([one for index, turn in turns for one in _words(index, turn)]))
    voice = _voice(material, speaker)
    words = joined((one.start, one.end) for one in said)
    pieces = _own(voice, without(joined(_nobodys(material, speaker)), words)) if voice else joined(words, pause=PAUSE_MS - 1)
    timed = bool(turns) and all(turn.words for _, turn in turns)
    return Party(tuple(_stretches(pieces, said)), said, timed, bool(voice) or timed)


def _own(voice: Sequence[Span], nobodys: Sequence[Span]) -> list[Span]:
    """Voice outside of what is nobody's."""
    whole = set(voice)
    return [span for span in without(joined(voice), nobodys) if span in whole or span[1] - span[0] >= _SCRAP_MS]


def _words(index: int, turn: Turn) -> Iterator[Said]:
    if not turn.words:
        yield Said(turn.start_ms or 0, turn.end_ms or 0, turn.text, index)
    for word in turn.words:
        if says_something(word.text):
            yield Said(word.start_ms, max(word.start_ms, word.end_ms), word.text, index)


def _voice(material: Material, speaker: Speaker) -> list[Span]:
    acoustics = material.transcript.acoustics
    return [(one.start_ms, one.end_ms) for one in acoustics.activity if one.speaker is speaker] if acoustics is not None else []


def _nobodys(material: Material, speaker: Speaker) -> Iterator[Span]:
    """Where what is heard on a party's channel is not that party."""
    yield from _sounds(material, speaker)
    yield from _spans(
        turn for turn in material.transcript.turns if turn.speaker is Speaker.BOT or (turn.suspect and turn.speaker is speaker)
    )


def _sounds(material: Material, speaker: Speaker | None = None) -> Iterator[Span]:
    """Line sounds on a party's channel, or all."""
    acoustics = material.transcript.acoustics
    for event in acoustics.events if acoustics is not None else ():
        if speaker is None or event.speaker in (None, speaker):
            yield event.start_ms, event.end_ms


def _spans(turns: Iterator[Turn]) -> Iterator[Span]:
    return ((turn.start_ms or 0, turn.end_ms or 0) for turn in turns)


def _stretches(pieces: Sequence[Span], said: Sequence[Said]) -> list[Stretch]:
    spans = joined(pieces, pause=JOIN_MS)
    inside: Mapping[int, list[Span]] = {index: [] for index in range(len(spans))}
    spoken: Mapping[int, list[Said]] = {index: [] for index in range(len(spans))}
    starts = [start for start, _ in spans]
    for piece in pieces:
        inside[bisect_right(starts, piece[0]) - 1].append(piece)
    for one in said:
        nearest, away = _nearest(spans, starts, (one.start + one.end) // 2)
        if away <= _NEAR_MS:
            spoken[nearest].append(one)
    return [
        Stretch(start, end, tuple(inside[index]), tuple(sorted(spoken[index], key=attrgetter("start"))), False)
        for index, (start, end) in enumerate(spans)
    ]


def _nearest(spans: Sequence[Span], starts: Sequence[int], time: int) -> tuple[int, float]:
    """Index of the span nearest to a time, and how far off it is; infinitely far where there is none."""
    at = bisect_right(starts, time)
    near = [(max(0, spans[i][0] - time, time - spans[i][1]), i) for i in (at - 1, at) if 0 <= i < len(spans)]
    away, index = min(near, default=(float("inf"), 0))
    return index, away
