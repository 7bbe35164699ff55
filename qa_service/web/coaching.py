"""Coaching: plans from the suggestion to what came of them, their sessions, and what the agent says to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.coaching import CoachingPlanView
from qa_service.api.deps import Cursor, ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.coaching_plan import DAYS, MOST_PRIORITIES, OPEN, CoachingPlan, CoachingPriority, PlanState
from qa_service.domain.gain import GainVerdict
from qa_service.domain.permission import Actor, Right
from qa_service.domain.report import Amount, Unit
from qa_service.errors import ConflictError, InputError, QaError, StaleVersionError
from qa_service.rendering.locale import Locale
from qa_service.rendering.page import view
from qa_service.services.coaching_plans import PlanSheet, Wish
from qa_service.services.reporting import parts
from qa_service.web import tables
from qa_service.web.filters import OneOf, Wanted
from qa_service.web.forms import ChoicesDep, Fields, FieldsDep
from qa_service.web.pages import PageRoute, render
from qa_service.web.periods import day_of
from qa_service.web.preferences import Preferences
from qa_service.web.tables import Words
from qa_service.web.visitor import PageActorDep, PageScopeDep

router = APIRouter(prefix="/coaching", route_class=PageRoute, include_in_schema=False)
_CONFLICT, _INVALID = 409, 422


@router.get("")
def coaching_page(
    request: Request, services: ServicesDep, who: PageActorDep, state: OneOf[PlanState] = "",
    agent: Wanted = "", team: Wanted = "", overdue: Annotated[bool, Query()] = False, cursor: Cursor = None,
) -> Response:
    """Open plans first, the overdue before all."""
    chosen = state if isinstance(state, PlanState) else None
    page = services.coaching_plans.list(
        by=who, state=chosen, agent=agent or None, team=team or None, overdue=overdue or None, cursor=cursor, limit=50
    )
    filters = {"state": chosen.value if chosen else "", "agent": agent, "team": team, **({"overdue": "true"} if overdue else {})}
    consent = services.consents.get(who.agent, by=who) if who.agent is not None and who.may(Right.ACKNOWLEDGE_COACHING) else None
    return render(
        request, "coaching.html", page=page, filters=filters, states=list(PlanState), consent=consent, may_coach=who.may(Right.COACH),
        day=_day(request, services),
    )


@router.post("/consent")
def consent_page(
    services: ServicesDep, who: PageActorDep, given: Annotated[bool, Form()], revision: Annotated[int, Form(ge=1)]
) -> Response:
    """Let colleagues learn from one's own places, or no more."""
    services.consents.put(str(who.agent), given=given, by=who, expected=revision)
    return RedirectResponse("/coaching", status_code=303)


@router.get("/new")
def new_coaching_plan_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep,
    agent: Annotated[str, Query(min_length=1, max_length=200)],
) -> Response:
    """What the agent would gain by practising, with the working, and the start of a plan."""
    return render(request, "coaching_new.html", **_new(request, services, who, within, agent))


@router.post("/new")
def draft_coaching_plan_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, fields: FieldsDep, choices: ChoicesDep,
) -> Response:
    """Draft it of what was ticked."""
    agent = fields.get("agent", "")
    wishes = [_wish(key) for key in choices.get("priority", ())]
    wishes += [_wish(fields["other"])] if fields.get("other") else []
    try:
        if not wishes:
            raise InputError("nothing is chosen", field="priorities", hint="choose one to three criteria")
        made = services.coaching_plans.create(
            agent, by=who, starts=_date(fields, "starts"), ends=_date(fields, "ends"), wishes=wishes,
        )
    except (InputError, ConflictError) as error:
        told = _new(request, services, who, within, agent)
        return render(request, "coaching_new.html", status=_status(error), **{**told, "refused": error, "sent": fields})
    return RedirectResponse(f"/coaching/{made.plan.id}", status_code=303)


@router.get("/{plan}")
def coaching_plan_page(request: Request, services: ServicesDep, who: PageActorDep, plan: str) -> Response:
    """A plan, its sessions, and what came of it so far."""
    return render(request, "coaching_plan.html", **_told(request, services, services.coaching_plans.get(plan, by=who), who))


@router.post("/{plan}")
def edit_coaching_plan_page(request: Request, services: ServicesDep, who: PageActorDep, plan: str, fields: FieldsDep) -> Response:
    """Other days, other priorities, other words."""
    before = services.coaching_plans.get(plan, by=who).plan
    try:
        services.coaching_plans.change(
            plan, by=who, expected=_revision(fields), starts=_date(fields, "starts"), ends=_date(fields, "ends"),
            coach=fields["coach"] if fields.get("coach") not in (None, "", before.coach) else None, wishes=_wishes(fields, before),
        )
    except (InputError, ConflictError, StaleVersionError) as error:
        return _again(request, services, who, plan, error, fields)
    return _back(plan)


