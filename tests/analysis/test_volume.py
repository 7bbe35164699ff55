"""Turns and words of each party."""

from __future__ import annotations

import pytest

from qa_service.analysis.volume import Volume
from qa_service.domain.interaction import Channel

VOLUME = Volume()


@pytest.mark.parametrize(
    ("lines", "counts"),
    [
        (("A: hello there", "C: hi", "B: i am a bot", "C: my line is dead"), (1, 2, 2, 5)),
        (("A 0-2: hello there", "C 1-5: [noise]", "C! 6-7: thanks for watching"), (1, 0, 2, 0)),
        ((), (0, 0, 0, 0)),
    ],
)
@pytest.mark.parametrize("channel", [Channel.PHONE, Channel.CHAT])
def test_counts(measure, lines, counts, channel):
    signals = measure(VOLUME, *lines, channel=channel)
    assert list(signals) == [spec.name for spec in VOLUME.specs]
    assert tuple(signal.value for signal in signals.values()) == counts
