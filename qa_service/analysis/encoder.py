"""The sentence encoder: text in any of a hundred languages to a vector of length one; near in meaning is near in direction.

multilingual-e5-small (Wang et al., "Multilingual E5 Text Embeddings", 2024): 12 layers, 384 numbers, mean over the tokens. The weights
are read at the first text; batches of like length waste no time on padding, and a text's vector does not depend on its batch.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_service.analysis.encoder_weights import PIECES, SOURCE, encoder_folder
from qa_service.analysis.pieces import Pieces, read_pieces

#: One row a text, length 1, float32.
Vectors = NDArray[np.float32]

#: Numbers of a vector.
WIDTH = 384
#: What the model was trained to see before a text that is not a search.
_PREFIX = "passage: "
#: Most tokens of a text; what is beyond is not read.
_LIMIT = 512
#: Tokens of a batch, padding included: small enough for the caches of a core, large enough to keep its units busy.
_BATCH = 512


class SentenceEncoder:
    """Loads at the first call; safe to call from many threads."""

    def __init__(self, *, cache_dir: Path, threads: int = 0) -> None:
        """``threads``: cores for one batch; 0 takes all that this process may use."""
        self._cache_dir = cache_dir
        self._threads = threads or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
        self._loaded: tuple[Any, Pieces] | None = None
        self._lock = threading.Lock()

    @property
    def version(self) -> str:
        """Model and weights; vectors of different versions are never compared."""
        return f"{SOURCE.model}@{SOURCE.sha256[:12]}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape ``(len(texts), 384)``; raises :class:`~qa_service.errors.WeightsError` where the weights are missing."""
        model, pieces = self._load()
        ids = [pieces.ids(_PREFIX + text, limit=_LIMIT) for text in texts]
        vectors = np.empty((len(ids), WIDTH), np.float32)
        for batch in _batches(ids):
            vectors[batch] = _means(model, [ids[index] for index in batch])
        return vectors

    def _load(self) -> tuple[Any, Pieces]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(encoder_folder(self._cache_dir), self._threads)
            return self._loaded


def _load(folder: Path, threads: int) -> tuple[Any, Pieces]:
    import ctranslate2  # large, and a process that never asks for meaning never needs it

    model = ctranslate2.Encoder(str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=threads)
    return model, read_pieces((folder / PIECES).read_bytes(), 0)[0]


def _batches(ids: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Indexes of texts of like length, the shortest first."""
    batch: list[int] = []
    for index in sorted(range(len(ids)), key=lambda one: len(ids[one])):
        if batch and (len(batch) + 1) * len(ids[index]) > _BATCH:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _means(model: Any, ids: list[list[int]]) -> Vectors:
    """Mean over each text's own tokens, at length 1."""
    states: Vectors = np.asarray(model.forward_batch(ids).last_hidden_state)
    lengths = np.array([len(one) for one in ids])
    own = (np.arange(states.shape[1]) < lengths[:, None]).astype(np.float32)
    means: Vectors = np.matmul(own[:, None, :], states)[:, 0]
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return means
