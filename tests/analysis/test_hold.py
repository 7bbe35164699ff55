"""Waits that the agent causes, and whether they were announced."""

from __future__ import annotations

import pytest

from qa_service.analysis.hold import Hold
from qa_service.domain.interaction import Channel

HOLD = Hold()
PHONE = Channel.PHONE


@pytest.mark.parametrize(
    ("language", "lines", "count", "longest", "unannounced"),
    [
        ("en", ("A 0-3: may i put you on a brief hold", "C 3-4: sure", "A 40-42: thanks for holding"), 1, 37, 0),
        ("en", ("A 0-3: let me check that for you", "A 15-17: it shipped"), 1, 12, 0),
        ("en", ("C 0-3: my bill is wrong", "A 14-17: okay i see it"), 0, 0, 0),
        ("en", ("A 0-1: hello", "C 1-3: my bill is wrong and i want it looked at now", "A 14-17: okay i see it"), 1, 11, 1),
        ("en", ("A 0-3: what is your account number?", "A 20-21: are you there?"), 0, 0, 0),
        ("en", ("A 0-3: your balance is ten dollars", "C 20-22: hmm i thought it was more than that"), 0, 0, 0),
        ("en", ("A 0-1: right", "C 14-15: are you still there", "A 17-18: yes"), 1, 16, 1),
        ("en", ("A 0-3: one moment please", "C 3-9: while you look i also wanted to ask about my other card", "A 11-12: sure"), 0, 0, 0),
        ("fa", ("A 0-3: چند لحظه گوشی دستتون باشه", "C 3-4: چشم", "A 40-42: مرسی از صبرتون"), 1, 37, 0),
        ("fa", ("A 0-1: سلام", "C 1-5: اینترنتم قطع شده از دیروز خیلی کلافه شدم", "A 17-18: خب"), 1, 12, 1),
        ("ar", ("A 0-3: أستأذنك دقيقة على الانتظار أراجع التفاصيل", "C 3-4: تفضل", "A 30-32: شكرا على صبرك"), 1, 27, 0),
        ("ar", ("A 0-1: طيب", "C 13-14: ألو؟ حضرتك معايا؟", "A 17-18: أيوه"), 1, 16, 1),
        # two waits, the announcement is two turns of the agent before the second one
        ("en", ("A 0-2: hold on please", "A 12-13: still looking", "A 25-26: found it", "A 40-41: done"), 3, 14, 1),
    ],
)
def test_waits(measure, language, lines, count, longest, unannounced):
    signals = measure(HOLD, *lines, language=language, channel=PHONE)
    assert [signals[f"hold.{name}"].value for name in ("count", "longest", "unannounced")] == [count, longest, unannounced]


def test_places_are_the_spans(measure):
    signals = measure(HOLD, "A 0-3: please hold", "A 13-14: back", "A 33-34: done", channel=PHONE)
    assert signals["hold.seconds"].value == 29
    assert [(place.start_ms, place.end_ms) for place in signals["hold.longest"].places] == [(14_000, 33_000)]


@pytest.mark.parametrize("channel", [Channel.CHAT, Channel.EMAIL, Channel.SOCIAL])
def test_written_channels_know_no_hold(measure, channel):
    assert all(signal.value is None for signal in measure(HOLD, "A 0: one moment", "A 60: done", channel=channel).values())
