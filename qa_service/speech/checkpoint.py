"""Checkpoints of openai-whisper, made from Whisper weights in the format of CTranslate2 (the bundled ones, or any folder).

The two hold the same numbers under other names: CTranslate2 keeps the projections of an attention in one matrix (query, key and
value; query alone and key with value where the decoder looks at the sound), and gives the key a bias, which Whisper has not and
which must therefore be zero. A quantised file has lost what a checkpoint needs and is refused.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from qa_service.errors import WeightsError
from qa_service.speech.weights import file_sha256

Array = NDArray[Any]

#: Types of the format by number; only the first and the fifth are whole weights.
_TYPES = {0: "float32", 1: "int8", 2: "int16", 3: "int32", 4: "float16", 5: "bfloat16"}
_WHOLE: dict[str, np.dtype[Any]] = {"float32": np.dtype(np.float32), "float16": np.dtype(np.float16)}
#: Newest version of the file format that is known here.
_FORMAT = 6

#: Modules outside the layers: CTranslate2 -> openai-whisper.
_OUTSIDE = {
    "encoder/conv1": "encoder.conv1",
    "encoder/conv2": "encoder.conv2",
    "encoder/layer_norm": "encoder.ln_post",
    "decoder/embeddings": "decoder.token_embedding",
    "decoder/layer_norm": "decoder.ln",
}
#: Modules of a layer; where there are several, they are stacked in one matrix in this order.
_IN_LAYER = {
    "self_attention/layer_norm": ("attn_ln",),
    "self_attention/linear_0": ("attn.query", "attn.key", "attn.value"),
    "self_attention/linear_1": ("attn.out",),
    "attention/layer_norm": ("cross_attn_ln",),
    "attention/linear_0": ("cross_attn.query",),
    "attention/linear_1": ("cross_attn.key", "cross_attn.value"),
    "attention/linear_2": ("cross_attn.out",),
    "ffn/layer_norm": ("mlp_ln",),
    "ffn/linear_0": ("mlp.0",),
    "ffn/linear_1": ("mlp.2",),
}
_LEAVES = {"weight": "weight", "bias": "bias", "gamma": "weight", "beta": "bias"}


def checkpoint_of(folder: Path, *, cache_dir: Path, sha256: str) -> Path:
    """The checkpoint with the weights of a CTranslate2 ``folder``, made at first use; ``sha256`` is that of its ``model.bin``.

    Every call reads the whole checkpoint against the hash that was noted when it was made; a damaged one is made again. Raises
    :class:`WeightsError` when the weights are quantised, cut short or not those of a Whisper model.
    """
    target = cache_dir / f"openai-whisper-{sha256[:12]}.pt"
    cache_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(cache_dir / f".{target.name}.lock"):
        if not is_whole(target):
            _write(folder / "model.bin", target)
    return target


def is_whole(checkpoint: Path) -> bool:
    """Whether every byte is as it was written; reads them all."""
    note = _note(checkpoint)
    return checkpoint.is_file() and note.is_file() and note.read_text(encoding="ascii").strip() == file_sha256(checkpoint)


def alignment_heads(folder: Path) -> tuple[tuple[int, int], ...]:
    """(layer, head) of the decoder's attention that follows the words in time, as ``config.json`` lists them; empty when it does not."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return tuple((int(layer), int(head)) for layer, head in config.get("alignment_heads") or ())
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise WeightsError("config.json cannot be read", file=folder / "config.json") from error


def read_variables(path: Path) -> dict[str, Array]:
    """Every variable of a CTranslate2 ``model.bin``, whole arrays in their own type; raises :class:`WeightsError`."""
    with path.open("rb") as stream:
        reader = _Reader(stream, path)
        reader.header()
        found = dict(reader.variable() for _ in range(reader.number("I")))
        for _ in range(reader.number("I")):
            reader.text(), reader.text()  # an alias and what it stands for: the output layer is the embedding
        if stream.read(1):
            raise WeightsError("bytes are left over after the last variable", file=path)
    return found


def dimensions(variables: Mapping[str, Array], *, file: Path) -> dict[str, int]:
    """The dimensions of the model, from the shapes of its variables, under the names of openai-whisper."""
    missing = [name for name in _SHAPES if name not in variables]
    if missing:
        raise WeightsError(f"not a Whisper model: no {', '.join(missing)}", file=file)
    n_mels = int(variables["encoder/conv1/weight"].shape[1])
    found = {"n_mels": n_mels, "n_vocab": int(variables["decoder/embeddings/weight"].shape[0])}
    for side, name in (("encoder", "audio"), ("decoder", "text")):
        context, width = variables[f"{side}/position_encodings/encodings"].shape
        found[f"n_{name}_ctx"], found[f"n_{name}_state"] = int(context), int(width)
        found[f"n_{name}_head"] = int(variables[f"{side}/num_heads"])
        found[f"n_{name}_layer"] = sum(v.startswith(f"{side}/layer_") and v.endswith("/ffn/linear_0/weight") for v in variables)
    return found


