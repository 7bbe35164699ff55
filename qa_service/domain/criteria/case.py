"""A case: everything a detection may look at, and the scope words worked out on it."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import NamedTuple

from qa_service.domain.criteria.outcome import Outcome, Verdict
from qa_service.domain.criteria.scope import By, Within
from qa_service.domain.finding import Findings, Hit
from qa_service.domain.judgement import NO_JUDGEMENTS, Judgements
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Speaker, Transcript, Turn

#: How sure a turn's party is where the transcript only guesses it (one channel for both parties, mail without told addresses).
GUESSED = 0.75


class Scope(NamedTuple):
    """The turns that count, and borders inside them."""

    #: Indexes; ``None`` where the part cannot be worked out.
    turns: frozenset[int] | None
    #: Why it cannot.
    why: str = ""
    #: Turn and character behind which a hit must start.
    after: tuple[int, int] | None = None
    #: Turn and character before which a hit must start.
    before: tuple[int, int] | None = None
    #: How sure it is that these turns are by that party, and that their words were heard in the right language, 0 to 1.
    certainty: float = 1.0
    #: Start and end, ms, that the hit's own words must touch (where words have times; a long turn may reach beyond the part).
    span: tuple[int, int] | None = None

    def holds(self, hit: Hit, turn: Turn) -> bool:
        """Whether a hit in that turn lies in the scope."""
        if self.turns is None or hit.turn not in self.turns:
            return False
        place = (hit.turn, hit.start)
        if (self.after is not None and place <= self.after) or (self.before is not None and place >= self.before):
            return False
        if self.span is None or not turn.words:
            return True
        start, end = turn.times(hit.start, hit.end)
        return (start or 0) <= self.span[1] and (end or start or 0) >= self.span[0]


def _last_prompt(transcript: Transcript, agents: list[int]) -> int:
    """Index of the last machine's turn before the agent's first: until then the customer talked to a menu or waited; -1 without any."""
    machines = (i for i in range(agents[0] if agents else 0) if transcript.turns[i].speaker is Speaker.BOT)
    return max(machines, default=-1)


class Case:
    """One interaction under judgement; ``outcomes`` fills as criteria are decided."""

    def __init__(
        self, *, transcript: Transcript, signals: Mapping[str, Signal], findings: Findings, coverage: Mapping[str, frozenset[str]],
        judgements: Judgements = NO_JUDGEMENTS,
    ) -> None:
        self.transcript = transcript
        self.signals = signals
        self.findings = findings
        self.judgements = judgements
        self._coverage = coverage
        self.outcomes: dict[str, Outcome] = {}
        self._scopes: dict[tuple[By, Within | None], Scope] = {}
        self._confidence: dict[int, float] = {}
        agents = [i for i, turn in enumerate(transcript.turns) if turn.speaker is Speaker.AGENT]
        customers = [i for i, turn in enumerate(transcript.turns) if turn.speaker is Speaker.CUSTOMER]
        self._people = sorted(agents + customers)
        self._dialogue = [index for index in self._people if index > _last_prompt(transcript, agents)]
        #: How sure it is who speaks, 0 to 1.
        self.parties = 1.0 if transcript.speakers_known else GUESSED
        self._language_certainty = 1.0 if transcript.language_known else transcript.language_confidence
        self._turns_by = {By.AGENT: agents, By.CUSTOMER: customers, By.ANY: self._people}

    def language(self, turn: int) -> str | None:
        """Language of a turn, else of the interaction."""
        return self.transcript.turns[turn].language or self.transcript.language

    def languages(self, key: str) -> frozenset[str]:
        """Languages that a query has phrases for."""
        return self._coverage.get(key, frozenset())

    def confidence(self, turn: int) -> float:
        """Mean word confidence of a turn."""
        if turn not in self._confidence:
            self._confidence[turn] = self.transcript.turns[turn].confidence()
        return self._confidence[turn]

    def scope(self, by: By, within: Within | None) -> Scope:
        """The turns of a party in a part of the interaction (bots and system notes never count)."""
        if within is not None and within.criterion is not None:
            return self._sure(by, self._relative(by, within))
        key = (by, within)
        if key not in self._scopes:
            self._scopes[key] = self._sure(by, self._part(by, within))
        return self._scopes[key]

    def _sure(self, by: By, scope: Scope) -> Scope:
        certainty = self._language_certainty if by is By.ANY else self.parties * self._language_certainty
        return scope if certainty == 1.0 else scope._replace(certainty=certainty)

    def _part(self, by: By, within: Within | None) -> Scope:
        mine = self._turns_by[by]
        if within is None:
            return Scope(frozenset(mine))
        if within.turns is not None:
            return Scope(frozenset(mine[: within.turns] if within.side == "first" else mine[-within.turns :]))
        if within.share is not None:
            return self._share(mine, within.side, within.share)
        return self._span(mine, within)

    def _share(self, mine: list[int], side: str, share: float) -> Scope:
        times = self._spoken_times()
        if times is None:
            count = ceil(round(len(self._people) * share, 6))
            chosen = set(self._people[:count] if side == "first" else self._people[len(self._people) - count :])
            return Scope(frozenset(chosen.intersection(mine)))
        begin, end = times
        border = round((end - begin) * share)
        return self._between(mine, begin, begin + border) if side == "first" else self._between(mine, end - border, end)

    def _span(self, mine: list[int], within: Within) -> Scope:
        turns = [self.transcript.turns[i] for i in self._dialogue]
        starts = [turn.start_ms for turn in turns if turn.start_ms is not None]
        if not turns:
            return Scope(frozenset())
        if len(starts) < len(turns):
            return Scope(None, f"{within} needs times, and the turns have none")
        begin, end = starts[0], max(turn.end_ms or turn.start_ms or 0 for turn in turns)
        span = within.span_ms or 0
        return self._between(mine, begin, begin + span) if within.side == "first" else self._between(mine, end - span, end)

    def _between(self, mine: list[int], low: int, high: int) -> Scope:
        turns = self.transcript.turns
        inside = (i for i in mine if (turns[i].start_ms or 0) <= high and (turns[i].end_ms or turns[i].start_ms or 0) >= low)
        return Scope(frozenset(inside), span=(low, high))

    def _spoken_times(self) -> tuple[int, int] | None:
        """First start and last end of what was spoken; ``None`` for written turns, whose pauses say little."""
        turns = [self.transcript.turns[i] for i in self._dialogue]
        if not turns or any(turn.start_ms is None or turn.sent_at is not None for turn in turns):
            return None
        begin = turns[0].start_ms or 0
        return begin, max(turn.end_ms or begin for turn in turns)

    def _relative(self, by: By, within: Within) -> Scope:
        other = self.outcomes.get(within.criterion or "")
        mine = frozenset(self._turns_by[by])
        if other is None or other.verdict is Verdict.UNDECIDED:
            return Scope(None, f"{within.criterion} is undecided")
        if other.verdict is Verdict.NO:
            return Scope(mine if within.side == "before" else frozenset())
        border = other.place
        if border is None:
            return Scope(None, f"{within.criterion} has no place in the transcript")
        if within.side == "before":
            return Scope(frozenset(i for i in mine if i <= border[0]), before=border)
        return Scope(frozenset(i for i in mine if i >= border[0]), after=border)
