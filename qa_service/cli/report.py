"""``qa-service report``: reports as HTML, PDF, CSV, JSON and Parquet, in English, Persian and Arabic."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from qa_service.bootstrap import opened
from qa_service.cli.operator import operator
from qa_service.cli.output import err
from qa_service.domain.report import Digits, ReportFormat, ReportKind, ReportLanguage
from qa_service.domain.report_order import ReportWanted
from qa_service.settings import load_settings
from qa_service.store.report_files import write_whole

commands = typer.Typer(help="Reports on agents, teams, months, calibration sessions and acts.", no_args_is_help=True)

Since = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day (UTC).")]
Until = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last.")]
Month = Annotated[str | None, typer.Option("--month", help="A month instead: 2026-11, or 1405-08 by the Solar Hijri calendar.")]
Format = Annotated[ReportFormat, typer.Option("--format", help="What kind of file.")]
Language = Annotated[ReportLanguage, typer.Option("--language", help="What language it is written in.")]
Written = Annotated[Digits, typer.Option("--digits", help="native: Persian or Arabic-Indic figures.")]
Out = Annotated[str | None, typer.Option("--out", help="File, or folder/, - for standard output; default: here, by its own name.")]


@commands.command("agent")
def agent(
    agent_id: Annotated[str, typer.Argument(metavar="ID", help="The agent's id.")], since: Since = None, until: Until = None,
    month: Month = None, format_: Format = ReportFormat.HTML, language: Language = ReportLanguage.EN, digits: Written = Digits.LATIN,
    out: Out = None,
) -> None:
    """Strengths, weaknesses, trend and what to listen to, of one agent."""
    _write(ReportWanted(
        kind=ReportKind.AGENT, subject=agent_id, since=_utc(since), until=_utc(until), month=month, format=format_, language=language,
        digits=digits,
    ), out)  # fmt: skip


@commands.command("team")
def team(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The team.")], since: Since = None, until: Until = None, month: Month = None,
    format_: Format = ReportFormat.HTML, language: Language = ReportLanguage.EN, digits: Written = Digits.LATIN, out: Out = None,
) -> None:
    """Who is in a team, what goes well and badly, and why customers are in contact."""
    _write(ReportWanted(
        kind=ReportKind.TEAM, subject=name, since=_utc(since), until=_utc(until), month=month, format=format_, language=language,
        digits=digits,
    ), out)  # fmt: skip


@commands.command("month")
def month(
    name: Annotated[str, typer.Argument(metavar="MONTH", help="2026-11, or 1405-08 by the Solar Hijri calendar.")],
    format_: Format = ReportFormat.HTML, language: Language = ReportLanguage.EN, digits: Written = Digits.LATIN, out: Out = None,
) -> None:
    """The whole house in one month."""
    _write(ReportWanted(kind=ReportKind.MONTH, month=name, format=format_, language=language, digits=digits), out)


@commands.command("calibration")
def calibration(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="Id of a revealed session.")], format_: Format = ReportFormat.HTML,
    language: Language = ReportLanguage.EN, digits: Written = Digits.LATIN, out: Out = None,
) -> None:
    """How alike reviewers judged in a calibration session."""
    _write(ReportWanted(kind=ReportKind.CALIBRATION, subject=session, format=format_, language=language, digits=digits), out)


@commands.command("audit")
def audit(
    since: Since = None, until: Until = None, month: Month = None, format_: Format = ReportFormat.HTML,
    language: Language = ReportLanguage.EN, digits: Written = Digits.LATIN, out: Out = None,
) -> None:
    """Whether the ledger is whole, who did what, and how right the machine is."""
    _write(ReportWanted(
        kind=ReportKind.AUDIT, since=_utc(since), until=_utc(until), month=month, format=format_, language=language, digits=digits
    ), out)  # fmt: skip


def _write(wanted: ReportWanted, out: str | None) -> None:
    with opened(load_settings()) as services:
        services.rubrics.sync()
        made = services.reports.file(wanted, by=operator())
    if out == "-":
        sys.stdout.buffer.write(made.content)
        return
    place = Path(out or ".")
    # A path loses its last slash, which says of what is not there yet that it is a folder.
    path = place / made.name if out is None or out.endswith(("/", os.sep)) or place.is_dir() else place
    write_whole(path, made.content)
    err().print(f"wrote {path}", markup=False, highlight=False, soft_wrap=True)


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
