"""A scorecard: one interaction against one rubric version, the machine's suggestions beside the people's answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, Literal, cast

from pydantic import AwareDatetime, BeforeValidator, Field, PlainSerializer, ValidationInfo

from qa_service.domain.base import Record
from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel, Interaction, Purpose
from qa_service.domain.rubric import Rubric, Severity, Skill
from qa_service.errors import AnswerError


@lru_cache(maxsize=4096)
def thousandths(value: float | Fraction) -> int:
    """Rounded half up; floats are read as the shortest decimal that names them."""
    return (Fraction(str(value)) * 1000 + Fraction(1, 2)).__floor__()


def _from_outside(value: object, info: ValidationInfo) -> object:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return thousandths(cast(float, value)) if info.mode == "json" and numeric else value


#: Thousandths inside (so that equal input gives equal bytes), a plain number in JSON.
Thousandths = Annotated[
    int, Field(strict=True), BeforeValidator(_from_outside, json_schema_input_type=float),
    PlainSerializer(lambda value: value / 1000, return_type=float),
]


def _absent(value: object) -> bool:
    return value is None


def _unset(value: object) -> bool:
    return value is False


def _live(value: object) -> bool:
    return value is Purpose.LIVE


def _first(value: object) -> bool:
    return value == 1


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
    #: What the agent should read about it.
    comment: str | None = Field(default=None, exclude_if=_absent)
    #: What agents never read.
    note: str | None = Field(default=None, exclude_if=_absent)


class Acknowledgement(Record):
    """That the agent has read a final scorecard."""

    #: User id of the agent.
    by: str
    at: AwareDatetime
    #: What the agent says to it.
    comment: str | None = None


class ScoredCriterion(Record):
    """One criterion of a scorecard."""

    id: str
    section: str
    #: Points at stake.
    weight: Thousandths
    severity: Severity
    skill: Skill | None = None
    #: The person's answer, an option id or ``not_applicable``; ``None`` until given.
    answer: str | None = None
    #: Who gave that answer, when and why.
    answered: Answer | None = None
    #: Points earned; ``None`` when undecided or not applicable.
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
    #: Percent; ``None`` when nothing in it is decided and applicable.
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
    #: What it took place for; left out where it was live.
    purpose: Purpose = Field(default=Purpose.LIVE, exclude_if=_live)

    @classmethod
    def of(cls, interaction: Interaction, *, language: str | None) -> InteractionRef:
        """Reference to an interaction."""
        agent = interaction.agent.id if interaction.agent is not None else None
        return cls(id=interaction.id, channel=interaction.channel, agent=agent, language=language, purpose=interaction.purpose)


class Split(StrEnum):
    """What a gold scorecard is for."""

    #: Rubrics are improved on it.
    TRAIN = "train"
    #: Locked: it tells how good they are, and nobody looks at where they fail on it.
    TEST = "test"


class Gold(Record):
    """What only a gold scorecard has."""

    #: What it is for.
    split: Split = Split.TRAIN
    #: Answers of a second, blind pass, by criterion; where they differ from ``answer`` people themselves disagree.
    second: dict[str, str] = Field(default_factory=dict)


class Scorecard(Record):
    """The whole scorecard; :mod:`qa_service.domain.scoring` fills in the figures."""

    schema_: Literal["scorecard/1"] = Field(default="scorecard/1", alias="schema")
    #: Set by the store; gold scorecards have none.
    id: str | None = None
    interaction: InteractionRef
    rubric: RubricRef
    engine: Engines
    status: Status = Status.DRAFT
    #: Total, percent, of what is decided so far; ``None`` when nothing is.
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
    #: Which version of the same judgement it is: 2 for the first that was opened again. Left out where it is 1, as what follows is where
    #: there is nothing to tell.
    version: int = Field(default=1, ge=1, exclude_if=_first)
    #: Id of the version before.
    replaces: str | None = Field(default=None, exclude_if=_absent)
    #: Reviewed without seeing suggestions, which are withheld until it is final.
    blind: bool = Field(default=False, exclude_if=_unset)
    #: Finalised by the service, under a rule that a lead set; no person has looked at it.
    automatic: bool = Field(default=False, exclude_if=_unset)
    #: What the agent should read about the whole.
    comment: str | None = Field(default=None, exclude_if=_absent)
    #: What agents never read.
    note: str | None = Field(default=None, exclude_if=_absent)
    #: Set once the agent has confirmed to have read it.
    acknowledged: Acknowledgement | None = Field(default=None, exclude_if=_absent)
    #: The words of its interaction were erased, and with them all quotes, reasons and comments here; the figures stay.
    erased: bool = Field(default=False, exclude_if=_unset)
    #: Left out of every scorecard that is no gold.
    gold: Gold | None = Field(default=None, exclude_if=_absent)

    def answering(self, answers: Mapping[str, Answer]) -> Scorecard:
        """The same scorecard with people's answers put in; the figures are not worked out again. Raises :class:`AnswerError`."""
        strangers = answers.keys() - {one.id for one in self.criteria}
        if strangers:
            raise AnswerError(f"the form has no criterion {min(strangers)!r}", field=min(strangers))
        criteria = tuple(
            one.model_copy(update={"answer": answers[one.id].answer, "answered": answers[one.id]}) if one.id in answers else one
            for one in self.criteria
        )
        return self.model_copy(update={"criteria": criteria})

    def as_data(self) -> dict[str, Any]:
        """Plain data as in ``scorecard.schema.json``."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Scorecard:
        """The scorecard of such data, as written by :meth:`as_data` or by hand; raises ``ValidationError``."""
        return cls.model_validate_json(json.dumps(data))

    def criterion(self, criterion: str) -> ScoredCriterion | None:
        """The scored criterion with that id."""
        return next((one for one in self.criteria if one.id == criterion), None)


def telling_evidence(card: Scorecard) -> tuple[str, Evidence] | None:
    """The criterion and quote that say most about a scorecard: of a critical miss, else of a miss, else of the weightiest good answer."""
    quoted = [(one, piece) for one in card.criteria if one.suggestion is not None for piece in one.suggestion.evidence[:1] if piece.quote]
    missed = [pair for pair in quoted if pair[0].points == 0]
    critical = [pair for pair in missed if pair[0].id in card.critical_misses]
    good = sorted((pair for pair in quoted if pair[0].points), key=lambda pair: -pair[0].weight)
    for pairs in (critical, missed, good):
        if pairs:
            return pairs[0][0].id, pairs[0][1]
    return None
