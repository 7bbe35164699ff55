"""``qa-service bench``: measure this machine; the measuring code lies in ``benchmarks/`` of the checkout."""

from __future__ import annotations

import sys
from collections.abc import Sequence
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


@commands.command("review")
def review(
    cards: Annotated[int, typer.Option(help="Scorecards to finalise.", min=1)] = 2000,
    reviewers: Annotated[int, typer.Option(help="Reviewers at once.", min=1)] = 20,
    database: Annotated[list[str] | None, typer.Option(help="sqlite or postgresql; both unless told.")] = None,
    as_json: AsJson = False,
) -> None:
    """Many reviewers claiming, saving and finalising over HTTP against one process; nothing may be lost or done twice."""
    rows = _load("review").run(cards=cards, reviewers=reviewers, databases=tuple(database or ("sqlite", "postgresql")))
    _show(rows, as_json=as_json, note="clients, server and database share the cores of this machine")


@commands.command("aggregate")
def aggregate(
    scorecards: Annotated[int, typer.Option(help="Scorecards of 12 answers; a million takes long and some GB.", min=100)] = 1_000_000,
    database: Annotated[list[str] | None, typer.Option(help="sqlite or postgresql; both unless told.")] = None,
    turns: Annotated[int, typer.Option(help="Turns to search through, too; 0: none.", min=0)] = 1_000_000,
    as_json: AsJson = False,
) -> None:
    """Figures of a large house: an agent's profile, a team's month, one more scorecard, search; beside DuckDB over the exported file."""
    rows = _load("aggregate").run(scorecards=scorecards, databases=tuple(database or ("sqlite", "postgresql")), turns=turns)
    _show(rows, as_json=as_json, note="milliseconds of one caller at a time; client and database share the cores of this machine")


@commands.command("pages")
def pages(
    minutes: Annotated[int, typer.Option(help="Length of the call.", min=1)] = 30,
    turns: Annotated[int, typer.Option(help="Turns in it.", min=20)] = 600,
    loads: Annotated[int, typer.Option(help="Times that it is opened, with and without a cache.", min=1)] = 5,
    saves: Annotated[int, typer.Option(help="Answers given by key.", min=2)] = 60,
    as_json: AsJson = False,
) -> None:
    """The workbench of a long call in a real browser: first paint, keys, saving beside a bare write, frames while playing, sizes."""
    rows = _load("pages").run(minutes=minutes, turns=turns, loads=loads, saves=saves)
    _show(rows, as_json=as_json, note="milliseconds by the clock; browser (drawing in software) and server share the cores of this machine")


