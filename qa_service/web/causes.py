"""Causes: why something was stopped, in the visitor's words and in those of the service."""

from __future__ import annotations

from typing import NamedTuple

from qa_service.rendering.bidi import tame
from qa_service.services.jobs import CANCELLED
from qa_service.store.faults import Fault

#: Codes of faults that have words of their own, and what to do about them (``uploads.fault_...``, ``uploads.do_...``).
FAULTS = frozenset({
    "audio", "conversation", "email", "manifest", "table", "input", "unknown_agent", "duplicate", "engine", "judge", "processing",
    "configuration", "storage", "unreachable", "busy", "erased", CANCELLED,
})  # fmt: skip


class Cause(NamedTuple):
    """Why something was stopped."""

    #: Kind of the fault, for messages: one of :data:`FAULTS`, or ``other``.
    kind: str
    #: The same in the words of the service; what steers direction is taken out.
    detail: str


def cause(fault: Fault | None) -> Cause | None:
    """As pages tell it; ``None`` for what nothing has stopped."""
    if fault is None:
        return None
    told = ": ".join(filter(None, (fault.field, fault.message))) + (f" ({fault.hint})" if fault.hint else "")
    return Cause(fault.code if fault.code in FAULTS else "other", tame(told))
