"""Processes that are told to stop while they work: what is short ends, what is long is left to the others, and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import opened
from qa_service.channels.conversation import parse_conversation
from qa_service.services.ingest import Source
from qa_service.settings import Settings

ROOT = Path(__file__).parents[2]
#: The command line, whose scoring says that it began and then takes its time.
SLOW = """
import sys, time
from pathlib import Path
from qa_service.services.process import Processing
mark, seconds, *sys.argv[1:] = sys.argv[1:]
plain = Processing.score
def slow(self, jobs):
    Path(mark).touch()
    time.sleep(float(seconds))
    return plain(self, jobs)
Processing.score = slow
from qa_service.__main__ import main
main()
"""


class Place:
    """A home with one chat that waits to be scored, and processes that work on it."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._settings = settings
        self._folder = folder
        self._begun = folder / "begun"
        self.processes: list[subprocess.Popen[str]] = []

    def take(self, chat: dict[str, Any]) -> None:
        """Take a chat in, to be scored by whoever comes."""
        with opened(self._settings) as services:
            services.rubrics.sync()
            # Stored and not queued, as after a crash between the two.
            services.ingestion._dispatch = lambda *_, **__: None
            read = parse_conversation(json.dumps(chat).encode(), file="c.json")
            services.ingestion.conversation(read, source=Source(name="c.json", actor="tests"))

    def start(self, *command: str, **variables: str) -> subprocess.Popen[str]:
        """A process of its own."""
        told = {"QA_DATA_DIR": str(self._settings.data_dir), "QA_RUBRICS_DIR": str(self._settings.rubrics_dir), "QA_ENGINE": "sidecar"}
        told |= {"QA_MEANINGS": "false", "QA_LEARNED": "false"}
        process = subprocess.Popen(
            [sys.executable, *command], env=os.environ | told | variables, cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        self.processes.append(process)
        return process

    def working(self, command: str, *, seconds: float, stop_seconds: float) -> subprocess.Popen[str]:
        """A process in the middle of scoring, which takes it so many seconds."""
        process = self.start("-c", SLOW, str(self._begun), str(seconds), *command.split(), QA_STOP_SECONDS=str(stop_seconds), QA_PORT="0")
        deadline = time.monotonic() + 240
        while not self._begun.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return process

    def rows(self, asked: str) -> list[Any]:
        """What the database says."""
        with closing(sqlite3.connect(self._settings.data_dir / "qa_service.sqlite", timeout=10)) as connection:
            return connection.execute(asked).fetchall()


@pytest.fixture
def place(tmp_path: Path, make_settings: Callable[..., Settings], chats: Callable[..., dict[str, Any]]) -> Iterator[Place]:
    made = Place(tmp_path, make_settings(tmp_path / "data"))
    made.take(chats("c-1", "Hello!", "Hi."))
    yield made
    for process in made.processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("command", ["worker", "serve"])
def test_what_is_short_comes_to_its_end(place: Place, command: str) -> None:
    process = place.working(command, seconds=1.5, stop_seconds=240)
    assert place.rows("SELECT count(*) FROM scorecards") == [(0,)]
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=240)
    assert (process.returncode, out, "Traceback" in err, "not done in time" in err) == (0, "", False, False)
    assert place.rows("SELECT state FROM jobs") == [("done",)]
    assert place.rows("SELECT count(*) FROM scorecards") == [(1,)]


def test_what_is_long_is_left_to_the_others(place: Place) -> None:
    process = place.working("worker", seconds=600, stop_seconds=1)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=240)
    assert (process.returncode, "Traceback" in err) == (0, False)
    assert "what was not done in time goes on in another process" in err
    assert place.rows("SELECT count(*) FROM scorecards") == [(0,)]
    other = place.start("-m", "qa_service", "worker")
    deadline = time.monotonic() + 240
    while place.rows("SELECT state FROM jobs") != [("done",)]:
        assert other.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert place.rows("SELECT count(*) FROM scorecards") == [(1,)]


def test_whoever_asks_twice_waits_no_longer(place: Place) -> None:
    process = place.working("worker", seconds=600, stop_seconds=600)
    process.send_signal(signal.SIGTERM)
    # The second request counts once the first was heard.
    deadline = time.monotonic() + 240
    while process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 130
