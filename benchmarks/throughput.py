"""What the queue costs, and what a second worker brings: beside the same work called directly, counted in the same way."""

from __future__ import annotations

import json
import logging
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from benchmarks.chaos_inputs import HEARD, Mix, write
from benchmarks.review import postgres
from qa_service.bootstrap import Services, opened, running
from qa_service.services.workflow import TEXT, WORKFLOW_VERSION, Workflows
from qa_service.settings import QueueProfile, Settings
from qa_service.store.jobs import JobState

ROOT = Path(__file__).parents[1]
SPEECH_FILE = ROOT / "audio_fixtures" / "clinic-appointment-01.wav"
_OPEN = (JobState.QUEUED, JobState.RUNNING)
_WORKFLOWS = ("process_texts", "process_interaction")
_NAP = "nap"
#: Seconds within which a process tells what it took.
_PATIENCE = 3600.0
#: Long enough that what a busy machine takes from it is little.
_NAP_SECONDS = 1.0
#: Between two looks whether everything is done; when it was, the log tells.
_LOOK_SECONDS = 0.5
#: Turns of a service chat: the mean of 232 real ones (MultiDoGO, insurance, development split) is 14.8.
_CHAT_TURNS = 15


class Took(NamedTuple):
    """Seconds by the clock, and of the work of all processes that had a part in it."""

    clock: float
    work: float


