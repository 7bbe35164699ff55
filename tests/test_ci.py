"""The gate's own run: tests are shared out to two processes, which must find the same ones under the same names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def collected(seed: str) -> list[str]:
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-o", "addopts=-q --import-mode=importlib", "tests"],
        cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
    ).stdout
    return [line for line in told.splitlines() if "::" in line]


def test_names_of_tests_hang_on_nothing() -> None:
    found = collected("1")
    assert len(found) > 1000
    assert found == collected("2")
