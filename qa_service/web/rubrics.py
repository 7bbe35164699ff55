"""Rubrics: which forms are in force, each of them to read with what it finds and how well, and two versions compared."""

from __future__ import annotations

import difflib
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Right
from qa_service.domain.report import Unit
from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_diff import compare
from qa_service.domain.rubric_version import advice
from qa_service.errors import NotFoundError
from qa_service.services.rubric_diff import compared, stored_talks
from qa_service.web.pages import PageRoute, render
from qa_service.web.preferences import Preferences
from qa_service.web.rubric_words import RuleWords, languages_of
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/rubrics", route_class=PageRoute, include_in_schema=False)
VersionQuery = Annotated[int | None, Query(ge=1, le=1_000_000)]
_Words = Annotated[str, Form(max_length=4000)]
#: Contacts that two versions are tried on.
TRIED = 25


@router.get("")
def rubrics_page(request: Request, services: ServicesDep, who: PageActorDep) -> Response:
    """By channel."""
    forms = services.rubrics.list()
    retired = services.publishing.retired()
    known = {one.rubric: services.publishing.history(one.rubric) for one in (*forms, *retired)}
    newest = {name: next((one for one in some if one.in_force), some[0]) for name, some in known.items()}
    return render(
        request, "rubrics.html", channels=[(channel, [one for one in forms if one.channel is channel]) for channel in Channel],
        newest=newest, known=known, languages_of=languages_of, may_write=who.may(Right.WRITE_RUBRICS), me=who.id,
    )


@router.get("/{rubric}")
def rubric_page(
    request: Request, services: ServicesDep, who: PageActorDep, rubric: str, version: VersionQuery = None, published: VersionQuery = None
) -> Response:
    """One version (the one in force unless told), as people read it."""
    history = services.publishing.history(rubric)
    shown = next((one for one in history if one.version == version), None) if version is not None else None
    if version is not None and shown is None:
        raise NotFoundError(f"no rubric {rubric!r} version {version}", field="rubric")
    shown = shown or next((one for one in history if one.in_force), history[0])
    form = services.rubrics.get(rubric, shown.version)
    return render(
        request, "rubric.html", form=form, history=history, shown=shown, published=published, me=who.id, score_unit=Unit.SCORE,
        share_unit=Unit.SHARE, may_write=who.may(Right.WRITE_RUBRICS), may_propose=who.may(Right.CALIBRATE),
        **_told(request, services, form), **_work(services, form, who),
    )


@router.get("/{rubric}/compare")
def compare_rubric_page(
    request: Request, services: ServicesDep, who: PageActorDep, rubric: str, old: Annotated[int, Query(ge=1, le=1_000_000)],
    new: Annotated[int, Query(ge=1, le=1_000_000)],
) -> Response:
    """What differs between two versions."""
    one, other = services.rubrics.get(rubric, old), services.rubrics.get(rubric, new)
    lines = difflib.unified_diff(
        services.publishing.source(rubric, old).splitlines(), services.publishing.source(rubric, new).splitlines(), lineterm="", n=2
    )
    return render(
        request, "rubric_compare.html", form=other, old=one, new=other, diff=compare(one, other), advice=advice(one, other),
        lines=list(lines)[2:], history=services.publishing.history(rubric), may_write=who.may(Right.WRITE_RUBRICS), **names_of(one, other),
    )


@router.get("/{rubric}/compare/history")
def rescore_rubric_page(
    request: Request, services: ServicesDep, who: PageActorDep, rubric: str, old: Annotated[int, Query(ge=1, le=1_000_000)],
    new: Annotated[int, Query(ge=1, le=1_000_000)],
) -> Response:
    """Whose score would change: both versions on the last contacts."""
    one, other = services.rubrics.get(rubric, old), services.rubrics.get(rubric, new)
    found = compared(
        one, other, stored_talks(services.database, other, limit=TRIED), analysis=services.analysis, decide_at=services.settings.decide_at
    )
    return render(request, "rubric_rescored.html", found=found.rescoring, old=one, new=other, **rescored_with(who), **names_of(one, other))


@router.post("/{rubric}/proposals/{proposal}")
def decide_rubric_proposal_page(
    services: ServicesDep, who: PageActorDep, rubric: str, proposal: str, accept: Annotated[bool, Form()],
    revision: Annotated[int, Form(ge=1)], words: _Words = "",
) -> Response:
    """Take wording on, or not."""
    services.proposals.decide(rubric, proposal, accept=accept, by=who, words=words.strip() or None, expected=revision)
    return RedirectResponse(f"/rubrics/{rubric}#proposals", status_code=303)


@router.post("/{rubric}/retirements/{retirement}")
def decide_retirement_page(
    services: ServicesDep, who: PageActorDep, rubric: str, retirement: str, accept: Annotated[bool, Form()],
    revision: Annotated[int, Form(ge=1)], words: _Words = "",
) -> Response:
    """Let a criterion go, or not."""
    services.validities.decide(rubric, retirement, accept=accept, by=who, words=words.strip() or None, expected=revision)
    return RedirectResponse(f"/rubrics/{rubric}#retirements", status_code=303)


def names_of(*forms: Rubric) -> dict[str, Any]:
    """Questions and options by criterion, of the last form that has it."""
    return {"criteria": {one.id: one for form in forms for one in form.criteria}}


def rescored_with(who: Actor) -> dict[str, Any]:
    """What the page of a re-scoring needs beside it."""
    return {"score_unit": Unit.SCORE, "points_unit": Unit.POINTS, "tried": TRIED, "may_read": who.may(Right.READ_INTERACTIONS)}


def _told(request: Request, services: Services, form: Rubric) -> dict[str, Any]:
    """The form in words, and what lint says of it."""
    locale = Preferences.of(request).locale(services.settings.time_zone)
    source = services.publishing.source(form.rubric, form.version)
    return {
        "rules": RuleWords(form, services.analysis.catalogue, locale), "languages_served": languages_of(form), "source": source,
        "faults": services.rubrics.lint(source, file=f"{form.rubric}.yaml"), "criteria": {one.id: one for one in form.criteria},
    }


def _work(services: Services, form: Rubric, who: Actor) -> dict[str, Any]:
    """What people want changed, for whoever may know."""
    proposals = services.proposals.list(form.rubric).items if who.may(Right.CALIBRATE) else ()
    retirements = services.validities.retirements(form.rubric).items if who.may(Right.WRITE_RUBRICS) else ()
    return {"proposals": proposals, "retirements": retirements}
