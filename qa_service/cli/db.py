"""``qa-service db``: bring the database up to date, check it, back it up with all that belongs to it, and put it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from qa_service.bootstrap import build, opened
from qa_service.cli.operator import operator
from qa_service.cli.options import AsJson
from qa_service.cli.output import err, out, write_json
from qa_service.settings import load_settings
from qa_service.store.roles import grants, roles

commands = typer.Typer(help="The database, and what lies beside it.", no_args_is_help=True)
_MEGABYTE = 1_000_000


@commands.command("upgrade")
def upgrade(
    grant: Annotated[str | None, typer.Option("--grant", metavar="ROLE", help="PostgreSQL: let this role work with what is there.")] = None,
) -> None:
    """Create the database, or bring it to this version; with ``--grant`` as the owner of its tables, whom the service need not be."""
    with opened(load_settings()) as services:
        services.upkeep.make_tables()
        if grant is not None:
            services.upkeep.grant(grant)
        out().print("up to date")


@commands.command("role")
def role(
    owner: Annotated[str, typer.Option("--owner", help="Role that owns the tables and may change them.")] = "qa_owner",
    worker: Annotated[str, typer.Option("--worker", help="Role that the service works with.")] = "qa_service",
    database: Annotated[str, typer.Option("--database", help="Name of the database.")] = "qa",
) -> None:
    """Print the SQL, for PostgreSQL's administrator, that makes a role that owns the tables and one that only works with them."""
    for statement in (*roles(owner=owner, worker=worker, database=database), *grants(worker)):
        out().print(f"{statement};", markup=False, highlight=False, soft_wrap=True)


@commands.command("figures")
def figures(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Work all of them out again first, while the service goes on.")] = False,
) -> None:
    """Compare the sums that profiles and reports are made of with the scorecards; exits with 1 when they differ."""
    with opened(load_settings()) as services:
        if rebuild:
            out().print(f"{services.rollups.rebuild()} changes counted", highlight=False)
        wrong = services.rollups.check()
    for line in wrong:
        out().print(line, markup=False, soft_wrap=True)
    if wrong:
        raise typer.Exit(1)
    out().print("as the scorecards add up")


@commands.command("check")
def check(
    quick: Annotated[bool, typer.Option("--quick", help="The schema alone.")] = False,
    hashes: Annotated[bool, typer.Option("--hashes", help="Read every recording, too, and compare it with its SHA-256.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the schema with this version, the ledger with its chain, and recordings with their files; exits with 1 when they differ."""
    services = build(load_settings())
    try:
        found = services.upkeep.check(quick=quick, hashes=hashes)
    finally:
        services.database.close()
    if as_json:
        write_json(found.model_dump(mode="json"))
    else:
        for line in (*found.faults, *found.notes):
            out().print(line, markup=False, highlight=False, soft_wrap=True)
    if found.faults:
        raise typer.Exit(1)
    if not as_json:
        out().print("as expected")


@commands.command("backup")
def backup(
    target: Annotated[Path, typer.Argument(help="Folder to make; it appears when all of it is there.")],
    without_recordings: Annotated[
        bool, typer.Option("--without-recordings", help="Leave recordings and originals out: their bucket has backups of its own, say.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the databases, recordings and everything else that is kept, while the service works; run again, it goes on where it ended."""
    with opened(load_settings()) as services, tallying("copied") as watch:
        made = services.backups.take(target.resolve(), by=operator(), recordings=not without_recordings, watch=watch)
    if as_json:
        write_json(made.model_dump(mode="json"))
    else:
        told = f"{made.files} files, {made.size / _MEGABYTE:.1f} MB; the ledger ends at {made.ledger}"
        out().print(told, highlight=False, soft_wrap=True)
    _tell(made.faults)


@commands.command("restore")
def restore(
    source: Annotated[Path, typer.Argument(help="Folder that 'db backup' made.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Move what is in the data folder aside, and throw away what is in a PostgreSQL database.")
    ] = False,
    check_only: Annotated[bool, typer.Option("--check", help="Only compare its files with their hashes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup into an empty home, while nothing works on it, and check its ledger."""
    services = build(load_settings())
    try:
        with tallying("checked" if check_only else "restored") as watch:
            if check_only:
                made = services.restoring.check(source.resolve(), watch=watch)
            else:
                done = services.restoring.restore(source.resolve(), by=operator(), replace=replace, watch=watch)
                made = done.manifest
    finally:
        services.database.close()
    if as_json:
        write_json((made if check_only else done).model_dump(mode="json"))
    elif check_only:
        out().print(f"{made.files} files as they are listed", highlight=False)
    else:
        out().print(f"{made.files} files; {done.entries} entries of the ledger, the chain is whole", highlight=False)
        if done.before is not None:
            err().print(f"what was here before is in {done.before}", markup=False, highlight=False, soft_wrap=True)
        if done.rubrics is not None:
            told = f"the rubrics are in {done.rubrics}: QA_RUBRICS_DIR names their folder"
            err().print(told, markup=False, highlight=False, soft_wrap=True)
    _tell(made.faults)


@commands.command("sweep")
def sweep(
    delete: Annotated[bool, typer.Option("--delete", help="Delete them; without it they are only listed.")] = False, as_json: AsJson = False
) -> None:
    """Find files, on disk and in the object store, that nothing in the database tells of (a process died between the two, say), and
    that are older than a day. After restoring an older database, look before you delete: what came since is among them."""
    with opened(load_settings()) as services:
        found = services.sweeping.sweep(by=operator()) if delete else services.sweeping.find()
    if as_json:
        write_json(found.model_dump(mode="json"))
        return
    for one in found.orphans:
        line = f"{one.area.value}/{one.key}  {one.size} bytes, {one.written_at:%Y-%m-%d}"
        out().print(line, highlight=False, markup=False, soft_wrap=True)
    told = "deleted" if delete else "that nothing tells of; --delete removes them"
    out().print(f"{len(found.orphans)} files, {found.size / _MEGABYTE:.1f} MB {told}", highlight=False, soft_wrap=True)


@contextmanager
def tallying(done: str) -> Iterator[Callable[[int, int], None]]:
    """A line that tells how many files and megabytes are done."""
    with err().status(f"0 files {done}") as line:
        yield lambda files, size: line.update(f"{files} files {done}, {size / _MEGABYTE:.1f} MB")


def _tell(faults: tuple[str, ...]) -> None:
    """What was wrong before the backup was taken."""
    for line in faults:
        err().print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)
