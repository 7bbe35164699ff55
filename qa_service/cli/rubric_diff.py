"""``qa-service rubric diff``: what a new version changes in the form, and in whose scores."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from qa_service.analysis.analysis import Analysis
from qa_service.bootstrap import opened, wired_analysis
from qa_service.cli import rubric_tables as tables
from qa_service.cli.options import AsJson
from qa_service.cli.output import counting, err, out, write_json
from qa_service.domain.rescoring import Rescored, told
from qa_service.domain.rubric import Rubric
from qa_service.errors import InputError
from qa_service.services.lint import load_rubric
from qa_service.services.rubric_diff import Comparison, Talk, compared, file_talks, gold_talks, stored_rubric, stored_talks
from qa_service.settings import Settings, load_settings

Version = Annotated[str, typer.Argument(help="A rubric file, or ID@VERSION (or ID: the newest) from the database.")]


def diff(
    old: Version,
    new: Version,
    paths: Annotated[list[Path] | None, typer.Argument(help="Conversations to judge by both; default: the gold's.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Judge the stored interactions by both.")] = False,
    last: Annotated[int | None, typer.Option("--last", min=1, help="With --history: only so many, the last taken in.")] = None,
    gold: Annotated[Path, typer.Option(help="Folder of gold scorecards.")] = Path("scorecards"),
    recordings: Annotated[Path, typer.Option(help="Folder of the recordings that gold scorecards are about.")] = Path("audio_fixtures"),
    form_only: Annotated[bool, typer.Option("--form-only", help="Judge nothing, compare the forms.")] = False,
    show: Annotated[int, typer.Option("--show", min=0, help="Interactions to show, the greatest change first.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Compare two versions of a rubric: what changed, whose score would change, by how much and why."""
    if history and paths:
        raise InputError("conversations and --history exclude each other", field="--history")
    settings = load_settings()
    analysis = wired_analysis(settings)
    before, after = (_rubric(name, analysis, settings) for name in (old, new))
    talks = None if form_only else _talks(after, paths or [], settings, history=history, last=last, gold=gold, recordings=recordings)
    with counting("interactions") as watch:
        found = compared(before, after, talks, analysis=analysis, decide_at=settings.decide_at, watch=watch)
    if as_json:
        write_json(found.model_dump(mode="json"))
    else:
        _print(found, show)


def _rubric(name: str, analysis: Analysis, settings: Settings) -> Rubric:
    """Of a file, else of the database."""
    if Path(name).is_file():
        return load_rubric(Path(name), catalogue=analysis.catalogue)
    if name.endswith((".yaml", ".yml")):
        raise InputError("no such file", file=name)
    with opened(settings) as services:
        return stored_rubric(services.database, name)


def _talks(
    rubric: Rubric, paths: list[Path], settings: Settings, *, history: bool, last: int | None, gold: Path, recordings: Path
) -> list[Talk]:
    if history:
        with opened(settings) as services:
            return stored_talks(services.database, rubric, limit=last)
    return file_talks(paths) if paths else gold_talks(gold, recordings=recordings)


def _print(found: Comparison, show: int) -> None:
    for change in found.diff.changes:
        out().print(Text(f"{change.weight}: {change}"), soft_wrap=True)
    if not found.diff.changes:
        out().print("nothing differs")
    if found.rescoring is not None:
        tables.show(tables.rescoring_sheets(found.rescoring))
        for one in found.rescoring.moved[:show]:
            _print_moved(one)
    if found.advice:
        err().print(Text(found.advice), soft_wrap=True)


def _print_moved(one: Rescored) -> None:
    scores = [tables.score(one.old, one.old_passed), tables.score(one.new, one.new_passed)]
    out().print(Text(f"{one.interaction} ({one.agent or '?'}): {scores[0]} becomes {scores[1]}"), soft_wrap=True)
    for moved in one.moved:
        quotes = "; ".join(f"“{piece.quote}”" for piece in moved.suggestion.evidence if piece.quote)
        out().print(Text(f"  {told(moved)} ({moved.suggestion.why}) {quotes}"), soft_wrap=True)
