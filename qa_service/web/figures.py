"""Figures: what misses its target first, then every contact-centre figure with its course; and each of them by team, channel, queue."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.indicators import INDICATORS
from qa_service.domain.interaction import Channel
from qa_service.domain.period import PeriodKind
from qa_service.domain.permission import Actor, Right, Scope
from qa_service.errors import NotFoundError
from qa_service.rendering.locale import Locale
from qa_service.rendering.page import view
from qa_service.services.indicators import Asked, FigureReport
from qa_service.services.reporting import parts
from qa_service.store.indicators import Place
from qa_service.web import indicators
from qa_service.web.filters import OneOf, Wanted
from qa_service.web.pages import PageRoute, render
from qa_service.web.periods import month_now, month_span, months
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import PageActorDep, PageScopeDep

router = APIRouter(prefix="/figures", route_class=PageRoute, include_in_schema=False)
#: Months of small plots, and of large ones.
_FEW, _MANY = 6, 12
_BY = ("team", "channel", "queue", "agent")


class Filters(NamedTuple):
    """Which contacts, from the address; no month at all: the one that can tell most; an empty one: everything."""

    month: str | None
    team: str
    channel: Channel | None
    queue: str

    @property
    def place(self) -> Place:
        """Whose."""
        return Place(team=self.team or None, channel=self.channel, queue=self.queue or None)


def filters_of(
    month: Annotated[str | None, Query(max_length=7, pattern=r"^(\d{4}-\d{2})?$")] = None, team: Wanted = "",
    channel: OneOf[Channel] = "", queue: Wanted = "",
) -> Filters:
    """As chosen."""
    return Filters(month, team, channel if isinstance(channel, Channel) else None, queue)


FiltersDep = Annotated[Filters, Depends(filters_of)]


@router.get("")
def figures_page(request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, chosen: FiltersDep) -> Response:
    """All of them."""
    locale, month = _when(request, services, chosen)
    asked = _asked(chosen, month, locale)
    report = services.indicators.report(asked, within=within)
    monthly = services.indicators.report(_monthly(asked, services, many=_FEW), within=within)
    kept = _kept(chosen, month)
    families = indicators.families(report, monthly, locale, **kept)
    return render(
        request, "figures.html", families=families, missed=indicators.missed(report, locale, **kept),
        judged=sum(one.target is not None and one.value is not None for row in report.rows for one in row.figures),
        told=any(one["tiles"] for one in families), may_import=who.may(Right.INGEST), **_form(services, who, chosen, month, locale),
    )


@router.get("/{indicator}")
def figure_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, indicator: str, chosen: FiltersDep
) -> Response:
    """One: what it is, its course, and by whom, where and how."""
    return render(request, "figure.html", **told_of(request, services, who, within, indicator, chosen))


def told_of(
    request: Request, services: Services, who: Actor, within: Scope, indicator: str, chosen: Filters, *, refused: str = "", sent: Any = None
) -> dict[str, Any]:
    """Everything of one figure; ``refused``: why a target was not set. Raises :class:`NotFoundError`."""
    what = INDICATORS.get(indicator)
    if what is None:
        raise NotFoundError(f"no indicator {indicator!r}", field="indicator")
    locale, month = _when(request, services, chosen)
    asked = _asked(chosen, month, locale)._replace(indicators=(indicator,))
    report = services.indicators.report(asked, within=within)
    monthly = services.indicators.report(_monthly(asked, services, many=_MANY), within=within)
    told = [one for row in report.rows for one in row.figures]
    channels = list(dict.fromkeys(one.channel for one in told))
    kept = _kept(chosen, month)
    return {
        "what": what, "name": locale.cell(parts.named(what.names.model_dump(), what.id)),
        "kept_query": urlencode({name: value for name, value in kept.items() if value is not None}),
        "facts": [indicators.fact(what, one, locale, kept) for one in told if one.value is not None],
        "unknown": sum(one.unknown for one in told), "within_seconds": report.answer_within_seconds,
        "course": indicators.courses(what, monthly, locale, channels=channels, all_of_them=True),
        "tables": [view(one, locale) for one in _tables(services, asked, within, who) if one.rows],
        "may_set": who.may(Right.MANAGE_TARGETS), "targets": indicators.shown_targets(services.targets.current(), what, locale),
        "queues": _names(report), "refused": refused, "sent": sent or {}, **_form(services, who, chosen, month, locale),
    }


def _tables(services: Services, asked: Asked, within: Scope, who: Actor) -> list[Any]:
    """By everything that is not chosen already; agents are themselves alone."""
    assert asked.indicators is not None
    what = INDICATORS[asked.indicators[0]]
    chosen = {name for name in _BY if getattr(asked.place, name) is not None}
    kinds = [one for one in _BY if one not in chosen and not (within.agent is not None and one in ("team", "agent"))]
    found = []
    for by in kinds:
        report = services.indicators.report(asked._replace(by=(by,)), within=within)
        names = _agents(services, report, who) if by == "agent" else {}
        table = indicators.groups(what, report, by, names)
        # One group is everything once more.
        if len(table.rows) > 1:
            found.append(table)
    return found


def _agents(services: Services, report: FigureReport, who: Actor) -> dict[str, str]:
    """What they are called, as far as the reader may know."""
    if not who.may(Right.READ_AGENTS):
        return {}
    ids = [row.agent for row in report.rows if row.agent is not None]
    return services.profiles.names(ids, within=who.scope(Right.READ_AGENTS))


def _names(report: FigureReport) -> list[str]:
    return sorted({row.queue for row in report.rows if row.queue is not None})


def _when(request: Request, services: Services, chosen: Filters) -> tuple[Locale, str]:
    locale = Preferences.of(request).locale(services.settings.time_zone)
    return locale, month_now(locale, services.clock()) if chosen.month is None else chosen.month


def _asked(chosen: Filters, month: str, locale: Locale) -> Asked:
    span = month_span(month, locale)
    return Asked(since=span.since, until=span.until, place=chosen.place)


def _monthly(asked: Asked, services: Services, *, many: int) -> Asked:
    """The months up to the end of the time, as many as a plot shows."""
    until = min(asked.until or services.clock(), services.clock())
    return asked._replace(since=indicators.months_back(until, many - 1), until=until, every=PeriodKind.MONTH)


def _kept(chosen: Filters, month: str) -> dict[str, str | None]:
    """What addresses of other figures carry on."""
    return {"month": month, "team": chosen.team or None, "channel": chosen.channel, "queue": chosen.queue or None}


def _form(services: Services, who: Actor, chosen: Filters, month: str, locale: Locale) -> dict[str, Any]:
    own = who.scope(Right.READ_FIGURES)
    return {
        "month": month, "months": months(locale, services.clock(), chosen=month), "team": chosen.team, "channel": chosen.channel,
        "queue": chosen.queue, "channels": list(Channel), "own": own.agent is not None,
        "teams": services.teams.all(within=own) if own.agent is None else (),
    }