def run(*, texts: int = 1000, naps: int = 80, calls: int = 8, seconds: int = 120, repeats: int = 3) -> list[dict[str, Any]]:
    """A row for each comparison; 0 leaves it out. ``seconds``: of a call."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="qathru-") as folder, ExitStack() as stack:
        url = stack.enter_context(postgres(Path(folder) / "pg"))
        if texts:
            rows += [overhead(Path(folder) / str(turns), texts=texts, turns=turns, repeats=repeats) for turns in (_CHAT_TURNS, None)]
        if url is not None and naps:
            rows.append(two_workers(Path(folder), url, naps=naps))
        if url is not None and calls:
            rows.append(spoken(Path(folder), url, calls=calls, seconds=seconds, repeats=repeats))
    # A table has the same columns in every row.
    columns = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in columns} for row in rows]


def overhead(folder: Path, *, texts: int, turns: int | None = _CHAT_TURNS, repeats: int = 3) -> dict[str, Any]:
    """Chats of so many turns (``None``: of two to five) scored through the queue, and by direct calls in as many threads, in turns; one
    process, on SQLite, as it is shipped."""

    def once(number: int, queued: bool) -> Took:
        settings = _settings(folder / f"texts-{number}-{queued}")
        _lay(settings, Mix(chats=texts, mails=0, calls=0, heard=0, turns=turns), folder / f"inputs-{number}-{queued}")
        return _apart(settings, [""] if queued else [TEXT])

    long = f"{turns} turns" if turns else "2 to 5 turns"
    return _row(f"chats of {long} through the queue, beside direct calls", texts, _pairs(once, repeats))


def spoken(folder: Path, url: str, *, calls: int, seconds: int, repeats: int = 1) -> dict[str, Any]:
    """Real speech by two workers that share a queue on PostgreSQL, and by two processes without one, each with half; one core each."""

    def once(number: int, queued: bool) -> Took:
        own = _database(url, f"speech_{number}_{int(queued)}")
        settings = _settings(folder / f"calls-{number}-{queued}", database_url=own, concurrency=1)
        _lay(settings, Mix(chats=0, mails=0, calls=0, heard=calls, seconds=seconds), folder / f"heard-{number}-{queued}")
        return _apart(settings, ["", ""] if queued else ["0", "1"])

    return _row(f"{calls} calls of {seconds} s by two workers, beside a bare process a core", calls, _pairs(once, repeats))


def two_workers(folder: Path, url: str, *, naps: int) -> dict[str, Any]:
    """Steps that only sleep, by one worker and by two."""
    rates = []
    for workers in (1, 2):
        own = _database(url, f"naps_{workers}")
        rates.append(_rate(folder / f"naps-{workers}", own, workers=workers, naps=naps * workers))
    return {"what": "steps without work by two workers, beside one", "n": naps, "one a second": rates[0], "two a second": rates[1],
            "ratio": rates[1] / rates[0]}  # fmt: skip


def _pairs(once: Callable[[int, bool], Took], repeats: int) -> list[tuple[Took, Took]]:
    """Direct and queued, right after each other and each as often the first: a machine that others share gets faster and slower."""
    found = []
    for number in range(repeats):
        took = {queued: once(number, queued) for queued in ((False, True) if number % 2 == 0 else (True, False))}
        found.append((took[False], took[True]))
    return found


def _row(what: str, count: int, pairs: Sequence[tuple[Took, Took]]) -> dict[str, Any]:
    """Medians; of the ratios of each pair, with the least and the most."""
    direct, queued = zip(*pairs, strict=True)
    ratios = [two.clock / one.clock for one, two in pairs]
    middle = statistics.median
    return {
        "what": what, "n": count, "direct s": middle(one.clock for one in direct), "queue s": middle(one.clock for one in queued),
        "ratio": middle(ratios), "least": min(ratios), "most": max(ratios),
        "work ratio": middle(two.work / one.work for one, two in pairs),
    }


def _settings(data: Path, **changes: Any) -> Settings:
    data.mkdir(parents=True)
    models = ROOT / "qa_data" / "models"
    if models.is_dir():
        (data / "models").symlink_to(models.resolve())
    heard = {HEARD: QueueProfile(engine="faster-whisper")}
    return Settings(**{"data_dir": data, "engine": "sidecar", "queues": heard, "meanings": False, "threads": 1, **changes})


def _database(url: str, name: str) -> str:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return url.replace("/qa_bench?", f"/{name}?")


def _lay(settings: Settings, mix: Mix, inputs: Path) -> None:
    """Take everything in, and queue nothing."""
    from dbos import DBOS

    from qa_service.channels import discover
    from qa_service.services.ingest import Source
    from qa_service.services.pairs import fits

    write(inputs, 1, mix, speech=SPEECH_FILE)
    with opened(settings) as services:
        services.rubrics.sync()
        # On a new database, workers that start together wait for the one that lays out the engine's tables.
        DBOS.migrate(services.workflows._url)
        services.ingestion._dispatch = lambda jobs: None  # what dispatching costs is what is measured
        for item in discover([inputs], fits=fits):
            source = Source(name=item.path.name, actor="bench")
            if mix.heard:
                services.ingestion.recording(item.path, item.load_header(), source=source)
            else:
                services.ingestion.conversations([(one, source) for one in item.read(None)])  # type: ignore[misc]


def _apart(settings: Settings, shares: Sequence[str]) -> Took:
    """Each share in a process of its own; from when all are ready until the last has done: what they took together.

    ``""`` takes from the queue; ``text``, ``0`` and ``1`` call directly: everything, or every second job.
    """
    context = multiprocessing.get_context("spawn")
    ready, told = context.Barrier(len(shares)), context.Queue()
    crew = [context.Process(target=_crew, args=(settings.model_dump_json(), share, ready, told)) for share in shares]
    for one in crew:
        one.start()
    found = [told.get(timeout=_PATIENCE) for _ in crew]
    for one in crew:
        one.join()
    return Took(max(end for _, end, _ in found) - min(start for start, _, _ in found), sum(work for _, _, work in found))


def _crew(settings: str, share: str, ready: Barrier, told: Any) -> None:
    one = Settings(**json.loads(settings))
    if share:
        with opened(one) as services:
            # Jobs, in the order that a queue has them.
            jobs = sorted((job.created_at, job.id) for job in _jobs(services))
            mine = [job for _, job in jobs][int(share) :: 2] if share.isdigit() else [job for _, job in jobs]
            ready.wait()
            start, work = time.time(), time.process_time()
            _direct(services, mine, spoken=share.isdigit(), settings=one)
            told.put((start, time.time(), time.process_time() - work))
        return
    ready.wait()
    # What starting takes is left out, as far as it is done before anything is queued.
    with opened(one) as services:
        services.analysis.version  # noqa: B018 - compiled now
    ends, logger = _Ends(), logging.getLogger("qa_service.services.workflow")
    logger.setLevel(logging.INFO)
    logger.addHandler(ends)
    with running(one) as services:
        start, work = time.time(), time.process_time()
        # Looking must cost nothing beside what is looked at.
        while _left(services) or any(any(services.workflows.open_arguments(name)) for name in _WORKFLOWS):
            time.sleep(_LOOK_SECONDS)
        told.put((start, ends.last, time.process_time() - work))


class _Ends(logging.Handler):
    """Notes when workflows end: the engine writes whole seconds down on SQLite."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.last = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == "worked":
            self.last = max(self.last, record.created)


