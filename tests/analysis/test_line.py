"""What is on a call besides the two people."""

from __future__ import annotations

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.hold import Hold
from qa_service.analysis.line import Line
from qa_service.domain.acoustics import Acoustics, LineEvent, LineSound
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Transcript
from tests.analysis.conftest import turns

NAMES = ("ivr.seconds", "ivr.count", "machine.reached", "music.seconds", "ring.seconds")


def read(analyzer, lines, events=None, *, channel=Channel.PHONE, language="en"):
    """Signals of a call on which ``events`` ("music 1-3", in seconds) are heard; without them, the sound was not measured."""
    acoustics = None
    if events is not None:
        parts = [(LineSound(kind), *times.split("-")) for kind, times in (event.split() for event in events)]
        acoustics = Acoustics(
            events=tuple(LineEvent(kind=kind, start_ms=round(float(a) * 1000), end_ms=round(float(b) * 1000)) for kind, a, b in parts)
        )
    transcript = Transcript(turns=turns(*lines), language=language, acoustics=acoustics, duration_ms=100_000)
    return Analysis([analyzer]).read(Interaction(id="x", channel=channel, language=language), transcript).signals


@pytest.mark.parametrize(
    ("lines", "events", "values"),
    [
        (("A 0-2: hello", "C 3-4: hi"), (), (0, 0, 0, 0, 0)),
        (("B 0-4: for sales press one", "A 30-32: hello"), ("ring 5-12", "ivr 0-4"), (4, 1, 0, 0, 7)),
        # the bot's turn and the sound's event are the same announcement
        (("B 0-4: press one", "B 8-10: press two", "A 30-31: hello"), ("ivr 0-4", "ivr 8-10"), (6, 1, 0, 0, 0)),
        (("B 0-4: press one", "B 20-22: please hold", "A 30-31: hello"), ("ivr 0-4", "ivr 20-22", "music 5-19"), (6, 2, 0, 14, 0)),
        # the machine's turn is a bot's, but no menu
        (("B 6-12: leave a message", "A 14-18: please call me back"), ("ring 0-5", "machine 6-12", "beep 12-13"), (0, 0, 1, 0, 5)),
        # music on both channels at once is not heard twice
        (("A 0-2: hello", "C 3-4: hi"), ("music 5-15", "music 10-20"), (0, 0, 0, 15, 0)),
        ((), ("ring 0-30", "busy 31-40"), (0, 0, 0, 0, 30)),
    ],
)
def test_values(lines, events, values):
    signals = read(Line(), lines, events)
    assert tuple(signals[name].value for name in NAMES) == values


@pytest.mark.parametrize(
    ("lines", "measured"),
    [(("A 0-2: hello", "C 3-4: hi"), ()), (("B 0-4: press one", "A 6-8: hello"), ("ivr.seconds", "ivr.count"))],
)
def test_without_sound_only_bots_tell(lines, measured):
    signals = read(Line(), lines)
    assert tuple(name for name in NAMES if signals[name].value is not None) == measured


@pytest.mark.parametrize("channel", [Channel.CHAT, Channel.EMAIL, Channel.SOCIAL])
def test_written_channels_have_no_line(channel):
    assert all(signal.value is None for signal in read(Line(), ("B 0: press one", "A 1: hello"), channel=channel).values())


def test_confidence_is_that_of_the_sound():
    event = LineEvent(kind=LineSound.MUSIC, start_ms=0, end_ms=5000, confidence=0.6)
    transcript = Transcript(turns=turns("A 6-8: hello"), acoustics=Acoustics(events=(event,)))
    signals = Analysis([Line()]).read(Interaction(id="x", channel=Channel.PHONE), transcript).signals
    assert signals["music.seconds"].confidence == pytest.approx(0.6)
    assert [(place.start_ms, place.end_ms) for place in signals["music.seconds"].places] == [(0, 5000)]


@pytest.mark.parametrize(
    ("lines", "events", "count", "seconds", "unannounced"),
    [
        # music between talk is a hold, shorter than a wait
        (("A 0-2: okay", "C 3-4: right i see", "A 12-13: so it shipped"), ("music 5-11",), 1, 8, 1),
        (("A 0-3: please hold", "C 3-4: sure", "A 9-11: thanks for holding"), ("music 4.5-8.5",), 1, 4, 0),
        # silence and music tell of the same hold
        (("A 0-3: may i put you on hold", "C 3-4: sure", "A 40-42: thanks for holding"), ("music 5-39",), 1, 37, 0),
        # announcements between the music are part of it
        (("A 0-3: please hold", "C 3-4: sure", "B 20-25: please hold", "A 40-42: thanks"), ("music 5-19", "music 26-39"), 1, 37, 0),
        # the queue before the agent is no hold, and neither is music under the agent's talk
        (("A 30-32: hello", "C 33-34: hi"), ("music 0-29",), 0, 0, 0),
        (("A 0-2: hello", "A 3-20: let me read this to you"), ("music 2-20",), 0, 0, 0),
        # the caller gave up
        (("A 0-3: please hold", "C 3-4: sure"), ("music 5-99",), 1, 97, 0),
        # two waits of which one has music; the other keeps its length
        (("A 0-2: hold on please", "A 12-13: still looking", "A 25-26: found it"), ("music 3-11",), 2, 22, 0),
    ],
)  # fmt: skip
def test_music_is_a_hold(lines, events, count, seconds, unannounced):
    signals = read(Hold(), lines, events)
    assert [signals[f"hold.{name}"].value for name in ("count", "seconds", "unannounced")] == [count, seconds, unannounced]
