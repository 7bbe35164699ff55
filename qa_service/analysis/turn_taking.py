"""Turn taking: both parties talking at once, who takes the floor from whom, and how soon it is yielded.

Of the ways in which talk overlaps (Schegloff 2000, "Overlapping talk and the organization of turn-taking for conversation"; Beattie
1982, "Turn-taking and interruption in political interviews"; Heldner & Edlund 2010, "Pauses, gaps and overlaps in conversations"),
an interruption is the successful one: one party starts while the other holds the floor, and the floor changes hands. Exactly, B
interrupts A when

1. B starts a stretch of talk while A is speaking, or so soon into a pause of A that B cannot mean to answer it (0.2 s); but not within
   0.2 s of A's own start (both start at once),
2. the stretch is no backchannel (:mod:`.floor`), and holds a word where words were recognised,
3. A goes on for 0.25 s or longer. Less is the end of a turn that B saw coming (terminal overlap). So is up to 0.4 s, where A comes to
   the end of a sentence, by its full stop, question or exclamation mark (recognisers set one after broken off sentences, too, so that
   longer overlaps are not excused by it),
4. A falls silent while B goes on for 0.2 s or longer, and does not come back within 0.7 s unless B is done.

The time to yield is from B's start to A's silence. An attempt that fails (A keeps the floor) is overtalk, no interruption.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import attrgetter
from statistics import median
from typing import NamedTuple

from qa_service.analysis.base import Material
from qa_service.analysis.floor import JOIN_MS, PAUSE_MS, Floor, Party, Stretch
from qa_service.analysis.spans import Span, common, joined, total
from qa_service.analysis.spoken import SpokenAnalyzer, call_specs
from qa_service.domain.signal import Place, Signal, Unit
from qa_service.domain.speaker import Speaker

#: Talk at once of this or less is within the error of times.
_SLACK_MS = 100
#: Stretches that start this near to each other start together.
_TOGETHER_MS = 200
#: Overlaps shorter than this are terminal; so are those up to the second, where a sentence ends.
_TERMINAL_MS, _SENTENCE_MS = 250, 400
_SENTENCE_ENDS, _BROKEN_OFF = (".", "!", "?", "؟", "。"), ("...", "…")

_TAKES = "starts while {other} speaks, outlasts it, and {other} goes on for 0.25 s or longer"
_NOT = "backchannels and overlaps of up to 0.4 s at the end of a sentence are none"
_AT_ONCE = "in which agent and customer speak at once for more than 0.1 s; backchannels such as mhm do not count"
_GOES_ON = "Median time for which the {one} talks on after the {other} has interrupted; unmeasured without interruptions."
_SPECS = (
    ("overtalk.seconds", Unit.SECONDS, f"Time {_AT_ONCE}."),
    ("overtalk.count", Unit.COUNT, f"Stretches {_AT_ONCE}, and those up to 0.7 s apart are one."),
    ("interruptions.agent", Unit.COUNT, f"Agent {_TAKES.format(other='the customer')}; {_NOT}."),
    ("interruptions.customer", Unit.COUNT, f"Customer {_TAKES.format(other='the agent')}; {_NOT}."),
    ("yield.agent_median", Unit.SECONDS, _GOES_ON.format(one="agent", other="customer")),
    ("yield.customer_median", Unit.SECONDS, _GOES_ON.format(one="customer", other="agent")),
)


class Interruption(NamedTuple):
    """One party takes the floor from the other."""

    #: Where the one who interrupts starts, ms.
    start: int
    #: Where the other falls silent, ms.
    end: int
    #: Turn of the one who interrupts; ``None`` where it is not known.
    turn: int | None


class TurnTaking(SpokenAnalyzer):
    """Overtalk, interruptions and time to yield."""

    specs = call_specs(*_SPECS)

    def measure(self, material: Material, floor: Floor) -> Iterable[Signal]:
        """Everything of ``specs``."""
        return _signals(floor)


def _signals(floor: Floor) -> Iterator[Signal]:
    over = overtalk(floor)
    stretches = joined(over, pause=JOIN_MS)
    yield Signal(name="overtalk.seconds", value=total(over) / 1000, places=_spans(stretches), confidence=floor.trust)
    yield Signal(name="overtalk.count", value=len(stretches), places=_spans(stretches), confidence=floor.trust)
    taken = {
        Speaker.AGENT: list(interruptions(floor.agent, floor.customer)),
        Speaker.CUSTOMER: list(interruptions(floor.customer, floor.agent)),
    }
    for speaker, found in taken.items():
        yield Signal(name=f"interruptions.{speaker}", value=len(found), places=_places(found), confidence=0.9 * floor.trust)
    for speaker, by in ((Speaker.AGENT, Speaker.CUSTOMER), (Speaker.CUSTOMER, Speaker.AGENT)):
        yield _yielded(f"yield.{speaker}_median", taken[by], floor.trust)


def overtalk(floor: Floor) -> list[Span]:
    """Where both speak at once, neither of them a backchannel."""
    agent, customer = ([piece for stretch in party.talk for piece in stretch.pieces] for party in (floor.agent, floor.customer))
    return [span for span in common(agent, customer) if span[1] - span[0] > _SLACK_MS]


def interruptions(mine: Party, theirs: Party) -> Iterator[Interruption]:
    """Where my party takes the floor from theirs."""
    talk = theirs.talk
    pieces = [piece for stretch in talk for piece in stretch.pieces]
    starts = [start for start, _ in pieces]
    for stretch in mine.talk:
        if not stretch.said and mine.timed_words:
            continue
        at = bisect_right(starts, stretch.start) - 1
        if at < 0 or pieces[at][1] + PAUSE_MS <= stretch.start or not _holds(talk, stretch.start):
            continue
        end = _silent_from(pieces, at, stretch)
        if stretch.end - end >= PAUSE_MS and not _is_terminal(end - stretch.start, end, theirs):
            yield Interruption(stretch.start, end, stretch.turn)


def _holds(talk: Sequence[Stretch], time: int) -> bool:
    """Whether they are in the middle of a stretch, and not only just starting it."""
    at = bisect_right(talk, time, key=attrgetter("start")) - 1
    return at >= 0 and talk[at].start + _TOGETHER_MS <= time < talk[at].end


def _silent_from(pieces: Sequence[Span], at: int, stretch: Stretch) -> int:
    """When they stop to talk over a stretch, from their piece ``at`` on: they come back after a short pause, or not before it is over."""
    end = max(stretch.start, pieces[at][1])
    for start, stop in islice(pieces, at + 1, None):
        if start >= stretch.end or start - end > JOIN_MS:
            break
        end = stop
    return end


def _is_terminal(length: int, end: int, theirs: Party) -> bool:
    """Whether an overlap is no more than the end of their turn, which was to be seen coming."""
    if length < _TERMINAL_MS:
        return True
    last = bisect_left(theirs.said, end, key=attrgetter("start")) - 1
    text = theirs.said[last].text.rstrip() if last >= 0 else ""
    return length <= _SENTENCE_MS and text.endswith(_SENTENCE_ENDS) and not text.endswith(_BROKEN_OFF)


def _yielded(name: str, found: Sequence[Interruption], trust: float) -> Signal:
    times = [(one.end - one.start) / 1000 for one in found]
    return Signal(name=name, value=median(times) if times else None, places=_places(found), confidence=0.9 * trust)


def _places(found: Iterable[Interruption]) -> tuple[Place, ...]:
    return tuple([Place(turn=one.turn, start_ms=one.start, end_ms=one.end) for one in found])


def _spans(spans: Iterable[Span]) -> tuple[Place, ...]:
    return tuple([Place(start_ms=start, end_ms=end) for start, end in spans])
