"""Measures: the few numbers of an analysed interaction that contact-centre figures are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from qa_service.domain.signal import Signal

_SIGNALS = {
    "hold.seconds": "hold_seconds", "silence.share": "silence_share", "overtalk.seconds": "overtalk_share",
    "response.first": "response_first", "response.median": "response_median",
}


class Measured(NamedTuple):
    """Of one interaction; ``None`` where it does not carry it."""

    #: Length of a recording, seconds: talk and hold, no work after it.
    duration: float | None = None
    #: Signal ``hold.seconds``.
    hold_seconds: float | None = None
    #: Signal ``silence.share``.
    silence_share: float | None = None
    #: ``overtalk.seconds / duration``.
    overtalk_share: float | None = None
    #: Signal ``response.first``, seconds.
    response_first: float | None = None
    #: Signal ``response.median``, seconds.
    response_median: float | None = None


def measured(signals: Iterable[Signal], *, duration_ms: int | None) -> Measured:
    """What the figures need of an interaction; ``duration_ms``: of its transcript, which only of a recording is a length of talk."""
    found = {_SIGNALS[one.name]: one.value for one in signals if one.name in _SIGNALS}
    seconds = duration_ms / 1000 if duration_ms and found.get("silence_share") is not None else None
    overtalk = found.pop("overtalk_share", None)
    share = None if overtalk is None or seconds is None else min(1.0, overtalk / seconds)
    return Measured(duration=seconds, overtalk_share=share, **found)
