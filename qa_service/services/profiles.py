"""Profiles of agents: what they are good at, what to practise, how sure that is, and the quotes to listen to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from qa_service.domain.agent import FINISHED, LEAST, TARGET, Basis
from qa_service.domain.comparison import Comparison, compare, compare_past
from qa_service.domain.estimation import wilson
from qa_service.domain.interaction import AgentRef, Purpose
from qa_service.domain.moments import Cell, Item, ItemKind, Moments
from qa_service.domain.permission import Scope
from qa_service.domain.powered import Figure, figure
from qa_service.domain.profile import (
    AgentProfile,
    Among,
    CriterionStanding,
    FamilyAccuracy,
    Peers,
    ScorePoint,
    SignalStanding,
    Span,
    TotalStanding,
    Versus,
)
from qa_service.domain.reading import signals
from qa_service.domain.remark import Remark, RemarkCode, worded
from qa_service.domain.rubric import NOT_APPLICABLE, UNDECIDED
from qa_service.domain.scorecard import Status
from qa_service.domain.shrinkage import shrunk
from qa_service.domain.standings import Tally, against_target, provisional, strengths, weakest_first, weaknesses
from qa_service.domain.team import ReviewCoverage
from qa_service.services.adjusting import Both, adjust
from qa_service.services.forms_in_force import FormInForce, FormsInForce
from qa_service.services.rollups import Rollups
from qa_service.services.spans import Spans
from qa_service.services.standings import ByItem, Compared, Forms, Playlists, courses, criteria, question, sections, skilled
from qa_service.settings import Settings
from qa_service.store import results
from qa_service.store.attention import CardCounts
from qa_service.store.pages import Page
from qa_service.store.results import AgentTotal
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Peers that a team must have with answers of people, or the house is compared with.
LEAST_PEERS = 3
#: Scorecards listed, the newest.
_LISTED = 50



class _Asked(NamedTuple):
    """What profile is read, and by whom."""

    who: AgentRef
    basis: Basis
    period: Span
    purpose: Purpose
    within: Scope | None
    reader: str | None


class _Figures(NamedTuple):
    """What rollups tell."""

    now: ByItem
    past: ByItem
    #: By month, up to the end of the period.
    months: Mapping[str, ByItem]
    peers: Mapping[str, ByItem]
    who: Peers


class Glance(NamedTuple):
    """An agent in a list."""

    #: The score over all forms, as a share.
    total: Figure
    #: How much people have reviewed.
    coverage: ReviewCoverage


class Profiles:
    """Profiles of agents."""

    def __init__(self, *, database: Database, rollups: Rollups, settings: Settings) -> None:
        self._database = database
        self._rollups = rollups
        self._spans = Spans(settings)
        self._forms = FormsInForce()

    def agents(
        self, *, team: str | None = None, within: Scope | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[AgentRef]:
        """All agents, newest first."""
        with self._database.reading() as unit:
            return unit.agents.list(team=team, within=within, cursor=cursor, limit=limit)

    def agent(self, agent: str, *, within: Scope | None = None) -> AgentRef:
        """One agent; raises :class:`NotFoundError`, for one outside ``within``, too."""
        with self._database.reading() as unit:
            return unit.agents.get(agent, within=within)

    def names(self, agents: Iterable[str], *, within: Scope | None = None) -> dict[str, str]:
        """What agents within reach are called; those who have no name are left out."""
        with self._database.reading() as unit:
            found = unit.agents.some(agents, within=within)
        return {agent: one.name for agent, one in found.items() if one.name}

    def totals(self, *, basis: Basis = Basis.ALL, team: str | None = None) -> tuple[AgentTotal, ...]:
        """Scores of all agents at a glance."""
        with self._database.reading() as unit:
            return unit.results.agents(team=team, statuses=_statuses(basis), by_people=basis is Basis.FINAL)

    def glances(
        self, agents: Iterable[str], *, since: datetime | None = None, until: datetime | None = None, within: Scope | None = None,
        reader: str | None = None,
    ) -> Mapping[str, Glance]:
        """Those of them who have scorecards within reach, of live contacts, by people's answers."""
        found: dict[str, Moments] = {}
        for cell in self._rollups.cells(agents=agents, since=since, until=until, within=within, by=("agent",), reader=reader):
            if cell.agent is not None and cell.item.kind is ItemKind.TOTAL:
                found[cell.agent] = found.get(cell.agent, Moments()).plus(cell.moments)
        return {agent: Glance(figure(m), ReviewCoverage.of(m)) for agent, m in found.items()}

    def month(self, name: str) -> Span:
        """The month of that name (``2026-11``), in the service's time zone; raises :class:`InputError` for one that is none."""
        return self._spans.month(name)

    def profile(
        self, agent: str, *, basis: Basis = Basis.FINAL, since: datetime | None = None, until: datetime | None = None,
        purpose: Purpose = Purpose.LIVE, within: Scope | None = None, reader: str | None = None,
    ) -> AgentProfile:
        """What is known of an agent in a period (``since <= contact < until``), from the scorecards within reach; what others did is told
        in figures alone. ``reader``: the user who reads it; what they are to answer blind is neither quoted nor counted.

        Raises :class:`NotFoundError` for an agent nobody knows or who is out of reach, and :class:`InputError` for a period that ends
        before it starts.
        """
        period = self._spans.of(since, until)
        asked = _Asked(self.agent(agent, within=within), basis, period, purpose, within, reader)
        found = self._figures(asked)
        with self._database.reading() as unit:
            return self._told(unit, asked, found)

    def _figures(self, asked: _Asked) -> _Figures:
        """The agent's own cells, those of the past and of each month, and those of comparable peers."""
        period, past = asked.period, self._spans.before(asked.period)
        by_month = self._cells(asked, until=period.until, by=("month",))
        months: dict[str, dict[Item, Moments]] = {}
        for cell in by_month:
            months.setdefault(cell.month or "", {})[cell.item] = cell.moments
        now, before = self._spans.cut(period, months), None if past is None else self._spans.cut(past, months)
        if now is None:
            now = _items(self._cells(asked, since=period.since, until=period.until))
        if past is not None and before is None:
            before = _items(self._cells(asked, since=past.since, until=past.until))
        peers, who = self._peers(asked, {item.rubric for item in now})
        return _Figures(now, before or {}, months, peers, who)

    def _peers(self, asked: _Asked, rubrics: set[str]) -> tuple[Mapping[str, ByItem], Peers]:
        if not rubrics:
            return {}, Peers(among=Among.NOBODY, team=None, agents=0)
        rubric = next(iter(rubrics)) if len(rubrics) == 1 else None
        team = asked.who.team
        if team is not None:
            found = self._others(asked, team=team, rubric=rubric, rubrics=rubrics)
            if len(found) >= LEAST_PEERS:
                return found, Peers(among=Among.TEAM, team=team, agents=len(found))
        found = self._others(asked, team=None, rubric=rubric, rubrics=rubrics)
        return found, Peers(among=Among.HOUSE if found else Among.NOBODY, team=None, agents=len(found))

    def _others(self, asked: _Asked, *, team: str | None, rubric: str | None, rubrics: set[str]) -> dict[str, ByItem]:
        """Cells of everybody else who has answers of people to one of the forms."""
        since, until = asked.period.since, asked.period.until
        cells = self._rollups.cells(
            team=team, rubric=rubric, since=since, until=until, purpose=asked.purpose, by=("agent",), refresh=False,
            reader=asked.reader,
        )
        found: dict[str, dict[Item, Moments]] = {}
        for cell in cells:
            if cell.agent is not None and cell.agent != asked.who.id and cell.item.rubric in rubrics:
                found.setdefault(cell.agent, {})[cell.item] = cell.moments
        return {one: some for one, some in found.items() if any(m.a for item, m in some.items() if item.kind is ItemKind.TOTAL)}

    def _cells(
        self, asked: _Asked, *, since: datetime | None = None, until: datetime | None = None, by: Iterable[str] = ("agent",)
    ) -> tuple[Cell, ...]:
        """Of the agent, within reach."""
        return self._rollups.cells(
            agents=[asked.who.id], since=since, until=until, purpose=asked.purpose, within=asked.within, by=by, reader=asked.reader
        )

    def _told(self, unit: Unit, asked: _Asked, found: _Figures) -> AgentProfile:
        agent, within, purpose, final = asked.who.id, asked.within, asked.purpose, asked.basis is Basis.FINAL
        since, until = asked.period.since, asked.period.until
        counts = unit.attention.cards(
            agent, since=since, until=until, purpose=purpose, within=within, finished=final, reader=asked.reader
        )
        if final:
            # What nobody finished is told by what was counted: there may be thousands.
            every = sum(round(m.all) for item, m in found.now.items() if item.kind is ItemKind.TOTAL)
            counts = counts._replace(drafts=max(0, every - counts.finals - counts.automatic))
        forms = self._forms.all(unit)
        against = Compared(compare(found.now, found.peers), compare_past(found.now, found.past)) if final else Compared()
        playlists = unit.playlists.of(
            agent, since=since, until=until, statuses=_statuses(asked.basis), by_people=final, purpose=purpose, within=within,
            reader=asked.reader,
        )
        told = (
            criteria(forms, found.now, against, found.peers, playlists) if final
            else self._provisional(unit, asked, found.who, forms, playlists)
        )  # fmt: skip
        scores = unit.results.newest_scores(
            agent, most=_LISTED, since=since, until=until, purpose=purpose, within=within, reader=asked.reader
        )
        remarks = _remarks(asked, counts, found.who, told)
        return AgentProfile.trusted(
            agent=asked.who, basis=asked.basis, period=asked.period, past=self._spans.before(asked.period), finals=counts.finals,
            drafts=counts.drafts, automatic=counts.automatic, mean_score=_mean(counts, final), peers=found.who,
            totals=self._totals(unit, asked, found, forms, against) if final else (), sections=sections(forms, against),
            skills=skilled(forms, against), strengths=strengths(told), weaknesses=weaknesses(told), criteria=told,
            signals=self._signals(unit, asked, found.who), families=_families(unit, asked),
            courses=courses(forms, found.months, self._spans) if final else (),
            disputes=unit.attention.disputes(agent=agent, since=since, until=until, within=within), acknowledged=counts.acknowledged,
            scores=tuple(ScorePoint.trusted(**dict(one)) for one in scores), notes=worded(remarks), remarks=remarks,
        )

    def _provisional(
        self, unit: Unit, asked: _Asked, who: Peers, forms: Forms, playlists: Playlists
    ) -> tuple[CriterionStanding, ...]:
        """By answers in force, the machine's where nobody has answered."""
        mine = self._tallies(unit, asked, agent=asked.who.id, within=asked.within)
        whole = asked.within is None or asked.within.whole
        own = mine if whole else self._tallies(unit, asked, agent=asked.who.id)
        everyone = self._tallies(unit, asked, team=who.team)
        others = {key: _tally(_less(one, own.get(key))) for key, one in everyone.items()}
        return weakest_first(
            provisional(question(forms, *key), _tally(one), others.get(key), playlists.get(key)) for key, one in mine.items()
        )

    def _tallies(
        self, unit: Unit, asked: _Asked, *, agent: str | None = None, team: str | None = None, within: Scope | None = None
    ) -> dict[tuple[str, str], results.Tally]:
        found = unit.results.tallies(
            agent=agent, team=team, since=asked.period.since, until=asked.period.until, purpose=asked.purpose, within=within,
            reader=asked.reader,
        )
        return {(one.rubric, one.criterion): one for one in found}

    def _totals(
        self, unit: Unit, asked: _Asked, found: _Figures, forms: Forms, against: Compared
    ) -> tuple[TotalStanding, ...]:
        """Form by form, the most reviewed first."""
        totals = against.of(ItemKind.TOTAL)
        both = adjust(
            unit, asked.who.id, team=found.who.team, since=asked.period.since, until=asked.period.until, purpose=asked.purpose,
            within=asked.within, reader=asked.reader, figures={one.item.rubric: one.figure for one, _ in totals},
        )
        totals.sort(key=lambda pair: (-pair[0].figure.n, pair[0].item.rubric))
        return tuple(_total(one, past, found.peers, forms[one.item.rubric], both[one.item.rubric]) for one, past in totals)

    def _signals(self, unit: Unit, asked: _Asked, who: Peers) -> tuple[SignalStanding, ...]:
        """Of the months that the period touches."""
        first, last = self._spans.months(asked.period)
        agent, purpose, within = asked.who.id, asked.purpose, asked.within
        if within is None or within.agent is None:
            mine = unit.readings.sums(agent=agent, first=first, last=last, purpose=purpose, within=within)
        else:
            # In an agent's own scope, of what is final alone.
            span = asked.period
            finals = unit.results.scores(agent=agent, since=span.since, until=span.until, purpose=purpose, within=within)
            mine = unit.readings.of(one.interaction for one in finals)
        return signals(mine, unit.readings.sums(but=agent, team=who.team, first=first, last=last, purpose=purpose)) if mine else ()


