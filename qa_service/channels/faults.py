"""Pydantic's findings in the words of a user: file, field path, what is wrong, what was probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from qa_service.channels.base import Where
from qa_service.errors import ConversationError

#: Findings that explain the others come first: a misspelt key also makes the right one missing.
_FIRST = ("json_invalid", "extra_forbidden")


def fault_of(error: ValidationError, *, keys: Mapping[str, Sequence[str]], where: Where) -> ConversationError:
    """The most telling finding as a :class:`ConversationError`.

    ``keys``: path without indices (``turns``, ``turns.words``, empty for the top) -> keys allowed there.
    """
    found = error.errors(include_url=False)
    first = min(found, key=lambda one: _FIRST.index(one["type"]) if one["type"] in _FIRST else len(_FIRST))
    line = _line_in(first["msg"]) if first["type"] == "json_invalid" else None
    hint = _hint(first, keys=keys)
    if len(found) > 1:
        hint = f"{hint}; {len(found) - 1} more" if hint else f"{len(found) - 1} more faults"
    return where.fault(_message(first), field=path(first["loc"]) or None, hint=hint, line=line and line - 1 + (where.line or 1))


def path(location: Iterable[str | int]) -> str:
    """``('turns', 3, 'start')`` -> ``turns[3].start``."""
    parts = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in _keys(location))
    return parts.removeprefix(".")


def _keys(location: Iterable[str | int]) -> list[str | int]:
    """Without the names of alternatives that pydantic puts between the keys."""
    return [part for part in location if not (isinstance(part, str) and part.startswith(("Wire", "literal[")))]


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint with the nearest of ``known``, else all of them when they are few."""
    choices = list(known)
    near = difflib.get_close_matches(word.lower(), choices, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(choices)}" if choices else None


def shown(value: object, *, longest: int = 40) -> str:
    """``value`` as it may stand in a message: short, and printable on every terminal."""
    text = repr(value).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= longest else f"{text[:longest]}…"


def _message(fault: Mapping[str, Any]) -> str:
    kind, message, value = fault["type"], str(fault["msg"]), fault.get("input")
    match kind:
        case "extra_forbidden":
            return "unknown key"
        case "missing":
            return "required, but missing"
        case "enum":
            return f"unknown {fault['loc'][-1]} {shown(value)}"
        case "timezone_aware":
            return f"{shown(value)} does not say its time zone"
        case "value_error":
            return message.removeprefix("Value error, ")
        case "json_invalid" if "hex escape" in message:
            return "not valid JSON: half of a surrogate pair"
        case "json_invalid":
            return f"not valid JSON: {message.removeprefix('Invalid JSON: ')}"
    plain = message.replace("Input should", "should", 1)
    return f"{plain}, not {shown(value)}" if value is None or isinstance(value, (str, int, float)) else plain


def _hint(fault: Mapping[str, Any], *, keys: Mapping[str, Sequence[str]]) -> str | None:
    names = [str(part) for part in _keys(fault["loc"]) if not isinstance(part, int)]
    if fault["type"] == "extra_forbidden":
        return did_you_mean(names[-1], keys.get(".".join(names[:-1]), ()))
    if fault["type"] == "enum":
        known = re.findall(r"'([^']+)'", str(fault["ctx"]["expected"]))
        return did_you_mean(str(fault.get("input")), known)
    if fault["type"] == "timezone_aware":
        return "write it as 2026-11-02T09:14:05Z or with an offset such as +03:30"
    if names == ["channels"]:
        return '{"left": "agent", "right": "customer"} or "mono"'
    if fault["type"] == "string_pattern_mismatch" and names[-1] == "language":
        return "two or three small letters, such as en, fa, ar"
    return None


def _line_in(message: str) -> int | None:
    found = re.search(r"at line (\d+)", message)
    return int(found.group(1)) if found else None
