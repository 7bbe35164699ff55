"""Pairs: the two mono files of a call, joined into one recording for whoever takes them in or transcribes them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from qa_service.channels import Pair
from qa_service.domain.ledger import canonical
from qa_service.domain.recording import Recording
from qa_service.errors import QaError
from qa_service.speech.flac import SUFFIX
from qa_service.speech.joining import Joined, are_halves, join


class JoinedFile(NamedTuple):
    """A pair as one file, for a while."""

    #: Two-channel FLAC.
    path: Path
    #: How the two were laid together.
    how: Joined


def fits(pair: Pair) -> bool:
    """Whether two files whose names suggest a pair are one, as far as their headers tell; for ``discover``."""
    return are_halves(pair.left, pair.right, parties_told=pair.channel_map.known)


def content_of(left: Recording, right: Recording) -> str:
    """SHA-256 of a pair, hex: of the hashes of its files, so that it does not depend on how they are joined."""
    return hashlib.sha256(canonical({"left": left.sha256, "right": right.sha256}).encode()).hexdigest()


@contextmanager
def joined(pair: Pair, *, max_seconds: float, folder: Path | None = None) -> Iterator[JoinedFile]:
    """The pair as one recording in a folder of its own (below ``folder``) that goes at the end; raises :class:`AudioError`."""
    with tempfile.TemporaryDirectory(prefix="joining-", dir=folder) as place:
        target = Path(place) / f"call{SUFFIX}"
        yield JoinedFile(target, join(pair.left, pair.right, target, max_seconds=max_seconds))


@contextmanager
def named_as(names: Mapping[Path, str]) -> Iterator[None]:
    """Errors name the files as the user knows them, not where they lie for the moment."""
    try:
        yield
    except QaError as error:
        known = {str(path): name for path, name in names.items()}
        error.file = known.get(error.file or "", error.file)
        raise


def note(pair: Pair, halves: tuple[Recording, Recording], names: Mapping[Path, str], how: Joined) -> dict[str, Any]:
    """What the ledger keeps of a pair: both sources, and how they were laid together; times in ms."""
    sources = [
        {"channel": side, "name": names[path], "sha256": half.sha256, "duration_ms": half.duration_ms}
        for side, path, half in zip(("left", "right"), pair.files, halves, strict=True)
    ]
    offset = None if how.offset is None else {"late_ms": how.offset.late_ms, "confidence": how.offset.confidence}
    return {"sources": sources, "longer_ms": how.longer_ms, "offset": offset, "applied_ms": how.late_ms}
