"""A scorecard: one interaction against one rubric version, the machine's suggestions beside the people's answers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, PlainSerializer

from qa_service.domain.base import Record
from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.rubric import Rubric, Severity, Skill

#: Thousandths inside (so that equal input gives equal bytes), a plain number outside.
Thousandths = Annotated[int, PlainSerializer(lambda value: value / 1000, return_type=float)]


class Status(StrEnum):
    """How far a scorecard is."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    FINAL = "final"
    DISPUTED = "disputed"


class Suggestion(Record):
    """The machine's answer to a criterion; never overwritten by a person's."""

    #: Option id, ``not_applicable`` or ``undecided``.
    answer: str
    #: 0 to 1.
    confidence: float = Field(ge=0, le=1)
    #: The rule in words.
    why: str
    #: Quotes, most telling first.
    evidence: tuple[Evidence, ...] = ()


class Answer(Record):
    """A person's answer to a criterion, as given."""

    #: Option id or ``not_applicable``.
    answer: str
    #: Who answered.
    by: str
    #: When.
    at: AwareDatetime | None = None
    #: Why, where it differs from the suggestion.
    reason: str | None = None
    #: Evidence added by the person.
    evidence: tuple[Evidence, ...] = ()


class ScoredCriterion(Record):
    """One criterion of a scorecard."""

    id: str
    section: str
    #: Points at stake, thousandths.
    weight: Thousandths
    severity: Severity
    skill: Skill | None = None
    #: The person's answer, an option id or ``not_applicable``; ``None`` until given.
    answer: str | None = None
    #: Who gave that answer, when and why.
    answered: Answer | None = None
    #: Points earned, thousandths; ``None`` when undecided or not applicable.
    points: Thousandths | None = None
    #: The machine's answer; ``None`` in a scorecard made by hand.
    suggestion: Suggestion | None = None

    @property
    def effective(self) -> str:
        """The person's answer, else the machine's, else ``undecided``."""
        if self.answer is not None:
            return self.answer
        return self.suggestion.answer if self.suggestion is not None else "undecided"


class ScoredSection(Record):
    """A section's score."""

    id: str
    #: Percent, thousandths; ``None`` when nothing in it is decided and applicable.
    score: Thousandths | None


class RubricRef(Record):
    """The exact rubric a scorecard was made with."""

    id: str
    version: int
    fingerprint: str

    @classmethod
    def of(cls, rubric: Rubric) -> RubricRef:
        """Reference to a rubric."""
        return cls(id=rubric.rubric, version=rubric.version, fingerprint=rubric.fingerprint)


class Engines(Record):
    """What made the suggestions, with versions."""

    #: Speech engine and weights; ``None`` for written channels and imported transcripts.
    speech: str | None = None
    #: Version of the analysis.
    analysis: str


class InteractionRef(Record):
    """What a scorecard says of its interaction."""

    id: str
    channel: Channel
    agent: str | None = None
    language: str | None = None

    @classmethod
    def of(cls, interaction: Interaction, *, language: str | None) -> InteractionRef:
        """Reference to an interaction."""
        agent = interaction.agent.id if interaction.agent is not None else None
        return cls(id=interaction.id, channel=interaction.channel, agent=agent, language=language)


class Scorecard(Record):
    """The whole scorecard; :mod:`qa_service.domain.scoring` fills in the figures."""

    schema_: Literal["scorecard/1"] = Field(default="scorecard/1", alias="schema")
    #: Set by the store; gold scorecards have none.
    id: str | None = None
    interaction: InteractionRef
    rubric: RubricRef
    engine: Engines
    status: Status = Status.DRAFT
    #: Total, percent in thousandths, of what is decided so far; ``None`` when nothing is.
    score: Thousandths | None = None
    #: The total before critical misses were applied.
    raw_score: Thousandths | None = None
    #: Whether the total reaches the pass mark; ``None`` without a total.
    passed: bool | None = None
    #: Criteria without an answer.
    undecided: int = 0
    #: Criteria missed that are critical (or answered by an ``auto_fail`` option).
    critical_misses: tuple[str, ...] = ()
    sections: tuple[ScoredSection, ...] = ()
    criteria: tuple[ScoredCriterion, ...] = ()
    #: Grows with every saved change.
    revision: int = Field(default=1, ge=1)
    #: Reviewer who holds or finalised it.
    reviewer: str | None = None

    def answering(self, answers: Mapping[str, Answer]) -> Scorecard:
        """The same scorecard with people's answers put in; the figures are not worked out again."""
        criteria = tuple(
            one.model_copy(update={"answer": answers[one.id].answer, "answered": answers[one.id]}) if one.id in answers else one
            for one in self.criteria
        )
        return self.model_copy(update={"criteria": criteria})

    def as_data(self) -> dict[str, Any]:
        """Plain data as in ``scorecard.schema.json``."""
        return self.model_dump(mode="json", by_alias=True)

    def criterion(self, criterion: str) -> ScoredCriterion | None:
        """The scored criterion with that id."""
        return next((one for one in self.criteria if one.id == criterion), None)
