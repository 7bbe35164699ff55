"""CSV manifests: one row a recording, for archives that no tool wrote side-cars for."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa_service.channels.base import Header, Where
from qa_service.channels.faults import did_you_mean, fault_of
from qa_service.channels.identifiers import identifier
from qa_service.channels.moments import Moment
from qa_service.channels.pairs import AGENT_LEFT, Pair, call_name
from qa_service.domain.interaction import (
    AgentRef,
    Channel,
    CustomerRef,
    Direction,
    Identifier,
    Interaction,
    LanguageCode,
    Purpose,
    Survey,
)
from qa_service.domain.recording import ChannelMap
from qa_service.domain.transcript import Speaker
from qa_service.errors import ManifestError

#: Columns of this prefix go to the interaction's metadata.
META = "meta."
_DELIMITERS = ",;\t"


@dataclass(frozen=True, kw_only=True)
class ManifestEntry:
    """A good row."""

    #: The recording, there; of a pair the left half.
    path: Path
    #: The row's two files, where it has one for each party.
    pair: Pair | None = None
    #: What the row says about it.
    header: Header
    #: Line of the row in the manifest.
    line: int


class _Row(BaseModel):
    """The columns, as text that reads as the type."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)

    file: str | None = Field(default=None, min_length=1)
    agent_file: str | None = Field(default=None, min_length=1)
    customer_file: str | None = Field(default=None, min_length=1)
    id: Identifier | None = None
    agent: Identifier | None = None
    agent_name: str | None = None
    team: str | None = None
    customer: Identifier | None = None
    queue: str | None = None
    language: LanguageCode | None = None
    direction: Direction = Direction.INBOUND
    started_at: Moment | None = None
    left: Literal[Speaker.AGENT, Speaker.CUSTOMER] | None = None
    right: Literal[Speaker.AGENT, Speaker.CUSTOMER] | None = None
    channels: Literal["mono"] | None = None
    wait_seconds: float | None = Field(default=None, ge=0, le=1e9)
    csat: float | None = Field(default=None, ge=0, le=100)
    csat_scale: int | None = Field(default=None, ge=2, le=100)
    purpose: Purpose = Purpose.LIVE


#: Columns a manifest may have, besides ``meta.*``.
COLUMNS = tuple(_Row.model_fields)
_PAIR = ("agent_file", "customer_file")


def is_manifest(path: Path) -> bool:
    """Whether a ``.csv`` has a ``file`` column, or both of a pair; other tables lie beside recordings too."""
    with path.open("rb") as stream:
        head = stream.readline(65_536)
    text = head.decode("utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig", "replace")
    # As a stream: lines may end as they did on old machines.
    columns = next(csv.reader(io.StringIO(text.strip(), newline=""), delimiter=_delimiter(text)), [])
    return _names_files([name.strip().lower() for name in columns])


def read_manifest(path: Path, *, confined: bool = False) -> Iterator[ManifestEntry | ManifestError]:
    """Rows in order; a faulty one is yielded as its :class:`ManifestError` with the line, the others go on.

    Relative paths count from the manifest's folder; ``confined`` refuses those that leave it (manifests of strangers).
    """
    try:
        encoding = _encoding(path)
        _check_text(path, encoding)
        delimiter = _delimiter(_first_line(path, encoding))
        with path.open(encoding=encoding, newline="") as stream:
            columns, rows = _table(stream, delimiter, path)
            yield from _entries(columns, rows, path=path, confined=confined)
    except OSError as error:
        yield ManifestError(f"cannot be read: {error.strerror}", file=path)
    except ManifestError as error:
        yield error


def count_rows(path: Path) -> int:
    """About how many rows there are, without a look at what they say; for progress."""
    with suppress(OSError, UnicodeDecodeError, csv.Error):
        encoding = _encoding(path)
        with path.open(encoding=encoding, newline="") as stream:
            return max(0, sum(1 for row in csv.reader(stream, delimiter=_delimiter(_first_line(path, encoding))) if any(row)) - 1)
    return 0


