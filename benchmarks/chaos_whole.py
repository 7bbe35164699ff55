"""Whether nothing was lost and nothing done twice: a data folder, its database and its recordings looked through from end to end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from qa_service.bootstrap import Services, opened
from qa_service.settings import Settings
from qa_service.store.object_blobs import ObjectBlobs, ObjectStore

#: What each interaction has exactly one of, once it is scored.
_ONCE = {
    "jobs": "interaction_id", "scorecards": "interaction_id", "transcripts": "interaction_id", "signal_sets": "interaction_id",
    "contacts": "interaction_id", "search_interactions": "interaction_id", "measures": "interaction_id",
}
_ACTS = ("interaction.ingested", "scorecard.suggested")
_OPEN = ("ENQUEUED", "PENDING", "DELAYED")


def faults(settings: Settings, expected: set[str], *, again: bool = False) -> tuple[str, ...]:
    """What is lost, there twice, left over or not as it should be, a line each; empty where all is well. No process may be working.

    ``again``: some may have failed before they were scored, which is a job each that tells why.
    """
    with opened(settings) as services:
        # As every process does when it starts.
        services.files.scratch.sweep(services.ingestion.tidy)
        services.incoming.sweep()
        found = [*_rows(services, expected, again), *_workflows(settings), *_files(services, settings)]
        checked = services.audit.verify()
        found += [] if checked.valid else [f"the ledger does not verify: {checked}"]
        found += services.rollups.check()
        found += services.indexing.faults()
    return tuple(found)


def _rows(services: Services, expected: set[str], again: bool) -> Iterator[str]:
    with services.database.engine.connect() as connection:
        found = connection.execute(sa.text("SELECT id, state FROM interactions")).all()
        states = {str(row.id): str(row.state) for row in found}
        yield from _differences("interactions", expected, set(states))
        yield from (f"interaction {one} is {state}" for one, state in states.items() if state != "scored")
        for table, column in _ONCE.items():
            where = " WHERE state = 'done'" if table == "jobs" and again else ""
            counts = Counter(connection.execute(sa.text(f"SELECT {column} FROM {table}{where}")).scalars())
            yield from _once(table, counts, expected)
        fine = "state IN ('done', 'failed')" if again else "state = 'done'"
        jobs = connection.execute(sa.text(f"SELECT id, state, error FROM jobs WHERE NOT {fine}")).all()
        yield from (f"job {one} is {state}: {error}" for one, state, error in jobs)
        for act in _ACTS:
            noted = connection.execute(sa.text("SELECT interaction FROM ledger WHERE action = :act"), {"act": act}).scalars()
            yield from _once(f"ledger {act}", Counter(noted), expected)
        spoken = set(connection.execute(sa.text("SELECT id FROM interactions WHERE recording_sha256 IS NOT NULL")).scalars())
        heard = connection.execute(sa.text("SELECT interaction FROM ledger WHERE action = 'interaction.transcribed'")).scalars()
        yield from _once("ledger interaction.transcribed", Counter(heard), spoken)
        waiting = connection.execute(sa.text("SELECT id FROM batches WHERE state = 'queued'")).scalars()
        yield from (f"batch {one} waits for ever" for one in waiting)


def _once(what: str, counts: Mapping[str | None, int], expected: set[str]) -> Iterator[str]:
    yield from _differences(what, expected, {one for one in counts if one is not None})
    yield from (f"{what}: {one} is there {times} times" for one, times in counts.items() if times > 1)


def _differences(what: str, expected: set[str], found: set[str]) -> Iterator[str]:
    yield from (f"{what}: {one} is missing" for one in sorted(expected - found))
    yield from (f"{what}: {one} should not be there" for one in sorted(found - expected))


def _workflows(settings: Settings) -> Iterator[str]:
    """Those that nobody ended, and those that gave up."""
    url = sa.make_url(settings.workflow_database)
    local = url.get_backend_name() == "sqlite"
    engine = sa.create_engine(url if local else url.set(drivername="postgresql+psycopg"))
    table = "workflow_status" if local else "dbos.workflow_status"
    with engine.connect() as connection:
        ends = connection.execute(sa.text(f"SELECT status, count(*) FROM {table} GROUP BY status")).all()
    engine.dispose()
    yield from (f"{count} workflows are {status}" for status, count in ends if status != "SUCCESS")


def _files(services: Services, settings: Settings) -> Iterator[str]:
    """Recordings without a row, rows without a recording, and what was left unfinished."""
    with services.database.engine.connect() as connection:
        known = list(connection.execute(sa.text("SELECT sha256 FROM recordings")).scalars())
    with services.database.reading() as unit:
        kept = {recording.kept_sha256 for recording in unit.recordings.some(known).values()}
    there = set(_names(services, settings))
    yield from _differences("recording files", kept, {name for name in there if "." not in name})
    yield from (f"{name} lies beside no recording" for name in sorted(there) if "." in name and name.split(".")[0] not in kept)
    for folder in (settings.data_dir / "recordings" / "unfinished", settings.data_dir / "incoming", settings.data_dir / "batches"):
        yield from (f"{path} was left" for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


def _names(services: Services, settings: Settings) -> Iterator[str]:
    """Of all files that are kept as recordings, or beside them."""
    if settings.recordings_url:
        where = ObjectStore(
            url=settings.recordings_url, endpoint=settings.s3_endpoint, region=settings.s3_region, access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key.get_secret_value(),
        )
        keys = ObjectBlobs(where, scratch=services.files.scratch).keys("")
    else:
        keys = (path.as_posix() for path in (settings.data_dir / "recordings").glob("??/*"))
    return (key.rsplit("/", 1)[-1] for key in keys)
