"""Agents: who they are, and what a coach talks about with them: what the figures carry, with its places to listen to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.domain.agent import TARGET, Basis
from qa_service.domain.coaching_plan import PlanState
from qa_service.domain.control import Control
from qa_service.domain.permission import Actor, Right
from qa_service.domain.profile import AgentProfile, CriterionStanding
from qa_service.domain.report import Amount, Table, Unit
from qa_service.domain.standing import Standing
from qa_service.domain.swot import Swot
from qa_service.rendering.locale import Locale
from qa_service.rendering.page import view
from qa_service.services.reporting import parts, standings
from qa_service.web import tables
from qa_service.web.filters import Wanted
from qa_service.web.pages import PageRoute, render
from qa_service.web.periods import MonthName, month_span, months
from qa_service.web.preferences import Preferences
from qa_service.web.tables import Words
from qa_service.web.visitor import PageActorDep, PageScopeDep

router = APIRouter(prefix="/agents", route_class=PageRoute, include_in_schema=False)

#: Claims on top, and how many of them are weaknesses where there are strengths as well.
_CLAIMS, _WEAKNESSES = 3, 2
Told = Annotated[Basis, Query()]


@router.get("")
def agents_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, team: Wanted = "", cursor: Cursor = None
) -> Response:
    """Those within reach, the last taken in first; agents are shown themselves."""
    if who.agent is not None and within.agent is not None:
        return RedirectResponse(f"/agents/{quote(who.agent, safe='')}", status_code=303)
    page = services.profiles.agents(team=team or None, within=within, cursor=cursor, limit=50)
    glances = services.profiles.glances([one.id for one in page.items], within=within, reader=who.id) if page.items else {}
    totals = {agent: standings.score(one.total) for agent, one in glances.items()}
    return render(
        request, "agents.html", page=page, glances=glances, totals=totals, team=team, teams=services.teams.all(within=within),
    )


@router.get("/{agent}")
def agent_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, agent: str, month: MonthName = "",
    basis: Told = Basis.FINAL,
) -> Response:
    """What to talk about first, then everything that it rests on."""
    locale = _locale(request, services.settings.time_zone)
    span = month_span(month, locale)
    profile = services.profiles.profile(agent, basis=basis, since=span.since, until=span.until, within=within, reader=who.id)
    words = Words.of(services)
    return render(
        request, "agent.html", profile=profile, own=who.agent == agent, plan=_plan(services, agent, who), month=month,
        months=months(locale, services.clock(), chosen=month), basis=basis, bases=list(Basis), claims=_claims(profile, words, locale),
        nearest=_nearest(profile, words, locale), **_blocks(profile, words, locale), playlist=_playlist(profile, words, locale),
        target=locale.value(Amount(value=TARGET, unit=Unit.SHARE)),
        mean=Amount(value=profile.mean_score, n=profile.finals, unit=Unit.SCORE), may_coach=who.may(Right.COACH) and who.agent != agent,
    )


@router.get("/{agent}/swot")
def agent_swot_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, agent: str, month: MonthName = ""
) -> Response:
    """Strengths, weaknesses, opportunities and threats: a page, or a part of one."""
    locale = _locale(request, services.settings.time_zone)
    span = month_span(month, locale)
    found = services.swots.agent(agent, since=span.since, until=span.until, within=within, reader=who.id)
    back = f"/agents/{quote(agent, safe='')}"
    return render(request, swot_template(request), subject=agent, back=back, quarters=quarters(found, services, locale), swot=found)


def quarters(found: Swot, services: Any, locale: Locale) -> dict[str, Any]:
    """Its four tables, by name."""
    words = Words.of(services)
    told = {"strengths": found.strengths, "weaknesses": found.weaknesses, "opportunities": found.opportunities, "threats": found.threats}
    return {name: view(tables.swot(entries, words, id_=name), locale) for name, entries in told.items()}


def swot_template(request: Request) -> str:
    """Alone, or for its place in a profile."""
    return "swot_part.html" if "HX-Request" in request.headers else "swot.html"


def _locale(request: Request, time_zone: str) -> Locale:
    return Preferences.of(request).locale(time_zone)


def _plan(services: Any, agent: str, who: Actor) -> Any:
    """The plan that is practised, for those who may see it."""
    if not who.may(Right.READ_COACHING):
        return None
    page = services.coaching_plans.list(by=who, agent=agent, state=PlanState.ACTIVE, limit=1)
    return page.items[0].plan if page.items else None


def _claims(profile: AgentProfile, words: Words, locale: Locale) -> list[dict[str, Any]]:
    """One to three things to talk about; none where the numbers carry none."""
    weak = profile.weaknesses[: _WEAKNESSES if profile.strengths else _CLAIMS]
    return [_claim(one, words, locale) for one in (*weak, *profile.strengths[: _CLAIMS - len(weak)])]


def _claim(one: CriterionStanding, words: Words, locale: Locale) -> dict[str, Any]:
    return {
        "one": one, "question": locale.cell(words.question(one.rubric, one.criterion)), "share": tables.share_of(one),
        "effect": tables.apart(one.peers), "past": tables.apart(one.past), "clips": one.examples[:1],
        "mixed": one.control is Control.MIXED, "strong": one.standing is Standing.STRENGTH,
    }


def _nearest(profile: AgentProfile, words: Words, locale: Locale) -> dict[str, Any] | None:
    """What the fewest reviews would tell about."""
    open_ = [one for one in profile.criteria if one.standing is Standing.CANNOT_TELL and one.more is not None]
    if not open_:
        return None
    found = min(open_, key=lambda one: (one.more or 0, one.rubric, one.criterion))
    return {"question": locale.cell(words.question(found.rubric, found.criterion)), "more": found.more}


def _blocks(profile: AgentProfile, words: Words, locale: Locale) -> dict[str, Any]:
    """The figures behind it, each with whether it is there."""

    def shown(table: Table) -> Any:
        return view(table, locale) if table.rows else None

    hands = {control.value: shown(tables.signals(one for one in profile.signals if one.control is control)) for control in Control}
    courses = tables.courses(profile.courses, words, zone=locale.zone)
    return {
        "totals": shown(tables.totals(profile.totals, words)), "courses": None if courses is None else view(courses, locale),
        "criteria": shown(tables.criteria("criteria", profile.criteria, words, empty="empty.data")),
        "sections": shown(tables.sections(profile.sections, words)), "skills": shown(standings.skills(profile.skills)),
        "families": shown(standings.families(profile.families)), "hands": {name: one for name, one in hands.items() if one is not None},
    }


def _playlist(profile: AgentProfile, words: Words, locale: Locale) -> Sequence[dict[str, Any]]:
    """Criteria with places to listen to, in the order of the profile, claims first."""
    first = [*profile.weaknesses, *profile.strengths]
    keys = {(one.rubric, one.criterion) for one in first}
    every = [*first, *(one for one in profile.criteria if (one.rubric, one.criterion) not in keys)]
    return [
        {"one": one, "question": locale.cell(words.question(one.rubric, one.criterion)), "share": parts.share(one.share)}
        for one in every if one.best or one.worst
    ]  # fmt: skip
