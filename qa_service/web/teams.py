"""Teams: everybody as far as the figures tell, never ranked beyond that, and in what a team stands out."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.domain.permission import Right
from qa_service.domain.report import Amount, Table, Unit
from qa_service.domain.team import Board, TeamProfile
from qa_service.rendering.locale import Locale
from qa_service.rendering.page import view
from qa_service.services.reporting import standings
from qa_service.web import tables
from qa_service.web.agents import quarters, swot_template
from qa_service.web.pages import PageRoute, render
from qa_service.web.periods import MonthName, month_span, months
from qa_service.web.preferences import Preferences
from qa_service.web.tables import Words
from qa_service.web.visitor import PageActorDep, PageScopeDep

router = APIRouter(prefix="/teams", route_class=PageRoute, include_in_schema=False)
#: Names come from the sources of interactions, in any script, with blanks and slashes in them; so they are no part of a path.
TeamName = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


@router.get("")
def teams_page(request: Request, services: ServicesDep, within: PageScopeDep) -> Response:
    """Those within reach."""
    return render(request, "teams.html", teams=services.teams.all(within=within))


@router.get("/team")
def team_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, name: TeamName, month: MonthName = ""
) -> Response:
    """How everybody does, and what the team stands out in."""
    locale = Preferences.of(request).locale(services.settings.time_zone)
    span = month_span(month, locale)
    profile = services.teams.profile(name, since=span.since, until=span.until, within=within, reader=who.id)
    words = Words.of(services)
    return render(
        request, "team.html", profile=profile, month=month, months=months(locale, services.clock(), chosen=month),
        boards=[_board(one, words, locale) for one in profile.boards], links=_links(profile) if who.agent is None else {},
        may_coach=who.may(Right.COACH), **_blocks(profile, words, locale),
    )


@router.get("/team/swot")
def team_swot_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, name: TeamName, month: MonthName = ""
) -> Response:
    """Strengths, weaknesses, opportunities and threats: a page, or a part of one."""
    locale = Preferences.of(request).locale(services.settings.time_zone)
    span = month_span(month, locale)
    found = services.swots.team(name, since=span.since, until=span.until, within=within, reader=who.id)
    back = f"/teams/team?name={quote(name, safe='')}"
    return render(request, swot_template(request), subject=name, back=back, quarters=quarters(found, services, locale), swot=found)


def _board(board: Board, words: Words, locale: Locale) -> dict[str, Any]:
    other = None if board.peers.other is None else Amount(value=100 * board.peers.other, unit=Unit.SCORE)
    return {
        "one": board, "title": locale.cell(words.form(board.rubric)), "total": standings.score(board.figure), "other": other,
        "effect": standings.effect(board.peers), "past": standings.effect(board.past), "members": view(tables.members(board, {}), locale),
        "groups": len({one.group for one in board.members if one.group is not None}),
    }


def _links(profile: TeamProfile) -> dict[str, str]:
    """Ways to the profiles of whoever is named."""
    named = [one.agent.id for board in profile.boards for one in board.members if one.agent is not None]
    return {agent: f"/agents/{quote(agent, safe='')}" for agent in named}


def _blocks(profile: TeamProfile, words: Words, locale: Locale) -> dict[str, Any]:
    def shown(table: Table) -> Any:
        return view(table, locale) if table.rows else None

    courses = tables.courses(profile.courses, words, zone=locale.zone)
    return {
        "strengths": view(tables.criteria("strengths", profile.strengths, words, empty="profile.no_strengths"), locale),
        "weaknesses": view(tables.criteria("weaknesses", profile.weaknesses, words, empty="profile.no_weaknesses"), locale),
        "criteria": shown(tables.criteria("criteria", profile.criteria, words, empty="empty.data")),
        "skills": shown(standings.skills(profile.skills)), "families": shown(standings.families(profile.families)),
        "courses": None if courses is None else view(courses, locale),
    }