def _statuses(basis: Basis) -> Sequence[Status]:
    return FINISHED if basis is Basis.FINAL else tuple(Status)


def _items(cells: Iterable[Cell]) -> dict[Item, Moments]:
    return {cell.item: cell.moments for cell in cells}


def _total(one: Comparison, past: Comparison, peers: Mapping[str, ByItem], form: FormInForce, both: Both) -> TotalStanding:
    figures = {who: figure(some[one.item]) for who, some in peers.items() if one.item in some}
    # Nobody is called by an empty id.
    drawn = shrunk({**figures, "": one.figure})[""]
    return TotalStanding.trusted(
        figure=one.figure, peers=Versus.of(one), past=Versus.of(past), rubric=one.item.rubric, channel=form.channel, shrunk=drawn.value,
        shrunk_low=drawn.low, shrunk_high=drawn.high, case_mix=both.case_mix, reviewers=both.reviewers,
    )


def _families(unit: Unit, asked: _Asked) -> tuple[FamilyAccuracy, ...]:
    found = unit.results.families(
        agent=asked.who.id, since=asked.period.since, until=asked.period.until, statuses=_statuses(asked.basis),
        by_people=asked.basis is Basis.FINAL, purpose=asked.purpose, within=asked.within, reader=asked.reader,
    )
    return tuple(FamilyAccuracy(family=one.family, accuracy=wilson(one.clean, one.scorecards)) for one in found)


