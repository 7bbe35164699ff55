"""Versions of what was learned: trained from gold or from reviewers' final answers, listed, and put to use by a person."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import AwareDatetime

from qa_service.analysis.analysis import Analysis
from qa_service.domain.base import Record
from qa_service.domain.interaction import Purpose
from qa_service.domain.learned.held_out import HeldOut, Judged
from qa_service.domain.learned.model import LearnedModel
from qa_service.domain.pre_score import pre_score
from qa_service.domain.rubric import NOT_APPLICABLE, UNDECIDED, Rubric
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.errors import InputError, NotFoundError, QaError
from qa_service.services.clock import Clock
from qa_service.services.gold import Part, chosen_gold, load
from qa_service.services.learned import LearnedShelf
from qa_service.services.learning.cases import Answered, ReadCase, read_cases
from qa_service.services.learning.train import LEAST, Sorts, folded, predictions, thresholds_of, towards_of, train
from qa_service.services.workflow import BATCH, Workflows
from qa_service.settings import Settings
from qa_service.store.faults import Fault
from qa_service.store.jobs import Job, JobState
from qa_service.store.learned import StoredModel
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_LOG = logging.getLogger(__name__)
#: Kind of the jobs that train.
LEARN = "learn"
REVIEWS = "reviews"
_WORKFLOW, _SCHEDULED = "learn_from_reviews", "learn_on_schedule"
_PAGE = 200
_SHIPPED = "the product"


class LearnedVersion(Record):
    """A version in a list."""

    rubric: str
    #: 0: the one that is shipped.
    version: int
    fingerprint: str
    #: Whether suggestions are made with it.
    active: bool
    #: Who trained it, and when; of the shipped one nobody knows.
    created_by: str
    created_at: AwareDatetime | None
    #: What it was learned from, and how many conversations of each.
    sources: dict[str, int]
    #: Held out: the rules alone, and with what was learned.
    before: HeldOut
    after: HeldOut


class Trained(Record):
    """A new version, and how the one in use does on the same conversations."""

    model: LearnedModel
    #: What is in use now, on all of them; it may have seen some.
    current: HeldOut

    @property
    def better(self) -> bool:
        """Whether the new one agrees more with people on what it has not seen."""
        return (self.model.after.agreement or 0.0) > (self.current.agreement or 0.0)


class Learning:
    """Trains and activates; nothing that was scored before ever changes."""

    def __init__(
        self, *, database: Database, shelf: LearnedShelf, analysis: Analysis, workflows: Workflows, settings: Settings, clock: Clock
    ) -> None:
        self._database = database
        self._shelf = shelf
        self._analysis = analysis
        self._workflows = workflows
        self._settings = settings
        self._clock = clock
        workflows.register(_WORKFLOW, self._work)
        workflows.register(_SCHEDULED, self._work_on_schedule)
        workflows.attend(self._keep_schedule)

    def list(self, *, rubric: str | None = None) -> tuple[LearnedVersion, ...]:
        """The shipped ones and all that were trained here, by rubric and version."""
        with self._database.reading() as unit:
            stored = unit.learned.list(rubric=rubric)
        used = {one.model.rubric for one in stored if one.active}
        shipped = [
            _version(model, active=name not in used) for name, model in self._shelf.all_shipped.items() if rubric in (None, name)
        ]
        trained = [_version(one.model, active=one.active, stored=one) for one in stored]
        return tuple(sorted((*shipped, *trained), key=lambda one: (one.rubric, one.version)))

    def get(self, rubric: str, version: int) -> LearnedModel:
        """One version; raises :class:`NotFoundError`."""
        if version == 0:
            shipped = self._shelf.shipped(rubric)
            if shipped is None:
                raise NotFoundError(f"nothing learned is shipped for {rubric!r}", field="rubric")
            return shipped
        with self._database.reading() as unit:
            return unit.learned.get(rubric, version).model

    def use(self, rubric: str, version: int, *, by: str) -> LearnedModel:
        """Judge with that version from now on (0: the shipped one); noted in the ledger. Raises :class:`NotFoundError`."""
        model = self.get(rubric, version)
        with self._database.unit() as unit:
            before = unit.learned.active(rubric)
            unit.learned.use(rubric, version)
            content = {"version": version, "fingerprint": model.fingerprint, "before": None if before is None else before[0]}
            unit.ledger.append(at=self._clock(), actor=by, action="learned.activated", subject=f"learned/{rubric}", content=content)
        self._shelf.forget()
        return model

    def from_gold(self, rubrics: Iterable[Rubric], *, gold: Path, recordings: Path, by: str) -> Iterator[Trained]:
        """A version of each rubric that has gold (the locked split apart); raises :class:`InputError` where there is too little."""
        for rubric, files in chosen_gold(rubrics, gold=gold, recordings=recordings, part=Part.TRAIN):
            answered = [
                Answered(
                    interaction=interaction, transcript=transcript,
                    answers={one.id: one.answer for one in file.card.criteria if one.answer is not None},
                )
                for file, (interaction, transcript) in ((file, load(file)) for file in files)
            ]
            yield self._train(rubric, answered, source=gold.name or "gold", by=by)

    def from_reviews(self, rubric: Rubric, *, by: str) -> Trained:
        """A version from the final scorecards; what a reviewer left as suggested counts as agreed. Raises :class:`InputError`."""
        return self._train(rubric, self._reviewed(rubric), source=REVIEWS, by=by)

    def submit(self, rubric: str | None, *, by: str) -> Job:
        """Queue a training from reviews of one rubric, or of every one in force; raises :class:`NotFoundError`."""
        options = {"by": by, **({} if rubric is None else {"rubric": rubric})}
        job = Job(id=uuid.uuid4().hex, kind=LEARN, options=options, created_at=self._clock())
        with self._database.unit() as unit:
            if rubric is not None:
                unit.rubrics.get(rubric)
            unit.jobs.add_many([job])
        self._workflows.enqueue(BATCH, _WORKFLOW, workflow_id=f"learn-{job.id}", arguments=[job.id])
        return job

    def resume(self) -> int:
        """Queue again trainings that no workflow holds; how many there were."""
        with self._database.reading() as unit:
            open_ = [job for state in (JobState.QUEUED, JobState.RUNNING) for job in unit.jobs.list(state=state, limit=500).items]
        jobs = [job for job in open_ if job.kind == LEARN]
        for job in jobs:
            self._workflows.enqueue(BATCH, _WORKFLOW, workflow_id=f"learn-{job.id}", arguments=[job.id])
        return len(jobs)

    def _work(self, job: str) -> None:
        try:
            self._workflows.step("learn", self.learn, job)
        except Exception as error:
            if not self._workflows.running:
                raise
            _LOG.exception("a training gave up")
            self._workflows.step("give_up", self._give_up, job, f"{type(error).__name__}: {error}")

    def learn(self, job_id: str) -> int:
        """Step, safe to repeat: versions from reviews; how many."""
        with self._database.unit() as unit:
            job = unit.jobs.get(job_id)
            if job.state not in (JobState.QUEUED, JobState.RUNNING):
                return 0
            unit.jobs.start(job_id, at=self._clock())
            rubrics = unit.rubrics.list(active=True)
        named = job.options.get("rubric")
        chosen = [rubric for rubric in rubrics if named in (None, rubric.rubric)]
        try:
            trained = [self.from_reviews(rubric, by=job.options["by"]) for rubric in chosen if named or self._enough(rubric)]
        except QaError as error:
            with self._database.unit() as unit:
                unit.jobs.fail(job_id, Fault.of(error), at=self._clock())
            return 0
        with self._database.unit() as unit:
            unit.jobs.finish_many([job_id], at=self._clock())
        return len(trained)

    def _give_up(self, job: str, message: str) -> None:
        with self._database.unit() as unit:
            unit.jobs.fail(job, Fault(code="qa_error", message=message), at=self._clock())

    def _keep_schedule(self) -> None:
        """Called every few seconds while workflows run: queues the training of this period, once for all processes."""
        if self._settings.learn_every_hours > 0:
            slot = int(self._clock().timestamp() // (self._settings.learn_every_hours * 3600))
            self._workflows.enqueue(BATCH, _SCHEDULED, workflow_id=f"learn-slot-{slot}", arguments=[])

    def _work_on_schedule(self) -> None:
        self._workflows.step("learn", self.learn_on_schedule)

    def learn_on_schedule(self) -> int:
        """Step: a version for each rubric in force with reviews that the last one has not seen; how many.

        Put to use only if the settings say so, and if it is better.
        """
        with self._database.reading() as unit:
            rubrics = unit.rubrics.list(active=True)
        done = 0
        for rubric in (rubric for rubric in rubrics if self._enough(rubric)):
            trained = self.from_reviews(rubric, by="schedule")
            done += 1
            if self._settings.learn_activate and trained.better:
                self.use(rubric.rubric, trained.model.version, by="schedule")
        return done

    def _enough(self, rubric: Rubric) -> bool:
        """Whether there are reviews to learn from, and more than the last version saw."""
        reviews = sum(1 for _ in self._reviewed(rubric))
        seen = max((one.sources.get(REVIEWS, 0) for one in self.list(rubric=rubric.rubric)), default=0)
        return reviews >= LEAST and reviews > seen

    def _reviewed(self, rubric: Rubric) -> Iterator[Answered]:
        with self._database.reading() as unit:
            for card in _final(unit, rubric.rubric):
                interaction = unit.interactions.get(card.interaction.id).interaction
                transcript = unit.transcripts.get(card.interaction.id, engine=card.engine.speech)
                yield Answered(interaction=interaction, transcript=transcript, answers=_answers(rubric, card))

    def _train(self, rubric: Rubric, answered: Iterable[Answered], *, source: str, by: str) -> Trained:
        base, plain = self._analysis.learned_for(rubric), self._analysis.unlearned
        cases = list(read_cases(plain, rubric, answered, decide_at=self._settings.decide_at))
        concepts = plain.concepts
        found = [None if concepts is None else concepts.find(case.reading.transcript, case.wanted()) for case in cases]
        examples = [example for case, one in zip(cases, found, strict=True) for example in case.examples(one)]
        sorts = {one.id: Sorts.of(one, plain.catalogue) for one in rubric.criteria}
        towards = towards_of(base, rubric)
        predicted = predictions(folded(examples), sorts, towards)
        if len(cases) < LEAST or not predicted:
            raise InputError(f"{len(cases)} answered interactions of {rubric.rubric!r} are too few to learn from", hint=f"at least {LEAST}")
        current = HeldOut.of([one for case in cases for one in self._judged(case)])
        with self._database.unit() as unit:
            model = train(
                rubric, examples=examples, predicted=predicted, found=thresholds_of(predicted), sorts=sorts,
                version=unit.learned.next_version(rubric.rubric), sources={source: len(cases)},
                meanings=None if concepts is None else concepts.version, towards=towards, base=base,
            )
            unit.learned.add(model, by=by, at=self._clock())
            unit.ledger.append(
                at=self._clock(), actor=by, action="learned.trained", subject=f"learned/{rubric.rubric}",
                content={"version": model.version, "fingerprint": model.fingerprint, "sources": model.sources},
            )
        return Trained(model=model, current=current)

    def _judged(self, case: ReadCase) -> Iterator[Judged]:
        """What is in use now, beside people's answers."""
        answered = case.answered
        reading = self._analysis.read(answered.interaction, answered.transcript, rubric=case.rubric, decide_at=self._settings.decide_at)
        suggestions = pre_score(
            case.rubric, transcript=reading.transcript, signals=reading.signals, findings=reading.findings, judgements=reading.judgements,
            learned=reading.learned, decide_at=self._settings.decide_at,
        )
        for criterion, answer in answered.answers.items():
            if criterion in suggestions:
                yield Judged(answer, suggestions[criterion].answer, suggestions[criterion].confidence)


