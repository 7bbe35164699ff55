"""Pace: how fast a batch goes, and how long the rest takes if it goes on so."""

from __future__ import annotations

from collections import deque

from qa_service.domain.base import Record

#: Seconds that are looked back on, and the fewest files that tell a pace.
WINDOW, FEWEST = 60.0, 3


class Pace(Record):
    """How fast a batch goes."""

    #: Files a minute.
    per_minute: float
    #: Until the rest is done, if it goes on so.
    seconds_left: float


def pace(done: int, *, seconds: float, waiting: int) -> Pace | None:
    """Of files that were ``done`` within ``seconds``, for those that wait; ``None`` where that tells too little, and at the end."""
    if waiting == 0 or done < FEWEST:
        return None
    each = max(seconds, 0.001) / done
    return Pace(per_minute=60 / each, seconds_left=each * waiting)


class Stopwatch:
    """The pace of the last minute, of what is looked at again and again."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int]] = deque()

    def pace(self, done: int, *, waiting: int, at: float) -> Pace | None:
        """``done`` so far, ``at`` a moment in seconds that never goes back."""
        self._looks.append((at, done))
        while len(self._looks) > 1 and at - self._looks[1][0] >= WINDOW:
            self._looks.popleft()
        before, had = self._looks[0]
        return pace(done - had, seconds=at - before, waiting=waiting)
