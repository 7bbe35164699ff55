"""The engine openai-whisper, with the real library and the real weights: it says what the default engine says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_service.errors import ConfigurationError, WeightsError
from qa_service.speech import create_engine
from qa_service.speech.audio import decode
from qa_service.speech.base import Audio, Engine, EngineOptions, RecognisedPiece, Recognition
from qa_service.speech.checkpoint import checkpoint_of, is_whole
from qa_service.speech.openai_weights import find_weights, load_model
from qa_service.speech.weights import bundled, file_sha256

pytestmark = pytest.mark.skipif(find_spec("whisper") is None, reason="needs the extra 'openai-whisper'")

#: Real clips, recorded by people: file and channel.
REAL = (("jfk.flac", 0), ("stereo_diarization.wav", 0), ("google_two_channel_16k.wav", 1))

Make = Callable[..., Engine]


@pytest.fixture(scope="module")
def make(cache_dir: Path) -> Make:
    """A function that makes an engine whose options are the greedy, exact ones unless told."""

    def build(name: str = "openai-whisper", **options: Any) -> Engine:
        made = create_engine(name, EngineOptions(**{"cache_dir": cache_dir, "compute_type": "float32", "beam_size": 1} | options))
        assert isinstance(made, Engine)
        return made

    return build


@pytest.fixture(scope="module")
def default(make: Make) -> Engine:
    """The default engine with the same weights, unquantised."""
    return make("faster-whisper")


@pytest.fixture(scope="module")
def greedy(make: Make) -> Engine:
    """The engine with the bundled weights."""
    return make()


@pytest.fixture(scope="module")
def checkpoint(cache_dir: Path) -> Path:
    """The checkpoint made of the bundled weights."""
    folder, source = bundled(cache_dir)
    return checkpoint_of(folder, cache_dir=cache_dir, sha256=source.sha256)


@pytest.fixture(scope="module")
def pieces(calls: Path) -> list[Audio]:
    """Two sentences of a call."""
    sound = decode(calls / "delivery-lost-01.wav", max_seconds=600)
    return [sound.cut(0, 400, 4000), sound.cut(1, 4000, 7800)]


@pytest.fixture(scope="module")
def heard(greedy: Engine, pieces: list[Audio]) -> Recognition:
    """What the engine makes of them."""
    return greedy.recognise(pieces, language=None)


def _text(piece: RecognisedPiece) -> str:
    return "".join(word.text for word in piece.words)


def _assert_same(ours: RecognisedPiece, theirs: RecognisedPiece) -> None:
    assert _text(ours) == _text(theirs)
    after_pause = True
    for one, other in zip(ours.words, theirs.words, strict=True):
        assert one.end_ms == pytest.approx(other.end_ms, abs=40)
        # Where a sentence begins, the default engine takes the pause out of the word, which this library counts to it.
        assert one.start_ms == pytest.approx(other.start_ms, abs=40) or (after_pause and one.start_ms < other.start_ms)
        after_pause = other.text.endswith((".", "?", "!"))
        assert one.confidence == pytest.approx(other.confidence, abs=0.01)
    assert (ours.no_speech, ours.avg_logprob) == pytest.approx((theirs.no_speech, theirs.avg_logprob), abs=0.01)


def test_real_clips_have_the_words_times_and_probabilities_of_faster_whisper(greedy: Engine, default: Engine, real_speech: Path) -> None:
    clips = [decode(real_speech / "two_channel" / name, max_seconds=60).cut(channel, 0, 29_000) for name, channel in REAL]
    ours = greedy.recognise(clips, language="en").pieces
    assert _text(ours[0]) == " And so my fellow Americans, ask not what your country can do for you, ask what you can do for your country."
    for one, clip in zip(ours, clips, strict=True):
        # One at a time: the default engine lets the end of one piece move the first word of the next one in the same batch.
        _assert_same(one, default.recognise([clip], language="en").pieces[0])


def test_pieces_of_a_call_have_them_too(heard: Recognition, default: Engine, pieces: list[Audio]) -> None:
    theirs = default.recognise(pieces, language=None)
    assert heard.language == theirs.language == "en"
    assert heard.language_confidence == pytest.approx(theirs.language_confidence, abs=0.02)
    assert _text(heard.pieces[0]).startswith(" Hi there, this is Marcus.")
    for one, other in zip(heard.pieces, theirs.pieces, strict=True):
        _assert_same(one, other)


def test_beams_find_what_the_beams_of_faster_whisper_find(make: Make, calls: Path) -> None:
    # Not of every piece: the two weigh the length of a sentence differently, which can move a comma.
    piece = decode(calls / "delivery-lost-01.wav", max_seconds=600).cut(1, 4000, 13_000)
    ours, theirs = (make(name, beam_size=5).recognise([piece], language="en") for name in ("openai-whisper", "faster-whisper"))
    _assert_same(ours.pieces[0], theirs.pieces[0])


def test_threads_share_the_model_and_get_their_own_answers(greedy: Engine, heard: Recognition, pieces: list[Audio]) -> None:
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda piece: greedy.recognise([piece], language="en").pieces[0], pieces))
    for one, other in zip(together, heard.pieces, strict=True):
        _assert_same(one, other)


def test_a_piece_that_went_wrong_is_heard_again_by_itself(
    greedy: Engine, heard: Recognition, pieces: list[Audio], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_service.speech.openai_whisper._REPEATS", 0.0)
    assert _text(greedy.recognise(pieces[:1], language="en").pieces[0]) == _text(heard.pieces[0])


def test_the_vocabulary_is_a_hint(make: Make, checkpoint: Path, pieces: list[Audio]) -> None:
    heard = make(model=str(checkpoint), vocabulary=("Marqus",)).recognise(pieces[:1], language="en")
    assert _text(heard.pieces[0]).startswith(" Hi there, this is Marqus.")


def test_the_vocabulary_is_never_heard_in_what_holds_no_words(make: Make, greedy: Engine, checkpoint: Path) -> None:
    hinted = make(model=str(checkpoint), vocabulary=("Yousef", "Niamh", "Thaxby"), prompt="Thank you for calling Thaxby.")
    noise = (0.01 * np.random.default_rng(1).standard_normal(80_000)).astype(np.float32)
    sounds = [np.zeros(32_000, np.float32), noise]
    plain, told = (one.recognise(sounds, language="en").pieces for one in (greedy, hinted))
    assert [_text(piece) for piece in told] == [_text(piece) for piece in plain]


def test_silence_of_any_length_is_no_failure(greedy: Engine) -> None:
    found = greedy.recognise([np.zeros(samples, np.float32) for samples in (0, 100, 480_000)], language="en").pieces
    assert [piece.no_speech > 0.6 for piece in found] == [True, True, True]


def test_nothing_in_nothing_out(make: Make) -> None:
    assert make().recognise([], language="fa").pieces == ()


def test_the_version_names_what_made_the_words(make: Make) -> None:
    assert make(beam_size=5).version == "openai-whisper 20250625 whisper-base d01c3014881c float32 beam 5"


def test_a_language_the_model_does_not_know(greedy: Engine, pieces: list[Audio]) -> None:
    with pytest.raises(ConfigurationError, match="does not know language 'xx'"):
        greedy.recognise(pieces[:1], language="xx")


def test_importing_the_engine_loads_no_torch() -> None:
    code = "import sys, qa_service.speech.openai_whisper; print(sorted({'torch', 'whisper', 'numba'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]"


def test_the_checkpoint_is_made_once_and_used_again(cache_dir: Path, checkpoint: Path) -> None:
    before = checkpoint.stat()
    folder, source = bundled(cache_dir)
    assert checkpoint_of(folder, cache_dir=cache_dir, sha256=source.sha256) == checkpoint
    after = checkpoint.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_damaged_checkpoint_is_made_again(cache_dir: Path, checkpoint: Path, tmp_path: Path) -> None:
    for path in (checkpoint, checkpoint.with_name(f"{checkpoint.name}.sha256")):
        shutil.copy(path, tmp_path / path.name)
    mine = tmp_path / checkpoint.name
    assert is_whole(mine)
    with mine.open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\0\1\2\3")
    assert not is_whole(mine)
    folder, source = bundled(cache_dir)
    assert checkpoint_of(folder, cache_dir=tmp_path, sha256=source.sha256) == mine
    assert is_whole(mine)


def _heads(model: Any) -> Any:
    return model.alignment_heads.to_dense()


@pytest.mark.parametrize("source", ["bundled", "folder"])
def test_a_converted_model_has_the_official_alignment_heads(cache_dir: Path, checkpoint: Path, tmp_path: Path, source: str) -> None:
    import whisper

    folder = tmp_path / "my model"
    shutil.copytree(bundled(cache_dir)[0], folder)
    weights = find_weights(EngineOptions(cache_dir=cache_dir, model="" if source == "bundled" else str(folder)))
    assert (weights.label, weights.sha256[:12]) == ("whisper-base" if source == "bundled" else "my_model", "d01c3014881c")
    model, plain = load_model(weights, cache_dir=cache_dir, device="cpu"), whisper.load_model(str(checkpoint), device="cpu")
    assert len(plain.state_dict()) == 245
    assert not _heads(model).equal(_heads(plain))
    plain.set_alignment_heads(whisper._ALIGNMENT_HEADS["base"])
    assert _heads(model).equal(_heads(plain))


def test_an_official_name_is_fetched_checked_and_kept(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import whisper

    sha256 = file_sha256(checkpoint)
    (tmp_path / sha256).mkdir()
    shutil.copy(checkpoint, tmp_path / sha256 / "base.pt")
    monkeypatch.setitem(whisper._MODELS, "base", f"file://{tmp_path}/{sha256}/base.pt")
    options = EngineOptions(cache_dir=tmp_path / "cache", model="base", beam_size=1)
    assert create_engine("openai-whisper", options).version == f"openai-whisper 20250625 base {sha256[:12]} float32 beam 1"
    kept = find_weights(options).path
    assert [path.name for path in (tmp_path / "cache" / "openai-whisper").iterdir()] == ["base.pt"]
    # The same file under a name of one's own is known by its hash.
    mine = find_weights(EngineOptions(cache_dir=tmp_path, model=str(kept.rename(tmp_path / "mine.pt"))))
    plain = whisper.load_model(str(checkpoint), device="cpu")
    plain.set_alignment_heads(whisper._ALIGNMENT_HEADS["base"])
    assert _heads(load_model(mine, cache_dir=tmp_path, device="cpu")).equal(_heads(plain))
    kept.write_bytes(mine.path.read_bytes()[:1000])
    with pytest.raises(WeightsError, match=r"base.pt: model: cut short, or not the official file"):
        find_weights(options)


def test_an_official_name_without_a_network_says_where_to_put_the_file(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match=r"'small' is not here and cannot be fetched .*put the file at .*openai-whisper/small.pt"):
        _ = make(model="small", cache_dir=tmp_path).version
    assert list((tmp_path / "openai-whisper").iterdir()) == []


def test_a_name_that_is_neither_file_nor_official(make: Make, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no model file and no official model 'bass'"):
        _ = make(model="bass", cache_dir=tmp_path).version


@pytest.mark.parametrize("lacking", ["model.bin", "config.json"])
def test_an_incomplete_folder(make: Make, tmp_path: Path, lacking: str) -> None:
    for name in {"model.bin", "config.json"} - {lacking}:
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(WeightsError, match=f"the model folder lacks {lacking}"):
        _ = make(model=str(tmp_path)).version


def _cut(checkpoint: Path, target: Path) -> None:
    target.write_bytes(checkpoint.read_bytes()[:1_000_000])


def _no_checkpoint(checkpoint: Path, target: Path) -> None:
    target.write_text("not a checkpoint")


def _other(checkpoint: Path, target: Path) -> None:
    import torch

    torch.save({"weights": torch.zeros(3)}, target)


def _incomplete(checkpoint: Path, target: Path) -> None:
    import torch

    whole = torch.load(checkpoint, weights_only=True)
    del whole["model_state_dict"]["decoder.ln.weight"]
    torch.save(whole, target)


def _quantised(checkpoint: Path, target: Path) -> None:
    import torch

    whole = torch.load(checkpoint, weights_only=True)
    weight = whole["model_state_dict"]["encoder.blocks.0.mlp.0.weight"]
    whole["model_state_dict"]["encoder.blocks.0.mlp.0.weight"] = (weight * 127 / weight.abs().max()).to(torch.int8)
    torch.save(whole, target)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_cut, "not a whole checkpoint"), (_no_checkpoint, "not a whole checkpoint"), (_other, "not a whole checkpoint"),
        (_incomplete, "not a whole checkpoint"), (_quantised, "quantised"),
    ],
)  # fmt: skip
def test_a_checkpoint_that_cannot_be_used(
    make: Make, checkpoint: Path, tmp_path: Path, spoil: Callable[[Path, Path], None], told: str
) -> None:
    spoil(checkpoint, tmp_path / "mine.pt")
    with pytest.raises(WeightsError, match=f"mine.pt: model: .*{told}"):
        make(model=str(tmp_path / "mine.pt")).recognise([np.zeros(1600, np.float32)], language="en")


def test_a_gpu_that_is_not_there(make: Make) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ConfigurationError, match="QA_DEVICE: no CUDA device is found here"):
        _ = make(device="cuda").version
    assert " float32 " in make(device="auto", compute_type="auto").version


def test_numbers_that_the_library_does_not_compute_in(make: Make) -> None:
    with pytest.raises(ConfigurationError, match=r"QA_COMPUTE_TYPE: int8 is not computed on .* \(auto, or one of: float"):
        _ = make(compute_type="int8").version
