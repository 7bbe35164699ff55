"""Allowed folders: files that a table names by their path, opened only below folders that an operator allowed, never through a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from qa_service.errors import InputError

_HINT = "an operator names folders that may be read: QA_RECORDING_FOLDERS"


@contextmanager
def opened_below(folders: Sequence[Path], name: str) -> Iterator[BinaryIO]:
    """The file of that name (a path within one of the folders, or relative to one of them), to be read.

    Each folder on the way is opened from the one above it and no link is followed, so that nobody can put another file in its place
    between the look and the reading. Raises :class:`InputError` where it lies elsewhere, is no file, or is not there.
    """
    if not folders:
        raise InputError("files of this machine are not read", field="recording", hint=_HINT)
    if not name or "\0" in name or ".." in Path(name).parts:
        raise InputError("this is no path of a file", field="recording", hint="no '..' in it")
    handle = _found(folders, name)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise InputError(f"{name[:200]} is no file", field="recording")
    with os.fdopen(handle, "rb") as stream:
        yield stream


def _found(folders: Sequence[Path], name: str) -> int:
    path, inside = Path(name), False
    for folder in folders:
        if path.is_absolute() and not path.is_relative_to(folder):
            continue
        inside = True
        handle = _walked(folder, (path.relative_to(folder) if path.is_absolute() else path).parts)
        if handle is not None:
            return handle
    if not inside:
        raise InputError(f"{name[:200]} lies outside of the folders that may be read", field="recording", hint=_HINT)
    raise InputError(f"no such file: {name[:200]}", field="recording", hint="links are not followed")


def _walked(folder: Path, parts: Sequence[str]) -> int | None:
    """A handle of the file, by one step after the other."""
    handle = _opened(str(folder), os.O_DIRECTORY, None)
    for left, part in zip(range(len(parts) - 1, -1, -1), parts, strict=True):
        if handle is None:
            return None
        # Without waiting: a pipe that nobody writes to would hold us up for ever.
        handle = _opened(part, os.O_NOFOLLOW | (os.O_DIRECTORY if left else os.O_NONBLOCK), handle)
    return handle if parts else None


def _opened(name: str, flags: int, above: int | None) -> int | None:
    """A handle of what lies in ``above``, which is closed."""
    try:
        return os.open(name, os.O_RDONLY | os.O_CLOEXEC | flags, dir_fd=above)
    except OSError:
        return None
    finally:
        if above is not None:
            os.close(above)
