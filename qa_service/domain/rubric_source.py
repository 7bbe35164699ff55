"""A rubric as it was written: plain data, where each part of it stands in the file, and the faults found there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from qa_service.domain.base import Path
from qa_service.errors import RubricError


class Position(NamedTuple):
    """Where something stands in a file, from 1."""

    line: int
    column: int


START = Position(1, 1)


class Level(StrEnum):
    """How bad a fault is."""

    #: Keeps the rubric from being used.
    ERROR = "error"
    #: Does not.
    WARNING = "warning"


class Fault(NamedTuple):
    """One finding of lint; prints as ``file:line:column: level: path: message (hint)``."""

    level: Level
    #: Name of the file.
    file: str
    #: Where in it.
    position: Position
    #: Dotted path in the rubric; empty for the file as a whole.
    path: str
    #: What is wrong.
    message: str
    #: What to do.
    hint: str = ""

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        where = f"{self.path}: " if self.path else ""
        return f"{self.file}:{self.position.line}:{self.position.column}: {self.level}: {where}{self.message}{hint}"


class RubricSource(NamedTuple):
    """A parsed file."""

    #: Name of the file.
    file: str
    #: What it says.
    data: dict[str, Any]
    #: Where each key and list item stands.
    positions: Mapping[Path, Position]

    def position(self, path: Sequence[str | int]) -> Position:
        """Position of a path, or of the nearest part above it."""
        for length in range(len(path), -1, -1):
            if tuple(path[:length]) in self.positions:
                return self.positions[tuple(path[:length])]
        return START

    def fault(self, level: Level, path: Path, message: str, hint: str = "") -> Fault:
        """A fault at a path."""
        return Fault(level, self.file, self.position(path), ".".join(str(part) for part in path), message, hint)

    def node(self, path: Path) -> Any:
        """What the file says at a path that it has."""
        found: Any = self.data
        for part in path:
            found = found[part]
        return found


def in_file_order(faults: Iterable[Fault]) -> list[Fault]:
    """Each fault once, by line and column."""
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.position, fault.level, fault.path))


def refusal(faults: Sequence[Fault]) -> RubricError:
    """The error for faults of level ``error``, told by the first of them; ``faults`` must have one."""
    errors = [fault for fault in faults if fault.level is Level.ERROR]
    first = errors[0]
    return RubricError(
        first.message, file=first.file, line=first.position.line, field=first.path or None, hint=first.hint or None,
        faults=[str(fault) for fault in errors],
    )
