"""Disputes: who disagrees with which answers, why they were given, and the decision."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.disclosure import READ_NOTES, shown_to
from qa_service.domain.dispute import AgentRuling, Decision, Dispute, DisputeKind, DisputeOutcome, DisputeState, FollowUp, Ruling
from qa_service.domain.permission import Actor, Right
from qa_service.domain.report import Unit
from qa_service.domain.rubric import NOT_APPLICABLE, Criterion, Rubric
from qa_service.domain.scorecard import Scorecard
from qa_service.errors import ConflictError, InputError, NotFoundError, StaleVersionError, UndecidedError
from qa_service.web.filters import OneOf, Wanted
from qa_service.web.forms import Fields, FieldsDep, each, identifier, revision_of
from qa_service.web.listening import listening
from qa_service.web.pages import PageRoute, render
from qa_service.web.preferences import Preferences
from qa_service.web.rubric_words import RuleWords
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/disputes", route_class=PageRoute, include_in_schema=False)
_RULINGS = (DisputeOutcome.ACCEPTED, DisputeOutcome.REJECTED)


@router.get("")
def disputes_page(
    request: Request, services: ServicesDep, who: PageActorDep, state: OneOf[DisputeState] = "",
    kind: OneOf[DisputeKind] = "", agent: Wanted = "", team: Wanted = "", handler: Wanted = "",
    mine: Annotated[bool, Query()] = False, overdue: Annotated[bool, Query()] = False, cursor: Cursor = None,
) -> Response:
    """Those that wait first, the sooner due the earlier."""
    chosen_state = state if isinstance(state, DisputeState) else None
    chosen_kind = kind if isinstance(kind, DisputeKind) else None
    page = services.disputes.list(
        by=who, state=chosen_state, kind=chosen_kind, agent=agent or None, team=team or None, handler=handler or None,
        overdue=overdue or None, mine=mine, cursor=cursor, limit=50,
    )
    told = {"state": chosen_state or "", "kind": chosen_kind or "", "agent": agent, "team": team, "handler": handler}
    ticked = {name: "true" for name, so in (("mine", mine), ("overdue", overdue)) if so}
    return render(
        request, "disputes.html", page=page, now=services.disputes.now(), filters={**told, **ticked}, states=list(DisputeState),
        kinds=list(DisputeKind), leads=who.may(Right.MANAGE_DISPUTES),
    )


@router.get("/{dispute}")
def dispute_page(request: Request, services: ServicesDep, who: PageActorDep, dispute: str) -> Response:
    """Both sides of each objection."""
    return render(request, "dispute.html", **_told(request, services, services.disputes.get(dispute, by=who), who))


@router.post("/{dispute}/withdraw")
def withdraw_dispute_page(services: ServicesDep, who: PageActorDep, dispute: str, revision: Annotated[int, Form(ge=1)]) -> Response:
    """Take back what one opened."""
    services.disputes.withdraw(dispute, by=who, expected=revision)
    return RedirectResponse(f"/disputes/{dispute}", status_code=303)


@router.post("/{dispute}/route")
def route_dispute_page(services: ServicesDep, who: PageActorDep, dispute: str, sent: FieldsDep) -> Response:
    """Give it to somebody; without a name to whoever fits."""
    services.disputes.route(
        dispute, handler=sent.get("handler") or None, note=sent.get("note") or None, by=who, expected=revision_of(sent),
    )
    return RedirectResponse(f"/disputes/{dispute}", status_code=303)


@router.post("/{dispute}/decide")
def decide_dispute_page(request: Request, services: ServicesDep, who: PageActorDep, dispute: str, sent: FieldsDep) -> Response:
    """All of it at once; what is missing is told beside what was written, which stays."""
    found = services.disputes.get(dispute, by=who)
    try:
        services.disputes.decide(dispute, _decision(sent, found), by=who, expected=revision_of(sent))
    except StaleVersionError:
        raise
    except (InputError, ConflictError) as error:
        told = _told(request, services, found, who)
        asked = [*each(sent, "follow-answer-"), *(error.criteria if isinstance(error, UndecidedError) else ())]
        disputed = {one.criterion for one in found.items} | {"agent"}
        follow = [told["forms"][one] for one in dict.fromkeys(asked) if one in told["forms"] and one not in disputed]
        return render(request, "dispute.html", status=422, **{**told, "sent": sent, "declined": error, "follow_ups": follow})
    return RedirectResponse(f"/disputes/{dispute}", status_code=303)


def _told(request: Request, services: Services, dispute: Dispute, who: Actor) -> dict[str, Any]:
    """Everything on the page of a dispute."""
    shown = dispute if who.role in READ_NOTES else dispute.without_note()
    card, rubric = _judged(services, dispute, who)
    forms: dict[str, Criterion] = {} if rubric is None else {one.id: one for one in rubric.criteria}
    routes = who.may(Right.MANAGE_DISPUTES) and dispute.pending
    locale = Preferences.of(request).locale(services.settings.time_zone)
    decides = dispute.pending and who.may(Right.DECIDE_DISPUTES) and (dispute.handler == who.id or who.may(Right.MANAGE_DISPUTES))
    return {
        "rules": None if rubric is None else RuleWords(rubric, services.analysis.catalogue, locale),
        "dispute": shown, "card": card, "rubric": rubric, "forms": forms, "now": services.disputes.now(),
        "scored": {} if card is None else {one.id: one for one in card.criteria}, "rulings": _RULINGS, "not_applicable": NOT_APPLICABLE,
        "decides": decides and who.id != dispute.opened_by, "routes": routes,
        "withdraws": dispute.pending and dispute.opened_by == who.id and who.may(Right.DISPUTE),
        "successor": _successor(services, dispute, who), "score_unit": Unit.SCORE,
        "people": services.workloads.reviewers(by=who) if routes else (), "sent": {}, "declined": None, "follow_ups": [],
        **listening(services, dispute.interaction, who=who),
    }


def _successor(services: Services, dispute: Dispute, who: Actor) -> Scorecard | None:
    """The version that the decision made, where whoever reads may see it."""
    if dispute.successor is None:
        return None
    try:
        return services.scorecards.get(dispute.successor, within=who.scope(Right.READ_SCORECARDS))
    except NotFoundError:
        return None


def _judged(services: Services, dispute: Dispute, who: Actor) -> tuple[Scorecard | None, Rubric | None]:
    """The version in dispute, where whoever reads may see it (not any more, say, the agent whose contact it was not)."""
    try:
        stored = services.scorecards.get(dispute.scorecard, within=who.scope(Right.READ_SCORECARDS))
    except NotFoundError:
        return None, None
    card = shown_to(stored, who, calibrating=services.calibrating.answering(by=who))
    return card, services.rubrics.exact(card.rubric.fingerprint)


def _decision(sent: Fields, dispute: Dispute) -> Decision:
    """What the form says. Raises :class:`InputError`, :class:`UndecidedError`."""
    outcomes, words, answers = each(sent, "outcome-"), each(sent, "words-"), each(sent, "answer-")
    follow_words = each(sent, "follow-words-")
    return Decision(
        rulings=tuple(
            Ruling(
                criterion=one.criterion, outcome=_outcome(outcomes[one.criterion]), words=words.get(one.criterion, ""),
                answer=answers.get(one.criterion) if outcomes[one.criterion] == DisputeOutcome.ACCEPTED else None,
            )
            for one in dispute.items if one.criterion in outcomes
        ),
        agent=_agent_ruling(sent) if dispute.attribution is not None and "agent-outcome" in sent else None,
        follow_ups=tuple(
            FollowUp(criterion=one, answer=answer, words=_why(follow_words, one)) for one, answer in each(sent, "follow-answer-").items()
        ),
        note=sent.get("note") or None,
    )


def _agent_ruling(sent: Fields) -> AgentRuling:
    outcome = _outcome(sent["agent-outcome"])
    agent = identifier(sent, "agent") if outcome is DisputeOutcome.ACCEPTED else None
    return AgentRuling(outcome=outcome, agent=agent, words=sent.get("agent-words", ""))


def _why(words: Fields, criterion: str) -> str:
    if criterion not in words:
        raise InputError("say why", field=criterion)
    return words[criterion]


def _outcome(told: str) -> DisputeOutcome:
    found = next((one for one in _RULINGS if one.value == told), None)
    if found is None:
        raise InputError(f"{told!r} is no decision", field="outcome", hint="accepted or rejected")
    return found
