"""Forms whose fields are known only when their page is made: one for each criterion of a rubric, say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, TypeAdapter, ValidationError

from qa_service.domain.interaction import Identifier
from qa_service.errors import InputError

M = TypeVar("M", bound=BaseModel)
#: Most that one field says.
_LONGEST = 10_000

_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)

#: By name, without blanks around; never with NUL, which PostgreSQL does not store.
Fields = Mapping[str, str]


async def sent_fields(request: Request) -> Fields:
    """What a form says; of fields with the same name the last one. Raises :class:`InputError`."""
    found = {name: value.replace("\r\n", "\n").strip() for name, value in (await request.form()).multi_items() if isinstance(value, str)}
    for name, value in found.items():
        if len(value) > _LONGEST or "\x00" in value:
            raise InputError(f"what stands in {name!r} is too long, or no text", field=name, hint=f"{_LONGEST} characters at most")
    return found


async def sent_choices(request: Request) -> Mapping[str, tuple[str, ...]]:
    """All values of each field: of boxes that were ticked, say."""
    form = await request.form()
    return {name: tuple(value for value in form.getlist(name) if isinstance(value, str) and value) for name in form}


FieldsDep = Annotated[Fields, Depends(sent_fields)]
ChoicesDep = Annotated[Mapping[str, tuple[str, ...]], Depends(sent_choices)]


def each(fields: Fields, prefix: str) -> dict[str, str]:
    """Fields whose names begin alike, by what comes after: ``reason-greeting`` by ``greeting``; empty ones left out."""
    return {name.removeprefix(prefix): value for name, value in fields.items() if name.startswith(prefix) and value}


def identifier(fields: Fields, name: str) -> str | None:
    """An id as other systems give them; ``None`` where the field is empty. Raises :class:`InputError`."""
    value = fields.get(name, "")
    try:
        return _IDENTIFIER.validate_python(value) if value else None
    except ValidationError as error:
        raise InputError(f"{value!r} is no id", field=name, hint="200 characters at most, no slashes") from error


def checked(model: type[M], values: Mapping[str, Any]) -> M:
    """What a form says, held to the same bounds as what programs send. Raises :class:`InputError` that names the first field at fault."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise InputError(first["msg"], field=".".join(str(part) for part in first["loc"]) or None) from error


def revision_of(sent: Fields) -> int:
    """The revision that a form was made of. Raises :class:`InputError`."""
    told = sent.get("revision", "")
    if not told.isascii() or not told.isdigit() or len(told) > 9:
        raise InputError("say which revision you have seen", field="revision", hint="load the page again")
    return int(told)