def _left(services: Services) -> bool:
    with services.database.reading() as unit:
        return unit.jobs.waiting(most=1) > 0


def _jobs(services: Services) -> list[Any]:
    """Those that are open."""
    found: list[Any] = []
    with services.database.reading() as unit:
        for state in _OPEN:
            page = unit.jobs.list(state=state, limit=500)
            found += page.items
            while page.next is not None:
                page = unit.jobs.list(state=state, cursor=page.next, limit=500)
                found += page.items
    return found


def _direct(services: Services, jobs: Sequence[str], *, spoken: bool, settings: Settings) -> None:
    size = 1 if spoken else settings.text_chunk

    def piece(some: list[str]) -> None:
        if spoken:
            assert services.processing.transcribe(some[0])
        services.processing.score(some)
        services.history.remember_jobs(some)
        services.indexing.index_jobs(some)

    with ThreadPoolExecutor(settings.concurrency) as pool:
        list(pool.map(piece, [list(jobs[start : start + size]) for start in range(0, len(jobs), size)]))


def _rate(folder: Path, url: str, *, workers: int, naps: int) -> float:
    """Steps a second, from when all workers had begun until the first found no more."""
    from dbos import DBOSClient

    context = multiprocessing.get_context("spawn")
    ready, over = context.Semaphore(0), context.Event()
    crew = [context.Process(target=_napping, args=(url, str(folder), number, ready, over)) for number in range(workers)]
    for one in crew:
        one.start()
        ready.acquire()
    client = DBOSClient(system_database_url=url)
    for number in range(naps):
        client.enqueue({"queue_name": TEXT, "workflow_name": _NAP, "workflow_id": f"n-{number}", "app_version": WORKFLOW_VERSION}, number)
    client.destroy()
    done = "FROM dbos.workflow_status WHERE status = 'SUCCESS'"
    _until(url, f"SELECT count(*) {done}", naps)
    ends = _ask(url, f"SELECT executor_id, min(updated_at), max(updated_at) {done} GROUP BY 1")
    first, last = max(one[1] for one in ends), min(one[2] for one in ends)
    within = _ask(url, f"SELECT count(*) {done} AND updated_at > {first} AND updated_at <= {last}")[0][0]
    over.set()
    for one in crew:
        one.join()
    return float(1000 * within / (last - first))


def _napping(url: str, folder: str, number: int, ready: Any, over: Any) -> None:
    workflows = Workflows(url=url, lock_dir=Path(folder), executor=f"w{number}", concurrency=4)
    workflows.register(_NAP, lambda given: workflows.step("sleep", time.sleep, _NAP_SECONDS))
    with workflows:
        ready.release()
        over.wait()


def _ask(url: str, query: str) -> list[Any]:
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1), poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        return list(connection.execute(sa.text(query)).all())


def _until(url: str, query: str, wanted: int) -> None:
    end = time.monotonic() + 600
    while True:
        with suppress(sa.exc.DBAPIError):
            if _ask(url, query)[0][0] >= wanted:
                return
        assert time.monotonic() < end, query
        time.sleep(0.2)
