"""Learning of satisfaction: versions of the model, trained by command or on a schedule, and what they predict of contacts."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.csat_model import Contact, CsatModel, lack
from qa_service.domain.permission import SYSTEM, Actor
from qa_service.domain.satisfaction import satisfied
from qa_service.errors import ConflictError, QaError
from qa_service.services.clock import Clock
from qa_service.services.satisfaction import asked, lacking, too_few
from qa_service.services.workflow import BATCH, Workflows
from qa_service.settings import Settings
from qa_service.statistics.prediction import learn, predict
from qa_service.store.faults import Fault
from qa_service.store.jobs import Job, JobState
from qa_service.store.outcomes import Worth, worth
from qa_service.store.session import Database

_LOG = logging.getLogger(__name__)
#: Kind of the jobs that train.
SATISFACTION = "satisfaction"
_WORKFLOW, _SCHEDULED = "satisfaction_training", "satisfaction_on_schedule"
#: Newest contacts that are learned from, with and without an answer.
MOST_ANSWERED, MOST_UNANSWERED = 15_000, 15_000
#: Contacts predicted in one unit of work, and seconds between two looks for new ones.
_PIECE, _LOOK_SECONDS = 500, 600
_HOUR = 3600
#: By how much the answers must have grown for a schedule to learn again.
_GROWN = 1.1


class CsatTraining(Record):
    """What came of a training."""

    #: The version.
    model: CsatModel
    #: Whether new contacts are predicted with it from now on.
    used: bool
    #: Contacts that were predicted at once.
    predicted: int = Field(default=0, ge=0)


class SatisfactionLearning:
    """Learns and predicts; what was predicted is never changed."""

    def __init__(self, *, database: Database, settings: Settings, clock: Clock, workflows: Workflows) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._workflows = workflows
        self._slot = -1
        workflows.register(_WORKFLOW, self._work)
        workflows.register(_SCHEDULED, self._work_on_schedule)
        workflows.attend(self._keep_schedule)

    def submit(self, *, by: Actor) -> Job:
        """Queue a training; its version is used where it tells more than the base rate."""
        job = Job(id=uuid.uuid4().hex, kind=SATISFACTION, options={"by": by.id}, created_at=self._clock())
        with self._database.unit() as unit:
            unit.jobs.add_many([job])
        self._enqueue(job)
        return job

    def resume(self) -> int:
        """Queue again trainings that no workflow holds; how many there were."""
        with self._database.reading() as unit:
            open_ = [job for state in (JobState.QUEUED, JobState.RUNNING) for job in unit.jobs.list(kind=SATISFACTION, state=state).items]
        for job in open_:
            self._enqueue(job)
        return len(open_)

    def train(self, *, by: Actor, use: bool = True, watch: Callable[[int], None] = lambda done: None) -> CsatTraining:
        """Learn a version from all answers; where it tells more than the base rate, and is wanted, use it and predict with it.

        Raises :class:`ConflictError` while there are too few answers, and says how many more it takes.
        """
        contacts, unanswered_for = self._material()
        with self._database.reading() as unit:
            version = unit.csat_models.next_version()
        model = learn(contacts, version=version, at=self._clock(), unanswered_for=unanswered_for)
        with self._database.unit() as unit:
            unit.csat_models.add(model, by=by.id, at=self._clock())
            told = model.model_dump(mode="json", include={"version", "answers", "contacts", "channels", "told", "gain"})
            unit.ledger.append(at=self._clock(), actor=by.id, action="csat_model.trained", subject=f"csat_model/{version}", content=told)
        if not (use and model.usable):
            return CsatTraining(model=model, used=False)
        self.use(version, by=by)
        return CsatTraining(model=model, used=True, predicted=self.predict(watch=watch))

    def use(self, version: int, *, by: Actor) -> CsatModel:
        """Predict new contacts with that version from now on. Raises :class:`NotFoundError`, and :class:`ConflictError` for one that
        tells no more than the base rate."""
        with self._database.unit() as unit:
            model = unit.csat_models.get(version).model
            if not model.usable:
                raise ConflictError(
                    f"version {version} predicts no better than the base rate", field="version", hint="learn again from more answers"
                )
            before = unit.csat_models.active()
            unit.csat_models.use(version)
            content = {"version": version, "before": None if before is None else before.model.version}
            unit.ledger.append(at=self._clock(), actor=by.id, action="csat_model.used", subject=f"csat_model/{version}", content=content)
        return model

    def predict(self, *, again: bool = False, watch: Callable[[int], None] = lambda done: None) -> int:
        """Predict contacts that no version has predicted (``again``: or only an older one; what that said stays beside it); how many."""
        with self._database.reading() as unit:
            active, forms = unit.csat_models.active(), worth(unit.rubrics.list())
        if active is None:
            return 0
        done = 0
        while made := self._predict_some(active.model, forms, again=again):
            done += made
            watch(done)
        return done

    def run_due(self) -> int:
        """Step, safe to repeat: learn again where the schedule says so and there are more answers, and predict new contacts; how many."""
        if self._due():
            try:
                self.train(by=SYSTEM)
            except QaError:
                _LOG.exception("could not learn what satisfies customers")
        return self.predict()

    def _due(self) -> bool:
        hours = self._settings.satisfaction_every_hours
        if not hours:
            return False
        with self._database.reading() as unit:
            newest = next(iter(unit.csat_models.list()), None)
            missing = lacking(unit, asked(unit))
            answers = sum(unit.outcomes.surveyed().values())
        if missing is not None:
            return False
        if newest is None:
            return True
        old = (self._clock() - newest.created_at).total_seconds() >= hours * _HOUR
        return old and min(answers, MOST_ANSWERED * _GROWN) >= newest.model.answers * _GROWN

    def _keep_schedule(self) -> None:
        """Called every few seconds while workflows run: queues a look every ten minutes, once for all processes."""
        slot = int(self._clock().timestamp() // _LOOK_SECONDS)
        if slot == self._slot:
            return
        self._slot = slot
        with self._database.reading() as unit:
            idle = unit.csat_models.active() is None
        if not idle or self._settings.satisfaction_every_hours:
            self._workflows.enqueue(BATCH, _SCHEDULED, workflow_id=f"satisfaction-slot-{slot}", arguments=[])

    def _work_on_schedule(self) -> None:
        self._workflows.step("satisfaction", self.run_due)

    def _material(self) -> tuple[tuple[Contact, ...], float]:
        """What is learned from, and how many unanswered contacts each of those stands for."""
        with self._database.reading() as unit:
            channels = asked(unit)
            missing = lacking(unit, channels)
            if missing is not None:
                raise ConflictError(too_few(missing), field="answers", hint="import survey answers: qa-service import surveys FILE")
            forms = worth(unit.rubrics.list())
            answered = unit.outcomes.contacts(channels=channels, answered=True, most=MOST_ANSWERED, worth=forms)
            others = unit.outcomes.contacts(channels=channels, answered=False, most=MOST_UNANSWERED, worth=forms)
            all_answered, all_others = unit.outcomes.counts(channels=channels)
        # Contacts of the same time: where only the newest answers are learned from, as many of the others count.
        stand_for = all_others / len(others) * len(answered) / all_answered if others else 1.0
        told = tuple(one for one in answered if one.level is not None)
        # Once more on what was read: an answer beyond its scale is none.
        happy = sum(satisfied(one.level or 0.0) for one in told)
        missing = lack(happy, len(told) - happy)
        if missing is not None:
            raise ConflictError(too_few(missing), field="answers")
        return (*told, *others), max(1.0, stand_for)

    def _predict_some(self, model: CsatModel, forms: Worth, *, again: bool) -> int:
        version = model.version if again else None
        with self._database.reading() as unit:
            ids = unit.outcomes.unpredicted(channels=model.channels, version=version, most=_PIECE)
            contacts = tuple(unit.outcomes.described(ids, worth=forms))
        made = predict(model, contacts)
        with self._database.unit() as unit:
            return unit.csat_models.save(made, at=self._clock())

    def _enqueue(self, job: Job) -> None:
        self._workflows.enqueue(BATCH, _WORKFLOW, workflow_id=f"satisfaction-{job.id}", arguments=[job.id])

    def _work(self, job: str) -> None:
        try:
            self._workflows.step("satisfaction", self.work, job)
        except Exception as error:
            if not self._workflows.running:
                raise
            _LOG.exception("a training gave up")
            self._workflows.step("give_up", self._fail, job, f"{type(error).__name__}: {error}")

    def work(self, job_id: str) -> int:
        """Step, safe to repeat: train what a job asks for; how many contacts that predicted."""
        with self._database.unit() as unit:
            job = unit.jobs.get(job_id)
            if job.state not in (JobState.QUEUED, JobState.RUNNING):
                return 0
            unit.jobs.start(job_id, at=self._clock())
        try:
            trained = self.train(by=SYSTEM.model_copy(update={"id": job.options["by"]}))
        except QaError as error:
            with self._database.unit() as unit:
                unit.jobs.fail(job_id, Fault.of(error), at=self._clock())
            return 0
        with self._database.unit() as unit:
            unit.jobs.finish_many([job_id], at=self._clock())
        return trained.predicted

    def _fail(self, job: str, message: str) -> None:
        with self._database.unit() as unit:
            unit.jobs.fail(job, Fault(code="qa_error", message=message), at=self._clock())
