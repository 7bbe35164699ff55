"""Profiles of teams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from qa_service.domain.agent import FINISHED, TARGET
from qa_service.domain.comparison import compare, compare_past
from qa_service.domain.estimation import wilson
from qa_service.domain.interaction import Purpose
from qa_service.domain.moments import Cell, Item, ItemKind, Moments
from qa_service.domain.permission import Scope
from qa_service.domain.profile import Among, CriterionStanding, FamilyAccuracy, Peers, Span, Versus
from qa_service.domain.remark import Remark, RemarkCode, worded
from qa_service.domain.standings import against_target, pooled, strengths, weaknesses
from qa_service.domain.team import LEAST_UNNAMED, Board, ReviewCoverage, TeamProfile, TeamRef, members, ranked
from qa_service.errors import NotFoundError
from qa_service.services.forms_in_force import FormsInForce
from qa_service.services.rollups import Rollups
from qa_service.services.spans import Spans
from qa_service.services.standings import ByItem, Compared, Forms, courses, criteria, sections, skilled
from qa_service.settings import Settings
from qa_service.store.session import Database
from qa_service.store.unit import Unit


class _Figures(NamedTuple):
    """What rollups tell."""

    now: ByItem
    past: ByItem
    months: Mapping[str, ByItem]
    agents: Mapping[str, ByItem]
    others: Mapping[str, ByItem]


class Teams:
    """Profiles of teams."""

    def __init__(self, *, database: Database, rollups: Rollups, settings: Settings) -> None:
        self._database = database
        self._rollups = rollups
        self._spans = Spans(settings)
        self._forms = FormsInForce()

    def all(self, *, within: Scope | None = None) -> tuple[TeamRef, ...]:
        """Teams within reach, by name; for an agent the own one."""
        with self._database.reading() as unit:
            return unit.agents.teams(within=within)

    def profile(
        self, team: str, *, since: datetime | None = None, until: datetime | None = None, purpose: Purpose = Purpose.LIVE,
        within: Scope | None = None, reader: str | None = None,
    ) -> TeamProfile:
        """What is known of a team (as it was at the time) in a period (``since <= contact < until``), by what people finished, with the
        machine's help where it is of any. An agent learns no names, and of a small team no figures, but the own. ``reader``: the user who
        reads it; what they are to answer blind is not counted.

        Raises :class:`NotFoundError` for a team nobody knows or that is out of reach, and :class:`InputError` for a period that ends before
        it starts.
        """
        period = self._spans.of(since, until)
        with self._database.reading() as unit:
            known = any(one.team == team for one in unit.agents.teams(within=within))
        # A team that all have left is known by its past; to whoever sees everything.
        if not known and within is not None and not within.whole:
            raise _unknown(team)
        found = self._figures(team, period, purpose, reader)
        if not known and not found.months:
            raise _unknown(team)
        with self._database.reading() as unit:
            return self._told(unit, team, period, found, purpose, None if within is None else within.agent, user=reader)

    def _figures(self, team: str, period: Span, purpose: Purpose, user: str | None) -> _Figures:
        past = self._spans.before(period)
        months: dict[str, dict[Item, Moments]] = {}
        for cell in self._rollups.cells(team=team, until=period.until, purpose=purpose, by=("month",), reader=user):
            months.setdefault(cell.month or "", {})[cell.item] = cell.moments
        agents = _grouped(self._cells(period, purpose, user, team=team, by="agent"), "agent")
        others = _grouped(self._cells(period, purpose, user, by="team"), "team")
        others.pop(team, None)
        now = self._spans.cut(period, months)
        before = None if past is None else self._spans.cut(past, months)
        if past is not None and before is None:
            before = _grouped(self._cells(past, purpose, user, team=team, by="team"), "team").get(team, {})
        return _Figures(_summed(agents.values()) if now is None else now, before or {}, months, agents, others)

    def _cells(self, span: Span, purpose: Purpose, user: str | None, *, by: str, team: str | None = None) -> tuple[Cell, ...]:
        return self._rollups.cells(team=team, since=span.since, until=span.until, purpose=purpose, by=(by,), refresh=False, reader=user)

    def _told(
        self, unit: Unit, team: str, period: Span, found: _Figures, purpose: Purpose, reader: str | None, *, user: str | None
    ) -> TeamProfile:
        forms = self._forms.all(unit)
        against = Compared(compare(found.now, found.others), compare_past(found.now, found.past))
        told = criteria(forms, found.now, against, found.others)
        families = unit.results.families(
            team=team, since=period.since, until=period.until, statuses=FINISHED, by_people=True, purpose=purpose, reader=user,
        )
        reviewed = {agent for agent, some in found.agents.items() if any(m.a for item, m in some.items() if _whole(item))}
        reviewed_teams = [one for one, some in found.others.items() if any(m.a for item, m in some.items() if _whole(item))]
        accuracies = tuple(FamilyAccuracy(family=one.family, accuracy=wilson(one.clean, one.scorecards)) for one in families)
        boards = self._boards(unit, forms, found, against, reader)
        remarks = _remarks(boards, found, reviewed, told, reader)
        return TeamProfile.trusted(
            team=team, period=period, past=self._spans.before(period), agents=len(found.agents), reviewed_agents=len(reviewed),
            coverage=ReviewCoverage.of(pooled(m for item, m in found.now.items() if _whole(item))),
            peers=Peers(among=Among.HOUSE if reviewed_teams else Among.NOBODY, team=None, agents=len(reviewed_teams)), boards=boards,
            sections=sections(forms, against), skills=skilled(forms, against), strengths=strengths(told), weaknesses=weaknesses(told),
            criteria=told, families=accuracies,
            courses=courses(forms, found.months, self._spans), notes=worded(remarks), remarks=remarks,
            disputes=unit.attention.disputes(team=team, since=period.since, until=period.until),
        )

    def _boards(self, unit: Unit, forms: Forms, found: _Figures, against: Compared, reader: str | None) -> tuple[Board, ...]:
        """Form by form, the most reviewed first."""
        names = unit.agents.some(found.agents)
        boards = []
        for one, past in sorted(against.of(ItemKind.TOTAL), key=lambda pair: (-pair[0].figure.n, pair[0].item.rubric)):
            told = members({agent: some[one.item] for agent, some in found.agents.items() if one.item in some}, names, reader=reader)
            boards.append(
                Board.trusted(
                    figure=one.figure, peers=Versus.of(one), past=Versus.of(past), rubric=one.item.rubric,
                    channel=forms[one.item.rubric].channel, coverage=ReviewCoverage.of(found.now[one.item]), members=told,
                    ranked=ranked(told),
                )
            )
        return tuple(boards)


def _unknown(team: str) -> NotFoundError:
    return NotFoundError(f"no team {team!r}", field="team")


def _whole(item: Item) -> bool:
    return item.kind is ItemKind.TOTAL


def _grouped(cells: Iterable[Cell], by: str) -> dict[str, dict[Item, Moments]]:
    """Without what is nobody's."""
    found: dict[str, dict[Item, Moments]] = {}
    for cell in cells:
        name = cell.agent if by == "agent" else cell.team
        if name is not None:
            found.setdefault(name, {})[cell.item] = cell.moments
    return found


