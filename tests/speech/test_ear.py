"""Ears: which one a setting gives, and that versions say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from qa_service.errors import ConfigurationError
from qa_service.speech import create_engine
from qa_service.speech.base import EngineOptions
from qa_service.speech.ear import BUILT_IN, create_ear
from qa_service.speech.speaker_vectors import SOURCE

#: A package that is always here stands for the one that is not: nothing is read before something is heard.
HERE, GONE = replace(SOURCE, requirement="numpy==1", resource="numpy/__init__.py"), replace(SOURCE, requirement="no-such-package==1")


@pytest.mark.parametrize(
    ("method", "installed", "built_in"), [("auto", True, False), ("auto", False, True), ("voices", True, True), ("vectors", True, False)]
)
def test_the_setting_chooses(
    monkeypatch: pytest.MonkeyPatch, method: Literal["auto", "voices", "vectors"], installed: bool, built_in: bool
) -> None:
    monkeypatch.setattr("qa_service.speech.ear.SOURCE", HERE if installed else GONE)
    assert (create_ear(method) is BUILT_IN) is built_in


def test_vectors_that_are_not_there_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_service.speech.ear.SOURCE", GONE)
    with pytest.raises(ConfigurationError, match=r"diarization: .* 'diarization' \(pip install --no-deps no-such-package==1\)"):
        create_ear("vectors")


def test_versions_say_how_voices_were_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_dir: Path) -> None:
    """Only where that is not the built-in way, so that what was transcribed before stays."""
    monkeypatch.setattr("qa_service.speech.ear.SOURCE", HERE)
    plain, heard = (
        create_engine("faster-whisper", EngineOptions(cache_dir=cache_dir, ear=create_ear(method).mark)).version
        for method in ("voices", "vectors")
    )
    assert heard == f"{plain} voices resemblyzer 0.1.4 {SOURCE.sha256[:12]}"