def state(variables: Mapping[str, Array], *, file: Path) -> dict[str, Array]:
    """The tensors of openai-whisper; raises :class:`WeightsError` for a variable that Whisper has not."""
    return {name: array for variable, value in variables.items() if value.ndim for name, array in _renamed(variable, value, file)}


_SHAPES = (
    "encoder/conv1/weight", "encoder/position_encodings/encodings", "encoder/num_heads",
    "decoder/embeddings/weight", "decoder/position_encodings/encodings", "decoder/num_heads",
)  # fmt: skip


def _renamed(variable: str, value: Array, file: Path) -> Iterator[tuple[str, Array]]:
    module, _, leaf = variable.rpartition("/")
    side, _, inside = module.partition("/")
    layer, _, part = inside.partition("/")
    if leaf == "encodings" and inside == "position_encodings":
        yield f"{side}.positional_embedding", value
    elif module in _OUTSIDE and leaf in _LEAVES:
        yield f"{_OUTSIDE[module]}.{_LEAVES[leaf]}", value
    elif part in _IN_LAYER and leaf in _LEAVES:
        yield from _split(f"{side}.blocks.{layer.removeprefix('layer_')}", _IN_LAYER[part], _LEAVES[leaf], value, file)
    else:
        raise WeightsError(f"not a Whisper model: it holds {variable}", file=file)


def _split(block: str, names: tuple[str, ...], leaf: str, value: Array, file: Path) -> Iterator[tuple[str, Array]]:
    if len(value) % len(names):
        raise WeightsError(f"{block}: {len(value)} rows cannot hold {' and '.join(names)}", file=file)
    for name, part in zip(names, np.split(value, len(names)), strict=True):
        if not (name.endswith(".key") and leaf == "bias"):
            yield f"{block}.{name}.{leaf}", part
        elif part.any():
            raise WeightsError(f"not a Whisper model: {block}.{name} has a bias", file=file)


def _write(source: Path, target: Path) -> None:
    """Convert under a temporary name and rename, so that nobody ever sees half a checkpoint. Called under the lock."""
    variables = read_variables(source)
    dims, arrays = dimensions(variables, file=source), state(variables, file=source)
    import torch

    building = target.with_name(f".{target.name}.building")
    with building.open("wb") as out:
        torch.save({"dims": dims, "model_state_dict": {name: torch.tensor(array) for name, array in arrays.items()}}, out)
        out.flush()
        os.fsync(out.fileno())
    _note(target).write_text(file_sha256(building), encoding="ascii")
    building.replace(target)


def _note(checkpoint: Path) -> Path:
    return checkpoint.with_name(f"{checkpoint.name}.sha256")


class _Reader:
    """Reads a ``model.bin``: little-endian; a name has its length before and a zero byte after it."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self._stream, self._path, self._left = stream, path, path.stat().st_size

    def header(self) -> None:
        version = self.number("I")
        if not 2 <= version <= _FORMAT:
            raise WeightsError(f"not a model file of CTranslate2, or one of an unknown version ({version})", file=self._path)
        name = self.text()
        if name != "WhisperSpec":
            raise WeightsError(f"not a Whisper model but {name!r}", file=self._path)
        self.number("I")  # revision of the model's layout; the names of the variables say whether it is the one known here

    def variable(self) -> tuple[str, Array]:
        """Name and value."""
        name = self.text()
        shape = [self.number("I") for _ in range(self.number("B"))]
        kind, size = _TYPES.get(self.number("B"), "unknown"), self.number("I")
        data = self._take(size)
        if not shape:
            return name, np.frombuffer(data, dtype=kind if kind in ("int8", "int16", "int32") else np.uint8)[:1].reshape(())
        if kind not in _WHOLE:
            raise WeightsError(
                f"the weights are quantised or of a type that cannot be converted: {name} is {kind}", file=self._path,
                hint="name a model in float16 or float32",
            )  # fmt: skip
        if size != _WHOLE[kind].itemsize * int(np.prod(shape)):
            raise WeightsError(f"{name} has {size} bytes, which do not fit its shape {shape}", file=self._path)
        return name, np.frombuffer(data, dtype=_WHOLE[kind]).reshape(shape)

    def text(self) -> str:
        """A name."""
        return self._take(self.number("H")).rstrip(b"\0").decode("ascii", errors="replace")

    def number(self, code: str) -> int:
        """An unsigned number: B, H or I (1, 2 or 4 bytes)."""
        return int(struct.unpack(f"<{code}", self._take(struct.calcsize(f"<{code}")))[0])

    def _take(self, count: int) -> bytes:
        self._left -= count
        if self._left < 0:
            raise WeightsError("the file is cut short", file=self._path, hint="copy or install it again")
        return self._stream.read(count)