@router.post("/{plan}/start")
def start_coaching_plan_page(services: ServicesDep, who: PageActorDep, plan: str, revision: Annotated[int, Form(ge=1)]) -> Response:
    """From now on the agent sees it."""
    services.coaching_plans.start(plan, by=who, expected=revision)
    return _back(plan)


@router.post("/{plan}/close")
def close_coaching_plan_page(
    request: Request, services: ServicesDep, who: PageActorDep, plan: str, fields: FieldsDep,
    state: Annotated[Literal[PlanState.DONE, PlanState.DROPPED], Form()],
) -> Response:
    """Carried through or given up, with what came of it."""
    try:
        if not fields.get("outcome"):
            raise InputError("nobody said what came of it", field="outcome", hint="say it in a few words")
        services.coaching_plans.close(plan, state, outcome=fields["outcome"], by=who, expected=_revision(fields))
    except (InputError, ConflictError, StaleVersionError) as error:
        return _again(request, services, who, plan, error, fields)
    return _back(plan)


@router.post("/{plan}/acknowledge")
def acknowledge_coaching_plan_page(services: ServicesDep, who: PageActorDep, plan: str, fields: FieldsDep) -> Response:
    """As the agent: read it."""
    services.coaching_plans.acknowledge(plan, comment=fields.get("comment") or None, by=who, expected=_revision(fields))
    return _back(plan)


@router.post("/{plan}/sessions")
def hold_coaching_session_page(
    request: Request, services: ServicesDep, who: PageActorDep, plan: str, fields: FieldsDep, choices: ChoicesDep
) -> Response:
    """Write a session down."""
    try:
        services.coaching_sessions.hold(plan, by=who, practised=choices.get("practised", ()), **_session(fields))
    except (InputError, ConflictError) as error:
        return _again(request, services, who, plan, error, fields)
    return _back(plan)


@router.post("/{plan}/sessions/{session}")
def edit_coaching_session_page(
    request: Request, services: ServicesDep, who: PageActorDep, plan: str, session: str, fields: FieldsDep, choices: ChoicesDep
) -> Response:
    """Correct what was written down."""
    try:
        told = _session(fields)
        services.coaching_sessions.rewrite(
            session, by=who, expected=_revision(fields), practised=choices.get("practised", ()), **told,
            no_follow_up=told["follow_up"] is None,
        )
    except (InputError, ConflictError, StaleVersionError) as error:
        return _again(request, services, who, plan, error, {})
    return _back(plan)


@router.post("/{plan}/sessions/{session}/acknowledge")
def acknowledge_coaching_session_page(services: ServicesDep, who: PageActorDep, plan: str, session: str, fields: FieldsDep) -> Response:
    """As the agent: read it."""
    services.coaching_sessions.acknowledge(session, comment=fields.get("comment") or None, by=who, expected=_revision(fields))
    return _back(plan)


def _back(plan: str) -> Response:
    return RedirectResponse(f"/coaching/{plan}", status_code=303)


def _again(request: Request, services: Services, who: Actor, plan: str, error: QaError, sent: Fields) -> Response:
    """The page once more, with what was sent and why it was refused."""
    told = _told(request, services, services.coaching_plans.get(plan, by=who), who)
    return render(request, "coaching_plan.html", status=_status(error), **{**told, "refused": error, "sent": sent})


def _status(error: QaError) -> int:
    return _INVALID if isinstance(error, InputError) else _CONFLICT


def _locale(request: Request, services: Services) -> Locale:
    return Preferences.of(request).locale(services.settings.time_zone)


def _day(request: Request, services: Services) -> Any:
    locale = _locale(request, services)
    return lambda day: day_of(day, locale)


def _new(request: Request, services: Services, who: Actor, within: Any, agent: str) -> dict[str, Any]:
    locale, words = _locale(request, services), Words.of(services)
    found = services.coaching_plans.suggest(agent, by=who)
    wanted = {one.key for one in found.priorities}
    gains = [
        {
            "one": one, "key": f"{one.rubric} {one.criterion}", "question": locale.cell(words.question(one.rubric, one.criterion)),
            "share": None if one.share is None else Amount(value=one.share, unit=Unit.SHARE),
            "goal": Amount(value=one.goal, unit=Unit.SHARE),
            "points": Amount(value=one.points, unit=Unit.SCORE), "probability": Amount(value=one.probability, unit=Unit.SHARE),
            "chosen": (one.rubric, one.criterion) in wanted,
        }
        for one in found.gains
    ]  # fmt: skip
    return {
        "agent": services.profiles.agent(agent, within=within), "found": found, "gains": gains, "forms": services.rubrics.list(),
        "verdicts": GainVerdict, "since": locale.day(found.since), "days": DAYS, "refused": None, "sent": {},
    }


