"""Cutting a file into its JSON conversations: one object, a list, or JSON Lines, each with the line it stands on."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from qa_service.channels.base import Where
from qa_service.channels.faults import shown
from qa_service.errors import ConversationError

#: Endings that promise JSON Lines, whatever the first line looks like.
LINE_SUFFIXES = (".jsonl", ".ndjson")
_BLANK = " \t\r\n"
#: An escaped NUL that is not itself escaped: no database takes the character.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON value as it stands in a file, syntax checked, keys unique."""

    #: The JSON text.
    text: str
    #: Line it starts on; ``None`` where the file holds nothing else.
    line: int | None


def documents_of_file(path: Path) -> Iterator[Document | ConversationError]:
    """The documents of a file; JSON Lines are streamed, everything else is read whole."""
    where = Where(file=path)
    try:
        with path.open("rb") as stream:
            head = list(_first_lines(stream))
            if _is_lines(head, suffix=path.suffix.lower()):
                yield from _or_empty(_lines(chain(head, stream), where=where), where=where)
                return
        data = path.read_bytes()
    except OSError as error:
        yield where.fault(f"cannot be read: {error.strerror}")
        return
    yield from documents(data, file=path)


def documents(data: bytes, *, file: str | Path | None = None) -> Iterator[Document | ConversationError]:
    """The documents of an upload."""
    where = Where(file=file)
    try:
        text = decode(data, where=where)
    except ConversationError as error:
        yield error
        return
    head = [line.encode() for line in text.split("\n", 2)]
    suffix = Path(file).suffix.lower() if file is not None else ""
    if _is_lines(head, suffix=suffix):
        yield from _or_empty(_lines((line.encode() for line in text.split("\n")), where=where), where=where)
    else:
        yield from _Walk(text, where=where).documents()


def decode(data: bytes, *, where: Where) -> str:
    """UTF-8 with or without byte order mark, or UTF-16 with one; raises :class:`ConversationError` with the line."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise where.fault("not UTF-8 text", line=where.line or line, hint="save the file as UTF-8") from error
    if not text.strip(_BLANK + "\0"):
        raise where.fault("the file is empty")
    return text


def _first_lines(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Lines up to and including the second one that is not blank."""
    seen = 0
    for line in stream:
        yield line
        seen += bool(line.strip())
        if seen == 2:
            return


def _is_lines(head: list[bytes], *, suffix: str) -> bool:
    if suffix in LINE_SUFFIXES:
        return True
    full = [line.strip().removeprefix(codecs.BOM_UTF8) for line in head if line.strip()]
    return len(full) > 1 and full[0].startswith(b"{") and full[0].endswith(b"}") and full[1].startswith(b"{")


def _lines(lines: Iterable[bytes], *, where: Where) -> Iterator[Document | ConversationError]:
    for number, line in enumerate(lines, start=1):
        if line.strip().removeprefix(codecs.BOM_UTF8):
            here = Where(file=where.file, line=number)
            try:
                yield from _Walk(decode(line, where=here), where=here).documents()
            except ConversationError as error:
                yield error


def _or_empty(found: Iterator[Document | ConversationError], *, where: Where) -> Iterator[Document | ConversationError]:
    first = next(found, None)
    yield where.fault("the file is empty") if first is None else first
    yield from found


class _Walk:
    """One pass over a text with the standard library's scanner, which (unlike the validator) shows duplicate keys."""

    def __init__(self, text: str, *, where: Where) -> None:
        self._text = text
        self._where = where
        self._twice: list[str] = []
        self._strange: list[str] = []
        self._decoder = json.JSONDecoder(object_pairs_hook=self._pairs, parse_constant=self._constant, parse_int=float)

    def documents(self) -> Iterator[Document | ConversationError]:
        """The only value, or the items of the only list; a syntax error ends the walk, other faults only their item."""
        start = self._skip(0)
        in_list = self._text.startswith("[", start)
        try:
            yield from self._items(start + 1) if in_list else self._single(start)
        except json.JSONDecodeError as error:
            yield self._syntax(error.msg, error.pos)
        except RecursionError:
            yield self._where.fault("nested too deeply")

    def _single(self, start: int) -> Iterator[Document | ConversationError]:
        end = self._scan(start)
        rest = self._skip(end)
        if rest < len(self._text):
            raise json.JSONDecodeError("something follows the end of the object", self._text, rest)
        yield self._document(start, end, line=self._where.line)

    def _items(self, start: int) -> Iterator[Document | ConversationError]:
        at, line, counted = self._skip(start), 1, 0
        if self._text.startswith("]", at):
            yield self._where.fault("the list holds no conversation")
            return
        while True:
            end = self._scan(at)
            line, counted = line + self._text.count("\n", counted, at), at
            yield self._document(at, end, line=self._where.line or line)
            at = self._skip(end)
            if not self._text.startswith((",", "]"), at):
                raise json.JSONDecodeError("Expecting ',' or ']'", self._text, at)
            if self._text[at] == "]":
                return
            at = self._skip(at + 1)

    def _scan(self, start: int) -> int:
        self._twice.clear()
        self._strange.clear()
        return self._decoder.raw_decode(self._text, start)[1]

    def _skip(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

    def _document(self, start: int, end: int, *, line: int | None) -> Document | ConversationError:
        text = self._text[start:end]
        here = Where(file=self._where.file, line=line)
        if self._twice:
            return here.fault("the key stands twice in one object", field=self._twice[0])
        if self._strange:
            return here.fault(f"{self._strange[0]} is not a number in JSON")
        if "\\u0000" in text and _NUL.search(text):
            return here.fault("holds a NUL character (\\u0000)")
        return Document(text, line)

    def _syntax(self, message: str, position: int) -> ConversationError:
        line = self._text.count("\n", 0, position) + (self._where.line or 1)
        near = self._text[position : position + 20]
        return self._where.fault(f"not valid JSON: {message}", line=line, hint=f"near {shown(near)}" if near else "the file ends too early")

    def _pairs(self, pairs: list[tuple[str, object]]) -> None:
        if len({key for key, _ in pairs}) != len(pairs):
            keys = [key for key, _ in pairs]
            self._twice.append(next(key for index, key in enumerate(keys) if key in keys[:index]))

    def _constant(self, name: str) -> None:
        self._strange.append(name)
