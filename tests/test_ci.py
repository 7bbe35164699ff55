"""The gate's own run: tests are shared out to two processes, which must find the same ones under the same names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_names_of_tests_hang_on_nothing() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-o", "addopts=-q --import-mode=importlib", "tests"]
    runs = [
        subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE, text=True) for seed in "12"
    ]
    one, other = ([line for line in run.communicate()[0].splitlines() if "::" in line] for run in runs)
    assert len(one) > 1000
    assert one == other
