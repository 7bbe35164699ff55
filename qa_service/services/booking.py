"""Booking: a sample put into the queue, in one unit of work."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from qa_service.domain.assignment import Assigned, Work, assign
from qa_service.domain.draw import Draw
from qa_service.domain.period import Period
from qa_service.domain.permission import Actor
from qa_service.domain.policy import Policy
from qa_service.domain.priority import priority
from qa_service.domain.queue import Lane
from qa_service.domain.sampling import Pick, Sample
from qa_service.services.desks import reviewers
from qa_service.store.queue import NewItem
from qa_service.store.sampling import UNKNOWN, FinalScores, RunFigures, SamplingRun, StoredPlan, Unassigned
from qa_service.store.unit import Unit

#: Days of final scores that tell how well an agent is known.
_RECENT = timedelta(days=90)


class _Booked(NamedTuple):
    """An item, and whom it was given to."""

    item: NewItem
    assigned: Assigned


class Booking:
    """Puts a sample into the queue, in one unit of work: its run, items, blind lane, reviewers and the entries of the ledger."""

    def __init__(self, unit: Unit, stored: StoredPlan, period: Period, *, draw: Draw, at: datetime, by: Actor) -> None:
        self._unit, self._stored, self._period = unit, stored, period
        self._draw, self._at, self._by = draw, at, by
        self._policy: Policy = unit.policies.current()
        self._id = uuid.uuid4().hex

    @property
    def _share(self) -> float:
        told = self._stored.plan.blind_share
        return self._policy.blind_share if told is None else told

    @property
    def _days(self) -> int:
        return self._stored.plan.due_days or self._policy.due_days

    def book(self, drawn: Sample, taken: int) -> SamplingRun:
        """The run; if another process was quicker, the one that it made."""
        figures = RunFigures(plan=self._stored.plan, groups=drawn.groups, fairness=drawn.fairness)
        run = SamplingRun(
            id=self._id, plan=self._stored.id, version=self._stored.version, period=self._period.name, since=self._period.since,
            until=self._period.until, seed=self._draw.seed, eligible=drawn.eligible, taken=taken, picked=len(drawn.picks), blind=0,
            figures=figures, by=self._by.id, at=self._at,
        )
        if not self._unit.sampling_runs.add(run):
            found = self._unit.sampling_runs.find(self._stored.id, self._period.name)
            assert found is not None, "what stands in the way of a run is the run of the same period"
            return found
        booked = self._put(drawn.picks)
        blind = sum(one.item.lane is Lane.BLIND for one in booked)
        reasons = Counter(str(one.assigned.reason) for one in booked if one.assigned.reviewer is None)
        left = tuple(Unassigned(reason=reason, items=count) for reason, count in sorted(reasons.items()))
        update = {"picked": len(booked), "blind": blind, "figures": figures.model_copy(update={"unassigned": left})}
        told = run.model_copy(update=update)
        self._unit.sampling_runs.told(told)
        self._tell(told, booked)
        return told

    def _put(self, picks: Sequence[Pick]) -> list[_Booked]:
        agents = {one.candidate.agent for one in picks if one.candidate.agent is not None}
        known = self._unit.sampling_frame.final_scores(agents, since=self._at - _RECENT, until=self._at)
        blind = set(self._unit.scorecards.make_blind(one.candidate.scorecard for one in picks if self._is_blind(one)))
        items = [self._item(one, known.get(one.candidate.agent or "", UNKNOWN), one.candidate.scorecard in blind) for one in picks]
        new = set(self._unit.queue.add_many(items, at=self._at))
        items = [one for one in items if one.id in new]
        given = assign([Work(one.id, one.agent, one.language, one.priority.value) for one in items], reviewers(self._unit, days=self._days))
        self._unit.queue.assign({item: (one.reviewer, one.reason) for item, one in given.items()}, at=self._at)
        return [_Booked(one, given[one.id]) for one in items]

    def _is_blind(self, one: Pick) -> bool:
        return self._draw.uniform(one.candidate.scorecard, use="blind") < self._share

    def _item(self, one: Pick, known: FinalScores, blind: bool) -> NewItem:
        it = one.candidate
        return NewItem(
            id=uuid.uuid4().hex, interaction=it.interaction, rubric=it.rubric, scorecard=it.scorecard, agent=it.agent, team=it.team,
            channel=it.channel, language=it.language, plan=self._stored.id, run=self._id, reasons=one.reasons, why=one.why,
            priority=priority(doubt=it.doubt, finals=known.finals, deviation=known.deviation), probability=one.probability,
            blind_share=self._share,
            lane=Lane.BLIND if blind else Lane.NORMAL, due_at=self._at + timedelta(days=self._days),
        )

    def _tell(self, run: SamplingRun, booked: Sequence[_Booked]) -> None:
        content = {
            "plan": run.plan, "version": run.version, "period": run.period, "seed": run.seed, "eligible": run.eligible, "taken": run.taken,
            "picked": run.picked, "blind": run.blind, "fairness": Counter(one.verdict for one in run.figures.fairness),
        }
        self._unit.ledger.append(at=self._at, actor=self._by.id, action="sampling.run", subject=f"sampling_run/{run.id}", content=content)
        for one in booked:
            item, given = one
            picked = {
                "scorecard": item.scorecard, "run": run.id, "probability": item.probability, "lane": item.lane.value,
                "assigned_to": given.reviewer,
            }
            self._unit.ledger.append(
                at=self._at, actor=self._by.id, action="queue.picked", subject=f"queue_item/{item.id}", content=picked,
                interaction=item.interaction,
            )
