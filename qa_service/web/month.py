"""The month: what to talk about first, then every figure in a tile that leads to its page, then tables."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.domain.breach import BREACHES, TargetMet
from qa_service.domain.estimation import Share
from qa_service.domain.permission import Actor, Right
from qa_service.domain.promise import PromiseStatus
from qa_service.domain.report import Amount, Table, Unit
from qa_service.domain.rise import Movement
from qa_service.domain.satisfaction import ShareEstimate
from qa_service.rendering.locale import Locale
from qa_service.rendering.page import view
from qa_service.services.month import MonthTold
from qa_service.services.reporting import parts, standings
from qa_service.web import moves
from qa_service.web.filters import Wanted
from qa_service.web.moves import address
from qa_service.web.pages import PageRoute, render, say
from qa_service.web.periods import MonthName, month_chain, month_now, months
from qa_service.web.preferences import Preferences
from qa_service.web.tables import Words
from qa_service.web.visitor import PageActorDep, PageScopeDep

router = APIRouter(prefix="/month", route_class=PageRoute, include_in_schema=False)
#: The month, the one before, and those that rising reasons are compared with.
_MONTHS = 9


@router.get("")
def month_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, month: MonthName = "", team: Wanted = ""
) -> Response:
    """Everything within reach, or one team."""
    locale = Preferences.of(request).locale(services.settings.time_zone)
    chosen = month or month_now(locale, services.clock())
    told = services.month.tell(month_chain(chosen, locale, many=_MONTHS), team=team or None, by=who)
    words = Words.of(services)
    found = moves.claims(told, words, locale)
    return render(
        request, "month.html", told=told, month=chosen, months=months(locale, services.clock(), chosen=chosen), team=team,
        teams=services.teams.all(within=within), claims=found[: moves.MOST],
        steady=told.coverage.reviewed and all(one["verdict"] == "missed" for one in found), more=max(0, len(found) - moves.MOST),
        nearest=_nearest(told, words, locale), tiles=_tiles(told, who, locale), **_tables(told, words, locale),
        build_topics=Markup('<kbd dir="ltr">qa-service topics build</kbd>'),
        links={f"{one.item.rubric} team": address("/teams/team", name=one.item.rubric, month=chosen) for one in told.teams},
    )


def _nearest(told: MonthTold, words: Words, locale: Locale) -> dict[str, Any] | None:
    one = told.nearest
    return None if one is None else {"question": locale.cell(words.question(one.item.rubric, one.item.id)), "more": one.more}


def _tables(told: MonthTold, words: Words, locale: Locale) -> dict[str, Any]:
    def shown(table: Table) -> Any:
        return view(table, locale) if table.rows else None

    return {
        "channels": shown(moves.scores("channels", told.channels, {one.item.rubric: parts.word("channel", one.item.rubric)
                                                                   for one in told.channels})),
        "by_team": shown(moves.scores("teams", told.teams, {one.item.rubric: parts.said(one.item.rubric) for one in told.teams})),
        "criteria": shown(moves.criteria(told, words)),
        "all_criteria": shown(moves.criteria(told, words, every=True)), "families": shown(moves.families(told.families)),
        "topics": None if told.topics is None else shown(moves.topics(told.topics)),
    }  # fmt: skip


def _tiles(told: MonthTold, who: Actor, locale: Locale) -> list[dict[str, Any]]:
    """Each with its value, what is to be known of it, and the page it leads to."""
    found = [
        _score(told, locale), _critical(told, locale), _work(told, who, locale), _disputes(told, locale), _undecided(told, who, locale),
        _topics(told, locale), _promises(told, locale), _breaches(told, locale), _csat(told, locale),
    ]  # fmt: skip
    return [one for one in found if one is not None]


def _tile(id_: str, value: str, details: list[Markup], href: str, *, bad: bool = False) -> dict[str, Any]:
    return {"id": id_, "value": value, "details": details, "href": href, "bad": bad}


def _score(told: MonthTold, locale: Locale) -> dict[str, Any]:
    amount = standings.score(told.whole.figure)
    details = [_interval(amount, locale)]
    if told.whole.other is not None:
        details.append(say(locale, "month.was", before=locale.value(Amount(value=100 * told.whole.other, unit=Unit.SCORE))))
    details.append(Markup("{}").format(locale.term(moves.verdict(told.whole))))
    href = address("/teams/team", name=told.team, month=told.now.name) if told.team else "/teams"
    return _tile("score", locale.value(amount), details, href)


def _critical(told: MonthTold, locale: Locale) -> dict[str, Any]:
    worst = max(told.families, key=lambda one: one.missed.value or 0.0, default=None)
    if worst is None:
        return _tile("critical", "–", [say(locale, "month.no_reviews")], "#families")
    amount = parts.share(worst.missed)
    details = [Markup("{}").format(locale.term(parts.word("severity", worst.family))), _interval(amount, locale)]
    return _tile("critical", locale.value(amount), details, "#families")


def _work(told: MonthTold, who: Actor, locale: Locale) -> dict[str, Any]:
    work, href = told.work, "/queue" if who.may(Right.WORK_QUEUE) else address("/agents", team=told.team)
    reviewed = say(locale, "month.reviewed", part=told.coverage.reviewed, n=told.coverage.scorecards)
    if not work.drawn:
        return _tile("work", _plain(told.coverage.reviewed, locale), [reviewed, say(locale, "month.no_plan")], href)
    left = say(locale, "month.left", n=work.drawn - work.done)
    value = locale.value(Amount(value=work.done / work.drawn, unit=Unit.SHARE))
    return _tile("work", value, [say(locale, "month.drawn", part=work.done, n=work.drawn), left, reviewed], href)


def _disputes(told: MonthTold, locale: Locale) -> dict[str, Any] | None:
    one, before = told.disputes, told.disputes_before
    if one is None or before is None:
        return None
    details = [say(locale, "month.disputes", waiting=one.waiting, accepted=one.accepted)] if one.opened else []
    return _tile("disputes", _plain(one.opened, locale), [*details, say(locale, "month.was", before=before.opened)], "/disputes")


def _undecided(told: MonthTold, who: Actor, locale: Locale) -> dict[str, Any]:
    details = [say(locale, "month.undecided_what")]
    if told.undecided_before is not None:
        details.append(say(locale, "month.was", before=_share(told.undecided_before, locale)))
    href = "/accuracy" if who.may(Right.READ_AUDIT_LANE) else "#criteria"
    return _tile("undecided", "–" if told.undecided is None else _share(told.undecided, locale), details, href)


def _topics(told: MonthTold, locale: Locale) -> dict[str, Any]:
    if told.topics is None:
        return _tile("topics", "–", [say(locale, "month.no_topics")], "#topics")
    rising = [one.title for one in told.topics.topics if one.standing is Movement.RISING and one.topic != "other"]
    details = [Markup("<bdi>{}</bdi>").format(one) for one in rising[:2]] or [say(locale, "month.none_rises", n=told.topics.contacts)]
    return _tile("topics", _plain(len(rising), locale), details, "#topics", bad=bool(rising))


def _promises(told: MonthTold, locale: Locale) -> dict[str, Any]:
    broken, due = told.promises[PromiseStatus.BROKEN], told.promises[PromiseStatus.DUE]
    made = sum(told.promises.values())
    details = [say(locale, "month.promises_due", n=due), say(locale, "month.promises_made", n=made)]
    return _tile("promises", _plain(broken, locale), details, "#promises", bad=broken > 0)


def _breaches(told: MonthTold, locale: Locale) -> dict[str, Any] | None:
    if told.figures is None:
        return None
    every = [one for row in told.figures.rows for one in row.figures if one.target is not None and one.value is not None]
    certain = sum(one.met is TargetMet.MISSED for one in every)
    maybe = sum(one.met in BREACHES for one in every) - certain
    details = [say(locale, "month.breaches", maybe=maybe, n=len(every))] if every else [say(locale, "month.no_figures")]
    href = address("/figures", month=told.now.name, team=told.team)
    return _tile("breaches", _plain(certain, locale) if every else "–", details, href, bad=certain > 0)


def _csat(told: MonthTold, locale: Locale) -> dict[str, Any] | None:
    if told.csat is None:
        return None
    one = told.csat.total
    answers = _of_share(one.answers)
    details = [say(locale, "month.csat_told", n=one.answered), _interval(answers, locale)] if one.answered else []
    if told.csat.model is not None and one.weighted.value is not None:
        details.append(say(locale, "month.csat_all", share=locale.value(_of_estimate(one.weighted))))
    elif not one.answered:
        details.append(say(locale, "month.no_surveys"))
    return _tile("csat", locale.value(answers), details, address("/outcomes", month=told.now.name, team=told.team))


def _of_share(one: Share) -> Amount:
    return Amount(value=one.value, low=one.low, high=one.high, n=one.n, unit=Unit.SHARE)


def _of_estimate(one: ShareEstimate) -> Amount:
    return Amount(value=one.value, low=one.low, high=one.high, unit=Unit.SHARE)


def _interval(amount: Amount, locale: Locale) -> Markup:
    told = locale.interval(amount) if amount.value is not None else ""
    return Markup("<bdi>{}</bdi>").format(told) if told else Markup()


def _plain(number: int, locale: Locale) -> str:
    return locale.text(f"{number:,}")


def _share(value: float, locale: Locale) -> str:
    return locale.value(Amount(value=value, unit=Unit.SHARE))
