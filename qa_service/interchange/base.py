"""What every kind of form has in common: options, notes on fidelity, and the reading of another product's JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from pydantic import ValidationError

from qa_service.domain.interaction import Channel
from qa_service.domain.rubric import Criterion, Rubric
from qa_service.errors import InputError

#: Every form's weights are percent with so many decimals.
_DECIMALS = Decimal("0.001")


class Fidelity(StrEnum):
    """What a note tells of."""

    #: The other side has no place for it.
    LOST = "lost"
    #: It is there in another shape, or rounded.
    CHANGED = "changed"


class Note(NamedTuple):
    """One thing that did not come along as it was."""

    fidelity: Fidelity
    #: Where: id of a section or criterion, or the place in the other product's form; empty for the whole form.
    place: str
    #: What, and what became of it.
    message: str


class FormOptions(NamedTuple):
    """What the other side wants to know and the form does not tell."""

    #: Language of the texts.
    language: str = "en"
    #: Amazon Connect: the instance that the form is for.
    instance: str = "REPLACE-WITH-YOUR-INSTANCE-ID"
    #: Reading: channel of the rubric.
    channel: Channel = Channel.PHONE
    #: Reading: id of the rubric; from the title unless told.
    rubric: str | None = None


class Exported(NamedTuple):
    """A form for another product."""

    #: As its API takes it.
    form: dict[str, Any]
    notes: tuple[Note, ...]


class Imported(NamedTuple):
    """A form of another product as a rubric: a person answers every criterion until detections are written."""

    rubric: Rubric
    notes: tuple[Note, ...]


class FormKind(Protocol):
    """A product whose forms are written and read."""

    def write(self, rubric: Rubric, options: FormOptions) -> Exported:
        """The rubric as a form."""
        ...

    def read(self, form: object, options: FormOptions, *, file: str) -> Imported:
        """A form as a rubric; raises :class:`~qa_service.errors.InputError` naming file and field."""
        ...


def lost(place: str, message: str) -> Note:
    """What the other side has no place for."""
    return Note(Fidelity.LOST, place, message)


def changed(place: str, message: str) -> Note:
    """What is there in another shape."""
    return Note(Fidelity.CHANGED, place, message)


def localised(texts: Mapping[str, str], language: str) -> str:
    """The text in a language, else in English, else in the first there is."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()))


def cut(text: str, limit: int, *, place: str, notes: list[Note]) -> str:
    """The text, at most so long; a cut is noted."""
    if len(text) <= limit:
        return text
    notes.append(changed(place, f"text of {len(text)} characters cut to {limit}"))
    return text[: limit - 1].rstrip() + "…"


def shares(weights: Sequence[Decimal]) -> list[float]:
    """Weights as percent that add up to 100 exactly, three decimals each (largest remainders get what rounding leaves)."""
    total = sum(weights, Decimal())
    exact = [weight * 100 / total for weight in weights]
    floors = [share.quantize(_DECIMALS, rounding=ROUND_FLOOR) for share in exact]
    missing = int((100 - sum(floors, Decimal())) / _DECIMALS)
    largest = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))[:missing]
    return [float(floor + _DECIMALS if i in largest else floor) for i, floor in enumerate(floors)]


def unspoken(criterion: Criterion) -> Iterable[Note]:
    """Notes on what no other product's form holds."""
    if criterion.detect is not None or criterion.numeric is not None:
        yield lost(criterion.id, "what decides it automatically (detection)")
    if criterion.applies_when is not None:
        yield changed(criterion.id, "its opportunity (applies_when) is left to the evaluator, who may answer 'not applicable'")
    if criterion.skill is not None:
        yield lost(criterion.id, f"skill {criterion.skill.value}")


def other_languages(rubric: Rubric, language: str) -> Iterable[Note]:
    """A note on titles and questions that stay behind."""
    told = {one for criterion in rubric.criteria for one in criterion.question} | set(rubric.title)
    rest = sorted(told - {language})
    if language not in told:
        yield changed("", f"nothing is written in {language!r}: texts are taken in the first language there is")
    elif rest:
        yield lost("", f"texts in {', '.join(rest)} (one form holds one language: export each)")


def member(data: object, name: str, kind: type | tuple[type, ...], *, file: str, place: str) -> Any:
    """A member that must be there and of that type; raises :class:`InputError`."""
    found = data.get(name) if isinstance(data, dict) else None
    if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
        wanted = " or ".join(one.__name__ for one in (kind if isinstance(kind, tuple) else (kind,)))
        raise InputError(f"{name!r} must be there and be a {wanted}", file=file, field=f"{place}.{name}".lstrip("."))
    return found


def mapping(data: object) -> dict[str, Any]:
    """What may be left out: an object, else an empty one."""
    return data if isinstance(data, dict) else {}


def mappings(data: object) -> list[dict[str, Any]]:
    """What may be left out: the objects of a list."""
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def imported(data: dict[str, Any], notes: list[Note], *, file: str) -> Imported:
    """The rubric of what was read; raises :class:`InputError` naming the field that a rubric cannot hold."""
    notes.append(changed("", "every criterion is answered by people until detections are written"))
    try:
        return Imported(Rubric.model_validate(data), tuple(notes))
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(first["msg"], file=file, field=".".join(str(part) for part in first["loc"])) from error
