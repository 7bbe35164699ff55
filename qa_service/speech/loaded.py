"""What engines have loaded: a model is in memory once, however many engines (queues with words of their own) are built on it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")


class Loaded:
    """Whatever is dear to make and can be shared, by key; threads that want the same thing wait for the one that makes it."""

    def __init__(self) -> None:
        self._things: dict[Hashable, Any] = {}
        self._locks: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The thing of that key, made at first use; a failure is the caller's, and the next one tries again."""
        with self._lock:
            own = self._locks.setdefault(key, Lock())
        with own:
            if key not in self._things:
                self._things[key] = make()
            thing: T = self._things[key]
            return thing
