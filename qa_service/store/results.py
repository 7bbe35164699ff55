"""Results: what the counted scorecards of an agent or a team add up to, worked out by the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.rubric import Severity, Skill
from qa_service.domain.scorecard import Status
from qa_service.store.calibrations import to_answer
from qa_service.store.newest import newest
from qa_service.store.repository import Repository, given
from qa_service.store.reviews import FINISHED
from qa_service.store.scopes import open_to_figures, scorecards_within
from qa_service.store.scorecard_rows import EVIDENCE
from qa_service.store.tables import ScorecardCriterionRow, ScorecardRow, core

_CARDS, _CRITERIA = core(ScorecardRow).c, core(ScorecardCriterionRow).c
_in_force = sa.func.coalesce(_CRITERIA.answer, _CRITERIA.suggestion_answer, "undecided")
_FINISHED = tuple(status.value for status in FINISHED)


class Tally(Record):
    """How a criterion was answered."""

    #: Rubric id (all versions together).
    rubric: str
    #: Criterion id.
    criterion: str
    #: Its section; where versions differ in it (or in the two that follow), that of one of them.
    section: str
    #: What a miss harms.
    severity: Severity
    #: What a coach would practise.
    skill: Skill | None
    #: Scorecards by answer in force: the person's, else the machine's.
    effective: dict[str, int]
    #: Scorecards that a person finished, by the answer.
    final: dict[str, int]
    #: Points earned and at stake where decided and applicable, thousandths.
    points: int
    #: The points at stake, thousandths.
    weight: int


class Exhibit(Record):
    """A piece of evidence, and where to find it."""

    #: The interaction.
    interaction: str
    #: The scorecard.
    scorecard: str
    #: The channel.
    channel: Channel
    #: When the contact took place.
    at: AwareDatetime
    #: The answer it speaks for.
    answer: str
    #: The most telling piece; ``None`` for an answer that nothing can be quoted for (what was not said).
    evidence: Evidence | None


class Score(Record):
    """The score of one scorecard."""

    #: The interaction.
    interaction: str
    #: The scorecard.
    scorecard: str
    #: The channel.
    channel: Channel
    #: When the contact took place.
    at: AwareDatetime
    #: Percent, thousandths; ``None`` when nothing is decided.
    score: int | None
    #: How far it is.
    status: Status
    #: Whether the service finalised it itself.
    automatic: bool = False


class FamilyTotal(Record):
    """Scorecards by whether anything of one severity was missed."""

    #: What a miss harms.
    family: Severity
    #: Scorecards in which a criterion of that severity was decided and applicable.
    scorecards: int
    #: Those in which none was missed.
    clean: int


class AgentTotal(Record):
    """All scorecards of an agent at a glance."""

    #: The agent; ``None`` gathers the contacts whose agent nobody told.
    agent: str | None
    #: Scorecards.
    scorecards: int
    #: Those that have a score.
    scored: int
    #: Their mean, percent; ``None`` without any.
    mean: float | None
    #: Those that a person finalised.
    finished: int
    #: Criteria without an answer, in all.
    undecided: int
    #: Scorecards with a critical miss.
    critical: int
    #: Scorecards that the service finalised itself.
    automatic: int = 0


class Results(Repository):
    """Sums over counted scorecards; ``since <= contact < until``, and an interaction counts once per rubric.

    Those that are just being reviewed blindly are in no sum, since it would tell what the machine suggests; what was no live contact
    (mystery, training, test) only in sums of that ``purpose``, or of all (``None``). ``by_people``: none that the service finalised itself.
    ``reader``: nothing of what that user is to answer blind in a calibration session.
    """

    def tallies(
        self, *, agent: str | None = None, team: str | None = None, channel: Channel | None = None, rubric: str | None = None,
        since: datetime | None = None, until: datetime | None = None, statuses: Iterable[Status] = tuple(Status),
        within: Scope | None = None, purpose: Purpose | None = Purpose.LIVE, by_people: bool = False, reader: str | None = None,
    ) -> tuple[Tally, ...]:
        """One per rubric and criterion, sorted by both."""
        where = _chosen(agent, team, channel, rubric, since, until, statuses, within, purpose, by_people, reader=reader)
        human = sa.case((_CARDS.status.in_(_FINISHED) & ~_CARDS.automatic, _CRITERIA.answer)).label("human")
        earned = sa.func.sum(_CRITERIA.points).label("points")
        stake = sa.func.sum(sa.case((_CRITERIA.points.is_not(None), _CRITERIA.weight), else_=0)).label("weight")
        groups = (_CARDS.rubric_id, _CRITERIA.criterion_id, _in_force, human)
        found = self._session.execute(
            sa.select(
                _CARDS.rubric_id, _CRITERIA.criterion_id, _in_force.label("effective"), human, earned, stake,
                sa.func.count().label("number"),
                sa.func.max(_CRITERIA.section_id).label("section"), sa.func.max(_CRITERIA.severity).label("severity"),
                sa.func.max(_CRITERIA.skill).label("skill"),
            ).select_from(_BOTH).where(*where).group_by(*groups).order_by(_CARDS.rubric_id, _CRITERIA.criterion_id)
        )
        tallies: dict[tuple[str, str], Tally] = {}
        for row in found:
            tallies[row.rubric_id, row.criterion_id] = _gather(tallies.get((row.rubric_id, row.criterion_id)), row)
        return tuple(tallies[key] for key in sorted(tallies))

    def evidence(
        self, criterion: str, answer: str, *, agent: str | None = None, team: str | None = None, channel: Channel | None = None,
        rubric: str | None = None, since: datetime | None = None, until: datetime | None = None, statuses: Iterable[Status] = tuple(Status),
        limit: int = 5, quoted: bool = True, within: Scope | None = None, purpose: Purpose | None = Purpose.LIVE,
        by_people: bool = False,
    ) -> tuple[Exhibit, ...]:
        """Evidence for an answer in force, surest and newest first: the person's own, else the machine's where it said the same.

        ``quoted=False`` gives answers without evidence too.
        """
        where = _chosen(agent, team, channel, rubric, since, until, statuses, within, purpose, by_people)
        agreed = sa.case((_CRITERIA.suggestion_answer == answer, _CRITERIA.suggestion_evidence), else_="[]")
        shown = sa.case((_CRITERIA.answer_evidence != "[]", _CRITERIA.answer_evidence), else_=agreed)
        found = self._session.execute(
            sa.select(_CARDS.interaction_id, _CARDS.id, _CARDS.channel, _CARDS.happened_at, shown.label("shown"))
            .select_from(_BOTH)
            .where(*where, _CRITERIA.criterion_id == criterion, _in_force == answer, *([shown != "[]"] if quoted else []))
            .order_by(sa.func.coalesce(_CRITERIA.suggestion_confidence, 0).desc(), _CARDS.happened_at.desc(), _CARDS.id)
            .limit(limit)
        )
        return tuple(
            Exhibit(
                interaction=row.interaction_id, scorecard=row.id, channel=Channel(row.channel), at=row.happened_at, answer=answer,
                evidence=next(iter(EVIDENCE.validate_json(row.shown)), None),
            )
            for row in found
        )

    def scores(
        self, *, agent: str | None = None, team: str | None = None, channel: Channel | None = None, rubric: str | None = None,
        since: datetime | None = None, until: datetime | None = None, statuses: Iterable[Status] = tuple(Status),
        within: Scope | None = None, purpose: Purpose | None = Purpose.LIVE, reader: str | None = None,
    ) -> tuple[Score, ...]:
        """In order of time."""
        where = _chosen(agent, team, channel, rubric, since, until, statuses, within, purpose, reader=reader)
        chosen = sa.select(*_SCORE).where(*where).order_by(_CARDS.happened_at, _CARDS.id)
        return _scores(self._session.execute(chosen))

    def newest_scores(
        self, agent: str, *, most: int, since: datetime | None = None, until: datetime | None = None, within: Scope | None = None,
        purpose: Purpose = Purpose.LIVE, reader: str | None = None,
    ) -> tuple[Score, ...]:
        """So many of an agent's at most, the newest first."""
        shape = _Newest(since is not None, until is not None, within, purpose, reader is not None)
        told = {"agent": agent, "since": since, "until": until, "reader": reader, "most": most}
        return _scores(self._session.connection().execute(_newest(shape), told))

    def families(
        self, *, agent: str | None = None, team: str | None = None, channel: Channel | None = None, rubric: str | None = None,
        since: datetime | None = None, until: datetime | None = None, statuses: Iterable[Status] = tuple(Status),
        within: Scope | None = None, purpose: Purpose | None = Purpose.LIVE, by_people: bool = False, reader: str | None = None,
    ) -> tuple[FamilyTotal, ...]:
        """One per severity that was judged, the least critical first. A miss is what earned nothing of what was at stake."""
        missed = sa.func.max(_one((_CRITERIA.points == 0) | (_in_force == "no"))).label("missed")
        where = _chosen(agent, team, channel, rubric, since, until, statuses, within, purpose, by_people, reader=reader)
        cards = (
            sa.select(_CRITERIA.severity, missed).select_from(_BOTH)
            .where(*where, _CRITERIA.points.is_not(None), _CRITERIA.weight > 0)
            .group_by(_CARDS.id, _CRITERIA.severity).subquery()
        )
        summed = sa.select(cards.c.severity, sa.func.count().label("number"), sa.func.sum(1 - cards.c.missed).label("clean"))
        rows = {row.severity: row for row in self._session.execute(summed.group_by(cards.c.severity))}
        return tuple(
            FamilyTotal(family=one, scorecards=rows[one.value].number, clean=int(rows[one.value].clean))
            for one in Severity if one.value in rows
        )  # fmt: skip

    def agents(
        self, *, team: str | None = None, channel: Channel | None = None, since: datetime | None = None, until: datetime | None = None,
        statuses: Iterable[Status] = tuple(Status), within: Scope | None = None, purpose: Purpose | None = Purpose.LIVE,
        by_people: bool = False,
    ) -> tuple[AgentTotal, ...]:
        """One per agent, by id; the contacts without an agent come last."""
        found = self._session.execute(
            sa.select(
                _CARDS.agent_id, sa.func.count().label("cards"), sa.func.count(_CARDS.score).label("scored"),
                sa.func.sum(_CARDS.score).label("total"), sa.func.sum(_one(_CARDS.automatic)).label("automatic"),
                sa.func.sum(_one(_CARDS.status.in_(_FINISHED) & ~_CARDS.automatic)).label("finished"),
                sa.func.sum(_CARDS.undecided).label("undecided"), sa.func.sum(_one(_CARDS.critical_misses != "[]")).label("critical"),
            ).where(*_chosen(None, team, channel, None, since, until, statuses, within, purpose, by_people)).group_by(_CARDS.agent_id)
        )
        totals = (
            AgentTotal(
                agent=row.agent_id, scorecards=row.cards, scored=row.scored,
                mean=int(row.total) / row.scored / 1000 if row.scored else None, finished=int(row.finished), automatic=int(row.automatic),
                undecided=int(row.undecided), critical=int(row.critical),
            )
            for row in found
        )
        return tuple(sorted(totals, key=lambda one: (one.agent is None, one.agent or "")))


