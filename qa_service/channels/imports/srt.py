"""SubRip captions: speakers from ``Agent:`` before the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from qa_service.channels.base import Outcome, ReadOptions
from qa_service.channels.imports.cues import read_cues

_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?\s*\d+\s*\r?\n\s*\d+:\d\d:\d\d[,.]\d+\s*-->")


def looks_like(head: bytes) -> bool:
    """A number, then a timing line."""
    return bool(_FIRST.match(head))


def read(path: Path, options: ReadOptions | None = None) -> Iterator[Outcome]:
    """The one conversation of a SubRip file."""
    yield from read_cues(path, options or ReadOptions(), engine="import:srt")
