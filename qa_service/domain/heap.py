"""The smallest of many: kept while they go by, so that memory holds no more than what is wanted."""

from __future__ import annotations

import heapq
from functools import total_ordering
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@total_ordering
class _Turned:
    """A key that sorts the other way round."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: _Turned) -> bool:
        return bool(other.key < self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Turned) and bool(self.key == other.key)


class Smallest(Generic[T]):
    """The ``size`` things with the smallest keys; keys must differ."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._heap: list[tuple[_Turned, T]] = []

    def offer(self, key: Any, thing: T) -> None:
        """Keep it if it is among the smallest so far."""
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, (_Turned(key), thing))
        elif self._size and key < self._heap[0][0].key:
            heapq.heapreplace(self._heap, (_Turned(key), thing))

    @property
    def found(self) -> list[T]:
        """What was kept, the smallest first."""
        return [thing for _, thing in sorted(self._heap, key=lambda pair: pair[0].key)]
