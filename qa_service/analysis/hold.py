"""Hold: waits that the agent causes on a call, and whether they were announced.

A wait is a time of 8 s or more in which the agent owes the next words: after the customer has spoken, between two turns of the agent,
or after the agent announced it. Silence after a question of the agent is the customer's own. Music that begins after the agent has
spoken is a wait too, however short; where it falls into a wait, the two are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from qa_service.analysis.base import Material, unmeasured
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.line import sounds
from qa_service.analysis.spans import joined
from qa_service.domain.acoustics import LineSound
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker, Turn

#: Shorter silences are no wait.
WAIT_MS = 8000
#: A longer turn of the customer inside a wait is a turn of its own.
_ACK_WORDS = 6
#: Turns of the agent before a wait in which it may be announced.
_NOTICE_TURNS = 2
_QUESTION_MARKS = ("?", "؟")
#: Announcements may come between music, ms; music during which the agent talks for this share is no wait, but in the background.
_MUSIC_PAUSE_MS, _BACKGROUND = 20_000, 0.4

_CALLS = (Channel.PHONE,)
_RULE = "a wait is 8 s or more in which the agent owes the next words, or music after the agent has spoken"


class Wait(NamedTuple):
    """A time that the customer spent waiting."""

    #: Start, ms.
    start: int
    #: End, ms.
    end: int
    #: Announced or asked for in one of the two turns of the agent before it.
    announced: bool
    #: Turn of the agent before it.
    turn: int


class Hold:
    """Waits on a call."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(name="hold.count", unit=Unit.COUNT, method=f"Waits that the agent causes; {_RULE}.", channels=_CALLS),
        SignalSpec(name="hold.longest", unit=Unit.SECONDS, method=f"Longest wait that the agent causes; {_RULE}.", channels=_CALLS),
        SignalSpec(name="hold.seconds", unit=Unit.SECONDS, method=f"Sum of the waits that the agent causes; {_RULE}.", channels=_CALLS),
        SignalSpec(
            name="hold.unannounced", unit=Unit.COUNT, channels=_CALLS,
            method="Waits that no announcement or question in the two turns of the agent before them prepared, by lexicon.",
        ),
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("hold")

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        if not material.aloud:
            return [unmeasured(spec.name) for spec in self.specs]
        return _signals(self.waits(material), material)

    def waits(self, material: Material) -> list[Wait]:
        """The waits in time order."""
        return material.once("hold.waits", self._waits)

    def _waits(self, material: Material) -> list[Wait]:
        announced = self._lexicon.turns(material, "announcement", by=Speaker.AGENT)
        calling = self._lexicon.turns(material, "still_there", by=Speaker.CUSTOMER)
        agent = [(index, turn) for index, turn in material.spoken if turn.speaker is Speaker.AGENT]
        found: list[Wait] = []
        for at, (index, turn) in enumerate(agent):
            notice = any(before in announced for before, _ in agent[max(0, at + 1 - _NOTICE_TURNS) : at + 1])
            start, end = _owed(material, index, turn, agent[at + 1] if at + 1 < len(agent) else None, index in announced, calling)
            if end - start >= WAIT_MS:
                found.append(Wait(start, end, notice, index))
        for start, end in _music(material, [turn for _, turn in agent]):
            found = _with_music(found, start, end, agent, announced)
        return found


def _music(material: Material, agent: Sequence[Turn]) -> Iterator[tuple[int, int]]:
    """Stretches of music after the agent has spoken, in which the agent does not talk."""
    for start, end in joined((span for span, _ in sounds(material, LineSound.MUSIC)), pause=_MUSIC_PAUSE_MS):
        talked = sum(max(0, min(end, turn.end_ms or 0) - max(start, turn.start_ms or 0)) for turn in agent)
        if any((turn.start_ms or 0) < start for turn in agent) and talked < _BACKGROUND * (end - start):
            yield start, end


def _with_music(
    waits: Sequence[Wait], start: int, end: int, agent: Sequence[tuple[int, Turn]], announced: set[int]
) -> list[Wait]:
    """The waits with the music: part of those that it falls into, or one of its own."""
    before = [index for index, turn in agent if (turn.start_ms or 0) < start]
    inside = [wait for wait in waits if wait.start < end and start < wait.end]
    if len(inside) > 1:
        return list(waits)
    if inside:
        longer = inside[0]._replace(start=min(start, inside[0].start), end=max(end, inside[0].end))
        return [longer if wait is inside[0] else wait for wait in waits]
    own = Wait(start, end, any(index in announced for index in before[-_NOTICE_TURNS:]), before[-1])
    return sorted([*waits, own])


def _owed(
    material: Material, index: int, turn: Turn, following: tuple[int, Turn] | None, announced: bool, calling: set[int]
) -> tuple[int, int]:
    """From when to when the customer waits for the agent's next words; an empty span where nothing is owed."""
    last = following[0] if following is not None else len(material.transcript.turns)
    between = [(i, other) for i, other in material.spoken if index < i < last and other.speaker is Speaker.CUSTOMER]
    end = following[1].start_ms or 0 if following is not None else _end(material, between) if announced else 0
    short = {i for i, _ in between if material.words(i) <= _ACK_WORDS}
    called = calling & short
    content = [other for i, other in between if i not in called and not (announced and i in short)]
    if content:
        return content[-1].end_ms or 0, end
    if not announced and not called and turn.text.rstrip().endswith(_QUESTION_MARKS):
        return 0, 0
    return turn.end_ms or 0, end


def _end(material: Material, between: Sequence[tuple[int, Turn]]) -> int:
    """Where a wait ends from which the agent never came back."""
    if material.transcript.duration_ms is not None:
        return material.transcript.duration_ms
    return between[-1][1].start_ms or 0 if between else 0


def _signals(waits: Sequence[Wait], material: Material) -> Iterator[Signal]:
    trust = 0.85 if material.transcript.speakers_known else 0.4
    longest = sorted(waits, key=lambda wait: wait.start - wait.end)
    yield Signal(name="hold.count", value=len(waits), places=_places(waits), confidence=trust)
    yield Signal(name="hold.longest", value=_seconds(longest[0]) if longest else 0.0, places=_places(longest[:1]), confidence=trust)
    yield Signal(name="hold.seconds", value=sum(map(_seconds, waits)), places=_places(waits), confidence=trust)
    sudden = [wait for wait in waits if not wait.announced]
    covered = material.covered
    value = len(sudden) if covered else None
    yield Signal(name="hold.unannounced", value=value, places=_places(sudden), confidence=trust * covered)


def _seconds(wait: Wait) -> float:
    return (wait.end - wait.start) / 1000


def _places(waits: Iterable[Wait]) -> tuple[Place, ...]:
    return tuple(Place(start_ms=wait.start, end_ms=wait.end) for wait in waits)
