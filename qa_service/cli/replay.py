"""``qa-service replay``: work a scorecard out again from the ledger, and show that it is identical."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from qa_service.bootstrap import opened
from qa_service.cli.options import AsJson
from qa_service.cli.output import out, write_json
from qa_service.services.replay import Outcome, Replay
from qa_service.settings import load_settings

_TOLD = {
    Outcome.IDENTICAL: "the transcript, read again, gives the same suggestions with the same evidence",
    Outcome.DIFFERENT: "the transcript, read again, gives other suggestions",
    Outcome.CORRECTED: "the transcript was not read again: its speakers or its agent were corrected since",
    Outcome.ERASED: "the transcript was not read again: it was erased",
    Outcome.MISSING: "the transcript was not read again: none is stored by that engine",
}


def replay(
    scorecard: Annotated[str, typer.Argument(metavar="SCORECARD", help="Its id; any version, open or final.")],
    read: Annotated[bool, typer.Option(help="Read the stored transcript again, too.")] = True,
    as_json: AsJson = False,
) -> None:
    """Work a scorecard out again from the ledger and its rubric; ends with 1 where it is not identical to what is stored."""
    with opened(load_settings()) as services:
        found = services.replaying.replay(scorecard, read=read)
    if as_json:
        write_json(found.model_dump(mode="json"))
    else:
        _print(found)
    if not found.identical:
        raise typer.Exit(1)


def _print(found: Replay) -> None:
    done, rubric = found.replayed, found.rubric
    kept = "" if done.erased_by is None else f"; the words were erased by entry {done.erased_by}, which kept the answers"
    entries = ", ".join(map(str, done.entries))
    _line(f"version {found.version}, {found.status.value}, by {rubric.id}@{rubric.version} ({rubric.fingerprint[:19]})")
    _line(f"entries of the ledger: {entries}{kept}")
    if done.differences:
        _line(f"the ledger gives a score of {_score(done.score)}, and {_score(found.stored_score)} is stored; they differ:")
        out().print(_differences(found))
    else:
        _line(f"the ledger gives a score of {_score(done.score)}: identical to what is stored, every answer and point included")
    if found.read is None:
        return
    if found.read.outcome is Outcome.OTHER_VERSIONS:
        before, now = found.read.made_by.analysis, found.read.now.analysis
        _line(f"the transcript was not read again: {before!r} made the suggestions, and {now!r} is in use")
    else:
        _line(_TOLD[found.read.outcome])
    for one in found.read.differences:
        _line(f"  {one.place}: {_data(one.ledger)} in the place of {_data(one.stored)}")


def _differences(found: Replay) -> Table:
    table = Table(header_style="bold")
    for name in ("where", "ledger", "stored"):
        table.add_column(name, overflow="fold")
    for one in found.replayed.differences:
        table.add_row(one.place, _data(one.ledger), _data(one.stored))
    return table


def _line(text: str) -> None:
    out().print(text, highlight=False, markup=False, soft_wrap=True)


def _score(score: int | None) -> str:
    return "-" if score is None else f"{score / 1000:g}"


def _data(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
