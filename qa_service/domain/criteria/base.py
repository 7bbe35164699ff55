"""What every kind of detection is: parsed from ``{kind: body}``, asks queries, and decides a case."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, PlainSerializer, SerializerFunctionWrapHandler, WithJsonSchema, model_serializer

from qa_service.domain.base import Path, Record, Refusal, refuse
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

    def verdicts(self) -> tuple[str, ...]:
        """Ids of the answers that it may give, beside ``undecided``."""
        return ("yes", "no")

    def queries(self, book: PhraseBook) -> Iterator[Query]:
        """What must be looked up in the transcript before :meth:`evaluate`."""
        for child in self.children():
            yield from child.queries(book)

    def branches(self) -> Iterator[tuple[Path, Detection]]:
        """Detections inside this one, each with its place below the kind's name in the file."""
        return iter(())

    def children(self) -> tuple[Detection, ...]:
        """Detections inside this one."""
        return tuple(child for _, child in self.branches())

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Detection]]:
        """This one and all inside it, each with the place of its kind's name; ``path`` is where this one stands."""
        here = (*path, self.kind)
        yield here, self
        for below, child in self.branches():
            yield from child.walk((*here, *below))

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

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:  # not Any: a kind has that name
        """``{kind: body}``; what has its default value is left out, so that a new setting changes no fingerprint."""
        fields = type(self).model_fields
        told = {name: value for name, value in handler(self).items() if getattr(self, name) != fields[name].default}
        return {self.kind: self._body(told)}

    def _body(self, told: dict[str, Any]) -> Any:
        """What stands behind the kind's name, from the settings that differ from their defaults."""
        return told

    @classmethod
    def from_body(cls, body: Any) -> Detection:
        """Parse what stands behind the kind's name."""
        return cls.model_validate({} if body is None else body)

    @classmethod
    def body_schema(cls, schema: dict[str, Any]) -> dict[str, Any]:
        """JSON Schema of what stands behind the kind's name, from that of the settings; the twin of :meth:`from_body`."""
        return schema


def parse_detection(raw: Any) -> Detection:
    """``{kind: body}`` or a bare kind name -> a detection; raises ``ValidationError`` naming near misses."""
    from qa_service.domain.criteria import KINDS  # the table imports every kind, and the kinds import this file

    if isinstance(raw, Detection):
        return raw
    if isinstance(raw, str):
        raw = {raw: None}
    if not isinstance(raw, dict) or len(raw) != 1:
        refuse("Detection", [Refusal((), _not_one(raw), "such as 'said: {...}'; combine several with all, any, none or at_least")])
    ((kind, body),) = raw.items()
    if kind not in KINDS:
        near = difflib.get_close_matches(str(kind), KINDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"kinds are {', '.join(KINDS)}"
        refuse("Detection", [Refusal((kind,), f"unknown detection {kind!r}", hint)])
    return KINDS[kind].from_body(body)


def _not_one(raw: object) -> str:
    found = f"{', '.join(str(key) for key in raw) or 'nothing'}" if isinstance(raw, dict) else f"{str(raw)[:60]!r}"
    return f"a detection is one kind with its settings, not {found}"


AnyDetection = Annotated[
    Detection,
    BeforeValidator(parse_detection),
    PlainSerializer(lambda detection: detection.model_dump(mode="json"), return_type=dict),
    WithJsonSchema({"$ref": "#/$defs/Detection"}),
]
