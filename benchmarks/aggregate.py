"""Figures of a large house: an agent's profile, a team's month, one more scorecard; beside a DuckDB scan of the exported file."""

from __future__ import annotations

import multiprocessing
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import aggregate_cards as house
from benchmarks.review import postgres

#: Reads of each kind, and scorecards added one by one.
_READS, _ADDED = 200, 200
#: A house of up to so many scorecards is compared with them at the end.
_CHECKED = 20_000


def run(
    *, scorecards: int = 1_000_000, databases: Sequence[str] = ("sqlite", "postgresql"), turns: int = 0, reads: int = _READS,
    added: int = _ADDED, apart: bool = True,
) -> list[dict[str, Any]]:
    """Rows of what was measured; the peak is of the measuring process (of building, its own), and not of a PostgreSQL server.

    ``apart``: each part in a process of its own, for the peaks. ``turns``: to search through, too; none for 0.
    """
    rows: list[dict[str, Any]] = []
    for name in databases:
        with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder, ExitStack() as stack:
            url = "" if name == "sqlite" else stack.enter_context(postgres(Path(folder) / "pg"))
            if url is None:
                continue
            for part in (_build, _measure, _yardstick):
                found = (_apart if apart else _here)(part, folder, url, _Asked(scorecards, reads, added))
                rows += [{**row, "what": f"{name}: {row['what']}"} for row in found]
        # So that a long run that is cut short has told something.
        sys.stderr.write(f"{name} done\n")
    rows += _searched(turns, databases)
    # A table has the same columns in every row.
    columns = dict.fromkeys([*_COLUMNS, *chain.from_iterable(rows)])
    return [{name: row.get(name) for name in columns} for row in rows]


class _Asked(NamedTuple):
    scorecards: int
    #: Reads of each kind, and scorecards added one by one.
    reads: int
    added: int


_COLUMNS = ("what", "runs", "p50 ms", "p95 ms", "max ms", "work p50 ms", "work p95 ms", "seconds", "a second", "MB", "peak MB")


def _apart(part: Callable[..., list[dict[str, Any]]], *arguments: Any) -> list[dict[str, Any]]:
    """In a process of its own, whose memory is measured."""
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_with_peak, part, *arguments).result()


def _here(part: Callable[..., list[dict[str, Any]]], *arguments: Any) -> list[dict[str, Any]]:
    return part(*arguments)


