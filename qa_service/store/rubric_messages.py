"""What pydantic finds in a rubric, in words for the person who wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic_core import ErrorDetails

from qa_service.domain.base import Path
from qa_service.domain.rubric_checks import near
from qa_service.domain.rubric_schema import known_keys

#: pydantic's type -> message; names in braces are of the error's context, ``found`` is what stands there.
_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "int_type": "must be a whole number, not {found}",
        "int_from_float": "must be a whole number, not {found}",
        "float_type": "must be a number, not {found}",
        "bool_type": "must be true or false, not {found}",
        "string_type": "must be a text, not {found}",
        "dict_type": "must be a mapping, not {found}",
        "model_type": "must be a mapping, not {found}",
        "tuple_type": "must be a list, not {found}",
        "enum": "must be {expected}, not {found}",
        "literal_error": "must be {expected}, not {found}",
        "too_short": "must not be empty",
        "string_too_short": "must not be empty",
        "string_too_long": "must not be longer than {max_length} characters",
        "greater_than": "must be more than {gt:g}, not {found}",
        "greater_than_equal": "must be {ge:g} or more, not {found}",
        "less_than": "must be less than {lt:g}, not {found}",
        "less_than_equal": "must be {le:g} or less, not {found}",
        "finite_number": "must be a number, not {found}",
    }
)
_PATTERNS = {"^[a-z]{2,3}$": "is no language code: write en, fa, ar or another ISO 639 code"}
_QUOTED = re.compile(r"'([^']+)'")


def told(error: ErrorDetails, path: Path) -> tuple[str, str]:
    """Message and hint for one error at a path of the file."""
    kind, context, found = str(error["type"]), error.get("ctx", {}), _shown(error["input"])
    if kind == "missing":
        return f"{str(path[-1])!r} is missing", ""
    if kind == "extra_forbidden":
        keys = known_keys(path[:-1])
        return f"unknown key {path[-1]!r}", near(str(path[-1]), keys) or (f"known are {', '.join(keys)}" if keys else "")
    if kind == "rule":
        return str(context["message"]), str(context["hint"])
    if kind == "string_pattern_mismatch":
        return f"{found} {_PATTERNS.get(context['pattern'], 'is no id: small letters, digits and _ (or - in the id of a rubric)')}", ""
    message = _MESSAGES.get(kind)
    if message is None:
        return str(error["msg"]).removeprefix("Value error, "), ""
    return message.format_map({**context, "found": found}), _hint(kind, context, error["input"])


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _hint(kind: str, context: Mapping[str, Any], value: object) -> str:
    if kind in ("enum", "literal_error"):
        return near(str(value), _QUOTED.findall(str(context["expected"])))
    if kind == "string_type" and isinstance(value, int | float):
        return "put it in quotes"
    return "write true or false" if kind == "bool_type" and value in ("yes", "no", "on", "off") else ""
