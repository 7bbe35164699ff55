"""Paths a user names, as an ordered list of work: recordings with their headers, conversations, mail threads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from qa_service.channels.base import FileFormat, Header, Outcome, ReadOptions, Where
from qa_service.channels.documents import LINE_SUFFIXES
from qa_service.channels.formats import SUFFIXES, format_of
from qa_service.channels.mail.boxes import read_mails, threads_of_files
from qa_service.channels.manifest import ManifestEntry, count_rows, is_manifest, read_manifest
from qa_service.channels.pairs import NOT_TOLD, Fits, Pair, pairs_by_name
from qa_service.channels.sidecar import bare_header, names_files, read_pair, read_sidecar, sidecar_of
from qa_service.errors import ConversationError, InputError

#: Endings of recordings; the decoder has the last word.
RECORDINGS = frozenset({
    ".wav", ".wave", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".mp4", ".aac", ".amr", ".awb", ".webm", ".wma", ".gsm", ".au",
    ".snd", ".aif", ".aiff", ".caf", ".3gp", ".mka", ".vox", ".g722", ".mov", ".mkv", ".mp2", ".ul", ".ulaw", ".pcmu", ".al", ".alaw",
    ".pcma", ".sln",
})  # fmt: skip
#: Files that lie beside data and are none.
_BESIDE = frozenset({
    ".md", ".py", ".yaml", ".yml", ".txt", ".toml", ".csv", ".tsv", ".log", ".html", ".pdf", ".sh", ".rst", ".sqlite", ".db", ".zip",
    ".xlsx", ".docx", ".png", ".jpg", ".jpeg",
})  # fmt: skip
_NOTES = ("README", "LICENSE", "NOTICE", "CHANGELOG", "MAKEFILE")
_BESIDE_NAMES = (".scorecard.json", ".answers.json", ".schema.json", ".header.json")
#: What a side-car can describe.
_DESCRIBED = RECORDINGS | {".vtt", ".srt"}
#: Bytes looked at together for line ends.
_PIECE = 1 << 20


class WorkKind(StrEnum):
    """What is to be done with an item."""

    RECORDING = "recording"
    CONVERSATIONS = "conversations"
    UNUSABLE = "unusable"


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """One thing to score: a recording, or a file (a mail thread: files) of conversations."""

    kind: WorkKind
    #: The file; of a thread the first, of a pair the left half.
    path: Path
    #: All files of a mail thread, or of a pair.
    paths: tuple[Path, ...] = ()
    #: The two files of a call that was recorded as one a party.
    pair: Pair | None = None
    #: Side-car of the recording.
    sidecar: Path | None = None
    #: Header from a manifest row, where no side-car is.
    header: Header | None = None
    #: How to read conversations.
    format: FileFormat | None = None
    #: Why the item cannot be used.
    error: InputError | None = None
    #: The manifest that lists it.
    manifest: Path | None = None
    #: Line of its row there.
    line: int | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """All its files."""
        return self.paths or (self.path,)

    def load_header(self) -> Header:
        """What is known about the recording; raises :class:`ConversationError` for a faulty side-car."""
        if self.pair is not None:
            return self._header_of(self.pair)
        if self.sidecar is not None:
            return read_sidecar(self.sidecar, describes=self.path)
        return self.header or bare_header(self.path.name)

    def _header_of(self, pair: Pair) -> Header:
        name = Path(f"{pair.stem}{pair.left.suffix}")
        beside = None if self.sidecar is None else read_sidecar(self.sidecar, describes=name, pair=True)
        header = beside or self.header or bare_header(name.name)
        if pair.channel_map == NOT_TOLD:
            return header
        if header.channel_map not in (NOT_TOLD, pair.channel_map):
            where = Where(file=self.sidecar)
            raise where.fault("the names of the two files tell other parties", field="channels", hint="say files instead")
        return header.model_copy(update={"channel_map": pair.channel_map})

    def read(self, options: ReadOptions | None = None) -> Iterator[Outcome]:
        """The conversations of the item; nothing for a recording."""
        if self.error is not None:
            yield self.error
        elif len(self.paths) > 1:
            yield from read_mails(self.paths, options)
        elif self.format is not None:
            yield from self.format.read(self.path, options or ReadOptions())


class Found(NamedTuple):
    """Work as it is found."""

    #: About how many conversations and recordings there are, as far as it can be told without reading them.
    expected: int
    #: The items, one after the other; a manifest is read as they are taken.
    items: Iterator[WorkItem]


def discover(
    paths: Iterable[Path], *, confined: bool = False, excluding: Path | None = None, fits: Fits | None = None
) -> list[WorkItem]:
    """All of what :func:`find` finds."""
    return list(find(paths, confined=confined, excluding=excluding, fits=fits).items)


def find(paths: Iterable[Path], *, confined: bool = False, excluding: Path | None = None, fits: Fits | None = None) -> Found:
    """Work items in the order named, folders by name and recursively; nothing twice.

    Rows of manifests come first, each as it is read, so that the first can be worked on while the last are not seen yet.
    A file that was named itself and cannot be used, or an unknown ending in a folder, becomes an item with an error;
    hidden files, notes and our own outputs in folders are passed over. A missing path is an item with an error.
    ``excluding`` is a folder whose files are none of the user's (our own data, which lies in the working folder by default).
    Two mono files of one call are one item with a ``pair``: where a manifest row or a side-car names them, and where their names
    suggest it and ``fits`` finds nothing against it (without ``fits`` names alone prove nothing).
    """
    own = None if excluding is None else excluding.resolve()
    files = [(file, file == path) for path in list(paths) for file in _files(path) if own is None or not file.resolve().is_relative_to(own)]
    manifests = [file for file, _ in files if file.suffix.lower() == ".csv" and file.is_file() and is_manifest(file)]
    rest = [(file, named) for file, named in files if file not in set(manifests)] if manifests else files
    expected = sum(map(count_rows, manifests)) if manifests else sum(_weight(file) for file, _ in rest)
    return Found(expected, _unambiguous(_found(manifests, rest, confined=confined, fits=fits)))


def _found(manifests: Sequence[Path], rest: Sequence[tuple[Path, bool]], *, confined: bool, fits: Fits | None) -> Iterator[WorkItem]:
    listed: set[str] = set()
    for manifest in manifests:
        for item in _from_manifest(manifest, confined=confined):
            if rest and item.kind is WorkKind.RECORDING:
                listed.update(os.path.realpath(file) for file in item.files)
            yield item
    left = [(file, named) for file, named in rest if os.path.realpath(file) not in listed]
    neighbours = _Neighbours()
    pairs = _pairs([file for file, _ in left], neighbours, confined=confined, fits=fits)
    yield from _Sorter(neighbours, listed=listed, pairs=pairs).items(left)


def _weight(file: Path) -> int:
    """Conversations that a file seems to hold."""
    if file.suffix.lower() not in LINE_SUFFIXES or not file.is_file():
        return 1
    lines, piece = 0, b"\n"
    with file.open("rb") as stream:
        while more := stream.read(_PIECE):
            lines, piece = lines + more.count(b"\n"), more
    return max(1, lines + (not piece.endswith(b"\n")))


class _Neighbours:
    """What lies beside files: each folder is looked at once, however many side-cars it holds."""

    def __init__(self) -> None:
        self._folders: dict[Path, dict[str, str]] = {}

    def recording_of(self, file: Path) -> Path | None:
        """The recording or caption file that ``file`` is the side-car of."""
        if file.suffix.lower() != ".json":
            return None
        name = file.name.removesuffix(".header.json") if file.name.endswith(".header.json") else file.stem
        found = self._described(file.parent).get(name)
        return None if found is None else file.parent / found

    def _described(self, folder: Path) -> dict[str, str]:
        """File by stem, the first by name of several."""
        if folder not in self._folders:
            names = sorted(os.listdir(folder), reverse=True) if folder.is_dir() else []
            split = ((os.path.splitext(name), name) for name in names)
            self._folders[folder] = {stem: name for (stem, ending), name in split if ending.lower() in _DESCRIBED}
        return self._folders[folder]


def _pairs(files: Sequence[Path], neighbours: _Neighbours, *, confined: bool, fits: Fits | None) -> list[WorkItem]:
    """Those that side-cars name, and those that names suggest: of files which nothing else describes."""
    found = [_named_pair(file, confined=confined) for file in files if _is_pair_sidecar(file, neighbours)]
    taken = {half.resolve() for item in found for half in item.files}
    loose = (file for file in files if file.suffix.lower() in RECORDINGS and file.resolve() not in taken and sidecar_of(file) is None)
    for pair in pairs_by_name(file for file in loose if fits is not None and file.is_file()):
        if fits is not None and fits(pair):
            sidecar = sidecar_of(pair.left.with_name(f"{pair.stem}{pair.left.suffix}"))
            found.append(WorkItem(kind=WorkKind.RECORDING, path=pair.left, paths=pair.files, pair=pair, sidecar=sidecar))
    return found


def _is_pair_sidecar(file: Path, neighbours: _Neighbours) -> bool:
    return file.suffix.lower() == ".json" and file.is_file() and names_files(file) and neighbours.recording_of(file) is None


def _named_pair(sidecar: Path, *, confined: bool) -> WorkItem:
    try:
        pair = read_pair(sidecar, confined=confined)
    except ConversationError as error:
        return WorkItem(kind=WorkKind.UNUSABLE, path=sidecar, error=error)
    return WorkItem(kind=WorkKind.RECORDING, path=pair.left, paths=pair.files, pair=pair, sidecar=sidecar)


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    return sorted(
        (file for file in path.rglob("*") if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)),
        key=lambda file: file.parts,
    )


def _from_manifest(manifest: Path, *, confined: bool) -> Iterator[WorkItem]:
    """The recordings of the rows as they are read, and an item for each faulty row."""
    for entry in read_manifest(manifest, confined=confined):
        if isinstance(entry, InputError):
            yield WorkItem(kind=WorkKind.UNUSABLE, path=manifest, error=entry, manifest=manifest, line=entry.line)
        else:
            yield _listed(entry, manifest)


def _listed(entry: ManifestEntry, manifest: Path) -> WorkItem:
    sidecar, files = (sidecar_of(entry.path), ()) if entry.pair is None else (None, entry.pair.files)
    return WorkItem(
        kind=WorkKind.RECORDING, path=entry.path, paths=files, pair=entry.pair, sidecar=sidecar, header=entry.header, manifest=manifest,
        line=entry.line,
    )


def _recording(path: Path) -> WorkItem:
    return WorkItem(kind=WorkKind.RECORDING, path=path, sidecar=sidecar_of(path))


class _Sorter:
    """Puts files into items, each once."""

    def __init__(self, neighbours: _Neighbours, *, listed: AbstractSet[str], pairs: Sequence[WorkItem]) -> None:
        self._neighbours = neighbours
        self._items: list[WorkItem] = []
        self._seen = set(listed)
        self._pairs = {part: item for item in pairs for part in _parts(item)}
        self._mails: list[Path] = []

    def items(self, files: Iterable[tuple[Path, bool]]) -> list[WorkItem]:
        """All items that no manifest lists: files in order, then loose mails by thread."""
        for file, named in files:
            if os.path.realpath(file) in self._seen:
                continue
            self._seen.add(os.path.realpath(file))
            if pair := self._pairs.get(os.path.realpath(file)):
                self._seen.update(_parts(pair))
                self._items.append(pair)
            else:
                self._sort(file, named=named)
        for thread in threads_of_files(self._mails):
            self._items.append(WorkItem(kind=WorkKind.CONVERSATIONS, path=thread[0], paths=thread, format=format_of(thread[0])))
        return self._items

    def _sort(self, file: Path, *, named: bool) -> None:
        suffix = file.suffix.lower()
        if not file.is_file():
            self._refuse(file, "no such file or folder")
        elif suffix in RECORDINGS:
            self._items.append(_recording(file))
        elif recording := self._neighbours.recording_of(file):
            self._sort_recording(recording)
        elif file.name.lower().endswith(_BESIDE_NAMES) or suffix in _BESIDE or file.name.upper().startswith(_NOTES):
            if named:
                self._refuse(file, "neither a recording nor a conversation")
        else:
            self._sort_conversations(file)

    def _sort_recording(self, recording: Path) -> None:
        """A side-car that was named stands for its recording."""
        if recording.suffix.lower() in RECORDINGS and os.path.realpath(recording) not in self._seen:
            self._seen.add(os.path.realpath(recording))
            self._items.append(_recording(recording))

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


def _parts(item: WorkItem) -> list[str]:
    """Everything a pair is made of, resolved."""
    return [os.path.realpath(file) for file in (*item.files, item.sidecar) if file is not None]


def _unambiguous(items: Iterable[WorkItem]) -> Iterator[WorkItem]:
    """A side-car describes one recording: a second one of the same name is refused."""
    taken: dict[str, str] = {}
    for item in items:
        first = taken.setdefault(os.path.realpath(item.sidecar), item.path.name) if item.sidecar else item.path.name
        if first != item.path.name:
            error = ConversationError(f"shares the side-car {item.sidecar} with {first}", file=item.path, hint="give each its own")
            item = WorkItem(kind=WorkKind.UNUSABLE, path=item.path, error=error, manifest=item.manifest, line=item.line)
        yield item
