"""``qa-service team``: how a team does, as far as it is known."""

from __future__ import annotations

from typing import Annotated

import typer

from qa_service.bootstrap import opened
from qa_service.cli import profile_tables as tables
from qa_service.cli.agent import Month, Since, Until, WithSwot, families, line, notes, period
from qa_service.cli.options import AsJson
from qa_service.cli.output import out, write_json
from qa_service.domain.profile import CriterionStanding
from qa_service.domain.team import TeamProfile
from qa_service.settings import load_settings


def team(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The team; leave it out to list all.")] = None,
    since: Since = None, until: Until = None, month: Month = None, swot: WithSwot = False, as_json: AsJson = False,
) -> None:
    """Everybody's total with its interval, places as far as they can be told, and what the team stands out in."""
    with opened(load_settings()) as services:
        if name is None:
            listed = services.teams.all()
            if as_json:
                write_json([one.model_dump(mode="json") for one in listed])
            for one in () if as_json else listed:
                line(f"{tables.name_of(None, one.team)}: {one.agents} agent{'' if one.agents == 1 else 's'}")
            return
        start, end = period(services, since, until, month)
        profile = services.teams.profile(name, since=start, until=end)
        found = services.swots.team(name, since=start, until=end) if swot else None
    if as_json:
        told = profile.model_dump(mode="json")
        write_json(told if found is None else {**told, "swot": found.model_dump(mode="json")})
        return
    _show(profile)
    if found is not None:
        out().print(tables.swot(found))
        notes(found.notes)
    notes(profile.notes)


def _show(profile: TeamProfile) -> None:
    whole = profile.coverage
    line(
        f"{tables.name_of(None, profile.team)}: {profile.agents} agents, {profile.reviewed_agents} of them reviewed; "
        f"{whole.reviewed} of {whole.scorecards} scorecards reviewed"
    )
    for board in profile.boards:
        out().print(tables.board(board))
    if profile.skills:
        out().print(tables.skills(profile.skills))
    _stands_out("stands out in", profile.strengths)
    _stands_out("falls behind in", profile.weaknesses)
    families(profile.families)


def _stands_out(words: str, found: tuple[CriterionStanding, ...]) -> None:
    if found:
        line(f"{words}: {', '.join(f'{one.criterion} ({one.rubric}) {one.share.value or 0:.0%} of {one.share.n}' for one in found)}")
