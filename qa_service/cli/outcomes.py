"""``qa-service outcomes``: what customers say and do afterwards, what goes with it, and what predicts it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from qa_service.bootstrap import opened
from qa_service.cli.operator import operator
from qa_service.cli.options import AsJson
from qa_service.cli.outcome_tables import churn_table, csat_table, effort_table, error_table, validity_table
from qa_service.cli.output import err, out, write_json
from qa_service.domain.agent import Basis
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Scope
from qa_service.settings import load_settings
from qa_service.store.outcomes import Place

commands = typer.Typer(help="What customers say and do afterwards, and what goes with it.", no_args_is_help=True)
Since = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")]
Until = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last.")]
OfChannel = Annotated[Channel | None, typer.Option(help="Only this channel.")]
RubricId = Annotated[str, typer.Argument(metavar="RUBRIC", help="Id of the rubric.")]


@commands.callback()
def outcomes() -> None:
    """What customers say and do afterwards, and what goes with it."""


@commands.command("train")
def train(
    use: Annotated[bool, typer.Option(help="Predict with it from now on, if it tells more than the base rate.")] = True,
    as_json: AsJson = False,
) -> None:
    """Learn from survey answers what satisfies customers, and print how far that is off on answers it has not seen."""
    with opened(load_settings()) as services:
        trained = services.satisfaction_learning.train(by=operator(), use=use)
    if as_json:
        write_json(trained.model_dump(mode="json"))
        return
    out().print(error_table(trained.model))
    told = f"version {trained.model.version}: {trained.model.told.value.replace('_', ' ')}"
    err().print(f"{told}; {trained.predicted} contacts predicted" if trained.used else f"{told}; not in use", highlight=False)


@commands.command("models")
def models(as_json: AsJson = False) -> None:
    """List the versions, each with its error."""
    with opened(load_settings()) as services:
        found = services.satisfaction.models()
    if as_json:
        write_json([one.model_dump(mode="json") for one in found])
        return
    for one in found:
        out().print(f"version {one.model.version}{' (in use)' if one.active else ''}: {one.model.told.value}", highlight=False)
        out().print(error_table(one.model))


@commands.command("use")
def use_(version: Annotated[int, typer.Argument(min=1, help="Version.")]) -> None:
    """Predict new contacts with that version from now on; what was predicted stays. Noted in the ledger."""
    with opened(load_settings()) as services:
        services.satisfaction_learning.use(version, by=operator())
    err().print(f"version {version} is in use", highlight=False)


@commands.command("predict")
def predict(
    again: Annotated[bool, typer.Option("--again", help="Those too that an older version predicted; that stays beside it.")] = False,
) -> None:
    """Predict contacts that have no prediction yet."""
    with opened(load_settings()) as services:
        done = services.satisfaction_learning.predict(again=again)
    out().print(f"{done} contacts predicted", highlight=False)


@commands.command("csat")
def csat(
    since: Since = None, until: Until = None, channel: OfChannel = None,
    by: Annotated[str | None, typer.Option(help="Tell apart: channel, team, queue, language or agent.")] = None,
    interaction: Annotated[str | None, typer.Option(help="Only this one: its prediction, with reasons.")] = None, as_json: AsJson = False,
) -> None:
    """The share of satisfied contacts of all, those included who never answered."""
    with opened(load_settings()) as services:
        if interaction is not None:
            found = services.satisfaction.prediction(interaction, within=Scope())
            if as_json:
                write_json(found.model_dump(mode="json"))
                return
            error = found.error
            out().print(
                f"chance of a satisfied answer: {found.chance:.0%} (of all: {found.base:.0%}); AUC of such predictions {error.auc}, "
                f"{error.calibration_error:.0%} off on average", highlight=False,
            )
            for one in found.reasons:
                out().print(f"  {one.words}", markup=False, highlight=False)
            return
        report = services.satisfaction.report(_place(since, until, channel), by=by)
    if as_json:
        write_json(report.model_dump(mode="json"))
    else:
        out().print(csat_table(report))


@commands.command("validity")
def validity(
    rubric: Annotated[str | None, typer.Option(help="Only this rubric.")] = None, since: Since = None, until: Until = None,
    channel: OfChannel = None,
    basis: Annotated[Basis, typer.Option(help="By people's answers (final), or by those in force, the machine's too (all).")] = Basis.FINAL,
    as_json: AsJson = False,
) -> None:
    """Which items of forms go with satisfaction, first-contact resolution and customers who stay."""
    with opened(load_settings()) as services:
        table = services.validities.table(_place(since, until, channel), rubric=rubric, basis=basis)
    if as_json:
        write_json(table.model_dump(mode="json"))
        return
    out().print(validity_table(table))
    for one in table.redundant:
        out().print(f"{one.rubric}: {one.one} and {one.other} say the same (r = {one.correlation:.2f}, n = {one.n})", highlight=False)
    for note in table.notes:
        err().print(f"note: {note}", highlight=False)


@commands.command("retire")
def retire(
    rubric: RubricId, criterion: Annotated[str, typer.Argument(metavar="CRITERION", help="Id of the item.")],
    why: Annotated[str, typer.Option(help="Why it should go.")],
    basis: Annotated[Basis, typer.Option(help="Whose answers speak for it.")] = Basis.FINAL,
) -> None:
    """Propose to take an item out of a form, with the figures of today; the form is not changed by that."""
    with opened(load_settings()) as services:
        made = services.validities.retire(rubric, criterion=criterion, why=why, by=operator(), basis=basis)
    out().print(f"{made.id}: {rubric} {criterion}, {made.figures.verdict.value.replace('_', ' ')}", highlight=False)


@commands.command("retirements")
def retirements(rubric: RubricId, as_json: AsJson = False) -> None:
    """Items of a form that were proposed to go."""
    with opened(load_settings()) as services:
        found = services.validities.retirements(rubric, limit=200).items
    if as_json:
        write_json([one.model_dump(mode="json") for one in found])
        return
    table = Table("id", "criterion", "state", "verdict then", "why", "gone in")
    for one in found:
        gone = "" if one.gone_in is None else str(one.gone_in)
        table.add_row(one.id, one.criterion, one.state.value, one.figures.verdict.value, one.why, gone)
    out().print(table, markup=False)


@commands.command("churn")
def churn(since: Since = None, until: Until = None, as_json: AsJson = False) -> None:
    """Who leaves, by loyalty and value, as imported rows tell; and apart from it, the signs in contacts."""
    with opened(load_settings()) as services:
        found = services.churns.churn(_place(since, until, None))
    if as_json:
        write_json(found.model_dump(mode="json"))
        return
    for table in churn_table(found):
        out().print(table)
    err().print(f"churn: {found.definition}", highlight=False)


@commands.command("effort")
def effort(since: Since = None, until: Until = None, channel: OfChannel = None, as_json: AsJson = False) -> None:
    """How hard it was for customers: by surveys, and apart from it by signs in contacts."""
    with opened(load_settings()) as services:
        found = services.churns.effort(_place(since, until, channel))
    if as_json:
        write_json(found.model_dump(mode="json"))
    else:
        out().print(effort_table(found))


def _place(since: datetime | None, until: datetime | None, channel: Channel | None) -> Place:
    first, last = (None if day is None else day.replace(tzinfo=UTC) for day in (since, until))
    if first is not None and last is not None and last <= first:
        raise typer.BadParameter("the period ends before it starts")
    return Place(first, last, channel)
