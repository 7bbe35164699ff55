"""Makes the sounds of this folder. Needs the Debian packages sox, libgsm1 and libvo-amrwbenc0; not run by the tests."""

from __future__ import annotations

import ctypes
import math
import struct
import subprocess
import wave
from pathlib import Path

HERE = Path(__file__).parent
_GSM_SAMPLES, _GSM_BYTES = 160, 33
_AMR_SAMPLES, _AMR_MODE = 320, 2


def tone(rate: int) -> bytes:
    """Two seconds of 300 Hz, 16-bit."""
    return b"".join(struct.pack("<h", int(8000 * math.sin(2 * math.pi * 300 * n / rate))) for n in range(2 * rate))


def pieces(samples: bytes, size: int) -> list[bytes]:
    """Frames of ``size`` samples."""
    return [samples[start : start + 2 * size].ljust(2 * size, b"\0") for start in range(0, len(samples), 2 * size)]


def write_gsm(path: Path) -> None:
    """Bare frames."""
    library = ctypes.CDLL("libgsm.so.1")
    library.gsm_create.restype = ctypes.c_void_p
    state, frame = ctypes.c_void_p(library.gsm_create()), ctypes.create_string_buffer(_GSM_BYTES)
    with path.open("wb") as out:
        for piece in pieces(tone(8000), _GSM_SAMPLES):
            library.gsm_encode(state, piece, frame)
            out.write(frame.raw)


def write_amr_wb(path: Path) -> None:
    """Frames after the mark of the format."""
    library = ctypes.CDLL("libvo-amrwbenc.so.0")
    library.E_IF_init.restype = ctypes.c_void_p
    state, frame = ctypes.c_void_p(library.E_IF_init()), ctypes.create_string_buffer(100)
    with path.open("wb") as out:
        out.write(b"#!AMR-WB\n")
        for piece in pieces(tone(16_000), _AMR_SAMPLES):
            out.write(frame.raw[: library.E_IF_encode(state, _AMR_MODE, piece, frame, 0)])


def write_gsm_wav(path: Path) -> None:
    """By sox, from plain wav."""
    plain = path.with_suffix(".plain.wav")
    with wave.open(str(plain), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(tone(8000))
    subprocess.run(["sox", str(plain), "-e", "gsm-full-rate", str(path)], check=True)
    plain.unlink()


if __name__ == "__main__":
    write_gsm(HERE / "tone.gsm")
    write_amr_wb(HERE / "tone.awb")
    write_gsm_wav(HERE / "tone-gsm.wav")
