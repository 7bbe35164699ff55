"""WebVTT captions: speakers from ``<v Agent>`` or ``Agent:`` (W3C WebVTT, section 3.5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qa_service.channels.base import Outcome, ReadOptions
from qa_service.channels.imports.cues import read_cues


def looks_like(head: bytes) -> bool:
    """The file starts with the WEBVTT signature."""
    return head.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT")


def read(path: Path, options: ReadOptions | None = None) -> Iterator[Outcome]:
    """The one conversation of a WebVTT file."""
    yield from read_cues(path, options or ReadOptions(), engine="import:vtt")
