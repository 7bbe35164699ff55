"""``all``, ``any``, ``none`` and ``at_least``: combinations in three-valued logic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any as AnyValue
from typing import ClassVar

from pydantic import Field, model_validator

from qa_service.domain.base import Path, Refusal, refuse
from qa_service.domain.criteria.base import AnyDetection, Detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome, at_least, negate


class Combination(Detection):
    """Detections combined; written as a plain list."""

    #: What is combined.
    of: tuple[AnyDetection, ...] = Field(min_length=1)

    @classmethod
    def from_body(cls, body: AnyValue) -> Detection:
        """A list of detections."""
        return cls.model_validate({"of": body})

    @classmethod
    def body_schema(cls, schema: dict[str, AnyValue]) -> dict[str, AnyValue]:
        """The list alone."""
        return {**schema["properties"]["of"], "description": schema["description"]}

    def _body(self, told: dict[str, AnyValue]) -> AnyValue:
        return told["of"]

    def branches(self) -> Iterator[tuple[Path, Detection]]:
        """What is combined."""
        yield from (((index,), child) for index, child in enumerate(self.of))

    def outcomes(self, case: Case, rule: str) -> list[Outcome]:
        """Every child's outcome."""
        return [child.evaluate(case, rule) for child in self.of]


class All(Combination):
    """Yes when every one is; no as soon as one is no."""

    kind: ClassVar[str] = "all"

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Kleene's conjunction."""
        return at_least(len(self.of), self.outcomes(case, rule))


class Any(Combination):
    """Yes as soon as one is; no when every one is no."""

    kind: ClassVar[str] = "any"

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Kleene's disjunction."""
        return at_least(1, self.outcomes(case, rule))


class None_(Combination):  # noqa: N801 - the rubric's word is a Python keyword
    """Yes when every one is no."""

    kind: ClassVar[str] = "none"

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """The negated disjunction."""
        return negate(at_least(1, self.outcomes(case, rule)))


class AtLeast(Combination):
    """Yes when ``count`` of them are: ``at_least: {count: 2, of: [...]}``."""

    kind: ClassVar[str] = "at_least"
    #: How many must be yes.
    count: int = Field(ge=1, strict=True)

    @classmethod
    def from_body(cls, body: AnyValue) -> Detection:
        """A mapping with ``count`` and ``of``."""
        return cls.model_validate({} if body is None else body)

    @classmethod
    def body_schema(cls, schema: dict[str, AnyValue]) -> dict[str, AnyValue]:
        """Both settings."""
        return schema

    def _body(self, told: dict[str, AnyValue]) -> AnyValue:
        return told

    def branches(self) -> Iterator[tuple[Path, Detection]]:
        """What is counted."""
        yield from ((("of", index), child) for index, child in enumerate(self.of))

    @model_validator(mode="after")
    def _possible(self) -> AtLeast:
        if self.count > len(self.of):
            refuse("AtLeast", [Refusal(("count",), f"{self.count} of {len(self.of)} can never be yes")])
        return self

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Three-valued threshold."""
        return at_least(self.count, self.outcomes(case, rule))
