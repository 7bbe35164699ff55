"""The cores that this process may use."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Cores this process is allowed, where the system tells; else all of the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
