"""A circuit breaker: a server that failed several times running is left alone for a while, so that it slows nothing down."""

from __future__ import annotations

import threading
from collections.abc import Callable

#: Failures in a row after which nobody asks.
_FAILURES = 3
#: First and longest rest, seconds; each failed try after a rest doubles it.
_REST, _LONGEST_REST = 30.0, 600.0


class Breaker:
    """Counts failures in a row; after a rest, one is let through to try. Safe to use from many threads."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        """``clock``: seconds that only rise."""
        self._clock = clock
        self._failures = 0
        self._rest = _REST
        self._until = 0.0
        self._last = ""
        self._lock = threading.Lock()

    def refusal(self) -> str | None:
        """Why nobody is to ask now; ``None``: go on, and tell how it went."""
        with self._lock:
            if self._failures < _FAILURES:
                return None
            if self._clock() < self._until:
                return f"not asked: the model's server failed {self._failures} times running, the last time: {self._last}"
            # One tries; until it has told how it went, the others do not.
            self._until = self._clock() + self._rest
            return None

    def worked(self) -> None:
        """The server answered."""
        with self._lock:
            self._failures, self._rest = 0, _REST

    def failed(self, why: str) -> None:
        """The server did not answer."""
        with self._lock:
            self._failures += 1
            self._last = why
            if self._failures > _FAILURES:
                self._rest = min(self._rest * 2, _LONGEST_REST)
            self._until = self._clock() + self._rest
