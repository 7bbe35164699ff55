"""Scratch folders go with the process that made them, and never before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from qa_service.store.scratch import Scratch

#: Leaves a file in its scratch folder and waits to be killed.
LEAVE = """
import sys, time
from pathlib import Path
from qa_service.store.scratch import Scratch
scratch = Scratch(Path(sys.argv[1]))
(scratch.folder / "upload.wav").write_bytes(b"un-muted")
print("ready", flush=True)
time.sleep(60)
"""


def files(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file() and path.name != ".lock")


def test_a_killed_process_leaves_nothing_for_long(tmp_path: Path) -> None:
    root = tmp_path / "scratch"
    command = [sys.executable, "-c", LEAVE, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert Scratch(root).sweep() == 0, "it lives"
        assert files(root) == ["upload.wav"]
        process.kill()
        process.wait()
    assert Scratch(root).sweep() == 1
    assert files(root) == []
    assert Scratch(root).sweep() == 0


def test_one_of_ones_own_stays(tmp_path: Path) -> None:
    scratch, other = Scratch(tmp_path / "s"), Scratch(tmp_path / "s")
    (scratch.folder / "a").write_bytes(b"1")
    assert scratch.folder == scratch.folder != other.folder
    assert scratch.sweep() == other.sweep() == 0
    assert files(tmp_path) == ["a"]


def test_nothing_to_sweep(tmp_path: Path) -> None:
    assert Scratch(tmp_path / "never made").sweep() == 0
    assert not (tmp_path / "never made").exists()
