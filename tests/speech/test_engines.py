"""The table of engines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qa_service.errors import ConfigurationError
from qa_service.speech import ENGINES, Registration, create_engine, usable_engines
from qa_service.speech.base import Engine, EngineOptions, Reader


@pytest.mark.parametrize("module", ["qa_service.speech", "qa_service.speech.base", "qa_service.speech.transcribe"])
def test_importing_loads_no_model_library(module: str) -> None:
    heavy = "{'faster_whisper', 'ctranslate2', 'onnxruntime', 'av', 'tokenizers', 'torch'}"
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]"


def test_every_usable_entry_builds_an_engine_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").touch()
    for name in usable_engines():
        # Vosk has no model of its own; building it only looks whether the folder is one.
        engine = create_engine(name, EngineOptions(cache_dir=tmp_path, model=str(tmp_path) if name == "vosk" else ""))
        assert isinstance(engine, Engine | Reader)
        assert engine.name == name
        assert engine.version.startswith(name)


def test_the_engines_of_the_default_installation_are_usable_here() -> None:
    assert {"faster-whisper", "sidecar"} <= set(usable_engines()) <= set(ENGINES)
    assert [name for name, entry in ENGINES.items() if not entry.extra] == ["faster-whisper", "sidecar"]


def test_an_unknown_name_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no speech engine 'wisper' \(one of: faster-whisper, openai-whisper, vosk, sidecar\)"):
        create_engine("wisper", EngineOptions(cache_dir=tmp_path))


def test_a_missing_library_is_told_with_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "other", Registration(module="other", summary="", needs=("no_such_library",), extra="other"))
    with pytest.raises(ConfigurationError, match=r"needs no_such_library \(pip install 'qa_service\[other\]'\)"):
        create_engine("other", EngineOptions(cache_dir=tmp_path))
    assert "other" not in usable_engines()
