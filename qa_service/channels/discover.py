"""Paths a user names, as an ordered list of work: recordings with their headers, conversations, mail threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from qa_service.channels.base import FileFormat, Header, Outcome, ReadOptions, Where
from qa_service.channels.formats import SUFFIXES, format_of
from qa_service.channels.mail.boxes import read_mails, threads_of_files
from qa_service.channels.manifest import ManifestEntry, is_manifest, read_manifest
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


def discover(
    paths: Iterable[Path], *, confined: bool = False, excluding: Path | None = None, fits: Fits | None = None
) -> list[WorkItem]:
    """Work items in the order named, folders by name and recursively; nothing twice.

    A file that was named itself and cannot be used, or an unknown ending in a folder, becomes an item with an error;
    hidden files, notes and our own outputs in folders are passed over. A missing path is an item with an error.
    ``excluding`` is a folder whose files are none of the user's (our own data, which lies in the working folder by default).
    Two mono files of one call are one item with a ``pair``: where a manifest row or a side-car names them, and where their names
    suggest it and ``fits`` finds nothing against it (without ``fits`` names alone prove nothing).
    """
    named = list(paths)
    files = [(file, file == path) for path in named for file in _files(path) if not _below(file, excluding)]
    headers: dict[Path, Header] = {}
    items: list[WorkItem] = []
    for file, _ in files:
        if file.suffix.lower() == ".csv" and file.is_file() and is_manifest(file):
            items += _from_manifest(file, headers, confined=confined)
    listed = {file.resolve() for item in items for file in item.files}
    pairs = _pairs([file for file, _ in files if file.resolve() not in listed], confined=confined, fits=fits)
    items = _Sorter(headers, listed=items, pairs=pairs).items(files)
    return _unambiguous(items)


def _pairs(files: Sequence[Path], *, confined: bool, fits: Fits | None) -> list[WorkItem]:
    """Those that side-cars name, and those that names suggest: of files which nothing else describes."""
    found = [_named_pair(file, confined=confined) for file in files if _is_pair_sidecar(file)]
    taken = {half.resolve() for item in found for half in item.files}
    loose = (file for file in files if file.suffix.lower() in RECORDINGS and file.resolve() not in taken and sidecar_of(file) is None)
    for pair in pairs_by_name(file for file in loose if fits is not None and file.is_file()):
        if fits is not None and fits(pair):
            sidecar = sidecar_of(pair.left.with_name(f"{pair.stem}{pair.left.suffix}"))
            found.append(WorkItem(kind=WorkKind.RECORDING, path=pair.left, paths=pair.files, pair=pair, sidecar=sidecar))
    return found


def _is_pair_sidecar(file: Path) -> bool:
    return file.suffix.lower() == ".json" and file.is_file() and names_files(file) and _recording_of(file) is None


def _named_pair(sidecar: Path, *, confined: bool) -> WorkItem:
    try:
        pair = read_pair(sidecar, confined=confined)
    except ConversationError as error:
        return WorkItem(kind=WorkKind.UNUSABLE, path=sidecar, error=error)
    return WorkItem(kind=WorkKind.RECORDING, path=pair.left, paths=pair.files, pair=pair, sidecar=sidecar)


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
            headers.update((file.resolve(), entry.header) for file in ((entry.path,) if entry.pair is None else entry.pair.files))
            items.append(_listed(entry))
    return items


def _listed(entry: ManifestEntry) -> WorkItem:
    if entry.pair is None:
        return _recording(entry.path, header=entry.header)
    return WorkItem(kind=WorkKind.RECORDING, path=entry.path, paths=entry.pair.files, pair=entry.pair, header=entry.header)


def _recording(path: Path, *, header: Header | None) -> WorkItem:
    return WorkItem(kind=WorkKind.RECORDING, path=path, sidecar=sidecar_of(path), header=header)


class _Sorter:
    """Puts files into items, each once."""

    def __init__(self, headers: dict[Path, Header], *, listed: Sequence[WorkItem], pairs: Sequence[WorkItem]) -> None:
        self._headers = headers
        self._items = list(listed)
        self._seen = {file.resolve() for item in listed if item.kind is WorkKind.RECORDING for file in item.files}
        self._pairs = {part: item for item in pairs for part in _parts(item)}
        self._mails: list[Path] = []

    def items(self, files: Iterable[tuple[Path, bool]]) -> list[WorkItem]:
        """All items: what manifests list, then files in order, then loose mails by thread."""
        for file, named in files:
            if file.resolve() in self._seen:
                continue
            self._seen.add(file.resolve())
            if pair := self._pairs.get(file.resolve()):
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


def _parts(item: WorkItem) -> list[Path]:
    """Everything a pair is made of, resolved."""
    return [file.resolve() for file in (*item.files, item.sidecar) if file is not None]


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
