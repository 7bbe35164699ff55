"""The workflow engine: a name for each process, and what a dead one leaves is taken over."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from qa_service.errors import ProcessingError
from qa_service.services.workflow import BATCH, SPEECH, TEXT, Regime, Waiting, Workflows
from tests.postgres import named, run

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

workflows = Workflows(url=sys.argv[2], lock_dir=folder / "executors", executor="local", concurrency=2)
workflows.register("work", work)
workflows.start()
for number in range(6):
    workflows.enqueue("text", "work", workflow_id=f"w-{number}", arguments=[number])
print(workflows.name, flush=True)
time.sleep(600)
"""


@pytest.fixture(params=("sqlite", "postgresql"))
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where the engine keeps its state, on each kind of database in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/workflows.sqlite"
        return
    server: str = request.getfixturevalue("postgres")
    run(server, "CREATE DATABASE qa_workflows")
    yield named(server, "qa_workflows")
    run(server, "DROP DATABASE qa_workflows WITH (FORCE)")


@pytest.fixture
def stuck(tmp_path: Path, address: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", STUCK, str(tmp_path), address]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def engine(folder: Path, done: list[int], address: str, *, known: Sequence[str] = ("work", "gone"), **told: Any) -> Workflows:
    workflows = Workflows(url=address, lock_dir=folder / "executors", executor="local", concurrency=2, **told)

    def work(number: int) -> None:
        done.append(number)

    for name in known:
        workflows.register(name, work)
    return workflows


def until(reached: object) -> None:
    deadline = time.monotonic() + 60
    while not reached():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def name_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_process_has_a_name_of_its_own_and_its_work_is_left_alone(
    tmp_path: Path, stuck: subprocess.Popen[str], address: str
) -> None:
    assert name_of(stuck) == "local"
    until(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
    done: list[int] = []
    with engine(tmp_path, done, address) as workflows:
        assert workflows.name == "local-2"
        until(lambda: len(done) == 4)
        assert workflows.take_over() == 0
        assert {workflows.status(f"w-{number}") for number in set(range(6)) - set(done)} == {"PENDING"}


def test_a_restart_takes_the_name_over_and_the_work_with_it(tmp_path: Path, stuck: subprocess.Popen[str], address: str) -> None:
    assert name_of(stuck) == "local"
    until(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
    stuck.kill()
    stuck.wait()
    done: list[int] = []
    with engine(tmp_path, done, address) as workflows:
        assert workflows.name == "local"
        until(lambda: len(done) == 6)
    assert sorted(done) == list(range(6))


def test_a_living_process_takes_over_what_a_dead_one_had_under_way(tmp_path: Path, stuck: subprocess.Popen[str], address: str) -> None:
    assert name_of(stuck) == "local"
    until(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
    done: list[int] = []
    with engine(tmp_path, done, address) as workflows:
        until(lambda: len(done) == 4)
        stuck.kill()
        stuck.wait()
        # It is taken over by the engine itself, too, every few seconds.
        until(lambda: workflows.take_over() == 2 or len(done) > 4)
        until(lambda: len(done) == 6)
        assert workflows.take_over() == 0
    assert sorted(done) == list(range(6))


def test_same_id_is_run_once_and_an_ended_one_only_when_asked_again(tmp_path: Path, address: str) -> None:
    done: list[int] = []
    with engine(tmp_path, done, address) as workflows:
        for _ in range(2):
            workflows.enqueue(TEXT, "work", workflow_id="one", arguments=[1])
        until(lambda: workflows.status("one") == "SUCCESS")
        workflows.enqueue(TEXT, "work", workflow_id="one", arguments=[1])
        workflows.enqueue_again(TEXT, "work", workflow_id="one", arguments=[2])
        until(lambda: workflows.status("one-2") == "SUCCESS")
        assert done == [1, 2]
        assert list(workflows.open_arguments("work")) == []
        assert workflows.status("never") is None


def test_stopping_gives_the_name_back(tmp_path: Path, address: str) -> None:
    workflows = engine(tmp_path, [], address)
    for _ in range(2):
        with workflows:
            assert (workflows.running, workflows.name) == (True, "local")
        assert (workflows.running, workflows.name) == (False, None)
    workflows.stop()


def test_a_queue_can_be_held_back_and_let_go(tmp_path: Path, address: str) -> None:
    done: list[int] = []
    told = {TEXT: Regime(paused=True)}
    with engine(tmp_path, done, address, regimes=lambda: told) as workflows:
        for number in range(3):
            workflows.enqueue(TEXT, "work", workflow_id=f"w-{number}", arguments=[number])
        workflows.enqueue(BATCH, "work", workflow_id="other", arguments=[9])
        until(lambda: workflows.status("other") == "SUCCESS")
        assert workflows.waiting(TEXT, BATCH) == {TEXT: Waiting(waiting=3, running=0), BATCH: Waiting(waiting=0, running=0)}
        told.clear()
        workflows.regulate()
        until(lambda: sorted(done) == [0, 1, 2, 9])


def test_what_is_urgent_goes_first(tmp_path: Path, address: str) -> None:
    done: list[int] = []
    told = {TEXT: Regime(paused=True)}
    with engine(tmp_path, done, address, regimes=lambda: told) as workflows:
        for number, priority in enumerate((9, 5, 1, 5, 9)):
            workflows.enqueue(TEXT, "work", workflow_id=f"w-{number}", arguments=[number], priority=priority)
        told[TEXT] = Regime(at_once=1)
        workflows.regulate()
        until(lambda: len(done) == 5)
    assert done == [2, 1, 3, 0, 4]


def test_no_more_is_begun_in_a_minute_than_was_set(tmp_path: Path, address: str) -> None:
    done: list[int] = []
    told = {TEXT: Regime(per_minute=2)}
    with engine(tmp_path, done, address, regimes=lambda: told) as workflows:
        for number in range(4):
            workflows.enqueue(TEXT, "work", workflow_id=f"w-{number}", arguments=[number])
        until(lambda: len(done) == 2)
        time.sleep(0.5)
        assert len(done) == 2
        told.clear()
        workflows.regulate()
        until(lambda: len(done) == 4)


def test_all_processes_together_work_on_no_more_than_was_set(tmp_path: Path, address: str, stuck: subprocess.Popen[str]) -> None:
    assert name_of(stuck) == "local"
    until(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
    done: list[int] = []
    told = {TEXT: Regime(together=2)}
    with engine(tmp_path, done, address, regimes=lambda: told, work=[]):
        pass
    with engine(tmp_path, done, address, regimes=lambda: told):
        time.sleep(0.5)
        assert done == []
        assert len(list(tmp_path.glob("begun-*"))) == 2


def test_a_process_works_on_nothing_but_its_own_queues(tmp_path: Path, address: str) -> None:
    done: list[int] = []
    with engine(tmp_path, done, address, work=[SPEECH]) as workflows:
        workflows.enqueue(TEXT, "work", workflow_id="text", arguments=[1])
        workflows.enqueue(SPEECH, "work", workflow_id="speech", arguments=[2])
        until(lambda: done == [2])
        time.sleep(0.3)
        assert (done, workflows.status("text")) == ([2], "ENQUEUED")
    with engine(tmp_path, done, address, work=[]) as workflows:
        time.sleep(0.3)
        assert workflows.status("text") == "ENQUEUED"
    with engine(tmp_path, done, address):
        until(lambda: done == [2, 1])


def test_what_an_older_version_left_is_begun_anew(tmp_path: Path, address: str) -> None:
    done: list[int] = []
    with engine(tmp_path, done, address, version="qa-1", work=[SPEECH]) as workflows:
        for number in range(3):
            workflows.enqueue(TEXT, "work", workflow_id=f"w-{number}", arguments=[number], priority=5)
        # Nobody knows it any more.
        workflows.enqueue(TEXT, "gone", workflow_id="gone", arguments=[7])
    with engine(tmp_path, done, address, version="qa-2", known=("work",)) as workflows:
        until(lambda: sorted(done) == [0, 1, 2])
        assert [workflows.status(f"w-{number}") for number in range(3)] == ["CANCELLED"] * 3
        assert workflows.status("gone") == "CANCELLED"
        assert workflows.move_on() == 0
    # A process of the older version leaves the newer one's alone.
    with engine(tmp_path, done, address, version="qa-2", work=[SPEECH]) as workflows:
        workflows.enqueue(TEXT, "work", workflow_id="newer", arguments=[8])
    with engine(tmp_path, done, address, version="qa-1") as workflows:
        time.sleep(0.5)
        assert workflows.status("newer") == "ENQUEUED"


def test_what_an_older_process_has_under_way_ends_there_and_is_taken_over_when_it_dies(
    tmp_path: Path, stuck: subprocess.Popen[str], address: str
) -> None:
    assert name_of(stuck) == "local"
    until(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
    done: list[int] = []
    with engine(tmp_path, done, address, version="qa-99") as workflows:
        until(lambda: len(done) == 4)
        assert workflows.take_over() == 0
        stuck.kill()
        stuck.wait()
        until(lambda: len(done) == 6)
    assert sorted(done) == list(range(6))


def test_what_is_insisted_on_is_tried_as_often_as_a_step(tmp_path: Path) -> None:
    workflows = engine(tmp_path, [], f"sqlite:///{tmp_path}/workflows.sqlite", attempts=2)
    tries: list[str] = []

    def busy(name: str, *, good_at: int) -> str:
        tries.append(name)
        if len(tries) < good_at:
            raise OSError("busy")
        return name

    with workflows:
        assert workflows.insist("part", busy, "a", good_at=2) == "a"
        assert tries == ["a", "a"]
        with pytest.raises(OSError, match="busy"):
            workflows.insist("part", busy, "b", good_at=9)
        assert tries == ["a", "a", "b", "b"]
    # The engine is gone: somebody else may do it by now.
    with pytest.raises(ProcessingError, match="stopped before part"):
        workflows.insist("part", busy, "c", good_at=0)
    assert tries == ["a", "a", "b", "b"]


def test_what_is_insisted_on_when_the_service_stops_is_done_at_the_next_start(tmp_path: Path) -> None:
    def start(part: Any) -> Workflows:
        workflows = Workflows(
            url=f"sqlite:///{tmp_path}/workflows.sqlite", lock_dir=tmp_path / "executors", executor="local", concurrency=1, attempts=8
        )
        workflows.register("work", lambda: workflows.insist("part", part))
        workflows.start()
        return workflows

    tries: list[str] = []

    def away() -> None:
        tries.append("away")
        raise OSError("away")

    workflows = start(away)
    workflows.enqueue(TEXT, "work", workflow_id="w", arguments=[])
    until(lambda: bool(tries))
    assert not workflows.stop(within=1.0)
    # Its name stays taken until the process ends, which this one does not.
    workflows.stop()
    workflows = start(lambda: tries.append("done"))
    try:
        until(lambda: workflows.status("w") not in ("PENDING", "ENQUEUED"))
        assert workflows.status("w") == "SUCCESS"
        assert tries[-1] == "done"
    finally:
        workflows.stop()


def test_what_one_look_finds_broken_does_not_end_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_service.services.workflow._TAKE_OVER_SECONDS", 0.05)
    workflows = engine(tmp_path, [], f"sqlite:///{tmp_path}/workflows.sqlite")
    looks: list[str] = []

    def broken() -> None:
        looks.append("broken")
        raise RuntimeError("no")

    workflows.attend(broken)
    workflows.attend(lambda: looks.append("sound"))
    with workflows:
        until(lambda: looks.count("sound") >= 2)
    assert looks[:4] == ["broken", "sound", "broken", "sound"]