def _with_peak(part: Callable[..., list[dict[str, Any]]], *arguments: Any) -> list[dict[str, Any]]:
    rows = part(*arguments)
    rows[-1]["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return rows


@contextmanager
def _opened(folder: str, url: str) -> Iterator[Any]:
    from qa_service.bootstrap import opened
    from qa_service.settings import Settings

    with opened(Settings(data_dir=Path(folder) / "data", database_url=url, meanings=False)) as services:
        yield services


def _build(folder: str, url: str, asked: _Asked) -> list[dict[str, Any]]:
    with _opened(folder, url) as services:
        seconds = house.lay(services.database, scorecards=asked.scorecards)
        start = time.perf_counter()
        count = 0
        while folded := services.rollups.refresh(most=50_000):
            count += folded
        folding = time.perf_counter() - start
        if url:
            with services.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
    return [
        {"what": f"{asked.scorecards} scorecards written in bulk", "seconds": seconds, "a second": asked.scorecards / seconds},
        {"what": "all of them counted", "runs": count, "seconds": folding, "a second": count / folding},
    ]


def _measure(folder: str, url: str, asked: _Asked) -> list[dict[str, Any]]:
    with _opened(folder, url) as services:
        rollups, reads = services.rollups, asked.reads
        agents, months = list(house.some_agents(reads)), _months(reads)
        teams = [_team(agent) for agent in agents]
        both = list(zip(teams, months, strict=True))
        month = [partial(rollups.cells, team=team, months=[month], by=("agent", "channel")) for team, month in both]
        rows = [
            _timed("agent profile", [partial(services.profiles.profile, agent) for agent in agents]),
            _timed("team month: cells by agent", month),
            _timed("cells of an agent, all months", [partial(rollups.cells, agents=[agent]) for agent in agents]),
            _timed("cells of a team by agent, all months", [partial(rollups.cells, team=team) for team in teams]),
            _timed("cells of the house, one month", [partial(rollups.cells, months=[month], by=()) for month in months[:20]]),
            _timed("looking for changes where there are none", [rollups.refresh] * reads),
            *_added(services, asked.added),
        ]
        if asked.scorecards <= _CHECKED and (wrong := rollups.check()):
            raise AssertionError(wrong[:3])
    return rows


def _team(agent: str) -> str:
    return house.House.team(house.HOUSE.agents.index(agent))


def _months(count: int) -> list[str]:
    return random.Random(3).choices([f"{2024 + number // 12}-{number % 12 + 1:02}" for number in range(house.MONTHS)], k=count)


def _added(services: Any, count: int) -> list[dict[str, Any]]:
    """Scorecards that come in, and are finished, one by one: what the writer pays, and what the fold costs."""
    chance = random.Random(17)
    kept: dict[str, list[_Took]] = {"a draft stored": [], "adding a draft to the rollups": [], "adding a finished one to the rollups": []}
    for number in range(count):
        contact, card = house.fresh(number, chance)
        stored = partial(_store, services.database, contact, card)
        kept["a draft stored"].append(_seconds(stored))
        kept["adding a draft to the rollups"].append(_seconds(services.rollups.refresh))
        house.finish(services.database, stored())
        kept["adding a finished one to the rollups"].append(_seconds(services.rollups.refresh))
    return [_row(what, times) for what, times in kept.items()]


def _store(database: Any, contact: Any, card: Any) -> Any:
    """The stored scorecard, which is there already when it is called again."""
    with database.unit() as unit:
        unit.interactions.add(contact, content_sha256=contact.id, at=contact.started_at)
        return unit.scorecards.add(card, at=contact.started_at)


def _yardstick(folder: str, url: str, asked: _Asked) -> list[dict[str, Any]]:
    """The same questions to DuckDB, which reads the whole exported file for each."""
    import duckdb

    from qa_service.services.exports import ExportFormat

    path = Path(folder) / "figures.parquet"
    with _opened(folder, url) as services:
        start = time.perf_counter()
        services.exports.write(path, format_=ExportFormat.PARQUET)
        seconds = time.perf_counter() - start
    told = {"what": "exported to Parquet", "seconds": seconds, "a second": asked.scorecards / seconds, "MB": path.stat().st_size / 1e6}
    sums = "rubric, kind, item, count(*), sum(machine), sum(people), sum(weight * people), sum(weight * weight * people * machine)"
    with duckdb.connect() as connection:

        def ask(where: str, value: Sequence[str]) -> Callable[[], object]:
            query = f"SELECT agent, {sums} FROM read_parquet('{path}') WHERE {where} GROUP BY ALL"
            return lambda: connection.execute(query, value).fetchall()

        few = max(3, asked.reads // 20)
        agents, months = list(house.some_agents(few)), _months(few)
        profile = [ask("team = ?", [_team(agent)]) for agent in agents]
        month = [ask("team = ? AND month = ?", [_team(agent), month]) for agent, month in zip(agents, months, strict=True)]
        rows = [_timed("DuckDB: an agent's team by agent, all months", profile), _timed("DuckDB: team month", month)]
    return [told, *rows]


def _timed(what: str, acts: Sequence[Callable[[], object]]) -> dict[str, Any]:
    # The first fills caches, as a service has after its first minute.
    acts[0]()
    return _row(what, [_seconds(act) for act in acts])


class _Took(NamedTuple):
    """Seconds by the clock, and of this process's work: the rest was waited for, for a server or for others on this machine."""

    clock: float
    work: float


def _seconds(act: Callable[[], object]) -> _Took:
    start, work = time.perf_counter(), time.process_time()
    act()
    return _Took(time.perf_counter() - start, time.process_time() - work)


def _row(what: str, times: Sequence[_Took]) -> dict[str, Any]:
    ranked, work = (sorted(one * 1000 for one in some) for some in zip(*times, strict=True))
    late = min(len(ranked) - 1, int(len(ranked) * 0.95))
    return {
        "what": what, "runs": len(ranked), "p50 ms": statistics.median(ranked), "p95 ms": ranked[late], "max ms": ranked[-1],
        "work p50 ms": statistics.median(work), "work p95 ms": work[late],
    }


def _searched(turns: int, databases: Sequence[str]) -> list[dict[str, Any]]:
    """The part about search, which lies in a file of its own."""
    if not turns:
        return []
    rows: list[dict[str, Any]] = import_module("benchmarks.search").run(turns=turns, databases=databases)
    return rows

