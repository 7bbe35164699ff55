"""Known rubrics: forms that scorecards were made with, parsed once; one that was stored never changes."""

from __future__ import annotations

import threading
from collections import OrderedDict

from qa_service.domain.rubric import Rubric
from qa_service.store.unit import Unit


class KnownRubrics:
    """The forms used last, by fingerprint; safe to share between threads."""

    def __init__(self, *, most: int = 32) -> None:
        """``most``: forms kept at once."""
        self._most = most
        self._known: OrderedDict[str, Rubric] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, unit: Unit, fingerprint: str) -> Rubric:
        """The form with exactly that content; raises :class:`NotFoundError`."""
        with self._lock:
            known = self._known.get(fingerprint)
            if known is not None:
                self._known.move_to_end(fingerprint)
                return known
        found = unit.rubrics.by_fingerprint(fingerprint)
        with self._lock:
            self._known[fingerprint] = found
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return found
