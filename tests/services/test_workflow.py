"""The workflow engine: a name for each process, and what a dead one leaves is taken over."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_service.services.workflow import TEXT, Workflows

ROOT = Path(__file__).parents[2]
#: A process that takes work and never ends it.
STUCK = """
import sys, time
from pathlib import Path
from qa_service.services.workflow import Workflows

folder = Path(sys.argv[1])

def work(number):
    (folder / f"begun-{number}").touch()
    time.sleep(600)

workflows = Workflows(url=f"sqlite:///{folder}/workflows.sqlite", lock_dir=folder / "executors", executor="local", concurrency=2)
workflows.register("work", work)
workflows.start()
for number in range(6):
    workflows.enqueue("text", "work", workflow_id=f"w-{number}", arguments=[number])
print(workflows.name, flush=True)
time.sleep(600)
"""


@pytest.fixture
def stuck(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", STUCK, str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def engine(folder: Path, done: list[int]) -> Workflows:
    workflows = Workflows(url=f"sqlite:///{folder}/workflows.sqlite", lock_dir=folder / "executors", executor="local", concurrency=2)

    def work(number: int) -> None:
        done.append(number)

    workflows.register("work", work)
    return workflows


def until(reached: object) -> None:
    deadline = time.monotonic() + 60
    while not reached():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def name_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_process_has_a_name_of_its_own_and_its_work_is_left_alone(tmp_path: Path, stuck: subprocess.Popen[str]) -> None:
    assert name_of(stuck) == "local"
    until(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
    done: list[int] = []
    with engine(tmp_path, done) as workflows:
        assert workflows.name == "local-2"
        until(lambda: len(done) == 4)
        assert workflows.take_over() == 0
        assert {workflows.status(f"w-{number}") for number in set(range(6)) - set(done)} == {"PENDING"}


def test_a_restart_takes_the_name_over_and_the_work_with_it(tmp_path: Path, stuck: subprocess.Popen[str]) -> None:
    assert name_of(stuck) == "local"
    until(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
    stuck.kill()
    stuck.wait()
    done: list[int] = []
    with engine(tmp_path, done) as workflows:
        assert workflows.name == "local"
        until(lambda: len(done) == 6)
    assert sorted(done) == list(range(6))


def test_a_living_process_takes_over_what_a_dead_one_had_under_way(tmp_path: Path, stuck: subprocess.Popen[str]) -> None:
    assert name_of(stuck) == "local"
    until(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
    done: list[int] = []
    with engine(tmp_path, done) as workflows:
        until(lambda: len(done) == 4)
        stuck.kill()
        stuck.wait()
        assert workflows.take_over() == 2
        until(lambda: len(done) == 6)
        assert workflows.take_over() == 0
    assert sorted(done) == list(range(6))


def test_same_id_is_run_once_and_an_ended_one_only_when_asked_again(tmp_path: Path) -> None:
    done: list[int] = []
    with engine(tmp_path, done) as workflows:
        for _ in range(2):
            workflows.enqueue(TEXT, "work", workflow_id="one", arguments=[1])
        until(lambda: workflows.status("one") == "SUCCESS")
        workflows.enqueue(TEXT, "work", workflow_id="one", arguments=[1])
        workflows.enqueue_again(TEXT, "work", workflow_id="one", arguments=[2])
        until(lambda: workflows.status("one-2") == "SUCCESS")
        assert done == [1, 2]
        assert list(workflows.open_arguments("work")) == []
        assert workflows.status("never") is None


def test_stopping_gives_the_name_back(tmp_path: Path) -> None:
    workflows = engine(tmp_path, [])
    for _ in range(2):
        with workflows:
            assert (workflows.running, workflows.name) == (True, "local")
        assert (workflows.running, workflows.name) == (False, None)
    workflows.stop()
