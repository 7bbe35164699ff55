"""``qa-service export``: what every scorecard gives to the figures, in one file for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa_service.bootstrap import opened
from qa_service.cli.agent import Month, Since, Until, line, period
from qa_service.domain.interaction import Channel, Purpose
from qa_service.errors import InputError
from qa_service.services.exports import ExportFormat
from qa_service.settings import load_settings


def export(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write: NAME.parquet or NAME.csv.")],
    since: Since = None, until: Until = None, month: Month = None,
    team: Annotated[str | None, typer.Option(help="Only contacts of this team.")] = None,
    channel: Annotated[Channel | None, typer.Option(help="Only this channel.")] = None,
    rubric: Annotated[str | None, typer.Option(help="Only this rubric, all its versions.")] = None,
    purpose: Annotated[Purpose | None, typer.Option(help="Only contacts of this purpose; all, told in a column, unless given.")] = None,
) -> None:
    """One row for each scorecard that counts and each item of its form: what the machine says, what people say."""
    if out.suffix.lower() not in (f".{one.value}" for one in ExportFormat):
        raise InputError(f"what is {out.suffix or 'a file without an ending'} to hold?", field="FILE", hint="name it .parquet or .csv")
    with opened(load_settings()) as services:
        start, end = period(services, since, until, month)
        count = services.exports.write(
            out.resolve(), format_=ExportFormat(out.suffix.lower()[1:]), since=start, until=end, team=team, channel=channel,
            rubric=rubric, purpose=purpose,
        )
    line(f"{count} scorecards in {out}")
