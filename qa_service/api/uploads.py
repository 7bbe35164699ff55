"""Uploads: multipart bodies streamed to disk below the data folder, part by part, after the caller is known."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from fastapi import Depends, Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from qa_service.api.deps import CallerDep, ServicesDep, media_type
from qa_service.api.problems import HttpProblem
from qa_service.bootstrap import Services
from qa_service.errors import InputError

#: Most parts of one upload.
MOST_PARTS = 10_000
_LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class UploadedFile:
    """A part that came with a file name."""

    #: Name of the form field.
    field: str
    #: File name as sent, with forward slashes.
    name: str
    #: Where it lies.
    path: Path
    #: SHA-256 of its bytes, hex.
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A whole multipart body."""

    #: Folder of the files.
    folder: Path
    #: Parts with a file name, in order.
    files: tuple[UploadedFile, ...]
    #: The others, by field.
    fields: dict[str, bytes]

    @property
    def fingerprint(self) -> str:
        """Equal for equal uploads, whatever boundary they were sent with."""
        parts = [f"{one.field}\0{one.name}\0{one.sha256}" for one in self.files]
        parts += [f"{name}\0{hashlib.sha256(data).hexdigest()}" for name, data in sorted(self.fields.items())]
        return "\n".join(parts)


def receiving(raw: Mapping[str, str]) -> Callable[..., AsyncIterator[Upload]]:
    """A dependency that receives multipart bodies, and bare ones of the media types ``raw``, each under a file name.

    The folder goes when the response was sent.
    """

    async def receive(request: Request, services: ServicesDep, who: CallerDep) -> AsyncIterator[Upload]:
        del who  # asked for so that strangers cannot fill the disk
        async with received_upload(request, services, raw) as upload:
            yield upload

    return receive


@asynccontextmanager
async def received_upload(request: Request, services: Services, raw: Mapping[str, str]) -> AsyncIterator[Upload]:
    """The body of a request, received; for whoever has asked already who sends it. The folder goes at the end."""
    kind = media_type(request, ["multipart/form-data", *raw])
    folder = services.incoming.folder / uuid.uuid4().hex
    limit = services.settings.max_body_bytes
    receiver = _Bare(folder, raw[kind]) if kind in raw else _Receiver(folder, request.headers["content-type"], limit=limit)
    try:
        async for piece in request.stream():
            await run_in_threadpool(receiver.write, piece)
        yield receiver.finish()
    finally:
        receiver.close()
        await run_in_threadpool(shutil.rmtree, folder, ignore_errors=True)


UploadDep = Annotated[Upload, Depends(receiving({}))]


