"""Silence: time in which nobody speaks, and dead air, in which nobody answers the customer.

Silence counts between the first and the last talk. Line sounds of a second or longer (hold music, ringing, announcements) are
heard: they are no silence, and a silence ends where they begin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from qa_service.analysis.base import Material, unmeasured
from qa_service.analysis.floor import Floor
from qa_service.analysis.spans import Span, between, total, without
from qa_service.analysis.spoken import SpokenAnalyzer, call_specs
from qa_service.domain.signal import Place, Signal, Unit

#: Shorter pauses belong to the rhythm of talk.
SILENCE_MS = 1000
#: Nobody speaking for this long is noticed by the customer as no answer; Contact Lens counts "non-talk time" from here, too.
DEAD_AIR_MS = 3000

_DEAD_AIR = "the customer has finished (no mere backchannel) and nobody speaks, nor any line sound is heard, for 3 s or longer"
_QUIET = "nobody speaks and no line sound of 1 s or longer is heard (by voice activity, else the times of words or turns)"
_SPECS = (
    ("silence.share", Unit.SHARE, f"Time in which {_QUIET} for 1 s or longer, over the time from the first to the last word."),
    ("silence.longest", Unit.SECONDS, f"Longest stretch in which {_QUIET}, between the first and the last word."),
    ("silence.seconds", Unit.SECONDS, f"Sum of the stretches of 1 s or longer in which {_QUIET}."),
    ("dead_air.count", Unit.COUNT, f"How often there is dead air: {_DEAD_AIR}."),
    ("dead_air.longest", Unit.SECONDS, f"Longest dead air: {_DEAD_AIR}."),
    ("dead_air.seconds", Unit.SECONDS, f"Sum of all dead air: {_DEAD_AIR}."),
)


class Silence(SpokenAnalyzer):
    """Silence and dead air."""

    specs = call_specs(*_SPECS)

    def measure(self, material: Material, floor: Floor) -> Iterable[Signal]:
        """Unmeasured where nobody speaks."""
        return _signals(floor) if floor.talk else [unmeasured(spec.name) for spec in self.specs]


def _signals(floor: Floor) -> Iterator[Signal]:
    talk, quiet = floor.talk, silences(floor)
    found = sorted(quiet, key=_longest_first)
    counted = [gap for gap in found if gap[1] - gap[0] >= SILENCE_MS]
    span = talk[-1][1] - talk[0][0]
    yield Signal(name="silence.share", value=total(counted) / span if span else None, places=_places(counted))
    yield Signal(name="silence.longest", value=total(found[:1]) / 1000, places=_places(found[:1]))
    yield Signal(name="silence.seconds", value=total(counted) / 1000, places=_places(counted))
    dead = sorted(dead_air(floor), key=_longest_first)
    yield Signal(name="dead_air.count", value=len(dead), places=_places(dead), confidence=0.95 * floor.trust)
    yield Signal(name="dead_air.longest", value=total(dead[:1]) / 1000, places=_places(dead[:1]), confidence=0.95 * floor.trust)
    yield Signal(name="dead_air.seconds", value=total(dead) / 1000, places=_places(dead), confidence=0.95 * floor.trust)


def silences(floor: Floor) -> list[Span]:
    """All gaps between the first and the last talk in which neither talk nor a line sound is heard."""
    talk = floor.talk
    return without(between(talk), floor.sounds)


def dead_air(floor: Floor) -> list[Span]:
    """Silences of ``DEAD_AIR_MS`` or longer that begin where the customer's talk ends."""
    ends = {stretch.end for stretch in floor.customer.talk}
    return [gap for gap in silences(floor) if gap[0] in ends and gap[1] - gap[0] >= DEAD_AIR_MS]


def _longest_first(gap: Span) -> int:
    return gap[0] - gap[1]


def _places(spans: Sequence[Span]) -> tuple[Place, ...]:
    return tuple([Place(start_ms=start, end_ms=end) for start, end in spans])
