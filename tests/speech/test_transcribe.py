"""The whole road from a recording to its transcript, with the real engine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qa_service.domain.recording import ChannelMap
from qa_service.domain.transcript import Speaker, Transcript
from qa_service.errors import AudioError
from qa_service.speech.audio import decode
from qa_service.speech.base import Engine, EngineOptions
from qa_service.speech.sidecar import create as create_sidecar
from qa_service.speech.transcribe import transcribe

AGENT_LEFT = ChannelMap(left=Speaker.AGENT, right=Speaker.CUSTOMER)
AGENT_RIGHT = ChannelMap(left=Speaker.CUSTOMER, right=Speaker.AGENT)
#: What Whisper writes for spoken numbers and letters differs from the reference in form only.
_SPELT = re.compile(
    r"^(\d.*|[a-z]|zero|one|two|three|four|five|six|seven|eight|nine|ten|nineteen|ninety|thirty|eighty|hundred|fourth|double)$"
)


def _plain(text: str) -> list[str]:
    return [word for word in re.sub(r"[^\w' ]", " ", text.lower()).split() if not _SPELT.match(word)]


def _word_error_rate(reference: list[str], heard: list[str]) -> float:
    """Levenshtein distance over words, as a share of the reference."""
    row = list(range(len(heard) + 1))
    for i, said in enumerate(reference, 1):
        before, row[0] = row[0], i
        for j, word in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (said != word))
    return row[-1] / len(reference)


def _error_rates(transcript: Transcript, side: Path) -> dict[Speaker, float]:
    turns = json.loads(side.read_text(encoding="utf-8"))["turns"]
    return {
        speaker: _word_error_rate(
            [word for turn in turns if turn["speaker"] == speaker for word in _plain(turn["text"])],
            [word for turn in transcript.turns if turn.speaker is speaker for word in _plain(turn.text)],
        )
        for speaker in (Speaker.AGENT, Speaker.CUSTOMER)
    }


@pytest.fixture(scope="module")
def crosstalk(engine: Engine, calls: Path) -> Transcript:
    """A call in which each party is heard on the other's channel at -25 dB; the map names the customer on the left."""
    return transcribe(calls / "insurance-claim-01.wav", engine=engine, channel_map=AGENT_RIGHT, language="en", max_seconds=600)


@pytest.fixture(scope="module")
def mono(engine: Engine, calls: Path) -> Transcript:
    """Both parties on one channel; the language is detected."""
    return transcribe(calls / "council-tax-01.wav", engine=engine, channel_map=ChannelMap(mono=True), language=None, max_seconds=600)


def test_crosstalk_does_not_reach_the_other_party(crosstalk: Transcript, calls: Path) -> None:
    rates = _error_rates(crosstalk, calls / "insurance-claim-01.json")
    assert rates[Speaker.AGENT] < 0.06
    assert rates[Speaker.CUSTOMER] < 0.06
    assert crosstalk.speakers_known


def test_turns_are_those_of_the_call(crosstalk: Transcript, calls: Path) -> None:
    spoken = json.loads((calls / "insurance-claim-01.json").read_text(encoding="utf-8"))["turns"]
    assert [turn.speaker for turn in crosstalk.turns] == [turn["speaker"] for turn in spoken]
    for turn, said in zip(crosstalk.turns, spoken, strict=True):
        assert turn.start_ms == pytest.approx(said["start"] * 1000, abs=400)
        assert turn.end_ms == pytest.approx(said["end"] * 1000, abs=400)
        assert not turn.suspect
        assert "".join(word.text for word in turn.words) == turn.text.replace(" ", "")


def test_the_result_says_where_it_comes_from(crosstalk: Transcript, engine: Engine) -> None:
    assert crosstalk.engine == engine.version
    assert crosstalk.duration_ms == 66_202
    assert (crosstalk.language, crosstalk.language_confidence) == ("en", 1.0)


def test_a_mono_call_is_parted_but_marked_as_a_guess(mono: Transcript, calls: Path) -> None:
    assert not mono.speakers_known
    rates = _error_rates(mono, calls / "council-tax-01.json")
    assert max(rates.values()) < 0.15
    assert mono.language == "en"
    assert 0.5 < mono.language_confidence < 1.0


