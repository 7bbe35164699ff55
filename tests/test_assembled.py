"""Folders assembled once: found again, made again when damaged, never seen half made, one maker among many."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa_service.assembled import assembled, is_whole


@pytest.fixture
def built() -> list[Path]:
    return []


@pytest.fixture
def build(built: list[Path]) -> Callable[[Path], None]:
    def fill(folder: Path) -> None:
        built.append(folder)
        (folder / "model.bin").write_bytes(b"weights")
        (folder / "config.json").write_text("{}")

    return fill


def test_it_is_made_once(tmp_path: Path, build: Callable[[Path], None], built: list[Path]) -> None:
    folder = tmp_path / "cache" / "model"
    assert assembled(folder, build) == assembled(folder, build) == folder
    assert is_whole(folder)
    assert len(built) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.bin", "verified.json"]


@pytest.mark.parametrize(
    ("name", "content"), [("model.bin", b"weight"), ("model.bin", b"WEIGHTS"), ("verified.json", b"{"), ("verified.json", b"[]")]
)
def test_a_damaged_one_is_made_again(tmp_path: Path, build: Callable[[Path], None], built: list[Path], name: str, content: bytes) -> None:
    folder = assembled(tmp_path / "model", build)
    (folder / name).write_bytes(content)
    assert not is_whole(folder)
    assert (assembled(folder, build) / "model.bin").read_bytes() == b"weights"
    assert len(built) == 2


def test_a_copied_one_is_told_by_content(tmp_path: Path, build: Callable[[Path], None]) -> None:
    folder = assembled(tmp_path / "model", build)
    os.utime(folder / "model.bin", (1, 1))
    assert is_whole(folder)


def test_a_maker_that_fails_leaves_nothing_to_be_found(tmp_path: Path, build: Callable[[Path], None]) -> None:
    def fail(folder: Path) -> None:
        (folder / "model.bin").write_bytes(b"half")
        raise RuntimeError("no space")

    with pytest.raises(RuntimeError, match="no space"):
        assembled(tmp_path / "model", fail)
    assert not (tmp_path / "model").exists()
    assert (assembled(tmp_path / "model", build) / "model.bin").read_bytes() == b"weights"


def test_of_many_one_makes_it(tmp_path: Path, build: Callable[[Path], None], built: list[Path]) -> None:
    start = threading.Barrier(4)

    def ask(_: int) -> Path:
        start.wait()
        return assembled(tmp_path / "model", build)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(4))) == {tmp_path / "model"}
    assert len(built) == 1