@commands.command("capacity")
def capacity(
    minutes: Annotated[float, typer.Option(help="Length of a call.", min=0.1)] = 6.0,
    speech: Annotated[float | None, typer.Option(help="Core seconds for a second of recording, if not as documented.", min=1e-6)] = None,
    text: Annotated[float | None, typer.Option(help="Core seconds for a chat, if not as documented.", min=1e-6)] = None,
    gpu: Annotated[float | None, typer.Option(help="GPU seconds for a second of recording, as measured on one.", min=1e-6)] = None,
    busy: Annotated[float, typer.Option(help="Share of the time that machines work.", min=0.01, max=1)] = 0.8,
    calls: Annotated[int, typer.Option(help="Calls a day: how many cores they take.", min=0)] = 0,
    chats: Annotated[int, typer.Option(help="Chats a day: how many cores they take.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Calls a day a core and a GPU, and how long archives take, from measured factors; nothing is measured here."""
    module = _load("capacity")
    told = {name: value for name, value in (("speech", speech), ("text", text)) if value is not None}
    tables = module.run(module.Factors(**told, gpu=gpu, minutes=minutes, busy=busy), calls=calls, chats=chats)
    if as_json:
        write_json(tables)
        return
    for rows in tables.values():
        _show(rows, as_json=False, note="worked out from factors, as docs/capacity.md tells")


@commands.command("load")
def load(
    users: Annotated[int, typer.Option(help="People at once.", min=1)] = 50,
    seconds: Annotated[float, typer.Option(help="For how long.", min=1)] = 120.0,
    think: Annotated[float, typer.Option(help="Seconds that each waits before the next request, on average.", min=0)] = 1.0,
    cards: Annotated[int, typer.Option(help="Scorecards that are there.", min=10)] = 600,
    recordings: Annotated[int, typer.Option(help="Recordings that are transcribed beside them.", min=1)] = 60,
    servers: Annotated[int, typer.Option(help="Processes that serve, as behind a proxy.", min=1)] = 2,
    database: Annotated[list[str] | None, typer.Option(help="sqlite or postgresql; both unless told.")] = None,
    as_json: AsJson = False,
) -> None:
    """People looking, answering and uploading at once over HTTP while recordings are transcribed; p99 of reads: under 250 ms."""
    databases = tuple(database or ("sqlite", "postgresql"))
    mix = {"users": users, "seconds": seconds, "think": think, "cards": cards, "recordings": recordings, "servers": servers}
    rows = _load("load").run(**mix, databases=databases)
    _show(rows, as_json=as_json, note="milliseconds; clients, server, worker and database share the cores of this machine")


@commands.command("fuzz")
def fuzz(
    examples: Annotated[int, typer.Option(help="Requests of each kind for every operation and role.", min=1)] = 20,
    start: Annotated[int, typer.Option(help="Seed; 0 is always the same.", min=0)] = 0,
    only: Annotated[list[str] | None, typer.Option(help="Names of operations; all unless told.")] = None,
    as_json: AsJson = False,
) -> None:
    """Requests made from the OpenAPI document in every role; exits with 1 where an answer is not as it tells."""
    rows, told = _load("schema_fuzz").run(examples=examples, start=start, only=tuple(only or ()))
    _show(rows, as_json=as_json, note=f"{len(told.faults)} faults")
    _faults([f"{name}\n{what}" for name, what in told.faults.items()])


@commands.command("inputs")
def inputs(
    files: Annotated[int, typer.Option(help="Mutated recordings, mails, conversations, rubrics and tables.", min=5)] = 10_000,
    start: Annotated[int, typer.Option(help="Seed.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Mutated files sent to the running service; exits with 1 where one crashes it, hangs, or is answered as a fault of ours."""
    rows, faults = _load("hostile_inputs").run(files=files, start=start)
    _show(rows, as_json=as_json, note=f"{len(faults)} faults")
    _faults(faults)


def _faults(found: Sequence[str]) -> None:
    for one in found:
        err().print(one, markup=False, highlight=False)
    if found:
        raise typer.Exit(1)


@commands.command("chaos")
def chaos(
    kills: Annotated[int, typer.Option(help="Processes to kill, on each database; a hundred take some ten minutes.", min=0)] = 100,
    database: Annotated[list[str] | None, typer.Option(help="sqlite or postgresql; both unless told.")] = None,
    outages: Annotated[bool, typer.Option(help="Crash the database, fill a disk, let an object store fail, too.")] = True,
    seed: Annotated[int, typer.Option(help="Another one pulls at other moments.")] = 8,
    as_json: AsJson = False,
) -> None:
    """Plugs pulled in the middle of batches; fails where anything was lost, done twice or left over."""
    databases = tuple(database or ("sqlite", "postgresql"))
    rows = _load("chaos").run(kills=kills, databases=databases, seed=seed, watch=lambda told: err().print(told)) if kills else []
    rows += _load("chaos_outages").run() if outages else []
    _show(rows, as_json=as_json, note="by the clock; all processes and the database share the cores of this machine")


@commands.command("throughput")
def throughput(
    texts: Annotated[int, typer.Option(help="Chats to score; 0: none.", min=0)] = 1000,
    naps: Annotated[int, typer.Option(help="Steps that only sleep; 0: none.", min=0)] = 80,
    calls: Annotated[int, typer.Option(help="Calls that are really heard; 0: none.", min=0)] = 8,
    seconds: Annotated[int, typer.Option(help="Length of such a call.", min=1)] = 120,
    repeats: Annotated[int, typer.Option(help="Runs of each; the median counts.", min=1)] = 3,
    as_json: AsJson = False,
) -> None:
    """What the queue costs beside direct calls, and what a second worker brings."""
    rows = _load("throughput").run(texts=texts, naps=naps, calls=calls, seconds=seconds, repeats=repeats)
    _show(rows, as_json=as_json, note="seconds by the clock and of work; ratios compare runs on this machine, one after the other")


def _load(name: str) -> Any:
    if not (_CHECKOUT / "benchmarks" / f"{name}.py").is_file():
        raise ConfigurationError("benchmarks are in the source checkout", file=_CHECKOUT / "benchmarks")
    sys.path.insert(0, str(_CHECKOUT))
    return import_module(f"benchmarks.{name}")


def _show(
    rows: list[dict[str, Any]], *, as_json: bool,
    note: str = "CPU seconds of one process; ratios compare runs on this machine, one after the other",
) -> None:
    if as_json:
        write_json(rows)
        return
    table = Table(header_style="bold")
    for name in rows[0]:
        table.add_column(name, justify="left" if name in ("what", "condition") else "right")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    out().print(table)
    err().print(note)


def _cell(value: object) -> str:
    return "-" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)
