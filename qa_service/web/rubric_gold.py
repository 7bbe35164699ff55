"""Rubrics against their gold: how well a form agrees with people, and the conversations where it does not."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.agreement import Agreement
from qa_service.domain.permission import Actor, Right
from qa_service.domain.report import Amount, Unit
from qa_service.domain.rubric import NOT_APPLICABLE, UNDECIDED, Rubric
from qa_service.errors import NotFoundError, QaError
from qa_service.services.gold_desk import GoldCard, GoldResult, GoldState
from qa_service.web.pages import PageRoute, render
from qa_service.web.rubrics import VersionQuery
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/rubrics/{rubric}/gold", route_class=PageRoute, include_in_schema=False)


@router.get("")
def rubric_gold_page(request: Request, services: ServicesDep, who: PageActorDep, rubric: str, version: VersionQuery = None) -> Response:
    """Which conversations there are, and where machine and people differ."""
    form = services.rubrics.get(rubric, version)
    result = services.gold.result(form)
    cards = () if result.state in (GoldState.NONE, GoldState.FAULTY) else _cards(services, form)
    return render(request, "rubric_gold.html", **_shown(form, result), cards=_rows(services, cards, result, who), version=version)


@router.get("/figures")
def rubric_gold_figures_page(
    request: Request, services: ServicesDep, who: PageActorDep, rubric: str, version: VersionQuery = None
) -> Response:
    """The figures alone: a part of other pages, asked for again while they are being measured."""
    del who
    form = services.rubrics.get(rubric, version)
    return render(request, "rubric_gold_figures.html", **_shown(form, services.gold.result(form)))


@router.post("")
def measure_rubric_gold_page(services: ServicesDep, who: PageActorDep, rubric: str, version: VersionQuery = None) -> Response:
    """Measure, where that waits to be told."""
    del who
    form = services.rubrics.get(rubric, version)
    services.gold.measure(form)
    return RedirectResponse(f"/rubrics/{rubric}/gold?version={form.version}", status_code=303)


def _shown(form: Rubric, result: GoldResult) -> dict[str, Any]:
    return {
        "form": form, "result": result, "criteria": {one.id: one for one in form.criteria}, "share": _share, "kappa": _kappa, "rate": _rate,
        "undecided": UNDECIDED, "not_applicable": NOT_APPLICABLE,
    }


def _cards(services: Services, form: Rubric) -> tuple[GoldCard, ...]:
    try:
        return services.gold.cards(form)
    except QaError:
        return ()


def _rows(services: Services, cards: tuple[GoldCard, ...], result: GoldResult, who: Actor) -> list[dict[str, Any]]:
    """Each conversation with where the two differ, and whether the reader may open it here."""
    wrong: dict[str, list[Any]] = {}
    second: dict[str, list[Any]] = {}
    for report in result.reports:
        for one in report.disagreements:
            wrong.setdefault(one.interaction, []).append(one)
        for other in report.ceiling.disagreements if report.ceiling is not None else ():
            second.setdefault(other.interaction, []).append(other)
    rows = [
        {"card": card, "wrong": wrong.get(card.interaction, []), "second": second.get(card.interaction, []),
         "here": _is_here(services, card.interaction, who)}
        for card in cards
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-len(row["wrong"]), row["card"].interaction))


def _is_here(services: Services, interaction: str, who: Actor) -> bool:
    if not who.may(Right.READ_INTERACTIONS):
        return False
    try:
        services.interactions.get(interaction, within=who.scope(Right.READ_INTERACTIONS))
    except NotFoundError:
        return False
    return True


def _share(one: Any) -> Amount:
    """A share with its interval, of so many."""
    return Amount(value=one.value, low=one.low, high=one.high, n=one.n, unit=Unit.SHARE)


def _rate(value: float) -> Amount:
    return Amount(value=value, unit=Unit.SHARE)


def _kappa(one: Agreement) -> Amount:
    found = one.kappa_interval
    return Amount(value=found.value, low=found.low, high=found.high, n=found.n, unit=Unit.NUMBER)