def _final(unit: Unit, rubric: str) -> Iterator[Scorecard]:
    """The final scorecards that count, the last added first."""
    cursor: str | None = None
    while True:
        page = unit.scorecards.list(status=Status.FINAL, rubric=rubric, purpose=Purpose.LIVE, cursor=cursor, limit=_PAGE)
        # What the service finalised itself would teach it what it says already.
        yield from (card for card in page.items if not card.erased and not card.automatic)
        cursor = page.next
        if cursor is None:
            return


def _answers(rubric: Rubric, card: Scorecard) -> dict[str, str]:
    """What the scorecard says in the end, where the form still asks it and offers that answer."""
    forms = {one.id: one for one in rubric.criteria}
    given = ((one.id, one.effective) for one in card.criteria if one.id in forms and one.effective != UNDECIDED)
    return {name: answer for name, answer in given if answer == NOT_APPLICABLE or forms[name].option(answer) is not None}


def _version(model: LearnedModel, *, active: bool, stored: StoredModel | None = None) -> LearnedVersion:
    by, at = (_SHIPPED, None) if stored is None else (stored.created_by, stored.created_at)
    return LearnedVersion(
        rubric=model.rubric, version=model.version, fingerprint=model.fingerprint, active=active, sources=model.sources,
        before=model.before, after=model.after, created_by=by, created_at=at,
    )
