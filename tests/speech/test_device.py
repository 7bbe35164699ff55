"""Where a model runs: what is asked for against what is there."""

from __future__ import annotations

import pytest

from qa_service.errors import ConfigurationError
from qa_service.speech.device import place

#: What CTranslate2 tells on a usual CPU and GPU.
TYPES = {"cpu": {"int8", "int8_float32", "float32"}, "cuda": {"int8", "int8_float16", "float16", "float32"}}
USUAL = {"cpu": ("int8",), "cuda": ("float16", "int8_float16")}


@pytest.mark.parametrize(
    ("device", "compute_type", "gpus", "placed"),
    [
        ("cpu", "auto", 0, ("cpu", "int8")),
        ("cpu", "auto", 1, ("cpu", "int8")),
        ("auto", "auto", 0, ("cpu", "int8")),
        ("auto", "auto", 2, ("cuda", "float16")),
        ("cuda", "auto", 1, ("cuda", "float16")),
        ("cuda", "int8_float16", 1, ("cuda", "int8_float16")),
        ("auto", "float32", 0, ("cpu", "float32")),
    ],
)
def test_placements(device: str, compute_type: str, gpus: int, placed: tuple[str, str]) -> None:
    assert place(device, compute_type, gpus=gpus, types=TYPES.__getitem__, usual=USUAL) == placed


@pytest.mark.parametrize(
    ("device", "compute_type", "gpus", "told"),
    [
        ("cuda", "auto", 0, r"QA_DEVICE: no CUDA device is found here \(cpu, or auto"),
        ("cpu", "float16", 1, r"QA_COMPUTE_TYPE: float16 is not computed on a CPU .*\(auto, or one of: float32, int8, int8_float32\)"),
        ("auto", "float16", 0, "QA_COMPUTE_TYPE: float16 is not computed on a CPU"),
        ("cuda", "bfloat16", 1, "QA_COMPUTE_TYPE: bfloat16 is not computed on this GPU"),
    ],
)
def test_refusals(device: str, compute_type: str, gpus: int, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        place(device, compute_type, gpus=gpus, types=TYPES.__getitem__, usual=USUAL)


def test_a_device_without_the_usual_numbers_computes_in_whole_ones() -> None:
    assert place("cpu", "auto", gpus=0, types=lambda _: {"float32"}, usual=USUAL).compute_type == "float32"
