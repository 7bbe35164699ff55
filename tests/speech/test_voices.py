"""Two voices in one channel: whose words, how sure, and when there is but one; by every ear that is installed here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qa_service.speech.audio import Sound, decode
from qa_service.speech.ear import BUILT_IN, Ear, with_vectors
from qa_service.speech.speaker_vectors import SOURCE, SpeakerVectors
from qa_service.speech.turns import HeardWord
from qa_service.speech.vad import speech_probabilities, speech_spans
from qa_service.speech.voices import assign_voices

NEEDS_VECTORS = pytest.mark.skipif(SOURCE.path is None, reason="needs the extra 'diarization'")
VECTORS = pytest.param(with_vectors(SpeakerVectors()), id="vectors", marks=NEEDS_VECTORS)
EARS = pytest.mark.parametrize("ear", [pytest.param(BUILT_IN, id="voices"), VECTORS])


def _reference_words(side: Path) -> list[HeardWord]:
    """The words of a side-car with times spread over each turn; party 0 is whoever speaks first."""
    words: list[HeardWord] = []
    turns = json.loads(side.read_text(encoding="utf-8"))["turns"]
    for turn in turns:
        texts = turn["text"].split()
        step = (turn["end"] - turn["start"]) * 1000 / len(texts)
        for i, text in enumerate(texts):
            start = round(turn["start"] * 1000 + i * step)
            party = int(turn["speaker"] != turns[0]["speaker"])
            words.append(HeardWord(party=party, text=f" {text}", start_ms=start, end_ms=round(start + step), confidence=1.0))
    return words


def _assigned(call: Path, words: list[HeardWord], ear: Ear) -> list[HeardWord]:
    sound = decode(call, max_seconds=600).mixed()
    return assign_voices([replace(word, party=0) for word in words], cut=lambda start, end: sound.cut(0, start, end), ear=ear)


def _wrong(call: Path, ear: Ear) -> float:
    words = sorted(_reference_words(call.with_suffix(".json")), key=lambda word: word.start_ms)
    found = _assigned(call, words, ear)
    assert [word.text for word in found] == [word.text for word in words]
    return float(np.mean([a.party != b.party for a, b in zip(words, found, strict=True)]))


@EARS
@pytest.mark.parametrize("name", ["council-tax-01.wav", "delivery-lost-01.wav", "billing-refund-01.wav", "insurance-claim-01.wav"])
def test_voices_of_a_mono_call_are_told_apart(calls: Path, name: str, ear: Ear) -> None:
    assert _wrong(calls / name, ear) <= (0.1 if ear is BUILT_IN else 0.03)


def _real_words(real_speech: Path, *, seconds: int) -> tuple[Sound, list[HeardWord]]:
    """Two real people, mixed into one channel; every second of voice is a word, of whoever's own channel it is on."""
    sides = [decode(real_speech / "two_party_calls" / f"Auto_Repairs_40_UTC_{who}.wav", max_seconds=600) for who in ("agent", "caller")]
    sides = [replace(side, samples=side.samples[: seconds * side.rate]) for side in sides]
    words = [
        HeardWord(party=party, text=" a" if at + 1000 < one.end_ms else " a.", start_ms=at, end_ms=min(at + 1000, one.end_ms), confidence=1)
        for party, side in enumerate(sides)
        for one in speech_spans(speech_probabilities(side.stream(0)), duration_ms=side.duration_ms)
        for at in range(one.start_ms, one.end_ms, 1000)
    ]
    both = replace(sides[0], samples=np.hstack([side.samples for side in sides])).mixed()
    return both, sorted(words, key=lambda word: (word.start_ms, word.end_ms))


@EARS
def test_two_real_people_are_told_apart(real_speech: Path, ear: Ear) -> None:
    sound, words = _real_words(real_speech, seconds=90)
    found = assign_voices([replace(word, party=0) for word in words], cut=lambda start, end: sound.cut(0, start, end), ear=ear)
    wrong = float(np.mean([a.party != b.party for a, b in zip(words, found, strict=True)]))
    assert min(wrong, 1 - wrong) <= 0.1


