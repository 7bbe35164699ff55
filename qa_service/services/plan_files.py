"""Sampling plans in files: YAML or JSON, refused with file, line and field."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from qa_service.domain.base import Path as Place
from qa_service.domain.sampling_plan import QuotaRule, RandomRule, RiskRule, SamplingPlan, StratifiedRule
from qa_service.errors import InputError
from qa_service.store.rubric_yaml import BrokenFileError, parse

#: Bytes; plans are a dozen lines.
_LARGEST = 100_000
#: What pydantic puts into the place of a fault below ``rule``.
_KINDS = frozenset(get_args(rule.model_fields["kind"].annotation)[0] for rule in (RandomRule, StratifiedRule, RiskRule, QuotaRule))


def read_plan(file: Path) -> SamplingPlan:
    """The plan of a file; raises :class:`InputError` with the first fault."""
    if not file.is_file():
        raise InputError("no such file", file=file)
    raw = file.read_bytes()
    if len(raw) > _LARGEST:
        raise InputError(f"larger than {_LARGEST // 1000} kB: this is no plan", file=file)
    try:
        data, positions = parse(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8 text", file=file) from error
    except BrokenFileError as error:
        raise InputError(error.message, file=file, line=error.position.line, hint=error.hint or None) from error
    try:
        return SamplingPlan.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = _place(first["loc"])
        line = next((positions[place[:end]].line for end in range(len(place), -1, -1) if place[:end] in positions), None)
        hint = first.get("ctx", {}).get("hint")
        raise InputError(first["msg"], file=file, line=line, field=".".join(map(str, place)) or None, hint=hint or None) from error


def _place(location: Place) -> Place:
    """Where the fault is in the file, without the kind of rule that pydantic tells."""
    return tuple(part for index, part in enumerate(location) if not (index == 1 and location[0] == "rule" and part in _KINDS))