class _Bare:
    """Takes a body that is one file."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True)
        self._file = UploadedFile(field="file", name=name, path=folder / name, sha256="")
        self._stream = self._file.path.open("xb")
        self._digest = hashlib.sha256()

    def write(self, piece: bytes) -> None:
        """Take the next piece."""
        self._stream.write(piece)
        self._digest.update(piece)

    def finish(self) -> Upload:
        """The file as an upload."""
        self._stream.close()
        return Upload(folder=self._file.path.parent, files=(replace(self._file, sha256=self._digest.hexdigest()),), fields={})

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


@dataclass
class _Part:
    headers: dict[str, bytes] = field(default_factory=dict)
    name: str = ""
    file_name: str | None = None
    path: Path | None = None
    stream: BinaryIO | None = None
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    data: bytearray = field(default_factory=bytearray)


class _Receiver:
    """Takes the body piece by piece; files go to disk, fields into memory up to ``limit`` bytes."""

    def __init__(self, folder: Path, content_type: str, *, limit: int) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if not 1 <= len(boundary) <= 70:
            raise InputError("the multipart body has no usable boundary", field="Content-Type")
        self._folder = folder
        self._limit = limit
        self._files: list[UploadedFile] = []
        self._fields: dict[str, bytes] = {}
        self._part = _Part()
        self._header, self._value = bytearray(), bytearray()
        self._count, self._held, self._ended = 0, 0, False
        self._parser = MultipartParser(boundary, {
            "on_part_begin": self._begin, "on_header_field": self._add(self._header), "on_header_value": self._add(self._value),
            "on_header_end": self._header_end, "on_headers_finished": self._open, "on_part_data": self._data, "on_part_end": self._end,
            "on_end": self._finished,
        })  # fmt: skip

    def write(self, piece: bytes) -> None:
        """Take the next piece; raises :class:`InputError` for anything but multipart."""
        if not piece:
            return
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise InputError(f"the multipart body is broken: {error}", field="body") from error

    def finish(self) -> Upload:
        """Everything that came; raises :class:`InputError` when the end is missing."""
        if not self._ended:
            raise InputError("the multipart body breaks off before its end", field="body", hint="send it again")
        return Upload(folder=self._folder, files=tuple(self._files), fields=self._fields)

    def close(self) -> None:
        """Close the file of a part that never ended."""
        if self._part.stream is not None:
            self._part.stream.close()

    @staticmethod
    def _add(target: bytearray) -> Callable[[bytes, int, int], None]:
        def add(data: bytes, start: int, end: int) -> None:
            target.extend(data[start:end])

        return add

    def _begin(self) -> None:
        self._count += 1
        if self._count > MOST_PARTS:
            told = f"the upload has more than {MOST_PARTS} parts"
            raise HttpProblem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told, hint="send several batches")
        self._part = _Part()

    def _header_end(self) -> None:
        self._part.headers[self._header.decode("latin-1").lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _open(self) -> None:
        part = self._part
        kind, options = parse_options_header(part.headers.get("content-disposition", b""))
        if kind != b"form-data" or not options.get(b"name"):
            raise InputError("a part of the multipart body has no name", field="body")
        part.name = _text(options[b"name"], what="name of a part")
        if b"filename" not in options:
            if part.name in self._fields:
                raise InputError("the field was sent twice", field=part.name)
            return
        part.file_name = file_name(_text(options[b"filename"], what="file name"))
        part.path = self._folder / part.file_name
        if any(one.path == part.path for one in self._files):
            raise InputError("two files have this name", file=part.file_name, field=part.name, hint="keep their folders in the names")
        _make_room(self._folder, part.path, part.file_name)
        part.stream = part.path.open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        part, piece = self._part, data[start:end]
        if part.stream is not None:
            part.stream.write(piece)
            part.digest.update(piece)
            return
        self._held += len(piece)
        if self._held > self._limit:
            raise HttpProblem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the fields have more than {self._limit} bytes", field=part.name)
        part.data.extend(piece)

    def _end(self) -> None:
        part = self._part
        if part.stream is None or part.path is None or part.file_name is None:
            self._fields[part.name] = bytes(part.data)
            return
        part.stream.close()
        self._files.append(UploadedFile(field=part.name, name=part.file_name, path=part.path, sha256=part.digest.hexdigest()))

    def _finished(self) -> None:
        self._ended = True


def form_body(model: str) -> dict[str, Any]:
    """The request body of an upload, for the OpenAPI document."""
    content = {"multipart/form-data": {"schema": {"$ref": f"#/components/schemas/{model}"}}}
    return {"requestBody": {"required": True, "content": content}}


def located(what: str) -> dict[str, Any]:
    """A ``Location`` header, for the OpenAPI document."""
    return {"Location": {"schema": {"type": "string"}, "description": what}}


def file_name(told: str) -> str:
    """A sent name as a relative path that stays where it is put; raises :class:`InputError` for one that cannot be used."""
    parts = [part for part in told.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts or ".." in parts or any(ord(letter) < 32 or ord(letter) == 127 for letter in told):
        raise InputError("this is no file name", file=repr(told)[1:200], field="filename")
    if any(len(part.encode()) > _LONGEST_NAME for part in parts) or len(parts) > 20:
        raise InputError(f"the file name is longer than {_LONGEST_NAME} bytes", file=told[:80], field="filename")
    return "/".join(parts)


def _make_room(folder: Path, path: Path, name: str) -> None:
    """Folders above a file; one name may not be a file and a folder at once."""
    above = [one for one in path.parents if one != folder and one.is_relative_to(folder)]
    if path.is_dir() or any(one.is_file() for one in above):
        raise InputError("this is the name of a file and of a folder", file=name, field="filename")
    path.parent.mkdir(parents=True, exist_ok=True)


def _text(raw: bytes, *, what: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"the {what} is not UTF-8", field="body") from error
