"""Assignment: who reviews what, by language and load; never one's own, and an agent's contacts by several people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

#: Reviews a week where nobody tells how many anybody can do.
USUAL_CAPACITY = 40


class Reviewer(NamedTuple):
    """Who may be given work."""

    id: str
    #: Languages; empty: any.
    languages: frozenset[str] = frozenset()
    #: The agent that the reviewer is, if one.
    agent: str | None = None
    #: Reviews in the time there is; ``None``: as many as others can.
    capacity: float | None = None
    #: What the reviewer has to do already.
    load: int = 0


class Work(NamedTuple):
    """What is to be reviewed."""

    id: str
    agent: str | None
    language: str | None
    priority: float = 0.0


class Assigned(NamedTuple):
    """Who reviews it, or why nobody was found."""

    reviewer: str | None
    reason: str | None = None


def assign(work: Iterable[Work], reviewers: Sequence[Reviewer]) -> dict[str, Assigned]:
    """Give each piece of work to somebody, the most important first; the same input in any order gives the same.

    Of those who read the language, are not the agent and have room, those who have the least to do for what they can (within one piece
    of work) come into question; of these, whoever has the fewest contacts of that agent, then the least to do, then the first by id.
    """
    usual = median([one.capacity for one in reviewers if one.capacity is not None] or [USUAL_CAPACITY])
    desks = [_Desk(one, usual if one.capacity is None else one.capacity) for one in sorted(reviewers, key=lambda one: one.id)]
    return {one.id: _give(one, desks) for one in sorted(work, key=lambda one: (-one.priority, one.id))}


class _Desk:
    """A reviewer, and what lies there."""

    def __init__(self, reviewer: Reviewer, capacity: float) -> None:
        self.reviewer = reviewer
        self.capacity = capacity
        self.load = reviewer.load
        self.agents: Counter[str] = Counter()

    @property
    def share(self) -> float:
        """Of what can be done."""
        return self.load / self.capacity

    def reads(self, language: str | None) -> bool:
        return language is None or not self.reviewer.languages or language in self.reviewer.languages

    def take(self, one: Work) -> None:
        self.load += 1
        if one.agent is not None:
            self.agents[one.agent] += 1


def _give(one: Work, desks: Sequence[_Desk]) -> Assigned:
    if not desks:
        return Assigned(None, "there are no reviewers")
    readers = [desk for desk in desks if desk.reads(one.language)]
    if not readers:
        return Assigned(None, f"nobody reviews in {one.language!r}")
    others = [desk for desk in readers if one.agent is None or desk.reviewer.agent != one.agent]
    if not others:
        return Assigned(None, "nobody reviews oneself, and there is nobody else" + (f" for {one.language!r}" if one.language else ""))
    free = [desk for desk in others if desk.load < desk.capacity]
    if not free:
        return Assigned(None, "everybody who could has as much to do as they can")
    least = min(desk.share for desk in free)
    near = [desk for desk in free if desk.share <= least + 1 / desk.capacity]
    chosen = min(near, key=lambda desk: (desk.agents[one.agent] if one.agent else 0, desk.share, desk.reviewer.id))
    chosen.take(one)
    return Assigned(chosen.reviewer.id)