_SCORE = (_CARDS.interaction_id, _CARDS.id, _CARDS.channel, _CARDS.happened_at, _CARDS.score, _CARDS.status, _CARDS.automatic)


class _Newest(NamedTuple):
    """What makes one statement differ from another."""

    since: bool
    until: bool
    within: Scope | None
    purpose: Purpose
    reader: bool


@lru_cache(maxsize=256)
def _newest(shape: _Newest) -> sa.Select[Any]:
    """Kept, since putting it together takes longer than running it."""
    where = (
        _CARDS.agent_id == sa.bindparam("agent"), _CARDS.purpose == shape.purpose.value, _CARDS.is_latest,
        *((_CARDS.happened_at >= sa.bindparam("since"),) if shape.since else ()),
        *((_CARDS.happened_at < sa.bindparam("until"),) if shape.until else ()),
        *((_CARDS.interaction_id.not_in(to_answer(sa.bindparam("reader"))),) if shape.reader else ()),
        open_to_figures(), *scorecards_within(shape.within),
    )
    found = newest(_SCORE, where, tuple(Status), most=sa.bindparam("most"))
    return sa.select(found).order_by(found.c.happened_at.desc(), found.c.id)


def _scores(rows: Iterable[Any]) -> tuple[Score, ...]:
    return tuple(
        Score.trusted(
            interaction=row.interaction_id, scorecard=row.id, channel=Channel(row.channel), at=row.happened_at, score=row.score,
            status=Status(row.status), automatic=row.automatic,
        )
        for row in rows
    )


