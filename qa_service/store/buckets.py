"""Buckets of others: objects below a prefix, listed, fetched whole and put elsewhere; nothing of them is ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from qa_service.store.object_blobs import ObjectStore, opened, told

_PIECE = 1 << 22


class Listed(NamedTuple):
    """An object as it is listed."""

    #: Below the prefix.
    key: str
    size: int
    #: Changes with what it holds.
    tag: str
    #: When it was put there, seconds since 1970.
    at: float


class Bucket:
    """Objects below a prefix."""

    def __init__(self, where: ObjectStore, *, field: str) -> None:
        """Raises :class:`ConfigurationError` that names the setting ``field``."""
        self._store = opened(where, field=field)

    def list(self) -> Iterator[Listed]:
        """All of them, in the order of their keys; raises :class:`StorageError`."""
        import obstore

        pages = iter(obstore.list(self._store, chunk_size=1000))
        while True:
            with told("list"):
                page = next(pages, None)
            if page is None:
                return
            for one in page:
                moment = one["last_modified"].timestamp()
                yield Listed(one["path"], one["size"], one["e_tag"] or f"{one['size']}-{moment}", moment)

    def fetch(self, one: Listed, target: Path) -> bool:
        """Write the object into a file, piece by piece; false where it is another one by now, or gone. Raises :class:`StorageError`."""
        import obstore
        from obstore.exceptions import PreconditionError

        size = 0
        with target.open("wb") as out:
            while size < one.size:
                part = (size, min(size + _PIECE, one.size))
                with told("read"):
                    try:
                        # Other bytes than those that were listed are refused, so that no file is put together of two.
                        piece = bytes(obstore.get(self._store, one.key, options={"range": part, "if_match": one.tag}).bytes())
                    except (PreconditionError, FileNotFoundError):
                        return False
                size += len(piece)
                out.write(piece)
        return True

    def move(self, key: str, target: str) -> None:
        """Put an object elsewhere below the prefix; raises :class:`StorageError`."""
        import obstore

        with told("move"):
            obstore.rename(self._store, key, target, overwrite=True)

    def put(self, key: str, data: bytes) -> None:
        """A small object; raises :class:`StorageError`."""
        import obstore

        with told("write"):
            obstore.put(self._store, key, data)
