"""Decoding: every format users bring, and every way a recording can be broken."""

from __future__ import annotations

import contextlib
import hashlib
import random
import struct
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qa_service.errors import AudioError
from qa_service.speech.audio import Sound, decode, probe

#: file, encoder, rate, channels, container; then codec as told, rate in memory
FORMATS = [
    ("pcm.wav", "pcm_s16le", 8000, 2, None, "pcm_s16le", 8000),
    ("float.wav", "pcm_f32le", 44100, 2, None, "pcm_f32le", 16000),
    ("mulaw.wav", "pcm_mulaw", 8000, 2, None, "pcm_mulaw", 8000),
    ("alaw.wav", "pcm_alaw", 8000, 1, None, "pcm_alaw", 8000),
    ("adpcm.wav", "adpcm_ima_wav", 11025, 1, None, "adpcm_ima_wav", 11025),
    ("g722.wav", "g722", 16000, 1, None, "g722", 16000),
    ("raw.g722", "g722", 16000, 1, "g722", "g722", 16000),
    ("raw.ul", "pcm_mulaw", 8000, 1, "mulaw", "pcm_mulaw", 8000),
    ("raw.alaw", "pcm_alaw", 8000, 1, "alaw", "pcm_alaw", 8000),
    ("a.mp3", "libmp3lame", 44100, 2, None, "mp3", 16000),
    ("a.flac", "flac", 16000, 2, None, "flac", 16000),
    ("a.opus", "libopus", 48000, 2, "ogg", "opus", 16000),
    ("a.webm", "libopus", 48000, 1, None, "opus", 16000),
    ("a.m4a", "aac", 44100, 1, None, "aac", 16000),
    ("a.amr", "libopencore_amrnb", 8000, 1, "amr", "amrnb", 8000),
    ("24.wav", "pcm_s24le", 48000, 2, None, "pcm_s24le", 16000),
    ("8.wav", "pcm_u8", 8000, 1, None, "pcm_u8", 8000),
    ("msadpcm.wav", "adpcm_ms", 8000, 2, None, "adpcm_ms", 8000),
    ("a-law, two.wav", "pcm_alaw", 8000, 2, None, "pcm_alaw", 8000),
    ("big.aiff", "pcm_s16be", 16000, 2, None, "pcm_s16be", 16000),
    ("sun.au", "pcm_mulaw", 8000, 1, None, "pcm_mulaw", 8000),
    ("flac.ogg", "flac", 16000, 1, "ogg", "flac", 16000),
    ("opus.mka", "libopus", 48000, 2, "matroska", "opus", 16000),
    ("lossless.m4a", "alac", 44100, 2, "ipod", "alac", 16000),
    ("adts.aac", "aac", 16000, 1, "adts", "aac", 16000),
    ("a.3gp", "libopencore_amrnb", 8000, 1, "3gp", "amrnb", 8000),
    ("a.mp2", "mp2", 44100, 2, None, "mp2", 16000),
    ("low.mp3", "libmp3lame", 8000, 1, None, "mp3", 8000),
]
#: Kept in ``data``, for no encoder is at hand: file, then as above.
KEPT = [
    ("tone-gsm.wav", 8000, "gsm_ms", 8000),
    ("tone.gsm", 8000, "gsm", 8000),
    ("tone.awb", 16000, "amrwb", 16000),
]


@pytest.mark.parametrize(("name", "encoder", "rate", "channels", "container", "codec", "kept"), FORMATS, ids=[row[0] for row in FORMATS])
def test_a_format_is_probed_and_decoded(
    encode: Callable[..., Path], tone: Callable[..., np.ndarray], name: str, encoder: str, rate: int, channels: int,
    container: str | None, codec: str, kept: int,
) -> None:  # fmt: skip
    path = encode(name, tone(2.0, rate=rate, channels=channels), codec=encoder, rate=rate, container=container)
    recording = probe(path)
    assert (recording.codec, recording.sample_rate, recording.channels, recording.file_name) == (codec, rate, channels, name)
    assert recording.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert recording.size == path.stat().st_size
    sound = decode(path, max_seconds=60)
    assert sound.rate == kept
    for measured in (recording.duration_ms, sound.duration_ms):
        assert measured == pytest.approx(2000, abs=120)
    for channel in range(channels):
        assert _loudest_hz(sound, channel) == pytest.approx(300 * 2**channel, abs=8)


@pytest.mark.parametrize(("name", "rate", "codec", "kept"), KEPT, ids=[row[0] for row in KEPT])
def test_a_format_without_an_encoder_is_probed_and_decoded(name: str, rate: int, codec: str, kept: int) -> None:
    path = Path(__file__).parent / "data" / name
    recording, sound = probe(path), decode(path, max_seconds=60)
    assert (recording.codec, recording.sample_rate, recording.channels, sound.rate) == (codec, rate, 1, kept)
    for measured in (recording.duration_ms, sound.duration_ms):
        assert measured == pytest.approx(2000, abs=80)
    assert _loudest_hz(sound, 0) == pytest.approx(300, abs=8)


