"""Durable work: every workflow survives a crash and goes on at the step it was in (DBOS, on SQLite or PostgreSQL)."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from dbos import DBOS, DBOSConfig, SetWorkflowID
from filelock import FileLock, Timeout

P = ParamSpec("P")
R = TypeVar("R")

#: Changes when old workflows could not go on in new code.
WORKFLOW_VERSION = "qa-1"
SPEECH, TEXT, BATCH = "speech", "text", "batch"
_POLL_SECONDS = 0.1
_SCHEME = "sqlite:///"


class Workflows:
    """The workflow engine of this process; register, start, enqueue, wait, stop.

    Each process works under a name of its own, held by a lock file: a process that starts takes over the name, and so the unfinished
    workflows, of one that died, and never of one that lives.
    """

    def __init__(self, *, url: str, lock_dir: Path, executor: str, concurrency: int) -> None:
        self._url = url
        self._lock_dir = lock_dir
        self._executor = executor
        self._concurrency = concurrency
        self._lock: FileLock | None = None
        self._functions: dict[str, Callable[..., Any]] = {}
        self._registered: dict[str, Callable[..., Any]] = {}

    def register(self, name: str, function: Callable[..., Any]) -> None:
        """Make a function a workflow; call before :meth:`start`. Its arguments and result must be plain data."""
        self._functions[name] = function

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._lock is not None

    def start(self) -> None:
        """Open the queue and go on with what an earlier process of this name left."""
        self._lock = _own_name(self._lock_dir, self._executor)
        if self._url.startswith(_SCHEME):
            _use_wal(Path(self._url.removeprefix(_SCHEME)))
        config: DBOSConfig = {
            "name": "qa_service", "system_database_url": self._url, "application_version": WORKFLOW_VERSION,
            "executor_id": Path(self._lock.lock_file).stem, "log_level": "ERROR", "console_log_level": "ERROR",
            "notification_listener_polling_interval_sec": _POLL_SECONDS,
        }
        DBOS(config=config)
        logging.getLogger("dbos").setLevel(logging.ERROR)
        for name, function in self._functions.items():
            self._registered[name] = DBOS.workflow(name=name)(_plain(function))
        DBOS.launch()
        for queue in (SPEECH, TEXT, BATCH):
            DBOS.register_queue(
                queue, worker_concurrency=self._concurrency, polling_interval_sec=_POLL_SECONDS, on_conflict="always_update"
            )

    def stop(self) -> None:
        """Stop taking work; what is under way goes on at the next start."""
        if self._lock is None:
            return
        DBOS.destroy(destroy_registry=True)
        self._lock.release()
        self._lock = None

    def __enter__(self) -> Workflows:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def enqueue(self, queue: str, name: str, *, workflow_id: str, arguments: Sequence[Any]) -> None:
        """Queue a workflow; the same id is never run twice."""
        with SetWorkflowID(workflow_id):
            DBOS.enqueue_workflow(queue, self._registered[name], *arguments)

    def step(self, name: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a part of a workflow whose result is kept, so that it is not done again after a crash."""
        return DBOS.run_step({"name": name}, function, *args, **kwargs)

    def wait(self, workflow_id: str) -> Any:
        """The workflow's result, when it is there; raises what it raised."""
        return DBOS.retrieve_workflow(workflow_id, existing_workflow=False).get_result(polling_interval_sec=_POLL_SECONDS)

    def status(self, workflow_id: str) -> str | None:
        """``ENQUEUED``, ``PENDING``, ``SUCCESS``, ``ERROR`` ... or ``None``."""
        found = DBOS.get_workflow_status(workflow_id)
        return None if found is None else found.status


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function object of its own: the engine keeps notes on it, which a bound method does not allow."""

    def call(*arguments: Any) -> Any:
        return function(*arguments)

    return call


def _own_name(folder: Path, wanted: str) -> FileLock:
    """The first free name among ``wanted``, ``wanted-2``, ``wanted-3`` ..."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        lock = FileLock(folder / f"{wanted if number == 1 else f'{wanted}-{number}'}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        return lock
    raise Timeout(str(folder))


def _use_wal(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
