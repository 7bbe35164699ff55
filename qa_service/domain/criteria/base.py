"""What every kind of detection is: parsed from ``{kind: body}``, asks queries, and decides a case."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema, model_serializer

from qa_service.domain.base import Record
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome
from qa_service.domain.finding import Query

#: Named phrases of a rubric: name -> language -> phrases.
PhraseBook = Mapping[str, Mapping[str, tuple[str, ...]]]


class Detection(Record):
    """Base of all kinds; a subclass sets ``kind`` and implements :meth:`evaluate`."""

    kind: ClassVar[str]

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Decide on a case; ``rule`` is the dotted place of the criterion, for the evidence."""
        raise NotImplementedError

    def queries(self, book: PhraseBook) -> Iterator[Query]:
        """What must be looked up in the transcript before :meth:`evaluate`."""
        for child in self.children():
            yield from child.queries(book)

    def children(self) -> tuple[Detection, ...]:
        """Detections inside this one."""
        return ()

    def signals(self) -> Iterator[str]:
        """Names of the signals that are read."""
        for child in self.children():
            yield from child.signals()

    def phrase_names(self) -> Iterator[str]:
        """Named phrases that are used."""
        for child in self.children():
            yield from child.phrase_names()

    def criteria(self) -> Iterator[str]:
        """Criteria whose evidence is a border of this one's scope."""
        for child in self.children():
            yield from child.criteria()

    def body(self) -> Any:
        """What stands behind the kind's name in a rubric."""
        return {name: value for name, value in self._dump().items() if value is not None}

    def _dump(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).model_fields}

    @model_serializer(mode="wrap")
    def _as_written(self, handler: Any) -> dict[str, Any]:
        dumped = handler(self)
        return {self.kind: {name: value for name, value in dumped.items() if value is not None}}

    @classmethod
    def from_body(cls, body: Any) -> Detection:
        """Parse what stands behind the kind's name."""
        return cls.model_validate({} if body is None else body)


def parse_detection(raw: object) -> Detection:
    """``{kind: body}`` or a bare kind name -> a detection; raises ``ValueError`` naming near misses."""
    from qa_service.domain.criteria import KINDS  # the table imports every kind, and the kinds import this file

    if isinstance(raw, Detection):
        return raw
    if isinstance(raw, str):
        raw = {raw: None}
    if not isinstance(raw, dict) or len(raw) != 1:
        raise ValueError(f"a detection is one kind with its settings, such as 'said: {{...}}', not {raw!r}")
    ((kind, body),) = raw.items()
    if kind not in KINDS:
        near = difflib.get_close_matches(str(kind), KINDS, n=1)
        raise ValueError(f"unknown detection {kind!r}" + (f", did you mean {near[0]!r}?" if near else f"; kinds are {', '.join(KINDS)}"))
    return KINDS[kind].from_body(body)


AnyDetection = Annotated[
    Detection,
    BeforeValidator(parse_detection),
    PlainSerializer(lambda detection: detection.model_dump(mode="json"), return_type=dict),
    WithJsonSchema({"$ref": "#/$defs/Detection"}),
]
