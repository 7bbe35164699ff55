"""Folders that are made once in a cache from installed packages: built aside under a lock, stamped, renamed, found by later starts.

The stamp remembers size, time and SHA-256 of every file, so that a later start only compares file facts; a file whose time differs is
read against its hash, and a folder with a missing or altered file is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

_STAMP = "verified.json"


def assembled(folder: Path, build: Callable[[Path], None]) -> Path:
    """``folder``, made by ``build`` (which fills an empty one) if need be; one process builds it, others wait and find it there."""
    if is_whole(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock")):
        if not is_whole(folder):
            _make(folder, build)
    return folder


def is_whole(folder: Path) -> bool:
    """Whether every file is the one that was built: by size and time, by hash where the time differs."""
    stamp = _read_stamp(folder / _STAMP)
    return bool(stamp) and all(_same(folder / name, *facts) for name, facts in stamp.items())


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hex, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _make(folder: Path, build: Callable[[Path], None]) -> None:
    """Made in a temporary place and renamed, so that nobody ever sees half of it. Called under the lock."""
    aside = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    build(aside)
    facts = {path.name: [path.stat().st_size, path.stat().st_mtime_ns, _settled(path)] for path in sorted(aside.iterdir())}
    (aside / _STAMP).write_text(json.dumps(facts), encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    aside.rename(folder)


def _settled(path: Path) -> str:
    """The hash of a file that is on the disk."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
    return file_sha256(path)


def _same(path: Path, size: int, time_ns: int, sha256: str) -> bool:
    if not path.is_file() or path.stat().st_size != size:
        return False
    return path.stat().st_mtime_ns == time_ns or file_sha256(path) == sha256


def _read_stamp(path: Path) -> dict[str, tuple[int, int, str]]:
    if not path.is_file():
        return {}
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): (int(size), int(time_ns), str(sha256)) for name, (size, time_ns, sha256) in stamp.items()}
    except (ValueError, TypeError, AttributeError):
        # A stamp that cannot be read vouches for nothing: the folder is built again.
        return {}