def _summed(parts: Iterable[ByItem]) -> dict[Item, Moments]:
    found: dict[Item, list[Moments]] = {}
    for part in parts:
        for item, moments in part.items():
            found.setdefault(item, []).append(moments)
    return {item: pooled(some) for item, some in found.items()}


def _remarks(
    boards: Sequence[Board], found: _Figures, reviewed: set[str], told: Sequence[CriterionStanding], reader: str | None
) -> tuple[Remark, ...]:
    """What to keep in mind when reading the figures."""
    remarks, every, open_ = [], len(found.agents), len(found.agents) - len(reviewed)
    if not every:
        remarks.append(Remark(code=RemarkCode.NO_SCORECARDS, words="no scorecards in the period"))
    elif open_ > 0:
        words = f"{open_} of {every} agents have not been reviewed: they have no figure"
        remarks.append(Remark(code=RemarkCode.NOT_REVIEWED, words=words, n=open_, of=every))
    if any(len(board.members) > 1 and not board.ranked for board in boards):
        words = "no places: the intervals of all of them overlap, so that nobody can be told apart"
        remarks.append(Remark(code=RemarkCode.NO_PLACES, words=words))
    if against_target(told):
        words = f"too few other teams were reviewed with the same form: claims are against {TARGET:.0%}"
        remarks.append(Remark(code=RemarkCode.TEAMS_TARGET, words=words, share=TARGET))
    if reader is not None and every:
        words = f"figures of others have no names, and are told from {LEAST_UNNAMED} agents on"
        remarks.append(Remark(code=RemarkCode.UNNAMED, words=words, n=LEAST_UNNAMED))
    return tuple(remarks)
