"""Timing: who talks how much, silence, talking over each other, pace and answers, from the times of the turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

from qa_service.analysis.base import Material, word_count
from qa_service.analysis.lexicon import Lexicon
from qa_service.domain.criteria.answered_within import Response, responses
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker, Turn

#: Shorter pauses belong to the rhythm of talk.
SILENCE_MS = 1000
#: Pieces of one party that close up to one stretch of speech.
_JOIN_MS = 700
#: Word borders of speech engines are no better than this.
_SLACK_MS = 100
_BACKCHANNEL_MS, _BACKCHANNEL_WORDS = 1000, 2

_CALLS = (Channel.PHONE,)
_SPECS = (
    ("talk.agent_share", Unit.SHARE, "Agent's speech time over the speech time of both parties, overlaps counted for both."),
    ("talk.customer_share", Unit.SHARE, "Customer's speech time over the speech time of both parties, overlaps counted for both."),
    ("silence.share", Unit.SHARE, "Time in which nobody speaks for 1 s or longer, over the time from the first to the last word."),
    ("silence.longest", Unit.SECONDS, "Longest stretch in which nobody speaks, between the first and the last word."),
    ("silence.seconds", Unit.SECONDS, "Sum of the stretches of 1 s or longer in which nobody speaks."),
    ("overtalk.seconds", Unit.SECONDS, "Time in which agent and customer speak at once; backchannels such as mhm do not count."),
    ("overtalk.count", Unit.COUNT, "Stretches of more than 0.1 s in which agent and customer speak at once, without backchannels."),
    ("interruptions.agent", Unit.COUNT, "Agent starts inside the customer's speech and outlasts it; backchannels are none."),
    ("interruptions.customer", Unit.COUNT, "Customer starts inside the agent's speech and outlasts it; backchannels are none."),
    ("pace.agent", Unit.WORDS_PER_MINUTE, "Agent's words over the agent's own speech time."),
    ("pace.customer", Unit.WORDS_PER_MINUTE, "Customer's words over the customer's own speech time."),
)
_WRITTEN_TOO = (
    ("response.first", Unit.SECONDS, "From the customer's first message (the start, where the agent opens) to the agent's first; no bots."),
    ("response.longest", Unit.SECONDS, "Longest time that the customer waited for an answer of the agent."),
    ("response.median", Unit.SECONDS, "Median time that the customer waited for an answer of the agent."),
    ("turns.agent", Unit.COUNT, "Turns of the agent that hold a word."),
    ("turns.customer", Unit.COUNT, "Turns of the customer that hold a word."),
    ("words.agent", Unit.COUNT, "Words of the agent."),
    ("words.customer", Unit.COUNT, "Words of the customer."),
)


class Stretch(NamedTuple):
    """Uninterrupted speech of one party."""

    #: Start, ms.
    start: int
    #: End, ms.
    end: int
    #: First turn it belongs to.
    turn: int
    #: Nothing but mhm, yes, right ...
    backchannel: bool


class Timing:
    """Talk, silence, overlaps, pace and response times."""

    def __init__(self) -> None:
        self._lexicon = Lexicon("timing")
        self._backchannels = self._lexicon.words("backchannel")

    @property
    def specs(self) -> tuple[SignalSpec, ...]:
        """What it measures."""
        calls = tuple(SignalSpec(name=name, unit=unit, method=method, channels=_CALLS) for name, unit, method in _SPECS)
        return calls + tuple(SignalSpec(name=name, unit=unit, method=method) for name, unit, method in _WRITTEN_TOO)

    @property
    def queries(self) -> tuple[Query, ...]:
        """Nothing: backchannels are compared as whole turns."""
        return ()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        if material.aloud:
            yield from self._spoken(material)
        else:
            yield from (Signal(name=name, value=None) for name, _, _ in _SPECS)
        yield from _responses(material)
        yield from _counts(material)

    def _spoken(self, material: Material) -> Iterator[Signal]:
        pieces = {speaker: list(self._pieces(material, speaker)) for speaker in (Speaker.AGENT, Speaker.CUSTOMER)}
        agent, customer = joined(pieces[Speaker.AGENT]), joined(pieces[Speaker.CUSTOMER])
        trust = 1.0 if material.transcript.speakers_known else 0.4
        talk = {Speaker.AGENT: _length(agent), Speaker.CUSTOMER: _length(customer)}
        yield from _talk(talk, trust)
        yield from _silence(_heard(material, agent, customer))
        over = list(_overlaps(agent, customer))
        yield Signal(name="overtalk.seconds", value=sum(end - start for start, end in over) / 1000, places=_spans(over), confidence=trust)
        yield Signal(name="overtalk.count", value=len(over), places=_spans(over), confidence=trust)
        yield _interruptions("interruptions.agent", list(taken(agent, customer)), trust)
        yield _interruptions("interruptions.customer", list(taken(customer, agent)), trust)
        for name, speaker in (("pace.agent", Speaker.AGENT), ("pace.customer", Speaker.CUSTOMER)):
            words = sum(word_count(turn.text) for _, turn in material.spoken if turn.speaker is speaker)
            yield Signal(name=name, value=words * 60_000 / talk[speaker] if talk[speaker] else None, confidence=trust)

    def _pieces(self, material: Material, speaker: Speaker) -> Iterator[Stretch]:
        for index, turn in material.spoken:
            if turn.speaker is speaker:
                backchannel = self._is_backchannel(material, index, turn)
                yield from (Stretch(start, end, index, backchannel) for start, end in _times(turn))

    def _is_backchannel(self, material: Material, index: int, turn: Turn) -> bool:
        if (turn.end_ms or 0) - (turn.start_ms or 0) >= _BACKCHANNEL_MS or word_count(turn.text) > _BACKCHANNEL_WORDS:
            return False
        known = self._backchannels.get(turn.language or material.transcript.language or "en", frozenset())
        text = material.folded(index).text.strip()
        return text in known or all(word in known for word in text.split())


def _times(turn: Turn) -> Iterator[tuple[int, int]]:
    """Where a turn is really spoken: its words, closed up; the whole turn where words have no times."""
    if not turn.words:
        yield turn.start_ms or 0, turn.end_ms or 0
        return
    start, end = turn.words[0].start_ms, turn.words[0].end_ms
    for word in turn.words[1:]:
        if word.start_ms - end >= SILENCE_MS:
            yield start, end
            start = word.start_ms
        end = max(end, word.end_ms)
    yield start, end


def joined(pieces: Sequence[Stretch]) -> list[Stretch]:
    """Pieces of one party in time order, closed up over short pauses."""
    out: list[Stretch] = []
    for piece in sorted(pieces):
        if out and piece.start - out[-1].end <= _JOIN_MS:
            last = out[-1]
            out[-1] = Stretch(last.start, max(last.end, piece.end), last.turn, last.backchannel and piece.backchannel)
        else:
            out.append(piece)
    return out


def taken(mine: Sequence[Stretch], theirs: Sequence[Stretch]) -> Iterator[Stretch]:
    """My stretches that start inside one of theirs and outlast it."""
    for one in mine:
        if not one.backchannel and any(
            not other.backchannel and other.start < one.start < other.end - _SLACK_MS and one.end > other.end for other in theirs
        ):
            yield one


def _overlaps(agent: Sequence[Stretch], customer: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
    others = [stretch for stretch in customer if not stretch.backchannel]
    for one in agent:
        for other in () if one.backchannel else others:
            start, end = max(one.start, other.start), min(one.end, other.end)
            if end - start > _SLACK_MS:
                yield start, end


def _heard(material: Material, agent: Sequence[Stretch], customer: Sequence[Stretch]) -> list[tuple[int, int]]:
    """Everything anybody says, bots included, in time order."""
    bots = [(turn.start_ms or 0, turn.end_ms or 0) for turn in material.transcript.turns if turn.speaker is Speaker.BOT]
    return sorted([*((one.start, one.end) for one in agent), *((one.start, one.end) for one in customer), *bots])


def gaps(heard: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches between the first and the last word in which nobody speaks."""
    found: list[tuple[int, int]] = []
    end = heard[0][1] if heard else 0
    for start, stop in heard:
        if start > end:
            found.append((end, start))
        end = max(end, stop)
    return found


