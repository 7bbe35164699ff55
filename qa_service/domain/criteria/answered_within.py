"""``answered_within``: how long the other party waited for an answer."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

from pydantic import Field

from qa_service.domain.criteria.base import Detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome, Verdict, undecided
from qa_service.domain.criteria.scope import By
from qa_service.domain.duration import AuthoredDuration, format_duration
from qa_service.domain.evidence import Evidence
from qa_service.domain.transcript import Speaker, Transcript, Turn


class Response(NamedTuple):
    """A turn that answers, and how long after the first unanswered turn of the other party."""

    #: Index of the answering turn.
    turn: int
    #: Milliseconds waited.
    waited_ms: int


class AnsweredWithin(Detection):
    """Yes when the answers came within the limit."""

    kind: ClassVar[str] = "answered_within"
    #: Who answers.
    by: By = By.AGENT
    #: Longest wait.
    limit: AuthoredDuration
    #: ``first``: the first answer alone; ``each``: every answer.
    which: Literal["first", "each"] = "each"
    #: Share of the answers that must be in time (``each``).
    share: float = Field(default=1.0, gt=0, le=1, strict=True)

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Undecided without times; an other party who never got any answer is a no."""
        by = Speaker.CUSTOMER if self.by is By.CUSTOMER else Speaker.AGENT
        times = responses(case.transcript, by=by)
        if times is None:
            return undecided("the turns have no times")
        if not times:
            return self._nobody(case, by)
        judged = times[:1] if self.which == "first" else times
        late = [response for response in judged if response.waited_ms > self.limit]
        worst = max(judged, key=lambda response: response.waited_ms)
        # rounded, because 0.55 * 20 is a little more than 11 in binary
        verdict = Verdict.NO if len(judged) - len(late) < round(self.share * len(judged), 6) else Verdict.YES
        piece = _piece(case, worst, f"{rule}.{self.kind}")
        why = f"{self.which} answer after {_spell(worst.waited_ms)}, limit {format_duration(self.limit)}"
        return Outcome(verdict, 0.98, why, (piece,), (judged[0].turn, 0) if verdict is Verdict.YES else None)

    def _nobody(self, case: Case, by: Speaker) -> Outcome:
        if any(turn.speaker in (Speaker.AGENT, Speaker.CUSTOMER) and turn.speaker is not by for turn in case.transcript.turns):
            return Outcome(Verdict.NO, 0.98, "never answered")
        return undecided("nobody asked")


def responses(transcript: Transcript, *, by: Speaker) -> tuple[Response, ...] | None:
    """Answers of a party in order, or ``None`` without times. Bots, system notes and suspect turns neither ask nor answer."""
    found: list[Response] = []
    waiting: int | None = None
    for index, turn in enumerate(transcript.turns):
        if turn.speaker not in (Speaker.AGENT, Speaker.CUSTOMER) or turn.suspect:
            continue
        if turn.start_ms is None:
            return None
        if turn.speaker is not by:
            waiting = _end(turn) if waiting is None else waiting
        elif waiting is not None:
            found.append(Response(index, max(0, turn.start_ms - waiting)))
            waiting = None
    return tuple(found)


def _end(turn: Turn) -> int:
    return turn.end_ms if turn.end_ms is not None else turn.start_ms or 0


def _spell(ms: int) -> str:
    return f"{ms / 3_600_000:.1f} h" if ms >= 3_600_000 else f"{ms / 1000:.1f} s"


def _piece(case: Case, response: Response, rule: str) -> Evidence:
    turn = case.transcript.turns[response.turn]
    return Evidence.quoting(turn, index=response.turn, start=0, end=len(turn.text), rule=rule, confidence=0.98)