@pytest.mark.parametrize("swapped", [False, True])
def test_without_a_map_the_agent_is_found(
    engine: Engine, calls: Path, encode: Callable[..., Path], swapped: bool
) -> None:
    sound = decode(calls / "billing-refund-01.wav", max_seconds=600)
    samples = sound.samples[: 12 * sound.rate, :: -1 if swapped else 1]
    path = encode("call.wav", samples, codec="pcm_s16le", rate=sound.rate)
    found = transcribe(path, engine=engine, channel_map=ChannelMap(), language="en", max_seconds=600)
    assert found.turns[0].speaker is Speaker.AGENT
    assert "thank you for calling" in found.turns[0].text.lower()
    assert found.speakers_known


def test_two_channels_with_the_same_sound_are_mono(engine: Engine, calls: Path, encode: Callable[..., Path]) -> None:
    sound = decode(calls / "council-tax-01.wav", max_seconds=600)
    path = encode("same.wav", np.repeat(sound.samples[: 13 * sound.rate], 2, axis=1), codec="pcm_s16le", rate=sound.rate)
    for said in (ChannelMap(), ChannelMap(mono=True), AGENT_LEFT):
        found = transcribe(path, engine=engine, channel_map=said, language="en", max_seconds=600)
        assert not found.speakers_known
        assert found.turns[0].speaker is Speaker.AGENT
        assert " ".join(turn.text for turn in found.turns).lower().count("council tax") == 1


@pytest.mark.parametrize(
    ("channels", "said", "fault"), [(1, AGENT_LEFT, "has one channel"), (2, ChannelMap(mono=True), "two different channels")]
)
def test_a_map_that_does_not_fit_is_refused_by_name(
    engine: Engine, encode: Callable[..., Path], tone: Callable[..., np.ndarray], channels: int, said: ChannelMap, fault: str
) -> None:
    path = encode("call.wav", tone(1.0, rate=8000, channels=channels), codec="pcm_s16le", rate=8000)
    with pytest.raises(AudioError, match=fault) as caught:
        transcribe(path, engine=engine, channel_map=said, language="en", max_seconds=600)
    assert (caught.value.file, caught.value.field) == (str(path), "channels")


def test_sound_without_speech_has_no_turns(engine: Engine, encode: Callable[..., Path]) -> None:
    noise = np.random.default_rng(3).normal(0, 300, size=(8000 * 20, 2)).astype(np.int16)
    found = transcribe(
        encode("noise.wav", noise, codec="pcm_s16le", rate=8000), engine=engine, channel_map=AGENT_LEFT, language=None, max_seconds=600
    )
    assert found.turns == ()
    assert found.language is None
    assert found.duration_ms == 20_000


def test_the_side_car_engine_says_so_in_every_result(calls: Path, tmp_path: Path) -> None:
    found = transcribe(
        calls / "insurance-claim-01.wav", engine=create_sidecar(EngineOptions(cache_dir=tmp_path)), channel_map=AGENT_RIGHT,
        language=None, max_seconds=600,
    )  # fmt: skip
    assert found.engine.startswith("sidecar")
    assert len(found.turns) == 13
    assert found.duration_ms == 66_202


def test_the_side_car_engine_still_refuses_a_broken_recording(calls: Path, tmp_path: Path) -> None:
    path = tmp_path / "insurance-claim-01.wav"
    path.write_bytes((calls / path.name).read_bytes()[:1_000_000])
    path.with_suffix(".json").write_bytes((calls / "insurance-claim-01.json").read_bytes())
    with pytest.raises(AudioError, match="breaks off"):
        transcribe(path, engine=create_sidecar(EngineOptions(cache_dir=tmp_path)), channel_map=AGENT_RIGHT, language=None, max_seconds=600)


def test_a_real_recording_with_exact_text(engine: Engine, real_speech: Path) -> None:
    found = transcribe(real_speech / "two_channel" / "jfk.flac", engine=engine, channel_map=ChannelMap(), language=None, max_seconds=600)
    text = " ".join(turn.text for turn in found.turns).lower()
    said = "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
    assert _word_error_rate(said.split(), re.sub(r"[^\w ]", "", text).split()) < 0.05
