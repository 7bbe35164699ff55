"""``qa-service retain``: how long words are kept, what is erased, and what is held."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from qa_service.bootstrap import opened
from qa_service.cli.operator import operator
from qa_service.cli.options import AsJson
from qa_service.cli.output import err, out, write_json
from qa_service.services.retain import Retention
from qa_service.settings import load_settings

commands = typer.Typer(help="Retention and erasure: words go, figures stay.", no_args_is_help=True)

Interaction = Annotated[str, typer.Argument(metavar="ID", help="Id of the interaction.")]
Reason = Annotated[str, typer.Option(help="Why, in a few words; it is kept in the ledger.")]


@commands.callback()
def retain() -> None:
    """Retention and erasure: words go, figures stay."""


@commands.command("show")
def show(as_json: AsJson = False) -> None:
    """Show the periods, what is due by them, and the legal holds; nothing is erased."""
    with opened(load_settings()) as services:
        found = services.retaining.show()
    if as_json:
        write_json(found.model_dump(mode="json"))
    else:
        _print(found)


@commands.command("run")
def run() -> None:
    """Erase everything whose period is over, and finish what was left of earlier erasures."""
    with opened(load_settings()) as services:
        done, files = services.retaining.run(by=operator()), services.retaining.finish()
    out().print(f"{done} interactions erased", highlight=False)
    if files:
        err().print(f"{files} files of earlier erasures deleted", highlight=False)


@commands.command("erase")
def erase(
    reason: Reason,
    interactions: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids of interactions.")] = None,
    customer: Annotated[str | None, typer.Option(help="Erase all interactions of this customer instead.")] = None,
    as_json: AsJson = False,
) -> None:
    """Erase the words of interactions for good, whatever their period; ends with 1 where a hold or a job keeps some."""
    if bool(interactions) == (customer is not None):
        raise typer.BadParameter("name interactions, or a customer")
    with opened(load_settings()) as services:
        if customer is None:
            done = [services.retaining.erase(one, reason=reason, by=operator()) for one in interactions or ()]
            kept: tuple[str, ...] = ()
        else:
            found = services.retaining.erase_customer(customer, reason=reason, by=operator())
            done, kept = list(found.erased), (*found.held, *found.busy)
    if as_json:
        write_json({"erased": [one.model_dump(mode="json") for one in done], "kept": list(kept)})
    else:
        out().print(f"{len(done)} interactions erased", highlight=False)
    for one in kept:
        err().print(f"kept: {one} is held, or a job works on it", style="red", markup=False, highlight=False)
    if kept:
        raise typer.Exit(1)


@commands.command("hold")
def hold(interaction: Interaction, reason: Reason) -> None:
    """Keep an interaction from being erased, whoever asks."""
    with opened(load_settings()) as services:
        services.retaining.hold(interaction, reason=reason, by=operator())
    err().print(f"{interaction} is held", highlight=False, markup=False)


@commands.command("release")
def release(interaction: Interaction, reason: Reason) -> None:
    """Take a hold away."""
    with opened(load_settings()) as services:
        services.retaining.release(interaction, reason=reason, by=operator())
    err().print(f"{interaction} is not held any more", highlight=False, markup=False)


@commands.command("readmit")
def readmit(interaction: Interaction, reason: Reason) -> None:
    """Let the content of an erased interaction come in again, as another interaction."""
    with opened(load_settings()) as services:
        services.retaining.readmit(interaction, reason=reason, by=operator())
    err().print(f"what {interaction} held may come in again", highlight=False, markup=False)


@commands.command("caches")
def caches() -> None:
    """Empty what only saves time and hangs on no interaction: replies of a language model, vectors of sentences."""
    with opened(load_settings()) as services:
        replies, vectors = services.retaining.forget_caches()
    out().print(f"{replies} replies and {vectors} vectors deleted", highlight=False)


@commands.command("compact")
def compact() -> None:
    """Write the database anew, so that nothing that was erased is left in the gaps of its file. Others wait meanwhile."""
    with opened(load_settings()) as services:
        services.retaining.compact()
    out().print("done", highlight=False)


def _print(found: Retention) -> None:
    periods = Table(header_style="bold")
    for name in ("channel", "kept", "due before", "due now"):
        periods.add_column(name, justify="right" if name == "due now" else "left")
    for one in found.due:
        kept = f"{one.days} days" if one.days else "for ever"
        periods.add_row(one.channel.value, kept, "" if one.before is None else f"{one.before:%Y-%m-%d %H:%M}", str(one.interactions))
    out().print(periods)
    if not found.holds:
        return
    holds = Table(header_style="bold")
    for name in ("held", "since", "by", "reason"):
        holds.add_column(name, overflow="fold")
    for hold in found.holds:
        holds.add_row(hold.interaction, f"{hold.at:%Y-%m-%d}", hold.by, hold.reason)
    out().print(holds)
