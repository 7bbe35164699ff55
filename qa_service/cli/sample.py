"""``qa-service sample``: which scorecards people review, by plans that leads write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from qa_service.bootstrap import Services, opened
from qa_service.cli.operator import operator
from qa_service.cli.options import AsJson
from qa_service.cli.output import err, out, write_json
from qa_service.domain.permission import Actor
from qa_service.services.plan_files import read_plan
from qa_service.services.sample import RunView
from qa_service.settings import load_settings
from qa_service.store.sampling import SamplingRun, StoredPlan

commands = typer.Typer(help="Which scorecards people review, by plans.", no_args_is_help=True)
plans = typer.Typer(help="Sampling plans.", no_args_is_help=True)
commands.add_typer(plans, name="plan")

PlanId = Annotated[str, typer.Argument(metavar="PLAN", help="Id of a plan, as 'sample plan list' prints it.")]
PlanFile = Annotated[Path, typer.Argument(metavar="FILE", help="The plan, YAML or JSON.")]


@plans.command("add")
def add(file: PlanFile, as_json: AsJson = False) -> None:
    """Add a plan: from now on it samples every period that ends."""
    plan = read_plan(file)
    with _open() as (services, by):
        found = services.sampling.add(plan, by=by)
    _tell_plan(found, as_json=as_json)


@plans.command("set")
def set_(
    plan: PlanId, file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The whole plan as it shall be.")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Whether it samples by itself.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change a plan: a new version; what was sampled stays as it is."""
    if file is None and active is None:
        raise typer.BadParameter("name a FILE, or say --active or --inactive")
    to = None if file is None else read_plan(file)
    with _open() as (services, by):
        found = services.sampling.change(plan, to=to, active=active, by=by)
    _tell_plan(found, as_json=as_json)


@plans.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the plans, the last made first."""
    with _open() as (services, _):
        page = services.sampling.plans(limit=500)
    if as_json:
        write_json([one.model_dump(mode="json") for one in page.items])
        return
    table = Table("plan", "name", "version", "active", "period", "rule", "seed")
    for one in page.items:
        rule = one.plan.rule.model_dump_json(exclude_defaults=True)
        told = (one.id, one.plan.name, str(one.version), "yes" if one.active else "no", one.plan.period.value)
        table.add_row(*told, f"{one.plan.rule.kind} {rule}", str(one.plan.seed))
    out().print(table, markup=False)


@commands.command("run")
def run(
    plan: Annotated[str | None, typer.Argument(metavar="PLAN", help="Id of a plan; without one, everything that is due.")] = None,
    period: Annotated[str | None, typer.Option(help="2026-11-22, 2026-W47 or 2026-11; default: the last one that is over.")] = None,
    as_json: AsJson = False,
) -> None:
    """Sample a period that is over, once: asked again, it tells what was picked then."""
    with _open() as (services, by):
        if plan is None:
            if period is not None:
                raise typer.BadParameter("name the plan as well", param_hint="--period")
            count = services.sampling.run_due()
            err().print(f"{count} sample{'' if count == 1 else 's'} drawn", highlight=False)
            return
        found = services.sampling.run(plan, by=by, period=period)
    if as_json:
        write_json(found.model_dump(mode="json"))
    else:
        _tell_run(found)


@commands.command("runs")
def runs(plan: PlanId, as_json: AsJson = False) -> None:
    """List what a plan picked, the last first."""
    with _open() as (services, _):
        page = services.sampling.runs(plan, limit=500)
    if as_json:
        write_json([one.model_dump(mode="json") for one in page.items])
        return
    table = Table("run", "period", "version", "eligible", "taken", "picked", "blind", "over", "under")
    for one in page.items:
        table.add_row(one.id, one.period, str(one.version), *map(str, (one.eligible, one.taken, one.picked, one.blind)), *_unfair(one))
    out().print(table, markup=False)


@contextmanager
def _open() -> Iterator[tuple[Services, Actor]]:
    with opened(load_settings()) as services:
        services.rubrics.sync()
        yield services, operator()


def _tell_plan(found: StoredPlan, *, as_json: bool) -> None:
    if as_json:
        write_json(found.model_dump(mode="json"))
        return
    how = "samples every" if found.active else "is off; it would sample every"
    out().print(f"plan {found.id} (version {found.version}) {how} {found.plan.period.value}", highlight=False, markup=False, soft_wrap=True)


def _tell_run(found: RunView) -> None:
    one = found.run
    head = f"{one.period}: {one.picked} of {one.eligible} picked, {one.blind} of them to be reviewed blindly; seed {one.seed}"
    out().print(head, highlight=False, markup=False, soft_wrap=True)
    table = Table("agent", "eligible", "picked", "expected", "deviation", "verdict")
    for row in one.figures.fairness:
        figures = (str(row.eligible), str(row.picked), f"{row.expected:.2f}", f"{row.deviation:+.2f}")
        table.add_row(row.agent or "(nobody told)", *figures, row.verdict)
    out().print(table, markup=False)
    if one.taken:
        err().print(f"{one.taken} more were in the queue by another plan", highlight=False)
    if found.late:
        err().print(f"{found.late} more came when the period had been sampled: nobody drew them", highlight=False)
    for left in one.figures.unassigned:
        err().print(f"{left.items} given to nobody: {left.reason}", highlight=False, markup=False)


def _unfair(one: SamplingRun) -> tuple[str, str]:
    verdicts = [row.verdict for row in one.figures.fairness]
    return str(verdicts.count("over")), str(verdicts.count("under"))
