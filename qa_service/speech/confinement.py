"""Confinement: what a process that reads other people's files may still do: read one file, think for a while, and answer.

Limits of memory and time hold on every Unix. Linux besides takes the network away where the kernel lets it, and with Landlock (5.13 and
later) every file but the one that is read. What a kernel does not know is left out.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

#: Bytes that a decoder may use beyond what the process has when it begins: the largest index of a container that was seen took a tenth.
MEMORY = 768 << 20
#: Seconds of processor time: a recording of 4 hours takes some 10 to 60, by codec.
SECONDS = 300
#: Largest file that it may write: none.
_NOTHING = 0

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_RULE_PATH_BENEATH = 1
_READ_FILE = 1 << 2
#: By version of Landlock: every right to files that it knows (see linux/landlock.h).
_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_NEWEST = (1 << 16) - 1
_NO_NEW_PRIVILEGES = 38
_NEW_NETWORK = 0x40000000


def confine(path: Path, *, memory: int = MEMORY, seconds: int = SECONDS) -> tuple[str, ...]:
    """Confine this process, for good, to reading ``path``; what could be taken away: ``limits``, ``network``, ``files``."""
    _limit(memory, seconds)
    if not sys.platform.startswith("linux"):
        return ("limits",)
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    network = system.unshare(_NEW_NETWORK) == 0
    return ("limits", *(["network"] if network else []), *(["files"] if _only(path, system.syscall) else []))


def _limit(memory: int, seconds: int) -> None:
    limits = [(resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, _NOTHING), (resource.RLIMIT_CORE, _NOTHING)]
    used = _address_space()
    if used:
        limits.append((resource.RLIMIT_AS, used + memory))
    for kind, most in limits:
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _address_space() -> int:
    """Bytes; 0 where it cannot be told."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def _only(path: Path, call: Callable[..., int]) -> bool:
    """Whether nothing but that file can be opened any more."""
    version = call(_LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    ruleset = _Ruleset(_RIGHTS.get(version, _NEWEST))
    rules = call(_LANDLOCK_CREATE, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0)
    if rules < 0:
        return False
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            beneath = _PathBeneath(_READ_FILE, file)
            added = call(_LANDLOCK_ADD, rules, _RULE_PATH_BENEATH, ctypes.byref(beneath), 0)
        finally:
            os.close(file)
        return added == 0 and call(_LANDLOCK_RESTRICT, rules, 0) == 0
    finally:
        os.close(rules)