@NEEDS_VECTORS
def test_vectors_tell_voices_apart_that_cepstra_do_not(calls: Path) -> None:
    name, ear = "hotel-booking-01.wav", with_vectors(SpeakerVectors())
    assert _wrong(calls / name, ear) <= 0.03 < _wrong(calls / name, BUILT_IN)


@EARS
def test_words_say_how_sure_it_is_whose_they_are(calls: Path, ear: Ear) -> None:
    """No word gains by it; a party that is as likely as the other halves what is left, and most words lose little."""
    call = calls / "council-tax-01.wav"
    sure = [word.confidence for word in _assigned(call, _reference_words(call.with_suffix(".json")), ear)]
    assert min(sure) >= 0.5
    assert max(sure) <= 1.0
    assert np.median(sure) > 0.85
    doubtful = replace(ear, doubt=1e6)
    assert max(word.confidence for word in _assigned(call, _reference_words(call.with_suffix(".json")), doubtful)) < 0.51


@pytest.mark.parametrize("ear", [VECTORS])
@pytest.mark.parametrize("party", [0, 1])
def test_a_single_voice_is_not_cut_in_two(calls: Path, ear: Ear, party: int) -> None:
    """One party's side of a call, as on an answering machine."""
    call = calls / "saas-login-01.ogg"
    words = [word for word in _reference_words(call.with_suffix(".json")) if word.party == party]
    found = _assigned(call, words, ear)
    assert {word.party for word in found} == {0}
    assert [word.confidence for word in found] == [1.0] * len(words), "nothing was guessed"


@pytest.mark.parametrize("ear", [VECTORS])
def test_voices_change_within_a_run_without_punctuation(calls: Path, ear: Ear) -> None:
    """Recognisers without punctuation run the parties into one; long runs are heard in pieces."""
    call = calls / "delivery-lost-01.wav"
    plain = [replace(word, text=word.text.rstrip(".?!")) for word in _reference_words(call.with_suffix(".json"))]
    close = sorted(plain, key=lambda word: word.start_ms)
    run = [replace(word, end_ms=max(word.end_ms, after.start_ms)) for word, after in zip(close, [*close[1:], close[-1]], strict=True)]
    found = _assigned(call, run, ear)
    assert float(np.mean([a.party != b.party for a, b in zip(run, found, strict=True)])) <= 0.15


def test_invented_words_do_not_make_a_voice(calls: Path) -> None:
    """Suspect words take part, but what they sound like does not count."""
    call = calls / "billing-refund-01.wav"
    words = sorted(_reference_words(call.with_suffix(".json")), key=lambda word: word.start_ms)
    alone = [replace(word, suspect=word.party == 1) for word in words]
    assert len({word.party for word in _assigned(call, words, BUILT_IN)}) == 2
    assert _assigned(call, [replace(word, suspect=True) for word in words], BUILT_IN) == [
        replace(word, party=0, suspect=True) for word in words
    ]
    assert [word.suspect for word in _assigned(call, alone, BUILT_IN)] == [word.suspect for word in alone]


@EARS
def test_one_sentence_is_one_voice(ear: Ear) -> None:
    words = [HeardWord(party=0, text=" Hello", start_ms=0, end_ms=300, confidence=1.0)]
    assert assign_voices(words, cut=lambda start, end: np.zeros(10, dtype=np.float32), ear=ear) == words
    assert assign_voices([], cut=lambda start, end: np.zeros(10, dtype=np.float32), ear=ear) == []


@EARS
def test_silence_and_short_sounds_do_no_harm(ear: Ear) -> None:
    words = [HeardWord(party=0, text=f" {i}.", start_ms=i * 1000, end_ms=i * 1000 + 5, confidence=1.0) for i in range(4)]
    found = assign_voices(words, cut=lambda start, end: np.zeros((end - start) * 16, dtype=np.float32), ear=ear)
    assert [word.text for word in found] == [word.text for word in words]
    assert found[0].party == 0


@EARS
def test_words_at_one_moment_and_beyond_the_sound_do_no_harm(ear: Ear) -> None:
    words = [HeardWord(party=0, text=f" {i}.", start_ms=i, end_ms=i, confidence=0.5) for i in (0, 0, 90_000)]
    found = assign_voices(words, cut=lambda start, end: np.zeros(0, dtype=np.float32), ear=ear)
    assert [word.text for word in found] == [word.text for word in words]