_Rows = Iterator[tuple[int, list[str]]]


def _table(text: Iterable[str], delimiter: str, path: Path) -> tuple[list[str], _Rows]:
    rows = _rows(text, delimiter=delimiter, path=path)
    line, head = next(rows, (1, []))
    columns = [name.strip() if name.strip().startswith(META) else name.strip().lower() for name in head]
    for name in columns:
        if columns.count(name) > 1:
            raise ManifestError("the column stands twice", file=path, line=line, field=name or "(no name)")
        if name not in COLUMNS and not (name.startswith(META) and name != META):
            raise ManifestError("unknown column", file=path, line=line, field=name or "(no name)",
                                hint=did_you_mean(name, COLUMNS) or f"own columns start with {META}")  # fmt: skip
    if not _names_files(columns):
        raise ManifestError("required column is missing", file=path, line=line, field="file")
    return columns, rows


def _names_files(columns: Sequence[str]) -> bool:
    return "file" in columns or all(name in columns for name in _PAIR)


def _encoding(path: Path) -> str:
    with path.open("rb") as stream:
        return "utf-16" if stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _check_text(path: Path, encoding: str) -> None:
    """The whole file is text, read line by line: nothing of a table that breaks off somewhere is taken in."""
    full, number = False, 0
    try:
        if encoding == "utf-16":
            full = bool(path.read_bytes().decode(encoding).strip())
        else:
            with path.open("rb") as stream:
                for line in stream:
                    number += 1
                    full = bool(line.decode("utf-8").lstrip("\ufeff").strip()) or full
    except UnicodeDecodeError as error:
        raise ManifestError("not UTF-8 text", file=path, line=number or None, hint="save it as 'CSV UTF-8'") from error
    if not full:
        raise ManifestError("the file is empty", file=path)


def _first_line(path: Path, encoding: str) -> str:
    """The first that is not blank."""
    with path.open(encoding=encoding, newline="") as stream:
        return next((line for line in stream if line.strip("\r\n")), "")


def _delimiter(head: str) -> str:
    return max(_DELIMITERS, key=head.count)


def _rows(text: Iterable[str], *, delimiter: str, path: Path) -> _Rows:
    """Rows that are not blank, with the line each starts on."""
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise ManifestError(f"not readable as CSV: {error}", file=path, line=line) from error


def _entries(columns: Sequence[str], rows: _Rows, *, path: Path, confined: bool) -> Iterator[ManifestEntry | ManifestError]:
    files: dict[bytes, int] = {}
    ids: dict[bytes, int] = {}
    for line, cells in rows:
        try:
            entry = _entry(columns, cells, path=path, line=line, confined=confined)
            for file in entry.pair.files if entry.pair else (entry.path,):
                _first_time(os.path.realpath(file), files, name="file", path=path, line=line)
            if entry.header.id_given:
                _first_time(entry.header.interaction.id, ids, name="id", path=path, line=line)
        except ManifestError as error:
            yield error
        else:
            yield entry


def _first_time(value: str, seen: dict[bytes, int], *, name: str, path: Path, line: int) -> None:
    """What was seen is kept by its hash: a long manifest must not fill the memory."""
    mark = hashlib.blake2b(os.fsencode(value), digest_size=12).digest()
    if seen.setdefault(mark, line) != line:
        raise ManifestError(f"already in line {seen[mark]}", file=path, line=line, field=name)


def _entry(columns: Sequence[str], cells: Sequence[str], *, path: Path, line: int, confined: bool) -> ManifestEntry:
    if len(cells) > len(columns):
        hint = "quote cells that hold the separator"
        raise ManifestError(f"{len(cells)} cells under {len(columns)} columns", file=path, line=line, hint=hint)
    if any("\0" in cell for cell in cells):
        raise ManifestError("holds a NUL character", file=path, line=line)
    values = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if cell.strip()}
    meta = {name.removeprefix(META): value for name, value in values.items() if name.startswith(META)}
    row = _row({name: value for name, value in values.items() if not name.startswith(META)}, path=path, line=line)
    files = _named(row, path=path, line=line)
    found = [_recording(value, path=path, line=line, confined=confined, field=name) for name, value in files]
    pair = _paired(*found, row=row, path=path, line=line) if len(found) > 1 else None
    header = _header(row, meta, name=pair.stem if pair else Path(files[0][1]).stem, path=path, line=line)
    return ManifestEntry(path=found[0], pair=pair, header=header, line=line)