@pytest.mark.parametrize(
    ("name", "told"),
    [("a.mp3", "x.wav"), ("a.opus", "x.mp3"), ("pcm.wav", "x.m4a"), ("a.flac", "x.gsm"), ("pcm.wav", "x.ul"), ("a.amr", "x")],
)
def test_the_content_counts_not_the_ending(encode: Callable[..., Path], tone: Callable[..., np.ndarray], name: str, told: str) -> None:
    (encoder, rate, channels, container, codec) = next(row[1:6] for row in FORMATS if row[0] == name)
    path = encode(name, tone(1.0, rate=rate, channels=channels), codec=encoder, rate=rate, container=container)
    wrong = path.rename(path.with_name(told))
    assert probe(wrong).codec == codec
    assert decode(wrong, max_seconds=60).channels == channels


def test_recordings_put_end_to_end_go_on_as_they_began(encode: Callable[..., Path], tone: Callable[..., np.ndarray]) -> None:
    first = encode("one.mp2", tone(2.0, rate=44100, channels=2), codec="mp2", rate=44100)
    second = encode("two.mp2", tone(2.0, rate=32000), codec="mp2", rate=32000)
    both = first.with_name("both.mp2")
    both.write_bytes(first.read_bytes() + second.read_bytes())
    sound = decode(both, max_seconds=60)
    assert (sound.channels, sound.rate) == (2, 16000)
    assert sound.duration_ms == pytest.approx(4000, abs=200)


def _loudest_hz(sound: Sound, channel: int) -> float:
    audio = sound.cut(channel, 500, 1500)
    assert len(audio) == 16000
    return float(np.abs(np.fft.rfft(audio)).argmax())


def _wav_header(*, tag: int = 1, channels: int = 1, rate: int = 8000, data: bytes = bytes(1600)) -> bytes:
    """A wav file with any header one likes."""
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * 2, channels * 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("empty.wav", b"", "the file is empty"),
        ("text.wav", b"Hello, this is not a recording.\n" * 40, "not a recording"),
        ("page.mp3", b"<html><body>404 not found</body></html>", "not a recording|no audio"),
        ("header.wav", b"RIFF\x24\x00\x00\x00WAVEfmt ", "not a recording|no audio"),
        ("text.ul", b"Hello, this is not a recording.\n" * 40, "the file holds text"),
        ("text.gsm", b"Hello, this is not a recording.\n" * 40, "the file holds text"),
        ("zeros.wav", bytes(5000), "not a recording"),
        ("picture.mp3", b"\x89PNG\r\n\x1a\n" + bytes(3000), "not a recording|no audio"),
        ("zip.flac", b"PK\x03\x04" + bytes(3000), "not a recording|no audio"),
        ("no-codec.wav", _wav_header(tag=0x7777), "no audio that can be decoded"),
        ("no-channel.wav", _wav_header(channels=0), "not a recording|no audio"),
        ("no-rate.wav", _wav_header(rate=0), "not a recording|no audio"),
        ("many.wav", _wav_header(channels=9), "has 9 channels"),
    ],
)
def test_what_is_no_recording_is_refused_by_name(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    for take in (probe, lambda p: decode(p, max_seconds=60)):
        with pytest.raises(AudioError, match=fault) as caught:
            take(path)
        assert caught.value.file == str(path)


def test_a_header_may_be_long(tmp_path: Path, tone: Callable[..., np.ndarray]) -> None:
    """Recorders put notes of any length before the sound."""
    whole = _wav_header(data=tone(1.0, rate=8000).tobytes())
    notes = b"LIST" + struct.pack("<I", 300_000) + b"INFO" + b"x" * 299_996
    path = tmp_path / "long.wav"
    path.write_bytes(whole[:36] + notes + whole[36:])
    assert decode(path, max_seconds=60).duration_ms == 1000


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_recorder_that_was_never_closed(tmp_path: Path, tone: Callable[..., np.ndarray], size: int) -> None:
    """The size of the data was never filled in; all that is there is the recording."""
    whole = bytearray(_wav_header(data=tone(1.0, rate=8000).tobytes()))
    whole[40:44] = struct.pack("<I", size)
    path = tmp_path / "open.wav"
    path.write_bytes(bytes(whole))
    assert decode(path, max_seconds=60).duration_ms == 1000


@pytest.mark.parametrize("seed", range(60))
def test_damaged_headers_are_errors_of_ours(calls: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    kept = sorted((Path(__file__).parent / "data").glob("tone*"))
    source = chance.choice([*kept, *(calls / name for name in ("shop-exchange-01.mp3", "saas-login-01.ogg", "airline-baggage-01.flac"))])
    data = bytearray(source.read_bytes()[:20_000])
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(min(len(data), 200))] = chance.choice((0, 255, 127, chance.randrange(256)))
    path = tmp_path / f"damaged{source.suffix}"
    path.write_bytes(bytes(data))
    for take in (probe, lambda file: decode(file, max_seconds=600)):
        with contextlib.suppress(AudioError):
            take(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="no such recording"):
        decode(tmp_path / "gone.wav", max_seconds=60)


@pytest.mark.parametrize(
    ("name", "encoder", "rate", "container"),
    [
        ("a.mp3", "libmp3lame", 44100, None),
        ("a.wav", "pcm_s16le", 8000, None),
        ("a.flac", "flac", 16000, None),
        ("a.opus", "libopus", 48000, "ogg"),
        ("a.webm", "libopus", 48000, None),
        ("a.m4a", "aac", 44100, None),
    ],
)
def test_a_truncated_recording_is_never_taken_for_whole(
    encode: Callable[..., Path], tone: Callable[..., np.ndarray], name: str, encoder: str, rate: int, container: str | None
) -> None:
    path = encode(name, tone(20, rate=rate), codec=encoder, rate=rate, container=container)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AudioError, match=r"breaks off|not a recording"):
        decode(path, max_seconds=60)


