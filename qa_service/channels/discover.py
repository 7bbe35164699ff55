"""Paths a user names, as an ordered list of work: recordings with their headers, conversations, mail threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from qa_service.channels.base import FileFormat, Header, Outcome, ReadOptions
from qa_service.channels.formats import SUFFIXES, format_of
from qa_service.channels.mail.boxes import read_mails, threads_of_files
from qa_service.channels.manifest import is_manifest, read_manifest
from qa_service.channels.sidecar import bare_header, read_sidecar, sidecar_of
from qa_service.errors import ConversationError, InputError

#: Endings of recordings; the decoder has the last word.
RECORDINGS = frozenset({
    ".wav", ".wave", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".mp4", ".aac", ".amr", ".awb", ".webm", ".wma", ".gsm", ".au",
    ".snd", ".aif", ".aiff", ".caf", ".3gp", ".mka", ".vox", ".g722", ".mov", ".mkv",
})  # fmt: skip
#: Files that lie beside data and are none.
_BESIDE = frozenset({
    ".md", ".py", ".yaml", ".yml", ".txt", ".toml", ".csv", ".tsv", ".log", ".html", ".pdf", ".sh", ".rst", ".sqlite", ".db", ".zip",
    ".xlsx", ".docx", ".png", ".jpg", ".jpeg",
})  # fmt: skip
_NOTES = ("README", "LICENSE", "NOTICE", "CHANGELOG", "MAKEFILE")
_BESIDE_NAMES = (".scorecard.json", ".answers.json", ".schema.json", ".header.json")


class WorkKind(StrEnum):
    """What is to be done with an item."""

    RECORDING = "recording"
    CONVERSATIONS = "conversations"
    UNUSABLE = "unusable"


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """One thing to score: a recording, or a file (a mail thread: files) of conversations."""

    kind: WorkKind
    #: The file; of a thread the first.
    path: Path
    #: All files of a mail thread.
    paths: tuple[Path, ...] = ()
    #: Side-car of the recording.
    sidecar: Path | None = None
    #: Header from a manifest row, where no side-car is.
    header: Header | None = None
    #: How to read conversations.
    format: FileFormat | None = None
    #: Why the item cannot be used.
    error: InputError | None = None

    def load_header(self) -> Header:
        """What is known about the recording; raises :class:`ConversationError` for a faulty side-car."""
        if self.sidecar is not None:
            return read_sidecar(self.sidecar, describes=self.path)
        return self.header or bare_header(self.path.name)

    def read(self, options: ReadOptions | None = None) -> Iterator[Outcome]:
        """The conversations of the item; nothing for a recording."""
        if self.error is not None:
            yield self.error
        elif len(self.paths) > 1:
            yield from read_mails(self.paths, options)
        elif self.format is not None:
            yield from self.format.read(self.path, options or ReadOptions())


def discover(paths: Iterable[Path], *, confined: bool = False, excluding: Path | None = None) -> list[WorkItem]:
    """Work items in the order named, folders by name and recursively; nothing twice.

    A file that was named itself and cannot be used, or an unknown ending in a folder, becomes an item with an error;
    hidden files, notes and our own outputs in folders are passed over. A missing path is an item with an error.
    ``excluding`` is a folder whose files are none of the user's (our own data, which lies in the working folder by default).
    Recordings that come as one mono file a party are two items for now (joined from issue 3 on).
    """
    named = list(paths)
    files = [(file, file == path) for path in named for file in _files(path) if not _below(file, excluding)]
    headers: dict[Path, Header] = {}
    items: list[WorkItem] = []
    for file, _ in files:
        if file.suffix.lower() == ".csv" and file.is_file() and is_manifest(file):
            items += _from_manifest(file, headers, confined=confined)
    items = _Sorter(headers, listed=items).items(files)
    return _unambiguous(items)


def _below(file: Path, folder: Path | None) -> bool:
    return folder is not None and file.resolve().is_relative_to(folder.resolve())


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    return sorted(
        (file for file in path.rglob("*") if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)),
        key=lambda file: file.parts,
    )


def _from_manifest(manifest: Path, headers: dict[Path, Header], *, confined: bool) -> list[WorkItem]:
    """Fills ``headers``; gives the recordings of the rows, and an item for each faulty row."""
    items: list[WorkItem] = []
    for entry in read_manifest(manifest, confined=confined):
        if isinstance(entry, InputError):
            items.append(WorkItem(kind=WorkKind.UNUSABLE, path=manifest, error=entry))
        else:
            headers[entry.path.resolve()] = entry.header
            items.append(_recording(entry.path, header=entry.header))
    return items


def _recording(path: Path, *, header: Header | None) -> WorkItem:
    return WorkItem(kind=WorkKind.RECORDING, path=path, sidecar=sidecar_of(path), header=header)


class _Sorter:
    """Puts files into items, each once."""

    def __init__(self, headers: dict[Path, Header], *, listed: Sequence[WorkItem]) -> None:
        self._headers = headers
        self._items = list(listed)
        self._seen = {item.path.resolve() for item in listed if item.kind is WorkKind.RECORDING}
        self._mails: list[Path] = []

    def items(self, files: Iterable[tuple[Path, bool]]) -> list[WorkItem]:
        """All items: what manifests list, then files in order, then loose mails by thread."""
        for file, named in files:
            if file.resolve() not in self._seen:
                self._seen.add(file.resolve())
                self._sort(file, named=named)
        for thread in threads_of_files(self._mails):
            self._items.append(WorkItem(kind=WorkKind.CONVERSATIONS, path=thread[0], paths=thread, format=format_of(thread[0])))
        return self._items

    def _sort(self, file: Path, *, named: bool) -> None:
        suffix = file.suffix.lower()
        if not file.is_file():
            self._refuse(file, "no such file or folder")
        elif suffix in RECORDINGS:
            self._items.append(_recording(file, header=self._headers.get(file.resolve())))
        elif recording := _recording_of(file):
            self._sort_recording(recording)
        elif suffix == ".csv" and is_manifest(file):
            return
        elif file.name.lower().endswith(_BESIDE_NAMES) or suffix in _BESIDE or file.name.upper().startswith(_NOTES):
            if named:
                self._refuse(file, "neither a recording nor a conversation")
        else:
            self._sort_conversations(file)

    def _sort_recording(self, recording: Path) -> None:
        """A side-car that was named stands for its recording."""
        if recording.suffix.lower() in RECORDINGS and recording.resolve() not in self._seen:
            self._seen.add(recording.resolve())
            self._items.append(_recording(recording, header=self._headers.get(recording.resolve())))

    def _sort_conversations(self, file: Path) -> None:
        try:
            found = format_of(file)
        except OSError as error:
            self._refuse(file, f"cannot be read: {error.strerror}")
            return
        if found is None:
            self._refuse(file, f"unknown file type {file.suffix!r}")
        elif found.name == "email":
            self._mails.append(file)
        else:
            self._items.append(WorkItem(kind=WorkKind.CONVERSATIONS, path=file, paths=(file,), format=found))

    def _refuse(self, file: Path, message: str) -> None:
        hint = f"recordings, or {', '.join(sorted(SUFFIXES))}"
        error = ConversationError(message, file=file, hint=None if message.startswith(("no such", "cannot")) else hint)
        self._items.append(WorkItem(kind=WorkKind.UNUSABLE, path=file, error=error))


def _recording_of(file: Path) -> Path | None:
    """The recording or caption file that ``file`` is the side-car of."""
    if file.suffix.lower() != ".json":
        return None
    name = file.name.removesuffix(".header.json") if file.name.endswith(".header.json") else file.stem
    served = RECORDINGS | {".vtt", ".srt"}
    return next((one for one in sorted(file.parent.glob(f"{_escaped(name)}.*")) if one.stem == name and one.suffix.lower() in served), None)


def _escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _unambiguous(items: Sequence[WorkItem]) -> list[WorkItem]:
    """A side-car describes one recording: a second one of the same name is refused."""
    taken: dict[Path, Path] = {}
    found: list[WorkItem] = []
    for item in items:
        first = taken.setdefault(item.sidecar.resolve(), item.path) if item.sidecar else item.path
        if first != item.path:
            error = ConversationError(f"shares the side-car {item.sidecar} with {first.name}", file=item.path, hint="give each its own")
            item = WorkItem(kind=WorkKind.UNUSABLE, path=item.path, error=error)
        found.append(item)
    return found
