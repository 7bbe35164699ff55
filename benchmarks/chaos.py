"""Pulling plugs: processes killed, a database started anew, a full disk, an object store that fails; then everything is looked through."""

from __future__ import annotations

import json
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import sqlalchemy as sa

from benchmarks import chaos_whole
from benchmarks.chaos_inputs import HEARD, Mix, write
from benchmarks.nursery import Child, Nursery
from benchmarks.review import postgres
from qa_service.settings import Settings

ROOT = Path(__file__).parents[1]
#: A recording of speech that the calls are cut from that are really heard.
SPEECH = ROOT / "audio_fixtures" / "clinic-appointment-01.wav"
#: Seconds that the last of the work may take once nothing is pulled any more.
_PATIENCE = 900.0
_LOOK = 0.05
#: Share of kills that hit a process however far it is; all others hit one that has taken work, up to so many seconds later.
_EARLY, _IN_IT = 0.2, 1.5
#: Seconds that a process takes to start.
_STARTING = 3.0
#: Share of killed workers that come back so many seconds later, when the others have taken their work over.
_STAYS_AWAY, _AWAY = 0.3, 20.0
_FEEDER = "feeder"


class Killed(NamedTuple):
    """What became of a batch whose processes were killed."""

    kills: int
    #: Of those, how many hit a process while a workflow was under way in it.
    at_work: int
    interactions: int
    seconds: float
    #: What was lost, done twice or left over; empty where all is well.
    faults: tuple[str, ...]


def run(
    *, kills: int = 100, databases: Sequence[str] = ("sqlite", "postgresql"), seed: int = 8,
    watch: Callable[[str], None] = lambda told: None,
) -> list[dict[str, Any]]:
    """A row for each kind of database; raises ``AssertionError`` where anything was lost or done twice."""
    rows: list[dict[str, Any]] = []
    for name in databases:
        with tempfile.TemporaryDirectory(prefix="qachaos-") as folder, ExitStack() as stack, Nursery() as nursery:
            url = "" if name == "sqlite" else stack.enter_context(postgres(Path(folder) / "pg"))
            if url is None:
                continue
            workers = 0 if name == "sqlite" else 3
            found = killed(Path(folder), nursery=nursery, url=url, kills=kills, workers=workers, seed=seed, watch=watch)
            assert not found.faults, "\n".join(found.faults[:20])
            rows.append({
                "what": f"{name}: processes killed", "pulled": kills, "in the middle of work": found.at_work, "began again": None,
                "interactions": found.interactions, "seconds": found.seconds, "lost or twice": 0,
            })  # fmt: skip
    return rows


def killed(
    folder: Path, *, nursery: Nursery, url: str, kills: int, workers: int, seed: int, mix: Mix | None = None, speech: Path | None = SPEECH,
    variables: Mapping[str, str] | None = None, watch: Callable[[str], None] = lambda told: None,
) -> Killed:
    """Score wave after wave while processes are killed at random moments; ``workers``: processes beside the one that takes in."""
    chance, at_work, begun = random.Random(seed), 0, time.monotonic()
    with House(folder, nursery=nursery, url=url, variables=variables) as house:
        feed = Feed(house, mix or Mix(), speech)
        crew = {f"w{number}": house.start("worker", name=f"w{number}") for number in range(workers)}
        absent: dict[str, float] = {}
        for number in range(kills):
            name = chance.choice([_FEEDER, *sorted(crew.keys() - absent.keys())] if len(absent) < workers - 1 else [_FEEDER])
            _wait_for_moment(house, feed, name, chance)
            victim = crew.get(name, feed.process)
            at_work += house.at_work(name)
            watch(f"kill {number + 1}: {name}, at work in {at_work} so far, {len(feed.done)} interactions done")
            victim.kill()
            victim.wait()
            if name in crew:
                # Some come back at once and go on with what was theirs; some stay away so long that the others take it over.
                absent[name] = time.monotonic() + (_AWAY if chance.random() < _STAYS_AWAY else 0)
            for one in [one for one, until in absent.items() if time.monotonic() >= until]:
                crew[one] = house.start("worker", name=one)
                del absent[one]
        feed.finish()
        house.settle(*(crew[name] for name in crew.keys() - absent.keys()))
        for name in crew.keys() - absent.keys():
            crew[name].send_signal(signal.SIGTERM)
            assert crew[name].wait(timeout=60) == 0, house.log()
    strange = tuple(house.strange)
    return Killed(kills, at_work, len(feed.done), time.monotonic() - begun, (*strange, *chaos_whole.faults(house.settings, feed.done)))


