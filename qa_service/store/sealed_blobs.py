"""Sealed blobs: files encrypted before they are kept, wherever that is; any stretch is read without the rest."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from qa_service.store.blobs import Blob, Blobs, Listed, fetched
from qa_service.store.scratch import Scratch
from qa_service.store.sealing import PIECE, Keyring, plain_size

_ENDING = ".sealed"


class SealedBlob:
    """One sealed file, read as it was before."""

    def __init__(self, blob: Blob, keys: Keyring, about: bytes, scratch: Scratch) -> None:
        self._blob = blob
        self._keys = keys
        self._about = about
        self._scratch = scratch

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        return plain_size(self._blob.size)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Opened piece by piece; raises :class:`ConfigurationError` where its key is not here, :class:`ProcessingError` if altered."""
        return self._keys.open_range(self._fetch, self._blob.size, about=self._about, start=start, stop=stop)

    def local(self) -> AbstractContextManager[Path]:
        """A copy that is open to read, and goes again."""
        return fetched(self, self._scratch)

    def _fetch(self, start: int, stop: int) -> bytes:
        return b"".join(self._blob.read(start, stop))


class SealedBlobs:
    """Files that are sealed on their way in, if there is a key. What was kept before there was one stays as it is, and is read so; what was
    sealed needs its key for as long as it is kept."""

    def __init__(self, inner: Blobs, keys: Keyring, *, scratch: Scratch) -> None:
        self._inner = inner
        self._keys = keys
        self._scratch = scratch

    def put(self, key: str, file: Path) -> None:
        """Sealed with the first key, if there is one, and bound to its name, so that none can be passed off for another."""
        if not self._keys.on:
            self._inner.put(key, file)
            return
        handle, temporary = tempfile.mkstemp(prefix="sealing-", dir=self._scratch.folder)
        try:
            with os.fdopen(handle, "wb") as out, file.open("rb", buffering=PIECE) as source:
                self._keys.seal_stream(source, out, about=key.encode())
            self._inner.put(f"{key}{_ENDING}", Path(temporary))
        finally:
            Path(temporary).unlink(missing_ok=True)
        file.unlink(missing_ok=True)
        self._inner.delete(key)

    def get(self, key: str) -> Blob | None:
        """The file of that key, if there is one."""
        ways = (self._sealed, self._inner.get) if self._keys.on else (self._inner.get, self._sealed)
        return ways[0](key) or ways[1](key)

    def delete(self, key: str) -> bool:
        """Remove it, sealed or not."""
        return any([self._inner.delete(f"{key}{_ENDING}"), self._inner.delete(key)])

    def _sealed(self, key: str) -> SealedBlob | None:
        found = self._inner.get(f"{key}{_ENDING}")
        return None if found is None else SealedBlob(found, self._keys, key.encode(), self._scratch)

    def keys(self, prefix: str) -> Iterator[str]:
        """As they were before they were sealed."""
        return (one.key for one in self.listed(prefix))

    def listed(self, prefix: str) -> Iterator[Listed]:
        """By those names; sizes are of what lies there."""
        found = (one._replace(key=one.key.removesuffix(_ENDING)) for one in self._inner.listed(prefix))
        return (one for one in found if one.key.startswith(prefix))

    def drop(self, folder: str) -> None:
        """Sealed or not."""
        self._inner.drop(folder)
