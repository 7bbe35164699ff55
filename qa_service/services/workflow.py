"""Durable work: every workflow survives a crash and goes on at the step it was in (DBOS, on SQLite or PostgreSQL)."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from contextvars import Context
from itertools import count, takewhile
from math import ceil
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, ParamSpec, TypeVar

from dbos import DBOS, DBOSClient, DBOSConfig, SetEnqueueOptions, SetWorkflowID, StepOptions, error

from qa_service.errors import ProcessingError
from qa_service.services import log_lines
from qa_service.services.tracing import Tracing, Untraced
from qa_service.store.presence import presence
from qa_service.store.session import PATIENCE
from qa_service.store.wal import use_wal

P = ParamSpec("P")
R = TypeVar("R")

#: Its number grows when old workflows could not go on in new code; they are then begun anew (:meth:`Workflows.move_on`).
WORKFLOW_VERSION = "qa-1"
SPEECH, TEXT = "speech", "text"
#: Taking batches in, and what is done on schedule.
BATCH = "batch"
REPORTS = "reports"
#: Waits for other machines, which must hold up no work of our own.
OUTSIDE = "outside"
QUEUES = (SPEECH, TEXT, BATCH, REPORTS, OUTSIDE)
_LOG = logging.getLogger(__name__)
#: Between two looks into each queue. A look takes two to four milliseconds of this process, and half as many of the database: ten a second
#: would take a twentieth of a core from a recording that is heard.
_POLL_SECONDS = {SPEECH: 0.2, TEXT: 0.25, BATCH: 1.0, REPORTS: 1.0, OUTSIDE: 1.0}
#: Between two looks for messages among workflows, which we have none of.
_UNUSED_SECONDS = 5.0
#: Messages on their way at once: they cost nothing but waiting.
_OUTSIDE_AT_ONCE = 4
#: Between two looks for processes that died.
_TAKE_OVER_SECONDS = 5.0
#: Between two looks whether the others can still tell that this process lives.
_STAYING_SECONDS = 1.0
_APPLICATION = "qa_service"
_SCHEME = "sqlite:///"
_WAITING = ["ENQUEUED", "DELAYED"]
_UNDER_WAY = "PENDING"
_OPEN = [*_WAITING, _UNDER_WAY]
#: Stands for a version that is not ours.
_UNKNOWN = 1 << 62
#: Workflows of an older version that are begun anew at one look.
_MOVED_AT_ONCE = 1000
#: A step raises only when a database or a store is busy or away; that passes.
_FIRST_PAUSE, _BACK_OFF = 0.5, 2.0


class Regime(NamedTuple):
    """How fast a queue goes; ``None``: as the settings say, or without a limit."""

    paused: bool = False
    #: Most workflows of one process.
    at_once: int | None = None
    #: Most workflows of all processes.
    together: int | None = None
    #: Most workflows begun within any minute.
    per_minute: int | None = None


class Waiting(NamedTuple):
    """What a queue holds."""

    waiting: int
    running: int


class Workflows:
    """The workflow engine of this process; register, start, enqueue, stop.

    Each process works under a name of its own (:mod:`qa_service.store.presence`). What a process that died had under way is taken over by
    the others, at their start and every few seconds; what belongs to one that lives, never.
    """

    def __init__(
        self, *, url: str, lock_dir: Path, executor: str, concurrency: int, work: Sequence[str] = QUEUES, attempts: int = 4,
        regimes: Callable[[], Mapping[str, Regime]] = dict, version: str = WORKFLOW_VERSION, tracing: Tracing | None = None,
    ) -> None:
        """``work``: the queues that this process works on; ``attempts``: tries of a step, each after twice the pause of the last;
        ``regimes``: what holds for queues now, by name, read at the start and every few seconds."""
        self._url = url
        self._presence = presence(url, lock_dir)
        self._executor = executor
        self._concurrency = concurrency
        self._work = tuple(work)
        self._again: StepOptions = {
            "retries_allowed": attempts > 1, "max_attempts": max(attempts, 2), "interval_seconds": _FIRST_PAUSE, "backoff_rate": _BACK_OFF,
        }
        self._regimes = regimes
        self._applied: dict[str, Regime] = {}
        self._version = version
        self._tracing = tracing or Untraced()
        self._functions: dict[str, Callable[..., Any]] = {}
        self._registered: dict[str, Callable[..., Any]] = {}
        self._stopping = threading.Event()
        #: The engine is no more: what goes on in threads of it is nobody's.
        self._gone = threading.Event()
        self._threads: list[threading.Thread] = []
        #: Looks in a row at which a name with work under way was nobody's.
        self._unclaimed: Counter[str] = Counter()
        self._attended: list[Callable[[], None]] = []
        #: Workflows that run in threads of this process.
        self._under_way = 0
        self._counting = threading.Lock()

    def register(self, name: str, function: Callable[..., Any]) -> None:
        """Make a function a workflow; call before :meth:`start`. Its arguments and result must be plain data."""
        self._functions[name] = function

    def attend(self, function: Callable[[], None]) -> None:
        """Call a function every few seconds while this process works; it must be quick, and safe to call in several processes."""
        self._attended.append(function)

    @property
    def running(self) -> bool:
        """Whether it was started and nobody has begun to stop it."""
        return self.name is not None and not self._stopping.is_set()

    @property
    def name(self) -> str | None:
        """The name that this process works under; ``None`` while it is not running."""
        return self._presence.name

    def living(self) -> int | None:
        """How many processes that share the database take work, this one included; ``None`` while nobody can tell."""
        return self._presence.living()

    def start(self) -> None:
        """Open the queues, and go on with what processes that died have left."""
        self._presence.take(self._executor)
        self._stopping.clear()
        self._gone.clear()
        self._unclaimed.clear()
        try:
            self._launch()
            self.take_over()
            self.move_on()
        except BaseException:
            self.stop()
            raise
        self._threads = [
            threading.Thread(target=work, args=[seconds], name=name, daemon=True)
            for name, work, seconds in (("presence", self._stay, _STAYING_SECONDS), ("take-over", self._tend, _TAKE_OVER_SECONDS))
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, *, within: float = 0.0) -> bool:
        """Stop taking work, and wait so many seconds for what is under way; whether it came to its end. What did not goes on in another
        process, or at the next start.

        Where somebody waited in vain, the name of this process stays taken until it ends, which should be at once: nobody begins what is
        still being done here.
        """
        if self.name is None:
            return True
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        # Threads that are in a step find the engine gone; that is no fault, since the step is done again.
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=ceil(within) if self._under_way else 0)
        self._gone.set()
        self._registered.clear()
        if within and self._under_way:
            return False
        self._presence.release()
        return True

    def __enter__(self) -> Workflows:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def enqueue(self, queue: str, name: str, *, workflow_id: str, arguments: Sequence[Any], priority: int | None = None) -> None:
        """Queue a workflow; the same id is never run twice. Lower priorities go first, none before all. May be called from a step: what
        it queues is no child of its workflow."""

        def put() -> None:
            with SetWorkflowID(workflow_id), SetEnqueueOptions(priority=priority):
                DBOS.enqueue_workflow(queue, self._registered[name], *arguments)

        Context().run(put)

    def enqueue_again(self, queue: str, name: str, *, workflow_id: str, arguments: Sequence[Any], priority: int | None = None) -> None:
        """Queue a workflow under that id, or where it ended without success to those who asked, under the next one."""
        free = next(one for one in _names(workflow_id) if self.status(one) in (None, *_OPEN))
        self.enqueue(queue, name, workflow_id=free, arguments=arguments, priority=priority)

    def holds(self, workflow_id: str) -> bool:
        """Whether a workflow of that id, or one that was queued again in its place, waits or is under way, in whatever process."""
        states = takewhile(lambda state: state is not None, map(self.status, _names(workflow_id)))
        return any(state in _OPEN for state in states)

    def waiting(self, *queues: str) -> dict[str, Waiting]:
        """How many workflows queues hold, in whatever process; for those that hold few, since each is looked at."""
        listed = DBOS.list_workflows(status=_OPEN, queue_name=list(queues), load_input=False, load_output=False)
        found = Counter((one.queue_name or "", str(one.status)) for one in listed)
        return {
            queue: Waiting(waiting=sum(found[queue, state] for state in _WAITING), running=found[queue, _UNDER_WAY]) for queue in queues
        }

    def regulate(self) -> None:
        """Let queues go as fast as is told now; every process that shares the database follows at its next look."""
        self._regulate(DBOS.register_queue)

    def _regulate(self, register: Callable[..., Any]) -> None:
        told = self._regimes()
        for queue in QUEUES:
            regime = told.get(queue, Regime())
            if self._applied.get(queue) != regime:
                self._open(queue, regime, register)
                self._applied[queue] = regime

    def open_arguments(self, name: str) -> Iterator[Sequence[Any]]:
        """The arguments of every workflow of that name that waits or is under way, in whatever process."""
        for one in DBOS.list_workflows(name=name, status=_OPEN, load_output=False):
            yield one.input["args"] if one.input is not None else ()

    def step(self, name: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a part of a workflow whose result is kept, so that it is not done again after a crash; tried again when it raises, and
        what it raised at last is raised here."""
        try:
            with self._tracing.span(f"step {name}"):
                return DBOS.run_step({"name": name, **self._again}, function, *args, **kwargs)
        except error.DBOSMaxStepRetriesExceeded as given_up:
            raise given_up.errors[-1] from given_up

    def insist(self, name: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a part of a workflow as often as a step is tried, with the same pauses, and keep nothing: it is called anew after a crash.
        For what is quick where it was done already: writing a step down costs more than that."""
        with self._tracing.span(f"step {name}"):
            for attempt in range(self._again["max_attempts"] - 1):
                if self._gone.is_set():
                    raise ProcessingError(f"stopped before {name}: it is done at the next start")
                try:
                    return function(*args, **kwargs)
                except Exception:
                    # Only without an engine: one that still stands would write down that the workflow failed for good.
                    if self._gone.wait(_FIRST_PAUSE * _BACK_OFF**attempt):
                        raise
            return function(*args, **kwargs)

    def status(self, workflow_id: str) -> str | None:
        """``ENQUEUED``, ``PENDING``, ``SUCCESS``, ``ERROR`` ... or ``None``."""
        found = DBOS.get_workflow_status(workflow_id)
        return None if found is None else found.status

    def take_over(self) -> int:
        """Queue again what processes that died had under way; how many workflows that were."""
        under_way = DBOS.list_workflows(status=_UNDER_WAY, load_input=False, load_output=False)
        names = {one.executor_id for one in under_way if one.executor_id} - {self.name}
        self._unclaimed = Counter({name: seen for name, seen in self._unclaimed.items() if name in names})
        return sum(self._take_over(name) for name in sorted(names))

    def _take_over(self, executor: str) -> int:
        with self._presence.if_gone(executor) as gone:
            self._unclaimed[executor] = self._unclaimed[executor] + 1 if gone else 0
            if self._unclaimed[executor] < self._presence.looks:
                return 0
            left = DBOS.list_workflows(executor_id=executor, status=_UNDER_WAY, load_input=False, load_output=False)
            for one in left:
                DBOS.resume_workflow(one.workflow_id, queue_name=one.queue_name)
        return len(left)

    def move_on(self) -> int:
        """Begin anew, under this version, what an older one left waiting; how many workflows that were.

        Workflows that an older process has under way end there. The new one is queued before the old one is cancelled, so that nothing is
        lost in between; steps are safe to repeat. What is newer than this version is left to newer processes.
        """
        known = (one["version_name"] for one in DBOS.list_application_versions())
        older = [one for one in known if _number(one) < _number(self._version)]
        found = DBOS.list_workflows(status=_OPEN, app_version=older, load_output=False, limit=_MOVED_AT_ONCE) if older else []
        old = [one for one in found if one.status != _UNDER_WAY or one.executor_id == self.name]
        for one in old:
            if one.name in self._registered and one.input is not None:
                self.enqueue(
                    one.queue_name or BATCH, one.name, workflow_id=f"{one.workflow_id}@{self._version}", arguments=one.input["args"],
                    priority=one.priority or None,
                )
            else:
                _LOG.error("nobody knows what to do with the workflow %s (%s) of version %s", one.workflow_id, one.name, one.app_version)
            DBOS.cancel_workflow(one.workflow_id)
        return len(old)

    def _stay(self, every: float) -> None:
        while not self._stopping.wait(every):
            self._presence.keep()

    def _tend(self, every: float) -> None:
        while not self._stopping.wait(every):
            for look in (self.regulate, self.take_over, self.move_on, *self._attended):
                try:
                    look()
                except Exception:  # noqa: BLE001 - the edge of a thread: what one look finds broken ends neither the watch nor the others
                    _LOG.exception("could not look for work that is due or was left")

    def _launch(self) -> None:
        if self._url.startswith(_SCHEME):
            _use_wal(Path(self._url.removeprefix(_SCHEME)))
        self._open_queues()
        config: DBOSConfig = {
            "name": _APPLICATION, "system_database_url": self._url, "application_version": self._version,
            "executor_id": self.name or self._executor, "log_level": "ERROR", "console_log_level": "ERROR",
            "notification_listener_polling_interval_sec": _UNUSED_SECONDS,
        }
        DBOS(config=config)
        _log_as_we_do()
        for name, function in self._functions.items():
            self._registered[name] = DBOS.workflow(name=name)(self._counted(self._noted(name, function)))
        if set(self._work) != set(QUEUES):
            DBOS.listen_queues(self._work)
        DBOS.launch()

    def _open_queues(self) -> None:
        """Before the engine starts: it looks for queues at once, and then only after a second."""
        DBOS.migrate(self._url)
        client = DBOSClient(system_database_url=self._url, application_name=_APPLICATION)
        try:
            self._applied.clear()
            self._regulate(client.register_queue)
        finally:
            client.destroy()

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function object of its own: the engine keeps notes on it, which a bound method does not allow."""

        def call(*arguments: Any) -> Any:
            with self._counting:
                self._under_way += 1
            try:
                return function(*arguments)
            finally:
                with self._counting:
                    self._under_way -= 1

        return call

    def _noted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """In the log, and as a span."""

        def call(*arguments: Any) -> Any:
            began = time.monotonic()
            with log_lines.about(work=DBOS.workflow_id or name), self._tracing.span(name):
                found = function(*arguments)
                _LOG.info("worked", extra=log_lines.told(workflow=name, ms=round((time.monotonic() - began) * 1000, 1)))
            return found

        return call

    def _open(self, queue: str, regime: Regime, register: Callable[..., Any]) -> None:
        at_once = regime.at_once or (max(self._concurrency, _OUTSIDE_AT_ONCE) if queue == OUTSIDE else self._concurrency)
        register(
            queue, worker_concurrency=0 if regime.paused else min(at_once, regime.together or at_once), global_concurrency=regime.together,
            limiter=None if regime.per_minute is None else {"limit": regime.per_minute, "period": 60.0},
            polling_interval_sec=_POLL_SECONDS[queue], on_conflict="always_update",
        )


def _names(workflow_id: str) -> Iterator[str]:
    """Under which it is queued, time after time."""
    return (workflow_id if attempt == 1 else f"{workflow_id}-{attempt}" for attempt in count(1))


def _log_as_we_do() -> None:
    """The engine's own lines take the way of ours instead of one to standard error in a form of their own."""
    logger = logging.getLogger("dbos")
    logger.handlers.clear()
    logger.propagate = True
    logger.setLevel(logging.ERROR)


def _number(version: str) -> int:
    """``qa-2`` is 2; other versions are no older than any."""
    name, _, number = version.partition("-")
    return int(number) if name == "qa" and number.isdigit() else _UNKNOWN


def _use_wal(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        use_wal(connection, patience=PATIENCE)
