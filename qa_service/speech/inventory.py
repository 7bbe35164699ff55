"""The weights on this machine: which models are here, whose they are, and whether their files are the ones that were verified."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from qa_service.domain.base import Record
from qa_service.speech.base import RATE, Audio
from qa_service.speech.checkpoint import is_whole
from qa_service.speech.speaker_vectors import SOURCE as VECTORS
from qa_service.speech.vosk import folder_sha256, is_model
from qa_service.speech.weights import SOURCES, WeightSource, altered_files, altered_parts, file_sha256, folder_of

_WHISPERS = ("faster-whisper", "openai-whisper")
#: Tokens of a Whisper that is no language; a vocabulary of at least so many is multilingual (the library's own rule).
_OTHER_TOKENS, _MULTILINGUAL = 51_765, 51_865


class ModelFile(Record):
    """One file of a model."""

    #: Within the folder.
    name: str
    #: SHA-256, hex.
    sha256: str
    #: Bytes; ``None`` where it is not on disk yet.
    size: int | None = None


class Model(Record):
    """Weights that can be, or could be, used here."""

    #: As a version of an engine calls it.
    name: str
    #: Engines that take it, or what else it is for.
    engines: tuple[str, ...]
    #: Packages it comes in; empty for files that a site brought.
    packages: tuple[str, ...] = ()
    #: Whether those packages are installed, or the files are there.
    here: bool = True
    #: Folder or file; ``None`` where it is only in its packages.
    path: str | None = None
    #: SHA-256 of the weights themselves, hex.
    sha256: str
    #: Bytes of all files; ``None`` where they are not on disk.
    size: int | None = None
    #: Licence of the weights; ``None`` where it is not known here.
    licence: str | None = None
    #: How many languages it knows; ``None`` where that cannot be read without loading it.
    languages: int | None = None
    #: Its files.
    files: tuple[ModelFile, ...] = ()


def models(cache_dir: Path, named: tuple[str, ...] = ()) -> tuple[Model, ...]:
    """All weights that are known here: bundled ones (used in this order), what is in the cache folder, and those ``named``."""
    own = {folder_of(source, cache_dir) for source in SOURCES}
    cached = [path for path in sorted(cache_dir.glob("*")) if path not in own and not path.name.startswith(".")]
    official = sorted((cache_dir / "openai-whisper").glob("*.pt"))
    told = [path for path in map(Path, named) if path.exists() and path not in cached]
    brought = (_brought(path) for path in dict.fromkeys([*cached, *official, *told]))
    return (*(_bundled(source, cache_dir) for source in SOURCES), _vectors(), *chain.from_iterable(brought))


def altered(cache_dir: Path) -> Iterator[str]:
    """Files of bundled models, and of what was made from them, that are not what they were verified to be; reads every byte."""
    for source in SOURCES:
        folder = folder_of(source, cache_dir)
        if folder.is_dir():
            yield from (f"{folder / name} is not the verified file" for name in altered_files(source, folder))
        if not source.missing:
            yield from (f"{name} of {', '.join(source.requirements)} is not the verified file" for name in altered_parts(source))
    if VECTORS.path is not None and file_sha256(VECTORS.path) != VECTORS.sha256:
        yield f"{VECTORS.path} is not the verified file"
    yield from (f"{path} is not as it was made" for path in sorted(cache_dir.glob("openai-whisper-*.pt")) if not is_whole(path))


def second_of_sound() -> Audio:
    """A tone that rises from 200 to 800 Hz in a second, at a tenth of full scale: no words, but work for a recogniser."""
    time = np.arange(RATE) / RATE
    return (0.1 * np.sin(2 * np.pi * (200 * time + 300 * time**2))).astype(np.float32)


def _bundled(source: WeightSource, cache_dir: Path) -> Model:
    folder = folder_of(source, cache_dir)
    files = tuple(ModelFile(name=one.name, sha256=one.sha256, size=_size(folder / one.name)) for one in source.files)
    return Model(
        name=source.model, engines=_WHISPERS, packages=source.requirements, here=not source.missing,
        path=str(folder) if folder.is_dir() else None, sha256=source.sha256, size=sum(one.size or 0 for one in files) or None,
        licence=source.licence, languages=source.languages, files=files,
    )  # fmt: skip


def _vectors() -> Model:
    path = VECTORS.path
    file = ModelFile(name=VECTORS.resource, sha256=VECTORS.sha256, size=path.stat().st_size if path else None)
    return Model(
        name=VECTORS.requirement.partition("==")[0], engines=("diarization",), packages=(VECTORS.requirement,), here=path is not None,
        path=str(path) if path else None, sha256=VECTORS.sha256, size=file.size, licence=VECTORS.licence, files=(file,),
    )  # fmt: skip


def _brought(path: Path) -> Iterator[Model]:
    """What a file or folder holds, if it is a model."""
    if path.suffix == ".pt" and path.is_file():
        yield _checkpoint(path)
    elif (path / "model.bin").is_file():
        files = tuple(_file(one, path) for one in sorted(path.iterdir()) if one.is_file())
        sha256 = next(one.sha256 for one in files if one.name == "model.bin")
        yield Model(
            name=path.name, engines=_WHISPERS, path=str(path), sha256=sha256, size=sum(one.size or 0 for one in files), files=files,
            languages=_languages(path),
        )  # fmt: skip
    elif is_model(path):
        files = tuple(_file(one, path) for one in sorted(path.rglob("*")) if one.is_file())
        size = sum(one.size or 0 for one in files)
        yield Model(name=path.name, engines=("vosk",), path=str(path), sha256=folder_sha256(path), size=size, languages=1, files=files)


def _checkpoint(path: Path) -> Model:
    official = path.parent.name == "openai-whisper"
    made = path.name.startswith("openai-whisper-")
    file = _file(path, path.parent)
    return Model(
        name=path.stem, engines=("openai-whisper",), path=str(path), sha256=file.sha256, size=file.size, files=(file,),
        licence="MIT" if official or made else None, languages=1 if path.stem.endswith(".en") else None,
    )  # fmt: skip


def _file(path: Path, folder: Path) -> ModelFile:
    return ModelFile(name=path.relative_to(folder).as_posix(), sha256=file_sha256(path), size=path.stat().st_size)


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _languages(folder: Path) -> int | None:
    """By the size of the vocabulary, as the libraries do it; ``None`` where it cannot be read."""
    listed = next(iter(sorted(folder.glob("vocabulary.*"))), None)
    if listed is None:
        return None
    tokens = _entries(listed.read_text(encoding="utf-8", errors="replace"))
    return None if tokens is None else tokens - _OTHER_TOKENS - 1 if tokens >= _MULTILINGUAL else 1


def _entries(vocabulary: str) -> int | None:
    """Tokens of a JSON list, or of a text with one a line."""
    if not vocabulary.lstrip().startswith("["):
        return vocabulary.rstrip("\n").count("\n") + 1
    try:
        return len(json.loads(vocabulary))
    except ValueError:
        # A broken file is the loader's to tell; what is listed is what can be read.
        return None
