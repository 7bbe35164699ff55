"""``qa-service agent``: an agent's strengths and weaknesses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from qa_service.bootstrap import Services, opened
from qa_service.cli import profile_tables as tables
from qa_service.cli.options import AsJson
from qa_service.cli.output import out, write_json
from qa_service.domain.agent import Basis
from qa_service.domain.profile import AgentProfile, FamilyAccuracy
from qa_service.settings import load_settings

Since = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")]
Until = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last.")]
Month = Annotated[str | None, typer.Option("--month", help="A month such as 2026-11, instead of --from and --to.")]
WithSwot = Annotated[bool, typer.Option("--swot", help="Opportunities and threats, too: contact reasons, churn, repeat contacts.")]


def agent(
    agent_id: Annotated[str, typer.Argument(metavar="ID", help="The agent's id.")], since: Since = None, until: Until = None,
    month: Month = None,
    basis: Annotated[
        Basis | None, typer.Option(help="final: what people finalised; all: drafts too. Unless told: final where anything is.")
    ] = None,
    swot: WithSwot = False, as_json: AsJson = False,
) -> None:
    """Strengths and weaknesses by criterion and skill, with intervals, against peers and the past, and places to listen to."""
    with opened(load_settings()) as services:
        start, end = period(services, since, until, month)
        profile = services.profiles.profile(agent_id, basis=basis or Basis.FINAL, since=start, until=end)
        if basis is None and not profile.finals:
            profile = services.profiles.profile(agent_id, basis=Basis.ALL, since=start, until=end)
        found = services.swots.agent(agent_id, since=start, until=end) if swot else None
    if as_json:
        told = profile.model_dump(mode="json")
        write_json(told if found is None else {**told, "swot": found.model_dump(mode="json")})
        return
    _show(profile)
    if found is not None:
        out().print(tables.swot(found))
        notes(found.notes)
    notes(profile.notes)


def _show(profile: AgentProfile) -> None:
    mean = "no score yet" if profile.mean_score is None else f"mean score {profile.mean_score:.1f}"
    line(f"{profile.finals} final, {profile.drafts} drafts, {mean}")
    if profile.totals:
        out().print(tables.totals(profile))
    out().print(tables.standings(profile))
    if profile.skills:
        out().print(tables.skills(profile.skills))
    if profile.signals:
        out().print(tables.signals(profile.signals))
    families(profile.families)
    disputes, read = profile.disputes, profile.acknowledged
    if disputes.opened:
        line(f"disputes: {disputes.opened} opened, {disputes.upheld} upheld, {disputes.accepted} accepted, {disputes.waiting} waiting")
    if profile.finals:
        line(f"acknowledged: {read.read} of {read.read + read.unread}")


def period(
    services: Services, since: datetime | None, until: datetime | None, month: str | None
) -> tuple[datetime | None, datetime | None]:
    """Bounds of what was asked for; raises :class:`InputError` for what is no month."""
    if month is not None and (since is not None or until is not None):
        raise typer.BadParameter("give a month, or --from and --to", param_hint="--month")
    if month is not None:
        found = services.profiles.month(month)
        return found.since, found.until
    return _utc(since), _utc(until)


def families(found: tuple[FamilyAccuracy, ...]) -> None:
    """How often nothing of each severity was missed."""
    for one in found:
        share = one.accuracy
        told = f"{one.family.value}: nothing missed in {share.value or 0:.0%} of {share.n} scorecards"
        line(f"{told} (95 %: {share.low:.0%} to {share.high:.0%})")


def line(text: str) -> None:
    """A line as it is."""
    out().print(text, highlight=False, markup=False, soft_wrap=True)


def notes(found: tuple[str, ...]) -> None:
    """What to keep in mind."""
    for note in found:
        out().print(note, style="italic", markup=False, soft_wrap=True)


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
