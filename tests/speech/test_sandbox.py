"""The sandbox: the same answers as the decoder's, whatever a file does to it, and nothing else within its reach."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from qa_service.errors import AudioError
from qa_service.speech import decoder
from qa_service.speech.audio import decode
from qa_service.speech.sandbox import Sandbox, blocks, ends_properly, read_facts

ROOT = Path(__file__).parents[2]
FIXTURES = sorted(path for path in (ROOT / "audio_fixtures").iterdir() if path.suffix in {".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a"})
#: A process that confines itself to a file, and tries what else it may do.
CONFINED = """
import os, socket, sys
from pathlib import Path
from qa_service.speech.confinement import confine

told = confine(Path(sys.argv[1]), memory=64 << 20, seconds=5)
def tried(act):
    try:
        act()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "done"
print(",".join(told))
print(tried(lambda: open(sys.argv[1], "rb").read(4)))
print(tried(lambda: open("/etc/passwd", "rb").read(4)))
print(tried(lambda: open(sys.argv[2], "wb").write(b"x" * 9999)))
print(tried(lambda: socket.socket().connect(("127.0.0.1", int(sys.argv[3])))))
print(tried(lambda: bytearray(256 << 20)))
"""


@pytest.fixture
def call(tmp_path: Path) -> Path:
    """A minute of noise on two channels."""
    path = tmp_path / "call.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes((np.random.default_rng(1).standard_normal(960_000) * 3000).astype("<i2").tobytes())
    return path


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


@pytest.mark.parametrize("path", {one.suffix: one for one in FIXTURES}.values(), ids=lambda one: one.name)
def test_the_answers_are_the_decoders(path: Path) -> None:
    facts = decoder.read_facts(path)
    assert read_facts(path) == facts
    assert ends_properly(path, facts) == decoder.ends_properly(path, facts)
    assert np.array_equal(np.concatenate(list(blocks(path, facts))), np.concatenate(list(decoder.blocks(path, facts))))


@pytest.mark.parametrize("content", [b"Dear all, this is no call.\n" * 40, b"RIFF\xff\xff\xff\xffWAVEfmt " + bytes(60), os.urandom(5000)])
def test_what_cannot_be_read_is_told_in_the_same_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError) as outside:
        decoder.read_facts(path)
    with pytest.raises(AudioError) as inside:
        read_facts(path)
    assert (inside.value.message, inside.value.hint, inside.value.file) == (outside.value.message, outside.value.hint, str(path))


def test_a_confined_process_reads_one_file_and_nothing_else(call: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        command = [sys.executable, "-c", CONFINED, str(call), str(tmp_path / "written"), port]
        run = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=60, check=True)
    told, own, other, written, sent, large = run.stdout.split()
    assert own == "done"
    assert large == "MemoryError"
    assert written != "done"
    assert "limits" in told
    assert (other == "PermissionError") == ("files" in told)
    assert (sent == "OSError") == ("network" in told)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"seconds": 0}, r"too much|crash"),
        # Where memory ends while the file is opened, the decoder may take it for none.
        ({"memory": 1 << 12}, r"too much|crash|MemoryError|not a recording"),
        ({"patience": 1e-4}, "too long"),
    ],
)
def test_a_file_that_takes_too_much_is_told_and_the_next_one_is_read(call: Path, limits: dict[str, float], words: str) -> None:
    greedy, facts = Sandbox(**limits), decoder.read_facts(call)  # type: ignore[arg-type]

    def ask() -> None:
        # Long enough for a limit of no seconds to be noticed.
        for _ in range(200):
            list(greedy.asked("blocks", call, facts=vars(facts)))

    with closing(greedy), pytest.raises(AudioError, match=words) as caught:
        ask()
    assert caught.value.file == str(call)
    assert decode(call, max_seconds=90).duration_ms == 60_000


def test_a_process_that_was_killed_is_started_anew(sandbox: Sandbox, call: Path) -> None:
    assert len(list(sandbox.asked("facts", call))) == 1
    process = sandbox._process
    assert process is not None
    environment = Path(f"/proc/{process.pid}/environ")
    if environment.exists():
        assert not [name for name in environment.read_bytes().split(b"\0") if name.startswith((b"QA_", b"AWS_"))]
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(list(sandbox.asked("facts", call))) == 1


def test_many_ask_at_once(sandbox: Sandbox, call: Path) -> None:
    facts, sizes = decoder.read_facts(call), []

    def ask() -> None:
        sizes.append(sum(map(len, sandbox.asked("blocks", call, facts=vars(facts)))))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [480_000 * 4] * 8


def test_who_has_heard_enough_stops_asking(sandbox: Sandbox, call: Path) -> None:
    facts = decoder.read_facts(call)
    for _ in range(3):
        pieces = sandbox.asked("blocks", call, facts=vars(facts))
        assert next(pieces)
        pieces.close()  # type: ignore[attr-defined]
    assert len(list(sandbox.asked("facts", call))) == 1
