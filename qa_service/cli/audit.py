"""``qa-service audit``: verify the hash chain of everything that was done."""

from __future__ import annotations

import typer

from qa_service.bootstrap import opened
from qa_service.cli.output import out
from qa_service.settings import load_settings

commands = typer.Typer(help="The append-only audit ledger.", no_args_is_help=True)


@commands.callback()
def audit() -> None:
    """The append-only audit ledger."""


@commands.command("verify")
def verify() -> None:
    """Check every entry; names the first that was changed, removed or moved."""
    with opened(load_settings()) as services, services.database.reading() as unit:
        count = unit.ledger.verify()
    out().print(f"{count} entries, the chain is whole", highlight=False)
