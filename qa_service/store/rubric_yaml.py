"""YAML as rubrics use it: mappings, lists and plain values, each with its position."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from qa_service.domain.base import Path
from qa_service.domain.rubric_source import START, Fault, Level, Position

_INTEGER = re.compile(r"^[-+]?(0|[1-9][0-9]{0,14})$")
_NUMBER = re.compile(r"^[-+]?((0|[1-9][0-9]{0,14})(\.[0-9]{0,15})?|\.[0-9]{1,15})([eE][-+]?[0-9]{1,2})?$")
_WORDS = {"": None, "~": None, "true": True, "false": False, "null": None}
_WORDS |= {f(word): value for word, value in _WORDS.items() for f in (str.title, str.upper)}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
#: Rubrics are ten levels deep; YAML that is deeper than this is an attack or an accident.
_DEEPEST = 40
_HINTS = {
    "mapping values are not allowed": "a text with a colon in it needs quotes, and keys of one level start in one column",
    "cannot start any token": "put the text in quotes",
    "did not find expected key": "check the column in which this line starts, and open quotes above it",
    "unexpected end of stream": "a quote or bracket is never closed",
}


class BrokenFileError(Exception):
    """The file cannot be read as a rubric's YAML; becomes a fault."""

    def __init__(self, message: str, position: Position = START, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.position, self.hint = message, position, hint

    def fault(self, file: str) -> Fault:
        """As a finding."""
        return Fault(Level.ERROR, file, self.position, "", self.message, self.hint)


def parse(text: str) -> tuple[Any, dict[Path, Position]]:
    """Plain data of the only document, and the position of every key and list item; raises :class:`BrokenFileError`."""
    control = _CONTROL.search(text)
    if control is not None:
        raise BrokenFileError(f"character U+{ord(control[0]):04X} is not allowed", _position_at(text, control.start()))
    try:
        return _Reader(yaml.parse(text, Loader=yaml.CSafeLoader)).document()
    except yaml.MarkedYAMLError as error:
        raise _broken(error, text) from error
    except yaml.YAMLError as error:
        raise BrokenFileError(f"broken YAML: {error}") from error


def _broken(error: yaml.MarkedYAMLError, text: str) -> BrokenFileError:
    mark = error.problem_mark or error.context_mark
    position = START if mark is None else Position(mark.line + 1, mark.column + 1)
    problem = str(error.problem or error.context)
    hint = next((hint for start, hint in _HINTS.items() if start in problem), "")
    lines = text.splitlines()
    if position.line <= len(lines) and lines[position.line - 1][position.column - 1 : position.column] == "\t":
        hint = "indent with blanks, not with tabs"
    return BrokenFileError(f"broken YAML: {problem}", position, hint)


def _position_at(text: str, offset: int) -> Position:
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


class _Reader:
    """Builds data from the parser's events."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._positions: dict[Path, Position] = {}

    def document(self) -> tuple[Any, dict[Path, Position]]:
        data: Any = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise BrokenFileError("a second document starts here", _position(event), "one rubric a file: remove '---'")
            elif isinstance(event, yaml.NodeEvent):
                data = self._value(event, ())
        return data, self._positions

    def _value(self, event: yaml.Event, path: Path) -> Any:
        self._positions.setdefault(path, _position(event))
        if len(path) > _DEEPEST:
            raise BrokenFileError(f"nested deeper than {_DEEPEST} levels", _position(event))
        _check_plain(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        assert isinstance(event, yaml.ScalarEvent)
        return event.value if event.style else _plain(event.value)

    def _mapping(self, path: Path) -> dict[str, Any]:
        out: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = _key(event)
            if key in out:
                raise BrokenFileError(f"key {key!r} is there twice", _position(event))
            self._positions[(*path, key)] = _position(event)
            out[key] = self._value(next(self._events), (*path, key))
        return out

    def _sequence(self, path: Path) -> list[Any]:
        out: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            out.append(self._value(event, (*path, len(out))))
        return out


def _key(event: yaml.Event) -> str:
    _check_plain(event)
    if not isinstance(event, yaml.ScalarEvent):
        raise BrokenFileError("a key must be a word", _position(event))
    if event.value == "<<" and not event.style:
        raise BrokenFileError("merge keys are not used in rubrics", _position(event), "write named phrases instead")
    return str(event.value)


def _check_plain(event: yaml.Event) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
        raise BrokenFileError("anchors and aliases are not used in rubrics", _position(event), "write named phrases instead")
    if getattr(event, "tag", None) is not None:
        raise BrokenFileError("tags are not used in rubrics", _position(event), "a text that starts with '!' needs quotes")


def _position(event: yaml.Event) -> Position:
    mark = event.start_mark
    assert mark is not None, "the parser marks every event"
    return Position(mark.line + 1, mark.column + 1)


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    return float(text) if _NUMBER.match(text) else text
