"""``qa-service sources``: what is taken in by itself, from folders and buckets."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from qa_service.bootstrap import opened, running
from qa_service.cli.options import AsJson
from qa_service.cli.output import err, log_to_stderr, out, write_json
from qa_service.services.sources import Look, SourceDesk, SourceView
from qa_service.settings import load_settings

commands = typer.Typer(no_args_is_help=True, help="Folders and buckets that files are taken from by themselves (QA_SOURCES).")


@commands.command("list")
def list_sources(as_json: AsJson = False) -> None:
    """Every source, how far it is, and what is wrong."""
    with opened(load_settings()) as services:
        found = services.sources.list()
    if as_json:
        write_json([one.model_dump(mode="json") for one in found])
        return
    table = Table("source", "place", "looked at", "taken", "failed", "waiting", box=None)
    for one in found:
        it = one.progress
        looked = "never" if it.looked_at is None else f"{it.looked_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(one.name, one.place, looked, str(it.taken), str(it.failed), str(it.waiting))
    out().print(table)
    for one in found:
        _tell(one)


@commands.command("run")
def run(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Sources; every one unless told.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Look at files again that could not be used.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look now, and take in what is there; whoever serves or works scores it."""
    settings = load_settings()
    log_to_stderr(settings)
    # Without watching: what is asked for is done here, in order.
    with running(settings.model_copy(update={"sources": {}})) as services:
        desk = services.sources.of(settings)
        looks = {name: _taken(desk, name, again=again) for name in names or sorted(settings.sources)}
    if as_json:
        write_json({name: {**one._asdict(), "error": one.error and one.error.model_dump()} for name, one in looks.items()})
    for name, one in looks.items():
        if not as_json:
            told = f"{name}: {one.taken} taken, {one.failed} failed, {one.waiting} waiting"
            out().print(told, markup=False, highlight=False, soft_wrap=True)
        if one.error is not None:
            err().print(f"{name}: {one.error}", style="red", markup=False, highlight=False, soft_wrap=True)
    if any(one.failed or one.error is not None for one in looks.values()):
        raise typer.Exit(1)


def _taken(desk: SourceDesk, name: str, *, again: bool) -> Look:
    """All looks together, until nothing more is ready."""
    if again:
        desk.forget_failed(name)
    found = desk.take(name)
    last = found
    while last.more:
        last = desk.take(name)
        found = last._replace(taken=found.taken + last.taken, failed=found.failed + last.failed)
    return found


def _tell(one: SourceView) -> None:
    for fault in ([one.error] if one.error else []) + [file.error for file in one.failed]:
        err().print(f"{one.name}: {fault}", style="red", markup=False, highlight=False, soft_wrap=True)
