"""Source places: folders and buckets that files are taken from, listed, copied and put away alike."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from qa_service.errors import InputError, StorageError
from qa_service.services.allowed_folders import opened_below
from qa_service.settings import Settings, SourceProfile
from qa_service.store.buckets import Bucket, Listed
from qa_service.store.object_blobs import ObjectStore

#: Where files go that were taken, or cannot be used; what lies there is not taken again.
DONE, FAILED = "done", "failed"
#: Ends the name of what tells why a file lies in :data:`FAILED`.
REASON = ".reason.json"
_PIECE = 1 << 20


class Entry(NamedTuple):
    """A file as it is listed."""

    #: Path below the place, with ``/``.
    name: str
    size: int
    #: Changes with what the file holds.
    version: str
    #: When it changed last, seconds since 1970.
    at: float


class Place(Protocol):
    """Where files are; everything raises :class:`StorageError` where it cannot be reached, or refuses."""

    def list(self) -> Iterator[Entry]:
        """Every file, but what was put away."""

    def fetch(self, entry: Entry, target: Path) -> bool:
        """Copy a file; false where it is another one by now, or gone."""

    def put_away(self, entry: Entry, into: str, *, reason: bytes | None = None) -> None:
        """Move a file below a folder of that name, with what tells why."""


class FolderPlace:
    """A folder of this machine; links in it are passed over."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def list(self) -> Iterator[Entry]:
        """In the order of folders and names; hidden ones are passed over."""
        with _told("read"):
            yield from self._listed(self._root, "")

    def _listed(self, folder: Path, above: str) -> Iterator[Entry]:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda one: one.name)
        for one in entries:
            name = f"{above}{one.name}"
            if one.name.startswith(".") or name in (DONE, FAILED):
                continue
            if one.is_dir(follow_symlinks=False):
                yield from self._listed(Path(one.path), f"{name}/")
            elif one.is_file(follow_symlinks=False):
                told = one.stat(follow_symlinks=False)
                # The time of change counts, too: programs that copy set the other one back to that of the original.
                yield Entry(name, told.st_size, _version(told), max(told.st_mtime, told.st_ctime))

    def fetch(self, entry: Entry, target: Path) -> bool:
        """A file that changed on the way is left for the next look."""
        with suppress(InputError), opened_below([self._root], entry.name) as stream, target.open("wb") as out, _told("read"):
            if _version(os.fstat(stream.fileno())) == entry.version:
                shutil.copyfileobj(stream, out, _PIECE)
                return _version(os.fstat(stream.fileno())) == entry.version
        return False

    def put_away(self, entry: Entry, into: str, *, reason: bytes | None = None) -> None:
        """Within the same file system; one of the same name that lies there keeps its own."""
        target = self._root / into / entry.name
        with _told("move"):
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                target = target.with_name(_other(target.name, entry))
            os.replace(self._root / entry.name, target)
            if reason is not None:
                target.with_name(f"{target.name}{REASON}").write_bytes(reason)


class BucketPlace:
    """Objects below a prefix of a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def list(self) -> Iterator[Entry]:
        """In the order of their keys; hidden ones are passed over, and keys that stand for folders."""
        for one in self._bucket.list():
            parts = one.key.split("/")
            if parts[0] not in (DONE, FAILED) and not any(part.startswith(".") for part in parts) and not one.key.endswith("/"):
                yield Entry(one.key, one.size, one.tag, one.at)

    def fetch(self, entry: Entry, target: Path) -> bool:
        """As it was listed, or not at all."""
        return self._bucket.fetch(Listed(entry.name, entry.size, entry.version, entry.at), target)

    def put_away(self, entry: Entry, into: str, *, reason: bytes | None = None) -> None:
        """By copy and removal, as stores do; one of the same name gives way."""
        self._bucket.move(entry.name, f"{into}/{entry.name}")
        if reason is not None:
            self._bucket.put(f"{into}/{entry.name}{REASON}", reason)


def place_of(name: str, profile: SourceProfile, settings: Settings) -> Place:
    """Where a source is; raises :class:`ConfigurationError`."""
    if profile.folder is not None:
        return FolderPlace(profile.folder.resolve())
    secret = profile.secret_key if profile.secret_key is not None else settings.s3_secret_key
    where = ObjectStore(
        url=profile.url, endpoint=settings.s3_endpoint if profile.endpoint is None else profile.endpoint,
        region=settings.s3_region if profile.region is None else profile.region, secret_key=secret.get_secret_value(),
        access_key=settings.s3_access_key if profile.access_key is None else profile.access_key,
        timeout=settings.s3_timeout, patience=2 * settings.s3_timeout,
    )
    return BucketPlace(Bucket(where, field=f"sources.{name}.url"))


def _version(told: os.stat_result) -> str:
    return f"{told.st_size}-{told.st_mtime_ns}"


def _other(name: str, entry: Entry) -> str:
    path = Path(name)
    return f"{path.stem}-{hashlib.sha256(entry.version.encode()).hexdigest()[:8]}{path.suffix}"


@contextmanager
def _told(act: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _fault(act, error) from error


def _fault(act: str, error: OSError) -> StorageError:
    return StorageError(f"the folder does not let us {act}: {error.strerror or error}", file=error.filename or None)