_BOTH = core(ScorecardRow).join(core(ScorecardCriterionRow), _CRITERIA.scorecard_id == _CARDS.id)


def _chosen(
    agent: str | None, team: str | None, channel: Channel | None, rubric: str | None, since: datetime | None, until: datetime | None,
    statuses: Iterable[Status], within: Scope | None, purpose: Purpose | None, by_people: bool = False, *, reader: str | None = None,
) -> tuple[sa.ColumnElement[bool], ...]:
    filters = given(
        (agent, _CARDS.agent_id.__eq__), (team, _CARDS.team.__eq__), (channel, _CARDS.channel.__eq__),
        (rubric, _CARDS.rubric_id.__eq__), (since, _CARDS.happened_at.__ge__), (until, _CARDS.happened_at.__lt__),
        (purpose, _CARDS.purpose.__eq__),
    )
    told = (_CARDS.is_latest, _CARDS.status.in_([status.value for status in statuses]), open_to_figures())
    people = (~_CARDS.automatic,) if by_people else ()
    unread = () if reader is None else (_CARDS.interaction_id.not_in(to_answer(reader)),)
    return (*filters, *told, *people, *unread, *scorecards_within(within))


def _one(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.case((condition, 1), else_=0)


def _gather(so_far: Tally | None, row: Any) -> Tally:
    effective, final = (dict(so_far.effective), dict(so_far.final)) if so_far else ({}, {})
    effective[row.effective] = effective.get(row.effective, 0) + row.number
    if row.human is not None:
        final[row.human] = final.get(row.human, 0) + row.number
    # Sums of integers come as decimals from PostgreSQL.
    return Tally(
        rubric=row.rubric_id, criterion=row.criterion_id, section=max(row.section, so_far.section if so_far else ""),
        severity=Severity(row.severity), skill=None if row.skill is None else Skill(row.skill), effective=effective, final=final,
        points=int(row.points or 0) + (so_far.points if so_far else 0), weight=int(row.weight or 0) + (so_far.weight if so_far else 0),
    )
