"""The decoding child: a small process that knows no secret, and forks a confined one for each recording that is to be read.

It is spoken to over a socket: each request comes as a socket of its own, with one line of JSON; answers go back over that as frames of a
letter, a length and as many bytes.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qa_service.errors import AudioError
from qa_service.speech.confinement import confine
from qa_service.speech.decoder import Facts, blocks, ends_properly, read_facts

HEAD = struct.Struct("<cI")
VALUE, SAMPLES, FAULT, BROKEN, END = b"V", b"S", b"F", b"X", b"."
#: Blocks are sent together up to this size, bytes.
_TOGETHER = 1 << 18
_MOST_REQUEST = 1 << 16


def main(descriptor: int) -> None:
    """Take requests until whoever asks is gone."""
    # Children are not waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _load()
    with socket.socket(fileno=descriptor) as control:
        while True:
            _, (asked, *_), _, _ = socket.recv_fds(control, 1, 1) if _more(control) else (b"", [-1], 0, None)
            if asked < 0:
                return
            if os.fork() == 0:
                control.close()
                _serve(socket.socket(fileno=asked))
            os.close(asked)


def _more(control: socket.socket) -> bool:
    return bool(control.recv(1, socket.MSG_PEEK))


def _load() -> None:
    """Everything that a decoder needs is there before the first request: a confined process can load nothing any more."""
    import av
    import av.logging

    for found in pkgutil.walk_packages(av.__path__, "av."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    av.logging.set_level(av.logging.PANIC)


def _serve(asked: socket.socket) -> None:
    """One request, and the end of this process."""
    try:
        request = json.loads(_line(asked))
        path = Path(request["path"])
        confine(path, memory=request["memory"], seconds=request["seconds"])
        for kind, payload in _answers(path, request):
            asked.sendall(HEAD.pack(kind, len(payload)) + payload)
        asked.sendall(HEAD.pack(END, 0))
    except OSError:
        # Whoever asked has had enough.
        os._exit(1)
    os._exit(0)


def _answers(path: Path, request: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    try:
        yield from _ACTS[request["act"]](path, request)
    except AudioError as error:
        yield FAULT, json.dumps({"message": error.message, "hint": error.hint}).encode()
    except Exception as error:  # noqa: BLE001 - the edge of a process: whatever a hostile file does is told
        yield BROKEN, f"{type(error).__name__}: {error}".encode(errors="replace")[:500]


def _facts(path: Path, _: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    yield VALUE, json.dumps(asdict(read_facts(path))).encode()


def _blocks(path: Path, request: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    held, size = [], 0
    for block in blocks(path, Facts(**request["facts"])):
        held.append(block.tobytes())
        size += len(held[-1])
        if size >= _TOGETHER:
            yield SAMPLES, b"".join(held)
            held, size = [], 0
    yield SAMPLES, b"".join(held)


def _ends(path: Path, request: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    yield VALUE, json.dumps(ends_properly(path, Facts(**request["facts"]))).encode()


_ACTS: dict[str, Callable[[Path, dict[str, Any]], Iterator[tuple[bytes, bytes]]]] = {"facts": _facts, "blocks": _blocks, "ends": _ends}


def _line(asked: socket.socket) -> bytes:
    read = b""
    while not read.endswith(b"\n"):
        piece = asked.recv(_MOST_REQUEST)
        if not piece or len(read) > _MOST_REQUEST:
            os._exit(1)
        read += piece
    return read


if __name__ == "__main__":
    main(int(sys.argv[1]))
