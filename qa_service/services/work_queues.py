"""Work queues: what waits in each and how fast it goes, which leads to every process; paused and limited by people."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.permission import Actor
from qa_service.errors import NotFoundError
from qa_service.services.clock import Clock
from qa_service.services.workflow import QUEUES, SPEECH, TEXT, Regime, Workflows
from qa_service.settings import Settings
from qa_service.store.session import Database
from qa_service.store.work_queues import Regulation


class WorkQueue(Record):
    """A queue of work, and how far it is."""

    #: ``speech`` (recordings), ``text`` (conversations), ``batch`` (batches that are taken in, and what is done on schedule), ``reports``
    #: or ``outside`` (messages to other systems).
    name: str
    #: Interactions (of ``speech`` and ``text``), or other pieces of work, that nothing has begun.
    waiting: int
    #: Those that are under way.
    running: int
    #: When the one that waits longest was asked for; told for ``speech`` and ``text``.
    oldest: AwareDatetime | None = None
    #: How fast it goes.
    regulation: Regulation
    #: Whether the process that answers works on it.
    here: bool
    #: Who set it that way; ``None``: nobody, the settings hold.
    by: str | None = None
    #: When.
    at: AwareDatetime | None = None


class WorkDesk:
    """Shows the queues of work, and sets how fast they go."""

    def __init__(self, *, database: Database, workflows: Workflows, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._workflows = workflows
        self._settings = settings
        self._clock = clock

    def list(self) -> tuple[WorkQueue, ...]:
        """All of them."""
        with self._database.reading() as unit:
            told, open_ = unit.work_queues.all(), unit.jobs.open()
        others = self._workflows.waiting(*(name for name in QUEUES if name not in (SPEECH, TEXT))) if self._workflows.running else {}
        queues: list[WorkQueue] = []
        for name in QUEUES:
            set_ = told.get(name)
            found = open_.get(name) or others.get(name)
            queues.append(
                WorkQueue(
                    name=name, waiting=0 if found is None else found.waiting, running=0 if found is None else found.running,
                    oldest=open_[name].oldest if name in open_ else None, regulation=Regulation() if set_ is None else set_.regulation,
                    here=name in self._settings.work, by=None if set_ is None else set_.by, at=None if set_ is None else set_.at,
                )
            )
        return tuple(queues)

    def get(self, name: str) -> WorkQueue:
        """One of them; raises :class:`NotFoundError`."""
        found = next((one for one in self.list() if one.name == name), None)
        if found is None:
            raise NotFoundError(f"no queue of work {name!r}", field="queue", hint=", ".join(QUEUES))
        return found

    def regulate(self, name: str, regulation: Regulation, *, by: Actor) -> WorkQueue:
        """Let it go that fast from now on, in every process, within seconds; raises :class:`NotFoundError`."""
        before = self.get(name)
        if before.regulation != regulation:
            at = self._clock()
            with self._database.unit() as unit:
                unit.work_queues.set(name, regulation, by=by.id, at=at)
                content = {"before": before.regulation.model_dump(), "now": regulation.model_dump()}
                unit.ledger.append(at=at, actor=by.id, action="work.regulated", subject=f"work/{name}", content=content)
            if self._workflows.running:
                self._workflows.regulate()
        return self.get(name)


def regimes(database: Database) -> Mapping[str, Regime]:
    """What people set, as the workflow engine takes it."""
    with database.reading() as unit:
        told = unit.work_queues.all()
    return {name: Regime(**one.regulation.model_dump()) for name, one in told.items()}
