"""Blobs in an object store that speaks S3: Amazon's, MinIO, Ceph, Garage ... (obstore, an extra)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qa_service.domain.base import Record
from qa_service.errors import ConfigurationError, StorageError
from qa_service.store.blobs import Listed, fetched

if TYPE_CHECKING:
    from qa_service.store.scratch import Scratch

_FIELD = "QA_RECORDINGS_URL"
_PIECE = 1 << 22
#: Files up to this size are sent in one request, larger ones in parts.
_PART = 8 << 20


class ObjectStore(Record):
    """Where an object store is, and how long it is waited for."""

    #: ``s3://bucket/prefix``.
    url: str
    #: Its address, where it is not Amazon's, as in ``https://minio.example.org:9000``.
    endpoint: str = ""
    #: Its region.
    region: str = "us-east-1"
    #: Who asks; empty: what the machine itself is allowed.
    access_key: str = ""
    #: The key's secret.
    secret_key: str = ""
    #: Longest wait for one request, seconds.
    timeout: float = 30.0
    #: How long a request that fails is tried again, seconds.
    patience: float = 60.0


class ObjectBlob:
    """One object."""

    def __init__(self, store: Any, key: str, size: int, scratch: Scratch) -> None:
        self._store = store
        self._key = key
        self.size = size
        self._scratch = scratch

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """By requests for ranges, so that no more is in memory than one piece."""
        import obstore

        end = self.size if stop is None else min(stop, self.size)
        while start < end:
            with told("read"):
                piece = bytes(obstore.get_range(self._store, self._key, start=start, end=min(end, start + _PIECE)))
            start += len(piece)
            yield piece

    def local(self) -> AbstractContextManager[Path]:
        """A copy that goes again."""
        return fetched(self, self._scratch)


class ObjectBlobs:
    """Objects below a prefix of a bucket."""

    def __init__(self, where: ObjectStore, *, scratch: Scratch) -> None:
        """Raises :class:`ConfigurationError` for an address that is none, and where the extra is not installed."""
        self._store = opened(where)
        self._scratch = scratch

    def put(self, key: str, file: Path) -> None:
        """In parts if it is large; an object appears when all of it is there."""
        import obstore

        with told("write"):
            obstore.put(self._store, key, file, use_multipart=file.stat().st_size > _PART, chunk_size=_PART, max_concurrency=2)
        file.unlink(missing_ok=True)

    def get(self, key: str) -> ObjectBlob | None:
        """The object of that key, if there is one."""
        import obstore

        with told("read"):
            try:
                found = obstore.head(self._store, key)
            except FileNotFoundError:
                return None
        return ObjectBlob(self._store, key, found["size"], self._scratch)

    def delete(self, key: str) -> bool:
        """Remove it; false where there is none."""
        import obstore

        there = self.get(key) is not None
        with told("delete"):
            obstore.delete(self._store, key)
        return there

    def keys(self, prefix: str) -> Iterator[str]:
        """Of all objects whose keys begin so."""
        return (one.key for one in self.listed(prefix))

    def listed(self, prefix: str) -> Iterator[Listed]:
        """The same, with what the store knows."""
        # A store lists by whole folders.
        folder, _, _ = prefix.rpartition("/")
        for some in self._listed(folder):
            for one in some:
                if one["path"].startswith(prefix):
                    yield Listed(one["path"], one["size"], one["last_modified"].timestamp())

    def drop(self, folder: str) -> None:
        """Many at a time."""
        import obstore

        for some in self._listed(folder):
            with told("delete"):
                obstore.delete(self._store, [one["path"] for one in some])

    def _listed(self, folder: str) -> Iterator[Any]:
        """Page by page."""
        import obstore

        with told("list"):
            pages = iter(obstore.list(self._store, prefix=folder or None))
        while True:
            with told("list"):
                page = next(pages, None)
            if page is None:
                return
            yield page


@contextmanager
def told(act: str) -> Iterator[None]:
    """What the store says against an act becomes a :class:`StorageError`."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError) as error:
        # The first line names the fault; the rest repeats the request.
        cause = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise StorageError(f"the object store could not {act}: {cause[:300]}", hint="it is tried again; see the store's own log") from error


def opened(where: ObjectStore, *, field: str = _FIELD) -> Any:
    """The store below its prefix; raises :class:`ConfigurationError` that names the setting ``field``."""
    if find_spec("obstore") is None:
        raise ConfigurationError("object stores need a package", field=field, hint="pip install 'qa-service[s3]'")
    from obstore.exceptions import BaseError
    from obstore.store import S3Store

    parts = urlsplit(where.url)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise ConfigurationError(f"{where.url!r} is no address of a bucket", field=field, hint="s3://bucket or s3://bucket/prefix")
    options: dict[str, Any] = {"region": where.region}
    if where.access_key:
        options |= {"access_key_id": where.access_key, "secret_access_key": where.secret_key}
    if where.endpoint:
        options |= {"endpoint": where.endpoint, "virtual_hosted_style_request": False}
    try:
        return S3Store(
            parts.netloc, prefix=parts.path.strip("/") or None, **options,
            client_options={"timeout": timedelta(seconds=where.timeout), "allow_http": where.endpoint.startswith("http://")},
            retry_config={"max_retries": 10, "retry_timeout": timedelta(seconds=where.patience)},
        )
    except (BaseError, ValueError, TypeError) as error:
        raise ConfigurationError(f"the object store cannot be used: {error}", field=field) from error
