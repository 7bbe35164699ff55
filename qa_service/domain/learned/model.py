"""A learned model: for each criterion of one rubric, what the rules, signals and meanings make likely; a versioned document of numbers."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from qa_service.domain.base import Record, Refusal, refuse
from qa_service.domain.learned.held_out import HeldOut
from qa_service.domain.rubric import Criterion, Rubric

#: What a criterion says beside how it is decided: worth, words for people.
_BESIDE = {"question", "weight", "severity", "skill", "review", "coach", "options"}


class Weights(Record):
    """Multinomial logistic regression: chances of the answers from the values of features (McFadden 1974; softmax over the sums)."""

    #: Names of the features, in the grammar of :mod:`qa_service.domain.learned.features`.
    features: tuple[str, ...]
    #: Log odds of each answer before any feature.
    start: tuple[float, ...]
    #: One row a feature: what a value of 1 adds to the log odds of each answer.
    rows: tuple[tuple[float, ...], ...]
    #: All sums are multiplied by this, so that chances are what they say (temperature scaling, Guo et al. 2017); 1 leaves them.
    scale: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _whole(self) -> Weights:
        if len(self.rows) != len(self.features) or any(len(row) != len(self.start) for row in self.rows):
            refuse("Weights", [Refusal(("rows",), "one row a feature and one number an answer")])
        return self

    def chances(self, values: Mapping[str, float]) -> tuple[float, ...]:
        """The chance of each answer, in the order of ``start``; a feature without a value counts as 0."""
        sums = list(self.start)
        for name, row in zip(self.features, self.rows, strict=True):
            value = values.get(name, 0.0)
            if value:
                sums = [total + value * weight for total, weight in zip(sums, row, strict=True)]
        most = max(sums)
        powers = [math.exp(self.scale * (total - most)) for total in sums]
        whole = sum(powers)
        return tuple(power / whole for power in powers)

    def told(self, values: Mapping[str, float], *, index: int, against: int) -> list[tuple[float, str]]:
        """What each feature added to the log odds of one answer over another, the strongest first."""
        parts = zip(self.features, self.rows, strict=True)
        added = ((values.get(name, 0.0) * (row[index] - row[against]), name) for name, row in parts)
        return sorted(added, key=lambda one: (-one[0], one[1]))


class LearnedCriterion(Record):
    """What was learned about one criterion."""

    #: Which detection it was learned for; another one makes it worthless.
    fingerprint: str
    #: The answers it knows, in the order of the weights.
    answers: tuple[str, ...] = Field(min_length=1)
    #: From rules and signals alone.
    plain: Weights
    #: From these and sentence vectors; ``None`` where those taught nothing.
    meaning: Weights | None = None
    #: The plain weights decide alone from this chance on; below, vectors are asked, where there are any.
    sure: float = Field(default=1.0, ge=0, le=1.01)
    #: Under this chance the answer is ``undecided``.
    decide_at: float = Field(default=0.5, ge=0, le=1)
    #: As ``decide_at``, where there are no vectors.
    decide_plain_at: float = Field(default=0.5, ge=0, le=1)
    #: Answered cases it was learned from, by answer.
    counts: dict[str, int]
    #: On cases that were left out of the learning: the rules alone, and with what was learned.
    before: HeldOut
    after: HeldOut

    @model_validator(mode="after")
    def _fitting(self) -> LearnedCriterion:
        for weights in (self.plain, self.meaning):
            if weights is not None and len(weights.start) != len(self.answers):
                refuse("LearnedCriterion", [Refusal(("answers",), "one number an answer")])
        return self


class LearnedModel(Record):
    """A version of what was learned for one rubric; never changed, only replaced."""

    schema_: Literal["learned/1"] = Field(default="learned/1", alias="schema")
    #: Id of the rubric.
    rubric: str
    #: Grows with every training; 0 is the one that is shipped.
    version: int = Field(ge=0)
    #: Version of the analysis whose signals it knows.
    analysis: str
    #: Version of the sentence vectors and of the directions in them; ``None`` where it uses none.
    meanings: str | None = None
    #: What it was learned from, and how many conversations of each.
    sources: dict[str, int]
    #: Held out, all criteria together: the rules alone, with what was learned, and that without vectors.
    before: HeldOut
    after: HeldOut
    plain: HeldOut
    #: As ``after``, in each language.
    languages: dict[str, HeldOut]
    #: By criterion id.
    criteria: dict[str, LearnedCriterion]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the canonical JSON."""
        return _sha256(self.as_data())

    @property
    def name(self) -> str:
        """What a scorecard says it was made with."""
        return f"{self.rubric}/{self.version}@{self.fingerprint[:12]}"

    def as_data(self) -> dict[str, Any]:
        """Plain data that parses to an equal model."""
        return self.model_dump(mode="json", by_alias=True)

    def fits(self, rubric: Rubric, criterion: Criterion) -> LearnedCriterion | None:
        """What was learned about the criterion, if its detection is still the one it was learned for."""
        known = self.criteria.get(criterion.id)
        return known if known is not None and known.fingerprint == fingerprints(rubric)[criterion.id] else None


def fingerprints(rubric: Rubric) -> Mapping[str, str]:
    """SHA-256 of everything that decides each criterion automatically: opportunity, detection, their phrases, and the borders they use."""
    found = rubric.__dict__.get("_detections")
    if found is None:
        found = {criterion.id: _sha256(_decides(rubric, criterion.id, frozenset())) for criterion in rubric.criteria}
        # Kept beside the cached properties of a frozen rubric: walking the phrases costs more than a scorecard.
        rubric.__dict__["_detections"] = found
    return found


def _decides(rubric: Rubric, criterion: str, seen: frozenset[str]) -> dict[str, Any]:
    form = next(one for one in rubric.criteria if one.id == criterion)
    names = sorted({name for detection in form.detections() for name in detection.phrase_names()})
    borders = sorted({name for detection in form.detections() for name in detection.criteria()} - seen - {criterion})
    return {
        "criterion": form.model_dump(mode="json", exclude_defaults=True, exclude=_BESIDE),
        "options": [option.id for option in form.options],
        "phrases": {name: {language: list(some) for language, some in rubric.phrases[name].items()} for name in names},
        "borders": {name: _decides(rubric, name, seen | {criterion}) for name in borders},
    }


def _sha256(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
