"""Durations as rubric authors write them: ``500ms``, ``10s``, ``2m``, ``24h``."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_DURATION = re.compile(r"^([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(ms|s|m|h)$")
DURATION_PATTERN = r"^[0-9]{1,9}(\.[0-9]{1,3})? ?(ms|s|m|h)$"
_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}


def parse_duration(value: object) -> int:
    """Milliseconds; raises ``ValueError`` for a bare number, ``1:30`` and anything else without a unit."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _DURATION.match(str(value).strip())
    if found is None:
        raise ValueError(f"{value!r} is no duration: write 500ms, 10s, 2m or 24h")
    return round(Fraction(found[1]) * _MS[found[2]])


def _authored(value: object) -> int:
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError(f"{value!r} needs a unit: write 500ms, 10s, 2m or 24h")


def format_duration(ms: int) -> str:
    """The shortest exact spelling."""
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if ms and ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms"


#: Milliseconds inside, text with a unit outside.
Duration = Annotated[int, BeforeValidator(parse_duration), PlainSerializer(format_duration, return_type=str)]
#: As :data:`Duration`, and refuses a bare number: for what people write.
AuthoredDuration = Annotated[
    int, BeforeValidator(_authored), PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["10s", "2m", "500ms"]}),
]
