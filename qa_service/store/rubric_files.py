"""Rubric files: YAML read without its traps, and every fault with file, line, column and a hint.

Plain scalars follow YAML 1.2: ``yes``, ``no``, ``on``, ``off``, ``1:30``, ``010`` and dates are text. Anchors, tags, merge keys and
double keys are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from qa_service.domain.base import Path as Place
from qa_service.domain.criteria import KINDS
from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_checks import near
from qa_service.domain.rubric_source import Fault, Level, Position, RubricSource, in_file_order, refusal
from qa_service.store.rubric_messages import told
from qa_service.store.rubric_yaml import BrokenFileError, parse

__all__ = ["Fault", "Position", "RubricSource", "Scan", "build", "parse_source", "read_rubric", "scan", "scan_text"]

#: A rubric larger than this is no rubric.
MAX_BYTES = 2_000_000


class Scan(NamedTuple):
    """What a file holds: without errors a rubric, otherwise faults in the order of the file."""

    source: RubricSource | None
    rubric: Rubric | None
    faults: tuple[Fault, ...]


def scan(path: Path) -> Scan:
    """Read and validate a file; nothing in the file makes it raise."""
    try:
        return _scan(_source(_text(path), str(path)))
    except BrokenFileError as error:
        return Scan(None, None, (error.fault(str(path)),))


def scan_text(text: str, *, file: str) -> Scan:
    """Validate text that goes under that name."""
    try:
        return _scan(_source(text, file))
    except BrokenFileError as error:
        return Scan(None, None, (error.fault(file),))


def read_rubric(path: Path) -> tuple[Rubric, RubricSource]:
    """The rubric of a file; raises :class:`RubricError` that carries every fault."""
    found = scan(path)
    if found.rubric is None or found.source is None:
        raise refusal(found.faults)
    return found.rubric, found.source


def parse_source(text: str, *, file: str | Path) -> RubricSource:
    """Text as plain data with positions; raises :class:`RubricError` for broken syntax."""
    try:
        return _source(text, str(file))
    except BrokenFileError as error:
        raise refusal([error.fault(str(file))]) from error


def build(source: RubricSource) -> Rubric:
    """The rubric of a source; raises :class:`RubricError` that carries every fault."""
    found = _scan(source)
    if found.rubric is None:
        raise refusal(found.faults)
    return found.rubric


def _scan(source: RubricSource) -> Scan:
    try:
        return Scan(source, Rubric.model_validate(source.data), ())
    except ValidationError as error:
        return Scan(source, None, tuple(in_file_order(_faults(error, source))))


def _text(path: Path) -> str:
    if not path.is_file():
        raise BrokenFileError("no such file")
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise BrokenFileError(f"cannot be read: {error.strerror}") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig")
        message = f"not UTF-8: byte 0x{raw[error.start]:02x}"
        position = Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise BrokenFileError(message, position, "save the file as UTF-8") from error


def _source(text: str, file: str) -> RubricSource:
    if len(text) > MAX_BYTES or len(text.encode()) > MAX_BYTES:
        raise BrokenFileError(f"larger than {MAX_BYTES} bytes")
    data, positions = parse(text)
    if not isinstance(data, dict):
        raise BrokenFileError("a rubric is a mapping that starts with 'rubric:'")
    return RubricSource(file, data, positions)


def _faults(error: ValidationError, source: RubricSource) -> Iterator[Fault]:
    errors = error.errors(include_url=False)
    for one in errors:
        if not _echo(one, errors):
            place = _located(one["loc"], source)
            yield source.fault(Level.ERROR, place, *told(one, place))


def _echo(error: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    """Whether an error only repeats another: a list too short for the faults in its items, a key missing that is there misspelt."""
    loc = error["loc"]
    if error["type"] == "too_short":
        return any(len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in errors)
    beside = (other["loc"] for other in errors if other["type"] == "extra_forbidden" and other["loc"][:-1] == loc[:-1])
    return error["type"] == "missing" and any(near(str(other[-1]), [str(loc[-1])]) for other in beside)


def _located(loc: Place, source: RubricSource) -> Place:
    """The path in the file; pydantic knows neither the kinds of detections nor where a list stands for its only setting."""
    path: Place = ()
    for index, part in enumerate(loc):
        node = source.node(path)
        if not _has(node, part) and (kind := _kind(node, path)) is not None:
            path, node = (*path, kind), node[kind]
        if _has(node, part) or (index == len(loc) - 1 and isinstance(node, dict) and part != "[key]"):
            path = (*path, part)
    return path


def _has(node: object, part: str | int) -> bool:
    if isinstance(node, dict):
        return part in node
    return isinstance(node, list) and isinstance(part, int) and part < len(node)


def _kind(node: object, path: Place) -> str | None:
    """The kind of the detection that stands at a path (the settings below a kind are none, whatever they are called)."""
    if not isinstance(node, dict) or len(node) != 1 or (path and path[-1] in KINDS):
        return None
    (kind,) = node
    return kind if kind in KINDS else None
