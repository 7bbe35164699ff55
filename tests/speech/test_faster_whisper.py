"""The default engine with its real weights."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from qa_service.errors import ConfigurationError, WeightsError
from qa_service.speech.audio import decode
from qa_service.speech.base import Audio, Engine, EngineOptions
from qa_service.speech.faster_whisper import create
from qa_service.speech.weights import bundled


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


def test_a_broken_model_file_is_a_clear_fault(cache_dir: Path, tmp_path: Path, pieces: list[Audio]) -> None:
    folder = tmp_path / "model"
    shutil.copytree(bundled(cache_dir)[0], folder)
    (folder / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:1_000_000])
    with pytest.raises(ConfigurationError, match="the speech model cannot be loaded"):
        create(EngineOptions(cache_dir=tmp_path, model=str(folder))).recognise(pieces[:1], language="en")


def test_a_name_that_is_neither_folder_nor_official(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no model folder and no official model 'bass'"):
        _ = create(EngineOptions(cache_dir=tmp_path, model="bass")).version
