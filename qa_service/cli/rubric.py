"""``qa-service rubric``: lint rubrics, test them against the gold scorecards, write their JSON Schema."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.catalogue import as_markdown
from qa_service.bootstrap import rubrics_dir
from qa_service.channels import Header, WorkKind, discover
from qa_service.cli.options import AsJson, EngineName
from qa_service.cli.output import err, out, write_json
from qa_service.domain.agreement import Agreement
from qa_service.domain.rubric_schema import rubric_schema, scorecard_schema
from qa_service.domain.transcript import Transcript
from qa_service.errors import ConfigurationError, InputError
from qa_service.services.engines import Engines
from qa_service.services.lint import lint_file, load_rubric
from qa_service.services.rubric_test import Disagreement, Listen, RubricReport, measure
from qa_service.settings import Settings, load_settings
from qa_service.speech.transcribe import transcribe

commands = typer.Typer(help="Rubrics, tested like code.", no_args_is_help=True)
Files = Annotated[list[Path] | None, typer.Argument(help="Rubric files; default: the ones in force.")]


@commands.command("lint")
def lint(files: Files = None, as_json: AsJson = False) -> None:
    """Find faults with file, line and column; exits with 1 when there is an error."""
    catalogue = Analysis().catalogue
    found = [(file, fault) for file in _files(files) for fault in lint_file(file, catalogue=catalogue)]
    if as_json:
        write_json([{"file": str(file), **fault._asdict(), "position": fault.position._asdict()} for file, fault in found])
    else:
        for _, fault in found:
            out().print(Text(str(fault)), soft_wrap=True)
        err().print(f"{len(found)} findings", highlight=False)
    if any(fault.level == "error" for _, fault in found):
        raise typer.Exit(1)


@commands.command("schema")
def schema(
    scorecard: Annotated[bool, typer.Option("--scorecard", help="The scorecard's schema instead of the rubric's.")] = False,
) -> None:
    """Write the JSON Schema that editors complete and check rubrics with."""
    write_json(scorecard_schema() if scorecard else rubric_schema())


@commands.command("signals")
def signals(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the page docs/signals.md.")] = False, as_json: AsJson = False
) -> None:
    """List the signals that rubrics can use."""
    catalogue = Analysis().catalogue
    if markdown:
        sys.stdout.write(as_markdown(catalogue))
    elif as_json:
        write_json([spec.model_dump(mode="json") for spec in catalogue.values()])
    else:
        table = Table("name", "unit", "method")
        for spec in catalogue.values():
            table.add_row(spec.name, spec.unit.value, spec.method)
        out().print(table)


@commands.command("test")
def compare(
    files: Files = None,
    gold: Annotated[Path, typer.Option(help="Folder of gold scorecards.")] = Path("scorecards"),
    recordings: Annotated[Path, typer.Option(help="Folder of the recordings that gold scorecards are about.")] = Path("audio_fixtures"),
    engine: EngineName = None,
    fail_under: Annotated[float, typer.Option(help="Exit with 1 when agreement of any rubric is lower, 0 to 1.")] = 0.0,
    show: Annotated[bool, typer.Option("--show", help="Show every disagreement with its quotes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Score every gold interaction and compare; recordings by their reference transcript unless --engine is given."""
    settings, analysis = load_settings(), Analysis()
    rubrics = [load_rubric(file, catalogue=analysis.catalogue) for file in _files(files)]
    listen = None if engine is None else _listener(engine, settings)
    reports = measure(rubrics, analysis=analysis, gold=gold, recordings=recordings, decide_at=settings.decide_at, listen=listen)
    if as_json:
        write_json([report.model_dump(mode="json") for report in reports])
    else:
        for report in reports:
            out().print(_table(report))
            if show:
                _print_disagreements(report.disagreements)
    if any((report.total.agreement.value or 0) < fail_under for report in reports):
        raise typer.Exit(1)


def _files(files: Sequence[Path] | None) -> Sequence[Path]:
    folder = rubrics_dir(load_settings())
    found = files or sorted(folder.glob("*.yaml"))
    if not found:
        raise ConfigurationError("no rubric files", file=folder, field="QA_RUBRICS_DIR")
    return found


def _listener(engine: str, settings: Settings) -> Listen:
    engines = Engines(settings)

    def listen(sidecar: Path, header: Header) -> Transcript:
        found = [item for item in discover([sidecar.parent]) if item.kind is WorkKind.RECORDING and item.sidecar == sidecar]
        if not found:
            raise InputError("no recording beside this side-car", file=sidecar)
        return transcribe(
            found[0].path, engine=engines.get(engine, queue=header.interaction.queue), channel_map=header.channel_map,
            language=header.interaction.language, max_seconds=settings.max_audio_seconds, ear=engines.ear,
        )

    return listen


def _table(report: RubricReport) -> Table:
    title = f"{report.rubric} version {report.version} against {report.scorecards} gold scorecards"
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("criterion")
    for name in ("n", "agreement", "95 % interval", "precision (misses)", "recall (misses)", "kappa", "abstention"):
        table.add_column(name, justify="right")
    for one in report.criteria:
        table.add_row(*_cells(one))
    table.add_section()
    for one in (report.total, *report.languages):
        table.add_row(*_cells(one))
    return table


def _cells(one: Agreement) -> tuple[str, ...]:
    interval = f"{one.agreement.low:.2f} – {one.agreement.high:.2f}" if one.agreement.n else ""
    return (
        one.name, str(one.n), _number(one.agreement.value), interval, _number(one.precision), _number(one.recall), _number(one.kappa),
        f"{one.abstention:.2f}",
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _print_disagreements(found: Sequence[Disagreement]) -> None:
    for one in found:
        quotes = "; ".join(f"“{piece.quote}”" for piece in one.suggestion.evidence if piece.quote)
        line = f"{one.interaction} {one.criterion}: people {one.gold}, machine {one.suggestion.answer} ({one.suggestion.why}) {quotes}"
        out().print(Text(line), soft_wrap=True)
