"""Listening: what a whole recording is before a word is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qa_service.domain.acoustics import LineSound
from qa_service.domain.speaker import Speaker
from qa_service.speech.audio import Sound, decode
from qa_service.speech.base import RATE
from qa_service.speech.line_sounds import LineStretch
from qa_service.speech.listening import Heard, listen
from qa_service.speech.packing import pack


@pytest.fixture(scope="module")
def held(calls: Path) -> Heard:
    """A call with hold music on the agent's channel from 42.3 to 60.3 s."""
    return listen(decode(calls / "card-stolen-01.wav", max_seconds=600))


def test_music_is_told_and_not_recognised(held: Heard) -> None:
    (music,) = [stretch for stretch in held.line if stretch.kind is LineSound.MUSIC]
    assert music.channel == 0
    assert 42_000 <= music.start_ms <= 46_000
    assert 56_000 <= music.end_ms <= 60_300
    inside = [span for span in held.spans if span.channel == 0 and span.start_ms < music.end_ms and span.end_ms > music.start_ms]
    assert sum(min(span.end_ms, music.end_ms) - max(span.start_ms, music.start_ms) for span in inside) < 500


def test_a_first_syllable_after_music_is_not_lost(held: Heard) -> None:
    """The agent says "Thanks for holding" from 60.28 s on; voice activity alone hears a voice from 60.8 s."""
    first = min(span.start_ms for span in held.spans if span.channel == 0 and span.start_ms > 58_000)
    assert 59_600 <= first <= 60_400


def test_the_sound_of_a_window_is_that_of_its_spans(held: Heard) -> None:
    for window in pack(held.spans):
        audio = held.audio(window)
        assert len(audio) == pytest.approx(window.length_ms * RATE / 1000, abs=2 * len(window.spans))
        for span, offset in zip(window.spans, window.offsets, strict=True):
            cut = held.sound.cut(span.channel, span.voice_start_ms, span.voice_start_ms + 500)
            start = (offset + span.voice_start_ms - span.start_ms) * RATE // 1000
            heard = audio[start : start + len(cut)]
            assert np.corrcoef(heard, cut)[0, 1] > 0.9


def test_acoustics_belong_to_parties_and_machines_to_nobody(held: Heard) -> None:
    talk = held.parties[1].stretches[0]
    prompt = LineStretch(LineSound.IVR, 1, talk[0] - 10, talk[1] + 10, 0.9)
    for who in (Speaker.AGENT, Speaker.CUSTOMER):
        other = Speaker.CUSTOMER if who is Speaker.AGENT else Speaker.AGENT
        found = held.acoustics(lambda channel, left=who, right=other: (left, right)[channel], prompts=[prompt])
        assert {event.kind: event.speaker for event in found.events} == {LineSound.MUSIC: who, LineSound.IVR: other}
        assert {level.speaker for level in found.levels} == {who, other}
        assert [a.start_ms for a in found.activity] == sorted(a.start_ms for a in found.activity)
        assert not any(a.speaker is other and a.start_ms == talk[0] for a in found.activity)
        assert sum(a.speaker is other for a in found.activity) == len(held.parties[1].stretches) - 1


def test_one_channel_is_nobody_s(calls: Path) -> None:
    heard = listen(decode(calls / "council-tax-01.wav", max_seconds=600))
    found = heard.acoustics(lambda _: Speaker.AGENT, prompts=())
    assert heard.spans
    assert (found.activity, found.levels, found.leak_ms) == ((), (), (None, None))


def test_crosstalk_is_told_by_its_delay(calls: Path) -> None:
    sound = decode(calls / "delivery-lost-01.wav", max_seconds=600)
    late = 160  # samples of 16 kHz: 10 ms
    leak = np.zeros_like(sound.samples[:, 0], dtype=np.float64)
    leak[late:] = sound.samples[:-late, 0] * 10 ** (-25 / 20)
    mixed = np.stack([sound.samples[:, 0], (sound.samples[:, 1] + leak).clip(-32768, 32767).astype(np.int16)], axis=1)
    found = listen(Sound(samples=mixed, rate=sound.rate)).acoustics(lambda _: Speaker.AGENT, prompts=())
    assert found.leak_ms == (10.0, None)


def test_silence_holds_nothing() -> None:
    heard = listen(Sound(samples=np.zeros((RATE, 2), dtype=np.int16), rate=RATE))
    assert (heard.spans, heard.line) == ((), ())
    assert all(party.speech_db is None for party in heard.parties)
