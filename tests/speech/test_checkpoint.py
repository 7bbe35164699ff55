"""Reading CTranslate2 weights and renaming them for openai-whisper; what is quantised, cut short or no Whisper is refused."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from qa_service.errors import WeightsError
from qa_service.speech.checkpoint import Array, alignment_heads, checkpoint_of, dimensions, read_variables, state
from qa_service.speech.weights import bundled, file_sha256

FILE = Path("model.bin")
KINDS = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}


@pytest.fixture(scope="module")
def folder(cache_dir: Path) -> Path:
    """The bundled weights."""
    return bundled(cache_dir)[0]


@pytest.fixture(scope="module")
def variables(folder: Path) -> dict[str, Array]:
    """All that the bundled weights hold."""
    return read_variables(folder / "model.bin")


def _text(name: str) -> bytes:
    return struct.pack("<H", len(name) + 1) + name.encode() + b"\0"


def _variable(name: str, value: Array, *, kind: int | None = None) -> bytes:
    head = struct.pack(f"<B{value.ndim}I", value.ndim, *value.shape)
    return _text(name) + head + struct.pack("<BI", KINDS[value.dtype.name] if kind is None else kind, value.nbytes) + value.tobytes()


def _model(*variables: bytes, version: int = 6, spec: str = "WhisperSpec") -> bytes:
    head = struct.pack("<I", version) + _text(spec) + struct.pack("<II", 3, len(variables))
    return head + b"".join(variables) + struct.pack("<I", 1) + _text("decoder/projection/weight") + _text("decoder/embeddings/weight")


ONE = _variable("decoder/layer_norm/gamma", np.ones(4, np.float16))


def test_the_dimensions_are_those_of_the_base_model(variables: dict[str, Array]) -> None:
    assert dimensions(variables, file=FILE) == {
        "n_mels": 80, "n_audio_ctx": 1500, "n_audio_state": 512, "n_audio_head": 8, "n_audio_layer": 6,
        "n_vocab": 51865, "n_text_ctx": 448, "n_text_state": 512, "n_text_head": 8, "n_text_layer": 6,
    }  # fmt: skip


def test_every_tensor_has_its_name_and_its_rows(variables: dict[str, Array]) -> None:
    tensors = state(variables, file=FILE)
    # 6 audio layers of 15 tensors and 6 text layers of 24, conv 2 x 2, closing norms 2 x 2, positions 2, embedding 1.
    assert len(tensors) == 6 * 15 + 6 * 24 + 4 + 4 + 2 + 1
    fused, key_value = (variables[f"decoder/layer_3/{name}/weight"] for name in ("self_attention/linear_0", "attention/linear_1"))
    block = "decoder.blocks.3"
    for name, expected in (
        ("attn.query", fused[:512]), ("attn.key", fused[512:1024]), ("attn.value", fused[1024:]),
        ("cross_attn.key", key_value[:512]), ("cross_attn.value", key_value[512:]),
        ("cross_attn.query", variables["decoder/layer_3/attention/linear_0/weight"]),
        ("cross_attn.out", variables["decoder/layer_3/attention/linear_2/weight"]),
        ("mlp.2", variables["decoder/layer_3/ffn/linear_1/weight"]), ("mlp_ln", variables["decoder/layer_3/ffn/layer_norm/gamma"]),
    ):  # fmt: skip
        assert np.array_equal(tensors[f"{block}.{name}.weight"], expected), name
    assert f"{block}.attn.key.bias" not in tensors


def test_the_alignment_heads_come_from_the_side_file(folder: Path) -> None:
    assert alignment_heads(folder) == ((3, 1), (4, 2), (4, 3), (4, 7), (5, 1), (5, 2), (5, 4), (5, 6))


@pytest.mark.parametrize(
    ("config", "heads"), [('{"lang_ids": []}', ()), ('{"alignment_heads": null}', ()), ('{"alignment_heads": [[1, 2]]}', ((1, 2),))]
)
def test_a_side_file_need_not_list_heads(tmp_path: Path, config: str, heads: tuple[tuple[int, int], ...]) -> None:
    (tmp_path / "config.json").write_text(config)
    assert alignment_heads(tmp_path) == heads


@pytest.mark.parametrize("config", ["", "[]", '{"alignment_heads": [3]}', '{"alignment_heads": [["a", "b"]]}'])
def test_a_side_file_that_is_none(tmp_path: Path, config: str) -> None:
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(WeightsError, match=r"config.json cannot be read"):
        alignment_heads(tmp_path)


def test_the_smallest_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(_model(ONE, _variable("decoder/num_heads", np.array(6, np.int16))))
    found = read_variables(path)
    assert found["decoder/layer_norm/gamma"].tolist() == [1, 1, 1, 1]
    assert int(found["decoder/num_heads"]) == 6


@pytest.mark.parametrize("length", [0, 3, 10, 30, 60, -1])
def test_a_file_cut_short_is_refused_wherever_it_ends(tmp_path: Path, length: int) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(_model(ONE)[:length])
    with pytest.raises(WeightsError, match=r"model.bin: the file is cut short"):
        read_variables(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (_model(_variable("a/weight", np.ones((2, 2), np.int8))), "quantised .* a/weight is int8 .*float16 or float32"),
        (_model(_variable("a/weight_scale", np.ones(2, np.int16))), "quantised .* a/weight_scale is int16"),
        (_model(_variable("a/weight", np.ones(2, np.float16), kind=5)), "cannot be converted: a/weight is bfloat16"),
        (_model(_variable("a/weight", np.ones(2, np.float16), kind=0)), r"a/weight has 4 bytes, which do not fit its shape \[2\]"),
        (_model(ONE) + b"\0", "bytes are left over"),
        (_model(ONE, version=7), r"unknown version \(7\)"),
        (b"PK\3\4" + _model(ONE), "not a model file of CTranslate2"),
        (_model(ONE, spec="TransformerSpec"), "not a Whisper model but 'TransformerSpec'"),
    ],
    ids=["int8", "int16", "bfloat16", "size", "longer", "newer", "zip", "other"],
)
def test_a_file_that_cannot_be_converted_is_refused_with_the_reason(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=told):
        read_variables(path)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("decoder/layer_0/self_attention/linear_0/bias", np.ones(12, np.float16), r"decoder.blocks.0.attn.key has a bias"),
        ("decoder/layer_0/attention/linear_1/bias", np.ones(8, np.float16), r"decoder.blocks.0.cross_attn.key has a bias"),
        ("decoder/layer_0/self_attention/linear_0/weight", np.ones((7, 4), np.float16), "7 rows cannot hold"),
        ("decoder/layer_0/ffn/linear_0/weight_zero", np.ones(4, np.float16), "it holds decoder/layer_0/ffn/linear_0/weight_zero"),
        ("decoder/layer_norm_2/gamma", np.ones(4, np.float16), "it holds decoder/layer_norm_2/gamma"),
    ],
)
def test_tensors_that_whisper_has_not(name: str, value: Array, told: str) -> None:
    with pytest.raises(WeightsError, match=told):
        state({name: value}, file=FILE)


def test_a_refused_model_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(_model(_variable("encoder/conv1/weight", np.ones((4, 80, 3), np.int8))))
    with pytest.raises(WeightsError, match=r"the weights are quantised .* encoder/conv1/weight is int8"):
        checkpoint_of(tmp_path, cache_dir=tmp_path / "cache", sha256=file_sha256(tmp_path / "model.bin"))
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] in ([], [".lock"])


def test_a_model_without_what_gives_its_dimensions(variables: dict[str, Array]) -> None:
    lacking = {name: value for name, value in variables.items() if name != "encoder/num_heads"}
    with pytest.raises(WeightsError, match=r"no encoder/num_heads"):
        dimensions(lacking, file=FILE)