def _mean(counts: CardCounts, final: bool) -> float | None:
    """In percent."""
    total, scored = (counts.final_score, counts.scored_finals) if final else (counts.score, counts.scored)
    return round(total / scored, 3) if scored else None


def _tally(one: results.Tally) -> Tally:
    decided = sum(count for answer, count in one.effective.items() if answer not in (NOT_APPLICABLE, UNDECIDED))
    # Nothing at stake: a bonus, which nobody misses.
    decided = decided if one.weight else 0
    met = decided * one.points / one.weight if one.weight else 0.0
    return Tally(decided, met, one.effective.get(NOT_APPLICABLE, 0), one.effective.get(UNDECIDED, 0))


def _less(all_: results.Tally, own: results.Tally | None) -> results.Tally:
    """What everybody else did, in counts and points, which add up; shares do not where versions of a rubric weigh differently."""
    if own is None:
        return all_
    effective = {answer: count - own.effective.get(answer, 0) for answer, count in all_.effective.items()}
    return all_.model_copy(update={"effective": effective, "points": all_.points - own.points, "weight": all_.weight - own.weight})


def _remarks(asked: _Asked, counts: CardCounts, who: Peers, told: Sequence[CriterionStanding]) -> tuple[Remark, ...]:
    """What to keep in mind when reading the figures."""
    final, remarks = asked.basis is Basis.FINAL, []
    if not final:
        words = "provisional: drafts count with the machine's suggestions, which nobody has confirmed"
        remarks.append(Remark(code=RemarkCode.PROVISIONAL, words=words))
    if counts.automatic:
        remarks.append(_automatic(counts.automatic, final=final))
    n = counts.scored_finals if final else counts.scored
    if n < LEAST:
        words = f"{n} scored interaction{'' if n == 1 else 's'}: too few to judge an agent by"
        remarks.append(Remark(code=RemarkCode.FEW_SCORED, words=words, n=n, of=LEAST))
    if final and n:
        if against_target(told):
            words = f"too few others were reviewed with the same form: claims are against {TARGET:.0%}"
            remarks.append(Remark(code=RemarkCode.AGAINST_TARGET, words=words, share=TARGET))
        elif who.among is not Among.TEAM:
            words = f"compared with the whole house: fewer than {LEAST_PEERS} others of the team have been reviewed"
            remarks.append(Remark(code=RemarkCode.HOUSE_PEERS, words=words, n=LEAST_PEERS))
    return tuple(remarks)


def _automatic(n: int, *, final: bool) -> Remark:
    cards = f"{n} scorecard{'' if n == 1 else 's'}"
    words = f"{'not among them' if final else 'among them'}: {cards} that the service finalised and nobody has looked at"
    return Remark(code=RemarkCode.AUTOMATIC_OUT if final else RemarkCode.AUTOMATIC_IN, words=words, n=n)
