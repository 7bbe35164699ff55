"""``qa-service figures``: contact-centre figures against their targets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from qa_service.bootstrap import opened
from qa_service.cli.options import AsJson
from qa_service.cli.output import err, out, write_json
from qa_service.domain.breach import TargetMet
from qa_service.domain.indicator import FigureUnit, Indicator
from qa_service.domain.interaction import Channel
from qa_service.domain.period import PeriodKind
from qa_service.services.indicators import Asked, BreachReport, FigureReport, FigureRow, IndicatorFigure
from qa_service.settings import load_settings
from qa_service.store.indicators import Place

_STYLES = {TargetMet.MISSED: "bold red", TargetMet.MAYBE_MISSED: "yellow", TargetMet.MET: "green"}


def figures(
    team: Annotated[str | None, typer.Option(help="Only this team.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only this agent.")] = None,
    channel: Annotated[Channel | None, typer.Option(help="Only this channel.")] = None,
    queue: Annotated[str | None, typer.Option(help="Only this queue.")] = None,
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last.")] = None,
    by: Annotated[list[str] | None, typer.Option("--by", help="One table for each team, agent, channel or queue; may be repeated.")] = None,
    every: Annotated[PeriodKind | None, typer.Option(help="One table for each day, week or month; the last six without --from.")] = None,
    indicator: Annotated[list[str] | None, typer.Option("--indicator", help="Only this figure; may be repeated.")] = None,
    breaches: Annotated[bool, typer.Option("--breaches", help="Only what misses its target.")] = False,
    definitions: Annotated[bool, typer.Option("--definitions", help="Tell what each figure counts of what, below.")] = False,
    as_json: AsJson = False,
) -> None:
    """Handle time, queue time, service level, abandonment, resolution, satisfaction and more, with denominators and targets."""
    settings = load_settings()
    if since is not None and until is not None and until <= since:
        raise typer.BadParameter("the time ends before it starts", param_hint="--to")
    asked = Asked(
        since=_in(since, settings.zone), until=_in(until, settings.zone), every=every, by=tuple(dict.fromkeys(by or ())),
        place=Place(agent=agent, team=team, channel=channel, queue=queue), indicators=None if indicator is None else tuple(indicator),
    )
    with opened(settings) as services:
        found: FigureReport | BreachReport = services.indicators.breaches(asked) if breaches else services.indicators.report(asked)
    if as_json:
        write_json(found.model_dump(mode="json"))
        return
    known = {one.id: one for one in found.definitions}
    if isinstance(found, BreachReport):
        _tell_breaches(found, known)
    else:
        for row in found.rows:
            out().print(_table(row, known), markup=False)
        if not found.rows:
            out().print("no contact in that time", highlight=False)
    if definitions:
        _define(found.definitions)


def _table(row: FigureRow, known: dict[str, Indicator]) -> Table:
    table = Table(title=_title(row), title_justify="left", header_style="bold")
    for name, side in (("figure", "left"), ("value", "right"), ("95 % interval", "right"), ("of", "right"), ("target", "right")):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    for name in ("says", "before"):
        table.add_column(name)
    table.add_column("missing", overflow="fold", ratio=1)
    for one in row.figures:
        table.add_row(*_cells(one, known[one.indicator]), Text(one.missing or (f"{one.unknown} do not tell it" if one.unknown else "")))
    return table


def _cells(one: IndicatorFigure, known: Indicator) -> tuple[Text, ...]:
    interval = "" if one.low is None else f"{_shown(one.low, known.unit)} – {_shown(one.high, known.unit)}"
    change = one.change
    before = "" if change is None or change.before is None else f"{_shown(change.before, known.unit)} ({change.course.replace('_', ' ')})"
    name = known.names.en + (f" ({one.channel})" if one.channel else "")
    told = (name, _shown(one.value, known.unit), interval, str(one.n), _shown(one.target, known.unit))
    return (*map(Text, told), Text(one.met.replace("_", " "), style=_STYLES.get(one.met, "")), Text(before))


def _tell_breaches(found: BreachReport, known: dict[str, Indicator]) -> None:
    table = Table(title="What misses its target", title_justify="left", header_style="bold")
    for name in ("where", "figure", "value", "95 % interval", "of", "target", "says", "before"):
        table.add_column(name)
    for one in found.breaches:
        where = _title(one)
        table.add_row(Text(where), *_cells(one.figure, known[one.figure.indicator]))
    out().print(table if found.breaches else f"none of {found.judged} figures with a target misses it", markup=False, highlight=False)
    if found.breaches:
        line = f"{len(found.breaches)} of {found.judged} figures that have a target; 'missed' is certain, 'maybe missed' may be luck"
        err().print(line, highlight=False, markup=False, soft_wrap=True)


def _title(row: object) -> str:
    told = [f"{name} {value}" for name in ("team", "agent", "channel", "queue", "period") if (value := getattr(row, name)) is not None]
    return ", ".join(told) or "everybody"


def _define(some: Iterable[Indicator]) -> None:
    for one in some:
        out().print(f"{one.id}: {one.definition} {one.numerator} / {one.denominator}.", markup=False, highlight=False, soft_wrap=True)


def _shown(value: float | None, unit: FigureUnit) -> str:
    if value is None:
        return "–"
    if unit is FigureUnit.SHARE:
        return f"{value:.1%}"
    return f"{value:.0f} s" if unit is FigureUnit.SECONDS and value >= 10 else f"{value:.1f}{' s' if unit is FigureUnit.SECONDS else ''}"


def _in(day: datetime | None, zone: tzinfo) -> datetime | None:
    return None if day is None else day.replace(tzinfo=zone)
