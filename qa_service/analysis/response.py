"""Response: how long the customer waits for an answer, on written channels and on calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import median, quantiles

from qa_service.analysis.base import Material, unmeasured
from qa_service.analysis.floor import Floor, Floors, Stretch
from qa_service.analysis.spans import Span, common
from qa_service.domain.criteria.answered_within import Response as Answer
from qa_service.domain.criteria.answered_within import responses
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

_LATENCY = "time from the end of the customer's talk to the start of the agent's next (0 where they overlap), over all changes of speaker"
_ANY = (
    ("response.first", "From the customer's first message (the start, where the agent opens) to the agent's first; no bots."),
    ("response.longest", "Longest time that the customer waited for an answer of the agent."),
    ("response.median", "Median time that the customer waited for an answer of the agent."),
)
_CALLS = (
    ("latency.agent_median", f"Median {_LATENCY}; backchannels, holds with music and bots between do not count."),
    ("latency.agent_p90", f"90th percentile (linear between ranks) of the {_LATENCY}; as the median."),
)


class Response:
    """Response times of the agent."""

    specs: tuple[SignalSpec, ...] = (
        *(SignalSpec(name=name, unit=Unit.SECONDS, method=method) for name, method in _ANY),
        *(SignalSpec(name=name, unit=Unit.SECONDS, method=method, channels=(Channel.PHONE,)) for name, method in _CALLS),
    )
    queries: tuple[Query, ...] = ()

    def __init__(self) -> None:
        self._floors = Floors()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        yield from _responses(material)
        if material.aloud:
            yield from _latency(self._floors.of(material))
        else:
            yield from (unmeasured(name) for name, _ in _CALLS)


def latencies(floor: Floor) -> list[Span]:
    """From the end of the customer's talk to the agent's next, each time the floor goes to the agent; overlaps have no length."""
    found: list[Span] = []
    last: tuple[Stretch, bool] | None = None  # the talk that ends last of all that has started, and whether it is the customer's
    ordered = sorted(
        [(stretch, customer) for customer, party in ((True, floor.customer), (False, floor.agent)) for stretch in party.talk],
        key=lambda one: one[0].start,
    )
    for stretch, customer in ordered:
        if last is None or stretch.end > last[0].end:
            if last is not None and last[1] and not customer:
                found.append((min(last[0].end, stretch.start), stretch.start))
            last = (stretch, customer)
    return [span for span in found if not common([span], floor.sounds) and not common([span], floor.bots)]


def _latency(floor: Floor) -> Iterator[Signal]:
    spans = sorted(latencies(floor), key=lambda span: span[0] - span[1])
    waits = [(end - start) / 1000 for start, end in spans]
    places = tuple([Place(start_ms=start, end_ms=end) for start, end in spans])
    middle, high = (median(waits), percentile_90(waits)) if waits else (None, None)
    yield Signal(name="latency.agent_median", value=middle, places=places, confidence=0.95 * floor.trust)
    yield Signal(name="latency.agent_p90", value=high, places=places, confidence=0.95 * floor.trust)


def percentile_90(values: Sequence[float]) -> float:
    """The 90th percentile, linear between ranks (type 7 of Hyndman & Fan 1996); of one value, that value."""
    return quantiles(values, n=10, method="inclusive")[-1] if len(values) > 1 else values[0]


def _responses(material: Material) -> Iterator[Signal]:
    answers = responses(material.transcript, by=Speaker.AGENT) or ()
    ordered = sorted(answers, key=lambda answer: -answer.waited_ms)
    yield _first(material, answers)
    places = tuple([Place(turn=answer.turn) for answer in ordered])
    yield Signal(name="response.longest", value=ordered[0].waited_ms / 1000 if ordered else None, places=places[:1])
    yield Signal(name="response.median", value=median(answer.waited_ms for answer in answers) / 1000 if answers else None, places=places)


def _first(material: Material, answers: Sequence[Answer]) -> Signal:
    """The opening message of an agent counts from the start, for nobody was waiting before it."""
    index, opening = next(((index, turn) for index, turn in material.spoken if not turn.suspect), (0, None))
    if opening is not None and opening.speaker is Speaker.AGENT and opening.start_ms is not None:
        return Signal(name="response.first", value=opening.start_ms / 1000, places=(Place(turn=index),))
    if not answers:
        return Signal(name="response.first", value=None)
    return Signal(name="response.first", value=answers[0].waited_ms / 1000, places=(Place(turn=answers[0].turn),))
