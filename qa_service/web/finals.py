"""Finished scorecards: read and confirmed by the agent, disagreed with, opened again by a lead."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.domain.dispute import AgentClaim, Objection
from qa_service.domain.permission import Right
from qa_service.errors import ConflictError, InputError
from qa_service.web.bench import bench
from qa_service.web.forms import Fields, FieldsDep, each, identifier
from qa_service.web.pages import PageRoute, render
from qa_service.web.visitor import PageActorDep, PageScopeDep

router = APIRouter(prefix="/review", route_class=PageRoute, include_in_schema=False)


@router.post("/{scorecard}/acknowledge")
def acknowledge_page(
    services: ServicesDep, who: PageActorDep, within: PageScopeDep, scorecard: str, comment: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """As the agent: I have read it."""
    services.reviewing.acknowledge(scorecard, by=who, within=within, comment=comment.strip() or None)
    return RedirectResponse(f"/review/{scorecard}", status_code=303)


@router.post("/{scorecard}/reopen")
def reopen_page(
    services: ServicesDep, who: PageActorDep, scorecard: str, reason: Annotated[str, Form(min_length=1, max_length=10_000)],
    revision: Annotated[int, Form(ge=1)],
) -> Response:
    """The next version, open, to be claimed by whoever reviews it."""
    made = services.reviewing.reopen(scorecard, by=who, reason=_words(reason), expected=revision)
    return RedirectResponse(f"/review/{made.id}", status_code=303)


@router.post("/{scorecard}/dispute")
def open_dispute_page(request: Request, services: ServicesDep, who: PageActorDep, scorecard: str, sent: FieldsDep) -> Response:
    """What is wrong with it; what cannot be disputed so is told beside what was written, which stays."""
    reasons, wanted = each(sent, "reason-"), each(sent, "wanted-")
    objections = [
        Objection(criterion=one, wanted=wanted.get(one), reason=reasons.get(one, "")) for one in dict.fromkeys((*wanted, *reasons))
    ]
    try:
        made = services.disputes.open(scorecard, objections, claim=_claim(sent), by=who)
    except (InputError, ConflictError) as error:
        told = bench(services, scorecard, who=who, within=who.scope(Right.READ_SCORECARDS))
        return render(request, "workbench.html", status=422, **{**told, "sent": sent, "declined": error})
    return RedirectResponse(f"/disputes/{made.id}", status_code=303)


def _claim(sent: Fields) -> AgentClaim | None:
    agent, why = identifier(sent, "claimed"), sent.get("because", "")
    return AgentClaim(agent=agent, reason=why) if agent or why else None


def _words(reason: str) -> str:
    if not reason.strip() or "\x00" in reason:
        raise InputError("say why", field="reason")
    return reason.strip()
