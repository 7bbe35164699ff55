"""Sandbox: recordings are decoded by a confined process, so that a hostile file can neither crash this one, nor fill its memory, nor read
or send anything. The same three questions as :mod:`qa_service.speech.decoder` answers, asked of it from outside."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import qa_service
from qa_service.errors import AudioError
from qa_service.speech.confinement import MEMORY, SECONDS
from qa_service.speech.decoder import Facts
from qa_service.speech.decoding_child import BROKEN, END, FAULT, HEAD

#: Longest wait for the next samples, seconds.
_PATIENCE = 120.0
_START = "import sys; sys.path.insert(0, sys.argv[1]); from qa_service.speech.decoding_child import main; main(int(sys.argv[2]))"
#: All that the decoding process is told of ours.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ")
_HINT = "export it again, or convert it to wav"


def read_facts(path: Path) -> Facts:
    """As :func:`qa_service.speech.decoder.read_facts`; raises :class:`AudioError` besides where the decoder had to be stopped."""
    (told,) = _SANDBOX.asked("facts", path)
    return Facts(**json.loads(told))


def blocks(path: Path, facts: Facts) -> Iterator[NDArray[np.int16]]:
    """As :func:`qa_service.speech.decoder.blocks`, in larger pieces."""
    for piece in _SANDBOX.asked("blocks", path, facts=asdict(facts)):
        if piece:
            yield np.frombuffer(piece, dtype=np.int16).reshape(-1, facts.channels)


def ends_properly(path: Path, facts: Facts) -> bool:
    """As :func:`qa_service.speech.decoder.ends_properly`."""
    (told,) = _SANDBOX.asked("ends", path, facts=asdict(facts))
    return bool(json.loads(told))


class Sandbox:
    """The process that forks a confined one for each question; started with the first, and anew if it is gone."""

    def __init__(self, *, memory: int = MEMORY, seconds: int = SECONDS, patience: float = _PATIENCE) -> None:
        """Limits of each question: bytes beyond what the process has, seconds of processor time, seconds without an answer."""
        self._limits = {"memory": memory, "seconds": seconds}
        self._patience = patience
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def asked(self, act: str, path: Path, **more: Any) -> Iterator[bytearray]:
        """The answers to a question, one by one; raises :class:`AudioError`, where the process dies or is silent, too."""
        with self._request() as answers:
            answers.settimeout(self._patience)
            question = {"act": act, "path": str(path.absolute()), **self._limits, **more}
            answers.sendall(json.dumps(question).encode() + b"\n")
            yield from _answers(answers, path)

    def close(self) -> None:
        """End the process; the next question starts another."""
        with self._starting:
            self._end()

    @contextmanager
    def _request(self) -> Iterator[socket.socket]:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs, self._starting:
                try:
                    socket.send_fds(self._running(), [b"?"], [theirs.fileno()])
                except (BrokenPipeError, ConnectionResetError):
                    self._end()
                    socket.send_fds(self._running(), [b"?"], [theirs.fileno()])
            yield ours

    def _running(self) -> socket.socket:
        if self._control is None:
            self._control, theirs = socket.socketpair()
            root, number = str(Path(qa_service.__file__).parents[1]), str(theirs.fileno())
            environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                    [sys.executable, "-I", "-c", _START, root, number], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL, env={**environment, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                )  # fmt: skip
        return self._control

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            # It ends by itself when nobody can ask any more.
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def _answers(answers: socket.socket, path: Path) -> Iterator[bytearray]:
    try:
        # Samples and values alike: the asker knows which.
        while True:
            kind, length = HEAD.unpack(_exactly(answers, HEAD.size))
            payload = _exactly(answers, length)
            if kind == END:
                return
            if kind == FAULT:
                told = json.loads(payload)
                raise AudioError(told["message"], file=path, hint=told["hint"])
            if kind == BROKEN:
                raise AudioError(f"the decoder cannot read it: {payload.decode(errors='replace')}", file=path, hint=_HINT)
            yield payload
    except TimeoutError as error:
        raise AudioError("the decoder was stopped: it took too long", file=path, hint=_HINT) from error
    except (EOFError, ConnectionError) as error:
        message = "the decoder was stopped: the file makes it crash, or take too much memory or time"
        raise AudioError(message, file=path, hint=_HINT) from error


def _exactly(answers: socket.socket, size: int) -> bytearray:
    whole = bytearray(size)
    view, at = memoryview(whole), 0
    while at < size:
        read = answers.recv_into(view[at:])
        if not read:
            raise EOFError
        at += read
    return whole


#: That of this process; nothing runs before the first question.
_SANDBOX = Sandbox()
atexit.register(_SANDBOX.close)
