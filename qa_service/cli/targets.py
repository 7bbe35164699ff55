"""``qa-service targets``: what figures should reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.table import Table

from qa_service.bootstrap import opened
from qa_service.cli.operator import operator
from qa_service.cli.options import AsJson
from qa_service.cli.output import out, write_json
from qa_service.domain.interaction import Channel
from qa_service.domain.target import SHIPPED, Target, TargetSet
from qa_service.settings import load_settings
from qa_service.store.targets import StoredTargetSet

commands = typer.Typer(no_args_is_help=True, help="What figures should reach.")

IndicatorId = Annotated[str, typer.Argument(metavar="INDICATOR", help="Id, as 'qa-service figures --definitions' shows it.")]
Team = Annotated[str | None, typer.Option(help="Only for this team.")]
InChannel = Annotated[Channel | None, typer.Option("--channel", help="Only for this channel.")]
Queue = Annotated[str | None, typer.Option(help="Only for this queue.")]


@commands.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the targets that count now: those that people set, and those that are shipped."""
    with opened(load_settings()) as services:
        found = services.targets.current()
    if as_json:
        write_json({"set": found.model_dump(mode="json"), "shipped": [one.model_dump(mode="json") for one in SHIPPED]})
        return
    _tell(found)


@commands.command("set")
def set_(
    indicator: IndicatorId,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="In the figure's unit: seconds, a share from 0 to 1 ...; 'none' for none.")],
    team: Team = None, channel: InChannel = None, queue: Queue = None,
) -> None:
    """Set a target, for everybody or for one team, channel or queue; what is most specific counts."""
    try:
        target = Target(indicator=indicator, value=None if value == "none" else float(value), team=team, channel=channel, queue=queue)
    except ValueError as error:
        raise typer.BadParameter(_why(error), param_hint="VALUE") from error
    _change(lambda before: _with(before, [one for one in before.targets if one.place != target.place] + [target]))


@commands.command("remove")
def remove(indicator: IndicatorId, team: Team = None, channel: InChannel = None, queue: Queue = None) -> None:
    """Take a target away: what is shipped, or set for more than that, counts again."""
    place = (indicator, team, channel, queue)
    _change(lambda before: _with(before, [one for one in before.targets if one.place != place]))


@commands.command("rules")
def rules(
    answer_within: Annotated[float | None, typer.Option(min=0, max=86_400, help="Seconds that count for the service level.")] = None,
    short_abandon: Annotated[
        float | None, typer.Option(min=0, max=3600, help="Seconds within which an abandoned contact counts nowhere.")
    ] = None,
) -> None:
    """Change what counts as answered in time, and as a short abandon."""
    told = {"answer_within_seconds": answer_within, "short_abandon_seconds": short_abandon}
    _change(lambda before: before.model_copy(update={name: value for name, value in told.items() if value is not None}))


def _with(before: TargetSet, targets: list[Target]) -> TargetSet:
    try:
        return TargetSet.model_validate({**before.model_dump(), "targets": [one.model_dump() for one in targets]})
    except ValidationError as error:
        raise typer.BadParameter(_why(error), param_hint="INDICATOR") from error


def _change(act: Callable[[TargetSet], TargetSet]) -> None:
    with opened(load_settings()) as services:
        before = services.targets.current()
        found = services.targets.change(act(before.targets), expected=before.version, by=operator())
    _tell(found)


def _why(error: ValueError) -> str:
    return str(error.errors(include_url=False)[0]["msg"]) if isinstance(error, ValidationError) else "this is no number"


def _tell(found: StoredTargetSet) -> None:
    head = (
        f"version {found.version}; answered within {found.targets.answer_within_seconds:g} s counts for the service level, "
        f"abandoned within {found.targets.short_abandon_seconds:g} s counts nowhere"
    )
    out().print(head, highlight=False, markup=False, soft_wrap=True)
    table = Table("figure", "target", "team", "channel", "queue", "told by")
    rows = [(one, "set") for one in found.targets.targets] + [(one.target, f"shipped: {one.why}") for one in SHIPPED]
    for one, by in rows:
        value = "none" if one.value is None else f"{one.value:g}"
        table.add_row(one.indicator, value, one.team or "", one.channel.value if one.channel else "", one.queue or "", by)
    out().print(table, markup=False)
