"""``qa-service agent``: an agent's strengths and weaknesses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from qa_service.bootstrap import opened
from qa_service.cli import tables
from qa_service.cli.options import AsJson
from qa_service.cli.output import out, write_json
from qa_service.domain.agent import Basis
from qa_service.settings import load_settings


def agent(
    agent_id: Annotated[str, typer.Argument(metavar="ID", help="The agent's id.")],
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last.")] = None,
    basis: Annotated[Basis, typer.Option(help="final: what people finalised; all: drafts too.")] = Basis.ALL,
    as_json: AsJson = False,
) -> None:
    """Strengths and weaknesses by criterion, with intervals and examples."""
    with opened(load_settings()) as services:
        profile = services.coaching.profile(agent_id, basis=basis, since=_utc(since), until=_utc(until))
    if as_json:
        write_json(profile.model_dump(mode="json"))
        return
    mean = "no score yet" if profile.mean_score is None else f"mean score {profile.mean_score:.1f}"
    out().print(f"{profile.finals} final, {profile.drafts} drafts, {mean}", highlight=False)
    out().print(tables.standings(profile))
    for note in profile.notes:
        out().print(note, style="italic", markup=False)


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
