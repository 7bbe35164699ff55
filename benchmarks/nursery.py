"""A process that has loaded everything and gives birth to command lines: real processes that start at once and can be killed at once.

Starting one anew takes seconds of work, which a bench that kills a hundred would spend on nothing else.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[1]
_LOOK = 0.05


class Nursery:
    """Starts ``qa-service`` command lines as processes of their own; a context, none of which outlives it."""

    def __init__(self) -> None:
        threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.nursery"], cwd=ROOT, env=os.environ | threads, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._children: list[Child] = []

    def start(
        self, arguments: Sequence[str], *, environment: Mapping[str, str], folder: Path, out: Path, log: Path, file: int = 0
    ) -> Child:
        """``out`` is written anew, ``log`` is added to; ``file``: largest file that it may write, bytes."""
        told = {"arguments": list(arguments), "environment": dict(environment), "folder": str(folder), "out": str(out), "log": str(log)}
        child = Child(self, int(self.ask({**told, "file": file})))
        self._children.append(child)
        return child

    def ask(self, question: Mapping[str, Any]) -> Any:
        """What the process answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for child in self._children:
            if child.poll() is None:
                child.kill()
                child.wait()
        self._process.kill()
        self._process.communicate()


class Child:
    """A process of the nursery."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery = nursery
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit status, that of a signal negative; ``None`` while it runs."""
        if self._code is None:
            self._code = self._nursery.ask({"ended": self.pid})
        return self._code

    def wait(self, timeout: float = 60.0) -> int:
        """The same, at its end; raises ``AssertionError`` where it does not come."""
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            assert time.monotonic() < until, f"process {self.pid} goes on"
            time.sleep(_LOOK)
        return code

    def kill(self) -> None:
        """At once."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        """To it alone; nothing where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def _answer() -> None:
    """Questions by standard input, a line each, answers by standard output."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        question = json.loads(line)
        told = _ended(question["ended"]) if "ended" in question else _born(question)
        answers.write(json.dumps(told) + "\n")
        answers.flush()


def _ended(pid: int) -> int | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    return None if found == 0 else os.waitstatus_to_exitcode(status)


def _born(told: Mapping[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        code = _run(told)
    finally:
        os._exit(code)


def _run(told: Mapping[str, Any]) -> int:
    from resource import RLIMIT_FSIZE, setrlimit

    from qa_service.__main__ import main

    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["environment"])
    for number, path, flags in ((1, told["out"], os.O_TRUNC), (2, told["log"], os.O_APPEND)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | flags), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if told["file"]:
        setrlimit(RLIMIT_FSIZE, (told["file"], told["file"]))
    sys.argv = ["qa-service", *told["arguments"]]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except Exception:  # noqa: BLE001 - the edge of a process, which tells what ended it
        sys.excepthook(*sys.exc_info())
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _load() -> None:
    """What every command line loads, and what is compiled once a process."""
    from importlib import import_module

    from qa_service.analysis.analysis import Analysis
    from qa_service.bootstrap import build
    from qa_service.settings import Settings

    for name in ("qa_service.app", "qa_service.cli.score", "qa_service.cli.serve"):
        import_module(name)
    Analysis()
    build(Settings(data_dir=Path(os.devnull) / "nowhere", engine="sidecar", meanings=False))


if __name__ == "__main__":
    _load()
    _answer()
