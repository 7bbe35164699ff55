"""What every domain type has in common: frozen, strict about keys, compared by value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

#: Keys and indexes from the root of a document down to one of its parts.
Path = tuple[str | int, ...]


class Record(BaseModel):
    """A frozen value; an unknown key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's, but what was worked out from the old values (cached properties) does not come along."""
        copied = super().model_copy(update=update, deep=deep)
        if update:
            for name in copied.__dict__.keys() - type(self).model_fields.keys():
                del copied.__dict__[name]
        return copied


class Refusal(NamedTuple):
    """One reason why a value is refused by a rule that pydantic has no word for."""

    #: Where, below the value that is validated.
    path: Path
    #: What is wrong.
    message: str
    #: What to do.
    hint: str = ""


def refuse(title: str, refusals: Iterable[Refusal]) -> None:
    """Raise one ``ValidationError`` that names every place, for use inside validators; no refusals, no error."""
    details = [
        InitErrorDetails(type=PydanticCustomError("rule", "{message}", {"message": message, "hint": hint}), loc=path, input=None)
        for path, message, hint in refusals
    ]
    if details:
        raise ValidationError.from_exception_data(title, details)
