"""Silence and dead air, on times that are reckoned by hand."""

from __future__ import annotations

import pytest

from qa_service.analysis.silence import Silence
from qa_service.domain.acoustics import Acoustics, Activity, LineEvent, LineSound
from qa_service.domain.interaction import Channel
from qa_service.domain.transcript import Speaker

PHONE = Channel.PHONE
SILENCE = Silence()
AGENT, CUSTOMER = Speaker.AGENT, Speaker.CUSTOMER


def voice(*spans: tuple[Speaker, float, float]) -> tuple[Activity, ...]:
    return tuple(Activity(speaker=who, start_ms=round(start * 1000), end_ms=round(end * 1000)) for who, start, end in spans)


def sound(kind: LineSound, start: float, end: float, speaker: Speaker | None = None) -> Acoustics:
    return Acoustics(events=(LineEvent(kind=kind, start_ms=round(start * 1000), end_ms=round(end * 1000), speaker=speaker),))


def values(signals):
    return {name: signal.value for name, signal in signals.items()}


def test_hand_computed_call(measure):
    # nobody 8-10 = 2 s (after the customer: too short for dead air) and 13-18 = 5 s (after the agent) of 19 s
    lines = ("A 0-6: how may i help", "C 5-8: yes my line is dead", "A 10-13: let me see", "C 18-19: thanks")
    signals = measure(SILENCE, *lines, channel=PHONE)
    assert values(signals) == {
        "silence.share": pytest.approx(7 / 19), "silence.longest": 5, "silence.seconds": 7,
        "dead_air.count": 0, "dead_air.longest": 0, "dead_air.seconds": 0,
    }  # fmt: skip
    place = signals["silence.longest"].places[0]
    assert (place.start_ms, place.end_ms) == (13_000, 18_000)


@pytest.mark.parametrize(
    ("lines", "count", "longest", "seconds"),
    [
        (("C 0-3: my bill is wrong", "A 6-8: i see"), 1, 3, 3),
        (("C 0-3: my bill is wrong", "A 5.999-8: i see"), 0, 0, 0),
        # whoever speaks next: the customer waited all the same
        (("C 0-3: my bill is wrong", "C 10-11: hello"), 1, 7, 7),
        (("C 0-3: my bill is wrong", "A 8-9: i see", "C 10-12: and so", "A 19-20: yes"), 2, 7, 12),
        # the agent spoke last: silence, but not after a customer's turn
        (("C 0-3: my bill is wrong", "A 3-4: i see", "A 14-15: found it"), 0, 0, 0),
        # "okay" between two turns of the agent is a backchannel: the agent holds the floor
        (("A 0-3: one moment i will look", "C 3.2-3.7: okay", "A 14-15: found it"), 0, 0, 0),
        # ... but after a question it is an answer, and so it is where nobody takes it up
        (("A 0-3: shall i look?", "C 3.2-3.7: okay", "A 14-15: found it"), 1, pytest.approx(10.3), pytest.approx(10.3)),
        (("A 0-3: i will look", "C 3.2-3.7: okay", "C 14-15: hello"), 1, pytest.approx(10.3), pytest.approx(10.3)),
        # a bot is heard, and is not waited for
        (("C 0-3: my bill is wrong", "B 4-20: you are number two", "A 25-26: hello"), 0, 0, 0),
    ],
)
def test_dead_air(measure, lines, count, longest, seconds):
    signals = measure(SILENCE, *lines, channel=PHONE)
    assert [signals[f"dead_air.{name}"].value for name in ("count", "longest", "seconds")] == [count, longest, seconds]


@pytest.mark.parametrize(
    ("kind", "start", "end", "longest", "seconds", "dead"),
    [
        # customer 0-3, agent 33-35
        (LineSound.MUSIC, 3.5, 32.5, 0.5, 0, 0),
        (LineSound.MUSIC, 8, 30, 5, 8, 5),  # 3-8 is dead air; 30-33 is not, for music was heard before it
        (LineSound.RING, 3, 20, 13, 13, 0),
        (LineSound.BEEP, 10, 10.4, 30, 30, 30),  # too short to be heard as anything but a beep in a silence
    ],
)
def test_a_line_sound_is_no_silence(measure, kind, start, end, longest, seconds, dead):
    lines = ("C 0-3: my bill is wrong", "A 33-35: i see")
    signals = measure(SILENCE, *lines, channel=PHONE, acoustics=sound(kind, start, end))
    assert signals["silence.longest"].value == longest
    assert signals["silence.seconds"].value == seconds
    assert signals["silence.share"].value == pytest.approx(seconds / 35)
    assert signals["dead_air.longest"].value == dead


def test_suspect_turns_are_nobodys(measure):
    signals = measure(SILENCE, "A 0-3: hello there", "C! 5-9: thanks for watching", "A 13-14: hello", channel=PHONE)
    assert signals["silence.longest"].value == 10
    assert signals["dead_air.count"].value == 0


def test_voice_is_tighter_than_turns_and_their_words(measure):
    lines = ("C* 0-4: my bill is wrong", "A* 6.5-9: i see that now")
    loose = measure(SILENCE, *lines, channel=PHONE)
    assert loose["dead_air.count"].value == 0
    tight = Acoustics(activity=voice((CUSTOMER, 0.1, 1.0), (CUSTOMER, 1.4, 3.4), (AGENT, 6.8, 8.8)))
    signals = measure(SILENCE, *lines, channel=PHONE, acoustics=tight)
    assert signals["silence.longest"].value == pytest.approx(3.4)
    assert signals["dead_air.seconds"].value == pytest.approx(3.4)
    assert signals["silence.share"].value == pytest.approx(3.4 / 8.7)


def test_voice_in_music_or_of_a_machine_is_nobodys(measure):
    # singing at 10-14 is heard as voice on the agent's channel, the announcement at 20-24 too
    lines = ("C* 0-3: my bill is wrong", "B 20-24: please stay on the line", "A* 30-32: thanks for waiting")
    heard = voice((CUSTOMER, 0, 3), (AGENT, 10, 14), (AGENT, 20, 24), (AGENT, 30, 32))
    events = sound(LineSound.MUSIC, 9, 14.1, AGENT).events
    signals = measure(SILENCE, *lines, channel=PHONE, acoustics=Acoustics(activity=heard, events=events))
    # 3-9 dead air, 14.1-20 and 24-30 silence
    assert signals["dead_air.seconds"].value == 6
    assert signals["silence.seconds"].value == pytest.approx(17.9)


@pytest.mark.parametrize("channel", list(Channel))
def test_without_times_nothing_is_measured(measure, channel):
    assert all(signal.value is None for signal in measure(SILENCE, "A: hello", "C: hi", channel=channel).values())


def test_every_spec_is_yielded_in_order(measure):
    assert list(measure(SILENCE, "A 0-1: hello", channel=PHONE)) == [spec.name for spec in SILENCE.specs]
