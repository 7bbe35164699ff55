"""Line: what is on a call besides the two people: voice menus, answering machines, music, ringing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from qa_service.analysis.base import Material, unmeasured
from qa_service.analysis.spans import Span, joined
from qa_service.domain.acoustics import LineSound
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.speaker import Speaker

_CALLS = (Channel.PHONE,)
#: Announcements closer than this are one, ms.
_PAUSE_MS = 6_000

class Line:
    """Machines and sounds on the line."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(name="ivr.seconds", unit=Unit.SECONDS, method="Time in which a voice menu or announcement speaks.", channels=_CALLS),
        SignalSpec(
            name="ivr.count", unit=Unit.COUNT, channels=_CALLS,
            method="Voice menus and announcements; what comes within 6 s of the one before belongs to it.",
        ),
        SignalSpec(
            name="machine.reached", unit=Unit.FLAG, channels=_CALLS,
            method="An answering machine, mailbox or message of the network is reached instead of a person.",
        ),
        SignalSpec(name="music.seconds", unit=Unit.SECONDS, method="Time in which music is heard on any channel.", channels=_CALLS),
        SignalSpec(
            name="ring.seconds", unit=Unit.SECONDS, channels=_CALLS,
            method="Time from the first to the last ringing tone of each time that it rings, on any channel.",
        ),
    )  # fmt: skip

    @property
    def queries(self) -> tuple[Query, ...]:
        """Nothing: it reads sounds and speakers."""
        return ()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        heard = material.transcript.acoustics is not None
        if material.interaction.channel is not Channel.PHONE:
            return [unmeasured(spec.name) for spec in self.specs]
        bots = [*_bots(material)] if material.aloud else []
        return [*_prompts(material, bots, heard=heard), *_sounds(material, heard=heard)]


def sounds(material: Material, *kinds: LineSound) -> list[tuple[Span, float]]:
    """Start, end (ms) and confidence of the sounds of these kinds, in order of start."""
    acoustics = material.transcript.acoustics
    events = acoustics.events if acoustics is not None else ()
    return sorted(((event.start_ms, event.end_ms), event.confidence) for event in events if event.kind in kinds)


def _bots(material: Material) -> Iterator[Span]:
    for turn in material.transcript.turns:
        if turn.speaker is Speaker.BOT and turn.start_ms is not None and turn.end_ms is not None:
            yield turn.start_ms, turn.end_ms


def _prompts(material: Material, bots: Sequence[Span], *, heard: bool) -> Iterator[Signal]:
    """Menus and machines; turns of bots count as menus, except where a machine is told."""
    machines = sounds(material, LineSound.MACHINE)
    menus = sounds(material, LineSound.IVR)
    if not heard and not bots:
        yield from (unmeasured(name) for name in ("ivr.seconds", "ivr.count", "machine.reached"))
        return
    spoken = joined([*(span for span, _ in menus), *(bot for bot in bots if not any(_meet(bot, span) for span, _ in machines))])
    trust = min([sure for _, sure in menus], default=0.9)
    yield Signal(name="ivr.seconds", value=_seconds(spoken), places=_places(spoken), confidence=trust)
    together = joined(spoken, pause=_PAUSE_MS)
    yield Signal(name="ivr.count", value=len(together), places=_places(together), confidence=trust)
    if not heard:
        yield unmeasured("machine.reached")
        return
    reached = max([sure for _, sure in machines], default=0.9)
    yield Signal(name="machine.reached", value=float(bool(machines)), places=_places(span for span, _ in machines), confidence=reached)


def _sounds(material: Material, *, heard: bool) -> Iterator[Signal]:
    for name, kind in (("music.seconds", LineSound.MUSIC), ("ring.seconds", LineSound.RING)):
        found = sounds(material, kind)
        spans = joined(span for span, _ in found)
        trust = min([sure for _, sure in found], default=0.9)
        yield Signal(name=name, value=_seconds(spans), places=_places(spans), confidence=trust) if heard else unmeasured(name)


def _meet(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _seconds(spans: Iterable[Span]) -> float:
    return sum(end - start for start, end in spans) / 1000


def _places(spans: Iterable[Span]) -> tuple[Place, ...]:
    return tuple(Place(start_ms=start, end_ms=end) for start, end in spans)
