"""Gauges: how much waits, how fast work goes and how sure the machine is, by queries that stay cheap however much is stored.

What would need a look at everything (shares, rates) is taken from the newest rows, as the indexes have them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from qa_service.domain.interaction import Purpose
from qa_service.domain.rubric import UNDECIDED
from qa_service.domain.scorecard import Status
from qa_service.domain.webhook import DeliveryState
from qa_service.store.jobs import JobState
from qa_service.store.repository import Repository
from qa_service.store.tables import (
    InteractionRow,
    JobRow,
    RecordingRow,
    ScorecardCriterionRow,
    ScorecardRow,
    TranscriptRow,
    WebhookDeliveryRow,
    WebhookRow,
    core,
)

_JOBS, _CONTACTS, _FILES = core(JobRow).c, core(InteractionRow).c, core(RecordingRow).c
_CARDS, _CRITERIA, _SAID = core(ScorecardRow).c, core(ScorecardCriterionRow).c, core(TranscriptRow).c
_HOOKS, _SENT = core(WebhookRow).c, core(WebhookDeliveryRow).c
#: Newest jobs that are looked through, those of one kind whose work is added up, and scorecards whose answers are.
_LOOKED, _WORKED, _JUDGED = 2000, 100, 500


class Waiting(NamedTuple):
    """Jobs of one kind that are not done."""

    kind: str
    #: ``queued`` or ``running``.
    state: str
    jobs: int
    #: When the oldest of them was asked for.
    oldest: datetime


class Worked(NamedTuple):
    """What the newest jobs of one kind that are done took."""

    kind: str
    jobs: int
    #: Time in which at least one of them was worked on, seconds.
    busy: float
    #: Length of what was heard, seconds; 0 for texts.
    audio: float
    #: Words said or written.
    words: int


class Suggested(NamedTuple):
    """Suggestions of the newest scorecards of a channel."""

    channel: str
    suggestions: int
    undecided: int


class Answered(NamedTuple):
    """Answers of people in the newest final scorecards of a channel, beside decided suggestions."""

    channel: str
    #: Whether they answered without seeing suggestions.
    blind: bool
    answers: int
    #: Those that say the same as the machine.
    alike: int
    #: Sum of the confidences that the machine stated.
    confidence: float


class Undelivered(NamedTuple):
    """Messages to webhooks."""

    waiting: int
    #: When the oldest that waits was made.
    oldest: datetime | None
    #: Webhooks that were switched off since nothing arrived.
    stopped: int


class Kept(NamedTuple):
    """Recordings."""

    files: int
    bytes: int


class Gauges(Repository):
    """Looks only."""

    def waiting(self) -> tuple[Waiting, ...]:
        """Open jobs, by kind and state."""
        columns = (_JOBS.kind, _JOBS.state, sa.func.count(), sa.func.min(_JOBS.created_at))
        open_ = _JOBS.state.in_([JobState.QUEUED.value, JobState.RUNNING.value])
        return tuple(Waiting(*row) for row in self._session.execute(sa.select(*columns).where(open_).group_by(_JOBS.kind, _JOBS.state)))

    def ended(self) -> dict[str, int]:
        """Jobs that ended, by state."""
        return self._counts(_JOBS.state, _JOBS.state.in_([JobState.DONE.value, JobState.FAILED.value]))

    def contacts(self) -> dict[str, int]:
        """Interactions, by state."""
        return self._counts(_CONTACTS.state)

    def scorecards(self) -> dict[str, int]:
        """Scorecards, earlier versions included, by status."""
        return self._counts(_CARDS.status)

    def worked(self, kinds: Iterable[str]) -> tuple[Worked, ...]:
        """Of each kind that has any, what its newest jobs took."""
        found = ((kind, self._newest(kind)) for kind in kinds)
        return tuple(self._worked(kind, jobs) for kind, jobs in found if jobs)

    def suggested(self) -> tuple[Suggested, ...]:
        """How often the machine decides, by channel."""
        newest = sa.select(_CARDS.id, _CARDS.channel).where(_CARDS.purpose == Purpose.LIVE.value)
        cards = newest.order_by(_CARDS.created_at.desc(), _CARDS.id.desc()).limit(_JUDGED).subquery()
        undecided = sa.func.sum(sa.case((_CRITERIA.suggestion_answer == UNDECIDED, 1), else_=0))
        chosen = sa.select(cards.c.channel, sa.func.count(), undecided).where(_CRITERIA.suggestion_answer.is_not(None))
        told = chosen.join(core(ScorecardCriterionRow), _CRITERIA.scorecard_id == cards.c.id)
        return tuple(Suggested(*row) for row in self._session.execute(told.group_by(cards.c.channel)))

    def answered(self) -> tuple[Answered, ...]:
        """How people answer what the machine had decided, by channel and whether they saw it."""
        final = (_CARDS.status == Status.FINAL.value, _CARDS.purpose == Purpose.LIVE.value, ~_CARDS.automatic)
        newest = sa.select(_CARDS.id, _CARDS.channel, _CARDS.blind).where(*final).order_by(_CARDS.happened_at.desc()).limit(_JUDGED)
        cards = newest.subquery()
        alike = sa.func.sum(sa.case((_CRITERIA.answer == _CRITERIA.suggestion_answer, 1), else_=0))
        confidence = sa.func.sum(sa.func.coalesce(_CRITERIA.suggestion_confidence, 0.0))
        chosen = sa.select(cards.c.channel, cards.c.blind, sa.func.count(), alike, confidence)
        beside = (_CRITERIA.answer.is_not(None), _CRITERIA.suggestion_answer.is_not(None), _CRITERIA.suggestion_answer != UNDECIDED)
        told = chosen.join(core(ScorecardCriterionRow), _CRITERIA.scorecard_id == cards.c.id).where(*beside)
        return tuple(Answered(*row) for row in self._session.execute(told.group_by(cards.c.channel, cards.c.blind)))

    def undelivered(self) -> Undelivered:
        """What webhooks have not been told yet."""
        waiting = sa.select(sa.func.count(), sa.func.min(_SENT.created_at)).where(_SENT.state == DeliveryState.WAITING.value)
        count, oldest = self._session.execute(waiting).one()
        stopped = sa.select(sa.func.count()).where(~_HOOKS.active, _HOOKS.stopped_because.is_not(None))
        return Undelivered(count, oldest, self._session.scalar(stopped) or 0)

    def kept(self) -> Kept:
        """Recordings and their bytes; reads every row of them."""
        files, size = self._session.execute(sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(_FILES.size), 0))).one()
        return Kept(files, int(size))

    def _counts(self, column: sa.ColumnElement[str], *where: sa.ColumnElement[bool]) -> dict[str, int]:
        found = self._session.execute(sa.select(column, sa.func.count()).where(*where).group_by(column))
        return {str(name): int(count) for name, count in found}

    def _newest(self, kind: str) -> Sequence[tuple[str, datetime, datetime]]:
        columns = (_JOBS.kind, _JOBS.interaction_id, _JOBS.started_at, _JOBS.finished_at)
        done = sa.select(*columns, _JOBS.created_at).where(_JOBS.state == JobState.DONE.value)
        looked = done.order_by(_JOBS.created_at.desc(), _JOBS.id.desc()).limit(_LOOKED).subquery().c
        timed = (looked.kind == kind, looked.interaction_id.is_not(None), looked.started_at.is_not(None), looked.finished_at.is_not(None))
        chosen = sa.select(looked.interaction_id, looked.started_at, looked.finished_at).where(*timed)
        return [tuple(row) for row in self._session.execute(chosen.order_by(looked.created_at.desc()).limit(_WORKED))]

    def _worked(self, kind: str, jobs: Sequence[tuple[str, datetime, datetime]]) -> Worked:
        said = self._said({contact for contact, _, _ in jobs})
        audio = sum(length or 0 for length, _ in said) / 1000
        return Worked(kind, len(jobs), _covered((start, end) for _, start, end in jobs), audio, sum(words for _, words in said))

    def _said(self, contacts: set[str]) -> list[tuple[int | None, int]]:
        """Length in milliseconds and words of each, by the engine that heard it last."""
        columns = (_SAID.interaction_id, _SAID.duration_ms, _SAID.turns)
        rows = self._session.execute(sa.select(*columns).where(_SAID.interaction_id.in_(contacts)).order_by(_SAID.saved_at))
        last = {contact: (length, _words(turns)) for contact, length, turns in rows}
        return list(last.values())


def _words(turns: str) -> int:
    return sum(len(turn["text"].split()) for turn in json.loads(turns))


def _covered(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """Seconds that lie in at least one of the spans."""
    total, until = 0.0, None
    for start, end in sorted(spans):
        begin = start if until is None else max(start, until)
        total += max(0.0, (end - begin).total_seconds())
        until = end if until is None else max(end, until)
    return total
