"""``qa-service rubric``: lint rubrics, test them against the gold scorecards, compare versions, write their JSON Schema."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.catalogue import as_markdown
from qa_service.bootstrap import opened, rubrics_dir, wired_analysis
from qa_service.channels import Header, WorkKind, discover
from qa_service.cli import rubric_tables as tables
from qa_service.cli.options import AsJson, EngineName
from qa_service.cli.output import counting, err, out, write_json
from qa_service.cli.rubric_diff import diff
from qa_service.cli.rubric_forms import export_rubric, import_rubric
from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_schema import rubric_schema, scorecard_schema
from qa_service.domain.transcript import Transcript
from qa_service.errors import ConfigurationError, InputError
from qa_service.services.engines import Engines
from qa_service.services.gold import Listen, Part
from qa_service.services.lint import Published, lint_file, load_rubric
from qa_service.services.redaction import Redactor
from qa_service.services.rubric_mutate import mutate
from qa_service.services.rubric_test import Measurement, RubricReport, measure
from qa_service.settings import Settings, load_settings
from qa_service.speech.transcribe import transcribe
from qa_service.store.rubric_files import read_rubric

commands = typer.Typer(help="Rubrics, tested like code.", no_args_is_help=True)
commands.command("diff")(diff)
commands.command("export")(export_rubric)
commands.command("import")(import_rubric)
Files = Annotated[list[Path] | None, typer.Argument(help="Rubric files; default: the ones in force.")]
GoldDir = Annotated[Path, typer.Option(help="Folder of gold scorecards, or of calls with a table of labels.")]


@commands.command("lint")
def lint(
    files: Files = None,
    against: Annotated[list[Path] | None, typer.Option(help="Published rubrics (files or folders) that must not be contradicted.")] = None,
    stored: Annotated[bool, typer.Option("--stored", help="Compare with the versions in the database too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find faults with file, line and column; exits with 1 when there is an error."""
    catalogue, judge = Analysis().catalogue, bool(load_settings().judge_url)
    with _published(against or (), stored=stored) as published:
        found = [
            (file, fault) for file in _files(files) for fault in lint_file(file, catalogue=catalogue, judge=judge, published=published)
        ]
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
    gold: GoldDir = Path("scorecards"),
    recordings: Annotated[Path, typer.Option(help="Folder of the recordings that gold scorecards are about.")] = Path("audio_fixtures"),
    engine: EngineName = None,
    split: Annotated[Part, typer.Option(help="Gold scorecards of which split.")] = Part.ALL,
    fail_under: Annotated[
        float, typer.Option(help="Exit with 1 when agreement (with --mutate: mutants noticed) of any rubric is lower, 0 to 1.")
    ] = 0.0,
    show: Annotated[bool, typer.Option("--show", help="Show every disagreement with its quotes, except of the locked test split.")] = False,
    show_locked: Annotated[bool, typer.Option("--show-locked", help="Show those of the test split too, which spends it.")] = False,
    by_language: Annotated[bool, typer.Option("--by-language", help="Every criterion in each language apart.")] = False,
    mutations: Annotated[bool, typer.Option("--mutate", help="Weaken every detection in turn: what does the gold not notice?")] = False,
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Tables as Markdown.")] = False,
) -> None:
    """Score every gold interaction and compare; recordings by their reference transcript unless --engine is given."""
    settings = load_settings()
    analysis = wired_analysis(settings)
    rubrics = [load_rubric(file, catalogue=analysis.catalogue) for file in _files(files)]
    material: dict[str, Any] = {
        "analysis": analysis, "gold": gold, "recordings": recordings, "decide_at": settings.decide_at,
        "listen": None if engine is None else _listener(engine, settings), "part": split,
    }
    if mutations:
        _mutate(rubrics, material, fail_under=fail_under, as_json=as_json, markdown=markdown)
        return
    with counting("gold scorecards") as watch:
        found = measure(rubrics, **material, show_locked=show_locked, watch=watch)
    if as_json:
        write_json(found.model_dump(mode="json"))
    else:
        tables.show(tables.measurement_sheets(found, by_language=by_language), markdown=markdown)
        if show or show_locked:
            _print_disagreements(found.reports)
        _print_notes(found)
    if any((report.total.agreement.value or 0) < fail_under for report in found.reports):
        raise typer.Exit(1)


def _mutate(rubrics: Sequence[Rubric], material: Mapping[str, Any], *, fail_under: float, as_json: bool, markdown: bool) -> None:
    with counting("gold scorecards and mutants") as watch:
        reports = mutate(rubrics, **material, watch=watch)
    if as_json:
        write_json([report.model_dump(mode="json") for report in reports])
    else:
        tables.show((sheet for report in reports for sheet in tables.mutation_sheets(report)), markdown=markdown)
    if any((report.total.value or 0) < fail_under for report in reports):
        raise typer.Exit(1)


@contextmanager
def _published(paths: Sequence[Path], *, stored: bool) -> Iterator[Published]:
    """What looks up the published versions of a rubric id: in files and folders, and in the database."""
    files = [file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    read = [read_rubric(file)[0] for file in files]
    with opened(load_settings()) if stored else nullcontext() as services:
        yield lambda name: [
            *(one for one in read if one.rubric == name), *(services.rubrics.versions(name) if services is not None else ())
        ]  # fmt: skip


def _files(files: Sequence[Path] | None) -> Sequence[Path]:
    folder = rubrics_dir(load_settings())
    found = files or sorted(folder.glob("*.yaml"))
    if not found:
        raise ConfigurationError("no rubric files", file=folder, field="QA_RUBRICS_DIR")
    return found


def _listener(engine: str, settings: Settings) -> Listen:
    engines, redactor = Engines(settings), Redactor.of(settings)

    def listen(sidecar: Path, header: Header) -> Transcript:
        found = [item for item in discover([sidecar.parent]) if item.kind is WorkKind.RECORDING and item.sidecar == sidecar]
        if not found:
            raise InputError("no recording beside this side-car", file=sidecar)
        heard = transcribe(
            found[0].path, engine=engines.get(engine, queue=header.interaction.queue), channel_map=header.channel_map,
            language=header.interaction.language, max_seconds=settings.max_audio_seconds, ear=engines.ear,
        )
        return redactor.transcript(heard, header.interaction).transcript

    return listen


def _print_disagreements(reports: Sequence[RubricReport]) -> None:
    for report in reports:
        for one in report.disagreements:
            quotes = "; ".join(f"“{piece.quote}”" for piece in one.suggestion.evidence if piece.quote)
            line = f"{one.interaction} {one.criterion}: people {one.gold}, machine {one.suggestion.answer} ({one.suggestion.why}) {quotes}"
            out().print(Text(line), soft_wrap=True)
        for other in report.ceiling.disagreements if report.ceiling is not None else ():
            out().print(Text(f"{other.interaction} {other.criterion}: people {other.first}, other people {other.second}"), soft_wrap=True)


def _print_notes(found: Measurement) -> None:
    """What the tables do not say, on standard error."""
    withheld = sum(report.withheld for report in found.reports)
    if withheld:
        err().print(f"{withheld} disagreements of the locked test split are not shown", highlight=False)
    for line in tables.short_of_aims(found):
        err().print(f"short of the aim: {line}", highlight=False, soft_wrap=True)