def _told(request: Request, services: Services, sheet: PlanSheet, who: Actor) -> dict[str, Any]:
    """A plan as whoever reads it may see it, with everything around it."""
    locale, words, shown = _locale(request, services), Words.of(services), CoachingPlanView.of(sheet, who=who)
    coaches = who.may(Right.COACH) and who.agent != shown.agent
    effect = _effect(services, sheet.plan, who)
    examples = services.coaching_plans.examples(shown.id, by=who)
    priorities = [
        {
            "one": one, "question": locale.cell(words.question(one.rubric, one.criterion)), "goal": _goal(one),
            "examples": [each for each in examples if (each.rubric, each.criterion) == one.key],
        }
        for one in shown.priorities
    ]  # fmt: skip
    return {
        "plan": shown, "agent": services.profiles.agent(shown.agent, within=who.scope(Right.READ_AGENTS)), "priorities": priorities,
        "coaches": coaches, "open": shown.state in OPEN, "own": who.agent == shown.agent, "day": lambda day: day_of(day, locale),
        "forms": services.rubrics.list() if coaches else (), "slots": range(MOST_PRIORITIES),
        "sessions": services.coaching_sessions.list(by=who, plan=shown.id, limit=100).items,
        "effect": None if effect is None else view(tables.effects(effect, words), locale),
        "untold": [] if effect is None else [
            (locale.cell(words.question(one.rubric, one.criterion)), one.effect.missing, one.effect.more)
            for one in effect.criteria if one.effect.missing is not None
        ],
        "today": services.coaching_plans.today(), "refused": None, "sent": {},
    }  # fmt: skip


def _effect(services: Services, plan: CoachingPlan, who: Actor) -> Any:
    """What came of it, of a plan that was started."""
    return services.coaching_effects.effect(plan.id, by=who) if plan.seen_by_agent else None


def _goal(one: CoachingPriority) -> dict[str, Amount | None]:
    start = one.goal.share_from
    return {
        "start": None if start is None else Amount(value=start, unit=Unit.SHARE), "to": Amount(value=one.goal.share_to, unit=Unit.SHARE),
        "reviews": None if one.goal.reviews is None else parts.count(one.goal.reviews),
    }


def _wish(key: str, **told: Any) -> Wish:
    """Of ``rubric criterion``."""
    rubric, _, criterion = key.partition(" ")
    return Wish(rubric=rubric, criterion=criterion, **told)


def _wishes(fields: Fields, before: CoachingPlan) -> list[Wish]:
    """What the form names, in its order; a goal that was not touched stays as it was measured."""
    kept: Mapping[str, CoachingPriority] = {f"{one.rubric} {one.criterion}": one for one in before.priorities}
    found = []
    for slot in range(MOST_PRIORITIES):
        key = fields.get(f"criterion-{slot}", "")
        if key:
            share = _share(fields.get(f"share-{slot}", ""))
            known = kept.get(key)
            same = known is not None and share is not None and round(100 * known.goal.share_to) == round(100 * share)
            words = fields.get(f"behaviour-{slot}") or None
            # The words of another criterion say nothing about this one.
            moved = known is None and any(words == one.behaviour for one in before.priorities)
            found.append(_wish(key, behaviour=None if moved else words, share=None if same else share))
    return found


def _share(told: str) -> float | None:
    if not told:
        return None
    try:
        percent = float(told)
    except ValueError as error:
        raise InputError(f"{told!r} is no number", field="share", hint="1 to 100") from error
    if not 1 <= percent <= 100:
        raise InputError("a goal lies between 1 and 100 percent", field="share")
    return percent / 100


def _date(fields: Fields, name: str) -> date | None:
    told = fields.get(name, "")
    try:
        return date.fromisoformat(told) if told else None
    except ValueError as error:
        raise InputError(f"{told!r} is no day", field=name, hint="as in 2026-11-22") from error


def _revision(fields: Fields) -> int | None:
    told = fields.get("revision", "")
    if not (told.isascii() and told.isdigit()):
        raise InputError("the revision is missing", field="revision", hint="load the page again")
    return int(told)


def _session(fields: Fields) -> dict[str, Any]:
    return {
        "held_on": _date(fields, "held_on"), "notes": fields.get("notes") or None, "private": fields.get("private") or None,
        "follow_up": _date(fields, "follow_up"),
    }
