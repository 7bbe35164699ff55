"""The vault: originals of masked data, sealed (:mod:`qa_service.store.sealing`) under keys of its own."""

from __future__ import annotations

import base64
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from qa_service.domain.base import Record
from qa_service.errors import NotFoundError
from qa_service.store.blobs import Blob, Blobs, LocalBlobs
from qa_service.store.recordings import UNFINISHED
from qa_service.store.scratch import Scratch
from qa_service.store.sealing import Keyring

_FIELD = "QA_VAULT_KEY"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Sealed(Record):
    """Encrypted bytes."""

    #: Which key opens them.
    key_id: str
    #: Nonce, ciphertext and tag, base64.
    data: str


class Vault:
    """Seals and opens; without a key it keeps nothing, and opens nothing."""

    def __init__(self, keys: Sequence[str], *, blobs: Blobs, scratch: Scratch) -> None:
        """``keys``: base64, the one that seals first; ``blobs``: where sealed files are kept; ``scratch``: on the same file system, if that
        is this machine's. Raises :class:`ConfigurationError`."""
        self._keys = Keyring(keys, field=_FIELD)
        self._blobs = blobs
        self._scratch = scratch

    @classmethod
    def below(cls, root: Path, keys: Sequence[str]) -> Vault:
        """All in a folder of this machine."""
        return cls(keys, blobs=LocalBlobs(root), scratch=Scratch(root / UNFINISHED))

    @property
    def on(self) -> bool:
        """Whether originals are kept."""
        return self._keys.on

    def seal(self, data: bytes, *, about: str) -> Sealed:
        """The bytes encrypted with the first key; call only while ``on``."""
        identity, sealed = self._keys.seal(data, about=about.encode())
        return Sealed(key_id=identity, data=base64.b64encode(sealed).decode())

    def open(self, sealed: Sealed, *, about: str) -> bytes:
        """The bytes; raises :class:`ConfigurationError` where the key is not here, :class:`ProcessingError` for altered ones."""
        return self._keys.open(sealed.key_id, base64.b64decode(sealed.data), about=about.encode())

    def seal_file(self, source: Path, *, sha256: str) -> None:
        """Keep a file by its SHA-256, encrypted; a crash leaves the whole of it or nothing."""
        handle, temporary = tempfile.mkstemp(prefix="sealing-", dir=self._scratch.folder)
        try:
            with os.fdopen(handle, "wb") as out, source.open("rb") as stream:
                self._keys.seal_stream(stream, out, about=sha256.encode())
            self._blobs.put(_key(sha256), Path(temporary))
        finally:
            Path(temporary).unlink(missing_ok=True)

    def holds_file(self, sha256: str) -> bool:
        """Whether a file is kept."""
        return self._file(sha256) is not None

    def open_file(self, sha256: str) -> Iterator[bytes]:
        """A kept file, piece by piece; raises as :meth:`open`, and :class:`NotFoundError` where it is not kept."""
        kept = self._file(sha256)
        if kept is None:
            raise NotFoundError(f"the vault has no recording {sha256!r}", field="sha256")
        return self._keys.open_range(lambda start, stop: b"".join(kept.read(start, stop)), kept.size, about=sha256.encode())

    def delete_file(self, sha256: str) -> bool:
        """Remove a kept file for good; false where there is none."""
        return _SHA256.fullmatch(sha256) is not None and self._blobs.delete(_key(sha256))

    def _file(self, sha256: str) -> Blob | None:
        return self._blobs.get(_key(sha256)) if _SHA256.fullmatch(sha256) is not None else None


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}.sealed"
