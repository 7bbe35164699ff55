"""The catalogue of signals as a page for rubric authors, made from the analyzers' own specs."""

from __future__ import annotations

from collections.abc import Mapping

from qa_service.domain.history import SPECS
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import SignalSpec

_HEAD = """# Signals

Named measurements of an interaction, for `signal` detections. Made from the code by `qa-service rubric signals --markdown`; a test
keeps this page true. A signal that an interaction does not carry (no times, say) is not zero but unmeasured: a detection on it is
`undecided`.
`flag` is 1 or 0; seconds may be written as `10s` and shares as `40%` in rubrics.

"""
_TABLE = """| name | unit | channels | method |
|---|---|---|---|
"""
_ACROSS = """
## Across interactions

These rest on the other contacts of the same customer and change when more of them arrive, so that rubrics cannot use them.

"""


def as_markdown(catalogue: Mapping[str, SignalSpec]) -> str:
    """The whole page."""
    within = "".join(_row(catalogue[name]) for name in sorted(catalogue))
    return _HEAD + _TABLE + within + _ACROSS + _TABLE + "".join(map(_row, sorted(SPECS, key=lambda spec: spec.name)))


def _row(spec: SignalSpec) -> str:
    channels = "all" if set(spec.channels) == set(Channel) else ", ".join(spec.channels)
    method = spec.method.replace("|", "\\|")
    return f"| `{spec.name}` | {spec.unit.value} | {channels} | {method} |\n"