def _wait_for_moment(house: House, feed: Feed, name: str, chance: random.Random) -> None:
    """Any moment, or, mostly, one after the victim began something."""
    early = chance.random() < _EARLY
    until = time.monotonic() + (chance.uniform(0.05, _STARTING) if early else _STARTING * 6)
    while time.monotonic() < until and (early or not house.at_work(name)):
        feed.go_on()
        time.sleep(_LOOK)
    until = time.monotonic() + (0 if early else chance.uniform(0, _IN_IT))
    while time.monotonic() < until:
        feed.go_on()
        time.sleep(_LOOK)


class House:
    """A data folder with its database, and real processes that work on it, none of which outlives the context."""

    def __init__(self, folder: Path, *, nursery: Nursery, url: str, variables: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.nursery = nursery
        self.data = folder / "data"
        self.settings = Settings(data_dir=self.data, database_url=url, **_as_fields(variables or {}))
        #: Processes that ended by themselves, and not well.
        self.strange: list[str] = []
        #: Exits that are none of ours to wonder about: what the scenario itself brings about.
        self.forgiving = False
        self._log = folder / "processes.log"
        plain = {name: value for name, value in os.environ.items() if not name.startswith("QA_")}
        self._environment = plain | {
            "QA_DATA_DIR": str(self.data), "QA_DATABASE_URL": url, "QA_ENGINE": "sidecar", "QA_TEXT_CHUNK": "5", "QA_THREADS": "1",
            "QA_QUEUES": json.dumps({HEARD: {"engine": "faster-whisper"}}), "QA_MEANINGS": "false", "PYTHONPATH": str(ROOT),
            **(variables or {}),
        }
        self._children: list[Child] = []
        #: When processes were started, by name.
        self._begun: dict[str, float] = {}
        _lend_weights(self.data)

    def __enter__(self) -> House:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for child in self._children:
            child.kill()
            child.wait()

    def start(self, *arguments: str, name: str, out: Path | None = None, file: int = 0) -> Child:
        """The command line as a process of its own that works under a name; what it says goes to the log."""
        self._begun[name] = time.time()
        child = self.nursery.start(
            arguments, environment=self._environment | {"QA_EXECUTOR_ID": name}, folder=self.folder, out=out or self.folder / f"{name}.out",
            log=self._log, file=file,
        )
        self._children.append(child)
        return child

    def ready(self, workers: int) -> None:
        """Wait until as many workers have said that they work."""
        until = time.monotonic() + _PATIENCE
        while not self._log.is_file() or self._log.read_text(encoding="utf-8", errors="replace").count("working;") < workers:
            assert time.monotonic() < until, self.log()
            time.sleep(_LOOK)

    def log(self) -> str:
        """The end of what the processes said."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-3000:]

    def at_work(self, name: str) -> bool:
        """Whether a workflow is under way that the process of this name has taken itself."""
        since = round(1000 * self._begun[name])
        taken = f"status = 'PENDING' AND executor_id = '{name}' AND started_at_epoch_ms >= {since}"
        return bool(self._count(f"SELECT count(*) FROM {self._workflows} WHERE {taken}", workflows=True))

    def settle(self, *crew: Child) -> None:
        """Wait until nothing is to be done any more; raises ``AssertionError`` where it takes for ever, or one of the crew ends."""
        until = time.monotonic() + _PATIENCE
        open_ = "SELECT count(*) FROM {} WHERE status IN ('ENQUEUED', 'PENDING', 'DELAYED')"
        while self._count("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')") or self._count(
            open_.format(self._workflows), workflows=True
        ):
            assert time.monotonic() < until, f"work is left for ever\n{self.log()}"
            assert all(one.poll() is None for one in crew), f"a worker ended\n{self.log()}"
            time.sleep(0.2)

    @property
    def _workflows(self) -> str:
        return "dbos.workflow_status" if self.settings.database_url else "workflow_status"

    def _count(self, query: str, *, workflows: bool = False) -> int:
        """0 while there is no database, or no such table."""
        url, file = self.settings.database_url, self.data / ("workflows.sqlite" if workflows else "qa_service.sqlite")
        if not url and not file.is_file():
            return 0
        local = f"sqlite:///file:{file}?mode=ro&uri=true"
        engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1) or local, poolclass=sa.pool.NullPool)
        try:
            with engine.connect() as connection:
                return int(connection.execute(sa.text(query)).scalar() or 0)
        except (sa.exc.OperationalError, sa.exc.ProgrammingError):
            return 0
        finally:
            engine.dispose()


class Feed:
    """Scores one wave after the other, and starts again where its process was killed."""

    def __init__(self, house: House, mix: Mix, speech: Path | None, *, waves: int = 1 << 30, file: int = 0) -> None:
        """``waves``: as many at most; ``file``: largest file that the process may write."""
        self._house = house
        self._mix = mix
        self._speech = speech if speech is not None and speech.is_file() else None
        self._wave = 0
        self._waves = waves
        self._count = 0
        self._answer = house.folder / "rows.json"
        self.file = file
        #: How often scoring ended with an error, and was started again.
        self.again = 0
        #: Ids of all interactions of waves that are done.
        self.done: set[str] = set()
        self.process = self._next()

    def go_on(self) -> None:
        """The next wave where one is done, the same again where it was killed."""
        code = self.process.poll()
        if code is None or (code == 0 and self._wave == self._waves):
            return
        if code == 0:
            self._take()
            self.process = self._next()
        else:
            self._note(code)
            self.process = self._score()

    def finish(self) -> None:
        """Until the wave is done that was begun."""
        until = time.monotonic() + _PATIENCE
        while (code := self.process.wait(timeout=_PATIENCE)) != 0:
            assert time.monotonic() < until, self._house.log()
            self._note(code)
            self.process = self._score()
        self._take()

    def _note(self, code: int) -> None:
        if code == -signal.SIGKILL:
            return
        self.again += 1
        if not self._house.forgiving:
            self._house.strange.append(f"score ended with {code}: {self._house.log()[-1500:]}")

    def _take(self) -> None:
        rows = json.loads(self._answer.read_bytes())
        failed = [row for row in rows if row["status"] != "scored"]
        self._house.strange += [f"{row['file']}: {row['error']}" for row in failed]
        if len(rows) != self._count:
            self._house.strange.append(f"wave {self._wave} has {len(rows)} rows for {self._count} inputs")
        self.done |= {row["scorecard"]["interaction"]["id"] for row in rows if row["scorecard"] is not None}

    def _next(self) -> Child:
        self._wave += 1
        self._count = write(self._house.folder / "inputs" / f"wave-{self._wave}", self._wave, self._mix, speech=self._speech)
        return self._score()

    def _score(self) -> Child:
        wave = self._house.folder / "inputs" / f"wave-{self._wave}"
        return self._house.start("score", str(wave), "--json", name=_FEEDER, out=self._answer, file=self.file)


def _lend_weights(data: Path) -> None:
    """Weights that are put together already are not put together again."""
    data.mkdir(parents=True, exist_ok=True)
    models = Path(os.environ.get("QA_DATA_DIR", ROOT / "qa_data")) / "models"
    if models.is_dir():
        (data / "models").symlink_to(models.resolve())


def _as_fields(variables: Mapping[str, str]) -> dict[str, Any]:
    return {name.removeprefix("QA_").lower(): value for name, value in variables.items()}
