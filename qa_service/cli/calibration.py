"""``qa-service calibration``: sessions and their results."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from qa_service.bootstrap import opened
from qa_service.cli.options import AsJson
from qa_service.cli.output import err, out, write_json
from qa_service.domain.calibration import CalibrationState
from qa_service.domain.calibration_results import CalibrationResults
from qa_service.domain.coefficient import Coefficient
from qa_service.domain.permission import SYSTEM
from qa_service.domain.severity import SeverityReport
from qa_service.settings import load_settings

commands = typer.Typer(help="Calibration: do reviewers judge alike?", no_args_is_help=True)
Session = Annotated[str, typer.Argument(metavar="ID", help="Id of a session, as 'calibration list' prints it.")]
#: Most sessions in the list.
_MOST = 200
#: Reasons why there is no figure, as short as a column.
_UNTOLD = {
    "no_pairs": "no pairs", "one_answer": "one answer", "few_interactions": "too few", "rare_answer": "rare answer", "unstable": "unstable",
}


@commands.callback()
def calibration() -> None:
    """Do reviewers judge alike?"""


@commands.command("list")
def list_(
    state: Annotated[CalibrationState | None, typer.Option(help="Only sessions that are so far.")] = None, as_json: AsJson = False
) -> None:
    """Sessions, the last made first."""
    with opened(load_settings()) as services:
        found = services.calibrating.list(by=SYSTEM, state=state, limit=_MOST).items
    if as_json:
        write_json([one.model_dump(mode="json") for one in found])
        return
    table = Table("id", "title", "rubric", "interactions", "reviewers", "state")
    for one in found:
        rubric = f"{one.rubric.id} {one.rubric.version}"
        table.add_row(one.id, Text(one.title), rubric, str(len(one.interactions)), ", ".join(one.participants), one.state.value)
    out().print(table, markup=False)


@commands.command("results")
def results(session: Session, as_json: AsJson = False) -> None:
    """Agreement on each criterion with intervals, every two reviewers, and who is lenient or severe."""
    with opened(load_settings()) as services:
        found = services.calibrating.results(session, by=SYSTEM)
    if as_json:
        write_json(found.model_dump(mode="json"))
        return
    out().print(_criteria(found), markup=False)
    out().print(_pairs(found), markup=False)
    out().print(_severity(found.severity), markup=False)
    gap = "cannot be told" if found.gap.value is None else f"{found.gap.value:.1f} points"
    err().print(f"mean gap of scores {gap}; intervals drawn {found.resamples} times with seed {found.seed}", highlight=False)


@commands.command("replay")
def replay(session: Session) -> None:
    """Work the results out again from what is stored; exits with 1 when they are not the same."""
    with opened(load_settings()) as services:
        same = services.calibrating.replay(session, by=SYSTEM)
    err().print("the same figures" if same else "other figures than those that are stored", highlight=False)
    if not same:
        raise typer.Exit(1)


def _criteria(found: CalibrationResults) -> Table:
    table = Table("criterion", "n", "agreement", "kappa", "Fleiss", "AC1", "alpha", "AC2", "alpha, ordinal")
    for one in found.criteria:
        figures = (one.agreement, one.kappa, one.fleiss, one.ac1, one.alpha, one.ac2, one.alpha_ordinal)
        table.add_row(one.criterion, str(one.agreement.n), *(_figure(figure) for figure in figures))
    return table


def _pairs(found: CalibrationResults) -> Table:
    table = Table("reviewers", "agreement", "kappa (pooled)")
    for one in found.pairs:
        table.add_row(f"{one.first}, {one.second}", _figure(one.agreement), _figure(one.kappa))
    for other in found.expert:
        table.add_row(f"{other.reviewer}, expert {other.overall.second}", _figure(other.overall.agreement), _figure(other.overall.kappa))
    return table


def _severity(found: SeverityReport) -> Table:
    table = Table("reviewer", "scores", "plain", "adjusted", "")
    for one in found.effects:
        effect = f"{one.effect:+.1f} [{one.low:+.1f}, {one.high:+.1f}]"
        table.add_row(one.reviewer, str(one.scores), f"{one.plain:+.1f}", effect, one.leaning.value.replace("_", " "))
    return table


def _figure(one: Coefficient | None) -> str:
    if one is None:
        return ""
    if one.value is None:
        return _UNTOLD[str(one.untold)]
    return f"{one.value:.2f}" if one.low is None else f"{one.value:.2f} [{one.low:.2f}, {one.high:.2f}]"
