"""``qa-service import``: call details, surveys, and calls with their recordings from files."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer

from qa_service.bootstrap import opened
from qa_service.channels.records.cells import DateOrder
from qa_service.channels.records.row import RecordOptions
from qa_service.cli.operator import operator
from qa_service.cli.options import AsJson, EngineName, LanguageName
from qa_service.cli.output import err, out, write_json
from qa_service.domain.permission import Actor
from qa_service.domain.recording_import import FetchState, ImportWishes
from qa_service.errors import QaError
from qa_service.rendering.csv import safe
from qa_service.services.importing import ImportReport, Source
from qa_service.services.recording_imports import RecordingImportReport
from qa_service.settings import load_settings
from qa_service.store.faults import Fault

commands = typer.Typer(no_args_is_help=True, help="Call details, surveys, and calls with their recordings from files.")
#: Faults that are shown one by one.
_SHOWN = 20

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="CSV or JSON Lines, in any encoding.")]
Column = Annotated[
    list[str] | None, typer.Option("--column", metavar="FIELD=NAME", help="Read the column of that name as that field; may be repeated.")
]
Dates = Annotated[DateOrder | None, typer.Option(help="How 03/04/2026 is meant; without it such a date is a fault.")]
Zone = Annotated[str | None, typer.Option("--time-zone", help="Of times that do not tell theirs; default: QA_TIME_ZONE.")]
Faults = Annotated[Path | None, typer.Option("--faults", dir_okay=False, help="Write every fault to this CSV file.")]


class _Parties(StrEnum):
    """Who is where on recordings with two channels, or that both are in one."""

    AGENT_LEFT = "agent_left"
    CUSTOMER_LEFT = "customer_left"
    MONO = "mono"


_Take = Callable[[Source, Actor], ImportReport]


@commands.command("call-details")
def call_details(
    files: Files, column: Column = None, dates: Dates = None, time_zone: Zone = None,
    empty_is_zero: Annotated[bool, typer.Option("--empty-is-zero", help="An empty time on hold or of wrap-up is 0, not unknown.")] = False,
    faults: Faults = None, as_json: AsJson = False,
) -> None:
    """Import what telephony and help desks tell of contacts, one a row; abandoned calls count, too."""
    options = _options(column, dates, time_zone)._replace(empty_is_zero=empty_is_zero)
    with opened(load_settings()) as services:
        found = _run(files, lambda source, by: services.call_details.take(source, options=options, by=by))
    _tell(found, faults=faults, as_json=as_json)


@commands.command("recordings")
def recordings(
    files: Files, column: Column = None, dates: Dates = None, time_zone: Zone = None,
    rubric: Annotated[str | None, typer.Option(help="Rubric instead of the one in force for calls.")] = None,
    engine: EngineName = None, language: LanguageName = None,
    channels: Annotated[_Parties | None, typer.Option(help="Who is where on the recordings; found out unless told.")] = None,
    faults: Faults = None, as_json: AsJson = False,
) -> None:
    """Import calls with the address or path of their recordings, which whoever serves or works fetches (QA_RECORDING_FOLDERS,
    QA_PRIVATE_NETWORKS)."""
    options = _options(column, dates, time_zone)
    wishes = ImportWishes(rubric=rubric, engine=engine, language=language, channels=None if channels is None else channels.value)
    begun: list[RecordingImportReport] = []

    def take(source: Source, by: Actor) -> ImportReport:
        begun.append(services.recording_imports.take(source, options=options, wishes=wishes, by=by))
        return begun[-1].call_details

    with opened(load_settings()) as services:
        found = _run(files, take)
    for one in begun if not as_json else ():
        left = f"{one.recordings.name}: {one.recordings.total} recordings to fetch, {one.without} rows without one"
        told = f"{left}; how far it is: qa-service import recordings-status {one.recordings.id}"
        err().print(told, markup=False, highlight=False, soft_wrap=True)
    if as_json:
        failed = [one.model_dump(mode="json") for one in found if isinstance(one, Fault)]
        write_json([*(one.model_dump(mode="json") for one in begun), *failed])
    _tell(found, faults=faults, as_json=False, silent=as_json)


@commands.command("recordings-status")
def recordings_status(
    number: Annotated[str | None, typer.Argument(metavar="[IMPORT]", help="Id of an import; the last ones unless told.")] = None,
    as_json: AsJson = False,
) -> None:
    """How far the recordings of imported tables are, and which cannot be fetched."""
    with opened(load_settings()) as services:
        desk = services.recording_imports
        found = desk.list(limit=_SHOWN).items if number is None else (desk.get(number),)
        failed = () if number is None else desk.items(number, state=FetchState.FAILED, limit=_SHOWN).items
    if as_json:
        write_json([one.model_dump(mode="json") for one in found])
    else:
        for one in found:
            counts = ", ".join(f"{count} {state.value}" for state, count in one.counts.items())
            out().print(f"{one.id}  {one.name}: {counts} of {one.total}", markup=False, highlight=False, soft_wrap=True)
    for item in failed:
        err().print(f"failed: {item.error}", style="red", markup=False, highlight=False, soft_wrap=True)


@commands.command("surveys")
def surveys(
    files: Files, column: Column = None, dates: Dates = None, time_zone: Zone = None,
    csat_scale: Annotated[int, typer.Option(min=2, max=100, help="Best answer on satisfaction, where no column tells it.")] = 5,
    ces_scale: Annotated[int, typer.Option(min=2, max=100, help="Best answer on effort, where no column tells it.")] = 7,
    effort: Annotated[bool, typer.Option("--effort", help="The greatest answer is the greatest effort, not the least.")] = False,
    faults: Faults = None, as_json: AsJson = False,
) -> None:
    """Import what customers answered, one a row; comments are masked before they are stored."""
    options = _options(column, dates, time_zone)._replace(csat_scale=csat_scale, ces_scale=ces_scale, effort=effort)
    with opened(load_settings()) as services:
        found = _run(files, lambda source, by: services.surveys.take(source, options=options, by=by))
    _tell(found, faults=faults, as_json=as_json)


def _options(columns: list[str] | None, dates: DateOrder | None, zone: str | None) -> RecordOptions:
    told = [one.partition("=") for one in columns or ()]
    if wrong := next((field for field, sign, name in told if not (field and sign and name)), None):
        raise typer.BadParameter(f"{wrong!r}: write FIELD=NAME, as in talk_seconds='Duration of conversation'", param_hint="--column")
    if zone is not None and zone != "UTC" and zone not in available_timezones():
        raise typer.BadParameter(f"no such time zone: {zone!r}", param_hint="--time-zone")
    return RecordOptions(
        zone=load_settings().zone if zone is None else ZoneInfo(zone), columns={field: name for field, _, name in told}, dates=dates
    )


def _run(files: Iterable[Path], take: _Take) -> list[ImportReport | Fault]:
    """Each file by itself: one that cannot be read does not keep the others out."""
    by, found = operator(), list[ImportReport | Fault]()
    for file in files:
        try:
            found.append(take(Source(file, str(file)), by))
        except QaError as error:
            found.append(Fault.of(error).model_copy(update={"file": error.file or str(file)}))
    return found


def _tell(found: list[ImportReport | Fault], *, faults: Path | None, as_json: bool, silent: bool = False) -> None:
    every = [fault for one in found for fault in ((one,) if isinstance(one, Fault) else one.faults)]
    if faults is not None:
        _write(faults, every)
    if as_json:
        write_json([one.model_dump(mode="json") for one in found])
    elif not silent:
        for one in found:
            if isinstance(one, ImportReport):
                _tell_report(one)
    for fault in every[:_SHOWN]:
        err().print(f"left out: {fault}", style="red", markup=False, highlight=False, soft_wrap=True)
    faulty = sum(1 if isinstance(one, Fault) else one.faulty for one in found)
    if faulty > _SHOWN:
        err().print(f"and {faulty - _SHOWN} more{'' if faults else ': --faults FILE writes them down'}", highlight=False, markup=False)
    if faulty:
        raise typer.Exit(1)


def _tell_report(one: ImportReport) -> None:
    counts = f"{one.added} added, {one.replaced} replaced, {one.unchanged} there already, {one.faulty} left out"
    line = f"{one.file}: {counts}; {one.linked} with their interaction"
    out().print(line, markup=False, highlight=False, soft_wrap=True)
    read = ", ".join(f"{field}={name!r}" for field, name in one.columns.items())
    told = f"  read as {one.encoding}, {read}" + (f"; not read: {', '.join(map(repr, one.unread))}" if one.unread else "")
    err().print(told, markup=False, highlight=False, soft_wrap=True)
    for row in one.corrections[:_SHOWN]:
        err().print(f"  replaced {row.id} (line {row.line}): {', '.join(row.changed)}", markup=False, highlight=False, soft_wrap=True)


def _write(path: Path, faults: Iterable[Fault]) -> None:
    """As a table that no program takes for formulas."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("file", "line", "field", "code", "message", "hint"))
        for one in faults:
            table.writerow([safe(str(cell or "")) for cell in (one.file, one.line, one.field, one.code, one.message, one.hint)])
