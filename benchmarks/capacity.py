"""Capacity: calls and chats a day a core and a GPU, and how long archives take, worked out from measured factors.

A factor is the time that one core, or one GPU, is busy for one second of recording or for one conversation. Nothing here measures: the
factors come from ``qa-service bench speech`` and ``bench analysis``, and those of a machine of one's own may be put in their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

DAY, HOUR = 86_400.0, 3600.0
#: Archives of the table, hours of recording, and cores (or GPUs) that share the work.
ARCHIVES = (1_000, 10_000, 100_000, 1_000_000)
MACHINES = (2, 16, 64, 256)
GPUS = (1, 2, 4, 8)


class Factors(NamedTuple):
    """What was measured (docs/operators.md, "Measured"), and what is assumed of the work."""

    #: Core seconds for one second of recording, from file to scorecard: 64 s on 2 cores for 768 s, the start of the process included.
    speech: float = 64 * 2 / 768
    #: Core seconds for one chat of 20 turns, every sentence new: 10.5 a second with vectors, 215 a second masked.
    text: float = 1 / 10.5 + 1 / 215
    #: GPU seconds for one second of recording; ``None``: never measured.
    gpu: float | None = None
    #: Minutes of a call.
    minutes: float = 6.0
    #: Share of the time that machines work: the rest is for peaks, repairs and upgrades.
    busy: float = 0.8

    @property
    def calls_a_core(self) -> float:
        """Calls a day."""
        return DAY * self.busy / (self.speech * self.minutes * 60)

    @property
    def hours_a_core(self) -> float:
        """Hours of recording a day."""
        return DAY * self.busy / (self.speech * HOUR)

    @property
    def chats_a_core(self) -> float:
        """Chats a day."""
        return DAY * self.busy / self.text

    @property
    def hours_a_gpu(self) -> float | None:
        """Hours of recording a day."""
        return None if self.gpu is None else DAY * self.busy / (self.gpu * HOUR)

    @property
    def calls_a_gpu(self) -> float | None:
        """Calls a day."""
        return None if self.gpu is None else DAY * self.busy / (self.gpu * self.minutes * 60)


def daily(factors: Factors) -> list[dict[str, Any]]:
    """What one core and one GPU do in a day."""
    return [
        {
            "one": "core", "calls a day": factors.calls_a_core, "hours of calls a day": factors.hours_a_core,
            "chats a day": factors.chats_a_core,
        },
        {"one": "GPU", "calls a day": factors.calls_a_gpu, "hours of calls a day": factors.hours_a_gpu, "chats a day": None},
    ]


def archives(factors: Factors, *, hours: Sequence[int] = ARCHIVES) -> list[dict[str, Any]]:
    """Days that archives take, by how many cores or GPUs share them."""
    found = []
    for archive in hours:
        row: dict[str, Any] = {"hours of calls": archive}
        row |= {f"{cores} cores, days": archive / (factors.hours_a_core * cores) for cores in MACHINES}
        a_gpu = factors.hours_a_gpu
        row |= {f"{gpus} GPU, days": None if a_gpu is None else archive / (a_gpu * gpus) for gpus in GPUS}
        found.append(row)
    return found


def needed(factors: Factors, *, calls: int, chats: int) -> float:
    """Cores for so many calls and chats a day."""
    return calls / factors.calls_a_core + chats / factors.chats_a_core


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """A table as docs/capacity.md has it; columns that hold nothing but what was never measured are left out."""
    names = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    lines = [names, ["--:"] * len(names), *([_cell(row[name]) for name in names] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 0.1 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def run(factors: Factors, *, calls: int = 0, chats: int = 0) -> dict[str, list[dict[str, Any]]]:
    """All tables, by name."""
    found = {"a day": daily(factors), "archives": archives(factors)}
    if calls or chats:
        found["needed"] = [{"calls a day": calls, "chats a day": chats, "cores": needed(factors, calls=calls, chats=chats)}]
    return found
