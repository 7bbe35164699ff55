"""Validity: which criteria go with what customers say and do afterwards; what tells nothing may be proposed to go, and is decided."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.agent import Basis
from qa_service.domain.permission import Actor
from qa_service.domain.validity import ContactEnd
from qa_service.errors import ConflictError, InputError
from qa_service.rendering.page import view
from qa_service.services.reporting import parts
from qa_service.store.outcomes import Place
from qa_service.web import outcome_tables as tables
from qa_service.web.filters import Wanted
from qa_service.web.moves import address
from qa_service.web.outcomes import tabs
from qa_service.web.pages import PageRoute, render
from qa_service.web.preferences import Preferences
from qa_service.web.tables import Words
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/outcomes/criteria", route_class=PageRoute, include_in_schema=False)
_Said = Annotated[str, Form(max_length=4000)]
_Id = Annotated[str, Form(max_length=200)]


@router.get("")
def outcome_criteria_page(
    request: Request, services: ServicesDep, who: PageActorDep, rubric: Wanted = "", basis: Annotated[Basis, Query()] = Basis.FINAL
) -> Response:
    """The table, and what was proposed to go."""
    return render(request, "outcome_criteria.html", **_told(request, services, who, rubric, basis))


@router.post("/retirements")
def propose_retirement_page(
    request: Request, services: ServicesDep, who: PageActorDep, rubric: _Id, criterion: _Id, why: _Said = "",
    basis: Annotated[Basis, Form()] = Basis.FINAL,
) -> Response:
    """Propose that one should go."""
    try:
        if not why.strip():
            raise InputError("say why", field="why")
        services.validities.retire(rubric, criterion=criterion, why=why.strip(), by=who, basis=basis)
    except (ConflictError, InputError) as error:
        told = _told(request, services, who, rubric, basis)
        kind = "outcomes.say_why" if isinstance(error, InputError) else "outcomes.nobody_answered"
        told.update(refused=kind, sent={"criterion": criterion, "why": why})
        return render(request, "outcome_criteria.html", status=422, **told)
    return RedirectResponse(f"{address('/outcomes/criteria', rubric=rubric, basis=basis)}#retirements", status_code=303)


@router.post("/retirements/{retirement}")
def decide_retirement_page(
    services: ServicesDep, who: PageActorDep, retirement: str, rubric: _Id, accept: Annotated[bool, Form()],
    revision: Annotated[int, Form(ge=1)], words: _Said = "",
) -> Response:
    """Accept or decline: the form itself is changed by whoever keeps it."""
    services.validities.decide(rubric, retirement, accept=accept, words=words.strip() or None, by=who, expected=revision)
    return RedirectResponse(f"{address('/outcomes/criteria', rubric=rubric)}#retirements", status_code=303)


def _told(request: Request, services: Services, who: Actor, rubric: str, basis: Basis) -> dict[str, Any]:
    locale, words = Preferences.of(request).locale(services.settings.time_zone), Words.of(services)
    forms = services.rubrics.list()
    chosen = rubric or (forms[0].rubric if forms else "")
    found = None if not chosen else services.validities.table(Place(), rubric=chosen, basis=basis)
    table = None if found is None else tables.criteria(found, words)
    page = None if not chosen else services.validities.retirements(chosen, limit=100)
    form = next((one for one in forms if one.rubric == chosen), None)
    return {
        "found": found, "table": None if table is None or not table.rows else view(table, locale), "rubric": chosen, "basis": basis,
        "forms": [(one.rubric, locale.cell(words.form(one.rubric))) for one in forms], "bases": list(Basis), "ends": list(ContactEnd),
        "asked": [] if form is None else [(one.id, locale.cell(words.question(chosen, one.id))) for one in form.criteria],
        "retirements": [] if page is None else [
            {"one": one, "question": locale.cell(words.question(chosen, one.criterion)), "met": parts.share(one.figures.met)}
            for one in page.items
        ],
        "redundant": [] if found is None else [
            (locale.cell(words.question(chosen, one.one)), locale.cell(words.question(chosen, one.other))) for one in found.redundant
        ],
        "refused": "", "sent": {}, **tabs(who),
    }  # fmt: skip
