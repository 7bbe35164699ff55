"""Reasons for contact: how often each is one, which rise, who says so in which words, and what people call them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Id, ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.estimation import wilson
from qa_service.domain.interaction import Channel
from qa_service.domain.period import PeriodKind
from qa_service.domain.permission import Actor, Right, Scope
from qa_service.domain.report import Amount, Unit
from qa_service.domain.rise import LEAST_PERIODS, LEAST_SEEN
from qa_service.domain.topic import OTHER, Topic
from qa_service.errors import ConflictError, InputError, NotFoundError, QaError
from qa_service.rendering.locale import Locale
from qa_service.services.reporting import parts
from qa_service.services.trends import TopicRise, TopicTrend
from qa_service.web.courses import large, small
from qa_service.web.filters import OneOf, Wanted
from qa_service.web.forms import FieldsDep
from qa_service.web.pages import PageRoute, render
from qa_service.web.periods import MonthName, month_span, months
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import PageActorDep, PageScopeDep

router = APIRouter(prefix="/reasons", route_class=PageRoute, include_in_schema=False)

ChannelName = OneOf[Channel]
_SAMPLE, _LONGEST = 8, 100
_NAME = re.compile(rf"[^\x00-\x1f\x7f]{{0,{_LONGEST}}}")


class Reason(NamedTuple):
    """One in a list."""

    id: str
    #: ``None``: whatever is far from all of them.
    topic: Topic | None
    contacts: int
    share: Amount
    rise: TopicRise | None
    #: Message of why nothing can be told, with its number; empty where something can.
    why: tuple[str, int]
    plot: str


class Chosen(NamedTuple):
    """What is looked at."""

    month: str
    channel: Channel | None
    team: str
    every: PeriodKind
    within: Scope
    since: datetime | None
    until: datetime | None

    @property
    def fields(self) -> dict[str, str]:
        """In an address."""
        told = {"month": self.month, "channel": self.channel.value if self.channel else "", "team": self.team, "every": self.every.value}
        return {name: value for name, value in told.items() if value}


@router.get("")
def reasons_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, month: MonthName = "", channel: ChannelName = "",
    team: Wanted = "", every: Annotated[PeriodKind, Query()] = PeriodKind.WEEK,
) -> Response:
    """The most frequent first; what rises stands above."""
    locale = _locale(request, services)
    chosen = _chosen(locale, within, month=month, channel=channel, team=team, every=every)
    found = _found(services, chosen, locale)
    rising = [] if found is None else [one for one in found["reasons"] if one.rise is not None and one.rise.standing.value == "rising"]
    return render(
        request, "reasons.html", found=found, rising=rising, chosen=chosen, channels=list(Channel), every=list(PeriodKind),
        months=months(locale, services.clock(), chosen=month), teams=_teams(services, who), share_unit=Unit.SHARE,
    )


@router.get("/{topic}")
def reason_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, topic: Id, month: MonthName = "",
    channel: ChannelName = "", team: Wanted = "", every: Annotated[PeriodKind, Query()] = PeriodKind.WEEK,
) -> Response:
    """In whose words, its course, and its name."""
    locale = _locale(request, services)
    chosen = _chosen(locale, within, month=month, channel=channel, team=team, every=every)
    return _one(request, services, who, topic, chosen, locale)


@router.post("/{topic}")
def edit_reason_page(request: Request, services: ServicesDep, who: PageActorDep, topic: Id, sent: FieldsDep) -> Response:
    """Name it, keep it at the next build, or count it under another; told again where that cannot be."""
    changes = {
        "name": " ".join(sent.get("name", "").split()) or None, "pinned": sent.get("pinned") == "true",
        "merged_into": sent.get("merged_into") or None,
    }
    try:
        _edit(services, topic, changes, who)
    except (InputError, NotFoundError, ConflictError) as error:
        locale = _locale(request, services)
        chosen = _chosen(locale, who.scope(Right.READ_HISTORY), month="", channel="", team="", every=PeriodKind.WEEK)
        return _one(request, services, who, topic, chosen, locale, declined=error)
    return RedirectResponse(f"/reasons/{quote(topic, safe='')}", status_code=303)


def _edit(services: Services, topic: str, changes: Mapping[str, Any], who: Actor) -> None:
    if not _NAME.fullmatch(changes["name"] or ""):
        raise InputError(f"a name is one line of {_LONGEST} characters at most", field="name")
    services.topics.edit(topic, dict(changes), actor=who.id)


def _one(
    request: Request, services: Services, who: Actor, topic: str, chosen: Chosen, locale: Locale, *, declined: QaError | None = None
) -> Response:
    found = _found(services, chosen, locale)
    if found is None:
        raise NotFoundError("no topics were built yet", field="topic")
    topics = services.topics.get()
    mine = None if topic == OTHER else topics.get(topic)
    reason = next((one for one in found["reasons"] if one.id == topic), None)
    course = None
    if reason is not None and reason.rise is not None:
        course = large(topic, parts.said(mine.called) if mine else parts.term("reasons.other"), reason.rise.points, locale)
    return render(
        request, "reason.html", status=200 if declined is None else 422, found=found, topic=mine, id=topic, reason=reason, course=course,
        chosen=chosen, months=months(locale, services.clock(), chosen=chosen.month), channels=list(Channel), every=list(PeriodKind),
        teams=_teams(services, who), share_unit=Unit.SHARE, declined=declined, may_edit=who.may(Right.EDIT_TOPICS) and mine is not None,
        into=[one for one in topics.topics if one.id != topic and one.merged_into is None],
        under=None if mine is None or mine.merged_into is None else topics.get(topics.counted_under(topic)),
        parts=[one for one in topics.topics if one.merged_into == topic],
        contacts=services.topics.representative(
            topic, since=chosen.since, until=chosen.until, channel=chosen.channel, within=chosen.within, most=_SAMPLE
        ),
    )


def _found(services: Services, chosen: Chosen, locale: Locale) -> dict[str, Any] | None:
    """Every reason with its numbers; ``None`` before the first build."""
    try:
        topics, counts = services.topics.counts(since=chosen.since, until=chosen.until, channel=chosen.channel, within=chosen.within)
        trend = services.trends.topics(within=chosen.within, every=chosen.every, channel=chosen.channel)
    except NotFoundError:
        return None
    rises = {one.topic: one for one in trend.topics}
    total = sum(counts.values())
    known: list[tuple[str, Topic | None]] = [(one.id, one) for one in topics.topics if one.merged_into is None]
    reasons = [
        Reason(
            id=key, topic=one, contacts=counts.get(key, 0), share=parts.share(wilson(counts.get(key, 0), total)), rise=rises.get(key),
            why=_why(rises.get(key), trend), plot=small(rises[key].points, locale) if key in rises else "",
        )
        for key, one in [*known, (OTHER, None)]
    ]  # fmt: skip
    return {
        "reasons": sorted(reasons, key=lambda one: (one.id == OTHER, -one.contacts, one.id)), "total": total, "trend": trend,
        "method": topics.method, "built_from": topics.built_from,
    }


def _why(one: TopicRise | None, trend: TopicTrend) -> tuple[str, int]:
    """Why it cannot be told whether a reason rises."""
    if one is None or one.standing.value != "cannot_tell":
        return ("", 0) if one is not None else ("reasons.why_seen", LEAST_SEEN)
    if not trend.contacts:
        return "reasons.why_contacts", 0
    if len(trend.before) < LEAST_PERIODS:
        return "reasons.why_periods", LEAST_PERIODS
    return ("reasons.why_seen", LEAST_SEEN) if one.seen + one.seen_before < LEAST_SEEN else ("reasons.why_chance", 0)


def _chosen(locale: Locale, within: Scope, *, month: str, channel: Channel | str, team: str, every: PeriodKind) -> Chosen:
    span = month_span(month, locale)
    one = channel if isinstance(channel, Channel) else None
    return Chosen(month, one, team, every, within.of_team(team) if team else within, span.since, span.until)


def _teams(services: Services, who: Actor) -> Any:
    return services.teams.all(within=who.scope(Right.READ_AGENTS)) if who.may(Right.READ_AGENTS) else ()


def _locale(request: Request, services: Services) -> Locale:
    return Preferences.of(request).locale(services.settings.time_zone)
