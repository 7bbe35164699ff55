"""Response times of written channels and calls, and the latency of answers on calls."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.analysis.response import Response, percentile_90
from qa_service.domain.acoustics import Acoustics, LineEvent, LineSound
from qa_service.domain.interaction import Channel

PHONE = Channel.PHONE
RESPONSE = Response()


def test_written_channels(measure):
    lines = (
        "B 0: Hi, I am the bot", "C 10: my order is late", "C 15: hello?", "A 40: Good morning", "C 50: so?",
        "A 350: It ships today", "C 360: ok", "A 370: Bye",
    )  # fmt: skip
    signals = measure(RESPONSE, *lines)
    # 10 -> 40, 50 -> 350, 360 -> 370
    assert [signals[f"response.{name}"].value for name in ("first", "longest", "median")] == [30, 300, 30]
    assert signals["response.longest"].places[0].turn == 5
    assert signals["latency.agent_median"].value is None


def test_an_agent_who_opens_answers_from_the_start(measure):
    signals = measure(RESPONSE, "A 5: Welcome, how can I help?", "C 60: my order", "A 65: Sure")
    assert signals["response.first"].value == 5


def test_a_suspect_turn_is_no_answer(measure):
    lines = ("A! 0-2: thanks for watching", "C 3-5: my order", "A! 6-7: thank you", "A 9-10: yes")
    signals = measure(RESPONSE, *lines, channel=PHONE)
    assert [signals[f"response.{name}"].value for name in ("first", "longest", "median")] == [4, 4, 4]


@pytest.mark.parametrize(
    ("lines", "latencies"),
    [
        # customer's end to the agent's start: 1, 0.5 and 0 (overlap)
        (("C 0-2: my bill", "A 3-5: i see", "C 6-8: and so", "A 8.5-9: i will", "C 10-12: what", "A 11.9-13: well"), [1, 0.5, 0]),
        (("A 0-2: hello", "C 3-5: hi"), []),
        # "mhm" inside the customer's talk is no answer
        (("C 0-4: so my bill is", "A 2-2.4: mhm", "A 6-7: i see"), [2]),
        # nor between two turns of the customer; one before the agent's own turn is
        (("C 0-4: so my bill is", "A 4.5-4.8: mhm", "C 6-8: too high", "A 9-10: i see"), [1]),
        (("C 0-4: so my bill is", "A 4.5-4.8: okay", "A 6-8: i see it here"), [0.5]),
        # the customer only threw a word into the agent's talk
        (("A 0-9: our opening hours are these", "C 4-5: that is wrong", "A 10-12: monday to friday"), []),
        (("C 0-2: my bill", "B 3-9: please hold", "A 10-12: hello"), []),
    ],
)
def test_latencies(measure, lines, latencies):
    signals = measure(RESPONSE, *lines, channel=PHONE)
    places = signals["latency.agent_median"].places
    assert sorted((place.end_ms - place.start_ms) / 1000 for place in places) == pytest.approx(sorted(latencies))
    assert signals["latency.agent_median"].value == (pytest.approx(np.median(latencies)) if latencies else None)
    assert signals["latency.agent_p90"].value == (pytest.approx(np.percentile(latencies, 90)) if latencies else None)


def test_music_before_the_answer_is_a_hold_and_no_latency(measure):
    lines = ("C 0-2: my bill", "A 33-35: i see", "C 36-37: yes", "A 38-39: fine")
    music = Acoustics(events=(LineEvent(kind=LineSound.MUSIC, start_ms=3000, end_ms=32_000),))
    assert measure(RESPONSE, *lines, channel=PHONE)["latency.agent_p90"].value > 20
    assert measure(RESPONSE, *lines, channel=PHONE, acoustics=music)["latency.agent_p90"].value == 1


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30))
def test_percentile_is_numpys(values):
    assert percentile_90(values) == pytest.approx(np.percentile(values, 90))


@pytest.mark.parametrize("channel", [Channel.PHONE, Channel.CHAT])
def test_nothing_is_timed_without_times(measure, channel):
    assert all(signal.value is None for signal in measure(RESPONSE, "A: hello", "C: hi", channel=channel).values())


def test_every_spec_is_yielded_in_order(measure):
    assert list(measure(RESPONSE, "A 0-1: hello", channel=PHONE)) == [spec.name for spec in RESPONSE.specs]
