"""A rubric: the sections of criteria that one channel's interactions are judged by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema, field_validator, model_validator

from qa_service.domain.base import Record
from qa_service.domain.criteria.base import AnyDetection, Detection
from qa_service.domain.criteria.phrases import PhraseListsField
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel

RubricId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=80)]
#: Ids of sections, criteria, options and phrases.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]

YES, NO, NOT_APPLICABLE, UNDECIDED = "yes", "no", "not_applicable", "undecided"


def _localised(raw: object) -> object:
    return {"en": raw} if isinstance(raw, str) else raw


#: A text by language; a bare text is English.
Localised = Annotated[
    dict[str, str], BeforeValidator(_localised), Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}}]}),
]


class Severity(StrEnum):
    """What a miss harms (COPC's families of critical errors)."""

    MINOR = "minor"
    CUSTOMER = "customer"
    BUSINESS = "business"
    COMPLIANCE = "compliance"

    @property
    def critical(self) -> bool:
        """Everything but minor."""
        return self is not Severity.MINOR


class Skill(StrEnum):
    """What a coach would practise."""

    CLARITY = "clarity"
    PRODUCT_KNOWLEDGE = "product_knowledge"
    PATIENCE = "patience"
    EMPATHY = "empathy"
    PROBLEM_SOLVING = "problem_solving"
    LISTENING = "listening"
    ORGANISATION = "organisation"


class AutoFail(StrEnum):
    """What a critical miss does to the score."""

    ZERO = "zero"
    CAP = "cap"
    SHOW = "show"
    NONE = "none"


class ReviewPolicy(StrEnum):
    """When a person must look."""

    ALWAYS = "always"
    WHEN_UNSURE = "when_unsure"
    NEVER = "never"


class RubricSettings(Record):
    """Settings of the form."""

    #: Least total, percent, that passes.
    pass_mark: float = Field(default=80, ge=0, le=100)
    #: What a critical miss does.
    auto_fail: AutoFail = AutoFail.ZERO
    #: Highest score, percent, after a critical miss under ``cap``.
    auto_fail_cap: float = Field(default=50, ge=0, le=100)
    #: ``not_applicable`` leaves both sides of the fraction; nothing else is offered.
    not_applicable: Annotated[str, StringConstraints(pattern="^exclude$")] = "exclude"


class Option(Record):
    """One possible answer."""

    #: Id; ``not_applicable`` and ``undecided`` are taken.
    id: Name
    #: What the reviewer reads.
    title: Localised
    #: Share of the weight that this answer earns, 0 to 1.
    value: float = Field(ge=0, le=1)
    #: Counts as a critical miss whatever the severity.
    auto_fail: bool = False


YES_NO = (
    Option(id=YES, title={"en": "Yes", "fa": "بله", "ar": "نعم"}, value=1),
    Option(id=NO, title={"en": "No", "fa": "خیر", "ar": "لا"}, value=0),
)


class Criterion(Record):
    """One question of the form."""

    #: Unique in the rubric.
    id: Name
    #: What is asked, by language.
    question: Localised
    #: Points at stake; up to three decimals.
    weight: float = Field(gt=0, le=1_000_000)
    #: What a miss harms.
    severity: Severity = Severity.MINOR
    #: What a coach would practise.
    skill: Skill | None = None
    #: Possible answers; yes and no unless told.
    options: tuple[Option, ...] = YES_NO
    #: The opportunity; without it the answer is ``not_applicable``.
    applies_when: AnyDetection | None = None
    #: What decides; ``None`` leaves it to a person.
    detect: AnyDetection | None = None
    #: When a person must look.
    review: ReviewPolicy = ReviewPolicy.WHEN_UNSURE
    #: Advice for the agent who missed it, by language.
    coach: Localised | None = None

    @model_validator(mode="after")
    def _sound(self) -> Criterion:
        ids = [option.id for option in self.options]
        if len(ids) < 2 or len(set(ids)) < len(ids):
            raise ValueError("a criterion needs two or more options with different ids")
        if {NOT_APPLICABLE, UNDECIDED} & set(ids):
            raise ValueError("'not_applicable' and 'undecided' are always there; do not list them as options")
        if max(option.value for option in self.options) == 0:
            raise ValueError("every option is worth 0, so the weight cannot matter")
        if self.detect is not None and not {YES, NO} <= set(ids):
            raise ValueError("a detection answers yes or no, and the options have no such ids")
        return self

    def option(self, answer: str) -> Option | None:
        """The option with that id."""
        return next((option for option in self.options if option.id == answer), None)

    def detections(self) -> Iterator[Detection]:
        """Opportunity and detection, where given."""
        yield from (detection for detection in (self.applies_when, self.detect) if detection is not None)


class Section(Record):
    """Criteria that belong together, with a weight in the total."""

    #: Unique in the rubric.
    id: Name
    #: Heading, by language.
    title: Localised
    #: Weight in the total.
    weight: float = Field(gt=0, le=1_000_000)
    #: What a critical miss in this section does to the section's score.
    auto_fail: AutoFail = AutoFail.NONE
    #: The questions.
    criteria: tuple[Criterion, ...] = Field(min_length=1)


class Rubric(Record):
    """The form of one channel; used versions never change (their fingerprint would)."""

    #: Id of the rubric, the same in every version.
    rubric: RubricId
    #: Grows with every change that is used.
    version: int = Field(ge=1, strict=True)
    #: The channel it judges.
    channel: Channel
    #: Name, by language.
    title: Localised
    #: Settings of the form.
    settings: RubricSettings = RubricSettings()
    #: Named phrases, by language.
    phrases: dict[Name, PhraseListsField] = Field(default_factory=dict)
    #: The form.
    sections: tuple[Section, ...] = Field(min_length=1)

    @field_validator("phrases")
    @classmethod
    def _languages(cls, value: dict[str, dict[str, tuple[str, ...]]]) -> dict[str, dict[str, tuple[str, ...]]]:
        for name, lists in value.items():
            for language in lists:
                if language != "*" and not (2 <= len(language) <= 3 and language.isascii() and language.islower()):
                    raise ValueError(f"phrases {name!r}: {language!r} is no language code such as en, fa or ar")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Rubric:
        for what, ids in (("section", [s.id for s in self.sections]), ("criterion", [c.id for c in self.criteria])):
            double = sorted({one for one in ids if ids.count(one) > 1})
            if double:
                raise ValueError(f"{what} id {double[0]!r} is there twice")
        for criterion in self.criteria:
            self._check_references(criterion)
        self.order  # noqa: B018 - raises on a circle
        return self

    def _check_references(self, criterion: Criterion) -> None:
        known = {other.id for other in self.criteria}
        for detection in criterion.detections():
            for name in detection.phrase_names():
                if name not in self.phrases:
                    raise ValueError(f"criterion {criterion.id!r} uses phrases {name!r}, which are not defined")
            for other in detection.criteria():
                if other not in known:
                    raise ValueError(f"criterion {criterion.id!r} looks before or after {other!r}, which is no criterion")

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria in the order of the form."""
        return tuple(criterion for section in self.sections for criterion in section.criteria)

    @cached_property
    def places(self) -> Mapping[str, str]:
        """Criterion id -> ``section.criterion``."""
        return {criterion.id: f"{section.id}.{criterion.id}" for section in self.sections for criterion in section.criteria}

    @cached_property
    def order(self) -> tuple[Criterion, ...]:
        """Criteria such that a border (``before ID``) is decided first; raises ``ValueError`` on a circle."""
        by_id = {criterion.id: criterion for criterion in self.criteria}
        done: dict[str, Criterion] = {}
        open_: set[str] = set()

        def visit(criterion: Criterion) -> None:
            if criterion.id in done:
                return
            if criterion.id in open_:
                raise ValueError(f"criterion {criterion.id!r} waits for itself through 'before' or 'after'")
            open_.add(criterion.id)
            for detection in criterion.detections():
                for other in detection.criteria():
                    visit(by_id[other])
            done[criterion.id] = criterion

        for criterion in self.criteria:
            visit(criterion)
        return tuple(done.values())

    @cached_property
    def queries(self) -> Mapping[str, Query]:
        """Everything to look up in a transcript, by key; equal look-ups are shared."""
        found: dict[str, Query] = {}
        for criterion in self.criteria:
            for detection in criterion.detections():
                found.update((query.key, query) for query in detection.queries(self.phrases))
        return found

    @cached_property
    def coverage(self) -> Mapping[str, frozenset[str]]:
        """Languages that each query has words for."""
        return {key: frozenset(getattr(query, "phrases", None) or getattr(query, "patterns", {})) for key, query in self.queries.items()}

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the canonical JSON of the whole rubric: equal only for equal rubrics."""
        text = json.dumps(self.as_data(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def as_data(self) -> dict[str, Any]:
        """Plain data that parses to an equal rubric."""
        return self.model_dump(mode="json", exclude_none=True)
