"""Automation: drafts that nobody need look at become final by themselves, where a lead allows it, and are always marked.

Nothing of this enters the audit lane: what is final is never sampled, and what may still be drawn waits until it was (see
:mod:`qa_service.domain.automation`), so that the accuracies it relies on keep coming from a sample of all contacts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from pydantic import Field

from qa_service.domain.accuracy import Estimate
from qa_service.domain.automation import Obstacle, finalized, obstacle
from qa_service.domain.base import Record
from qa_service.domain.permission import SYSTEM, Actor, Right
from qa_service.domain.policy import Policy
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Scorecard
from qa_service.errors import ConflictError
from qa_service.services import versions
from qa_service.services.clock import Clock
from qa_service.services.known_rubrics import KnownRubrics
from qa_service.services.workflow import BATCH, Workflows
from qa_service.settings import Settings
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_WORKFLOW = "finalize_automatically"
#: Seconds between two looks at what has become old enough.
EVERY = 3600
_PAGE = 200


class AutomationReport(Record):
    """What became, or would become, of the open scorecards."""

    #: Whether nothing was done.
    dry_run: bool
    #: Whether the policy allows it.
    allowed: bool
    #: Version of the policy.
    policy: int
    #: Scorecards that became final (would become, in a dry run).
    finalized: int
    #: Scorecards that wait for a person, by the first reason; see the list of reasons in the documentation.
    waiting: dict[Obstacle, int] = Field(default_factory=dict)


class Automating:
    """Finalises without people what the policy lets be final."""

    def __init__(self, *, database: Database, workflows: Workflows, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._workflows = workflows
        self._settings = settings
        self._clock = clock
        self._rubrics = KnownRubrics()
        workflows.register(_WORKFLOW, self._work)
        workflows.attend(self._keep_schedule)

    def plan(self, *, by: Actor) -> AutomationReport:
        """What would become final, and why the others would not, whether the policy allows it or not; nothing is done."""
        by.check(Right.MANAGE_POLICY)
        return self._all(by=by, dry_run=True)

    def run(self, *, by: Actor) -> AutomationReport:
        """Finalise what the policy lets be final; raises :class:`ConflictError` where it allows none."""
        by.check(Right.MANAGE_POLICY)
        with self._database.reading() as unit:
            if not unit.policies.current().auto_finalize:
                hint = "a lead may allow it in the policy"
                raise ConflictError("the policy finalises nothing by itself", field="auto_finalize", hint=hint)
        return self._all(by=by, dry_run=False)

    def _keep_schedule(self) -> None:
        """Called every few seconds while workflows run: queues the look of this hour, once for all processes."""
        with self._database.reading() as unit:
            allowed = unit.policies.current().auto_finalize
        if allowed:
            slot = int(self._clock().timestamp() // EVERY)
            self._workflows.enqueue(BATCH, _WORKFLOW, workflow_id=f"automatic-slot-{slot}", arguments=[])

    def _work(self) -> None:
        self._workflows.step("finalize", self.on_schedule)

    def on_schedule(self) -> int:
        """Step, safe to repeat: finalise what the policy lets be final by now; how many."""
        with self._database.reading() as unit:
            allowed = unit.policies.current().auto_finalize
        return self._all(by=SYSTEM, dry_run=False).finalized if allowed else 0

    def _all(self, *, by: Actor, dry_run: bool) -> AutomationReport:
        at = self._clock()
        with self._database.reading() as unit:
            newest = unit.policies.newest()
            before = at - timedelta(hours=newest.policy.auto_after_hours)
            waiting: Counter[Obstacle] = Counter(unit.automation.waiting(made_before=before))
        finals = 0
        for card in self._ready(before, policy=None if dry_run else newest.version):
            found = self._checked(*card) if dry_run else self._finalized(*card, before, at=at, by=by)
            if found is None:
                finals += 1
            else:
                waiting[found] += 1
        return AutomationReport(
            dry_run=dry_run, allowed=newest.policy.auto_finalize, policy=newest.version, finalized=finals,
            waiting={reason: waiting[reason] for reason in Obstacle if waiting[reason]},
        )

    def _ready(self, before: datetime, *, policy: int | None) -> Iterator[tuple[str, _Known]]:
        """What the rows have nothing against, a page at a time: each is decided in a unit of its own. Ends where the policy is no longer
        that version."""
        last = ""
        while True:
            with self._database.reading() as unit:
                page = unit.automation.ready(made_before=before, after=last, limit=_PAGE)
                changed = policy is not None and unit.policies.newest().version != policy
            if changed or not page:
                return
            known = _Known(self._rubrics)
            yield from ((card, known) for card in page)
            last = page[-1]

    def _checked(self, card: str, known: _Known) -> Obstacle | None:
        with self._database.reading() as unit:
            return self._against(unit, unit.scorecards.get(card), unit.policies.current(), known)

    def _finalized(self, card: str, known: _Known, before: datetime, *, at: datetime, by: Actor) -> Obstacle | None:
        """Finalise one, unless something has come up against it meanwhile."""
        try:
            with self._database.unit() as unit:
                return self._finalize(unit, card, known, before, at=at, by=by)
        except ConflictError:
            # Somebody was quicker.
            return Obstacle.BEGUN

    def _finalize(self, unit: Unit, card_id: str, known: _Known, before: datetime, *, at: datetime, by: Actor) -> Obstacle | None:
        since = unit.automation.obstacle_of(card_id, made_before=before)
        if since is not None:
            return since
        card, newest = unit.scorecards.get(card_id), unit.policies.newest()
        against = self._against(unit, card, newest.policy, known)
        if against is not None:
            return against
        rubric, accuracies = known.of(unit, card)
        told = {one.id: _told(accuracies[one.id]) for one in card.criteria if one.id in accuracies}
        versions.finalized(
            unit, finalized(card, rubric, at=at), rubric, by=by, at=at, more={"policy": newest.version, "accuracies": told}
        )
        return None

    def _against(self, unit: Unit, card: Scorecard, policy: Policy, known: _Known) -> Obstacle | None:
        rubric, accuracies = known.of(unit, card)
        return obstacle(card, rubric, accuracies=accuracies, policy=policy, decide_at=self._settings.decide_at)


class _Known:
    """Forms and accuracies that a few scorecards in a row have in common."""

    def __init__(self, rubrics: KnownRubrics) -> None:
        self._rubrics = rubrics
        self._found: dict[tuple[str, str | None, str], tuple[Rubric, Mapping[str, Estimate]]] = {}

    def of(self, unit: Unit, card: Scorecard) -> tuple[Rubric, Mapping[str, Estimate]]:
        """The form of a scorecard, and the accuracies of what made its suggestions."""
        key = (card.rubric.fingerprint, card.engine.speech, card.engine.analysis)
        if key not in self._found:
            rubric = self._rubrics.get(unit, card.rubric.fingerprint)
            self._found[key] = rubric, unit.accuracies.of(rubric, card.engine)
        return self._found[key]


def _told(accuracy: Estimate) -> dict[str, object]:
    return {"n": accuracy.n, "value": accuracy.value, "low": accuracy.low}
