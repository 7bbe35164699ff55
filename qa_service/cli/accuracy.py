"""``qa-service accuracy``: how right the machine is by blind review, and what becomes final without a person because of it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from qa_service.bootstrap import opened
from qa_service.cli.operator import operator
from qa_service.cli.options import AsJson
from qa_service.cli.output import err, out, write_json
from qa_service.domain.accuracy import Acceptance, Estimate, short
from qa_service.services.accuracy import CriterionAccuracy
from qa_service.services.automation import AutomationReport
from qa_service.settings import load_settings

commands = typer.Typer(help="How right the machine is, by blind review.", no_args_is_help=True)
RubricName = Annotated[str | None, typer.Option(help="Only this rubric.")]
_VERDICTS = {Acceptance.ACCEPTED: "accepted", Acceptance.NEEDS_A_PERSON: "needs a person", Acceptance.TOO_FEW: "too few"}


@commands.command()
def show(
    rubric: RubricName = None,
    history: Annotated[bool, typer.Option("--history", help="Earlier wordings and engines, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Accuracy of each criterion on blind answers with its 95 % interval, and beside it what people merely left as suggested."""
    with opened(load_settings()) as services:
        services.rubrics.sync()
        report = services.accuracies.report(rubric=rubric, in_force=not history, by=operator())
    if as_json:
        write_json(report.model_dump(mode="json"))
        return
    out().print(_table(report.items, history=history))
    for note in report.notes:
        err().print(note, highlight=False, soft_wrap=True)


@commands.command()
def rebuild(rubric: RubricName = None) -> None:
    """Work out again, from the scorecards, what finalising goes by; nothing differs afterwards unless the database was mended by hand."""
    with opened(load_settings()) as services:
        count = services.accuracies.rebuild(rubric=rubric, by=operator())
    err().print(f"{count} blind scorecard{'' if count == 1 else 's'} counted", highlight=False)


@commands.command("auto-finalize")
def auto_finalize(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become final, and why the others would not.")] = False,
    as_json: AsJson = False,
) -> None:
    """Finalise drafts that nobody need look at, as far as the policy lets them be; they are always marked."""
    with opened(load_settings()) as services:
        act = services.automating.plan if dry_run else services.automating.run
        report = act(by=operator())
    if as_json:
        write_json(report.model_dump(mode="json"))
        return
    out().print(_reasons(report))


def _table(items: tuple[CriterionAccuracy, ...], *, history: bool) -> Table:
    table = Table(header_style="bold")
    for name in ("rubric", "criterion", *(("wording", "analysis") if history else ())):
        table.add_column(name, overflow="fold")
    for name in ("blind", "abstained", "accuracy", "each once"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for name in ("left as suggested", "difference"):
        table.add_column(name, justify="right")
    for one in items:
        made = (one.wording[:8], one.engine.analysis) if history else ()
        audited, left = one.audited, one.anchoring
        table.add_row(
            one.rubric, one.criterion, *made, str(audited.answers), str(audited.abstained), _share(audited.accuracy),
            _share(audited.unweighted) if one.weighted else "", _VERDICTS[one.verdict], _share(left.untouched),
            "-" if left.difference is None else f"{left.difference:+.2f}",
        )
    return table


def _share(share: Estimate) -> str:
    return "-" if share.value is None else f"{short(share.value)} ({short(share.low)} to {short(share.high)})"


def _reasons(report: AutomationReport) -> Table:
    told = "would become final" if report.dry_run else "became final"
    table = Table("scorecards", "", header_style="bold", caption=None if report.allowed else "the policy does not allow it", min_width=40)
    table.add_row(str(report.finalized), told)
    for reason, count in report.waiting.items():
        table.add_row(str(count), f"wait: {reason.value.replace('_', ' ')}")
    return table
