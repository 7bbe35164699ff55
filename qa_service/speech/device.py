"""Where a model runs and in which numbers: what was asked for against what this machine has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from qa_service.errors import ConfigurationError


class Placement(NamedTuple):
    """Where and how a model is computed."""

    #: ``cpu`` or ``cuda``.
    device: str
    #: Numeric type of the weights at run time, never ``auto``.
    compute_type: str


def place(
    device: str, compute_type: str, *, gpus: int, types: Callable[[str], Collection[str]], usual: Mapping[str, Sequence[str]]
) -> Placement:
    """The placement that is meant by a ``device`` and a ``compute_type``, either of which may be ``auto``.

    ``types`` tells the numeric types that a device computes in, ``usual`` those to take for ``auto``, best first. Raises
    ``ConfigurationError`` for a GPU that is not there and for numbers that the device does not compute in.
    """
    if device == "cuda" and not gpus:
        raise ConfigurationError("no CUDA device is found here", field="QA_DEVICE", hint="cpu, or auto to use a GPU where there is one")
    where = "cuda" if gpus and device != "cpu" else "cpu"
    known = types(where)
    if compute_type == "auto":
        return Placement(where, next((one for one in usual[where] if one in known), "float32"))
    if compute_type not in known:
        raise ConfigurationError(
            f"{compute_type} is not computed on {'a CPU' if where == 'cpu' else 'this GPU'} by this engine", field="QA_COMPUTE_TYPE",
            hint=f"auto, or one of: {', '.join(sorted(known))}",
        )  # fmt: skip
    return Placement(where, compute_type)
