"""``qa-service bench``: measure this machine; the measuring code lies in ``benchmarks/`` of the checkout."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from qa_service.cli.options import AsJson
from qa_service.cli.output import err, out, write_json
from qa_service.errors import ConfigurationError

commands = typer.Typer(help="Benchmarks, as ratios against a named peer in the same run.", no_args_is_help=True)
_CHECKOUT = Path(__file__).parents[2]


@commands.command("analysis")
def analysis(
    conversations: Annotated[int, typer.Option(help="Conversations of 20 turns.")] = 1000, as_json: AsJson = False
) -> None:
    """Rule analysis and scoring of text, conversations a second on one core."""
    _show(_load("analysis").run(conversations=conversations), as_json=as_json)


@commands.command("speech")
def speech(
    folder: Annotated[Path, typer.Argument(help="Recordings to measure with.")] = Path("audio_fixtures"),
    runs: Annotated[int, typer.Option(help="Runs of each; the median counts.")] = 1,
    reference: Annotated[bool, typer.Option("--reference", help="Run openai-whisper too (slow; needs the extra).")] = False,
    conditions: Annotated[bool, typer.Option("--conditions", help="Word error rates by telephony, crosstalk, overlap and noise.")] = False,
    as_json: AsJson = False,
) -> None:
    """Transcribing and scoring recordings against the raw engines on the same files: time, words, memory, word error rates."""
    measured = _load("speech")
    rows = measured.run_conditions(folder=folder) if conditions else measured.run(folder=folder, runs=runs, reference=reference)
    _show(rows, as_json=as_json)


def _load(name: str) -> Any:
    if not (_CHECKOUT / "benchmarks" / f"{name}.py").is_file():
        raise ConfigurationError("benchmarks are in the source checkout", file=_CHECKOUT / "benchmarks")
    sys.path.insert(0, str(_CHECKOUT))
    return import_module(f"benchmarks.{name}")


def _show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        write_json(rows)
        return
    table = Table(header_style="bold")
    for name in rows[0]:
        table.add_column(name, justify="left" if name in ("what", "condition") else "right")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    out().print(table)
    err().print("CPU seconds of one process; ratios compare runs on this machine, one after the other")


def _cell(value: object) -> str:
    return "-" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)
