"""What commands print: results on standard output, progress and logs on standard error."""

from __future__ import annotations

import json
import os
import signal
import sys
import textwrap
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from qa_service.services import log_lines
from qa_service.services.batch import Progress as BatchProgress
from qa_service.services.batch import Watch
from qa_service.services.batch_rows import BatchRow, Ending
from qa_service.services.pace import Pace
from qa_service.settings import Settings

#: Columns of tables that go into a file or a pipe.
_PIPE_WIDTH = 160


def out() -> Console:
    """Where results go; into a file or a pipe, which have no width of their own, as wide as tables need (``COLUMNS`` says otherwise)."""
    return Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PIPE_WIDTH)


def err() -> Console:
    """Where progress and notes go."""
    return Console(stderr=True)


def write_json(value: Any) -> None:
    """A result as JSON, readable, in its own letters."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def write_json_array(values: Iterable[Any]) -> None:
    """The same for a list, one value at a time, however many there are."""
    begin = "[\n"
    for value in values:
        text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
        sys.stdout.write(begin + textwrap.indent(text, " "))
        begin = ",\n"
    sys.stdout.write("\n]\n" if begin.startswith(",") else "[]\n")


def log_to_stderr(settings: Settings) -> None:
    """Logs of this process, as the settings want them."""
    log_lines.install(settings)


def tell_failures(rows: Iterable[BatchRow]) -> None:
    """Every file that failed, on standard error; ends the command when there is one."""
    failed = 0
    for row in rows:
        if row.status is Ending.FAILED:
            failed += 1
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
        TimeElapsedColumn(), TextColumn("{task.fields[pace]}"),
    )
    with _interruptible() as stop_if_asked, Progress(*columns, console=err(), transient=False) as bar:
        task = bar.add_task(what, total=None, failed="", pace="")

        def watch(progress: BatchProgress) -> None:
            stop_if_asked()
            failed = f"[red]{progress.failed} failed[/red]" if progress.failed else ""
            bar.update(task, total=progress.total, completed=progress.done, failed=failed, pace=_pace(progress.pace))

        yield watch


def _pace(pace: Pace | None) -> str:
    return "" if pace is None else f"{pace.per_minute:.0f} a minute, {timedelta(seconds=round(pace.seconds_left))} left"


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar; yields what is told how many of how many are done."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err(), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
