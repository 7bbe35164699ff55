"""``qa-service work``: what waits to be done, how fast it goes, and what was given up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from qa_service.bootstrap import Services, opened, running
from qa_service.cli.operator import operator
from qa_service.cli.options import AsJson
from qa_service.cli.output import err, out, write_json
from qa_service.services.work_queues import WorkQueue
from qa_service.settings import load_settings
from qa_service.store.jobs import Job, JobState
from qa_service.store.work_queues import Regulation

commands = typer.Typer(help="Queues of work, and jobs that were given up.", no_args_is_help=True)

Queue = Annotated[str, typer.Argument(help="speech, text, batch, reports or outside.")]
Kind = Annotated[str | None, typer.Option(help="speech (recordings) or text.")]
BatchId = Annotated[str | None, typer.Option("--batch", help="Id of a batch.")]
Code = Annotated[str | None, typer.Option(help="Code of the error that stopped them.")]


@commands.command("list")
def list_(as_json: AsJson = False) -> None:
    """What waits and is under way in each queue, and how fast it goes."""
    with _working() as services:
        queues = services.work.list()
    if as_json:
        write_json([queue.model_dump(mode="json") for queue in queues])
    else:
        out().print(_queues(queues))


@commands.command("pause")
def pause(queue: Queue) -> None:
    """Begin nothing more of it, in any process; what is under way ends."""
    _change(queue, paused=True)


@commands.command("resume")
def resume(queue: Queue) -> None:
    """Go on where it was paused."""
    _change(queue, paused=False)


@commands.command("limit")
def limit(
    queue: Queue,
    at_once: Annotated[int | None, typer.Option(min=1, help="Most pieces of one process; left out: as the settings say.")] = None,
    together: Annotated[int | None, typer.Option(min=1, help="Most pieces of all processes; left out: any number.")] = None,
    per_minute: Annotated[int | None, typer.Option(min=1, help="Most pieces begun in a minute; left out: any number.")] = None,
) -> None:
    """Say how fast it goes; without options, as the settings say."""
    _change(queue, at_once=at_once, together=together, per_minute=per_minute)


@commands.command("failed")
def failed(
    kind: Kind = None, batch: BatchId = None, code: Code = None,
    most: Annotated[int, typer.Option(min=1, max=500, help="Most jobs shown.")] = 50, as_json: AsJson = False,
) -> None:
    """Jobs that were given up, the last asked for first, and why."""
    with opened(load_settings()) as services:
        jobs = services.jobs.list(state=JobState.FAILED, kind=kind, batch=batch, code=code, limit=most).items
    if as_json:
        write_json([job.model_dump(mode="json") for job in jobs])
    else:
        out().print(_jobs(jobs))


@commands.command("retry")
def retry(
    jobs: Annotated[list[str] | None, typer.Argument(help="Ids of jobs; without any, all that the options mean.")] = None,
    kind: Kind = None, batch: BatchId = None, code: Code = None,
    everything: Annotated[bool, typer.Option("--all", help="All that failed.")] = False,
) -> None:
    """Begin again what failed; a process that works does the rest."""
    if not jobs and not everything and kind is batch is code is None:
        raise typer.BadParameter("name jobs, or say which are meant with --kind, --batch, --code or --all")
    with _working() as services:
        if jobs:
            made = {old: new for job in jobs for old, new in services.jobs.retry(job, by=operator()).jobs.items()}
        else:
            made = services.jobs.retry_many(by=operator(), kind=kind, batch=batch, code=code, limit=5000).jobs
    out().print(f"{len(made)} jobs begun again", highlight=False)


@contextmanager
def _working() -> Iterator[Services]:
    """The engine runs, so that work can be queued; none is done here."""
    with running(load_settings(work=())) as services:
        yield services


def _change(queue: str, **changes: object) -> None:
    with opened(load_settings()) as services:
        before = services.work.get(queue).regulation
        now = services.work.regulate(queue, Regulation.model_validate(before.model_dump() | changes), by=operator())
    err().print(f"{queue}: {_told(now.regulation)}; processes that work follow within seconds", highlight=False)


def _queues(queues: tuple[WorkQueue, ...]) -> Table:
    table = Table("queue", "waiting", "under way", "oldest", "goes", "set by")
    for one in queues:
        oldest = "" if one.oldest is None else one.oldest.isoformat(timespec="seconds")
        table.add_row(one.name, str(one.waiting), str(one.running), oldest, _told(one.regulation), one.by or "")
    return table


def _jobs(jobs: tuple[Job, ...]) -> Table:
    table = Table("job", "kind", "interaction", "asked for", "starts", "why")
    for one in jobs:
        moment = one.created_at.isoformat(timespec="seconds")
        table.add_row(one.id, one.kind, Text(one.interaction or ""), moment, str(one.starts), Text(str(one.error or "")))
    return table


def _told(regulation: Regulation) -> str:
    limits = [
        f"{value} {words}"
        for value, words in (
            (regulation.at_once, "at once in a process"), (regulation.together, "at once in all"), (regulation.per_minute, "a minute"),
        )
        if value is not None
    ]
    return ", ".join(["paused"] * regulation.paused + limits) or "as the settings say"
