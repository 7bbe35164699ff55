"""A rubric: the sections of criteria that one channel's interactions are judged by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema, model_validator

from qa_service.domain.asking import AskedWhen
from qa_service.domain.base import Path, Record, refuse
from qa_service.domain.criteria.base import AnyDetection, Detection
from qa_service.domain.criteria.judge import Judge
from qa_service.domain.criteria.means import Means
from qa_service.domain.criteria.numeric import Numeric
from qa_service.domain.criteria.phrases import PhraseListsField
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel, LanguageCode
from qa_service.domain.rubric_checks import borders, option_faults, reference_faults

_D = TypeVar("_D", bound=Detection)
RubricId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=80)]
#: Ids of sections, criteria, options and phrases.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]


def _thousandths(value: float) -> float:
    if round(value, 3) != value:
        raise ValueError(f"{value!r} has more than three decimals")
    return value


Weight = Annotated[float, Field(gt=0, le=1_000_000, strict=True), AfterValidator(_thousandths)]

YES, NO, NOT_APPLICABLE, UNDECIDED = "yes", "no", "not_applicable", "undecided"


def _localised(raw: object) -> object:
    if raw is not None and not isinstance(raw, str | Mapping):
        raise ValueError(f"{raw!r} is no text: put it in quotes, or write {{en: ..., fa: ..., ar: ...}}")
    return {"en": raw} if isinstance(raw, str) else raw


_BY_LANGUAGE = {
    "type": "object", "minProperties": 1, "propertyNames": {"pattern": "^[a-z]{2,3}$"},
    "additionalProperties": {"type": "string", "minLength": 1},
}
#: A text by language; a bare text is English.
Localised = Annotated[
    dict[LanguageCode, Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]],
    BeforeValidator(_localised), Field(min_length=1), WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, _BY_LANGUAGE]}),
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
    pass_mark: float = Field(default=80, ge=0, le=100, strict=True)
    #: What a critical miss does.
    auto_fail: AutoFail = AutoFail.ZERO
    #: Highest score, percent, after a critical miss under ``cap``.
    auto_fail_cap: float = Field(default=50, ge=0, le=100, strict=True)
    #: Most percent points that bonus criteria add to the total, which never exceeds 100.
    bonus_limit: float = Field(default=10, ge=0, le=100, strict=True)
    #: ``not_applicable`` leaves both sides of the fraction; nothing else is offered.
    not_applicable: Literal["exclude"] = "exclude"


class Option(Record):
    """One possible answer."""

    #: Id; ``not_applicable`` and ``undecided`` are taken.
    id: Name
    #: What the reviewer reads.
    title: Localised
    #: Share of the weight that this answer earns, 0 to 1.
    value: float = Field(ge=0, le=1, strict=True)
    #: Counts as a critical miss whatever the severity.
    auto_fail: bool = Field(default=False, strict=True)


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
    weight: Weight
    #: Points are percent points on top of the total instead: earned by a good answer, nothing lost by any other.
    bonus: bool = Field(default=False, strict=True)
    #: What a miss harms.
    severity: Severity = Severity.MINOR
    #: What a coach would practise.
    skill: Skill | None = None
    #: Possible answers; yes and no unless told.
    options: tuple[Option, ...] = YES_NO
    #: Answers to other criteria with which this one is asked; otherwise its answer is ``not_applicable``.
    asked_when: AskedWhen | None = None
    #: The opportunity; without it the answer is ``not_applicable``.
    applies_when: AnyDetection | None = None
    #: What decides between yes and no; without it, and without ``numeric``, a person answers.
    detect: AnyDetection | None = None
    #: Bands over a signal that choose an option.
    numeric: Numeric | None = None
    #: When a person must look.
    review: ReviewPolicy = ReviewPolicy.WHEN_UNSURE
    #: Advice for the agent who missed it, by language.
    coach: Localised | None = None

    @model_validator(mode="after")
    def _sound(self) -> Criterion:
        refuse("Criterion", option_faults(self))
        return self

    def option(self, answer: str) -> Option | None:
        """The option with that id."""
        return next((option for option in self.options if option.id == answer), None)

    @property
    def misses(self) -> frozenset[str]:
        """Answers that earn nothing."""
        return frozenset(option.id for option in self.options if option.value == 0)

    def detections(self) -> Iterator[Detection]:
        """Opportunity and detection, where given."""
        yield from (detection for detection in (self.applies_when, self.detect) if detection is not None)


class Section(Record):
    """Criteria that belong together, with a weight in the total."""

    #: Unique in the rubric.
    id: Name
    #: Heading, by language.
    title: Localised
    #: Weight in the total; up to three decimals.
    weight: Weight
    #: What a critical miss in this section does to the section's score.
    auto_fail: AutoFail = AutoFail.NONE
    #: The questions.
    criteria: tuple[Criterion, ...] = Field(min_length=1)


class Rubric(Record):
    """The form of one channel; used versions never change (their fingerprint would)."""

    #: Id of the rubric, the same in every version.
    rubric: RubricId
    #: Grows with every change that is used.
    version: int = Field(ge=1, le=1_000_000, strict=True)
    #: The channel it judges.
    channel: Channel
    #: Name, by language.
    title: Localised
    #: Languages it serves; in any other everything is ``undecided``. None told: whatever its phrases are in.
    languages: tuple[LanguageCode, ...] = ()
    #: Settings of the form.
    settings: RubricSettings = RubricSettings()
    #: Named phrases, by language.
    phrases: dict[Name, PhraseListsField] = Field(default_factory=dict)
    #: The form.
    sections: tuple[Section, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Rubric:
        refuse("Rubric", reference_faults(self))
        return self

    def walk(self) -> Iterator[tuple[Path, Criterion, Detection]]:
        """Every detection, with its place in the file and its criterion."""
        for path, criterion in self.located:
            for name in ("applies_when", "detect"):
                root: Detection | None = getattr(criterion, name)
                if root is not None:
                    yield from ((place, criterion, detection) for place, detection in root.walk((*path, name)))

    @cached_property
    def located(self) -> tuple[tuple[Path, Criterion], ...]:
        """All criteria in the order of the form, with their places in the file."""
        return tuple(
            (("sections", s, "criteria", c), criterion)
            for s, section in enumerate(self.sections)
            for c, criterion in enumerate(section.criteria)
        )

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
        """Criteria such that what another one waits for (``before ID``, ``asked_when``) is decided first."""
        by_id = {criterion.id: criterion for criterion in self.criteria}
        return tuple(by_id[one] for one in TopologicalSorter(borders(self)).static_order())

    @cached_property
    def queries(self) -> Mapping[str, Query]:
        """Everything to look up in a transcript, by key; equal look-ups are shared."""
        found: dict[str, Query] = {}
        for criterion in self.criteria:
            for detection in criterion.detections():
                found.update((query.key, query) for query in detection.queries(self.phrases))
        return found

    @cached_property
    def meanings(self) -> Mapping[str, tuple[Means, ...]]:
        """The detections by meaning of each criterion that has any."""
        return self._kind_of(Means)

    @cached_property
    def judges(self) -> Mapping[str, tuple[Judge, ...]]:
        """The questions to a language model of each criterion that has any."""
        return self._kind_of(Judge)

    def _kind_of(self, kind: type[_D]) -> Mapping[str, tuple[_D, ...]]:
        found: dict[str, list[_D]] = {}
        for _, criterion, detection in self.walk():
            if isinstance(detection, kind):
                found.setdefault(criterion.id, []).append(detection)
        return {criterion: tuple(some) for criterion, some in found.items()}

    @cached_property
    def coverage(self) -> Mapping[str, frozenset[str]]:
        """Languages that each query has words for."""
        return {key: frozenset(getattr(query, "phrases", None) or getattr(query, "patterns", {})) for key, query in self.queries.items()}

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the canonical JSON of what differs from the defaults: equal only for equal rubrics, and settings
        that a later release adds change no fingerprint of a rubric that does not use them."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def as_data(self) -> dict[str, Any]:
        """Plain data that parses to an equal rubric; detections without settings that have their default."""
        return self.model_dump(mode="json", exclude_none=True)
