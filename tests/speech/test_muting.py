"""Muting: silence where it is wanted, every other sample as it was."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from qa_service.domain.recording import Muted
from qa_service.domain.redaction import Kind
from qa_service.errors import AudioError
from qa_service.speech.audio import decode, probe
from qa_service.speech.muting import mute

SHIPPED = Path(__file__).parents[2] / "audio_fixtures"


def noise(path: Path, *, rate: int = 8000, channels: int = 2, seconds: float = 3.0) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    samples = np.random.default_rng(3).integers(-20_000, 20_000, (round(rate * seconds), channels), dtype=np.int16)
    with wave.open(str(path), "wb") as out:
        out.setparams((channels, 2, rate, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    return samples


def stretch(channel: int, start: int, end: int) -> Muted:
    return Muted(channel=channel, start_ms=start, end_ms=end, kind=Kind.CARD)


def test_silent_there_and_nowhere_else(tmp_path: Path) -> None:
    before = noise(tmp_path / "a.wav")
    mute(tmp_path / "a.wav", tmp_path / "b.flac", [stretch(1, 1000, 1500), stretch(0, 0, 100), stretch(0, 2900, 9000)])
    after = decode(tmp_path / "b.flac", max_seconds=9).samples
    assert after.shape == before.shape
    for channel, start, end in ((1, 8000, 12000), (0, 0, 800), (0, 23200, 24000)):
        assert not after[start:end, channel].any()
    fade = 40  # 5 ms
    assert (after[: 8000 - fade, 1] == before[: 8000 - fade, 1]).all()
    assert (after[12000 + fade :, 1] == before[12000 + fade :, 1]).all()
    assert (after[800 + fade : 23200 - fade, 0] == before[800 + fade : 23200 - fade, 0]).all()


def test_the_same_twice_is_the_same_file(tmp_path: Path) -> None:
    noise(tmp_path / "a.wav", channels=1)
    for name in ("b", "c"):
        mute(tmp_path / "a.wav", tmp_path / f"{name}.flac", [stretch(0, 10, 20)])
    assert (tmp_path / "b.flac").read_bytes() == (tmp_path / "c.flac").read_bytes()


def test_high_rates_become_48_khz(tmp_path: Path) -> None:
    noise(tmp_path / "a.wav", rate=96_000, channels=1, seconds=1.0)
    mute(tmp_path / "a.wav", tmp_path / "b.flac", [stretch(0, 200, 400)])
    facts = probe(tmp_path / "b.flac")
    assert (facts.sample_rate, facts.channels, facts.duration_ms, facts.codec) == (48_000, 1, 1000, "flac")
    heard = decode(tmp_path / "b.flac", max_seconds=9)
    assert np.abs(heard.samples[heard.rate * 210 // 1000 : heard.rate * 390 // 1000]).max() <= 2, "the dither of resampling"


def test_a_compressed_call(tmp_path: Path) -> None:
    call = SHIPPED / "shop-exchange-01.mp3"
    before = decode(call, max_seconds=600)
    mute(call, tmp_path / "b.flac", [stretch(0, 3000, 4000)])
    after = decode(tmp_path / "b.flac", max_seconds=600)
    assert after.samples.shape == before.samples.shape
    assert not after.samples[3 * after.rate : 4 * after.rate, 0].any()
    assert (after.samples[5 * after.rate :] == before.samples[5 * after.rate :]).all()


def test_a_recording_that_breaks_off(tmp_path: Path) -> None:
    whole = (SHIPPED / "shop-exchange-01.mp3").read_bytes()
    (tmp_path / "cut.mp3").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AudioError, match="breaks off"):
        mute(tmp_path / "cut.mp3", tmp_path / "b.flac", [])
