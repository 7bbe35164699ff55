"""Lines of a text file in whatever encoding it is, one at a time; no line, however long, is held whole."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from qa_service.errors import TableError

#: Longest line, characters.
LONGEST = 200_000
_PIECE = 1 << 20
_SAMPLE = 1 << 18
#: One zero in so many bytes is a fault of its row; more of them are another encoding, or no text.
_FEW = 50
#: Bytes that stand in no text.
_CONTROL = (*range(1, 9), *range(14, 27), *range(28, 32))
#: First bytes of files that are mistaken for tables.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a workbook or a zip archive"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"), (b"%PDF", "a PDF"),
    (b"RIFF", "a recording"), (b"\x1f\x8b", "a compressed file"), (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"),
    (b"ID3", "a recording"), (b"OggS", "a recording"), (b"fLaC", "a recording"), (b"SQLite format 3", "a database"),
)  # fmt: skip
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


class Line(NamedTuple):
    """One line."""

    #: From 1.
    number: int
    #: Without its end; ``None`` for one that is longer than :data:`LONGEST`.
    text: str | None


def encoding_of(path: Path) -> str:
    """The encoding: by its mark, else UTF-8 where it is that throughout, else UTF-16 by its zeros, else that of Windows for Arabic or for
    western letters, whichever makes more letters of it. Raises :class:`TableError` for what is no text."""
    with path.open("rb") as stream:
        head = stream.read(_SAMPLE)
    if not head:
        raise TableError("the file is empty", file=path)
    other = next((what for start, what in _OTHERS if head.startswith(start)), None)
    if other is not None:
        raise TableError(f"this is {other}, no table of text", file=path, hint="save it as 'CSV UTF-8'")
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked is not None:
        return marked
    if sum(map(head.count, _CONTROL)) * _FEW > len(head):
        raise TableError("this is no text", file=path, hint="save it as 'CSV UTF-8'")
    if head.count(0) * _FEW > len(head):
        return _by_zeros(head, path)
    return "utf-8" if _is_utf8(path) else _of_windows(head)


def lines(path: Path, *, encoding: str) -> Iterator[Line]:
    """Lines in order, whatever ends them."""
    with path.open("r", encoding=encoding, errors="replace", newline=None) as stream:
        number = 0
        while piece := stream.readline(LONGEST + 1):
            number += 1
            if len(piece) <= LONGEST:
                yield Line(number, piece.removesuffix("\n"))
                continue
            while piece and not piece.endswith("\n"):
                piece = stream.readline(LONGEST)
            yield Line(number, None)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        try:
            while piece := stream.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _by_zeros(head: bytes, path: Path) -> str:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    for zeros, others, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if others == 0 and zeros * 5 >= len(head):
            return name
    raise TableError("this is no text", file=path, hint="save it as 'CSV UTF-8'")


def _of_windows(head: bytes) -> str:
    high = bytes(byte for byte in head if byte >= 0x80)
    arabic = sum("\u0600" <= letter <= "\u06ff" for letter in high.decode("cp1256", "replace"))
    return "cp1256" if arabic * 2 > len(high) else "cp1252"