def _named(row: _Row, *, path: Path, line: int) -> list[tuple[str, str]]:
    """Column and name of the row's file, or of its two."""
    told = {name: value for name in ("file", *_PAIR) if (value := getattr(row, name)) is not None}
    if list(told) in (["file"], list(_PAIR)):
        return list(told.items())
    field = next((name for name in _PAIR if name not in told), "file") if told and "file" not in told else "file"
    message = "stands beside the files of the parties" if "file" in told else "required, but missing"
    raise ManifestError(message, file=path, line=line, field=field, hint="file, or agent_file and customer_file")


def _paired(agent: Path, customer: Path, *, row: _Row, path: Path, line: int) -> Pair:
    if row.channels or row.left or row.right:
        field = "channels" if row.channels else "left"
        raise ManifestError("agent_file and customer_file leave nothing to say", file=path, line=line, field=field, hint="leave it empty")
    if agent.resolve() == customer.resolve():
        raise ManifestError("the same file as agent_file", file=path, line=line, field="customer_file", hint="file, left and right instead")
    return Pair(left=agent, right=customer, stem=call_name(agent), channel_map=AGENT_LEFT, told=True)


def _row(values: dict[str, str], *, path: Path, line: int) -> _Row:
    try:
        return _Row.model_validate(values)
    except ValidationError as error:
        fault = fault_of(error, keys={}, where=Where(file=path, line=line))
        raise ManifestError(fault.message, file=path, field=fault.field, line=line, hint=fault.hint) from error


def _recording(name: str, *, path: Path, line: int, confined: bool, field: str) -> Path:
    found = path.parent / Path(name)
    if confined and not found.resolve().is_relative_to(path.parent.resolve()):
        raise ManifestError(f"{name} lies outside of the manifest's folder", file=path, line=line, field=field)
    if not found.is_file():
        raise ManifestError(f"no such file: {name}", file=path, line=line, field=field)
    return found


def _header(row: _Row, meta: dict[str, str], *, name: str, path: Path, line: int) -> Header:
    def fault(message: str, field: str) -> ManifestError:
        return ManifestError(message, file=path, line=line, field=field)

    if row.agent is None and (row.agent_name or row.team):
        raise fault("needs an agent id beside it", "agent_name" if row.agent_name else "team")
    if row.csat is None and row.csat_scale is not None:
        raise fault("needs a csat beside it", "csat_scale")
    if row.csat is not None and row.csat > (row.csat_scale or 5):
        raise fault(f"{row.csat:g} is more than the scale {row.csat_scale or 5}", "csat")
    if (row.left is None) != (row.right is None) or (row.left is not None and row.left == row.right):
        raise fault("left and right name both parties, one each", "left")
    if row.channels and row.left:
        raise fault("either mono or left and right", "channels")
    interaction = Interaction(
        id=row.id or identifier(name),
        channel=Channel.PHONE,
        direction=row.direction,
        language=row.language,
        started_at=row.started_at,
        agent=AgentRef(id=row.agent, name=row.agent_name, team=row.team) if row.agent else None,
        customer=CustomerRef(id=row.customer) if row.customer else None,
        queue=row.queue,
        wait_seconds=row.wait_seconds,
        survey=Survey(csat=row.csat, scale=row.csat_scale or 5) if row.csat is not None else None,
        purpose=row.purpose,
        metadata=dict(meta),
    )
    channel_map = ChannelMap(left=row.left, right=row.right, mono=row.channels == "mono")
    return Header(interaction=interaction, id_given=row.id is not None, channel_map=channel_map)
