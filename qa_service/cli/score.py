"""``qa-service score``: recordings and transcripts in, scorecards out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from qa_service.bootstrap import running
from qa_service.channels import MailParties, ReadOptions
from qa_service.cli import tables
from qa_service.cli.options import AsJson, EngineName, LanguageName, ModelName, given
from qa_service.cli.output import batch_progress, err, log_to_stderr, out, tell_failures, write_json_array
from qa_service.services.batch_results import format_of
from qa_service.services.batch_rows import BatchRow, BatchRows
from qa_service.services.ingest import JobOptions
from qa_service.settings import load_settings
from qa_service.store.batches import Cause

#: Letters of a file's name; one takes up to four bytes of the 255 that file systems allow.
_LONGEST = 50
#: More rows than these make no table that anybody reads.
_TABLE_ROWS = 1000
_CAUSES: Mapping[Cause, str] = {
    Cause.NEW: "new", Cause.MISSING: "known, but not scored so yet", Cause.RUBRIC: "again, by a new version of the rubric",
    Cause.ENGINE: "again, by another version of speech engine or analysis", Cause.THERE: "scored before, left alone",
    Cause.OUTDATED: "scored by an earlier version of rubric or engine, left alone (--rescore scores them again)",
}  # fmt: skip


def score(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders, or a CSV manifest.")],
    rubric: Annotated[str | None, typer.Option(help="Rubric id instead of the channel's own.")] = None,
    out_dir: Annotated[Path | None, typer.Option("--out", help="Also write NAME.scorecard.json files here.")] = None,
    engine: EngineName = None,
    model: ModelName = None,
    language: LanguageName = None,
    agent_address: Annotated[list[str] | None, typer.Option(help="E-mail address of an agent; may be repeated.")] = None,
    agent_domain: Annotated[list[str] | None, typer.Option(help="E-mail domain of the agents; may be repeated.")] = None,
    rescore: Annotated[
        bool, typer.Option("--rescore", help="Also score again what an earlier version of rubric or engine has scored.")
    ] = False,
    export: Annotated[Path | None, typer.Option(help="Also write one row for each to NAME.parquet or NAME.csv.")] = None,
    as_json: AsJson = False,
) -> None:
    """Score recordings and conversations; what was scored before is not scored again, unless --rescore says so."""
    if export is not None:
        format_of(export)
    settings = load_settings(**given(engine=engine, model=model, language=language))
    log_to_stderr(settings)
    parties = MailParties(
        agent_addresses=_names(settings.agent_addresses, agent_address), agent_domains=_names(settings.agent_domains, agent_domain)
    )
    options = JobOptions(rubric=rubric, engine=engine, rescore=rescore)
    with running(settings) as services:
        with batch_progress("scoring") as watch:
            rows = services.batches.run(
                paths, actor="command line", options=options, reading=ReadOptions(parties=parties), watch=watch
            )
        _tell_causes(rows)
        if export is not None:
            services.batch_results.write(rows.batch, export.resolve())
        if out_dir is not None:
            _write(rows, out_dir)
        _show(rows, as_json=as_json)
        tell_failures(rows.failures())


def _show(rows: BatchRows, *, as_json: bool) -> None:
    if as_json:
        write_json_array(as_data(row) for row in rows)
    elif len(rows) <= _TABLE_ROWS:
        out().print(tables.scorecards(rows))
    else:
        out().print(f"{len(rows) - rows.failed} scored, {rows.failed} failed; --json and --export FILE tell each", highlight=False)


def _tell_causes(rows: BatchRows) -> None:
    for cause, words in _CAUSES.items():
        if rows.causes.get(cause):
            err().print(f"{rows.causes[cause]:>7} {words}", highlight=False, markup=False)


def as_data(row: BatchRow) -> dict[str, Any]:
    """One object of ``--json``."""
    return {
        "file": row.file, "status": row.status.value, "error": row.error,
        "scorecard": None if row.scorecard is None else row.scorecard.as_data(),
    }


def _names(setting: str, given: Sequence[str] | None) -> frozenset[str]:
    return frozenset(one.strip().lower() for one in (*setting.split(","), *(given or ())) if one.strip())


def _write(rows: Iterable[BatchRow], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows:
        if row.scorecard is not None:
            text = json.dumps(row.scorecard.as_data(), ensure_ascii=False, indent=1)
            (folder / f"{_file_name(row.scorecard.interaction.id)}.scorecard.json").write_text(text + "\n", encoding="utf-8")


def _file_name(interaction: str) -> str:
    """The id, where every file system takes it; else what it can take of it, with a hash that keeps it apart from others."""
    plain = re.sub(r"[^\w.-]", "_", interaction)[:_LONGEST]
    if plain == interaction and not plain.startswith("."):
        return plain
    return f"{plain.lstrip('.')}-{hashlib.sha256(interaction.encode()).hexdigest()[:8]}"