def _silence(heard: Sequence[tuple[int, int]]) -> Iterator[Signal]:
    if not heard:
        yield from (Signal(name=f"silence.{name}", value=None) for name in ("share", "longest", "seconds"))
        return
    found = sorted(gaps(heard), key=lambda gap: gap[0] - gap[1])
    total = sum(end - start for start, end in found if end - start >= SILENCE_MS)
    span = max(end for _, end in heard) - heard[0][0]
    places = _spans([gap for gap in found if gap[1] - gap[0] >= SILENCE_MS])
    yield Signal(name="silence.share", value=total / span if span else None, places=places)
    yield Signal(name="silence.longest", value=(found[0][1] - found[0][0]) / 1000 if found else 0.0, places=_spans(found[:1]))
    yield Signal(name="silence.seconds", value=total / 1000, places=places)


def _talk(talk: dict[Speaker, int], trust: float) -> Iterator[Signal]:
    total = sum(talk.values())
    for name, speaker in (("talk.agent_share", Speaker.AGENT), ("talk.customer_share", Speaker.CUSTOMER)):
        yield Signal(name=name, value=talk[speaker] / total if total else None, confidence=trust)


def _interruptions(name: str, found: Sequence[Stretch], trust: float) -> Signal:
    return Signal(name=name, value=len(found), places=tuple(Place(turn=one.turn) for one in found), confidence=0.9 * trust)


def _responses(material: Material) -> Iterator[Signal]:
    answers = responses(material.transcript, by=Speaker.AGENT) or ()
    ordered = sorted(answers, key=lambda answer: -answer.waited_ms)
    yield _first(material, answers)
    places = tuple(Place(turn=answer.turn) for answer in ordered)
    yield Signal(name="response.longest", value=ordered[0].waited_ms / 1000 if ordered else None, places=places[:1])
    yield Signal(name="response.median", value=median(answer.waited_ms for answer in answers) / 1000 if answers else None, places=places)


def _first(material: Material, answers: Sequence[Response]) -> Signal:
    """The opening message of an agent counts from the start, for nobody was waiting before it."""
    if material.spoken and (opening := material.spoken[0])[1].speaker is Speaker.AGENT and opening[1].start_ms is not None:
        return Signal(name="response.first", value=opening[1].start_ms / 1000, places=(Place(turn=opening[0]),))
    if not answers:
        return Signal(name="response.first", value=None)
    return Signal(name="response.first", value=answers[0].waited_ms / 1000, places=(Place(turn=answers[0].turn),))


def _counts(material: Material) -> Iterator[Signal]:
    people = (Speaker.AGENT, Speaker.CUSTOMER)
    texts = {speaker: [turn.text for _, turn in material.spoken if turn.speaker is speaker] for speaker in people}
    for speaker, mine in texts.items():
        yield Signal(name=f"turns.{speaker}", value=len(mine))
    for speaker, mine in texts.items():
        yield Signal(name=f"words.{speaker}", value=sum(map(word_count, mine)))


def _spans(spans: Sequence[tuple[int, int]]) -> tuple[Place, ...]:
    return tuple([Place(start_ms=start, end_ms=end) for start, end in spans])


def _length(stretches: Sequence[Stretch]) -> int:
    return sum(one.end - one.start for one in stretches)

