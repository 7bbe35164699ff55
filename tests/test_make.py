"""The Makefile with a Python that only pretends: what is installed, and what an interruption leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
Make = Callable[..., subprocess.CompletedProcess[str]]
#: Answers the question for its version, makes "environments" of itself, and notes the rest of what it is asked for.
PRETENDER = """\
#!/bin/sh
case "$1 $2" in
"-c "*) exit ${TOO_OLD:-0} ;;
"-m venv") mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; cp "$0" "$3/bin/qa-service"; exit ${VENV_BREAKS:-0} ;;
*) echo "$(basename "$0") $@" >> "$(dirname "$0")/../../calls"; [ "$2" != pip ] || exit ${PIP_BREAKS:-0} ;;
esac
"""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "python"
    python.write_text(PRETENDER)
    python.chmod(0o755)

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = ["make", *arguments] if any(one.startswith("PYTHON=") for one in arguments) else ["make", *arguments, f"PYTHON={python}"]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", **environment},
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    return run


def calls(folder: Path) -> list[str]:
    """What was asked for since the last look, in short."""
    log = folder / "calls"
    found = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return [
        line.replace("-m pip --disable-pip-version-check --no-input install --quiet --constraint constraints.txt", "pip") for line in found
    ]


def test_demo_installs_once_and_passes_arguments(make: Make, tmp_path: Path) -> None:
    assert make("demo", "ARGS=--no-serve").returncode == 0
    assert calls(tmp_path) == ["python pip --editable .", "qa-service demo --no-serve"]
    assert make("demo").returncode == 0
    assert calls(tmp_path) == ["qa-service demo"]


def test_tests_need_their_extras(make: Make, tmp_path: Path) -> None:
    make("test")
    make("test", "EXTRAS=postgres")
    make("test", "EXTRAS=postgres", "ARGS=-x")
    installed, *first, more, rest, browser, chosen = calls(tmp_path)
    assert (installed, more) == ("python pip --editable .[test]", "python pip --editable .[test,postgres]")
    assert first == [rest, browser]
    assert rest.startswith("python -m pytest -n 2 ")
    assert rest.endswith(" --ignore tests/web"), "everything but what is in the second call"
    assert browser.startswith("python -m pytest -n 2 ")
    assert browser.endswith(" tests/web")
    assert chosen == "python -m pytest -x"
    make("demo")
    assert calls(tmp_path) == ["qa-service demo"], "the tests' installation serves the demo too"


def test_weights_for_diarization_come_without_what_their_package_asks_for(make: Make, tmp_path: Path) -> None:
    make("test", "EXTRAS=postgres,diarization")
    assert calls(tmp_path)[:2] == ["python pip --editable .[test,postgres,diarization]", "python pip --no-deps resemblyzer==0.1.4"]


@pytest.mark.parametrize("broken", ["VENV_BREAKS", "PIP_BREAKS"])
def test_interrupted_installation_is_taken_up_again(make: Make, tmp_path: Path, broken: str) -> None:
    assert make("demo", **{broken: "1"}).returncode != 0
    assert not (tmp_path / ".venv" / ".installed").exists()
    calls(tmp_path)
    assert make("demo").returncode == 0
    assert calls(tmp_path) == ["python pip --editable .", "qa-service demo"]


def test_changed_requirements_are_installed(make: Make, tmp_path: Path) -> None:
    make("demo")
    calls(tmp_path)
    stamp = (tmp_path / ".venv" / ".installed").stat().st_mtime
    os.utime(tmp_path / "constraints.txt", (stamp + 10, stamp + 10))
    make("demo")
    assert calls(tmp_path)[0] == "python pip --editable ."


@pytest.mark.parametrize(("arguments", "environment"), [([], {"TOO_OLD": "1"}), (["PYTHON=/nowhere/python3.11"], {})])
def test_missing_or_old_python_is_told(make: Make, tmp_path: Path, arguments: list[str], environment: dict[str, str]) -> None:
    result = make("demo", *arguments, **environment)
    assert result.returncode != 0
    assert "Python 3.11, 3.12 or 3.13 is needed" in result.stderr
    assert not (tmp_path / ".venv").exists()


def test_cleaning_leaves_data(make: Make, tmp_path: Path) -> None:
    make("demo")
    (tmp_path / "qa_data").mkdir()
    assert make("clean").returncode == 0
    assert (tmp_path / "qa_data").is_dir()
    assert not (tmp_path / ".venv").exists()
