"""Music and tones of whole recordings, from their samples to the events of a transcript."""

from __future__ import annotations

import numpy as np
import pytest

from qa_service.domain.acoustics import LineEvent, LineSound
from qa_service.domain.speaker import Speaker
from qa_service.speech.audio import decode
from qa_service.speech.line_sounds import LineStretch, find_line_sounds, line_events
from qa_service.speech.vad import speech_probabilities
from tests.speech import synth

RATE = 8000
WHO = {0: Speaker.AGENT, 1: Speaker.CUSTOMER}


def sounds_of(*channels, spoken=(), leaked=()):
    """What is found in signals of the same length; ``spoken`` and ``leaked``: (channel, start, end) in seconds."""
    samples = np.stack([synth.line(signal, seed=index) for index, signal in enumerate(channels)], axis=1)
    frames = -(-len(samples) // 256)
    voice = [np.zeros(frames, dtype=np.float32) for _ in channels]
    masks = [np.zeros(frames, dtype=np.bool_) for _ in channels]
    for spans, arrays, value in ((spoken, voice, 0.9), (leaked, masks, True)):
        for channel, start, end in spans:
            arrays[channel][round(start / 0.032) : round(end / 0.032)] = value
    return find_line_sounds(samples, rate=RATE, voice=voice, leaked=masks)


def pause(seconds):
    return synth.silence(round(seconds * 1000), rate=RATE)


def test_a_call_out_that_waits_in_a_queue():
    call = np.concatenate([
        synth.dialled("0912", ms=120, rate=RATE), pause(2), synth.rhythm((425,), (1000, 4000), times=2, rate=RATE),
        synth.voice(5, rate=RATE), pause(1), synth.band(12, rate=RATE), pause(1), synth.voice(6, rate=RATE),
    ])  # fmt: skip
    seconds = len(call) / RATE
    found = sounds_of(call, pause(seconds), spoken=((0, 13, 18), (0, 32, seconds)))
    assert [(one.kind.value, one.channel) for one in found.stretches] == [("keys", 0), ("ring", 0), ("music", 0)]
    muted = found.muted[0]
    assert not found.muted[1].any()
    assert not muted[round(13.2 / 0.032) : round(17.8 / 0.032)].any()
    assert muted[round(21 / 0.032) : round(29 / 0.032)].all()
    assert not muted[round(33 / 0.032) :].any()


def test_notes_of_a_tune_are_no_beeps():
    assert [one.kind.value for one in sounds_of(np.concatenate([pause(2), synth.arpeggio(12, rate=RATE), pause(2)])).stretches] == ["music"]


def test_what_leaked_over_is_told_on_its_own_channel_only():
    tone = np.concatenate([pause(2), synth.rhythm((440, 480), (2000, 4000), times=2, rate=RATE)])
    found = sounds_of(tone, 0.05 * tone, leaked=((1, 0, 14),))
    assert [(one.kind.value, one.channel) for one in found.stretches] == [("ring", 0)]


def test_a_voice_that_sounds_like_a_tone_stays():
    hum = np.concatenate([pause(2), synth.tone(700, ms=600, rate=RATE), pause(2)])
    assert [one.kind.value for one in sounds_of(hum).stretches] == ["beep"]
    found = sounds_of(hum, spoken=((0, 1.8, 2.8),))
    assert found.stretches == ()
    assert not found.muted[0].any()


def test_nothing_in_nothing():
    found = find_line_sounds(
        np.zeros((0, 2), dtype=np.int16), rate=RATE, voice=[np.zeros(0, dtype=np.float32)] * 2, leaked=[np.zeros(0, dtype=np.bool_)] * 2
    )
    assert found.stretches == ()
    assert [len(mask) for mask in found.muted] == [0, 0]


MUSIC, RING = LineSound.MUSIC, LineSound.RING


@pytest.mark.parametrize(
    ("stretches", "events"),
    [
        ([], []),
        ([(MUSIC, 0, 0, 10)], [(MUSIC, Speaker.AGENT, 0, 10)]),
        ([(MUSIC, 1, 0, 10), (RING, 0, 2, 4)], [(MUSIC, Speaker.CUSTOMER, 0, 10), (RING, Speaker.AGENT, 2, 4)]),
        # on both channels: once, nobody's, from the first to the last
        ([(MUSIC, 0, 0, 10), (MUSIC, 1, 1, 12)], [(MUSIC, None, 0, 12)]),
        ([(MUSIC, 0, 0, 10), (MUSIC, 1, 9, 20)], [(MUSIC, Speaker.AGENT, 0, 10), (MUSIC, Speaker.CUSTOMER, 9, 20)]),
        ([(MUSIC, 0, 0, 10), (MUSIC, 0, 12, 20)], [(MUSIC, Speaker.AGENT, 0, 10), (MUSIC, Speaker.AGENT, 12, 20)]),
    ],
)
def test_events(stretches, events):
    made = [LineStretch(kind, channel, start * 1000, end * 1000, 0.8) for kind, channel, start, end in stretches]
    wanted = tuple(
        LineEvent(kind=kind, speaker=who, start_ms=start * 1000, end_ms=end * 1000, confidence=0.8) for kind, who, start, end in events
    )
    assert line_events(made, speaker=WHO.__getitem__) == wanted


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("card-stolen-01.wav", [("music", 43, 60)]),  # the hold of its script
        ("billing-refund-01.wav", []),
        ("internet-outage-01.wav", []),
        ("shop-exchange-01.mp3", []),
    ],
)
def test_synthetic_calls(calls, name, found):
    """Real voice activity on the agent's leg, where the switch plays its music."""
    sound = decode(calls / name, max_seconds=600)
    voice = [speech_probabilities(sound.stream(0))]
    result = find_line_sounds(sound.samples[:, :1], rate=sound.rate, voice=voice, leaked=[np.zeros(len(voice[0]), dtype=np.bool_)])
    assert [one.kind.value for one in result.stretches] == [kind for kind, _, _ in found]
    for one, (_, start, end) in zip(result.stretches, found, strict=True):
        assert abs(one.start_ms / 1000 - start) < 1.5
        assert abs(one.end_ms / 1000 - end) < 1.5
    assert not (result.muted[0] & (voice[0] > 0.5)).any()


@pytest.mark.parametrize("name", ["two_party_calls/Auto_Repairs_49_UTC_agent.wav", "two_party_calls/Auto_Repairs_40_UTC_caller.wav"])
def test_real_speech_is_left_alone(real_speech, name):
    sound = decode(real_speech / name, max_seconds=600)
    voice = [speech_probabilities(sound.stream(0))]
    result = find_line_sounds(sound.samples, rate=sound.rate, voice=voice, leaked=[np.zeros(len(voice[0]), dtype=np.bool_)])
    assert result.stretches == ()
    assert not result.muted[0].any()
