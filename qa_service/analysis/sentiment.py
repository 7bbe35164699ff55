"""Sentiment: the mood of each turn of customer and agent, and the course that the customer's takes through the contact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from typing import NamedTuple

from qa_service.analysis.base import Material, says_something, unmeasured
from qa_service.analysis.quoted import own_lines
from qa_service.analysis.sentiment_model import NEGATIVE, POSITIVE, Said, SentimentModel
from qa_service.domain.finding import Query
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: Below this chance of the likeliest mood a turn is unsure, and counts nowhere.
_SURE = 0.5
#: Share of the customer's turns that is the start, or the end; of four turns and more, two at least.
_EDGE = 0.25
_FEW = 4
_SCALE = "from -1 (negative) to 1 (positive)"
_METHODS = {
    "sentiment.customer": (
        Unit.SCORE, f"Mean mood of the customer's turns, {_SCALE}, by a trained model; turns whose mood is unsure count in no such signal."
    ),
    "sentiment.start": (Unit.SCORE, f"Mean mood of the first quarter of the customer's turns (of 4 and more, 2 at least), {_SCALE}."),
    "sentiment.end": (Unit.SCORE, f"Mean mood of the last quarter of the customer's turns (of 4 and more, 2 at least), {_SCALE}."),
    "sentiment.change": (Unit.SCORE, "End minus start, from -2 to 2; unmeasured where the customer has one turn."),
    "sentiment.lowest": (Unit.SCORE, f"Mood of the customer's most negative turn, {_SCALE}; the place is that turn."),
    "sentiment.recovered": (
        Unit.FLAG, "1 where the customer had a negative turn and has none in the last quarter; unmeasured where none was negative."
    ),
    "sentiment.negative": (Unit.COUNT, "The customer's negative turns, by a trained model; one place each."),
    "sentiment.positive": (Unit.COUNT, "The customer's positive turns, by a trained model; one place each."),
    "sentiment.negative_share": (Unit.SHARE, "Share of the customer's turns that are negative."),
    "sentiment.agent": (Unit.SCORE, f"Mean mood of the agent's turns, {_SCALE}; bad news and regret are no bad mood of an agent."),
    "sentiment.agent_negative": (Unit.COUNT, "The agent's turns in a bad mood (annoyed, cold, blaming); one place each."),
}  # fmt: skip


class Mood(NamedTuple):
    """The mood of one turn."""

    #: Index of the turn.
    turn: int
    #: Chance of positive minus chance of negative, -1 to 1.
    score: float
    #: Chance of the likeliest mood.
    confidence: float
    negative: bool
    positive: bool


class Sentiment:
    """Signals ``sentiment.*``."""

    specs: tuple[SignalSpec, ...] = tuple(SignalSpec(name=name, unit=unit, method=method) for name, (unit, method) in _METHODS.items())

    def __init__(self) -> None:
        self._models = {Speaker.AGENT: SentimentModel(agent=True), Speaker.CUSTOMER: SentimentModel(agent=False)}

    @property
    def queries(self) -> tuple[Query, ...]:
        """Nothing: the model looks its lexicons up itself, once a text."""
        return ()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        if not material.covered:
            return [unmeasured(spec.name) for spec in self.specs]
        moods = self.moods(material)
        customer, agent = moods[Speaker.CUSTOMER], moods[Speaker.AGENT]
        return [*_course(customer, material.covered), *_counts(customer, material.covered), *_agent(agent, material.covered)]

    def moods(self, material: Material) -> dict[Speaker, list[Mood]]:
        """The mood of every turn of agent and customer of which it is sure, in order; bots, notes, quotes and suspect turns are none."""
        return {who: list(self._moods(material, who)) for who in self._models}

    def _moods(self, material: Material, who: Speaker) -> Iterator[Mood]:
        texts = {index: _own_words(turn.text) for index, turn in material.spoken if material.heard[index] is who}
        said = {index: Said(text, material.language(index)) for index, text in texts.items() if says_something(text)}
        chances = self._models[who].chances([*said.values()]).tolist()
        for index, row in zip(said, chances, strict=True):
            if (sure := max(row)) >= _SURE:
                likeliest = row.index(sure)
                yield Mood(index, row[POSITIVE] - row[NEGATIVE], sure, likeliest == NEGATIVE, likeliest == POSITIVE)


def _own_words(text: str) -> str:
    """A mail's own lines; other texts as they are."""
    return " ".join(line.text for line in own_lines(text)) if "\n" in text else text


def _course(moods: Sequence[Mood], covered: float) -> Iterator[Signal]:
    if not moods:
        yield from (unmeasured(f"sentiment.{part}") for part in ("customer", "start", "end", "change", "lowest", "recovered"))
        return
    edge = _edge(len(moods))
    start, end = moods[:edge], moods[-edge:]
    yield _mean("sentiment.customer", moods, covered, places=False)
    yield _mean("sentiment.start", start, covered)
    yield _mean("sentiment.end", end, covered)
    trust = covered * min(_trust(start), _trust(end))
    change = Signal(name="sentiment.change", value=_score(end) - _score(start), places=_places(end), confidence=trust)
    yield change if len(moods) > 1 else unmeasured("sentiment.change")
    lowest = min(moods, key=lambda mood: mood.score)
    yield Signal(name="sentiment.lowest", value=lowest.score, places=_places([lowest]), confidence=covered * lowest.confidence)
    bad = [mood for mood in moods if mood.negative]
    if not bad:
        yield unmeasured("sentiment.recovered")
        return
    recovered, trust = not any(mood.negative for mood in end), covered * min(_trust(bad), _trust(end))
    yield Signal(name="sentiment.recovered", value=float(recovered), places=_places(end), confidence=trust)


def _counts(moods: Sequence[Mood], covered: float) -> Iterator[Signal]:
    if not moods:
        yield from (unmeasured(f"sentiment.{part}") for part in ("negative", "positive", "negative_share"))
        return
    trust = covered * _trust(moods)
    bad, good = [mood for mood in moods if mood.negative], [mood for mood in moods if mood.positive]
    yield Signal.counted("sentiment.negative", _places(bad), confidence=trust)
    yield Signal.counted("sentiment.positive", _places(good), confidence=trust)
    yield Signal(name="sentiment.negative_share", value=len(bad) / len(moods), places=_places(bad), confidence=trust)


def _agent(moods: Sequence[Mood], covered: float) -> Iterator[Signal]:
    if not moods:
        yield from (unmeasured(f"sentiment.{part}") for part in ("agent", "agent_negative"))
        return
    yield _mean("sentiment.agent", moods, covered, places=False)
    bad = [mood for mood in moods if mood.negative]
    yield Signal.counted("sentiment.agent_negative", _places(bad), confidence=covered * _trust(bad or moods))


def _edge(turns: int) -> int:
    return 1 if turns < _FEW else max(2, ceil(turns * _EDGE))


def _mean(name: str, moods: Sequence[Mood], covered: float, *, places: bool = True) -> Signal:
    return Signal(name=name, value=_score(moods), places=_places(moods) if places else (), confidence=covered * _trust(moods))


def _score(moods: Sequence[Mood]) -> float:
    return round(sum(mood.score for mood in moods) / len(moods), 4)


def _trust(moods: Sequence[Mood]) -> float:
    return sum(mood.confidence for mood in moods) / len(moods)


def _places(moods: Iterable[Mood]) -> tuple[Place, ...]:
    return tuple(Place(turn=mood.turn) for mood in moods)
