"""Where the model of openai-whisper comes from: bundled weights, a file, a folder or an official name; and how it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from qa_service.errors import ConfigurationError, WeightsError
from qa_service.speech.base import EngineOptions
from qa_service.speech.checkpoint import alignment_heads, checkpoint_of
from qa_service.speech.weights import bundled, file_sha256

if TYPE_CHECKING:
    from whisper.model import Whisper

#: What a CTranslate2 folder must hold to be converted.
_FILES = ("model.bin", "config.json")


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What a model is loaded from."""

    #: What the version of the engine calls it.
    label: str
    #: Hash of the checkpoint, or of the folder's ``model.bin``.
    sha256: str
    #: A ``.pt`` checkpoint, or a CTranslate2 folder to convert.
    path: Path


def find_weights(options: EngineOptions) -> Weights:
    """The weights that ``options`` name, with their hash. Raises ``ConfigurationError``; ``WeightsError`` for files that are not whole."""
    if not options.model:
        folder, source = bundled(options.cache_dir)
        return Weights(label=source.model, sha256=source.sha256, path=folder)
    path = Path(options.model)
    if not path.exists():
        path = _fetched(options.model, options.cache_dir / "openai-whisper")
    file = _checked_folder(path) / "model.bin" if path.is_dir() else path
    return Weights(label=path.stem.replace(" ", "_"), sha256=file_sha256(file), path=path)


def load_model(weights: Weights, *, cache_dir: Path, device: str) -> Whisper:
    """The model on ``device``, ready to decode; a folder is converted into ``cache_dir`` first. Raises ``WeightsError``."""
    from whisper.model import ModelDimensions, Whisper

    path = weights.path
    if path.is_dir():
        path = checkpoint_of(path, cache_dir=cache_dir, sha256=weights.sha256)
    checkpoint = _read(path)
    try:
        model = Whisper(ModelDimensions(**checkpoint["dims"]))
        model.load_state_dict(checkpoint["model_state_dict"])
    except (RuntimeError, KeyError, TypeError) as error:
        raise _not_whole(path) from error
    _align(model, weights)
    return model.to(device)


def _read(path: Path) -> dict[str, Any]:
    """The content of a checkpoint: tensors and numbers only, no code is run."""
    import torch

    try:
        checkpoint: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        tensors = list(checkpoint["model_state_dict"].values())
    except (RuntimeError, UnpicklingError, EOFError, KeyError, TypeError, AttributeError) as error:
        raise _not_whole(path) from error
    if not all(isinstance(tensor, torch.Tensor) and tensor.is_floating_point() for tensor in tensors):
        raise WeightsError("the checkpoint is quantised", file=path, field="model", hint="name one in float16 or float32")
    return checkpoint


def _not_whole(path: Path) -> WeightsError:
    return WeightsError(
        "not a whole checkpoint of openai-whisper", file=path, field="model",
        hint="a .pt file with dims and model_state_dict; if it should be one, copy it again",
    )  # fmt: skip


def _align(model: Whisper, weights: Weights) -> None:
    """Name the attention heads that follow the words in time; a checkpoint nobody knows keeps the library's general choice."""
    import torch
    import whisper

    if not weights.path.is_dir():
        for name, url in whisper._MODELS.items():
            if weights.sha256 in url:
                model.set_alignment_heads(whisper._ALIGNMENT_HEADS[name])
    elif heads := alignment_heads(weights.path):
        mask = torch.zeros(model.dims.n_text_layer, model.dims.n_text_head, dtype=torch.bool)
        for layer, head in heads:
            mask[layer, head] = True
        model.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)


def _checked_folder(folder: Path) -> Path:
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        hint = "name a .pt checkpoint, or a CTranslate2 Whisper folder"
        raise WeightsError(f"the model folder lacks {', '.join(missing)}", file=folder, field="model", hint=hint)
    return folder


def _fetched(name: str, folder: Path) -> Path:
    """The checkpoint of an official model, downloaded if it is not in ``folder`` yet: the user asked for it by name."""
    import whisper

    url: str | None = whisper._MODELS.get(name)
    if url is None:
        hint = f"a .pt file, a folder, or one of: {', '.join(whisper.available_models())}"
        raise ConfigurationError(f"no model file and no official model {name!r}", field="model", hint=hint)
    target = folder / url.rsplit("/", 1)[1]
    if not target.is_file():
        _download(url, target, name)
    if file_sha256(target) != url.split("/")[-2]:
        raise WeightsError("cut short, or not the official file", file=target, field="model", hint="copy it again, or delete it")
    return target


def _download(url: str, target: Path, name: str) -> None:
    import whisper

    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent) as scratch:
        try:
            Path(whisper._download(url, scratch, in_memory=False)).replace(target)
        except (OSError, RuntimeError) as error:
            hint = f"without a network, put the file at {target}"
            raise ConfigurationError(f"model {name!r} is not here and cannot be fetched", field="model", hint=hint) from error
