"""Durable work: every workflow survives a crash and goes on at the step it was in (DBOS, on SQLite or PostgreSQL)."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from dbos import DBOS, DBOSConfig, SetWorkflowID, StepOptions, error
from filelock import FileLock, Timeout

P = ParamSpec("P")
R = TypeVar("R")

#: Changes when old workflows could not go on in new code.
WORKFLOW_VERSION = "qa-1"
SPEECH, TEXT, BATCH = "speech", "text", "batch"
_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.1
#: Between two looks for processes that died.
_TAKE_OVER_SECONDS = 5.0
_SCHEME = "sqlite:///"
_OPEN = ["ENQUEUED", "PENDING", "DELAYED"]
_UNDER_WAY = "PENDING"
#: A step raises only when a database is busy or away; that passes.
_AGAIN: StepOptions = {"retries_allowed": True, "max_attempts": 4, "interval_seconds": 0.5, "backoff_rate": 2.0}


class Workflows:
    """The workflow engine of this process; register, start, enqueue, stop.

    Each process works under a name of its own, held by a lock file for as long as it lives. What a process that died had under way is
    taken over by the others, at their start and every few seconds; what belongs to one that lives, never.
    """

    def __init__(self, *, url: str, lock_dir: Path, executor: str, concurrency: int) -> None:
        self._url = url
        self._lock_dir = lock_dir
        self._executor = executor
        self._concurrency = concurrency
        self._lock: FileLock | None = None
        self._functions: dict[str, Callable[..., Any]] = {}
        self._registered: dict[str, Callable[..., Any]] = {}
        self._stopping = threading.Event()
        self._tending: threading.Thread | None = None

    def register(self, name: str, function: Callable[..., Any]) -> None:
        """Make a function a workflow; call before :meth:`start`. Its arguments and result must be plain data."""
        self._functions[name] = function

    @property
    def running(self) -> bool:
        """Whether it was started and nobody has begun to stop it."""
        return self._lock is not None and not self._stopping.is_set()

    @property
    def name(self) -> str | None:
        """The name that this process works under; ``None`` while it is not running."""
        return None if self._lock is None else Path(self._lock.lock_file).stem

    def start(self) -> None:
        """Open the queues, and go on with what processes that died have left."""
        self._lock = _own_name(self._lock_dir, self._executor)
        self._stopping.clear()
        try:
            self._launch()
            self.take_over()
        except BaseException:
            self.stop()
            raise
        self._tending = threading.Thread(target=self._tend, name="take-over", daemon=True)
        self._tending.start()

    def stop(self) -> None:
        """Stop taking work; what is under way goes on at the next start."""
        if self._lock is None:
            return
        self._stopping.set()
        if self._tending is not None:
            self._tending.join()
            self._tending = None
        # Threads that are in a step find the engine gone; that is no fault, since the step is done again.
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        DBOS.destroy(destroy_registry=True)
        self._registered.clear()
        self._lock.release()
        self._lock = None

    def __enter__(self) -> Workflows:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def enqueue(self, queue: str, name: str, *, workflow_id: str, arguments: Sequence[Any]) -> None:
        """Queue a workflow; the same id is never run twice. May be called from a step: what it queues is no child of its workflow."""

        def put() -> None:
            with SetWorkflowID(workflow_id):
                DBOS.enqueue_workflow(queue, self._registered[name], *arguments)

        Context().run(put)

    def enqueue_again(self, queue: str, name: str, *, workflow_id: str, arguments: Sequence[Any]) -> None:
        """Queue a workflow under that id, or where it ended without success to those who asked, under the next one."""
        names = (workflow_id if attempt == 1 else f"{workflow_id}-{attempt}" for attempt in count(1))
        self.enqueue(queue, name, workflow_id=next(one for one in names if self.status(one) in (None, *_OPEN)), arguments=arguments)

    def open_arguments(self, name: str) -> Iterator[Sequence[Any]]:
        """The arguments of every workflow of that name that waits or is under way, in whatever process."""
        for one in DBOS.list_workflows(name=name, status=_OPEN, load_output=False):
            yield one.input["args"] if one.input is not None else ()

    def step(self, name: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a part of a workflow whose result is kept, so that it is not done again after a crash; tried again when it raises, and
        what it raised at last is raised here."""
        try:
            return DBOS.run_step({"name": name, **_AGAIN}, function, *args, **kwargs)
        except error.DBOSMaxStepRetriesExceeded as given_up:
            raise given_up.errors[-1] from given_up

    def status(self, workflow_id: str) -> str | None:
        """``ENQUEUED``, ``PENDING``, ``SUCCESS``, ``ERROR`` ... or ``None``."""
        found = DBOS.get_workflow_status(workflow_id)
        return None if found is None else found.status

    def take_over(self) -> int:
        """Queue again what processes that died had under way; how many workflows that were."""
        taken = 0
        for lock in sorted(self._lock_dir.glob("*.lock")):
            if lock.stem != self.name:
                with _if_free(lock) as dead:
                    taken += self._take_over(lock.stem) if dead else 0
        return taken

    def _take_over(self, executor: str) -> int:
        left = DBOS.list_workflows(executor_id=executor, status=_UNDER_WAY, load_input=False, load_output=False)
        for one in left:
            DBOS.resume_workflow(one.workflow_id, queue_name=one.queue_name)
        return len(left)

    def _tend(self) -> None:
        while not self._stopping.wait(_TAKE_OVER_SECONDS):
            try:
                self.take_over()
            except Exception:  # noqa: BLE001 - the edge of a thread: a busy database must not end the watch
                _LOG.exception("could not look for work of processes that died")

    def _launch(self) -> None:
        if self._url.startswith(_SCHEME):
            _use_wal(Path(self._url.removeprefix(_SCHEME)))
        config: DBOSConfig = {
            "name": "qa_service", "system_database_url": self._url, "application_version": WORKFLOW_VERSION,
            "executor_id": self.name or self._executor, "log_level": "ERROR", "console_log_level": "ERROR",
            "notification_listener_polling_interval_sec": _POLL_SECONDS,
        }
        DBOS(config=config)
        _log_as_we_do()
        for name, function in self._functions.items():
            self._registered[name] = DBOS.workflow(name=name)(_plain(function))
        DBOS.launch()
        for queue in (SPEECH, TEXT, BATCH):
            DBOS.register_queue(
                queue, worker_concurrency=self._concurrency, polling_interval_sec=_POLL_SECONDS, on_conflict="always_update"
            )


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function object of its own: the engine keeps notes on it, which a bound method does not allow."""

    def call(*arguments: Any) -> Any:
        return function(*arguments)

    return call


def _log_as_we_do() -> None:
    """The engine's own lines take the way of ours instead of one to standard error in a form of their own."""
    logger = logging.getLogger("dbos")
    logger.handlers.clear()
    logger.propagate = True
    logger.setLevel(logging.ERROR)


def _lock(path: Path) -> FileLock:
    # Not by thread: a server may stop in another thread than it started in.
    return FileLock(path, timeout=0, thread_local=False)


def _own_name(folder: Path, wanted: str) -> FileLock:
    """The first free name among ``wanted``, ``wanted-2``, ``wanted-3`` ..."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        lock = _lock(folder / f"{wanted if number == 1 else f'{wanted}-{number}'}.lock")
        try:
            lock.acquire()
        except Timeout:
            continue
        return lock
    raise Timeout(str(folder))


@contextmanager
def _if_free(path: Path) -> Iterator[bool]:
    """Whether nobody lives under the name of a lock; nobody can take it meanwhile."""
    lock = _lock(path)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _use_wal(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
