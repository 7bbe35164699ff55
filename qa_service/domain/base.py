"""What every domain type has in common: frozen, strict about keys, compared by value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

_R = TypeVar("_R", bound=BaseModel)
_fill = object.__setattr__
#: Keys and indexes from the root of a document down to one of its parts.
Path = tuple[str | int, ...]


class Record(BaseModel):
    """A frozen value; an unknown key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's, but what was worked out from the old values (cached properties) does not come along."""
        if deep or not update:
            return super().model_copy(update=update, deep=deep)
        fields = type(self).__pydantic_fields__
        values = {name: value for name, value in self.__dict__.items() if name in fields}
        return _made(type(self), values | dict(update), self.__pydantic_fields_set__ | update.keys())

    @classmethod
    def trusted(cls, **values: Any) -> Self:
        """A value made without any check, several times quicker: for inner loops that give every field in its exact type."""
        return _made(cls, values, set(values))


def _made(kind: type[_R], values: dict[str, Any], told: set[str]) -> _R:
    """What pydantic makes after validation; frozen models are filled past their own ``__setattr__``."""
    made = object.__new__(kind)
    _fill(made, "__dict__", values)
    _fill(made, "__pydantic_fields_set__", told)
    _fill(made, "__pydantic_extra__", None)
    _fill(made, "__pydantic_private__", None)
    return made


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
