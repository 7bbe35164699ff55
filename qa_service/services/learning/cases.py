"""Cases to learn from: interactions that people answered, read by the machine, and what every feature says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.base import Reading
from qa_service.domain.criteria.case import Case
from qa_service.domain.finding import Findings
from qa_service.domain.interaction import Interaction
from qa_service.domain.learned.features import concept_key, sought, turns_read, values
from qa_service.domain.learned.plan import meaning_features, plain_features
from qa_service.domain.pre_score import pre_score
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Suggestion
from qa_service.domain.transcript import Transcript
from qa_service.services.learning.fit import Example


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An interaction with the answers that people gave."""

    interaction: Interaction
    transcript: Transcript
    #: Option id or ``not_applicable``, by criterion.
    answers: Mapping[str, str]
    #: The rules were written with it at hand.
    tuned: bool = False


@dataclass(frozen=True, kw_only=True)
class ReadCase:
    """The same, read with a rubric's rules alone."""

    answered: Answered
    rubric: Rubric
    reading: Reading
    #: What the rules say, by criterion, however unsure.
    rules: Mapping[str, Suggestion]
    signals: frozenset[str]

    def case(self, concepts: Findings | None = None) -> Case:
        """For features; ``concepts``: where meanings stand."""
        findings = {**self.reading.findings, **(concepts or {})}
        return Case(
            transcript=self.reading.transcript, signals=self.reading.signals, findings=findings, coverage=self.rubric.coverage
        )

    def wanted(self) -> dict[str, frozenset[int]]:
        """Every meaning that the plan reads for the answered criteria, and in which turns."""
        case, found = self.case(), dict[str, frozenset[int]]()
        for name in (name for one in self.rubric.criteria if one.id in self.answered.answers for name in meaning_features(one)):
            for one in sought(name):
                found[one.concept] = found.get(one.concept, frozenset()) | turns_read(one, case)
        return found

    def examples(self, concepts: Findings | None = None) -> Iterator[Example]:
        """One for each answered criterion that a detection decides; without ``concepts``, without features of meaning."""
        case = self.case(concepts)
        for criterion in self.rubric.criteria:
            person = self.answered.answers.get(criterion.id)
            if person is None or not any(True for _ in criterion.detections()):
                continue
            meant = [name for name in meaning_features(criterion) if all(concept_key(one.concept) in case.findings for one in sought(name))]
            rules = self.rules[criterion.id]
            yield Example(
                group=self.answered.interaction.id, channel=self.rubric.channel.value, language=self.reading.transcript.language or "?",
                criterion=criterion.id, person=person, rules=rules.answer, confidence=rules.confidence, tuned=self.answered.tuned,
                values=values([*plain_features(criterion, self.signals), *meant], case=case, suggestion=rules),
            )


def read_cases(analysis: Analysis, rubric: Rubric, answered: Iterable[Answered], *, decide_at: float = 0.5) -> Iterator[ReadCase]:
    """Each, read without anything that was learned before (``analysis`` must be one that learned nothing)."""
    signals = frozenset(analysis.catalogue)
    for one in answered:
        reading = analysis.read(one.interaction, one.transcript, rubric=rubric, decide_at=decide_at)
        rules = pre_score(
            rubric, transcript=reading.transcript, signals=reading.signals, findings=reading.findings, judgements=reading.judgements,
            decide_at=decide_at,
        )
        yield ReadCase(answered=one, rubric=rubric, reading=reading, rules=rules, signals=signals)
