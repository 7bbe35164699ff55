"""``qa-service db``: bring the database up to date, or check it."""

from __future__ import annotations

import typer

from qa_service.bootstrap import build, opened
from qa_service.cli.output import out
from qa_service.settings import load_settings

commands = typer.Typer(help="The database.", no_args_is_help=True)


@commands.command("upgrade")
def upgrade() -> None:
    """Create the database, or bring it to this version."""
    with opened(load_settings()):
        out().print("up to date")


@commands.command("check")
def check() -> None:
    """Compare the database with what this version expects; exits with 1 when they differ."""
    services = build(load_settings())
    differences = services.database.check()
    services.database.close()
    for line in differences:
        out().print(line, markup=False, soft_wrap=True)
    if differences:
        raise typer.Exit(1)
    out().print("as expected")