def test_a_file_that_lost_its_last_packets_is_taken(encode: Callable[..., Path], tone: Callable[..., np.ndarray]) -> None:
    path = encode("a.mp3", tone(20, rate=44100), codec="libmp3lame", rate=44100)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.98)])
    assert 19_000 <= decode(path, max_seconds=60).duration_ms <= 20_000


def test_zero_seconds_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
    with pytest.raises(AudioError, match="0 seconds"):
        decode(path, max_seconds=60)


@pytest.mark.parametrize("name", ["long.wav", "long.webm"])
def test_over_length_is_refused(encode: Callable[..., Path], tone: Callable[..., np.ndarray], name: str) -> None:
    codec, rate = ("pcm_s16le", 8000) if name.endswith("wav") else ("libopus", 48000)
    path = encode(name, tone(3.0, rate=rate), codec=codec, rate=rate)
    with pytest.raises(AudioError, match=r"longer than allowed \(3 s, at most 2 s\)"):
        decode(path, max_seconds=2.0)


def test_four_channels_are_refused(encode: Callable[..., Path], tone: Callable[..., np.ndarray]) -> None:
    path = encode("four.wav", tone(1.0, rate=8000, channels=4), codec="pcm_s16le", rate=8000)
    with pytest.raises(AudioError, match="has 4 channels"):
        probe(path)


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_mulaw", "pcm_alaw"])
def test_digital_silence_is_refused(encode: Callable[..., Path], codec: str) -> None:
    path = encode("silent.wav", np.zeros((16000, 2), dtype=np.int16), codec=codec, rate=8000)
    with pytest.raises(AudioError, match="silent throughout"):
        decode(path, max_seconds=60)


def test_one_silent_channel_is_fine(encode: Callable[..., Path], tone: Callable[..., np.ndarray]) -> None:
    samples = tone(1.0, rate=8000, channels=2)
    samples[:, 1] = 0
    assert decode(encode("half.wav", samples, codec="pcm_s16le", rate=8000), max_seconds=60).channels == 2


@pytest.mark.parametrize("rate", [8000, 11025, 16000])
def test_a_stream_is_the_whole_channel(tone: Callable[..., np.ndarray], rate: int) -> None:
    sound = Sound(samples=tone(125.0, rate=rate), rate=rate)
    blocks = list(sound.stream(0))
    assert len(blocks) == 3
    joined = np.concatenate(blocks)
    assert len(joined) == pytest.approx(125 * 16000, abs=2)
    middle = sound.cut(0, 60_000, 61_000)
    assert np.abs(joined[60 * 16000 + 800 : 61 * 16000 - 800] - middle[800:-800]).max() < 0.01


def test_identical_channels_are_noticed(tone: Callable[..., np.ndarray]) -> None:
    one = tone(2.0, rate=8000)
    noise = np.random.default_rng(1).integers(-3, 4, size=one.shape).astype(np.int16)
    assert Sound(samples=np.hstack([one, one + noise]), rate=8000).has_identical_channels()
    assert not Sound(samples=tone(2.0, rate=8000, channels=2), rate=8000).has_identical_channels()
    assert not Sound(samples=np.hstack([one, one * 0]), rate=8000).has_identical_channels()
    assert not Sound(samples=one, rate=8000).has_identical_channels()


def test_mixing_does_not_overflow() -> None:
    loud = np.full((10, 2), 32767, dtype=np.int16)
    assert Sound(samples=loud, rate=8000).mixed().samples.max() == 32767
