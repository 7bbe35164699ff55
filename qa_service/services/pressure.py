"""Pressure: whether more may be taken in, or too much waits for work already."""

from __future__ import annotations

import time
from collections.abc import Callable

from qa_service.errors import BusyError
from qa_service.store.session import Database

#: Seconds for which a count is taken for true: what comes in a second more is no matter.
_FRESH = 1.0
#: Seconds between two looks of whoever waits for room.
_LOOK = 1.0


class Pressure:
    """Counts what waits against what may."""

    def __init__(
        self, *, database: Database, most: int, going: Callable[[], bool] = lambda: True, now: Callable[[], float] = time.monotonic
    ) -> None:
        """``most``: interactions that may be open; 0: any number. ``going``: false once this process is told to stop."""
        self._database = database
        self._most = most
        self._going = going
        self._now = now
        self._full: tuple[float, bool] | None = None

    @property
    def full(self) -> bool:
        """Whether so many are open that no more should come."""
        if self._most == 0:
            return False
        if self._full is None or self._now() - self._full[0] > _FRESH:
            with self._database.reading() as unit:
                self._full = (self._now(), unit.jobs.waiting(most=self._most) >= self._most)
        return self._full[1]

    def check(self) -> None:
        """Raises :class:`BusyError` where no more should come: whoever brings it is to come again."""
        if self.full:
            message = f"{self._most} interactions wait for work: no more are taken until there is room"
            raise BusyError(message, hint="send it again later; nothing of it was kept")

    def wait(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Until there is room, however long that takes, unless this process stops: for work that is done behind the scenes."""
        while self.full and self._going():
            pause(_LOOK)
