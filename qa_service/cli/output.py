"""What commands print: results on standard output, progress and logs on standard error."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from qa_service.services.batch import BatchRow, Ending, Watch
from qa_service.services.batch import Progress as BatchProgress
from qa_service.settings import Settings

_TEXT_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def out() -> Console:
    """Where results go."""
    return Console()


def err() -> Console:
    """Where progress and notes go."""
    return Console(stderr=True)


def write_json(value: Any) -> None:
    """A result as JSON, readable, in its own letters."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def log_to_stderr(settings: Settings) -> None:
    """Logs of this process, as the settings want them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if settings.log_format == "json" else logging.Formatter(_TEXT_LINE))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)


class _JsonLines(logging.Formatter):
    """One JSON object a line, whatever the message holds."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat()
        told = {"at": at, "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def tell_failures(rows: Iterable[BatchRow]) -> None:
    """Every file that failed, on standard error; ends the command when there is one."""
    failed = [row for row in rows if row.status is Ending.FAILED]
    for row in failed:
        err().print(f"failed: {row.error}", style="red", markup=False, highlight=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)


@contextmanager
def _interruptible() -> Iterator[Callable[[], None]]:
    """Ctrl-C counts where the batch looks up from its work, so that it never tears a transaction; the second one counts at once."""
    asked = threading.Event()

    def ask(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        asked.set()

    def stop_if_asked() -> None:
        if asked.is_set():
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop_if_asked
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def batch_progress(what: str) -> Iterator[Watch]:
    """A progress bar for a batch; yields what the batch calls."""
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[failed]}"),
        TimeElapsedColumn(), TimeRemainingColumn(),
    )
    with _interruptible() as stop_if_asked, Progress(*columns, console=err(), transient=False) as bar:
        task = bar.add_task(what, total=None, failed="")

        def watch(progress: BatchProgress) -> None:
            stop_if_asked()
            failed = f"[red]{progress.failed} failed[/red]" if progress.failed else ""
            bar.update(task, total=progress.total, completed=progress.done, failed=failed)

        yield watch
