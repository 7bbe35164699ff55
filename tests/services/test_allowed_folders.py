"""Allowed folders: files below them and no others, whatever the name and whatever links lie about."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qa_service.errors import InputError
from qa_service.services.allowed_folders import opened_below


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    one, two = tmp_path / "one", tmp_path / "two"
    (one / "deep" / "er").mkdir(parents=True)
    two.mkdir()
    (one / "deep" / "er" / "a.wav").write_bytes(b"a")
    (two / "b.wav").write_bytes(b"b")
    (tmp_path / "secret").write_bytes(b"secret")
    (one / "out").symlink_to(tmp_path)
    (one / "link.wav").symlink_to(two / "b.wav")
    (one / "inner").symlink_to(one / "deep")
    os.mkfifo(one / "pipe")
    return [one, two]


@pytest.mark.parametrize(
    ("name", "data"), [("deep/er/a.wav", b"a"), ("b.wav", b"b"), ("{}/one/deep/er/a.wav", b"a"), ("{}/two/b.wav", b"b"), ("./b.wav", b"b")]
)
def test_files_below_are_opened(folders: list[Path], tmp_path: Path, name: str, data: bytes) -> None:
    with opened_below(folders, name.replace("{}", str(tmp_path))) as stream:
        assert stream.read() == data


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "/", "..", "../secret", "deep/../../secret", "{}/secret", "{}/one/../secret", "out/secret", "{}/one/out/secret",
        "link.wav", "inner/er/a.wav", "deep", "{}/one", "pipe", "none.wav", "deep/er/a.wav/x", "/etc/passwd", "a\0b", "{}/ones/x",
        "x" * 5000,
    ],
)  # fmt: skip
def test_nothing_else_is(folders: list[Path], tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError), opened_below(folders, name.replace("{}", str(tmp_path))):
        pass


def test_without_folders_nothing_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="files of this machine are not read"), opened_below([], str(tmp_path)):
        pass
