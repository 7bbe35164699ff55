"""Calibration: sessions, their blind answers, what was revealed, said and agreed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.calibration import AgreedAnswer, CalibrationAnswer, CalibrationReview, CalibrationState
from qa_service.domain.coefficient import Coefficient
from qa_service.domain.permission import Actor, Right
from qa_service.domain.report import Amount, Unit
from qa_service.domain.rubric import NOT_APPLICABLE, Rubric
from qa_service.errors import ConflictError, InputError, StaleVersionError, UndecidedError
from qa_service.web import calibration_results
from qa_service.web.filters import OneOf
from qa_service.web.forms import Fields, FieldsDep, each, revision_of
from qa_service.web.listening import listening
from qa_service.web.pages import PageRoute, render
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/calibrations", route_class=PageRoute, include_in_schema=False)
_Revision = Annotated[int, Form(ge=1)]


@router.get("")
def calibrations_page(
    request: Request, services: ServicesDep, who: PageActorDep, state: OneOf[CalibrationState] = "",
    cursor: Cursor = None,
) -> Response:
    """The last made first; leads see all, others those that they were invited to."""
    chosen = state if isinstance(state, CalibrationState) else None
    page = services.calibrating.list(by=who, state=chosen, cursor=cursor, limit=50)
    return render(
        request, "calibrations.html", page=page, state=chosen, states=list(CalibrationState), leads=who.may(Right.MANAGE_CALIBRATIONS),
        me=who.id, now=services.clock(),
    )


@router.get("/{calibration}")
def calibration_page(request: Request, services: ServicesDep, who: PageActorDep, calibration: str) -> Response:
    """What there is to answer, or, once revealed, who answered what, and how far they agree."""
    sheet = services.calibrating.get(calibration, by=who)
    session = sheet.session
    rubric = services.rubrics.exact(session.rubric.fingerprint)
    shown = session.state is not CalibrationState.OPEN
    given = {(one.interaction, one.reviewer): one for one in sheet.reviews}
    results = services.calibrating.results(calibration, by=who) if shown else None
    return render(
        request, "calibration.html", session=session, sheet=sheet, rubric=rubric, given=given, open=not shown, me=who.id,
        results=results, told=_told(given), **calibration_results.told(services, session, results, rubric),
        agreed={(one.interaction, one.criterion): one for some in sheet.settled.values() for one in some}, now=services.clock(),
        leads=who.may(Right.MANAGE_CALIBRATIONS), figure=_figure, points=_points, score_unit=Unit.SCORE, share=Unit.SHARE,
        number_unit=Unit.NUMBER, forms={one.id: one for one in rubric.criteria},
    )


@router.get("/{calibration}/answers/{interaction}")
def calibration_answers_page(request: Request, services: ServicesDep, who: PageActorDep, calibration: str, interaction: str) -> Response:
    """One's own answers, without anybody's suggestion."""
    review = services.calibrating.review(calibration, interaction, by=who)
    return render(request, "calibration_answers.html", **_sheet(services, calibration, review, who))


@router.post("/{calibration}/answers/{interaction}")
def save_calibration_answers_page(
    request: Request, services: ServicesDep, who: PageActorDep, calibration: str, interaction: str, sent: FieldsDep
) -> Response:
    """Save; and, with ``act=submit``, hand in: what is still open is told in its place."""
    rubric = services.rubrics.exact(services.calibrating.get(calibration, by=who).session.rubric.fingerprint)
    saved = services.calibrating.answer(calibration, interaction, _given(sent, rubric), by=who, expected=revision_of(sent))
    if sent.get("act") != "submit":
        return render(request, "calibration_answers.html", **{**_sheet(services, calibration, saved, who), "kept": True})
    try:
        services.calibrating.submit(calibration, interaction, by=who, expected=saved.revision)
    except StaleVersionError:
        raise
    except ConflictError as error:
        open_ = error.criteria if isinstance(error, UndecidedError) else ()
        told = {**_sheet(services, calibration, saved, who), "wanted": open_, "nothing": not saved.answers}
        return render(request, "calibration_answers.html", status=409, **told)
    return RedirectResponse(f"/calibrations/{calibration}", status_code=303)


@router.post("/{calibration}/notes")
def note_calibration_page(services: ServicesDep, who: PageActorDep, calibration: str, sent: FieldsDep) -> Response:
    """Say something about the answers."""
    if not sent.get("text"):
        raise InputError("there is nothing said", field="text")
    about = {"interaction": sent.get("interaction") or None, "criterion": sent.get("criterion") or None}
    services.calibrating.note(calibration, sent["text"], by=who, **about)
    return RedirectResponse(f"/calibrations/{calibration}#notes", status_code=303)


@router.post("/{calibration}/agreed/{interaction}")
def agree_calibration_page(services: ServicesDep, who: PageActorDep, calibration: str, interaction: str, sent: FieldsDep) -> Response:
    """Put answers to one interaction down as agreed: those that were chosen."""
    why = each(sent, "why-")
    answers = [
        AgreedAnswer(interaction=interaction, criterion=criterion, answer=answer, why=why.get(criterion))
        for criterion, answer in each(sent, "agreed-").items()
    ]
    if answers:
        services.calibrating.agree(calibration, answers, by=who, expected=revision_of(sent))
    return RedirectResponse(f"/calibrations/{calibration}#answers", status_code=303)


@router.post("/{calibration}/reveal")
def reveal_calibration_page(
    services: ServicesDep, who: PageActorDep, calibration: str, revision: _Revision, early: Annotated[bool, Form()] = False
) -> Response:
    """Open all answers."""
    services.calibrating.reveal(calibration, by=who, early=early, expected=revision)
    return RedirectResponse(f"/calibrations/{calibration}", status_code=303)


@router.post("/{calibration}/close")
def close_calibration_page(services: ServicesDep, who: PageActorDep, calibration: str, revision: _Revision) -> Response:
    """End it."""
    services.calibrating.close(calibration, by=who, expected=revision)
    return RedirectResponse(f"/calibrations/{calibration}", status_code=303)


def _sheet(services: Services, calibration: str, review: CalibrationReview, who: Actor) -> dict[str, Any]:
    session = services.calibrating.get(calibration, by=who).session
    rubric = services.rubrics.exact(session.rubric.fingerprint)
    place = session.interactions.index(review.interaction)
    return {
        "session": session, "rubric": rubric, "review": review, "me": who.id, "answers": {one.criterion: one for one in review.answers},
        "before": session.interactions[place - 1] if place else None, "number": place + 1, "not_applicable": NOT_APPLICABLE,
        "after": session.interactions[place + 1] if place + 1 < len(session.interactions) else None,
        "editable": session.state is CalibrationState.OPEN and review.submitted_at is None, "kept": False, "wanted": (), "nothing": False,
        **listening(services, review.interaction, who=who),
    }


def _given(sent: Fields, rubric: Rubric) -> list[CalibrationAnswer]:
    """In the order of the form; strange criteria at the end, for the service to refuse."""
    answers, reasons = each(sent, "answer-"), each(sent, "reason-")
    order = {one.id: place for place, one in enumerate(rubric.criteria)}
    named = sorted(answers, key=lambda one: order.get(one, len(order)))
    return [CalibrationAnswer(criterion=one, answer=answers[one], reason=reasons.get(one)) for one in named]


def _told(given: dict[tuple[str, str], CalibrationReview]) -> dict[tuple[str, str, str], CalibrationAnswer]:
    """Answers by interaction, reviewer and criterion, of the reviews that were handed in."""
    return {
        (*place, one.criterion): one for place, review in given.items() if review.submitted_at is not None for one in review.answers
    }


def _figure(one: Coefficient, unit: Unit) -> Amount:
    return Amount(value=one.value, unit=unit, low=one.low, high=one.high, n=one.n)


def _points(value: float | None, low: float | None = None, high: float | None = None) -> Amount:
    return Amount(value=value, unit=Unit.POINTS, low=low, high=high)
