"""Real processes that are killed, or work side by side: everything is done exactly once."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import opened
from qa_service.settings import Settings

ROOT = Path(__file__).parents[2]
#: Enough that a kill after the first scorecards finds most of them undone.
MANY = 200


class Place:
    """A data folder, a folder of chats, and processes that work on them."""

    def __init__(self, folder: Path, forms: Path, *, chats: int, write_chat: Callable[..., Path]) -> None:
        self.data = folder / "data"
        self.chats = folder / "chats"
        self.chats.mkdir()
        self._processes: list[subprocess.Popen[str]] = []
        self._environment = os.environ | {
            "QA_DATA_DIR": str(self.data),
            "QA_RUBRICS_DIR": str(forms),
            "QA_TEXT_CHUNK": "5",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
        }
        for number in range(chats):
            write_chat(self.chats, f"c-{number:03}", "Hello!", f"This is number {number}.", agent=f"a{number % 3}")

    def use(self, **variables: str) -> None:
        """Settings of the processes that are started from now on."""
        self._environment |= variables

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The command line as a process of its own."""
        command = [sys.executable, "-m", "qa_service", *arguments]
        process = subprocess.Popen(
            command,
            env=self._environment,
            cwd=self.chats.parent,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._processes.append(process)
        return process

    def score(self) -> subprocess.Popen[str]:
        """Scoring all chats."""
        return self.start("score", str(self.chats), "--json")

    def rows(self, process: subprocess.Popen[str]) -> list[dict[str, Any]]:
        """What it printed when it had ended well."""
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        found: list[dict[str, Any]] = json.loads(out)
        return found

    def count(self, table: str, where: str = "1") -> int:
        """Rows of a table; 0 while there is no database."""
        file = self.data / "qa_service.sqlite"
        if not file.is_file():
            return 0
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is None:
                return 0
            (found,) = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
        return int(found)

    def until(self, reached: Callable[[], bool], *processes: subprocess.Popen[str]) -> None:
        """Wait for something to come about while the processes live."""
        deadline = time.monotonic() + 120
        while not reached():
            assert time.monotonic() < deadline
            assert all(process.poll() is None for process in processes)
            time.sleep(0.01)

    def check_whole(self, number: int) -> None:
        """Each chat taken in, scored and noted exactly once, and the chain of notes whole."""
        assert self.count("interactions") == self.count("interactions", "state = 'scored'") == number
        assert self.count("scorecards") == self.count("scorecards", "is_latest") == number
        assert self.count("jobs") == self.count("jobs", "state = 'done'") == number
        assert self.count("ledger", "action = 'scorecard.suggested'") == self.count("ledger", "action = 'interaction.ingested'") == number
        assert self.count("ledger", "interaction IS NOT NULL") == 2 * number
        with opened(Settings(data_dir=self.data)) as services:
            checked = services.audit.verify()
            assert (checked.valid, checked.entries) == (True, self.count("ledger"))

    def end(self) -> None:
        """No process outlives its test."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def place(tmp_path: Path, forms: Path, write_chat: Callable[..., Path]) -> Iterator[Callable[[int], Place]]:
    made: list[Place] = []

    def make(chats: int) -> Place:
        made.append(Place(tmp_path, forms, chats=chats, write_chat=write_chat))
        return made[-1]

    yield make
    for one in made:
        one.end()


def names(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [row["scorecard"]["interaction"]["id"] for row in rows if row["status"] == "scored"]


def test_killed_in_the_middle_a_second_run_finishes_everything_once(place: Callable[[int], Place]) -> None:
    here = place(MANY)
    first = here.score()
    here.until(lambda: here.count("scorecards") > 0, first)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert first.returncode == -signal.SIGKILL
    done = here.count("scorecards")
    assert 0 < done < MANY
    assert names(here.rows(here.score())) == [f"c-{number:03}" for number in range(MANY)]
    here.check_whole(MANY)
    assert len(here.rows(here.score())) == MANY
    here.check_whole(MANY)


def test_two_processes_at_once_score_nothing_twice(place: Callable[[int], Place]) -> None:
    here = place(60)
    one, other = here.score(), here.score()
    rows, others = here.rows(one), here.rows(other)
    assert names(rows) == names(others) == [f"c-{number:03}" for number in range(60)]
    assert rows == others
    here.check_whole(60)
    assert {lock.stem for lock in (here.data / "executors").iterdir()} == {"local", "local-2"}


def test_a_living_worker_goes_on_with_what_a_killed_process_left(place: Callable[[int], Place]) -> None:
    here = place(100)
    worker = here.start("worker")
    here.until(lambda: (here.data / "executors" / "local.lock").exists(), worker)
    scoring = here.score()
    here.until(lambda: here.count("scorecards") > 0, worker, scoring)
    scoring.kill()
    scoring.communicate()
    here.until(lambda: here.count("jobs", "state <> 'done'") == 0, worker)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=60) == 0
    here.check_whole(100)


def test_interrupted_from_the_keyboard_it_says_how_to_go_on(place: Callable[[int], Place]) -> None:
    here = place(100)
    first = here.score()
    here.until(lambda: here.count("scorecards") > 0, first)
    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=60)
    assert (first.returncode, out) == (130, "")
    assert "interrupted; start again to go on where it stopped" in err
    assert "Traceback" not in err
    assert here.count("batches", "state = 'failed'") == 1
    assert len(here.rows(here.score())) == 100
    here.check_whole(100)


#: Enough that a kill after the first silenced recording finds most of them as they were uploaded.
CALLS = 24
SPOKEN_CARD = "It's four five three nine one four eight eight oh three four three six four six seven."


def test_killed_while_recordings_are_silenced_no_upload_stays(place: Callable[[int], Place], write_call: Callable[..., Path]) -> None:
    here = place(0)
    here.use(QA_ENGINE="sidecar")
    uploads = [write_call(here.chats, f"call-{n:02}", "Can I take your card number?", SPOKEN_CARD, seconds=20.0) for n in range(CALLS)]
    silenced = "muting LIKE '%\"done\":true%'"
    first = here.score()
    here.until(lambda: here.count("recordings", silenced) > 0, first)
    first.kill()
    first.communicate()
    assert 0 < here.count("recordings", silenced) < CALLS
    assert names(here.rows(here.score())) == [path.stem for path in uploads]
    assert here.count("recordings", silenced) == here.count("scorecards") == CALLS
    kept = [path for path in (here.data / "recordings").glob("??/*") if not path.suffix]
    assert len(kept) == CALLS
    originals = {path.read_bytes() for path in uploads}
    for path in (path for path in here.data.rglob("*") if path.is_file()):
        data = path.read_bytes()
        assert data not in originals
        assert b"four five three nine" not in data, path
    with opened(Settings(data_dir=here.data)) as services:
        assert services.audit.verify().valid
        assert [services.interactions.recording(path.stem)[1].path in kept for path in uploads] == [True] * CALLS
