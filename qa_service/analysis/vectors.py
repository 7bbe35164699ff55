"""Sentence vectors that are worked out once for every distinct text, and where they are kept."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

#: One row a text, length 1, float32.
Vectors = NDArray[np.float32]
#: A vector as it is kept: half the bytes, and the cosine is the same to the fourth figure.
Kept = NDArray[np.float16]
#: Vectors that the cache in memory holds (768 bytes each).
_KEPT = 20_000


class Encoder(Protocol):
    """Turns texts into vectors."""

    @property
    def version(self) -> str:
        """Vectors of different versions are never compared."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row a text; the same text always gives the same row."""


class VectorCache(Protocol):
    """Keeps vectors by key; may forget any of them at any time. Safe to call from many threads."""

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Kept]:
        """Those that are there."""

    def put_many(self, vectors: Mapping[str, Kept]) -> None:
        """Keep them; a key is always given the same vector."""


class MemoryCache:
    """The vectors that were asked for last, in this process."""

    def __init__(self, *, size: int = _KEPT) -> None:
        self._size = size
        self._vectors: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Kept]:
        """Those that are there."""
        with self._lock:
            found = {key: self._vectors[key] for key in keys if key in self._vectors}
            for key in found:
                self._vectors.move_to_end(key)
            return found

    def put_many(self, vectors: Mapping[str, Kept]) -> None:
        """Keep them, and forget what was not asked for the longest."""
        with self._lock:
            self._vectors.update(vectors)
            while len(self._vectors) > self._size:
                self._vectors.popitem(last=False)


class LayeredCache:
    """A quick cache before one that keeps longer."""

    def __init__(self, quick: VectorCache, lasting: VectorCache) -> None:
        self._quick = quick
        self._lasting = lasting

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Kept]:
        """Those that are in either; what only the lasting one knows is quick from now on."""
        found = dict(self._quick.get_many(keys))
        missing = [key for key in keys if key not in found]
        older = self._lasting.get_many(missing) if missing else {}
        if older:
            self._quick.put_many(older)
        return {**found, **older}

    def put_many(self, vectors: Mapping[str, Kept]) -> None:
        """Into both."""
        self._quick.put_many(vectors)
        self._lasting.put_many(vectors)


class TextVectors:
    """Vectors of texts through a cache."""

    def __init__(self, encoder: Encoder, *, cache: VectorCache | None = None) -> None:
        """``cache``: one in memory unless told."""
        self._encoder = encoder
        self._cache: VectorCache = MemoryCache() if cache is None else cache

    @property
    def version(self) -> str:
        """That of the encoder."""
        return self._encoder.version

    def of(self, texts: Sequence[str]) -> Vectors:
        """Shape ``(len(texts), width)``, float32; ``texts`` holds at least one."""
        plain = [plain_text(text) for text in texts]
        keys = [vector_key(text, version=self.version) for text in plain]
        # A text that is encoded now and one that was kept must give the same bytes, so both go through the kept form.
        known = dict(self._cache.get_many(list(dict.fromkeys(keys))))
        missing = {key: text for key, text in zip(keys, plain, strict=True) if key not in known}
        if missing:
            fresh = self._encoder.encode(list(missing.values())).astype(np.float16)
            made = dict(zip(missing, fresh, strict=True))
            self._cache.put_many(made)
            known.update(made)
        return np.stack([known[key] for key in keys]).astype(np.float32)


def plain_text(text: str) -> str:
    """What is encoded: without blanks that mean nothing. Letters stay as written, because the encoder was trained on such."""
    return " ".join(text.split())


def vector_key(text: str, *, version: str) -> str:
    """SHA-256, hex, of the encoder's version and the plain text."""
    return hashlib.sha256(f"{version}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
