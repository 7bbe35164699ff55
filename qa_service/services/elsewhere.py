"""Elsewhere: what another machine erased, or wrote into the gold set, reaches the files that each machine keeps for itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from qa_service.services import judge_memory
from qa_service.services.clock import Clock
from qa_service.services.workflow import Workflows
from qa_service.settings import Settings
from qa_service.store.gold_folder import GoldFolder
from qa_service.store.session import Database

#: Holds how many erased interactions this machine knows of.
_SEEN = "erased-elsewhere"
_EVERY = timedelta(minutes=1)


class Elsewhere:
    """Looks once a minute; for a database that several machines work with."""

    def __init__(self, *, database: Database, gold: GoldFolder, settings: Settings, workflows: Workflows, clock: Clock) -> None:
        self._database = database
        self._gold = gold
        self._settings = settings
        self._clock = clock
        self._seen = settings.data_dir.resolve() / _SEEN
        self._looked: datetime | None = None
        if not settings.database.startswith("sqlite"):
            workflows.attend(self._attend)

    def look(self) -> bool:
        """Fetch what is new; where anything was erased since the last look, take it out of the gold set, and empty the judge's memory
        (which does not know what is whose once the words are gone): whether that was so. Safe in several processes."""
        self._gold.pull()
        with self._database.reading() as unit:
            erased = str(unit.erasures.count())
        if self._seen.is_file() and self._seen.read_text(encoding="ascii") == erased:
            return False
        told_of = self._gold.interactions()
        with self._database.reading() as unit:
            gone = unit.erasures.erased(told_of)
        for one in gone:
            self._gold.drop(one)
        judge_memory.forget(self._settings)
        self._seen.parent.mkdir(parents=True, exist_ok=True)
        self._seen.write_text(erased, encoding="ascii")
        return True

    def _attend(self) -> None:
        now = self._clock()
        if self._looked is None or now - self._looked >= _EVERY:
            self._looked = now
            self.look()
