"""The wheel: built for real, and nothing missing in it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "--wheel-dir",
    ]
    result = subprocess.run([*command, str(folder), str(ROOT)], text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    (built,) = folder.glob("qa_service-*.whl")
    return zipfile.ZipFile(built)


def test_every_source_and_data_file_is_in_it(wheel: zipfile.ZipFile) -> None:
    held = set(wheel.namelist())
    kept = {path.relative_to(ROOT) for path in (ROOT / "qa_service").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {str(path) for path in kept} <= held
    assert not [name for name in held if name.endswith(".pyc")]


@pytest.mark.parametrize(
    "pattern",
    [
        "qa_service/rubrics/phone.yaml",
        "qa_service/rubrics/chat.yaml",
        "qa_service/rubrics/email.yaml",
        "qa_service/rubrics/social.yaml",
        "qa_service/rubrics/rubric.schema.json",
        "qa_service/store/migrations/env.py",
        "qa_service/store/migrations/versions/r0001_*.py",
        "qa_service/analysis/lexicons/*.yaml",
        "qa_service/api/static/swagger-ui-bundle.js",
        "qa_service/api/static/swagger-ui.css",
        "qa_service-*.dist-info/licenses/LICENSE",
        "qa_service-*.dist-info/entry_points.txt",
    ],
)
def test_what_the_program_reads_is_in_it(wheel: zipfile.ZipFile, pattern: str) -> None:
    assert [name for name in wheel.namelist() if Path(name).match(pattern)]


def test_only_the_program_is_in_it(wheel: zipfile.ZipFile) -> None:
    assert {name.partition("/")[0].partition("-")[0] for name in wheel.namelist()} == {"qa_service"}
    assert not [name for name in wheel.namelist() if name.endswith((".wav", ".mp3", ".sqlite"))]


def test_command_is_declared(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "qa-service = qa_service.__main__:main" in wheel.read(name).decode()
