"""``qa-service learn``: learn from people's answers, list what was learned, and put a version to use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from qa_service.bootstrap import Services, opened
from qa_service.cli.operator import operator
from qa_service.cli.options import AsJson
from qa_service.cli.output import err, out, write_json
from qa_service.domain.learned.held_out import HeldOut
from qa_service.domain.rubric import Rubric
from qa_service.errors import InputError
from qa_service.services.learning.versions import REVIEWS, LearnedVersion, Trained
from qa_service.settings import load_settings

commands = typer.Typer(help="Learn from people's answers.", invoke_without_command=True)
_FIGURES = ("n", "agreement", "kappa", "undecided", "calibration error")


@commands.callback()
def learn(
    context: typer.Context,
    rubric: Annotated[str | None, typer.Option(help="Only this rubric; default: every one in force.")] = None,
    source: Annotated[str, typer.Option("--from", help="'reviews' (final scorecards), or a folder of gold scorecards.")] = REVIEWS,
    recordings: Annotated[Path, typer.Option(help="Folder of the recordings that gold scorecards are about.")] = Path("audio_fixtures"),
    as_json: AsJson = False,
) -> None:
    """Train a new version, print how it agrees with people on what it has not seen; it is not in use until 'learn use' says so."""
    if context.invoked_subcommand is not None:
        return
    with opened(load_settings()) as services:
        services.rubrics.sync()
        chosen = [one for one in services.rubrics.list() if rubric in (None, one.rubric)]
        if not chosen:
            raise InputError(f"no rubric {rubric!r} is in force", field="--rubric")
        trained = _trained(services, chosen, source=source, recordings=recordings)
    if as_json:
        told = ({"model": one.model.as_data(), "current": one.current.model_dump(mode="json"), "better": one.better} for one in trained)
        write_json(list(told))
        return
    for one in trained:
        _print(one)


@commands.command("list")
def list_(
    rubric: Annotated[str | None, typer.Option(help="Only this rubric.")] = None, as_json: AsJson = False,
) -> None:
    """List the versions, the shipped ones (0) too."""
    with opened(load_settings()) as services:
        found = services.learning.list(rubric=rubric)
    if as_json:
        write_json([one.model_dump(mode="json") for one in found])
    else:
        out().print(_versions(found))


@commands.command("use")
def use(
    rubric: Annotated[str, typer.Argument(help="Id of the rubric.")],
    version: Annotated[int, typer.Argument(min=0, help="Version; 0: the shipped one.")],
) -> None:
    """Judge with that version from now on; what was scored before stays as it is. Noted in the ledger."""
    with opened(load_settings()) as services:
        model = services.learning.use(rubric, version, by=operator().id)
    err().print(f"{model.name} is in use", highlight=False)


def _trained(services: Services, rubrics: Sequence[Rubric], *, source: str, recordings: Path) -> list[Trained]:
    by = operator().id
    if source == REVIEWS:
        return [services.learning.from_reviews(one, by=by) for one in rubrics]
    folder = Path(source)
    if not folder.is_dir():
        raise InputError("no such folder", file=folder, field="--from", hint="'reviews', or a folder of gold scorecards")
    return list(services.learning.from_gold(rubrics, gold=folder, recordings=recordings, by=by))


def _print(one: Trained) -> None:
    model = one.model
    table = Table(title=f"{model.name} (left out of the learning)", title_justify="left", header_style="bold")
    table.add_column("criterion")
    for name in ("n", "before", "after", *_FIGURES[2:]):
        table.add_column(name, justify="right")
    for name, learned in model.criteria.items():
        table.add_row(name, *_row(learned.before, learned.after))
    table.add_section()
    table.add_row("all, rules alone before", *_row(model.before, model.after))
    table.add_row("all, without vectors", *_row(model.before, model.plain))
    table.add_row("all, what is in use before", *_row(one.current, model.after))
    for language, figures in model.languages.items():
        table.add_row(f"in {language}", *_row(None, figures))
    out().print(table)
    err().print(f"not in use yet: qa-service learn use {model.rubric} {model.version}", highlight=False)


def _row(before: HeldOut | None, after: HeldOut) -> tuple[str, ...]:
    figures = (after.agreement, after.kappa, after.abstention, after.calibration_error)
    return (str(after.n), "" if before is None else _number(before.agreement), *(_number(one) for one in figures))


def _versions(found: Sequence[LearnedVersion]) -> Table:
    table = Table(header_style="bold")
    for name in ("rubric", "version", "in use", "by", "when", "learned from"):
        table.add_column(name, overflow="fold")
    for name in ("n", "before", "after"):
        table.add_column(name, justify="right")
    for one in found:
        sources = ", ".join(f"{name} ({count})" for name, count in one.sources.items())
        when = "" if one.created_at is None else one.created_at.strftime("%Y-%m-%d %H:%M")
        figures = (str(one.after.n), _number(one.before.agreement), _number(one.after.agreement))
        table.add_row(one.rubric, str(one.version), "yes" if one.active else "", one.created_by, when, sources, *figures)
    return table


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
