"""Two mono files of a call become one recording."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qa_service.errors import AudioError
from qa_service.speech.audio import decode, probe
from qa_service.speech.joining import are_halves, join, probe_half

Encode = Callable[..., Path]
Tone = Callable[..., np.ndarray]


def noise(seed: int, seconds: float, *, rate: int = 8000) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9000, 9000, size=(round(seconds * rate), 1)).astype(np.int16)


def test_every_sample_comes_through(encode: Encode, tmp_path: Path) -> None:
    left, right = noise(1, 3.1), noise(2, 3.1)
    files = [encode(f"{name}.wav", samples, codec="pcm_s16le", rate=8000) for name, samples in (("a", left), ("b", right))]
    made = join(*files, tmp_path / "call.flac", max_seconds=60)
    assert (made.longer_ms, made.offset, made.late_ms) == (0, None, 0)
    assert np.array_equal(decode(tmp_path / "call.flac", max_seconds=60).samples, np.hstack([left, right]))
    found = probe(tmp_path / "call.flac")
    assert (found.channels, found.sample_rate, found.codec, found.duration_ms) == (2, 8000, "flac", 3100)


def test_the_same_files_give_the_same_bytes(encode: Encode, tmp_path: Path) -> None:
    files = [encode(f"{seed}.mp3", noise(seed, 3, rate=16000), codec="libmp3lame", rate=16000) for seed in (1, 2)]
    made = [tmp_path / "one.flac", tmp_path / "two.flac"]
    for target in made:
        join(*files, target, max_seconds=60)
    assert made[0].read_bytes() == made[1].read_bytes()


def test_the_higher_rate_is_kept_and_the_shorter_one_padded(encode: Encode, tone: Tone, tmp_path: Path) -> None:
    left = encode("a.wav", tone(2.0, rate=8000), codec="pcm_mulaw", rate=8000)
    right = encode("b.flac", tone(1.5, rate=22050), codec="flac", rate=22050)
    made = join(left, right, tmp_path / "call.flac", max_seconds=60)
    assert made.longer_ms == 500
    found = probe(tmp_path / "call.flac")
    assert (found.sample_rate, found.duration_ms) == (22050, pytest.approx(2000, abs=2))
    sound = decode(tmp_path / "call.flac", max_seconds=60)
    for channel in (0, 1):
        audio = sound.cut(channel, 200, 1200)
        assert float(np.abs(np.fft.rfft(audio)).argmax()) == pytest.approx(300, abs=2)
    assert np.abs(sound.cut(1, 1550, 2000)).max() < 0.001


def test_crosstalk_lays_a_late_recorder_right(calls: Path, encode: Encode, tmp_path: Path) -> None:
    whole = decode(calls / "insurance-claim-01.wav", max_seconds=600)
    late = 4 * whole.rate
    left = encode("a.wav", whole.samples[:, :1], codec="pcm_s16le", rate=whole.rate)
    right = encode("b.wav", whole.samples[late:, 1:], codec="pcm_s16le", rate=whole.rate)
    made = join(left, right, tmp_path / "call.flac", max_seconds=600)
    assert made.late_ms == pytest.approx(4000, abs=10)
    assert made.longer_ms == 4000
    sound = decode(tmp_path / "call.flac", max_seconds=600)
    shift = round((made.late_ms - 4000) * whole.rate / 1000)
    assert not sound.samples[: late - 200, 1].any()
    assert np.array_equal(sound.samples[late + shift : 20 * whole.rate + shift, 1], whole.samples[late : 20 * whole.rate, 1])


def test_without_crosstalk_both_start_together_and_that_is_told(encode: Encode, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = [encode(f"{n}.wav", noise(n, seconds), codec="pcm_s16le", rate=8000) for n, seconds in ((1, 9.0), (2, 6.5))]
    with caplog.at_level(logging.WARNING):
        made = join(*files, tmp_path / "call.flac", max_seconds=60)
    assert (made.longer_ms, made.late_ms) == (2500, 0)
    assert "1.wav 9.0 s, 2.wav 6.5 s" in caplog.text


def test_lengths_of_two_calls_are_refused(encode: Encode, tmp_path: Path) -> None:
    files = [encode(f"{n}.wav", noise(n, seconds), codec="pcm_s16le", rate=8000) for n, seconds in ((1, 5), (2, 45))]
    with pytest.raises(AudioError, match=r"too much in length to be one call: 1.wav 5.0 s, 2.wav 45.0 s") as caught:
        join(*files, tmp_path / "call.flac", max_seconds=60)
    assert caught.value.hint == "at most 30 s or 25%, unless each party is heard in the other's file"


@pytest.mark.parametrize("broken", [0, 1])
@pytest.mark.parametrize(("content", "message"), [(b"", "empty"), (b"Dear Sir, no sound here.", "not a recording"), (None, "no such")])
def test_a_broken_half_is_named(encode: Encode, tmp_path: Path, broken: int, content: bytes | None, message: str) -> None:
    files = [encode(f"{n}.wav", noise(n, 2), codec="pcm_s16le", rate=8000) for n in (1, 2)]
    files[broken].unlink()
    if content is not None:
        files[broken].write_bytes(content)
    with pytest.raises(AudioError, match=message) as caught:
        join(*files, tmp_path / "call.flac", max_seconds=60)
    assert caught.value.file == str(files[broken])


@pytest.mark.parametrize("name", ["b.mp3", "b.flac", "b.wav"])
def test_a_truncated_half_is_named(encode: Encode, tone: Tone, tmp_path: Path, name: str) -> None:
    codec, rate = {"b.mp3": ("libmp3lame", 44100), "b.flac": ("flac", 16000), "b.wav": ("pcm_s16le", 8000)}[name]
    whole = encode("a.wav", noise(1, 20), codec="pcm_s16le", rate=8000)
    half = encode(name, tone(20, rate=rate), codec=codec, rate=rate)
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    with pytest.raises(AudioError, match=r"breaks off|not a recording") as caught:
        join(whole, half, tmp_path / "call.flac", max_seconds=60)
    assert caught.value.file == str(half)


def test_a_half_with_two_channels_is_none(encode: Encode, tone: Tone) -> None:
    stereo = encode("two.wav", tone(1, rate=8000, channels=2), codec="pcm_s16le", rate=8000)
    mono = encode("one.wav", tone(1, rate=8000), codec="pcm_s16le", rate=8000)
    with pytest.raises(AudioError, match="has two"):
        probe_half(stereo)
    assert not are_halves(mono, stereo, parties_told=True)
    assert are_halves(mono, mono, parties_told=False)


def test_names_without_parties_need_like_lengths(encode: Encode, tmp_path: Path) -> None:
    files = [encode(f"{n}.wav", noise(n, seconds), codec="pcm_s16le", rate=8000) for n, seconds in ((1, 5), (2, 45), (3, 10))]
    assert are_halves(files[0], files[2], parties_told=False)
    assert not are_halves(files[0], files[1], parties_told=False)
    assert are_halves(files[0], files[1], parties_told=True)
    (tmp_path / "broken.wav").write_bytes(b"x")
    assert not are_halves(files[0], tmp_path / "broken.wav", parties_told=False)
    assert are_halves(files[0], tmp_path / "broken.wav", parties_told=True)


def test_real_pairs(real_speech: Path, tmp_path: Path) -> None:
    files = [real_speech / "two_party_calls" / f"Auto_Repairs_40_UTC_{party}.wav" for party in ("agent", "caller")]
    assert are_halves(*files, parties_told=True)
    made = join(*files, tmp_path / "call.flac", max_seconds=600)
    assert (made.longer_ms, made.offset) == (0, None)
    sound = decode(tmp_path / "call.flac", max_seconds=600)
    for channel, file in enumerate(files):
        assert np.array_equal(sound.samples[:, channel], decode(file, max_seconds=600).samples[:, 0])
