"""The editor of rubrics: a draft in YAML, checked while it is written, tried on contacts, and published by whoever may."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.api.problems import STATUSES
from qa_service.bootstrap import Services
from qa_service.domain.permission import Actor, Right
from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_diff import compare
from qa_service.domain.rubric_schema import rubric_schema
from qa_service.domain.rubric_source import Level
from qa_service.errors import ConflictError, InputError, QaError, RubricError
from qa_service.services.lint import rubric_of
from qa_service.services.rubric_diff import Talk, compared, stored_talks, tried
from qa_service.store.interactions import State
from qa_service.web.pages import PageRoute, render
from qa_service.web.rubrics import TRIED, VersionQuery, names_of, rescored_with
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/rubrics/{rubric}", route_class=PageRoute, include_in_schema=False)
Text = Annotated[str, Form(max_length=2_100_000)]
_Seen = Annotated[str, Form(max_length=100)]
_Contact = Annotated[str, Form(max_length=200)]
_Words = Annotated[str, Form(max_length=2000)]
_VERSION = re.compile(r"^version:[ \t]*\d+", re.MULTILINE)
#: Contacts that are offered to try a draft on.
_OFFERED = 20


@router.get("/edit")
def edit_rubric_page(
    request: Request, services: ServicesDep, who: PageActorDep, rubric: str, version: VersionQuery = None
) -> Response:
    """The next version, begun from one that is there."""
    last = services.publishing.history(rubric)[0]
    source = services.publishing.source(rubric, version)
    # It must be raised in any case.
    text = _VERSION.sub(f"version: {last.version + 1}", source, count=1)
    start = version or services.rubrics.get(rubric).version
    return render(request, "rubric_edit.html", **_editor(services, rubric, text, who, seen=last.fingerprint), start=start)


@router.post("/edit")
def publish_rubric_page(
    request: Request, services: ServicesDep, who: PageActorDep, rubric: str, text: Text = "", seen: _Seen = "", words: _Words = "",
) -> Response:
    """Publish; what is refused stays in the editor."""
    text = _written(text)
    try:
        made = services.publishing.publish(rubric, text, by=who, seen=seen, words=words.strip() or None)
    except (ConflictError, InputError) as error:
        status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
        last = services.publishing.history(rubric)[0]
        shown = _editor(services, rubric, text, who, seen=last.fingerprint)
        told: dict[str, Any] = {
            "refused": error, "refused_key": f"editor.refused_{int(status)}", "words": words, "sent": True, "start": last.version,
        }
        if status == HTTPStatus.PRECONDITION_FAILED:
            told["overtaken"] = (_version_of(services, rubric, seen), last)
        return render(request, "rubric_edit.html", status=status, **{**shown, **_checked(services, rubric, text), **told})
    return RedirectResponse(f"/rubrics/{rubric}?published={made.version}", status_code=303)


@router.post("/check")
def check_rubric_page(
    request: Request, services: ServicesDep, who: PageActorDep, rubric: str, text: Text = "", seen: _Seen = "", words: _Words = "",
) -> Response:
    """What lint says of a draft, and how much it changes; nothing is stored."""
    text = _written(text)
    found = _checked(services, rubric, text)
    last = found["history"][0]
    found["behind"] = last if seen and seen != last.fingerprint else None
    if "HX-Request" in request.headers:
        return render(request, "rubric_findings.html", rubric=rubric, **found)
    told = {"words": words, "sent": True, "start": last.version}
    return render(request, "rubric_edit.html", **{**_editor(services, rubric, text, who, seen=seen or last.fingerprint), **found, **told})


@router.post("/try")
def try_rubric_page(
    request: Request, services: ServicesDep, who: PageActorDep, rubric: str, text: Text = "", interaction: _Contact = "", seen: _Seen = "",
    words: _Words = "",
) -> Response:
    """A draft on one contact, or on the last ones: what it answers, and what changes."""
    text = _written(text)
    part = "HX-Request" in request.headers
    found: dict[str, Any]
    try:
        found = _tried(services, rubric, text, interaction.strip(), who)
    except QaError as error:
        if part:
            raise
        found = {"trial_refused": error}
    if part:
        return render(request, "rubric_trial.html", **found)
    shown = _editor(services, rubric, text, who, seen=seen)
    told = {"words": words, "sent": True, "interaction": interaction, "start": shown["history"][0].version}
    return render(request, "rubric_edit.html", **{**shown, **found, **told})


@router.get("/schema")
def rubric_schema_page(services: ServicesDep, who: PageActorDep, rubric: str) -> Response:
    """What the editor completes and explains by: the schema of the language, and the signals of this release."""
    del who, rubric
    signals = {name: spec.method for name, spec in sorted(services.analysis.catalogue.items())}
    return JSONResponse({"schema": rubric_schema(), "signals": signals})


def _written(text: str) -> str:
    """As it was typed: forms send other ends of lines."""
    return text.replace("\r\n", "\n")


def _editor(services: Services, rubric: str, text: str, who: Actor, *, seen: str) -> dict[str, Any]:
    """Everything that the editor shows beside the draft."""
    history = services.publishing.history(rubric)
    form = services.rubrics.get(rubric)
    offered = services.interactions.list(
        channel=form.channel, state=State.SCORED, within=who.scope(Right.READ_INTERACTIONS), limit=_OFFERED
    ).items if who.may(Right.READ_INTERACTIONS) else ()
    return {
        "rubric": rubric, "form": form, "text": text, "history": history, "seen": seen, "me": who.id, "words": "", "sent": False,
        "next": history[0].version + 1, "offered": offered, "interaction": "", "refused": None, "overtaken": None, "faults": None,
        "trial": None, "found": None, "trial_refused": None, "diff": None, "other": None, "behind": None,
        **rescored_with(who), **names_of(form),
    }


def _checked(services: Services, rubric: str, text: str) -> dict[str, Any]:
    faults = services.rubrics.lint(text, file=f"{rubric}.yaml")
    made = _parsed(services, rubric, text)
    last = services.rubrics.get(rubric)
    return {
        "faults": faults, "errors": sum(one.level is Level.ERROR for one in faults),
        "warnings": sum(one.level is Level.WARNING for one in faults), "history": services.publishing.history(rubric), "behind": None,
        "other": made.rubric if made is not None and made.rubric != rubric else None,
        "diff": compare(last, made) if made is not None and made.rubric == rubric else None,
    }


def _parsed(services: Services, rubric: str, text: str) -> Rubric | None:
    try:
        return rubric_of(text, file=f"{rubric}.yaml", catalogue=services.analysis.catalogue)
    except RubricError:
        return None


def _tried(services: Services, rubric: str, text: str, interaction: str, who: Actor) -> dict[str, Any]:
    old, new = services.rubrics.get(rubric), rubric_of(text, file=f"{rubric}.yaml", catalogue=services.analysis.catalogue)
    told = {"old": old, "new": new, **rescored_with(who), **names_of(old, new), "trial": None, "found": None, "trial_refused": None}
    machine: dict[str, Any] = {"analysis": services.analysis, "decide_at": services.settings.decide_at}
    within = who.scope(Right.READ_INTERACTIONS)
    if not interaction:
        talks = stored_talks(services.database, new, limit=TRIED)
        return {**told, "found": compared(old, new, talks, **machine).rescoring}
    stored = services.interactions.get(interaction, within=within)
    talk = Talk(stored.interaction, services.interactions.transcript(interaction, within=within))
    return {**told, "trial": tried(old, new, talk, **machine)}


def _version_of(services: Services, rubric: str, fingerprint: str) -> int | None:
    return next((one.version for one in services.publishing.history(rubric) if one.fingerprint == fingerprint), None)
