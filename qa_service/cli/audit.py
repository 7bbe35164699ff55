"""``qa-service audit``: verify the hash chain of everything that was done, note its end, and export it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from qa_service.bootstrap import opened
from qa_service.cli.operator import operator
from qa_service.cli.options import AsJson
from qa_service.cli.output import out, write_json
from qa_service.services.audit import Verification
from qa_service.settings import load_settings
from qa_service.store.ledger import Sought

commands = typer.Typer(help="The append-only audit ledger.", no_args_is_help=True)

Kept = Annotated[str | None, typer.Option("--head", metavar="SEQ:HASH", help="A head kept earlier: prove that the chain still holds it.")]


@commands.callback()
def audit() -> None:
    """The append-only audit ledger."""


@commands.command("verify")
def verify(head: Kept = None, as_json: AsJson = False) -> None:
    """Check every entry; names the first that was changed, removed, moved, or emptied by nobody who may."""
    with opened(load_settings()) as services:
        chain = services.audit.check(kept=head)
    if as_json:
        write_json(Verification.of(chain).model_dump(mode="json"))
        return
    gone = f" ({chain.emptied} of them erased)" if chain.emptied else ""
    kept = ", and it holds the head that was kept" if head is not None else ""
    out().print(f"{chain.entries} entries{gone}, the chain is whole{kept}", highlight=False)


@commands.command("head")
def head(as_json: AsJson = False) -> None:
    """Print the end of the chain as SEQUENCE:HASH; kept elsewhere, it proves later that nothing before it was removed."""
    with opened(load_settings()) as services:
        found = services.audit.head()
    if as_json:
        write_json(found.model_dump(mode="json"))
    else:
        out().print(found.anchor, highlight=False, soft_wrap=True)


@commands.command("export")
def export(
    subject: Annotated[str | None, typer.Option(help="Only acts on this thing: scorecard/ID, interaction/ID.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only acts of this actor.")] = None,
    action: Annotated[str | None, typer.Option(help="Only acts whose name begins so: scorecard.")] = None,
    interaction: Annotated[str | None, typer.Option(help="Only acts about this interaction, its scorecards included.")] = None,
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last, UTC.")] = None,
) -> None:
    """Print entries as JSON Lines, the oldest first, with everything that it takes to verify them elsewhere."""
    sought = Sought(subject=subject, actor=actor, action=action, interaction=interaction, since=_utc(since), until=_utc(until))
    with opened(load_settings()) as services:
        for entry in services.audit.export(sought, by=operator()):
            sys.stdout.write(entry.model_dump_json() + "\n")


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
